"""Wine's IDL files as those of a project whose author has OpenDCOM's SDK and nothing of Windows.

own_sdk.py MIDL TYPELIBS SOURCE BUILD WORK [NAME ...]

Every .idl of Debian's libwine-dev that is not one of ours (idl/) stands in a folder of its own, with the few headers of constants that belong to
them (COMPANIONS), and is compiled against our idl/ and include/sdk/. Then its header compiles as C and as C++ and its proxies as C++ against
include/, what our own IDL became, and what the other files of the folder became. WORK is emptied first. With names: these files only,
and all that was said of them.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from own_sdk_table import COMPANIONS, DEFINED, NEEDED, NOT_C, OUT, PASS, PASS_ALONE

WINE = pathlib.Path("/usr/include/wine/wine/windows")
AT_ONCE = 2
BATCH = 16


class File:
    """One IDL file and what became of it."""

    def __init__(self, path: pathlib.Path, made: pathlib.Path):
        self.path, self.name = path, path.stem
        self.header, self.proxies = made / f"{path.stem}.h", made / f"{path.stem}_p.cpp"
        self.problem = ""
        self.needs_companion = False

    def compile(self, midl: list) -> None:
        mode = ["-winrt"] if re.search(r"^namespace\b", self.path.read_text(errors="replace"), re.M) else []
        depend = self.header.with_suffix(".d")
        made = run([*midl, *mode, "-MD", "-MF", depend, "-out", self.header.parent, self.path])
        if made.returncode != 0:
            self.problem = "midl: " + errors(made.stderr)
        elif depend.exists():
            self.needs_companion = any(pathlib.Path(word).name in COMPANIONS for word in depend.read_text().split())


def run(command: list, text: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, errors="replace", timeout=300)


def errors(text: str) -> str:
    return "\n  ".join([line for line in text.splitlines() if "error" in line][:4]) or text[:300]


def first_lines(f: File) -> str:
    """What a program says before it includes the header."""
    return (f"#define {DEFINED[f.name]}\n" if f.name in DEFINED else "") + "".join(f'#include "{one}"\n' for one in NEEDED.get(f.name, "").split())


class Headers:
    """The headers in one language; in batches, and one by one where a batch does not compile."""

    def __init__(self, language: str, command: list):
        self.language, self.command = language, command

    def text(self, files: list[File]) -> str:
        return "".join(first_lines(f) + f'#include "{f.header}"\n' for f in files)

    def check(self, files: list[File]) -> None:
        files = [f for f in files if not f.problem and not (self.language == "c" and f.name in NOT_C)]
        apart = [f for f in files if f.name in DEFINED and len(files) > 1]
        for f in apart:
            self.check([f])
        files = [f for f in files if f not in apart]
        made = run([*self.command, "-x", self.language, "-"], self.text(files)) if files else None
        if made is None or made.returncode == 0:
            return
        if len(files) == 1:
            files[0].problem = f"header, {self.language}: {errors(made.stderr)}"
            return
        middle = len(files) // 2
        self.check(files[:middle])
        self.check(files[middle:])


def check_proxies(command: list, f: File) -> None:
    if f.problem or not f.proxies.exists():
        return
    made = run([*command, "-x", "c++", "-"], first_lines(f) + f'#include "{f.proxies}"\n')
    if made.returncode != 0:
        f.problem = "proxies: " + errors(made.stderr)


def precompiled(command: list, work: pathlib.Path) -> list:
    """The headers that every file of proxies includes, read once."""
    header = work / "proxies.h"
    header.write_text('#include "ole2.h"\n#include "ocidl.h"\n#include "opendcom/com/proxy.h"\n#include "opendcom/com/stub.h"\n'
                      '#include "opendcom/ndr/generated.h"\n#include <cstddef>\n')
    made = run([*command, "-x", "c++-header", "-o", f"{header}.gch", header])
    if made.returncode != 0:
        raise SystemExit("the headers of proxies do not compile:\n" + made.stderr[:2000])
    return [*command, "-fsyntax-only", "-include", header]


def everything(midl: str, source: pathlib.Path, build: pathlib.Path, work: pathlib.Path, only: list[str]) -> list[File]:
    folder, made = work / "project", work / "made"
    shutil.rmtree(work, ignore_errors=True)
    for place in (folder, made):
        place.mkdir(parents=True)
    files = []
    for path in sorted(WINE.glob("*.idl")):
        if not (source / "idl" / path.name).exists():
            files.append(File(pathlib.Path(shutil.copy(path, folder)), made))
    for name in COMPANIONS:
        shutil.copy(WINE / name, folder)
    wanted = [f for f in files if not only or f.name in only]
    compiler = [midl, "-D", "__WIDL__", "-I", source / "idl", "-I", source / "include/sdk", "-I", folder]
    # What our own IDL files became comes first: a file of the folder may be named as one of ours is.
    include = [f"-I{place}" for place in (source / "include", source / "include/sdk", build / "generated", made, folder)]
    more = ["-w", "-DDECL_WINELIB_TYPE_AW(type)=", "-DDECLSPEC_HIDDEN=", *include]  # what Wine's own headers take from others of its
    gcc, gxx = ["gcc", "-fsyntax-only", "-DCOBJMACROS", *more], ["g++", "-std=c++20", *more]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda f: f.compile(compiler), files))
        proxies = precompiled(gxx, work)
        for headers in (Headers("c", gcc), Headers("c++", [*gxx, "-fsyntax-only"])):
            list(pool.map(headers.check, [wanted[i:i + BATCH] for i in range(0, len(wanted), BATCH)]))
        list(pool.map(lambda f: check_proxies(proxies, f), wanted))
    return wanted


def main() -> int:
    midl, typelibs, source, build, work = sys.argv[1], sys.argv[2], *(pathlib.Path(word) for word in sys.argv[3:6])
    only = sys.argv[6:]
    os.environ["OPENDCOM_TYPELIB_PATH"] = typelibs
    files = everything(midl, source, build, work, only)
    unexpected = [f for f in files if f.problem and (only or f.name not in OUT)]
    for f in unexpected:
        print(f"{f.name}: {f.problem}")
    better = [f.name for f in files if not f.problem and f.name in OUT]
    if better:
        print("pass now, and are in the table of those that do not: " + " ".join(better))
    good = [f for f in files if not f.problem]
    alone = sum(not f.needs_companion for f in good)
    print(f"{len(files)} files: {len(good)} pass (expected {PASS}), {alone} of them without any header that came with them (expected {PASS_ALONE}); "
          f"{len(files) - len(good)} do not; {sum(f.proxies.exists() for f in good)} have proxies")
    return 1 if unexpected or better or (not only and (len(good), alone) != (PASS, PASS_ALONE)) else 0


if __name__ == "__main__":
    sys.exit(main())
