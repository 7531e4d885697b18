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
NO_C: set[str] = set()
# Begin and end the packing of structures; each pair is compiled as one.
PACKING = {f"pshpack{n}.h": n for n in (1, 2, 4, 8)}


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


def packs(command, folder, name, bytes_):
    """A structure between the two headers has the padding that the first one's name allows, and one behind them all of it."""
    source = (f'#include "{folder / name}"\nstruct packed {{ char c; double d; }};\n#include "{folder / "poppack.h"}"\nstruct padded {{ char c; double d; }};\n'
              f"_Static_assert(sizeof(struct packed) == {8 + bytes_} && sizeof(struct padded) == 16, \"\");\n")
    # That the packing changes in an included file is what they are for.
    done = subprocess.run([*command, "-fsyntax-only", "-Wall", "-Werror", "-Wno-pragma-pack", "-Wno-unknown-warning-option", "-"], input=source, text=True,
                          capture_output=True, check=False)
    return None if done.returncode == 0 else f"{' '.join(command)} {name}\n{done.stderr}"


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    compilers = [compiler for compiler in sys.argv[3:] if compiler]
    includes = [f"-I{root / 'include'}", f"-I{root / 'include/sdk'}", f"-I{build / 'generated'}"]
    jobs = []
    # Headers that midl wrote are the SDK's too.
    sdk = sorted((root / "include/sdk").glob("*.h")) + sorted((build / "generated").glob("*.h"))
    packed = [packs([compiler, "-x", "c", "-std=c11"], root / "include/sdk", name, bytes_) for name, bytes_ in PACKING.items() for compiler in compilers]
    for path in sdk:
        if path.name in PACKING or path.name == "poppack.h":
            continue
        jobs += [(command, path, includes) for command in variants(path, compilers, True)]
    for path in sorted((root / "include/opendcom").rglob("*.h")):
        jobs += [(command, path, includes) for command in variants(path, compilers, False)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in [*packed, *pool.map(lambda job: compile_alone(*job), jobs)] if problem]
    print("\n".join(problems) or f"{len(jobs)} compilations, each header stands alone")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
