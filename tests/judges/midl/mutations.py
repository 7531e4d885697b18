#!/usr/bin/env python3
"""Sources that are nearly right: random IDL (random_methods.py, random_library.py) with a word taken out, doubled, exchanged or put in.

  mutations.py MIDL SOURCE BUILD WORK [--seed N]... [--mutants N] [--compile]

The compiler says where each mistake is (file and line), ends with 0 or 1 within seconds of processor time, and says at most a few things about one mistake.
What it takes, C++ compilers take: with --compile the header and the proxies of every mutant that is taken are compiled, otherwise those of some.
"""
import argparse
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys

import random_library
import random_methods

SEEDS = [1, 2]
WORDS = ["in", "out", "ref", "unique", "ptr", "string", "size_is(1)", "length_is(n)", "switch_is(k)", "void", "long", "*", "[]", "[3]", "interface", "struct", "union",
         "0", "-1", "0x7fffffff", "(", ")", "[", "]", "{", "}", ",", ";", "iid_is(x)", "const", "typedef", "default", "case 1:", "IUnknown", "hyper", "unsigned", "local",
         "retval", "propget", "id(1)", "dual", "object", "uuid(1)", "switch_type(long)", "context_handle", "range(1, 2)", "max_is(n)", "float", "1.5", "L\"x\"", "'c'"]
MOST_MESSAGES = 12
TOKEN = re.compile(r'"[^"]*"|\w+|[^\w\s]')


def mutant(text: str, rng: random.Random) -> tuple[str, str]:
    tokens = list(TOKEN.finditer(text))
    for _ in range(rng.choice([1, 1, 1, 2])):
        at = rng.randrange(len(tokens))
        one = tokens[at]
        kind = rng.choice(["delete", "double", "swap", "insert", "replace", "name"])
        if kind == "delete":
            return text[:one.start()] + text[one.end():], f"without {one[0]}"
        if kind == "double":
            return text[:one.end()] + " " + one[0] + text[one.end():], f"{one[0]} twice"
        if kind == "swap":
            other = tokens[min(at + 1, len(tokens) - 1)]
            return text[:one.start()] + other[0] + " " + one[0] + text[other.end():], f"{one[0]} and {other[0]} exchanged"
        word = rng.choice(WORDS) if kind == "insert" else rng.choice(tokens)[0]
        if kind == "insert":
            return text[:one.end()] + " " + word + " " + text[one.end():], f"{word} behind {one[0]}"
        if kind == "name" and not (one[0][0].isalpha() and word[0].isalpha()):
            continue
        return text[:one.start()] + word + text[one.end():], f"{word} for {one[0]}"
    return text, "the same"


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (10, 12))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def problems_of(midl, source, build, folder, text, compile_it) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "m.idl").write_text(text)
    made = subprocess.run([midl, "-I", source / "idl", "-out", folder, "m.idl"], cwd=folder, capture_output=True, text=True, errors="replace", preexec_fn=limits, check=False)
    errors = re.findall(r"^(.*?): error MIDL(\d+)", made.stderr, re.M)
    if made.returncode not in (0, 1):
        return f"status {made.returncode} {made.stderr[:300]}"
    if made.returncode == 1 and not errors:
        return "refused without a word"
    if any(not re.search(r"^\S+:\d+:\d+$", where) for where, _ in errors):
        return f"an error without a place: {made.stderr[:400]}"
    if len(errors) > MOST_MESSAGES:
        return f"{len(errors)} errors for one mistake:\n{made.stderr[:1500]}"
    if made.returncode == 0 and compile_it:
        return compiled(source, build, folder)
    return ""


def compiled(source, build, folder) -> str:
    include = [f"-I{path}" for path in (folder, source / "include", source / "include/sdk", build / "generated")]
    commands = [["gcc", "-fsyntax-only", "-w", *include, "-fshort-wchar", "-x", "c", folder / "m.h"], ["g++", "-std=c++20", "-fsyntax-only", "-w", *include, "-x", "c++", folder / "m.h"]]
    commands += [["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-non-virtual-dtor", "-Werror", *include, path] for path in folder.glob("m_?.cpp")]
    for command in commands:
        made = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", check=False)
        if made.returncode != 0:
            return "taken, but a compiler refuses what was written:\n" + made.stderr[:900]
    return ""


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("midl", "source", "build", "work"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    failed = tried = 0
    for seed in options.seed or SEEDS:
        rng = random.Random(seed)
        texts = [random_methods.Generator(seed, 5, seed % 2 == 0).idl(), random_library.Generator(seed).idl()]
        for number in range(options.mutants):
            text, what = mutant(texts[number % 2], rng)
            folder = options.work / f"seed{seed}_{number}"
            wrong = problems_of(options.midl, options.source, options.build, folder, text, options.compile or number % 10 == 0)
            tried += 1
            if wrong:
                failed += 1
                print(f"seed {seed}, mutant {number} ({what}), {folder}: {wrong}", flush=True)
            else:
                shutil.rmtree(folder)
    print(f"{tried} mutants, {failed} of them taken wrongly")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
