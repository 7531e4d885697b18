"""Types of IDL with values: how each is written in IDL and C++, what a value of it looks like, and what it is on the wire.

A value is an int (numbers: the bits, without sign), None or (pointee,) (pointers), a list (arrays, strings without their terminator), a dict
(structures), (tag, arm or None, value) (unions). Sized arrays behind pointers and at the end of structures are Sequences.
`show` writes C++ that prints a value as `text` says it; `build` writes C++ that makes one.
"""
import dataclasses
import itertools

NAMES = itertools.count()


def cxx_name(prefix: str) -> str:
    return f"{prefix}{next(NAMES)}"


class Type:
    name = ""
    fixed = True      # has a size that the type alone says
    features: frozenset = frozenset()

    def idl(self, declarator: str) -> str:
        return f"{self.name} {declarator}".rstrip()

    def cxx(self, declarator: str) -> str:
        return f"{self.name} {declarator}".rstrip()

    def pointers(self) -> bool:
        """Whether something of it is written after the construct that holds it."""
        return False

    def hoisted(self, out, value) -> None:
        """Counts that stand in front of the structure that ends in it."""

    def deferred(self, out, value) -> None:
        pass

    def all_features(self) -> frozenset:
        return self.features


class Number(Type):
    """`bits` in memory; `wire` octets in NDR 2.0, `wire64` in NDR64."""

    def __init__(self, name, bits, cxx="", wire=0, wire64=0, values=None, features=()):
        self.name, self.bits, self.cxx_type = name, bits, cxx or name
        self.wire, self.wire64 = wire or bits // 8, wire64 or wire or bits // 8
        self.values, self.features = values, frozenset(features)

    def cxx(self, declarator):
        return f"{self.cxx_type} {declarator}".rstrip()

    def octets(self, syntax):
        return self.wire64 if syntax.wide else self.wire

    def align(self, syntax):
        return self.octets(syntax)

    def random(self, rng):
        if self.values:
            return rng.choice(self.values) & ((1 << self.bits) - 1)
        top = 8 * min(self.wire, self.bits // 8)
        value = rng.choice([0, 1, (1 << top) - 1, 1 << (top - 1), rng.getrandbits(top), rng.getrandbits(8)])
        if "signed_int3264" in self.features and value >> 31:
            value |= 0xFFFFFFFF << 32
        return value

    def flat(self, out, value):
        out.number(value, self.octets(out.syntax))

    def text(self, value):
        return str(value)

    def build(self, at, value, lines):
        lines.append(f"set({at}, 0x{value:x}ull);")

    def show(self, at, lines):
        lines.append(f"number({at}, {self.bits});")


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


class Enum(Number):
    def __init__(self, name, wide, values):
        super().__init__(name, 32, wire=4 if wide else 2, wire64=4, values=list(values.values()))
        self.wide, self.named = wide, values
        self.features = frozenset({"v1_enum" if wide else "enum"})

    def definition(self):
        inside = ", ".join(f"{n} = {v}" for n, v in self.named.items())
        return f"typedef {'[v1_enum] ' if self.wide else ''}enum {self.name} {{ {inside} }} {self.name};"


class Array(Type):
    """Of a fixed size, sent whole; an element may be an array."""

    def __init__(self, element, size):
        self.element, self.size = element, size

    def idl(self, declarator):
        return self.element.idl(f"{declarator}[{self.size}]")

    def cxx(self, declarator):
        return self.element.cxx(f"{declarator}[{self.size}]")

    def align(self, syntax):
        return self.element.align(syntax)

    def pointers(self):
        return self.element.pointers()

    def random(self, rng):
        return [self.element.random(rng) for _ in range(self.size)]

    def flat(self, out, value):
        for one in value:
            self.element.flat(out, one)

    def deferred(self, out, value):
        for one in value:
            self.element.deferred(out, one)

    def text(self, value):
        return "[" + " ".join(self.element.text(one) for one in value) + "]"

    def build(self, at, value, lines):
        for i, one in enumerate(value):
            self.element.build(f"{at}[{i}]", one, lines)

    def show(self, at, lines):
        shown_loop(at, "0", str(self.size), self.element, lines)

    def all_features(self):
        return self.features | self.element.all_features() | {"array"}


def shown_loop(at, first, count, element, lines):
    i = cxx_name("i")
    lines.append(f'put("["); for (long long {i} = 0; {i} < (long long)({count}); ++{i}) {{ if ({i}) put(" ");')
    element.show(f"{at}[{first} + {i}]", lines)
    lines.append('} put("]");')


class FixedText(Type):
    """[string] wchar_t name[8]"""

    def __init__(self, char, size):
        self.char, self.size = char, size
        self.features = frozenset({"fixed_text"})

    def idl(self, declarator):
        return self.char.idl(f"{declarator}[{self.size}]")

    def cxx(self, declarator):
        return self.char.cxx(f"{declarator}[{self.size}]")

    def align(self, syntax):
        return syntax.pointer

    def random(self, rng):
        return random_text(self.char, rng, self.size - 1)

    def flat(self, out, value):
        out.count(0)
        out.count(len(value) + 1)
        for one in [*value, 0]:
            self.char.flat(out, one)

    def text(self, value):
        return text_of(value)

    def build(self, at, value, lines):
        Array(self.char, self.size).build(at, [*value, 0], lines)

    def show(self, at, lines):
        lines.append(f"text({at}, {self.char.bits});")


def random_text(char, rng, most):
    return [rng.choice([97, 98, 32, 122, 0x20AC if char.bits == 16 else 0x7E]) for _ in range(rng.randint(0, most))]


def text_of(value):
    return "'" + " ".join(str(one) for one in value) + "'"


class Text(Type):
    """What a pointer with [string] points to."""
    fixed = False

    def __init__(self, char):
        self.char = char
        self.features = frozenset({"text"})

    def align(self, syntax):
        return syntax.pointer

    def random(self, rng):
        return random_text(self.char, rng, 5)

    def whole(self, out, value):
        out.count(len(value) + 1)
        out.count(0)
        out.count(len(value) + 1)
        for one in [*value, 0]:
            self.char.flat(out, one)

    def text(self, value):
        return text_of(value)

    def all_features(self):
        return self.features


@dataclasses.dataclass
class Expression:
    """Of sizes and lengths: `parts` of source, where names of siblings are marked (name,)."""
    parts: tuple
    python: str  # over N, an environment

    def idl(self):
        return "".join(part[0] if isinstance(part, tuple) else part for part in self.parts)

    def cxx(self, prefix):
        return "".join((f"(*{prefix}{part[0][1:]})" if part[0][0] == "*" else f"((long long){prefix}{part[0]})") if isinstance(part, tuple)
                       else part for part in self.parts)

    def value(self, env):
        return eval(self.python, {"N": env, "__builtins__": {}})  # noqa: S307 (written by this program)

    def names(self):
        return [part[0] for part in self.parts if isinstance(part, tuple)]


@dataclasses.dataclass
class Bounds:
    """size_is or max_is, and what says which part is sent."""
    size: Expression
    is_max: bool = False
    first: Expression | None = None
    length: Expression | None = None
    is_last: bool = False

    def attributes(self, position=0):
        words = [("max_is" if self.is_max else "size_is", self.size)]
        if self.first:
            words.append(("first_is", self.first))
        if self.length:
            words.append(("last_is" if self.is_last else "length_is", self.length))
        return [f"{word}({', ' * position}{e.idl()})" for word, e in words]

    def varying(self):
        return bool(self.first or self.length)

    def values(self, env):
        size = self.size.value(env) + self.is_max
        first = self.first.value(env) if self.first else 0
        length = size - first
        if self.length:
            length = self.length.value(env) - (first - 1 if self.is_last else 0)
        return size, first, length

    def good(self, env, most=6):
        size, first, length = self.values(env)
        return 0 <= size <= most and first >= 0 and length >= 0 and first + length <= size

    def cxx(self, prefix):
        size = f"(({self.size.cxx(prefix)}){' + 1' if self.is_max else ''})"
        first = f"({self.first.cxx(prefix)})" if self.first else "0"
        length = f"({size} - {first})"
        if self.length:
            length = f"({self.length.cxx(prefix)} - {first} + 1)" if self.is_last else f"({self.length.cxx(prefix)})"
        return first, length

    def names(self):
        return [n for e in (self.size, self.first, self.length) if e for n in e.names()]


@dataclasses.dataclass
class Sequence:
    size: int
    first: int
    items: list


class Sized(Type):
    """A conformant or conformant varying array: what a pointer with size_is points to, or the end of a structure."""
    fixed = False

    def __init__(self, element, bounds):
        self.element, self.bounds = element, bounds
        self.features = frozenset({"conformant"} | ({"varying"} if bounds.varying() else set()))

    def align(self, syntax):
        return max(self.element.align(syntax), syntax.pointer if self.bounds.varying() else 1)

    def pointers(self):
        return self.element.pointers()

    def random_in(self, rng, env):
        size, first, length = self.bounds.values(env)
        return Sequence(size, first, [self.element.random(rng) for _ in range(length)])

    def hoisted(self, out, value):
        out.count(value.size)

    def flat(self, out, value):
        if self.bounds.varying():
            out.count(value.first)
            out.count(len(value.items))
        out.align(self.element.align(out.syntax))  # also when there is none
        for one in value.items:
            self.element.flat(out, one)

    def deferred(self, out, value):
        for one in value.items:
            self.element.deferred(out, one)

    def whole(self, out, value):
        self.hoisted(out, value)
        self.flat(out, value)
        self.deferred(out, value)

    def text(self, value):
        return "[" + " ".join(self.element.text(one) for one in value.items) + "]"

    def build(self, at, value, lines):
        for i, one in enumerate(value.items):
            self.element.build(f"{at}[{value.first + i}]", one, lines)

    def show_in(self, at, prefix, lines):
        first, length = self.bounds.cxx(prefix)
        shown_loop(at, first, length, self.element, lines)

    def all_features(self):
        return self.features | self.element.all_features()


class Pointer(Type):
    """`kind` is ref, unique or ptr: what it is by attribute or default. The pointee may be Text or Sized, and then C's pointer goes to its first element."""

    def __init__(self, kind, to, said=False):
        self.kind, self.to, self.said = kind, to, said
        self.features = frozenset({kind})

    def attributes(self):
        words = [self.kind] if self.said else []
        if isinstance(self.to, Text):
            words.append("string")
        if isinstance(self.to, Sized):
            words += self.to.bounds.attributes()
        elif isinstance(self.to, Pointer) and isinstance(self.to.to, Sized):
            words += self.to.to.bounds.attributes(1)
        elif isinstance(self.to, Pointer) and isinstance(self.to.to, Text):
            words.append("string")
        return words

    def target(self):
        return self.to.char if isinstance(self.to, Text) else self.to.element if isinstance(self.to, Sized) else self.to

    def idl(self, declarator):
        return self.target().idl(f"*{declarator}" if not isinstance(self.target(), Array) else f"(*{declarator})")

    def cxx(self, declarator):
        return self.target().cxx(f"*{declarator}" if not isinstance(self.target(), Array) else f"(*{declarator})")

    def align(self, syntax):
        return syntax.pointer

    def pointers(self):
        return True

    def random(self, rng):
        return self.random_in(rng, {})

    def random_in(self, rng, env):
        if self.kind != "ref" and rng.random() < 0.25:
            return None
        if isinstance(self.to, Sized) or (isinstance(self.to, Pointer) and isinstance(self.to.to, Sized)):
            return (self.to.random_in(rng, env),)
        return (self.to.random(rng),)

    def flat(self, out, value):
        if self.kind == "ref":
            out.features.add("embedded ref")
        out.referent(value is not None)

    def deferred(self, out, value):
        if value is not None:
            self.pointee(out, value)

    def pointee(self, out, value):
        value = value[0]
        if isinstance(self.to, (Text, Sized)):
            self.to.whole(out, value)
        else:
            whole(self.to, out, value)

    def text(self, value):
        return "0" if value is None else "&" + self.to.text(value[0])

    def build(self, at, value, lines):
        if value is None:
            lines.append(f"{at} = nullptr;")
            return
        value = value[0]
        if isinstance(self.to, Text):
            lines.append(f"make({at}, {len(value) + 1});")
            for i, one in enumerate([*value, 0]):
                self.to.char.build(f"{at}[{i}]", one, lines)
        elif isinstance(self.to, Sized):
            lines.append(f"make({at}, {max(value.size, 1)});")
            self.to.build(at, value, lines)
        else:
            lines.append(f"make({at}, 1);")
            self.to.build(f"(*{at})", value, lines)

    def show(self, at, lines):
        self.show_in(at, "", lines)

    def show_in(self, at, prefix, lines):
        lines.append(f'if (!{at}) put("0"); else {{ put("&");')
        if isinstance(self.to, Text):
            lines.append(f"text({at}, {self.to.char.bits});")
        elif isinstance(self.to, Sized):
            self.to.show_in(at, prefix, lines)
        elif isinstance(self.to, Pointer):
            self.to.show_in(f"(*{at})", prefix, lines)
        else:
            self.to.show(f"(*{at})", lines)
        lines.append("}")

    def all_features(self):
        return self.features | self.to.all_features()


def whole(kind, out, value):
    """A construct with what hangs on it. Counts of arrays that end structures stand in front of all."""
    kind.hoisted(out, value)
    kind.flat(out, value)
    kind.deferred(out, value)


class Named(Type):
    """A typedef."""

    def __init__(self, name, to, attributes=()):
        self.name, self.to, self.attributes_ = name, to, list(attributes)
        self.fixed = to.fixed

    def __getattr__(self, name):
        return getattr(self.to, name)

    def idl(self, declarator):
        return f"{self.name} {declarator}".rstrip()

    cxx = idl

    def definition(self):
        said = f"[{', '.join(self.attributes_)}] " if self.attributes_ else ""
        return f"typedef {said}{self.to.idl(self.name)};"

    def align(self, syntax):
        return self.to.align(syntax)

    def pointers(self):
        return self.to.pointers()

    def hoisted(self, out, value):
        self.to.hoisted(out, value)

    def deferred(self, out, value):
        self.to.deferred(out, value)

    def all_features(self):
        return self.to.all_features() | {"typedef"}
