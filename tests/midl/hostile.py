"""IDL that means harm: a diagnostic with a place, no hang, bounded memory. hostile.py MIDL IDL-FOLDER [SANITIZERS]"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

MIDL, IDL = sys.argv[1:3]
failures = []
SANITIZED = len(sys.argv) > 3


def limit(seconds):
    """Of processor time, whatever else the machine does. Sanitizers cost up to ten times that, and terabytes of address space."""
    seconds *= 10 if SANITIZED else 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def compile_idl(name, files, expected, seconds=30):
    """files: name -> text, the first is compiled. `expected`: a text in the messages, or None for success."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            pathlib.Path(folder, file).write_text(text)
        start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run = subprocess.run([MIDL, "-out", folder, "-I", folder, next(iter(files))], cwd=folder, capture_output=True, text=True,
                             errors="replace", preexec_fn=lambda: limit(seconds), check=False)
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start
        good = run.returncode == 0 if expected is None else run.returncode == 1 and expected in run.stderr
        if not good:
            failures.append(f"{name}: status {run.returncode}\n{run.stderr[:600]}")
        print(f"{name}: {took:.2f} s")


compile_idl("import cycle", {"a.idl": 'import "b.idl"; typedef long A;', "b.idl": 'import "a.idl"; typedef long B;'}, None)
chain = {f"f{i}.idl": f'import "f{i + 1}.idl";' for i in range(80)}
chain["f80.idl"] = "typedef long T;"
compile_idl("import chain", chain, "MIDL1005")
bomb = "#define M0 x x x x x x x x x x\n" + "".join(f"#define M{i} " + f"M{i - 1} " * 10 + "\n" for i in range(1, 9)) + "M8\n"
compile_idl("macro bomb", {"bomb.idl": bomb}, "MIDL1006", 90)
compile_idl("include of itself", {"self.idl": '#include "self.idl"\n'}, "MIDL1004")
compile_idl("huge identifier", {"big.idl": "typedef long " + "a" * (1 << 20) + ";"}, "MIDL2008")
compile_idl("binary", {"bin.idl": "".join(chr(33 + i * 7 % 90) for i in range(20000))}, "error")
compile_idl("deep nesting", {"deep.idl": "struct a { " * 50000}, "MIDL2009")
large = "".join(f"typedef struct S{i} {{ long a; [string, unique] wchar_t *b; S{i - 1} *c; }} S{i};\n".replace("S-1", "long") for i in range(14000))
def compile_libraries(name, steps, seconds=30):
    """steps: (file, body of its library), compiled one after the other in one folder; later ones may change what earlier ones imported."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (file, body) in enumerate(steps):
            head = f"[uuid(11111111-1111-1111-1111-{ord(file[0]):012x})] library L{file[0]}"
            pathlib.Path(folder, file).write_text(head + " { " + body + " };")
            run = subprocess.run([MIDL, "-out", folder, file], cwd=folder, capture_output=True, text=True, errors="replace",
                                 preexec_fn=lambda: limit(seconds), check=False)
            if run.returncode != 0:
                failures.append(f"{name}, step {number}: status {run.returncode}\n{run.stderr[:600]}")
                return
        print(f"{name}: done")


def peak_memory(name, text, most):
    """Megabytes of a compiler that writes everything that becomes of a source."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "large.idl").write_text(text)
        with open(pathlib.Path(folder, "messages"), "w+", encoding="utf-8") as messages:
            child = os.posix_spawn(MIDL, [MIDL, "-I", IDL, "-out", folder, folder + "/large.idl"], os.environ,
                                   file_actions=[(os.POSIX_SPAWN_DUP2, messages.fileno(), 2)])
            _, status, used = os.wait4(child, 0)
            messages.seek(0)
            if status != 0:
                failures.append(f"{name}: status {status}\n{messages.read(600)}")
        peak = used.ru_maxrss // 1024
        if peak > most:
            failures.append(f"{name}: {peak} MB")
        print(f"{name}: {peak} MB")


both = 'importlib("a.tlb"); importlib("b.tlb"); '
compile_libraries("libraries whose types are aliases of each other", [
    ("b.idl", "typedef [public] long B;"),
    ("a.idl", 'importlib("b.tlb"); typedef [public] B A;'),
    ("b.idl", 'importlib("a.tlb"); typedef [public] A B;'),
    ("c.idl", both + "struct S { A a; B b; }; [uuid(22222222-2222-2222-2222-222222222222)] dispinterface D { properties: methods: "
     "[id(1)] void M([in, defaultvalue(5)] A a, [in, defaultvalue(6)] B b); };")])
compile_libraries("a library that imports an older form of itself", [
    ("a.idl", "typedef [public] long A;"), ("a.idl", 'importlib("a.tlb"); typedef [public] A B; struct S { A a; B b; };')])
compile_libraries("a hundred thousand importlibs", [
    ("b.idl", "typedef [public] long B;"), ("a.idl", 'importlib("b.tlb"); ' * 100000 + "typedef [public] B A;")])
compile_idl("importlib of a device", {"zero.idl": '[uuid(11111111-1111-1111-1111-111111111111)] library L { importlib("/dev/zero"); };'}, "MIDL5001")
compile_idl("a megabyte", {"large.idl": large}, None, 60)
if not SANITIZED:
    # The smallest interfaces make the most of a megabyte.
    dual = "".join(f"[object, dual, oleautomation, uuid(22222222-2222-2222-2222-{i:012x})] interface I{i} : IDispatch "
                   "{ [id(0)] HRESULT M([in] long a, [in] BSTR b, [out, retval] VARIANT *c); };\n" for i in range(5600))
    library = f'import "oaidl.idl"; [uuid(11111111-1111-1111-1111-111111111111)] library L {{ importlib("stdole2.tlb");\n{dual}}};'
    peak_memory(f"dual interfaces of {len(library) / 1e6:.2f} MB with proxies and a library", library, 150)
print("\n".join(failures))
sys.exit(1 if failures else 0)
