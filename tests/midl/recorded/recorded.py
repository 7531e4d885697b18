#!/usr/bin/env python3
"""Compares what proxies and stubs sent with the bytes that are kept.

  recorded.py ours PROGRAM [--write]          our proxies and stubs: recorded.txt (what the judge's sent) and specified.txt
  recorded.py judge FOLDER PREFIX [--write]   widl's proxies and stubs, built in FOLDER by mingw-w64, under Wine: recorded.txt

Values of pointers that are not null mean nothing but themselves (C706 14.3.10): both sides are compared with them numbered in order
of appearance. Methods for which widl or Wine is no judge are in specified.txt, with the reason; those bytes were worked out by hand
from C706 chapter 14. `--write` writes the kept file anew, for a person to look at.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# widl writes code (-Os) or format strings (-Oicf); of these methods the code is wrong: it forgets a union's discriminant, and
# sends 8 bytes for an __int3264.
BY_FORMAT_STRING = {"Pointers", "ChoiceNumber", "ChoiceDefault", "SmallSealedUnion"}
GAPS = "Wine packs the numbers of such a structure; C706 14.2.2 aligns each (impacket does too)"
WHY = {
    "AllNumbers": GAPS, "NestedStructures": GAPS, "Threes": GAPS, "IntStructure": GAPS, "FixedStructures": GAPS,
    "ConformantStructures": GAPS, "ConformantThrees": GAPS, "References": GAPS,
    "GridStructure": "Wine leaves out the text inside the structure",
    "VaryingFixedArray": "Wine sends zeros for the elements", "VaryingFixeds": "Wine leaves out the elements",
    "ChoiceText": "Wine refuses to send it", "SealedUnion": "Wine refuses to send it",
    "ChoiceOut": "Wine sends two bytes of the union's memory",
    "ChosenStructures": "Wine aligns a union inside a structure to 4; C706 14.3.8 aligns the tag and the arm each by itself",
    "PaintedStructure": "Wine aligns a union inside a structure to 4; C706 14.3.8 aligns the tag and the arm each by itself",
    "TextLists": "widl's code does not come back from it",
    "FullInStructure": "widl's format string ends in an exception",
}


def parse(text):
    methods, at, key = {}, None, None
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            at = methods[line] = {"request": [], "reply": [], "result": ""}
            continue
        words = line.split()
        if words[0] in ("request", "reply"):
            key = words.pop(0)
        if words and words[0] == "result":
            at["result"] = words[1]
            continue
        at[key] += words
    return methods


def shape(octets):
    """The bytes, with pointers' values numbered in order of appearance."""
    seen = {}
    octets = list(octets)
    for i in range(0, len(octets) - 3, 4):
        word = tuple(octets[i:i + 4])
        if word[2:] == ("02", "00"):
            seen.setdefault(word, f"p{len(seen):02d}")
            octets[i:i + 4] = [seen[word]] * 4
    return octets


def declarations():
    found = {}
    for match in re.finditer(r"HRESULT (\w+)\([^;]*\);", (HERE / "methods.idl").read_text()):
        found[match.group(1)] = match.group(0)
    return found


def show(methods, head, notes):
    idl = declarations()
    lines = [f"# {line}" for line in head.splitlines()]
    for name, call in methods.items():
        lines += ["", f"# {idl[name]}"]
        if name in notes:
            lines.append(f"# {notes[name]}.")
        lines.append(name)
        for key in ("request", "reply"):
            octets = call[key]
            rows = [" ".join(octets[i:i + 32]) for i in range(0, len(octets), 32)] or [""]
            rows = [re.sub(r"((?:\w\w ){3}\w\w) ", r"\1  ", row) for row in rows]
            lines.append(f"  {key:7}  {rows[0]}".rstrip())
            lines += [f"           {row}" for row in rows[1:]]
        lines.append(f"  result   {call['result']}")
    return "\n".join(lines) + "\n"


