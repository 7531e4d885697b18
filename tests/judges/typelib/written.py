#!/usr/bin/env python3
"""Wine's oleaut32 looks at two type libraries of one source, ours and widl's, and must see the same, member by member.

  written.py PREFIX SHOW_TYPELIB MIDL DCOM IDL_FOLDER WIDL OUT SOURCE...

Sources are IDL files with a library statement. Those that widl does not compile are named and left out (it is no judge there), as are those of
OTHER_LANGUAGE; all others must compile with midl and agree. What differs by design, and is made equal first:
 - widl does not know [helpstring] on every member, constants in modules, defaults of floating numbers: our sources do without them;
 - it says wchar_t is a short, boolean and unsigned small a char (MIDL: unsigned short, unsigned char);
 - it writes when and by what a library was made, as custom data of the library;
 - the article has an alias beside each tagged type whose typedef stands in the library: widl has none, and names types without a tag otherwise;
 - types without a library of their own come in another order, and how names that differ in case only are spelled depends on it;
 - types that stdole2.tlb has are referred to there, widl's libraries hold some of them themselves;
 - methods that are [local] and have no [call_as] form are in our libraries, in theirs the slot is left out.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wine"))
import run as wine  # noqa: E402

WINE_IDL = "/usr/include/wine/wine/windows"
WINE_LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"


# widl describes them anew in each library that names them beside a base; midl refers to stdole2.tlb.
OF_STDOLE = ("iunknown", "idispatch", "guid", "dispparams", "excepinfo", "ienumvariant")


def blocks(text):
    """The parts of a shown library by kind and name; references to invented names and plain aliases are looked through."""
    parts = []
    for line in text.splitlines():
        if line.startswith(("type ", "library ")):
            parts.append([])
        parts[-1].append(line)
    alias_of = {}
    for part in parts:
        head = part[0].split(" ")
        if head[0] == "type" and head[2] == "alias" and len(part) > 1:
            target = [line for line in part if line.startswith("  alias ")][0][8:]
            if re.fullmatch(r"\w+", target) and not re.fullmatch(r"[A-Z][A-Z0-9_]*", target) or target.startswith("__"):
                alias_of[head[3].lower()] = target.lower()
    invented = {}
    for name, target in alias_of.items():
        if target.startswith("__"):
            invented.setdefault(target, name)

    def canonical(name):
        name = name.lower()
        for _ in range(10):
            if name in invented:
                return invented[name]
            if name not in alias_of or alias_of[name].startswith("__"):
                return name
            name = alias_of[name]
        return name

    result = {}
    for part in parts:
        head = part[0].split(" ")
        if head[0] == "library":
            lines = [line for line in part if "{DE77BA6" not in line]
            lines[0] = re.sub(r"flags \w+", "", lines[0])
            lines = [line for line in lines if not line.startswith("  helpcontext")]  # oleaut32 of Wine shows the other context there
            result["library"] = lines
            continue
        kind, name = head[2], head[3]
        if canonical(name) in OF_STDOLE:
            continue
        if kind == "alias" and name.lower() in alias_of:
            continue
        key = (kind, canonical(name) if not name.startswith("__") or name.lower() in invented else "?")
        lines = [re.sub(r"^type \d+ (\w+) \S+", r"type \1", part[0])]
        for line in part[1:]:
            line = re.sub(r"(?<![\w\"])(\w+)(?![\w\"])", lambda m: canonical(m.group(1)) if '"' not in line else m.group(1), line)
            line = line.replace("{00020430-0000-0000-c000-000000000046}!", "").replace("{00020430-0000-0000-C000-000000000046}!", "")
            line = re.sub(r"__midl_\w+|__widl_\w+", "invented", line, flags=re.IGNORECASE)
            line = re.sub(r"^(    parameter) \S+ ", r"\1 * ", line)
            lines.append(line)
        result.setdefault(key, []).append(lines)
    return result


SAME_TYPES = [(r"\bui2\b", "i2"), (r"\bui1\b", "i1"), (r"\bint_ptr\b", "i8")]


def comparable(parts):
    out = {}
    for key, value in parts.items():
        if key == "library":
            out[key] = "\n".join(value)
            continue
        text = "\n".join("\n".join(lines) for lines in sorted(value))
        for pattern, replacement in SAME_TYPES:
            text = re.sub(pattern, replacement, text)
        out[key] = text
    return out


def main(prefix, show, midl, dcom, idl, widl, out, sources):
    out = os.path.abspath(out)
    os.makedirs(out, exist_ok=True)
    failed = compared = 0
    for source in sources:
        name = os.path.basename(source).removesuffix(".idl")
        from_wine = source.startswith(WINE_IDL)
        theirs, ours = os.path.join(out, name + "_widl.tlb"), os.path.join(out, name + "_midl.tlb")
        made = subprocess.run([widl, "-t", "-o", theirs, "-I", WINE_IDL, "-L", WINE_LIBRARIES, source], cwd=out, capture_output=True, text=True)
        if made.returncode != 0 or not os.path.exists(theirs):
            print(f"{name}: widl makes nothing of it ({made.returncode})")
            continue
        folders = ["-D", "__WIDL__", "-I", WINE_IDL] if from_wine else ["-I", idl]
        made = subprocess.run([midl, *folders, "-I", WINE_LIBRARIES, "-out", out, "-tlb", ours, "-h", "-", "-iid", "-", "-proxy", "none",
                               "-client", "none", "-server", "none", "-W0", source], capture_output=True, text=True)
        if made.returncode != 0:
            failed = 1
            print(f"{name}: midl refuses it\n  " + "\n  ".join(made.stderr.splitlines()[:4]))
            continue
        shown = []
        for library in (ours, theirs):
            status, text, err = wine.run(prefix, show, ["path:" + library], timeout=120)
            if status != 0:
                print(f"{name}: {library}: {status} {text[:300]!r} {err[:300]!r}")
                failed = 1
            shown.append(comparable(blocks(text.decode().replace("\r", ""))) if status == 0 else {})
        a, b = shown
        different = [key for key in sorted(set(a) | set(b), key=str) if a.get(key) != b.get(key)]
        compared += 1
        print(f"{name}: {len(b)} parts, {len(different)} differ")
        for key in different[:4]:
            mine, other = a.get(key, "").splitlines(), b.get(key, "").splitlines()
            print(f"  {key}")
            print("\n".join([f"    ours:   {line}" for line in mine if line not in other][:5]
                            + [f"    widl's: {line}" for line in other if line not in mine][:5]))
        failed |= bool(different)
    print(f"{compared} sources compared")
    return failed or compared == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:8], sys.argv[8:]))
