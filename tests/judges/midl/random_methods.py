"""Random IDL of what can be sent: an interface whose methods have all kinds of parameters, the same for the same seed."""
import random

from ndr_wire import NDR20
from random_structures import Arm, Encapsulated, Field, Method, Parameter, Structure, Union, base
from random_types import (Array, Bounds, Enum, Expression, FixedText, Named, Number, Pointer, Sized, Text)

BYTE = Number("byte", 8)
CHAR = Number("char", 8, "Char", values=[65, 0, 126])
WCHAR = Number("wchar_t", 16, "WCHAR")
SHORT = Number("short", 16, "SHORT")
LONG = Number("long", 32, "LONG")
NUMBERS = [BYTE, CHAR, WCHAR, SHORT, LONG, Number("boolean", 8, values=[0, 1]), Number("small", 8, "Small"),
           Number("unsigned short", 16, "USHORT"), Number("unsigned long", 32, "ULONG"), Number("int", 32, "Int"), Number("unsigned int", 32, "UInt"),
           Number("hyper", 64), Number("unsigned hyper", 64, "MIDL_uhyper"), Number("float", 32, values=[0x3F800000, 0, 0xC0100000], features={"float"}),
           Number("double", 64, values=[0x3FF0000000000000, 0xC002000000000000], features={"float"}), Number("error_status_t", 32),
           Number("__int3264", 64, "INT_PTR", 4, 8, features={"int3264", "signed_int3264"})]
COUNTS = [SHORT, LONG, BYTE, Number("unsigned short", 16, "USHORT"), Number("unsigned long", 32, "ULONG"), Number("small", 8, "Small"),
          Number("int", 32, "Int")]


