"""Structures, unions, and methods that take and give them."""
import random_types as types
from random_types import Named, Number, Pointer, Sized, Type


class Field:
    def __init__(self, name, kind, attributes=(), count=None, switch=None):
        self.name, self.kind = name, kind
        self.said = list(attributes)
        self.count = count      # a range of values: others' sizes depend on it
        self.switch = switch    # the name of the field that is the union's tag

    def idl(self):
        kind = self.kind
        words = list(self.said)
        if isinstance(kind, Pointer):
            words += kind.attributes()
        if isinstance(kind, Sized):
            words += kind.bounds.attributes()
            return attributes(words) + kind.element.idl(f"{self.name}[]") + ";"
        if "fixed_text" in kind.features:
            words.append("string")
        if self.switch:
            words.append(f"switch_is({self.switch})")
        return attributes(words) + kind.idl(self.name) + ";"


def attributes(words):
    return f"[{', '.join(words)}] " if words else ""


def base(kind):
    while isinstance(kind, Named):
        kind = kind.to
    return kind


def bounds_in(kind):
    """The bounds that a declaration of this type says, or None."""
    kind = base(kind)
    if isinstance(kind, Sized):
        return kind.bounds
    return bounds_in(kind.to) if isinstance(kind, Pointer) else None


class NoValues(ValueError):
    pass


def random_values(declared, rng, known=None):
    """Values of fields or parameters together: counts first, such that all sizes that depend on them make sense."""
    bounds = [b for b in (bounds_in(one.kind) for one in declared) if b]
    for attempt in range(400):
        values, env = {}, dict(known or {})
        for one in declared:
            if one.count:
                number = rng.choice(one.count)
                behind = isinstance(base(one.kind), Pointer)
                bits = number & (1 << (base(base(one.kind).to) if behind else base(one.kind)).bits) - 1
                values[one.name] = (bits,) if behind else bits
                env["*" + one.name if behind else one.name] = number
        if all(b.good(env, 12) for b in bounds if all(n in env for n in b.names())):
            break
    else:
        raise NoValues("no values for " + ", ".join(one.idl() for one in declared))
    for one in declared:
        if one.name in values:
            continue
        kind = base(one.kind)
        if one.switch:
            continue
        bounded = bounds_in(kind)
        values[one.name] = kind.random_in(rng, env) if bounded else kind.random(rng)
    for one in declared:
        if one.switch:
            union = base(one.kind)
            target = base(union.to) if isinstance(union, Pointer) else union
            by = {d.name: base(d.kind) for d in declared}
            tag, value = target.random_arm(rng)
            values[one.switch.lstrip("*")] = tag & (1 << target.tag.bits) - 1
            values[one.name] = value
            assert one.switch.lstrip("*") in by or known is not None
    return values, env


class Structure(Type):
    def __init__(self, name, fields, tag=""):
        self.name, self.fields, self.tag = name, fields, tag or name
        self.fixed = all(f.kind.fixed for f in fields)
        self.depth = 0
        self.features = frozenset({"structure"})
        self.asked = False

    def definition(self):
        inside = " ".join(f.idl() for f in self.fields)
        return f"typedef struct {self.tag} {{ {inside} }} {self.name};"

    def align(self, syntax):
        if self.asked:
            return 1  # within itself: behind a pointer
        self.asked = True
        try:
            return max(f.kind.align(syntax) for f in self.fields)
        finally:
            self.asked = False

    def pointers(self):
        return any(f.kind.pointers() for f in self.fields)

    def random(self, rng):
        self.depth += 1
        try:
            return random_values(self.fields, rng)[0] if self.depth < 4 else self.smallest(rng)
        finally:
            self.depth -= 1

    def smallest(self, rng):
        """No pointer to itself any more."""
        values = random_values([f for f in self.fields if not self.again(f)], rng)[0]
        return {**values, **{f.name: None for f in self.fields if self.again(f)}}

    def again(self, field):
        return isinstance(field.kind, Pointer) and base(field.kind.to) is self

    def hoisted(self, out, value):
        last = self.fields[-1]
        last.kind.hoisted(out, value[last.name])

    def flat(self, out, value):
        out.align(self.align(out.syntax))
        start = len(out.bytes)
        for f in self.fields:
            if f.switch:
                out.features.add("union in structure")
            before, modulus = len(out.bytes), base(f.kind).align(out.syntax)
            if before > start and before % modulus:
                out.features.add("gap")
            f.kind.flat(out, value[f.name])
        if out.syntax.wide and self.fixed:
            out.align(self.align(out.syntax))
        elif len(out.bytes) % self.align(out.syntax):
            out.features.add("trailing gap")

    def deferred(self, out, value):
        for f in self.fields:
            f.kind.deferred(out, value[f.name])

    def text(self, value):
        return "{" + " ".join(f.kind.text(value[f.name]) for f in self.fields) + "}"

    def build(self, at, value, lines):
        for f in self.fields:
            f.kind.build(f"{at}.{f.name}", value[f.name], lines)

    def show(self, at, lines):
        lines.append(f"show_{self.name}({at});")

    def show_function(self):
        lines = [f"static void show_{self.name}(const {self.name}& v) {{", 'put("{");']
        for i, f in enumerate(self.fields):
            if i:
                lines.append('put(" ");')
            show(f, f"v.{f.name}", "v.", lines)
        return "\n  ".join([*lines, 'put("}");']) + "\n}\n"

    def all_features(self):
        if self.asked:
            return frozenset()
        self.asked = True
        try:
            return self.features.union(*(f.kind.all_features() for f in self.fields))
        finally:
            self.asked = False


