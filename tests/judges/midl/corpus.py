"""Wine's IDL files as the corpus of the compiler, and widl as its judge.

corpus.py MIDL TYPELIBS WORK [--only NAME ...]

Every .idl of Debian's libwine-dev that widl compiles by itself is compiled by ours: a header, proxies of the interfaces that have
some in widl's output, a type library where there is a library statement. The headers compile with gcc and clang as C and as C++.
What our model says of slots, sizes, offsets, values and ids holds in our header and in widl's (static assertions in both).
TYPELIBS has our stdole2.tlb. WORK is a folder for everything that is made; it is emptied first.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from probes import CXX_FIRST, c_probe, cxx_probe

WINE = pathlib.Path("/usr/include/wine/wine/windows")
WINE_LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
WIDL = "/usr/lib/wine/widl"
AT_ONCE = 2
BATCH = 12
# Headers that a program must include before that of an IDL file which names their types without including them; widl's needs the same.
NEEDED = {"commoncontrols": "windows.h commctrl.h", "cordebug": "cor.h", "corsym": "cor.h", "ddstream": "ddraw.h", "dxva2api": "d3d9.h", "evr9": "d3d9.h",
          "mfreadwrite": "mfidl.h", "videoacc": "ddraw.h", "vmr9": "strmif.h d3d9.h"}
SYSTEM = ["-fsyntax-only", "-w", "-fshort-wchar", "-DWIN32_LEAN_AND_MEAN", "-DCOBJMACROS"]
FIRST = {"c": "#include <stddef.h>\n", "c++": '#include <stddef.h>\n#include "guiddef.h"\n' + CXX_FIRST}
# In the source `#pragma pack(push, 2)`, by way of pshpack2.h, is in front of it; MIDL honours that (and the documentation of the structure
# says so), widl drops it.
WIDL_IS_WRONG = frozenset({"WM_STREAM_PRIORITY_RECORD", "WMT_TIMECODE_EXTENSION_DATA"})
# Headers of widl's that name an interface without declaring it, or enums of another namespace without saying so; and two that put interfaces in front of their bases, which C++ cannot read.
BATTERY = "#ifdef __cplusplus\nenum BatteryStatus : int;\n#endif\n"
WIDL_FIRST = {"dvdif": "typedef struct IGraphBuilder IGraphBuilder;\n", "windows.devices.power": BATTERY, "windows.gaming.input": BATTERY,
              "windows.gaming.input.custom": BATTERY, "windows.system.userprofile": "#ifdef __cplusplus\nenum DayOfWeek : int;\n#endif\n"}
WIDL_NOT_CXX = {"msxml2", "msxml6"}
# Define interfaces of msxml.idl otherwise; <ole2.h> includes msxml.h here, and the first definition would count.
ALONE = {"msxml2", "msxml6"}
# Quotes C++ code without asking for __cplusplus, so no compiler can make a header for C of it.
NOT_C = {"rtworkq"}
# Types of values as arguments of parameterized interfaces: MIDL's names of the instances hold their namespaces, as those of interfaces do; widl's do not.
WIDL_SHORT = {"Windows__CGaming__CInput__CForceFeedback__CForceFeedbackLoadEffectResult": "ForceFeedbackLoadEffectResult",
              "Windows__CUI__CColor": "Color", "Windows__CUI__CWindowId": "WindowId"}
# widl's headers call parameters by words of C++; those for the Windows Runtime have templates, which need these words.
WORDS = "#define typeid typeid_\n#define protected protected_\n#define typename typename_\n"


def corpus() -> list[pathlib.Path]:
    files = subprocess.run(["dpkg", "-L", "libwine-dev"], capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(pathlib.Path(f) for f in files if f.endswith(".idl"))


def run(command: list, **more) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", timeout=300, **more)


class File:
    """One IDL file, and what both compilers made of it."""

    def __init__(self, path: pathlib.Path, work: pathlib.Path):
        self.path, self.name = path, path.stem
        self.ours, self.theirs = work / "ours", work / "widl"
        self.problems: list[str] = []
        self.judged = False
        # Namespaces, runtime classes, contracts: both compilers have a mode for them.
        self.windows_runtime = False
        self.model: dict = {}
        self.compared = 0

    def widl(self, switch: str, output: str) -> bool:
        return run([WIDL, "--win64", *(["--winrt"] if self.windows_runtime else []), "-D", "__WIDL__", f"-I{WINE}", f"-L{WINE_LIBRARIES}", switch, "-o", self.theirs / output, self.path],
                   cwd=self.theirs).returncode == 0

    def compile(self, midl: str) -> None:
        self.windows_runtime = re.search(r"^namespace\b", self.path.read_text(errors="replace"), re.M) is not None
        self.judged = self.widl("-h", self.name + ".h")
        if not self.judged:
            return
        made = run([midl, *(["-winrt"] if self.windows_runtime else []), "-D", "__WIDL__", "-I", WINE, "-I", WINE_LIBRARIES, "-out", self.ours, "-json", self.name + ".json", self.path])
        if made.returncode != 0:
            self.problems.append("midl refuses it:\n" + made.stderr[:1000])
            return
        self.model = json.loads((self.ours / (self.name + ".json")).read_text())
        self.compare_proxies(made.stderr)
        if self.libraries() and not (self.ours / (self.name + ".tlb")).exists():
            self.problems.append("no type library")

    def libraries(self) -> list[str]:
        return [item["name"] for item in self.model["items"] if item["kind"] == "library"]

    def proxies(self) -> pathlib.Path:
        return self.ours / (self.name + "_p.cpp")

    def compare_proxies(self, messages: str) -> None:
        """Interfaces with proxies in widl's output have some in ours."""
        if not self.widl("-p", self.name + "_p.c"):
            return
        theirs = set(re.findall(r"^static CINTERFACE_PROXY_VTABLE\(\d+\) _(\w+?)(?:ProxyVtbl|<)", (self.theirs / (self.name + "_p.c")).read_text(errors="replace"), re.M))
        ours = set(re.findall(r"^class (\w+)_Proxy\b", self.proxies().read_text(), re.M)) if self.proxies().exists() else set()
        if self.windows_runtime:
            # widl leaves the namespaces out, and names an instance IVector<T>, which is no C.
            ours = {re.sub(r"^__x_\w+_C(?=I)|^__F(?=I)|_\d_.*", "", name) for name in ours}
        self.compared = len(theirs & ours)
        if theirs - ours:
            self.problems.append("no proxies for " + " ".join(sorted(theirs - ours)) + "\n" + messages[:500])


