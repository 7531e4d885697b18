#!/usr/bin/env python3
"""Wine's oleaut32 and our reader look at the same libraries: Debian's, which nobody here wrote.

  wine_shows.py PREFIX SHOW_TYPELIB DCOM LIBRARY...

Each line that oleaut32 shows must be a line of `dcom typelib dump`, and the other way round, apart from what oleaut32 says otherwise by design:
 - it shows a dual interface twice; its interface half is what the file holds;
 - the attributes of a dispatch type are those of IDispatch (vtable 56 bytes), and a dual's half is not marked dual;
 - what a library imports is not to be seen by itself, nor is the name of a property's new value.
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


def comparable(text):
    """The blocks with what oleaut32 changes by design left out."""
    result = {}
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
            lines[1:] = [re.sub(r"^(    parameter) \S+ ", r"\1 * ", line) for line in lines[1:]]
        else:
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
        theirs = comparable(out.decode().replace("\r", ""))
        ours = comparable(subprocess.run([dcom, "typelib", "dump", path], check=True, capture_output=True).stdout.decode())
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