def show(one, at, prefix, lines):
    """A field or parameter, which may depend on its siblings."""
    kind = base(one.kind)
    if isinstance(kind, Pointer):
        kind.show_in(at, prefix, lines) if not one.switch else kind.show_switched(at, prefix, one.switch, lines)
    elif isinstance(kind, Sized):
        kind.show_in(at, prefix, lines)
    elif one.switch:
        kind.show_switched(at, prefix + one.switch, lines)
    else:
        kind.show(at, lines)


class Arm:
    def __init__(self, labels, name="", kind=None):
        self.labels, self.name, self.kind = labels, name, kind  # no labels: default


class Union(Type):
    """Not encapsulated: its tag is a field or parameter beside it, and is sent once more in front of the arm."""

    def __init__(self, name, tag, arms, ms_union=False):
        self.name, self.tag, self.arms, self.ms_union = name, tag, arms, ms_union
        self.features = frozenset({"union"} | ({"ms_union"} if ms_union else set()))

    def definition(self):
        said = f"[switch_type({self.tag.name}){', ms_union' if self.ms_union else ''}]"
        return f"typedef {said} union {self.name} {{ {self.arms_idl()} }} {self.name};"

    def arms_idl(self):
        lines = []
        for arm in self.arms:
            head = f"[case({', '.join(str(label) for label in arm.labels)})] " if arm.labels else "[default] "
            lines.append(head + (Field(arm.name, arm.kind).idl() if arm.kind else ";"))
        return " ".join(lines)

    def align(self, syntax):
        return max(self.tag.align(syntax), self.arms_align(syntax))

    def arms_align(self, syntax):
        return max([1] + [arm.kind.align(syntax) for arm in self.arms if arm.kind])

    def pointers(self):
        return any(arm.kind and arm.kind.pointers() for arm in self.arms)

    def random_arm(self, rng):
        number = rng.randrange(len(self.arms))
        arm = self.arms[number]
        labelled = {label for a in self.arms for label in a.labels}
        tag = rng.choice([self.value_of(label) for label in arm.labels] if arm.labels else
                         [v for v in (self.tag.values or range(20, 30)) if v not in {self.value_of(x) for x in labelled}] or [0])
        if not arm.labels and tag in {self.value_of(x) for x in labelled}:
            return self.random_arm(rng)
        tag &= (1 << self.tag.bits) - 1
        return tag, (tag, number, arm.kind.random(rng) if arm.kind else None)

    def value_of(self, label):
        return self.tag.named[label] if isinstance(label, str) else label

    def random(self, rng):
        return self.random_arm(rng)[1]

    def flat(self, out, value):
        tag, number, inside = value
        arm = self.arms[number]
        if out.syntax.wide:
            out.align(self.align(out.syntax))
        self.tag.flat(out, tag)
        if out.syntax.wide or self.ms_union:
            out.align(self.arms_align(out.syntax))
        if arm.kind:
            arm.kind.flat(out, inside)

    def deferred(self, out, value):
        arm = self.arms[value[1]]
        if arm.kind:
            arm.kind.deferred(out, value[2])

    def text(self, value):
        arm = self.arms[value[1]]
        return f"<{arm.name}:{arm.kind.text(value[2])}>" if arm.kind else "<>"

    def build(self, at, value, lines):
        arm = self.arms[value[1]]
        if arm.kind:
            arm.kind.build(f"{at}.{arm.name}", value[2], lines)

    def show_switched(self, at, tag, lines):
        lines.append(f"switch ((long long){tag}) {{")
        for arm in sorted(self.arms, key=lambda a: not a.labels):
            lines.append("".join(f"case {label}: " for label in arm.labels) or "default:")
            if arm.kind:
                lines.append(f'put("<{arm.name}:");')
                arm.kind.show(f"{at}.{arm.name}", lines)
                lines.append('put(">");')
            else:
                lines.append('put("<>");')
            lines.append("break;")
        lines.append("}")

    def all_features(self):
        return self.features.union(*(arm.kind.all_features() for arm in self.arms if arm.kind), self.tag.all_features())