class Generator:
    def __init__(self, seed, methods, for_widl):
        self.for_widl = for_widl  # without what widl's grammar does not know
        self.rng = random.Random(seed)
        self.pointer_default = self.rng.choice(["unique"] * 3 + ["ptr", ""])
        self.serial = 0
        self.definitions = []  # in order: of types with a name
        self.structures, self.tails, self.unions, self.encapsulated, self.typedefs, self.enums = [], [], [], [], [], []
        self.constants = {f"K{i}": self.rng.randint(1, 3) for i in range(2)}
        for _ in range(self.rng.randint(2, 3)):
            self.enum()
        makers = [self.structure, self.structure, self.structure, self.tail, self.union, self.union, self.typedef]
        for _ in range(9):
            self.rng.choice(makers if for_widl and self.rng.random() < 0.8 else [*makers, self.encapsulated_union, self.list])()
        self.methods = [self.method(i) for i in range(methods)]

    def idl(self):
        lines = ['import "unknwn.idl";']
        lines += [f"const long {name} = {value};" for name, value in self.constants.items()]
        # Types inside the interface, where its pointer_default counts.
        default = f", pointer_default({self.pointer_default})" if self.pointer_default else ""
        lines.append(f"[object, uuid(7B1E7A50-3B0E-4F5B-9C41-0D9A2C6E7A01){default}]\ninterface IRandom : IUnknown\n{{")
        lines += ["    " + one.definition() for one in self.definitions]
        lines += ["    " + method.idl() for method in self.methods]
        return "\n".join(lines) + "\n}\n"

    def name(self, prefix):
        self.serial += 1
        return f"{prefix}{self.serial}"

    def define(self, made, kinds):
        self.definitions.append(made)
        kinds.append(made)
        return made

    # Types ------------------------------------------------------------------------------------------------------------
    def enum(self):
        name, wide = self.name("E"), self.rng.random() < 0.4
        most = 0x7FFFFFFF if wide else 0x7FFF
        values = sorted({self.rng.randint(0, 5), self.rng.randint(6, 300), self.rng.randint(301, most)})
        self.define(Enum(name, wide, {f"{name}_{i}": v for i, v in enumerate(values)}), self.enums)

    def number(self):
        """Wine takes __int3264 for eight octets wherever a structure or union is aligned for it."""
        return self.rng.choice(self.enums) if self.rng.random() < 0.15 else self.rng.choice(NUMBERS[:-1] if self.for_widl else NUMBERS)

    def kind(self):
        return self.pointer_default or "unique"

    def inner_pointer(self, to):
        """As a field or arm, where an attribute may say of what kind it is."""
        said = self.rng.random() < 0.5
        return Pointer(self.rng.choice(["unique", "unique", "ptr", "ref"]) if said else self.kind(), to, said)

    def plain(self, depth=0):
        """Of fixed size."""
        choice = self.rng.random()
        if choice < 0.5 or depth > 1:
            return self.number()
        if choice < 0.62:
            element = self.plain(depth + 1)
            return Array(element, self.rng.randint(1, 3))
        if choice < 0.8 and self.structures:
            return self.rng.choice(self.structures)
        if choice < 0.88 and self.typedefs:
            return self.rng.choice([t for t in self.typedefs])
        if choice < 0.94 and self.encapsulated:
            return self.rng.choice(self.encapsulated)
        return self.number()

    def field_type(self):
        choice = self.rng.random()
        if choice < 0.6:
            return self.plain()
        if choice < 0.72:
            return self.inner_pointer(self.plain())
        if choice < 0.84:
            return self.inner_pointer(Text(self.rng.choice([WCHAR, WCHAR, CHAR])))
        if choice < 0.88:
            return self.inner_pointer(Pointer(self.kind(), self.plain()))
        if choice < 0.94 and self.tails:
            return self.inner_pointer(self.rng.choice(self.tails))
        return FixedText(self.rng.choice([WCHAR, CHAR]), self.rng.randint(2, 6)) if self.rng.random() < 0.4 else self.number()

    def counts(self, fields, indirect):
        """A size and what says which part is sent, and the fields or parameters that they depend on."""
        made = []

        def count(values):
            name = self.name("n")
            kind = self.rng.choice(COUNTS)
            if indirect and self.rng.random() < 0.3:
                made.append((name, Pointer("ref", kind), values))
                return "*" + name
            made.append((name, kind, values))
            return name
        size = self.expression(count(range(0, 5)))
        bounds = Bounds(size, is_max=not self.for_widl and self.rng.random() < 0.15)
        if self.rng.random() < 0.35:
            if not self.for_widl and self.rng.random() < 0.3:
                bounds.first = Expression(((n := count(range(0, 3)),),), f"N['{n}']")
            if self.rng.random() < 0.8 or not bounds.first:
                bounds.is_last = not self.for_widl and self.rng.random() < 0.3
                bounds.length = Expression(((n := count(range(0, 4)),),), f"N['{n}']")
        for name, kind, values in made:
            fields.append((name, kind, values))
        return bounds

    def expression(self, n):
        constant, value = self.rng.choice(sorted(self.constants.items()))
        if self.for_widl:
            constant = str(value)  # widl takes the names of constants for parameters
        v = f"N['{n}']"
        return self.rng.choice([
            Expression(((n,),), v), Expression(((n,),), v), Expression(((n,),), v),
            Expression(((n,), " + 1"), f"{v} + 1"), Expression(((n,), " * 2"), f"{v} * 2"), Expression(((n,), " / 2"), f"{v} // 2"),
            Expression((constant, " + ", (n,)), f"{value} + {v}"), Expression((constant, " * ", (n,)), f"{value} * {v}"),
            Expression(((n,), " & 3"), f"{v} & 3"), Expression(((n,), " << 1"), f"{v} << 1"), Expression(((n,), " % 3"), f"{v} % 3"),
            Expression(("(", (n,), " + 3) / 2"), f"({v} + 3) // 2"), Expression(((n,), " ? ", (n,), " : 2"), f"{v} if {v} else 2"),
            Expression(((n,), " > 2 ? 1 : ", (n,)), f"1 if {v} > 2 else {v}"), Expression(((n,), " | 1"), f"{v} | 1")])

    def sized_field(self, fields):
        declared = []
        bounds = self.counts(declared, False)
        fields += [Field(name, kind, count=values) for name, kind, values in declared]
        return Sized(self.plain(1) if self.rng.random() < 0.9 else Pointer(self.kind(), self.plain(1)), bounds)

    def structure(self):
        fields = []
        for _ in range(self.rng.randint(1, 4)):
            if self.rng.random() < 0.2:
                fields.append(Field(self.name("f"), self.inner_pointer(self.sized_field(fields))))
            elif self.rng.random() < 0.2 and self.unions:
                union = self.rng.choice(self.unions)
                tag = self.name("k")
                fields += [Field(tag, union.tag), Field(self.name("u"), union, switch=tag)]
            else:
                fields.append(Field(self.name("f"), self.field_type()))
        if self.for_widl:
            # Without gaps, which Wine leaves out.
            fields.sort(key=lambda f: -f.kind.align(NDR20))
        elif self.rng.random() < 0.3:
            self.rng.shuffle(fields)
        self.define(Structure(self.name("S"), fields), self.structures)

    def tail(self):
        fields = [Field(self.name("f"), self.field_type()) for _ in range(self.rng.randint(0, 2))]
        if self.tails and self.rng.random() < 0.25:
            fields.append(Field(self.name("f"), self.rng.choice(self.tails)))
        else:
            fields.append(Field(self.name("f"), self.sized_field(fields)))
        made = Structure(self.name("C"), fields)
        made.features |= {"conformant_structure"}
        self.define(made, self.tails)

    def list(self):
        name = self.name("L")
        made = Structure(name, [])
        link = Pointer("unique", Named(f"struct {name}", made), True)
        made.fields = [Field(self.name("f"), self.plain()), Field(self.name("f"), link)]
        made.features |= {"recursive"}
        self.define(made, self.structures)

    def arms(self, tag, single=False):
        labels = [[f"{label}"] for label in tag.named] if isinstance(tag, Enum) else [[i] for i in self.rng.sample(range(0, 9), 3)]
        if len(labels) > 2 and self.rng.random() < 0.3:
            labels = [labels[0], labels[1] + labels[2]] if not single else labels
        arms = []
        for some in labels:
            kind = None if self.rng.random() < 0.1 else self.field_type() if self.rng.random() < 0.7 else self.inner_pointer(self.plain())
            arms.append(Arm(some, self.name("a"), kind))
        if self.rng.random() < 0.5:
            arms.append(Arm([], self.name("a"), self.number() if self.rng.random() < 0.5 else None))
        return arms

    def tag_type(self):
        return self.rng.choice(self.enums + [SHORT, LONG, Number("unsigned short", 16, "USHORT"), Number("unsigned long", 32, "ULONG"),
                                             Number("small", 8, "Small"), CHAR])

    def union(self):
        tag = self.tag_type()
        self.define(Union(self.name("U"), tag, self.arms(tag), not self.for_widl and self.rng.random() < 0.15), self.unions)

    def encapsulated_union(self):
        tag = self.tag_type()
        self.define(Encapsulated(self.name("D"), tag, self.arms(tag, self.for_widl)), self.encapsulated)

    def typedef(self):
        to = self.rng.choice([self.number(), Array(self.number(), self.rng.randint(1, 3)), *self.structures[-1:], *self.typedefs[-1:]])
        self.define(Named(self.name("T"), to), self.typedefs)

    # Parameters -------------------------------------------------------------------------------------------------------
    def method(self, number):
        parameters = []
        for _ in range(self.rng.randint(1, 4)):
            self.rng.choice([self.by_value, self.by_pointer, self.by_pointer, self.array, self.array, self.text, self.out_pointer, self.out_pointer,
                             self.made, self.in_out, self.switched, self.tail_parameter])(parameters)
        if not self.for_widl and self.rng.random() < 0.2:
            self.rng.shuffle(parameters)  # Wine wants tags in front of unions
        return Method(f"M{number}", parameters)

    def by_value(self, parameters):
        kind = self.plain()
        parameters.append(Parameter(self.name("p"), kind, ["in"]))

    def pointed(self):
        """widl writes no C for pointers to arrays, where it needs the frame of the parameters."""
        while isinstance(kind := self.plain(), Array) and self.for_widl:
            pass
        return kind

    def by_pointer(self, parameters):
        kind, said = ("ref", False) if self.rng.random() < 0.5 else (self.rng.choice(["unique", "ptr", "ref"]), True)
        to = self.pointed() if self.rng.random() < 0.8 else Pointer(self.kind(), self.pointed())
        parameters.append(Parameter(self.name("p"), Pointer(kind, to, said), ["in"]))

    def sized_parameter(self, parameters, indirect=True):
        declared = []
        bounds = self.counts(declared, indirect)
        parameters += [Parameter(name, kind, ["in"], count=values) for name, kind, values in declared]
        return Sized(self.pointed(), bounds)

    def array(self, parameters):
        sized = self.sized_parameter(parameters)
        direction = self.rng.choice([["in"], ["in"], ["out"], ["in", "out"]])
        said = direction != ["out"] and self.rng.random() < 0.3
        to = sized
        if direction == ["in"] and self.rng.random() < 0.2:
            to = Pointer(self.kind(), sized)
        made = Parameter(self.name("p"), Pointer(self.rng.choice(["unique", "ptr"]) if said else "ref", to, said), direction)
        made.bracket = not said and to is sized and self.rng.random() < 0.4
        parameters.append(made)

    def text(self, parameters):
        char = self.rng.choice([WCHAR, WCHAR, CHAR])
        if self.rng.random() < 0.6:
            said = self.rng.random() < 0.4
            parameters.append(Parameter(self.name("p"), Pointer("unique" if said else "ref", Text(char), said), ["in"]))
        else:
            parameters.append(Parameter(self.name("p"), Pointer("ref", Pointer(self.kind(), Text(char))), self.rng.choice([["out"], ["in", "out"]])))

    def out_pointer(self, parameters):
        parameters.append(Parameter(self.name("p"), Pointer("ref", self.pointed()), ["out"]))

    def made(self, parameters):
        """[out] T**, with or without a size."""
        if self.rng.random() < 0.5:
            to = self.rng.choice(self.tails) if self.tails and self.rng.random() < 0.4 else self.pointed()
            parameters.append(Parameter(self.name("p"), Pointer("ref", Pointer(self.kind(), to)), ["out"]))
        else:
            name, kind = self.name("n"), self.rng.choice(COUNTS)
            parameters.append(Parameter(name, Pointer("ref", kind), ["out"], count=range(0, 5)))
            sized = Sized(self.pointed(), Bounds(self.expression("*" + name)))
            parameters.append(Parameter(self.name("p"), Pointer("ref", Pointer(self.kind(), sized)), ["out"]))

    def in_out(self, parameters):
        said = self.rng.random() < 0.25
        to = self.pointed() if self.rng.random() < 0.8 else Pointer(self.kind(), self.pointed())
        parameters.append(Parameter(self.name("p"), Pointer("unique" if said else "ref", to, said), ["in", "out"]))

    def switched(self, parameters):
        if not self.unions:
            return self.by_value(parameters)
        union, tag = self.rng.choice(self.unions), self.name("k")
        parameters.append(Parameter(tag, union.tag, ["in"]))
        parameters.append(Parameter(self.name("p"), union, ["in"], switch=tag))

    def tail_parameter(self, parameters):
        if not self.tails:
            return self.by_value(parameters)
        kind, said = ("ref", False) if self.rng.random() < 0.6 else (self.rng.choice(["unique", "ptr"]), True)
        parameters.append(Parameter(self.name("p"), Pointer(kind, self.rng.choice(self.tails), said), ["in"]))
