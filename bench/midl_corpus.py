"""How long midl takes for Wine's IDL files, beside widl in the same run: header, ids, proxies and type library of each file that both compile.

midl_corpus.py MIDL TYPELIBS [ROUNDS]. Prints seconds and their ratio (midl / widl); to reach: at most 1. One process at a time.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

WINE = "/usr/include/wine/wine/windows"
LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"


def widl(path: pathlib.Path, out: str) -> list:
    """One run for each output, which is how widl names them; a run makes only what was asked for."""
    common = ["/usr/lib/wine/widl", "--win64", "-D", "__WIDL__", f"-I{WINE}", f"-L{LIBRARIES}"]
    return [[*common, "-h", "-H", f"{out}/{path.stem}.h", "-u", "-p", "-t", str(path)]]


def midl(program: str, path: pathlib.Path, out: str) -> list:
    return [[program, "-D", "__WIDL__", "-I", WINE, "-I", LIBRARIES, "-W0", "-out", out, str(path)]]


def took(commands: list, folder: str) -> tuple[float, bool]:
    start = time.monotonic()
    good = all(subprocess.run(c, cwd=folder, capture_output=True, timeout=300).returncode == 0 for c in commands)
    return time.monotonic() - start, good


def main() -> None:
    program, os.environ["OPENDCOM_TYPELIB_PATH"] = str(pathlib.Path(sys.argv[1]).resolve()), str(pathlib.Path(sys.argv[2]).resolve())
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    files = sorted(pathlib.Path(WINE).glob("*.idl"))
    best = {}
    for _ in range(rounds):
        for path in files:
            with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
                theirs, they = took(widl(path, a), a)
                ours, we = took(midl(program, path, b), b)
            if they and we:
                known = best.get(path.stem, (1e9, 1e9))
                best[path.stem] = (min(known[0], theirs), min(known[1], ours))
    total_theirs, total_ours = (sum(pair[i] for pair in best.values()) for i in (0, 1))
    print(f"{len(best)} files, best of {rounds}: widl {total_theirs:.2f} s, midl {total_ours:.2f} s, ratio {total_ours / total_theirs:.2f}")
    for name, (theirs, ours) in sorted(best.items(), key=lambda one: one[1][1] - one[1][0])[-5:]:
        print(f"  {name}: widl {theirs:.3f} s, midl {ours:.3f} s")


main()
