"""olefile and libgsf's `gsf` read every file that IStorage wrote: direct and transacted, both versions, property sets of both kinds.

readers.py OURS DCOM: OURS is the program of exchange.cpp.
"""
import os
import subprocess
import sys
import tempfile

import olefile  # package python3-olefile

OURS, DCOM = sys.argv[1:3]
SIMPLE = "{7F3A9B10-1C2D-4E5F-0102-030405060708}"
CLASS = "00020906-0000-0000-C000-000000000046"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def expect(condition, what):
    if not condition:
        sys.exit("judge disagrees: " + what)


def shown(part):
    """As `dcom storage` spells control characters."""
    return "".join("\\x%02x" % ord(c) if ord(c) < 32 or c == "\\" else c for c in part)


def our_streams(path, folder):
    target = os.path.join(folder, "extracted")
    run(DCOM, "storage", path, "extract", "--to", target)
    found = {}
    for root, _, files in os.walk(target):
        for name in files:
            with open(os.path.join(root, name), "rb") as file:
                found[os.path.relpath(os.path.join(root, name), target)] = file.read()
    subprocess.run(["rm", "-r", target], check=True)
    return found


def set_name(ole, start, contents=()):
    """The entry of the one property set that is neither summary and whose stream says `start`."""
    for entry in ole.listdir():
        if entry[0].startswith("\x05") and entry[0][1:] not in ("SummaryInformation", "DocumentSummaryInformation"):
            if tuple(entry[1:]) == tuple(contents) and start in ole.openstream(entry).read():
                return entry
    sys.exit("judge disagrees: no such set in " + repr(ole.listdir()))


def judge_properties(ole):
    meta = ole.get_metadata()
    expect(meta.title == b"Introducing Distributed COM", "the title: %r" % meta.title)
    simple = ole.getproperties(set_name(ole, b"w\0i\0d\0e\0"), convert_time=False)
    expect(simple[2] in (-5, 0xFFFFFFFB), "the number: %r" % simple[2])  # olefile knows no sign
    expect(simple[4] in (True, 0xFFFF), "the truth: %r" % simple[4])
    expect({2, 4, 5, 6, 7, 8, 9, 10} <= simple.keys(), "only these properties: %r" % simple.keys())
    expect(simple[5].rstrip("\0") == "wide \u0416", "text: %r" % simple[5])
    expect(simple[9].upper() == CLASS, "class id: %r" % simple[9])
    expect(simple[10] == b"\x01\x02\xff", "blob: %r" % simple[10])
    nested = ole.getproperties(set_name(ole, b"p\0r\0o\0p\0", ["CONTENTS"]))
    expect(nested.get(5) == 1, "the non-simple set: %r" % nested)


def judge(folder, mode, version):
    path = os.path.join(folder, "%s_%s" % (mode, version))
    run(OURS, "write", path, mode, version, "everything")
    streams = our_streams(path, folder)
    expect(len(streams) >= 9, "streams: %r" % streams.keys())
    listed = run("gsf", "list", path).decode()
    with olefile.OleFileIO(path) as ole:
        # A file that was written in transactions counts them (MS-CFB 2.2 and <1>), which olefile finds strange.
        issues = [str(text) for _, text in ole.parsing_issues if mode != "transacted" or "transaction_signature_number" not in str(text)]
        expect(not issues, "olefile complains: %s" % issues)
        names = {"/".join(shown(part) for part in entry): entry for entry in ole.listdir()}
        expect(names.keys() == streams.keys(), "olefile lists %r" % (names.keys() ^ streams.keys()))
        for name, entry in names.items():
            expect(ole.openstream(entry).read() == streams[name], "olefile reads other bytes in " + name)
            if streams[name]:
                expect(run("gsf", "cat", path, "/".join(entry)) == streams[name], "gsf reads other bytes in " + name)
                expect(entry[-1].lstrip("\1\5") in listed, "gsf does not list " + name)
        expect(ole.getclsid("below").upper() == CLASS, "the class of a storage: " + ole.getclsid("below"))
        judge_properties(ole)
    for title in ("dc:title",):
        expect(b"Introducing Distributed COM" in run("gsf", "props", path, title), "gsf's title")
    expect(b"1998" in run("gsf", "props", path, "Reviewer"), "gsf's user-defined property")
    expect(b"Composite Document File" in run("file", path), "`file` does not know it")
    return len(streams)


def main():
    total = 0
    with tempfile.TemporaryDirectory(prefix="odc_judge_") as folder:
        for version in ("3", "4"):
            for mode in ("direct", "transacted"):
                total += judge(folder, mode, version)
    print("olefile and gsf read %d streams, and the property sets" % total)


main()
