#!/usr/bin/env python3
"""Random methods through our proxies and stubs and through widl's under Wine; and what the specifications say of both.

  random_exchange.py MIDL SOURCE BUILD PREFIX WORK [--seed N]... [--methods N] [--sanitize] [--no-wine]

For each seed: random types and methods with random values (random_methods.py). What is expected of a call is worked out from C706 and
MS-RPCE by ndr_wire.py: request, reply, what the object sees and what the caller sees. Our proxies and stubs have to do just that, in NDR 2.0
and in NDR64, and to read the same messages in the other byte order. So have widl's, but for what stands in WIDL_IS_WRONG, with the reason. Types that widl's grammar does not know
(max_is, first_is, last_is, ms_union …) come with --no-wine only. Without seeds: fixed ones of both kinds. What differs is in WORK/seedN.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wine"))
import exchange_program  # noqa: E402
import ndr_wire  # noqa: E402
import random_methods  # noqa: E402
import run as wine  # noqa: E402
from random_structures import Encapsulated, Structure  # noqa: E402
from widl_is_wrong import excuse  # noqa: E402

MINGW = "x86_64-w64-mingw32"
SEEDS = [4, 5]      # beside Wine
OURS = [120, 136, 139, 209]  # ours alone
MODES = ["-Os", "-Oicf"]


class Failed(Exception):
    pass


def command(words, **more):
    made = subprocess.run([str(w) for w in words], capture_output=True, text=True, errors="replace", timeout=300, **more)
    if made.returncode != 0:
        raise Failed(" ".join(str(w) for w in words[:1] + words[-1:]) + "\n" + made.stderr[:3000])
    return made.stdout


class Exchange:
    def __init__(self, options, seed, with_wine):
        self.options, self.seed = options, seed
        self.folder = pathlib.Path(options.work) / f"seed{seed}"
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("ours", "widl"):
            (self.folder / name).mkdir(parents=True)
        self.generator = random_methods.Generator(seed, options.methods, with_wine)
        self.methods = self.generator.methods
        rng = random.Random(seed)
        for method in self.methods:
            method.choose(rng)
        self.idl = self.folder / "random.idl"
        self.idl.write_text(self.generator.idl())
        structures = [d for d in self.generator.definitions if isinstance(d, (Structure, Encapsulated))]
        structures = [d for d in structures if isinstance(d, Structure)]
        (self.folder / "exchange.cpp").write_text(exchange_program.program("random", self.methods, structures))

    def build_ours(self):
        ours, options = self.folder / "ours", self.options
        command([options.midl, "-I", options.source / "idl", "-out", ours, "-empty", self.idl])
        include = [f"-I{folder}" for folder in (ours, HERE, options.source / "include", options.source / "include/sdk", options.build / "generated")]
        flags = ["-std=c++20", "-O0", *(["-g", "-fsanitize=address,undefined"] if options.sanitize else [])]
        strict = ["-Wall", "-Wextra", "-Werror", "-Wno-non-virtual-dtor"]
        command(["g++", *flags, *include, *strict, "-c", ours / "random_p.cpp", "-o", ours / "proxies.o"])
        command(["g++", *flags, *include, "-w", "-c", self.folder / "exchange.cpp", "-o", ours / "exchange.o"])
        command(["gcc", *include, "-c", ours / "random_i.c", "-o", ours / "ids.o"])
        command(["g++", *flags, ours / "proxies.o", ours / "exchange.o", ours / "ids.o", f"-L{options.build / 'lib'}", "-lopendcom",
                 f"-Wl,-rpath,{options.build / 'lib'}", "-o", ours / "exchange"])

    def build_widl(self):
        """What the programs of both of its modes share: calls one by one (-Os), or format strings that are interpreted (-Oicf)."""
        base = self.folder / "widl"
        command(["/usr/lib/wine/widl", "-h", "-o", "random.h", self.idl], cwd=base)
        command(["/usr/lib/wine/widl", "-u", "-o", "random_i.c", self.idl], cwd=base)
        command(["/usr/lib/wine/widl", "--dlldata-only", "--dlldata=dlldata.c", "random"], cwd=base)
        flags = ["-O0", "-D_WIN32_WINNT=0x0601", "-Dsmall=char", "-w", "-I.", f"-I{HERE}"]
        command([f"{MINGW}-gcc-posix", *flags, "-c", "dlldata.c", "random_i.c"], cwd=base)
        command([f"{MINGW}-g++-posix", "-std=gnu++20", *flags, "-c", self.folder / "exchange.cpp"], cwd=base)

    def build_mode(self, mode):
        base = self.folder / "widl"
        (base / mode).mkdir()
        command(["/usr/lib/wine/widl", mode, "-p", "-o", "random_p.c", self.idl], cwd=base / mode)
        command([f"{MINGW}-gcc-posix", "-O0", "-D_WIN32_WINNT=0x0601", "-Dsmall=char", "-w", "-I.", f"-I{mode}", "-c", HERE / "windows_exchange.c",
                 "-o", f"proxies{mode}.o"], cwd=base)
        command([f"{MINGW}-g++-posix", "-static", f"proxies{mode}.o", "dlldata.o", "random_i.o", "exchange.o", "-o", f"exchange{mode}.exe", "-lole32",
                 "-loleaut32", "-lrpcrt4", "-luuid"], cwd=base)

    def run_ours(self, mode, words):
        left, said = list(words), {}
        step = 3 if mode.endswith("given") else 1
        while left:
            made = subprocess.run([str(self.folder / "ours/exchange"), mode, *left], capture_output=True, text=True, errors="replace", timeout=60,
                                  env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
            got = parse(made.stdout)
            said.update(got)
            if made.returncode == 0:
                break
            last = list(got)[-1] if got else left[0]
            said[last] = {"crash": f"status {made.returncode} {made.stderr[:1500]}"}
            left = left[left.index(last) + step:]
        return said

    def run_widl(self, mode, names):
        """A method that ends the program is left out, and the others go on."""
        left, said = names, {}
        while left:
            _, out, _ = wine.run(self.options.prefix, str(self.folder / f"widl/exchange{mode}.exe"), left, 20)
            got = parse(out.decode(errors="replace").replace("\r", ""))
            if not got:
                raise Failed("nothing from Wine: " + out.decode(errors="replace"))
            said.update(got)
            last = list(got)[-1]
            if "result" not in got[last]:
                said[last] = {"crash": "ends the program"}
            left = left[left.index(last) + 1:]
        return said

    def judge(self):
        """What is wrong with ours."""
        self.build_ours()
        problems = []
        for syntax in (ndr_wire.NDR20, ndr_wire.NDR64):
            said = self.run_ours(syntax.name, [m.name for m in self.methods])
            for m in self.methods:
                wrong = self.differences(m, said.get(m.name, {}), syntax)
                problems += [f"ours, {syntax}: {m.idl()}\n  " + "\n  ".join(wrong)] if wrong else []
        words = []
        for m in self.methods:
            words += [m.name, *(bytes(part(ndr_wire.Octets(ndr_wire.NDR20_BIG)).bytes).hex() for part in (m.request, m.reply))]
        said = self.run_ours("big-given", words)
        for m in self.methods:
            wrong = self.differences(m, said.get(m.name, {}), None)
            problems += [f"ours, big-endian: {m.idl()}\n  " + "\n  ".join(wrong)] if wrong else []
        return problems

    def judge_widl(self):
        """What is wrong with widl's in both of its modes, and how many methods were not asked since it is known to be."""
        self.build_widl()
        judged = {m.name: m for m in self.methods if not excuse(self.features(m))}
        said = {name: [] for name in judged}
        for mode in MODES:
            if judged:
                self.build_mode(mode)
                got = self.run_widl(mode, list(judged))
                for name, m in list(judged.items()):
                    wrong = self.differences(m, got.get(name, {}), ndr_wire.NDR20)
                    said[name].append(f"{mode}\n    " + "\n    ".join(wrong))
                    if not wrong:
                        del judged[name]
        problems = [f"widl's: {m.idl()}\n  features {sorted(self.features(m))}\n  " + "\n  ".join(said[name]) for name, m in judged.items()]
        return problems, len(self.methods) - len(said)

    @staticmethod
    def features(method):
        octets = [part(ndr_wire.Octets(ndr_wire.NDR20)) for part in (method.request, method.reply)]
        return method.features() | octets[0].features | octets[1].features

    @staticmethod
    def differences(method, got, syntax):
        if "crash" in got or "result" not in got:
            return [got.get("crash", "no answer")]
        wrong = []
        if int(got["result"], 16) != method.result:
            wrong.append(f"result {got['result']}, not {method.result:08x}")
        for what, expected in (("server", method.seen(method.incoming(), method.given)), ("client", method.seen(method.outgoing(), method.returned))):
            if got[what] != expected:
                wrong += [f"{what} sees   {got[what]}", f"instead of   {expected}"]
        for what, part in (("request", method.request), ("reply", method.reply)):
            if syntax and not ndr_wire.same(expected := part(ndr_wire.Octets(syntax)), bytes.fromhex(got[what])):
                wrong += [f"{what} {in_fours(got[what])}", f"expect  {in_fours(expected.bytes.hex())}"]
        return wrong


def in_fours(text):
    return re.sub(r"(.{8})", r"\1 ", text)


def parse(text):
    said, at = {}, None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "method":
            at = said.setdefault(rest, {})
        elif at is not None:
            at[word] = rest
    return said


def main():
    parser = argparse.ArgumentParser()
    for name in ("midl", "source", "build", "prefix", "work"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--methods", type=int, default=14)
    parser.add_argument("--sanitize", action="store_true")
    parser.add_argument("--no-wine", action="store_true")
    options = parser.parse_args()
    failed = 0
    with_wine, alone = (options.seed or SEEDS, []) if not options.no_wine else ([], options.seed or OURS)
    for seed in [*with_wine, *alone, *([] if options.seed or options.no_wine else OURS)]:
        problems, excused = [], 0
        try:
            exchange = Exchange(options, seed, seed in with_wine)
            problems = exchange.judge()
            if seed in with_wine:
                more, excused = exchange.judge_widl()
                problems += more
        except Failed as failure:
            problems.append(str(failure))
        print(f"seed {seed}: {options.methods} methods, {len(problems)} differences, {excused} where widl's are known to be wrong")
        print("\n".join(problems), flush=True)
        failed += bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