class Encapsulated(Union):
    """union U switch (long tag) u { case 1: ...; }"""

    def __init__(self, name, tag, arms):
        super().__init__(name, tag, arms)
        self.features = frozenset({"encapsulated"})

    def definition(self):
        lines = []
        for arm in self.arms:
            head = "".join(f"case {label}: " for label in arm.labels) or "default: "
            lines.append(head + (Field(arm.name, arm.kind).idl() if arm.kind else ";"))
        return f"typedef union {self.name} switch ({self.tag.idl('tag')}) u {{ {' '.join(lines)} }} {self.name};"

    def build(self, at, value, lines):
        self.tag.build(f"{at}.tag", value[0], lines)
        super().build(f"{at}.u", value, lines)

    def text(self, value):
        return str(value[0]) + super().text(value)

    def flat(self, out, value):
        """Aligned as a whole, unlike the others (nothing at hand says so for NDR 2.0; widl's under Wine, and ours, do)."""
        out.align(self.align(out.syntax))
        super().flat(out, value)

    def show(self, at, lines):
        lines.append(f"number({at}.tag, {self.tag.bits});")
        self.show_switched(f"{at}.u", f"{at}.tag", lines)


class Parameter(Field):
    def __init__(self, name, kind, direction, attributes=(), count=None, switch=None):
        super().__init__(name, kind, attributes, count, switch)
        self.direction = direction
        self.bracket = False  # T a[] instead of T *a

    def idl(self):
        kind, words = self.kind, [*self.direction, *self.said]
        if isinstance(kind, Pointer):
            words += kind.attributes()
        if self.switch:
            words.append(f"switch_is({self.switch})")
        if self.bracket:
            return attributes(words) + kind.to.element.idl(f"{self.name}[]")
        return attributes(words) + kind.idl(self.name)

    def cxx(self):
        return self.kind.cxx(self.name)

    def said_features(self):
        kind = base(self.kind)
        twice = isinstance(kind, Pointer) and kind.said and kind.kind == "ref" and isinstance(base(kind.to), Pointer)
        return frozenset({"_".join(self.direction)} | ({"ref said"} if twice else set()))

    def wire(self, out, value):
        kind = base(self.kind)
        if isinstance(kind, Pointer) and kind.kind == "ref":
            kind.pointee(out, value)
        else:
            types.whole(self.kind, out, value)


class Method:
    def __init__(self, name, parameters):
        self.name, self.parameters = name, parameters
        self.given, self.returned, self.result = {}, {}, 0

    def idl(self):
        return f"HRESULT {self.name}({', '.join(p.idl() for p in self.parameters)});"

    def incoming(self):
        return [p for p in self.parameters if "in" in p.direction]

    def outgoing(self):
        return [p for p in self.parameters if "out" in p.direction]

    def choose(self, rng):
        """Values for a call. What is [in, out] comes back with the same sizes and null where it was null."""
        only_out = [p for p in self.parameters if p.direction == ["out"]]
        for attempt in range(50):
            self.given, env = random_values(self.incoming(), rng)
            try:
                made, _ = random_values(only_out, rng, env)
                break
            except NoValues:
                if attempt == 49:
                    raise
        self.returned = dict(made)
        for p in self.outgoing():
            if "in" in p.direction:
                self.returned[p.name] = changed(p.kind, self.given[p.name], rng) if not p.count else self.given[p.name]
        self.result = rng.choice([0, 0, 1, 0x1234])

    def features(self):
        return frozenset().union(*(p.kind.all_features() | p.said_features() for p in self.parameters))

    def request(self, out):
        for p in self.incoming():
            p.wire(out, self.given[p.name])
        return out

    def reply(self, out):
        for p in self.outgoing():
            p.wire(out, self.returned[p.name])
        out.number(self.result, 4)
        return out

    def seen(self, parameters, values):
        return "; ".join(p.name + "=" + p.kind.text(values[p.name]) for p in parameters)


def changed(kind, value, rng):
    """Another value of the same shape: only numbers differ."""
    kind = base(kind)
    if isinstance(kind, Number):
        return kind.random(rng)
    if isinstance(kind, Pointer) and value is not None:
        return (changed(kind.to, value[0], rng),)
    if isinstance(kind, types.Text):
        return [98 for _ in value]
    if isinstance(kind, types.Array):
        return [changed(kind.element, one, rng) for one in value]
    if isinstance(kind, Sized):
        return types.Sequence(value.size, value.first, [changed(kind.element, one, rng) for one in value.items])
    if isinstance(kind, Structure):
        fixed = {n.lstrip("*") for f in kind.fields for n in ([f.switch] if f.switch else []) + (bounds_in(f.kind).names() if bounds_in(f.kind) else [])}
        return {f.name: value[f.name] if f.name in fixed or f.count else changed(f.kind, value[f.name], rng) for f in kind.fields}
    if isinstance(kind, Union):
        tag, number, inside = value
        return tag, number, changed(kind.arms[number].kind, inside, rng) if kind.arms[number].kind else None
    return value
