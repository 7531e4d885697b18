"""The example prints author and title of a file, says what is wrong with another, and has fewer than 30 lines.

example_test.py PROGRAM DCOM SOURCE
"""
import os
import subprocess
import sys
import tempfile

PROGRAM, DCOM, SOURCE = sys.argv[1:4]


def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=50)
    return done.returncode, done.stdout.decode()


def expect(found, wanted):
    if found != wanted:
        sys.exit("%r instead of %r" % (found, wanted))


with tempfile.TemporaryDirectory(prefix="odc_example_") as folder:
    path = os.path.join(folder, "report.doc")
    expect(run(DCOM, "storage", path, "create")[0], 0)
    expect(run(PROGRAM, path), (1, "%s: error 80030002\n" % path))  # no summary information yet: STG_E_FILENOTFOUND
    expect(run(DCOM, "prop", path, "set", "Author", "Jos\u00e9 Box")[0], 0)
    expect(run(PROGRAM, path), (0, "author: Jos\u00e9 Box\ntitle:  -\n"))
    expect(run(DCOM, "prop", path, "set", "Title", "Introducing Distributed COM")[0], 0)
    expect(run(PROGRAM, path), (0, "author: Jos\u00e9 Box\ntitle:  Introducing Distributed COM\n"))
    with open(path, "wb") as file:
        file.write(b"no compound file")
    expect(run(PROGRAM, path)[0], 1)
    expect(run(PROGRAM)[0], 2)
with open(SOURCE, encoding="utf-8") as file:
    expect(len(file.readlines()) < 30, True)
