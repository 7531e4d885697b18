#!/usr/bin/env python3
"""Compiles each header alone: it must bring what it needs.

usage: headers.py ROOT BUILD COMPILER...
Public headers with every compiler, as C++20 with both widths of wchar_t; the SDK's also as C11. Headers of src/ with the first.
"""
import concurrent.futures
import pathlib
import subprocess
import sys

# C++ only: their users are C++ programs.
NO_C = {"ole2.h"}


def variants(path, root, compilers):
    """Command lines for one header."""
    relative = path.relative_to(root).as_posix()
    generated = relative.startswith("generated/")
    public = relative.startswith("include/") or generated
    for compiler in compilers if public else compilers[:1]:
        # OLECHAR's other width changes the program's view of the SDK only; our own headers are built once.
        for width in [[], ["-fshort-wchar"]] if public else [[]]:
            yield [compiler, "-x", "c++", "-std=c++20", *width]
        if (generated or relative.startswith("include/sdk/")) and path.name not in NO_C and not path.name.endswith("_t.h"):
            yield [compiler, "-x", "c", "-std=c11"]


def compile_alone(command, path, includes):
    flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header", *includes]
    source = f'#include "{path}"\n'
    done = subprocess.run([*command, *flags, "-"], input=source, text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else f"{' '.join(command)} {path}\n{done.stderr}"


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    compilers = [compiler for compiler in sys.argv[3:] if compiler]
    includes = [f"-I{root / 'include'}", f"-I{root / 'include/sdk'}", f"-I{build / 'generated/sdk'}"]
    jobs = []
    # Headers that midl wrote count as the SDK's.
    for path in sorted((build / "generated/sdk").glob("*.h")):
        jobs += [(command, path, includes) for command in variants(path, build, compilers)]
    for base in ("include", "src"):
        for path in sorted((root / base).rglob("*.h")):
            more = [f"-I{root / 'src'}"] if base == "src" else []
            jobs += [(command, path, includes + more) for command in variants(path, root, compilers)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in pool.map(lambda job: compile_alone(*job), jobs) if problem]
    print("\n".join(problems) or f"{len(jobs)} compilations, each header stands alone")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
