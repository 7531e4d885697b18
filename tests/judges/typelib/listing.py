"""What is shown of a type library, as data, and what of two such listings is the same by other names."""
import re

INVENTED = re.compile(r"__(?:WIDL|MIDL)_\w+?_(?:generated_name_[0-9A-F]{8}|\d{4})\b")


def parts(text):
    """[[kind, name, lines]] in order; the number of a type is left out."""
    result = []
    for line in text.splitlines():
        head = re.match(r"type \d+ (\w+) (\S+)", line)
        if head:
            result.append([head.group(1), head.group(2), [re.sub(r"^type \d+ ", "type ", line)]])
        elif line.startswith("library "):
            result.append(["library", "", [line]])
        else:
            result[-1][2].append(line)
    return result


def named(text):
    """{(kind, name in lower case): lines}. A type without a name of its own is called after what first refers to it."""
    all_parts = parts(text)
    names = {}
    for _ in range(4):
        for word in ("alias", "variable"):
            for _, name, lines in all_parts:
                owner = names.get(name, name)
                if INVENTED.fullmatch(owner):
                    continue
                for line in lines[1:]:
                    words = line.split()
                    if words[0] != word:
                        continue
                    for w in words[1:]:
                        if INVENTED.fullmatch(w):
                            names.setdefault(w, "unnamed:" + owner + ("." + words[1] if word == "variable" else ""))
    result = {}
    for kind, name, lines in all_parts:
        lines = [INVENTED.sub(lambda m: names.get(m.group(0), m.group(0)), line) for line in lines]
        result.setdefault((kind, names.get(name, name).lower()), []).extend(lines)
    return result


def lower(line):
    """Names differ in case by who came first; texts do not."""
    return "".join(piece if i % 2 else piece.lower() for i, piece in enumerate(re.split(r'("(?:[^"\\]|\\.)*")', line)))


def without_methods(lines, kind, left_out, own):
    """The listing of an interface as if `left_out` methods of it and its bases, `own` of them its own, were not there."""
    result, gone, skipping = [], 0, False
    before = left_out - len(own)
    for line in lines:
        function = re.match(r"  function (\S+) id ([0-9a-f]{8}) (.*) vtable (\d+)(.*)", line)
        if line.startswith("type ") and kind == "interface":
            line = re.sub(r"vtable (\d+)$", lambda m: f"vtable {int(m.group(1)) - 8 * left_out}", line)
        if function:
            name, number = function.group(1), int(function.group(2), 16)
            skipping = name.lower() in own
            if skipping:
                gone += 1
            else:
                if number & 0xff000000 == 0x60000000:
                    number -= gone
                line = f"  function {name} id {number:08x} {function.group(3)} vtable {int(function.group(4)) - 8 * (before + gone)}{function.group(5)}"
        elif line.startswith("  ") and not line.startswith("   "):
            skipping = False
        if not skipping:
            result.append(line)
    assert gone == len(own), f"not all of {own} are there"
    return result
