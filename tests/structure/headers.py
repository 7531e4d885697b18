#!/usr/bin/env python3
"""Compiles each public header alone: it must bring what it needs.

usage: headers.py ROOT BUILD COMPILER...
As C++20 with every compiler, with the first also under -fshort-wchar, and the SDK's headers as C11.
(A header of src/ is the first include of its own .cpp, which shows the same.)
"""
import concurrent.futures
import pathlib
import subprocess
import sys

# C++ only: their users are C++ programs.
NO_C = {"ole2.h"}


def variants(path, compilers, is_sdk):
    """Command lines for one header."""
    first = compilers[0]
    yield [first, "-x", "c++", "-std=c++20"]
    yield [first, "-x", "c++", "-std=c++20", "-fshort-wchar"]
    for other in compilers[1:]:
        yield [other, "-x", "c++", "-std=c++20"]
    if is_sdk and path.name not in NO_C and not path.name.endswith("_t.h"):
        yield [first, "-x", "c", "-std=c11"]


def compile_alone(command, path, includes):
    flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header", *includes]
    source = f'#include "{path}"\n'
    done = subprocess.run([*command, *flags, "-"], input=source, text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else f"{' '.join(command)} {path}\n{done.stderr}"


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    compilers = [compiler for compiler in sys.argv[3:] if compiler]
    includes = [f"-I{root / 'include'}", f"-I{root / 'include/sdk'}", f"-I{build / 'generated'}"]
    jobs = []
    # Headers that midl wrote are the SDK's too.
    sdk = sorted((root / "include/sdk").glob("*.h")) + sorted((build / "generated").glob("*.h"))
    for path in sdk:
        jobs += [(command, path, includes) for command in variants(path, compilers, True)]
    for path in sorted((root / "include/opendcom").rglob("*.h")):
        jobs += [(command, path, includes) for command in variants(path, compilers, False)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in pool.map(lambda job: compile_alone(*job), jobs) if problem]
    print("\n".join(problems) or f"{len(jobs)} compilations, each header stands alone")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
