#!/usr/bin/env python3
"""Has impacket write the structures with gaps of methods.idl, and compares with the bytes of specified.txt."""
import pathlib
import re
import sys

from impacket.dcerpc.v5.dtypes import GUID, LONG, LPLONG, SHORT, UCHAR, ULONG, USHORT
from impacket.dcerpc.v5.ndr import NDRCALL, NDRDOUBLEFLOAT, NDRFLOAT, NDRHYPER, NDRSTRUCT, NDRUniConformantArray


class Three(NDRSTRUCT):
    structure = (("a", UCHAR), ("b", SHORT), ("c", UCHAR))


class Pair(NDRSTRUCT):
    structure = (("a", LONG), ("b", ULONG))


class Named(NDRSTRUCT):
    structure = (("before", UCHAR), ("id", GUID), ("pair", Pair), ("tail0", LONG), ("tail1", LONG), ("after", UCHAR))


class Numbers(NDRSTRUCT):
    structure = (("s", UCHAR), ("h", SHORT), ("l", LONG), ("t", UCHAR), ("y", NDRHYPER), ("f", NDRFLOAT), ("d", NDRDOUBLEFLOAT), ("b", UCHAR),
                 ("c", USHORT), ("colour", USHORT), ("u", UCHAR), ("wide", LONG))


class ThreeArray(NDRUniConformantArray):
    item = Three


class Ints(NDRSTRUCT):
    structure = (("before", UCHAR), ("value", LONG))


class Must(NDRSTRUCT):
    structure = (("before", UCHAR), ("value", LPLONG), ("after", UCHAR))


def three(a, b, c):
    made = Three()
    made["a"], made["b"], made["c"] = a, b, c
    return made


def numbers(**values):
    made = Numbers()
    for name in ("s", "h", "l", "t", "y", "f", "d", "b", "c", "colour", "u", "wide"):
        made[name] = values.get(name, 0)
    return made


def call(*fields):
    """A request with these (type, value) parameters."""

    class Request(NDRCALL):
        opnum = 3
        structure = tuple((f"p{i}", kind) for i, (kind, _) in enumerate(fields))

    made = Request()
    for i, (_, value) in enumerate(fields):
        made[f"p{i}"] = value
    return made.getData()


def named():
    made = Named()
    made["before"] = 1
    made["id"] = bytes([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15])
    pair = Pair()
    pair["a"], pair["b"] = -1, 2
    made["pair"] = pair
    made["tail0"], made["tail1"], made["after"] = 3, 4, 5
    return made


def ints():
    made = Ints()
    made["before"], made["value"] = 1, -2
    return made


def must():
    made = Must()
    made["before"], made["value"], made["after"] = 1, 2, 3
    return made


EXPECTED = {
    "Threes": lambda: call((UCHAR, 1), (Three, three(1, 2, 3)), (UCHAR, 2), (Three, three(1, 2, 3))),
    "NestedStructures": lambda: call((UCHAR, 9), (Named, named())),
    "AllNumbers": lambda: call((Numbers, numbers(s=1, h=0x0203, l=0x04050607, t=8, y=0x090A0B0C0D0E0F10, f=1.5, d=-2.0, b=1, c=65, colour=300,
                                                 u=3, wide=0x12345678))),
    "IntStructure": lambda: call((Ints, ints())),
    "ConformantThrees": lambda: call((LONG, 2), (ThreeArray, [three(1, 2, 3), three(4, 5, 6)]), (UCHAR, 9)),
    "References": lambda: call((Must, must())),
}


def kept():
    text = (pathlib.Path(__file__).resolve().parent / "specified.txt").read_text()
    found = {}
    for match in re.finditer(r"^(\w+)\n  request(.*?)\n  reply", text, re.S | re.M):
        found[match.group(1)] = bytes.fromhex("".join(match.group(2).split()))
    return found


def same(theirs, kept_bytes):
    """Gaps hold 0xaa, 0xab and 0xbf there, and zeros here."""
    gap = (0xAA, 0xAB, 0xBF)
    return len(theirs) == len(kept_bytes) and all(t == k or (t in gap and k == 0) for t, k in zip(theirs, kept_bytes))


def main():
    have = kept()
    wrong = 0
    for name, write in EXPECTED.items():
        data = write()
        mine = have[name]
        if name == "References":  # the value of the pointer is at 4
            data, mine = data[:4] + b"ptr." + data[8:], mine[:4] + b"ptr." + mine[8:]
        if not same(data, mine):
            wrong += 1
            print(f"{name}:\n  impacket {data.hex(' ')}\n  kept     {mine.hex(' ')}")
    print(f"{len(EXPECTED) - wrong} of {len(EXPECTED)} structures agree with impacket")
    return 1 if wrong else 0


sys.exit(main())
