#!/usr/bin/env python3
"""Wine's oleaut32 and our reader look at the same libraries: Debian's, which nobody here wrote.

  wine_shows.py PREFIX SHOW_TYPELIB DCOM LIBRARY...

Each line that oleaut32 shows must be a line of `dcom typelib dump`, and the other way round, apart from what oleaut32 says otherwise by design:
 - it shows a dual interface twice; its interface half is what the file holds;
 - the attributes of a dispatch type are those of IDispatch (vtable 56 bytes), and a dual's half is not marked dual;
 - what a library imports is not to be seen by itself, nor is the name of a property's new value;
 - a dispinterface that shows an interface has all methods of that one and its bases (MS-OAUT 2.2.49.4.3): their names are compared;
 - Wine's oleaut32 shows a library's helpstringcontext as its helpcontext too, in widl's libraries as well.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wine"))
import run as wine  # noqa: E402


def blocks(text):
    """[(first line, [all lines])], the library itself first."""
    result = []
    for line in text.splitlines():
        if line.startswith(("type ", "library ")):
            result.append([])
        result[-1].append(line)
    return result


HEAD = re.compile(r"type (\d+) (\w+) (\S*) (\S+ \S+) flags (\w+) (size \d+ align \d+) vtable (\d+)")


OF_UNKNOWN = ["QueryInterface", "AddRef", "Release"]
OF_DISPATCH = ["GetTypeInfoCount", "GetTypeInfo", "GetIDsOfNames", "Invoke"]


def method_names(block):
    return [line.split()[1] for line in block if line.startswith("  function ")]


def referred(text):
    """{number: [head, base, names of all methods]} of the dispinterfaces that show an interface."""
    by_name, result = {}, {}
    for block in blocks(text):
        head = HEAD.match(block[0])
        if head:
            bases = [line.split()[1] for line in block if line.startswith("  implements ")]
            by_name[head.group(3)] = (head, bases[0] if bases else "", method_names(block))
    for head, base, _ in by_name.values():
        if head.group(2) != "dispatch" or int(head.group(5), 16) & 0x40 or base.endswith("!IDispatch") or base in ("", "IDispatch"):
            continue
        names = []
        while base in by_name:
            names = by_name[base][2] + names
            base = by_name[base][1]
        known = {"IUnknown": OF_UNKNOWN, "IDispatch": OF_UNKNOWN + OF_DISPATCH}
        result[int(head.group(1))] = known[base.split("!")[-1]] + names
    return result


def comparable(text, references=None):
    """The blocks with what oleaut32 changes by design left out. `references`: what `referred` says of our listing, for the other one."""
    result = {}
    ours = references is None
    references = referred(text) if ours else references
    for block in blocks(text):
        head = HEAD.match(block[0])
        lines = [line for line in block if not line.startswith("  imports ")]
        key = "library"
        if head:
            key = int(head.group(1))
            flags = int(head.group(5), 16)
            kind, vtable = head.group(2), head.group(7)
            if kind == "dispatch" or (kind == "interface" and key in result):
                kind, vtable = "dispatch", "-"
                flags &= ~(0x40 | 0x100 | 0x1000)
            lines[0] = f"type {key} {kind} {head.group(3)} {head.group(4)} flags {flags:04x} {head.group(6)} vtable {vtable}"
            if key in references:
                lines[1:] = ["  shows " + name for name in (references[key] if ours else method_names(lines))]
            lines[1:] = [re.sub(r"^(    parameter) \S+ ", r"\1 * ", line) for line in lines[1:]]
        else:
            lines = [line for line in lines if not line.startswith("  helpcontext ")]
            lines[0] = re.sub(r"[0-9a-f]{4}$", lambda flags: f"{int(flags.group(0), 16) & 7:04x}", lines[0])  # not "there is a file of it"
        result[key] = lines  # the second half of a dual replaces the first
    return result


def main(prefix, show, dcom, libraries):
    failed = 0
    for path in libraries:
        status, out, err = wine.run(prefix, show, ["path:" + path], timeout=120)
        if status != 0:
            print(f"{path}: {show} ended with {status}: {err.decode(errors='replace')[:500]}{out.decode(errors='replace')[:500]}")
            failed = 1
            continue
        dump = subprocess.run([dcom, "typelib", "dump", path], check=True, capture_output=True).stdout.decode()
        theirs, ours = comparable(out.decode().replace("\r", ""), referred(dump)), comparable(dump)
        different = 0
        for key in sorted(set(theirs) | set(ours), key=str):
            a, b = ours.get(key, []), theirs.get(key, [])
            if a != b:
                different += 1
                if different <= 5:
                    print(f"{os.path.basename(path)}: {key}")
                    extra = [line for line in a if line not in b][:8]
                    missing = [line for line in b if line not in a][:8]
                    print("\n".join([f"  ours:     {line}" for line in extra] + [f"  oleaut32: {line}" for line in missing]))
        print(f"{os.path.basename(path)}: {len(theirs) - 1} types, {sum(map(len, theirs.values()))} facts, {different} types differ")
        failed |= different > 0 or len(theirs) < 3
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
