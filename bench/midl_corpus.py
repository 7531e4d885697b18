"""How long midl takes for Wine's IDL files, beside widl in the same run: header, ids, proxies and type library of each file that both compile.

midl_corpus.py MIDL TYPELIBS [ROUNDS]. One process at a time, each one run for all that it makes of a file. Prints wall time and processor time
(the least of all rounds, added up over the files), what was written, and the ratios midl / widl; to reach: at most 1. Beside what widl
makes, midl's run writes raw RPC clients and servers, where a file has such interfaces.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

WINE = "/usr/include/wine/wine/windows"
LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"


def widl(path: pathlib.Path, out: str) -> list:
    return ["/usr/lib/wine/widl", "--win64", "-D", "__WIDL__", f"-I{WINE}", f"-L{LIBRARIES}", "-h", "-H", f"{out}/{path.stem}.h", "-u", "-p", "-t", str(path)]


def midl(program: str, path: pathlib.Path, out: str) -> list:
    return [program, "-D", "__WIDL__", "-I", WINE, "-I", LIBRARIES, "-W0", "-out", out, str(path)]


def took(command: list, folder: str) -> tuple[float, float, int] | None:
    """Wall seconds, processor seconds and bytes written; None for a file that does not compile."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    good = subprocess.run(command, cwd=folder, capture_output=True, timeout=300).returncode == 0
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (wall, busy, sum(path.stat().st_size for path in pathlib.Path(folder).iterdir())) if good else None


def main() -> None:
    program, os.environ["OPENDCOM_TYPELIB_PATH"] = str(pathlib.Path(sys.argv[1]).resolve()), str(pathlib.Path(sys.argv[2]).resolve())
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    best = {}
    for _ in range(rounds):
        for path in sorted(pathlib.Path(WINE).glob("*.idl")):
            with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
                both = took(widl(path, a), a), took(midl(program, path, b), b)
            if all(both):
                known = best.get(path.stem, both)
                best[path.stem] = [tuple(min(pair) for pair in zip(*side)) for side in zip(known, both)]
    theirs, ours = ([sum(one[side][what] for one in best.values()) for what in range(3)] for side in (0, 1))
    print(f"{len(best)} files, best of {rounds}, load {os.getloadavg()[0]:.1f}")
    for name, total in ("widl", theirs), ("midl", ours):
        print(f"{name}: {total[0]:.2f} s, of which processor {total[1]:.2f} s; wrote {total[2] / 1e6:.1f} MB")
    print(f"ratio {ours[0] / theirs[0]:.2f}, processor {ours[1] / theirs[1]:.2f}")
    for name, (theirs, ours) in sorted(best.items(), key=lambda one: one[1][1][0] - one[1][0][0])[-5:]:
        print(f"  {name}: widl {theirs[0]:.3f} s, midl {ours[0]:.3f} s; {theirs[2]} and {ours[2]} bytes")


main()
