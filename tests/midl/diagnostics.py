"""Runs midl on each file of diagnostics/ and compares its messages with the text beside it, to the letter.

diagnostics.py MIDL FOLDER MESSAGES.INC [--write]: the last writes the texts anew, for a person to look at.
What a file's name ends with can choose switches (below): *_no_cpp is read without the preprocessor, which would find the mistake first.
Every message of the table must have its file, but for those that need a broken machine (named below).
"""
import pathlib
import re
import subprocess
import sys
import tempfile

NEED_A_BROKEN_MACHINE = {"1001", "1002", "1005", "1006"}
SWITCHES = {"_no_cpp": ["-no_cpp"], "_odl": ["-mktyplib203"], "_winrt": ["-winrt"], "_odl_proxy": ["-mktyplib203", "-proxy", "p.cpp"],
            "_widl": ["-D", "__WIDL__"], "_wx": ["-WX"]}


def main() -> int:
    midl, folder, table = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    write = "--write" in sys.argv
    failures = []
    seen = set()
    for source in sorted(folder.glob("*.idl")):
        with tempfile.TemporaryDirectory() as out:
            switches = next((given for ending, given in SWITCHES.items() if source.stem.endswith(ending)), [])
            run = subprocess.run([midl, *switches, "-out", out, source.name], cwd=folder, capture_output=True, text=True, timeout=60)
        expected = source.with_suffix(".txt")
        if write:
            expected.write_text(run.stderr)
        elif run.stderr != expected.read_text():
            failures.append(f"{source.name}: expected\n{expected.read_text()}but got\n{run.stderr}")
        numbers = set(re.findall(r"MIDL(\d{4}):", run.stderr))
        seen |= numbers
        if source.name[:4] not in numbers:
            failures.append(f"{source.name}: does not provoke MIDL{source.name[:4]}")
        if (run.returncode == 0) != (" error " not in run.stderr):
            failures.append(f"{source.name}: exit status {run.returncode}")
    known = set(re.findall(r"ODC_MESSAGE\((\d{4})", table.read_text()))
    missing = known - seen - NEED_A_BROKEN_MACHINE
    if missing:
        failures.append("messages without a file: " + " ".join(sorted(missing)))
    print("\n".join(failures) or f"{len(seen)} messages agree")
    return 1 if failures else 0


sys.exit(main())
