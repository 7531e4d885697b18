"""Compiles each file of typelib/ and compares its type library, as `dcom typelib dump` shows it, with the text beside it; then prints it as
IDL, compiles that with the switches that its first line names, and compares again.

typelib.py MIDL DCOM FOLDER IDL_FOLDER [--write]: the last writes the texts anew, for a person to look at.
Files named *.mktyplib203.idl are compiled with -mktyplib203.
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def main() -> int:
    midl, dcom, folder, idl = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4]
    write = "--write" in sys.argv
    failures = []
    count = 0

    def compiled(source, out, *switches):
        library = pathlib.Path(out) / (pathlib.Path(source).name + ".tlb")
        run = subprocess.run([midl, *switches, "-I", idl, "-I", str(folder / "outside"), "-out", out, "-tlb", str(library), "-h", "-", "-iid", "-", "-proxy", "none",
                              "-client", "none", "-server", "none", str(source)], capture_output=True, text=True, timeout=60)
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        return library, subprocess.run([dcom, "typelib", "dump", str(library)], capture_output=True, text=True, check=True, timeout=60).stdout

    for source in sorted(folder.glob("*.idl")):
        count += 1
        with tempfile.TemporaryDirectory() as out:
            try:
                switches = ["-mktyplib203"] if ".mktyplib203." in source.name else []
                library, text = compiled(source, out, *switches)
                expected = source.with_suffix(".txt")
                if write:
                    expected.write_text(text)
                elif text != expected.read_text():
                    failures.append(f"{source.name}: expected\n{expected.read_text()}but got\n{text}")
                first = library.read_bytes()
                if compiled(source, out, *switches)[0].read_bytes() != first:
                    failures.append(f"{source.name}: another run gives other bytes")
                printed = pathlib.Path(out) / "printed.idl"
                printed.write_text(subprocess.run([dcom, "typelib", "idl", str(library)], capture_output=True, text=True, check=True).stdout)
                named = re.search(r"Compile with: midl (.*)", printed.read_text())
                again = compiled(printed, out, *named[1].split())[1]
                if again != text:
                    failures.append(f"{source.name}: printed and compiled again it is\n{again}printed as\n{printed.read_text()}")
            except RuntimeError as error:
                failures.append(f"{source.name}: {error}")
    print("\n".join(failures) or f"{count} type libraries agree")
    return 1 if failures or count == 0 else 0


sys.exit(main())
