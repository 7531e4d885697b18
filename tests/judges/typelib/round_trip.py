#!/usr/bin/env python3
"""Libraries that nobody here wrote, printed as IDL, compiled by midl with the switches that the text names: the new library must be equal to the first, to the letter of its dump.

  round_trip.py MIDL DCOM OUT LIBRARY...
"""
import os
import subprocess
import sys


def main(midl, dcom, out, libraries):
    os.makedirs(out, exist_ok=True)
    failed = 0
    for library in libraries:
        folder = os.path.dirname(library)
        name = os.path.basename(library).removesuffix(".tlb")
        printed, again = os.path.join(out, name + "_printed.idl"), os.path.join(out, name + "_again.tlb")

        def shown(what, path):
            return subprocess.run([dcom, "typelib", what, "-I", folder, path], check=True, capture_output=True, text=True).stdout

        text = shown("idl", library)
        with open(printed, "w", encoding="utf-8") as f:
            f.write(text)
        switches = text.partition("Compile with: midl ")[2].partition("\n")[0].split()
        made = subprocess.run([midl, *switches, "-I", folder, "-out", out, "-tlb", os.path.abspath(again), "-h", "-", "-iid", "-", "-proxy", "none", "-client",
                               "none", "-server", "none", printed], capture_output=True, text=True)
        if made.returncode != 0:
            failed = 1
            print(f"{name}: midl refuses it\n{made.stderr[:1000]}")
            continue
        first, second = shown("dump", library).splitlines(), shown("dump", again).splitlines()
        different = [(a, b) for a, b in zip(first, second) if a != b]
        print(f"{name}: {len(first)} lines, {len(different)} differ")
        for a, b in different[:5]:
            print(f"  first: {a}\n  again: {b}")
        failed |= first != second or len(first) < 10
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
