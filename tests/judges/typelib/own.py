"""The type libraries that we ship say what Wine's of the same names say, but for who made them.

own.py DCOM OURS THEIRS: the folders of the libraries.
"""
import difflib
import pathlib
import re
import subprocess
import sys

NAMES = ("stdole2.tlb", "stdole32.tlb")
# The compiler's name, version and time; and the names of entry points, which are "#" in Wine's whatever they are.
MADE_BY = re.compile(r"custom \{de77ba6[345]-517c-11d1-a2da-0000f8773ce9\}|^ *entry ", re.I)


def described(dcom: str, library: pathlib.Path) -> list[str]:
    text = subprocess.run([dcom, "typelib", "dump", str(library)], capture_output=True, text=True, check=True).stdout
    return [line for line in text.splitlines() if not MADE_BY.search(line)]


def main() -> int:
    dcom, ours, theirs = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    lines, differences = 0, []
    for name in NAMES:
        mine, wines = described(dcom, ours / name), described(dcom, theirs / name)
        lines += len(mine)
        differences += difflib.unified_diff(wines, mine, "Wine's " + name, "our " + name, lineterm="")
    print("\n".join(differences) or f"{len(NAMES)} libraries, {lines} lines agree")
    return 1 if differences or lines < 200 else 0


sys.exit(main())
