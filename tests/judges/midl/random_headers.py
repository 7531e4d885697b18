#!/usr/bin/env python3
"""Headers and type libraries of random IDL, ours and widl's.

  random_headers.py MIDL DCOM SOURCE PREFIX SHOW_TYPELIB WORK [--seed N]...

Headers (of random_methods.py and random_library.py): what our model says of sizes, offsets, values, slots and ids holds in our header and in widl's, by static
assertions, C and C++, gcc and clang (probes.py). Type libraries: Wine's oleaut32 shows the same of ours and of widl's, member by member, but for
what stands in WIDL_IS_WRONG; and `dcom typelib idl` of ours compiles to an equal library.
"""
import argparse
import difflib
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "wine"), str(HERE.parent / "typelib")]
import listing  # noqa: E402
import random_library  # noqa: E402
import random_methods  # noqa: E402
import run as wine  # noqa: E402
from probes import CXX_FIRST, c_probe, cxx_probe  # noqa: E402

WINE = pathlib.Path("/usr/include/wine/wine/windows")
WINE_LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
SEEDS = [1, 4]
MADE_BY = ("{DE77BA63-", "{DE77BA64-", "{DE77BA65-")  # when and by what compiler, in the custom data of widl's libraries
STDOLE = "{00020430-0000-0000-c000-000000000046}!"
# What makes a line of widl's listing ours (both in lower case), and why. tests/judges/typelib/differences.txt has the same rules.
WIDL_IS_WRONG = [
    ("wchar_t is unsigned short (MIDL: Type Library), VT_UI2 of MS-OAUT 2.2.7", lambda line: re.sub(r"\bi2\b", "ui2", line)),
    ("boolean is unsigned char in IDL (the article), VT_UI1", lambda line: re.sub(r"\bi1\b", "ui1", line)),
    ("what is declared by the typedef's name refers to that, an alias (the article)", lambda line: re.sub(r"\btag(\w+)", r"\1", line)),
    ("the uuid of a typedef that defines a structure is the record's, which is what GetRecordInfoFromGuids asks for; widl gives it to the alias",
     lambda line: re.sub(r"^(type (?:alias|record|enum) \w+) (?:\{[-0-9a-f]+\}|-)", r"\1", line)),
    ("the size of an alias is that of its type; widl does not round that of unions", lambda line: re.sub(r"^(type alias .*) size \d+", r"\1", line)),
    ("a type that an imported library has is referred to there (MS-OAUT 2.2.49.10)",
     lambda line: re.sub(r"(?<!!)\b(guid|iunknown|idispatch)(?= flags|$| at)", lambda m: STDOLE + m.group(1), line)),
]


def command(words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=120, check=False, **more)


class Source:
    def __init__(self, name, text, work, options):
        self.name, self.options, self.model, self.problems = name, options, {}, []
        self.folder = work / name
        for side in ("ours", "widl"):
            (self.folder / side).mkdir(parents=True)
        self.idl = self.folder / f"{name}.idl"
        self.idl.write_text(text)

    def midl(self, idl, *more):
        return command([self.options.midl, "-D", "__WIDL__", "-I", WINE, "-I", WINE_LIBRARIES, "-out", self.folder / "ours", *more, idl])

    def compile(self) -> bool:
        made = self.midl(self.idl, "-json", f"{self.name}.json", "-proxy", "none", "-W0")
        if made.returncode != 0:
            self.problems.append(f"midl refuses it: {made.stderr[:600]}")
            return False
        self.model = json.loads((self.folder / "ours" / f"{self.name}.json").read_text())
        for switch, ending in (("-h", "h"), *([("-t", "tlb")] if "library Random" in self.idl.read_text() else [])):
            made = command(["/usr/lib/wine/widl", "--win64", "-D", "__WIDL__", f"-I{WINE}", f"-L{WINE_LIBRARIES}", switch, "-o", self.folder / "widl" / f"{self.name}.{ending}", self.idl])
            if made.returncode != 0:
                self.problems.append(f"widl {switch} refuses it: {made.stderr[:600]}")
        return not self.problems

    def probe(self):
        """Both headers, both languages, both compilers."""
        for side in ("ours", "widl"):
            for compiler, language in (("gcc", "c"), ("g++", "c++"), ("clang", "c"), ("clang++", "c++")):
                first = "#include <stddef.h>\n" + ('#include "guiddef.h"\n' + CXX_FIRST if language == "c++" else "")
                probe = (c_probe if language == "c" else cxx_probe)([self])
                path = self.folder / f"{side}_{compiler}.{'c' if language == 'c' else 'cpp'}"
                path.write_text(f'{first}#include "{self.name}.h"\n{probe}')
                made = command([compiler, "-x", language, "-fsyntax-only", "-w", "-fshort-wchar", "-DCOBJMACROS", "-fpermissive" if compiler == "g++" else "-w",
                                f"-I{self.folder / side}", f"-I{WINE}", f"-I{WINE.parent}", path])
                if made.returncode != 0:
                    self.problems.append(f"{side}, {compiler}: {made.stderr[:700]}")

    def round_trip(self):
        """Printed as IDL, and compiled again: an equal library."""
        library = self.folder / "ours" / f"{self.name}.tlb"
        def shown(what, path):
            return command([self.options.dcom, "typelib", what, "-I", WINE_LIBRARIES, path]).stdout
        text = shown("idl", library)
        printed, again = self.folder / "printed.idl", self.folder / "again.tlb"
        printed.write_text(text)
        switches = text.partition("Compile with: midl ")[2].partition("\n")[0].split()
        made = self.midl(printed, *switches, "-tlb", again, "-h", "-", "-iid", "-", "-proxy", "none")
        if made.returncode != 0:
            self.problems.append(f"its own IDL is refused: {made.stderr[:600]}")
            return
        first, second = shown("dump", library).splitlines(), shown("dump", again).splitlines()
        different = [line for line in difflib.unified_diff(first, second, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))]
        if different or len(first) < 5:
            self.problems.append("another library comes of its own IDL:\n  " + "\n  ".join(different[:12]))


