"""NDR 2.0 and NDR64 as the specifications say it, for octets that others wrote to be compared with: C706 chapter 14, MS-RPCE 2.2.4 and 2.2.5.

Nothing here knows how the compiler does it.
"""


class Syntax:
    def __init__(self, name: str, wide: bool, big: bool = False):
        self.name, self.wide, self.big = name, wide, big
        self.pointer = 8 if wide else 4  # also of counts

    def __repr__(self) -> str:
        return self.name


NDR20 = Syntax("ndr20", False)
NDR20_BIG = Syntax("ndr20 big-endian", False, True)
NDR64 = Syntax("ndr64", True)


class Octets:
    """A message. `marks` are the places where referents' ids stand, which are compared by what they identify."""

    def __init__(self, syntax: Syntax):
        self.syntax, self.bytes, self.marks, self.referents = syntax, bytearray(), [], 0
        self.features = set()  # that only values show

    def align(self, modulus: int) -> None:
        self.bytes += bytes(-len(self.bytes) % modulus)

    def number(self, value: int, size: int) -> None:
        self.align(size)
        self.bytes += (value & (1 << 8 * size) - 1).to_bytes(size, "big" if self.syntax.big else "little")

    def count(self, value: int) -> None:
        self.number(value, self.syntax.pointer)

    def referent(self, present: bool) -> None:
        self.align(self.syntax.pointer)
        if present:
            self.marks.append(len(self.bytes))
            self.referents += 1
            self.count(0x20000 + 4 * (self.referents - 1))
        else:
            self.count(0)


def same(expected: Octets, got: bytes) -> bool:
    """Equal but for the ids: these are not null, and of two pointers to different things different ones."""
    if len(expected.bytes) != len(got):
        return False
    size, plain, ids = expected.syntax.pointer, bytearray(got), []
    for at in expected.marks:
        ids.append(bytes(got[at:at + size]))
        plain[at:at + size] = expected.bytes[at:at + size]
    return plain == expected.bytes and bytes(size) not in ids and len(set(ids)) == len(ids)
