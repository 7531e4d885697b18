"""What openers of one file promise each other, ours and Wine's: the same bytes are locked, and each keeps the other out as its own.

locks.py PREFIX OURS THEIRS      both built from locks.cpp
"""
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wine"))
import run  # noqa: E402

READ, WRITE, READWRITE = 0, 1, 2
EXCLUSIVE, DENY_WRITE, DENY_READ, DENY_NONE = 0x10, 0x20, 0x30, 0x40
TRANSACTED, PRIORITY, SWMR, SIMPLE = 0x10000, 0x40000, 0x400000, 0x8000000
REGION = range(0x7FFFFF00, 0x80000000)

MODES = {
    "direct": READWRITE | EXCLUSIVE,
    "direct, read": READ | EXCLUSIVE,
    "direct, read, deny write": READ | DENY_WRITE,
    "exclusive": TRANSACTED | READWRITE | EXCLUSIVE,
    "deny write": TRANSACTED | READWRITE | DENY_WRITE,
    "deny read": TRANSACTED | READWRITE | DENY_READ,
    "write only, deny read": TRANSACTED | WRITE | DENY_READ,
    "deny none": TRANSACTED | READWRITE | DENY_NONE,
    "read, deny write": TRANSACTED | READ | DENY_WRITE,
    "read, deny none": TRANSACTED | READ | DENY_NONE,
    "write only": TRANSACTED | WRITE | DENY_NONE,
    "priority": PRIORITY | READ | DENY_NONE,
    "simple": SIMPLE | READWRITE | EXCLUSIVE,
    "swmr writer": SWMR | READWRITE | DENY_WRITE,
    "swmr reader": SWMR | READ | DENY_NONE,
}


class Opener:
    """A process that opens the file as it is told."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        bufsize=1, **options)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        answer = self.process.stdout.readline().strip()
        if not answer:
            sys.exit("judge: the opener has ended")
        return answer

    def open(self, mode):
        return self.ask("open %x" % mode)

    def close(self):
        self.ask("close")

    def end(self):
        self.process.stdin.close()
        if self.process.wait(30) != 0:
            sys.exit("judge: the opener ended with status %d" % self.process.returncode)


def locked(path):
    """The bytes of the region on which anyone holds a lock."""
    inode = ":%d" % os.stat(path).st_ino
    found = set()
    for line in pathlib.Path("/proc/locks").read_text().splitlines():
        words = [w for w in line.split() if w != "->"]
        if words[5].endswith(inode) and words[1] in ("POSIX", "OFDLCK") and words[7] != "EOF":
            found.update(b for b in range(int(words[6]), int(words[7]) + 1) if b in REGION)
    return {hex(b - REGION.start) for b in found}


def main():
    prefix, ours, theirs = sys.argv[1:]
    wrong = []
    with tempfile.TemporaryDirectory(prefix="odc_locks_") as folder:
        path = os.path.join(folder, "file")
        made = subprocess.run([ours, path, "create"], capture_output=True, timeout=60)
        if made.returncode != 0:
            sys.exit("judge: no file: " + made.stdout.decode())
        here = {"ours": Opener([ours, path]), "ours again": Opener([ours, path]),
                "Wine's": Opener([run.wine(), theirs, run.windows_path(path)], env=run.environment(prefix))}
        for name, mode in MODES.items():
            held = {}
            for who in ("ours", "Wine's"):
                if (code := here[who].open(mode)) != "00000000":
                    wrong.append(f"{name}: {who} does not open alone: {code}")
                held[who] = sorted(locked(path))
                here[who].close()
            if held["ours"] != held["Wine's"]:
                wrong.append("%s: ours locks %s, Wine's %s" % (name, held["ours"], held["Wine's"]))
        together = 0
        for (first, a), (second, b) in itertools.product(MODES.items(), repeat=2):
            opens = {}
            for one, other in (("ours", "ours again"), ("ours", "Wine's"), ("Wine's", "ours")):
                here[one].open(a)
                opens[one, other] = here[other].open(b) == "00000000"
                here[other].close()
                here[one].close()
            together += opens["ours", "ours again"]
            # A descriptor that cannot write has shared locks only, and Wine's tests with the locks that it would take: of two readers
            # it does not see the other's promise. Ours does. In one prefix Wine's own server knows more.
            if a & 3 == READ and b & 3 == READ and opens["ours", "Wine's"]:
                del opens["ours", "Wine's"]
            if len(set(opens.values())) != 1:
                wrong.append(f"{first}, then {second}: {opens}")
        for opener in here.values():
            opener.end()
    if wrong:
        sys.exit("judge disagrees:\n" + "\n".join(wrong))
    print(f"{len(MODES)} modes lock the same bytes; of {len(MODES) ** 2} pairs {together} stay together, whoever opens")


main()
