#!/usr/bin/env python3
"""Runs clang-tidy over the files named after ROOT and BUILD; any warning fails (see .clang-tidy)."""
import concurrent.futures
import pathlib
import subprocess
import sys


def tidy(root, build, name):
    command = ["clang-tidy", "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option",
               "--extra-arg=-Wno-ignored-optimization-argument", str(root / name)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else f"{name}\n{done.stdout}{done.stderr}"


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    names = sys.argv[3:]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [problem for problem in pool.map(lambda name: tidy(root, build, name), names) if problem]
    print("\n".join(problems) or f"{len(names)} files without a warning")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
