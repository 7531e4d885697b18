"""The command line of midl, switch by switch. command_line.py MIDL"""
import pathlib
import subprocess
import sys
import tempfile

MIDL = str(pathlib.Path(sys.argv[1]).resolve())
IDL = """
#ifdef WIDER
typedef hyper VALUE;
#else
typedef long VALUE;
#endif
typedef long HRESULT;
[local, object, uuid(00000000-0000-0000-C000-000000000046)] interface IUnknown { HRESULT QueryInterface(); long AddRef(); long Release(); };
typedef struct S { byte a; VALUE b; } S;
[object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)] interface IOne : IUnknown { HRESULT One([in] VALUE v); };
[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA), version(1.0)] interface Raw { long Two([in] VALUE v); };
[uuid(6B29FC42-CA47-1067-B31D-00DD010662DA), version(1.0)] library L { interface IOne; };
"""
ALL = {"a.h", "a_i.c", "a_p.cpp", "a_c.cpp", "a_s.cpp", "a.tlb"}
failures = []
count = 0


def run(words, files=None, text=IDL):
    """Status, made files by name, messages."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"a.idl": text, **(files or {})}
        for name, content in given.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        made = subprocess.run([MIDL, *words], cwd=folder, capture_output=True, text=True, timeout=60)
        found = {str(p.relative_to(folder)): p.read_bytes() for p in pathlib.Path(folder).rglob("*") if p.is_file()}
        return made.returncode, {k: v for k, v in found.items() if k not in given}, made.stdout + made.stderr


def fact(name, words, made=None, status=0, says=None, holds=None, files=None, text=IDL):
    """made: the names of the outputs; says: a text in the messages; holds: file -> text in it ('!text': not in it)."""
    global count
    count += 1
    code, outputs, messages = run(words, files, text)
    problem = []
    if code != status:
        problem.append(f"status {code}, not {status}")
    if made is not None and set(outputs) != set(made):
        problem.append(f"made {sorted(outputs)}, not {sorted(made)}")
    if says is not None and says not in messages:
        problem.append(f"does not say {says!r}")
    for file, wanted in (holds or {}).items():
        content = outputs.get(file, b"").decode(errors="replace")
        if (wanted[1:] in content) if wanted.startswith("!") else (wanted not in content):
            problem.append(f"{file}: {wanted!r}")
    if problem:
        failures.append(f"{name}: " + "; ".join(problem) + "\n" + messages[:400])


# Outputs and their names, with - and with /.
fact("no switch", ["a.idl"], ALL)
for mark in "-/":
    fact("h", [mark + "h", "x.h", "a.idl"], ALL - {"a.h"} | {"x.h"})
    fact("header", [mark + "header", "x.h", "a.idl"], ALL - {"a.h"} | {"x.h"}, holds={"a_p.cpp": '#include "x.h"'})
    fact("iid", [mark + "iid", "x.c", "a.idl"], ALL - {"a_i.c"} | {"x.c"})
    fact("proxy", [mark + "proxy", "x.cpp", "a.idl"], ALL - {"a_p.cpp"} | {"x.cpp"})
    fact("cstub", [mark + "cstub", "x.cpp", "a.idl"], ALL - {"a_c.cpp"} | {"x.cpp"})
    fact("sstub", [mark + "sstub", "x.cpp", "a.idl"], ALL - {"a_s.cpp"} | {"x.cpp"})
    fact("tlb", [mark + "tlb", "x.tlb", "a.idl"], ALL - {"a.tlb"} | {"x.tlb"})
    fact("dlldata", [mark + "dlldata", "d.cpp", "a.idl"], ALL | {"d.cpp"})
    fact("client none", [mark + "client", "none", "a.idl"], ALL - {"a_c.cpp"})
    fact("client stub", [mark + "client", "stub", "a.idl"], ALL)
    fact("server none", [mark + "server", "none", "a.idl"], ALL - {"a_s.cpp"})
    fact("notlb", [mark + "notlb", "a.idl"], ALL - {"a.tlb"})
    fact("out", [mark + "out", "sub", "a.idl"], {"sub/" + n for n in ALL} , files={"sub/keep": ""})
    fact("D", [mark + "D", "WIDER", "a.idl"], ALL, holds={"a.h": "typedef hyper VALUE"})
    fact("D joined", [mark + "DWIDER=1", "a.idl"], ALL, holds={"a.h": "typedef hyper VALUE"})
    fact("U", [mark + "DWIDER", mark + "U", "WIDER", "a.idl"], ALL, holds={"a.h": "typedef LONG VALUE"})
    fact("syntax_check", [mark + "syntax_check", "a.idl"], [])
    fact("Zs", [mark + "Zs", "a.idl"], [])
    fact("env win32", [mark + "env", "win32", "a.idl"], ALL)
    fact("Zp1", [mark + "Zp1", mark + "DWIDER", "a.idl"], ALL, holds={"a.h": "sizeof(S) == 9"})
    fact("pack", [mark + "pack", "4", mark + "DWIDER", "a.idl"], ALL, holds={"a.h": "sizeof(S) == 12"})
    fact("not packed", [mark + "DWIDER", "a.idl"], ALL, holds={"a.h": "sizeof(S) == 16"})
    fact("old switches", [mark + w for w in ("Oicf", "Oif", "Os", "robust", "no_robust", "nologo", "ms_ext", "c_ext", "app_config", "osf",
                                              "no_settings_comment", "no_stamp", "oldtlb", "newtlb", "W3", "W4", "internal")] + ["a.idl"], ALL)
    fact("old switches with values", [mark + "target", "NT60", mark + "error", "all", mark + "protocol", "dce",
                                      mark + "msc_ver", "1400", mark + "lcid", "1033", "a.idl"], ALL)
    fact("help", [mark + "help"], [], says="usage: midl")
    fact("?", [mark + "?"], [], says="-mktyplib203")
fact("--help", ["--help"], [], says="usage: midl")
fact("--version", ["--version"], [], says="midl (OpenDCOM) ")
# The signs of char and small are always written, so that they hold for any C compiler; ascii7 leaves char without.
CHARS = """typedef char A; typedef unsigned char B; typedef signed char C; typedef small D; typedef unsigned small E; typedef hyper F; typedef byte G;
typedef struct S { [string] char *name; char one; char many[4]; } S;
[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA), version(1.0)] interface Raw { void F([in, string] char *name, [in] long n, [in, out, size_is(n)] char many[], [out] S *s); };
"""
for kind, plain in (("signed", "unsigned char"), ("unsigned", "unsigned char"), ("ascii7", "char")):
    for mark in "-/":
        for text in (f"typedef {plain} A;", "typedef unsigned char B;", "typedef signed char C;", "typedef signed char D;", "typedef unsigned char E;",
                     "typedef hyper F;", "typedef byte G;", f"{plain} *name;", f"{plain} one;", f"{plain} many[4];", f"{plain} many[]"):
            fact("char " + kind, [mark + "char", kind, "a.idl"], {"a.h", "a_c.cpp", "a_s.cpp"}, holds={"a.h": text}, text=CHARS)
        fact("char in stubs: " + kind, [mark + "char", kind, "a.idl"], holds={"a_s.cpp": f"in.string<{plain}>("}, text=CHARS)
fact("char, without the switch", ["a.idl"], holds={"a.h": "typedef unsigned char A;"}, text=CHARS)
# The preprocessed text is kept, also of a file with a mistake; -prefix names the routines of raw interfaces.
HANDLES = '[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA), version(1.0), explicit_handle] interface Raw { long Two([in] long v); };'
for mark in "-/":
    fact("savePP", [mark + "savePP", mark + "D", "WIDER", "a.idl"], ALL | {"a.i"}, holds={"a.i": "typedef hyper VALUE;"})
    fact("savePP leaves directives behind", [mark + "savePP", "a.idl"], holds={"a.i": "!#ifdef"})
    fact("savePP of a mistake", [mark + "savePP", "a.idl"], {"a.i"}, 1, says="MIDL3001", text="typedef nothing T;")
    fact("savePP goes where outputs go", [mark + "savePP", mark + "out", "sub", "a.idl"], {"sub/" + n for n in ALL | {"a.i"}}, files={"sub/keep": ""})
    for kind, called, implemented, further in (("client", "p_Two", "Two", None), ("server", "Two", "p_Two", None), ("switch", "Two", "Two", "p_Two"),
                                               ("all", "p_Two", "p_Two", "p_Two")):
        for text in [f"LONG {called}(handle_t", f"odc::Result<LONG> {called}(LONG v)", f"virtual LONG {implemented}(odc", f"EXTERN_C LONG {further}(" if further else "!EXTERN_C LONG "]:
            fact("prefix " + kind, [mark + "prefix", kind, "p_", "a.idl"], holds={"a.h": text}, text=HANDLES)
        fact("prefix in the server: " + kind, [mark + "prefix", kind, "p_", "a.idl"], holds={"a_s.cpp": f"->{implemented}(call, v)"}, text=HANDLES)
    for text in ("LONG c_Two(handle_t", "virtual LONG s_Two(odc", "!EXTERN_C LONG "):
        fact("two prefixes at once", [mark + "prefix", "client", "c_", "server", "s_", "a.idl"], {"a.h", "a_c.cpp", "a_s.cpp"}, holds={"a.h": text}, text=HANDLES)
    fact("prefixes leave objects alone", [mark + "prefix", "all", "p_", "a.idl"], ALL, holds={"a_p.cpp": "!p_One"})
fact("unknown prefix", ["-prefix", "both", "p_", "a.idl"], [], 2, says="prefix takes client, server, switch or all, not both")
fact("no prefix", ["-prefix", "all", "1-", "a.idl"], [], 2, says="a prefix is the beginning of a name, not 1-")
fact("prefix of nothing", ["a.idl", "-prefix", "all"], [], 2, says="-prefix needs two values")
# Command lines for Windows get rid of outputs by the null device's name.
for null in ("nul", "NUL", "nul:", "/dev/null", "-"):
    for switch, output in (("h", "a.h"), ("iid", "a_i.c"), ("proxy", "a_p.cpp"), ("cstub", "a_c.cpp"), ("sstub", "a_s.cpp"), ("tlb", "a.tlb")):
        fact(f"{switch} {null}", ["-" + switch, null, "a.idl"], ALL - {output})
    fact("dlldata " + null, ["-dlldata", null, "a.idl"], ALL)
fact("only -client, -server and -proxy know none", ["-tlb", "none", "a.idl"], ALL - {"a.tlb"} | {"none"})
fact("I", ["/I", "inc", "a.idl"], ALL, files={"inc/b.idl": "typedef long B;"}, text='import "b.idl";' + IDL)
fact("I joined", ["-Iinc", "a.idl"], ALL, files={"inc/b.idl": "typedef long B;"}, text='import "b.idl";' + IDL)
fact("no_def_idir", ["-no_def_idir", "-Iinc", "a.idl"], status=1, says="MIDL1003", files={"b.idl": "typedef long B;"}, text='import "b.idl";' + IDL)
fact("acf", ["/acf", "b.txt", "a.idl"], ALL, files={"b.txt": "[explicit_handle] interface Raw {}"},
     holds={"a.h": "Two(handle_t"})
fact("acf, as widl writes it", ["--acf=b.txt", "a.idl"], ALL, files={"b.txt": "[explicit_handle] interface Raw {}"}, holds={"a.h": "Two(handle_t"})
fact("json", ["-json", "m.json", "a.idl"], ALL | {"m.json"}, holds={"m.json": '"kind": "interface"'})
fact("MD", ["-MF", "a.d", "-MT", "all", "a.idl"], ALL | {"a.d"}, holds={"a.d": "all: \\\n  a.idl"})
fact("serialize", ["-serialize", "a.idl"], ALL | {"a_t.h", "a_t.cpp"})
fact("mktyplib203", ["/mktyplib203", "-proxy", "p.cpp", "a.idl"], {"a.h", "a.tlb"}, says="MIDL1007",
     text='[uuid(6B29FC42-CA47-1067-B31D-00DD010662DA)] library L { typedef enum { A } E; };')
# Warnings.
WARNS = IDL.split("typedef struct")[0] + "[object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)] interface IOne : IUnknown { HRESULT One(long v); };"
fact("warning", ["a.idl"], says="warning MIDL3011", text=WARNS)
fact("W0", ["/W0", "a.idl"], text=WARNS, says="")
count += 1
if run(["/W0", "a.idl"], text=WARNS)[2] or run(["-no_warn", "a.idl"], text=WARNS)[2]:
    failures.append("W0: a warning is shown")
fact("WX", ["/WX", "a.idl"], [], 1, says="error MIDL3011", text=WARNS)
# The preprocessor.
fact("no_cpp", ["/no_cpp", "a.idl"], {"a.h"}, text="typedef long T;")
fact("no_cpp leaves directives", ["/no_cpp", "-DLONG", "a.idl"], {"a.h"}, text="#define T U\ntypedef long T;", holds={"a.h": "typedef LONG T;"})
fact("cpp_cmd", ["-cpp_cmd", "/nowhere/cpp", "a.idl"], [], 1, says="MIDL1004")
fact("cpp_opt", ["-cpp_opt", "-DWIDER -DMORE", "a.idl"], ALL, holds={"a.h": "typedef hyper VALUE"})
fact("E", ["-E", "-DWIDER", "a.idl"], [], says="typedef hyper VALUE")
# Messages, @files.
fact("o", ["/o", "log", "a.idl"], {"log", "a.h", "a_p.cpp", "a_i.c"}, holds={"log": "MIDL3011"}, text=WARNS)
fact("response file", ["@words", "a.idl"], ALL - {"a.h"} | {"x y.h"}, files={"words": '/h "x y.h"\n/DWIDER\n'}, holds={"x y.h": "typedef hyper VALUE"})
fact("response file with the input", ["@words"], ALL, files={"words": "a.idl"})
fact("response file that is missing", ["@words"], [], 2, says="cannot read the response file words")
fact("response files in a circle", ["@words"], [], 2, says="response files name each other", files={"words": "@words"})
fact("confirm", ["/confirm", "@words", "a.idl"], [], says="/robust\na.idl", files={"words": "/robust"})
# widl's spelling.
fact("widl -h", ["-h", "a.idl"], {"a.h"})
fact("widl -h -o", ["-h", "-o", "x.h", "a.idl"], {"x.h"})
fact("widl -p", ["-p", "a.idl"], {"a_p.cpp"})
fact("widl -p -o", ["-p", "-o", "x_p.c", "a.idl"], {"x_p.c"})
fact("widl -s -c", ["-s", "-c", "a.idl"], {"a_c.cpp", "a_s.cpp"})
fact("widl -t -o", ["-t", "-o", "x.tlb", "a.idl"], {"x.tlb"})
fact("widl -u", ["-u", "--output=x.c", "a.idl"], {"x.c"})
fact("widl -H", ["-H", "x.h", "a.idl"], ALL - {"a.h"} | {"x.h"})
fact("widl's capitals", ["-P", "p.cpp", "-C", "c.cpp", "-S", "s.cpp", "-T", "t.tlb", "a.idl"], {"a.h", "a_i.c", "p.cpp", "c.cpp", "s.cpp", "t.tlb"})
fact("widl's machines", ["--win32", "-m64", "--win64", "-b", "x86_64-w64-mingw32", "--nostdinc", "-d", "0", "-N", "--oldnames", "a.idl"],
     {"a.h"}, text="typedef long T;")
fact("-o with several", ["-h", "-p", "-o", "x", "a.idl"], [], 2, says="several are asked for")
# What makes no sense.
fact("nothing", [], [], 2, says="usage: midl")
fact("unknown switch", ["-prxoy", "x", "a.idl"], [], 2, says="unknown switch -prxoy; did you mean -proxy?")
fact("value missing", ["a.idl", "-iid"], [], 2, says="-iid needs a value")
fact("two files", ["a.idl", "b.idl"], [], 2, says="one file at a time: a.idl, b.idl")
fact("unknown machine", ["-env", "pdp11", "a.idl"], [], 2, says="no machine is called pdp11")
fact("unknown packing", ["-Zp3", "a.idl"], [], 2, says="packing is 1, 2, 4, 8 or 16, not 3")
fact("unknown char", ["-char", "wide", "a.idl"], [], 2, says="char takes signed, unsigned or ascii7")
fact("warning level", ["-W9", "a.idl"], [], 2, says="warning levels are 0 to 4, not 9")
fact("no such file", ["b.idl"], [], 1, says="cannot read b.idl")
with tempfile.TemporaryDirectory() as folder:  # an absolute path is no switch
    pathlib.Path(folder, "a.idl").write_text(IDL)
    made = subprocess.run([MIDL, "-out", folder, folder + "/a.idl"], capture_output=True, text=True, timeout=60)
    count += 1
    if made.returncode != 0:
        failures.append("absolute path: " + made.stderr)
# Same input, same bytes; and files that would not change are left alone.
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "a.idl").write_text(IDL)
    times = []
    for _ in range(2):
        subprocess.run([MIDL, "a.idl"], cwd=folder, check=True, timeout=60)
        times.append({p.name: p.stat().st_mtime_ns for p in pathlib.Path(folder).iterdir()})
    count += 1
    if times[0] != times[1]:
        failures.append("a second run writes files anew")
print("\n".join(failures) or f"{count} facts hold")
sys.exit(1 if failures else 0)