def compared(ours, theirs):
    # Once it refers to another type than IDispatch as the base of a dispinterface, which every one has, the rest of widl's follows.
    lost = re.search(r"^  implements \S+!GUID flags", theirs, re.M) is not None
    ours, theirs = listing.named(ours), listing.named(theirs)
    different = []
    for key in sorted(set(ours) | set(theirs)):
        a = [listing.lower(line) for line in ours.get(key, [])]
        b = [listing.lower(line) for line in theirs.get(key, []) if not any(guid in line for guid in MADE_BY)]
        if key in {("alias", "guid"), ("record", "unnamed:guid"), ("interface", "iunknown")} and not a:
            continue
        if lost and key[0] == "dispatch":
            continue
        named = [line.split()[1] for line in a if line.startswith("  alias ")]
        if not b and key[0] == "alias" and named and any((kind, named[0]) in ours for kind in ("enum", "record", "union")):
            continue  # the article: a typedef with another name than its tag is an alias beside the tagged type; widl has the tagged type only
        if key[0] == "module" and not any(line.startswith("  variable ") for line in b):
            a = [line for line in a if not line.startswith("  variable ")]  # widl leaves out a module's constants
        for what, b1, b2, a1, a2 in difflib.SequenceMatcher(None, b, a, autojunk=False).get_opcodes():
            other, mine = b[b1:b2], a[a1:a2]
            if what == "equal" or (len(mine) == len(other) and all(any(same(t) == o or same(t) == same(o) for _, same in WIDL_IS_WRONG) for t, o in zip(other, mine))):
                continue
            different += [f"{key}"] + ["- " + line for line in other] + ["+ " + line for line in mine]
    return different


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("midl", "dcom", "source", "prefix", "show", "work"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--seed", type=int, action="append")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    sources = []
    for seed in options.seed or SEEDS:
        sources.append(Source(f"methods{seed}", random_methods.Generator(seed, 6, True).idl(), options.work, options))
        sources.append(Source(f"library{seed}", random_library.Generator(seed).idl(), options.work, options))
    libraries = []
    for source in sources:
        if not source.compile():
            continue
        source.probe()
        if source.name.startswith("library"):
            source.round_trip()
            libraries.append(source)
    paths = [source.folder / side / f"{source.name}.tlb" for source in libraries for side in ("ours", "widl")]
    status, text, err = wine.run(str(options.prefix), str(options.show), ["path:" + str(path) for path in paths], timeout=120)
    shown = re.split(r"^# .*\n", text.decode(errors="replace").replace("\r", ""), flags=re.M)[1:]
    if status != 0 or len(shown) != len(paths):
        print(f"show_typelib ended with {status}: {len(shown)} of {len(paths)} libraries, {err[:300]!r}")
        return 1
    for source, ours, theirs in zip(libraries, shown[::2], shown[1::2]):
        if different := compared(ours, theirs):
            source.problems.append("oleaut32 shows (- widl's, + ours)\n  " + "\n  ".join(different[:40]))
    for source in sources:
        if source.problems:
            print(f"{source.name}:\n" + "\n".join(source.problems), flush=True)
    failed = sum(bool(source.problems) for source in sources)
    print(f"{len(sources)} sources, {len(libraries)} libraries, {failed} differ")
    return 1 if failed or not libraries else 0


if __name__ == "__main__":
    sys.exit(main())