def compiled(compiler: str, language: str, include: list, text: str, path: pathlib.Path, more: list) -> str:
    path.write_text(text)
    made = run([compiler, "-x", language, *SYSTEM, *more, *[f"-I{folder}" for folder in include], path])
    return "" if made.returncode == 0 else "\n".join(line for line in made.stderr.splitlines() if "error" in line or line.startswith("  ") or "note" in line)[:1500]


def needed(name: str) -> str:
    return "".join(f'#include "{header}"\n' for header in NEEDED.get(name, "").split())


class Check:
    """One compiler and language over many files: in batches, and one by one where a batch does not compile."""

    def __init__(self, title: str, compiler: str, language: str, folder: str, include: list, probe):
        self.title, self.compiler, self.language, self.include, self.probe = title, compiler, language, include, probe
        self.folder = folder

    def text(self, files: list[File]) -> str:
        files = [f for f in files if not (self.language == "c" and f.name in NOT_C) and not (self.folder == "widl_gxx" and f.name in WIDL_NOT_CXX)]
        if not files:
            return ""
        first = FIRST[self.language] + (WORDS if self.language == "c++" and self.folder.startswith("widl") and not files[0].windows_runtime else "")
        if any(f.name in ALONE for f in files):
            first = '#define __msxml_h__\ntypedef struct IXMLElement IXMLElement;\n' + first
        if self.folder.startswith("widl"):
            first += "".join(WIDL_FIRST.get(f.name, "") for f in files)
        return first + "".join(needed(f.name) + f'#include "{f.name}.h"\n' for f in files) + self.probed(files)

    def probed(self, files: list[File]) -> str:
        text = self.probe(files) if self.probe else ""
        if self.folder.startswith("widl"):
            for full, short in WIDL_SHORT.items():
                text = text.replace(full, short)
        return text

    def batch(self, files: list[File], work: pathlib.Path) -> None:
        path = work / f"{self.folder}_{files[0].name}.{'c' if self.language == 'c' else 'cpp'}"
        # widl's headers give BSTR parameters the default L"".
        more = ["-fpermissive"] if self.folder == "widl_gxx" else []
        said = compiled(self.compiler, self.language, self.include, self.text(files), path, more)
        if not said:
            return
        if len(files) == 1:
            files[0].problems.append(f"{self.title}:\n{said}")
            return
        middle = len(files) // 2
        self.batch(files[:middle], work)
        self.batch(files[middle:], work)


def checks(work: pathlib.Path) -> list[Check]:
    ours, theirs = [work / "ours", WINE, WINE.parent], [work / "widl", WINE, WINE.parent]
    return [Check("our header, C, gcc", "gcc", "c", "ours_gcc", ours, c_probe),
            Check("our header, C++, g++", "g++", "c++", "ours_gxx", ours, cxx_probe),
            Check("our header, C, clang", "clang", "c", "ours_clang", ours, None),
            Check("our header, C++, clang++", "clang++", "c++", "ours_clangxx", ours, None),
            Check("widl's header, C", "gcc", "c", "widl_gcc", theirs, lambda files: c_probe(files, WIDL_IS_WRONG)),
            Check("widl's header, C++", "g++", "c++", "widl_gxx", theirs, cxx_probe)]


def main() -> int:
    midl, typelibs, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    only = sys.argv[5:] if len(sys.argv) > 4 else []
    os.environ["OPENDCOM_TYPELIB_PATH"] = typelibs
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("ours", "widl", "probes"):
        (work / folder).mkdir(parents=True)
    files = [File(path, work) for path in corpus()]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda f: f.compile(midl), files))
        good = [f for f in files if f.judged and not f.problems and (not only or f.name in only)]
        jobs = []
        for check in checks(work):
            for part in ([f for f in good if not f.windows_runtime], [f for f in good if f.windows_runtime]):
                jobs += [pool.submit(check.batch, part[i:i + BATCH], work / "probes") for i in range(0, len(part), BATCH)]
        for job in jobs:
            job.result()
    judged = [f for f in files if f.judged and (not only or f.name in only)]
    failed = [f for f in judged if f.problems]
    for f in failed:
        print(f"{f.name}: " + "\n".join(f.problems))
    libraries = sum(len(f.libraries()) for f in judged if f.model)
    print(f"{len(files)} files, {sum(f.windows_runtime for f in files)} for the Windows Runtime; widl compiles {len(judged)} by "
          f"themselves; of these {len(judged) - len(failed)} pass, {len(failed)} fail; {libraries} libraries; "
          f"{sum(f.compared for f in judged)} interfaces have proxies in widl's output and in ours")
    return 1 if failed or (not only and len(judged) < 255) else 0


if __name__ == "__main__":
    sys.exit(main())
