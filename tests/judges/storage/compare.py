"""Wine's storage as the judge of ours, by one source that is built for both.

compare.py facts PREFIX OURS THEIRS       the functions answer the same, but for the differences named here
compare.py exchange PREFIX OURS THEIRS DCOM      each reads, and changes, what the other wrote
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wine"))
import run  # noqa: E402

# What ours says: what Wine 8 says, and why it may. A difference that is gone is an error too.
NAMED = {
    # A byte array that ends gives fewer bytes (ILockBytes::ReadAt).
    "read at 4: 00000000": "read at 4: 8003001e",
    "read at 100: 00000000": "read at 100: 80004005",
    "read 0": "read 4",
    # Wine leaves the type of a file's stream zero.
    "file stat: 00000000 type 2 size 10": "file stat: 00000000 type 0 size 10",
    "file stat: 00000000 type 2 size 4": "file stat: 00000000 type 0 size 4",
    "file stat: 00000000 type 2 size 0": "file stat: 00000000 type 0 size 0",
    # SHCreateStreamOnFileEx: "STGM_TRANSACTED is not supported" in its documentation; Wine takes it and ignores it.
    "transacted: 80070057": "transacted: 00000000",
    # MS-OLEDS appendix A <9>: DV_E_CLIPFORMAT for another version.
    "convert of flags 4 version 2: 8004006a": "convert of flags 4 version 2: 80004005",
    "convert of a short stream: 8003001e": "convert of a short stream: 00000001",
    # Wine forgets standard formats in \\1CompObj.
    "read user type: 00000000 1 1": "read user type: 00000000 0 1",
    # Documented: STG_E_INVALIDNAME for a null name, MK_E_CANTOPENFILE for what cannot be opened.
    "null: 800300fc": "null: 80030002",
    "class of nothing: 800401ea": "class of nothing: 800401e6",
}


def fail(text):
    sys.exit("judge disagrees: " + text)


def ours_says(program, *args, status=0):
    done = subprocess.run([program, *args], capture_output=True, timeout=60)
    if done.returncode != status:
        fail("%s %s: status %d: %s" % (program, " ".join(args), done.returncode, done.stdout + done.stderr))
    return done.stdout.decode()


def theirs_says(prefix, program, *args):
    status, out, err = run.run(prefix, program, args, timeout=60)
    if status != 0:
        fail("%s %s: status %d: %s" % (program, " ".join(args), status, out + err))
    return out.decode().replace("\r\n", "\n")


def facts(prefix, ours, theirs):
    with tempfile.TemporaryDirectory(prefix="odc_judge_") as folder:
        here, there = os.path.join(folder, "here"), os.path.join(folder, "there")
        os.mkdir(here)
        os.mkdir(there)
        mine = ours_says(ours, here).splitlines()
        other = theirs_says(prefix, theirs, "path:" + there).splitlines()
    if len(mine) != len(other) or len(mine) < 100:
        fail("%d lines here, %d there" % (len(mine), len(other)))
    wrong, used = [], set()
    for a, b in zip(mine, other):
        if a == b:
            continue
        if NAMED.get(a) == b:
            used.add(a)
        else:
            wrong.append("%s\n    Wine: %s" % (a, b))
    wrong += ["no longer different: " + a for a in NAMED.keys() - used]
    if wrong:
        fail("\n".join(wrong))
    print("%d answers agree, %d differ as named" % (len(mine) - len(used), len(used)))


def shared(description):
    """Without what Wine 8 does not tell: PROPSETFLAG_ANSI of a set, and the state bits of a storage that it opened."""
    description = re.sub(r"flags [02]$", "", description, flags=re.M)
    return re.sub(r"^(storage .*\}) [0-9a-f]{8}$", r"\1", description, flags=re.M)


def one(text, part):
    if part not in text:
        fail("%r is not in\n%s" % (part, text))


def exchange(prefix, ours, theirs, dcom):
    compared = 0
    with tempfile.TemporaryDirectory(prefix="odc_judge_") as folder:
        descriptions = set()
        for mode, version in (("direct", "3"), ("transacted", "3"), ("direct", "4"), ("transacted", "4")):
            here = os.path.join(folder, "ours_%s_%s" % (mode, version))
            there = os.path.join(folder, "theirs_%s_%s" % (mode, version))
            ours_says(ours, "write", here, mode, version, "known")
            theirs_says(prefix, theirs, "write", "path:" + there, mode, version, "known")
            one(ours_says(dcom, "storage", there, "stat"), "version   " + version)
            for path in (here, there):
                description = ours_says(ours, "describe", path)
                if path == here:
                    one(description, "-0000-C000-000000000046} 0000005a")  # state bits, which Wine does not write either
                descriptions.add(shared(description))
                descriptions.add(shared(theirs_says(prefix, theirs, "describe", "path:" + path)))
                one(ours_says(dcom, "storage", path, "check"), "sound")
            if len(descriptions) != 1:
                fail("%s, version %s:\n%s" % (mode, version, "\n--- or ---\n".join(descriptions)))
            compared += 4
            # Each changes the other's file, and its own for comparison.
            theirs_says(prefix, theirs, "change", "path:" + here)
            ours_says(ours, "change", there)
            changed = {shared(text) for text in (ours_says(ours, "describe", here), theirs_says(prefix, theirs, "describe", "path:" + here),
                                                 ours_says(ours, "describe", there), theirs_says(prefix, theirs, "describe", "path:" + there))}
            if len(changed) != 1:
                fail("changed, %s, version %s:\n%s" % (mode, version, "\n--- or ---\n".join(changed)))
            one(changed.pop(), "stream added 48000 bytes")
            for path in (here, there):
                one(ours_says(dcom, "storage", path, "check"), "sound")
            compared += 4
        description = descriptions.pop()
        for part in ("stream large 300000 bytes", "Introducing Distributed COM", "text vt 001f wide", "vt 0041 0102ff"):
            one(description, part)
        if "failed" in description:
            fail(description)

        # Simple mode, both ways.
        for writer, version in (("ours", "3"), ("ours", "4"), ("theirs", "3")):
            simple = os.path.join(folder, "simple_%s_%s" % (writer, version))
            if writer == "ours":
                ours_says(ours, "write", simple, "simple", version, "streams")
            else:
                theirs_says(prefix, theirs, "write", "path:" + simple, "simple", version, "streams")
            mine, other = ours_says(ours, "describe", simple), theirs_says(prefix, theirs, "describe", "path:" + simple)
            if mine != other:
                fail("a simple file of %s:\n%s\n--- or ---\n%s" % (writer, mine, other))
            one(mine, "stream second 70000 bytes")
            one(ours_says(dcom, "storage", simple, "check"), "sound")
            compared += 2

        # Non-simple property sets: Wine 8 refuses to create them, but opens the stream CONTENTS as a set.
        for version in ("3", "4"):
            path = os.path.join(folder, "nested_" + version)
            ours_says(ours, "write", path, "transacted", version, "everything")
            mine, other = ours_says(ours, "nested", path), theirs_says(prefix, theirs, "nested", "path:" + path)
            if mine != other:
                fail("a non-simple set:\n%s\n--- or ---\n%s" % (mine, other))
            for part in ("property 5: vt 3 value 1", "a stream\na storage", "prop2 type 2 size 17", "prop3 type 1"):
                one(mine, part)
            compared += 2
    print("%d descriptions agree" % compared)


if __name__ == "__main__":
    {"facts": facts, "exchange": exchange}[sys.argv[1]](*sys.argv[2:])