def differences(kept, got):
    wrong = []
    for name in sorted(set(kept) | set(got)):
        if name not in kept or name not in got:
            wrong.append(f"{name}: only {'kept' if name in kept else 'sent'}")
            continue
        for key in ("request", "reply", "result"):
            k, g = kept[name][key], got[name][key]
            if (k, g) != ("", "") and (k != g if key == "result" else shape(k) != shape(g)):
                wrong.append(f"{name} {key}:\n  kept {k if key == 'result' else ' '.join(k)}\n  sent {g if key == 'result' else ' '.join(g)}")
    return wrong


def ours(program, write):
    got = parse(subprocess.run([program], capture_output=True, text=True, timeout=60, check=False).stdout)
    recorded = parse((HERE / "recorded.txt").read_text())
    by_us = {name: call for name, call in got.items() if name not in recorded}
    if write:
        head = "What our proxies and stubs exchange where no judge is to be had (recorded.py says why for each)."
        (HERE / "specified.txt").write_text(show(by_us, head, WHY))
    missing = [name for name in by_us if name not in WHY]
    wrong = [f"{name}: neither recorded nor explained" for name in missing]
    wrong += differences({**recorded, **parse((HERE / "specified.txt").read_text())}, got)
    if set(got) != set(declarations()):
        wrong.append(f"not called: {set(declarations()) - set(got)}")
    print("\n".join(wrong) or f"{len(recorded)} methods as recorded, {len(by_us)} as specified")
    return 1 if wrong else 0


def build(folder, mode):
    folder.mkdir(parents=True, exist_ok=True)
    idl = HERE / "methods.idl"
    widl = ["/usr/lib/wine/widl", mode]
    for arguments in (["-p", "-o", "methods_p.c", idl], ["-h", "-o", "methods.h", idl], ["-u", "-o", "methods_i.c", idl],
                      ["--dlldata-only", "--dlldata=dlldata.c", "methods"]):
        subprocess.run([*widl, *arguments], cwd=folder, check=True, timeout=60)
    flags = ["-O1", "-D_WIN32_WINNT=0x0601", "-Dsmall=char", "-w", "-I.", f"-I{HERE}"]
    for source in (HERE / "windows_proxies.c", "dlldata.c", "methods_i.c"):
        subprocess.run(["x86_64-w64-mingw32-gcc-posix", *flags, "-c", source], cwd=folder, check=True, timeout=300)
    gxx = ["x86_64-w64-mingw32-g++-posix", "-municode"]
    subprocess.run([*gxx, "-std=gnu++20", *flags, "-c", HERE / "exchange.cpp"], cwd=folder, check=True, timeout=300)
    subprocess.run([*gxx, "-static", "windows_proxies.o", "dlldata.o", "methods_i.o", "exchange.o", "-o", "exchange.exe", "-lole32",
                    "-loleaut32", "-lrpcrt4", "-luuid"], cwd=folder, check=True, timeout=300)
    return str(folder / "exchange.exe")


def judge(folder, prefix, write):
    sys.path.insert(0, str(HERE.parent.parent / "judges" / "wine"))
    import run  # pylint: disable=import-outside-toplevel
    sent = {}
    for mode in ("-Os", "-Oicf"):
        program = build(pathlib.Path(folder) / mode[1:], mode)
        _, out, err = run.run(prefix, program, [], 120)
        sent[mode] = parse(out.decode())
        if not sent[mode]:
            print(f"{mode}: nothing was sent: {err.decode(errors='replace')}")
            return 1
    got = {name: sent["-Oicf" if name in BY_FORMAT_STRING else "-Os"][name] for name in sent["-Os"] if name not in WHY}
    if write:
        head = "What proxies and stubs made by widl 8.0 exchange under Wine 8.0 (recorded.py writes and compares it)."
        notes = {name: "By widl's format strings (-Oicf)" for name in BY_FORMAT_STRING}
        (HERE / "recorded.txt").write_text(show(got, head, notes))
    wrong = differences(parse((HERE / "recorded.txt").read_text()), got)
    print("\n".join(wrong) or f"{len(got)} methods as recorded")
    return 1 if wrong else 0


def main(arguments):
    write = "--write" in arguments
    if arguments[0] == "ours":
        return ours(arguments[1], write)
    return judge(arguments[1], arguments[2], write)


sys.exit(main(sys.argv[1:]))
