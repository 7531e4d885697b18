"""Random IDL with a library statement: interfaces of all kinds, dispinterfaces, coclasses, modules and the types that they use; the same for the same seed."""
import random

AUTOMATION = ["long", "short", "unsigned char", "float", "double", "VARIANT_BOOL", "BSTR", "VARIANT", "CURRENCY", "DATE", "SCODE", "IUnknown *", "IDispatch *",
              "SAFEARRAY(long)", "SAFEARRAY(BSTR)", "unsigned long", "unsigned short", "__int64", "int", "unsigned int", "DECIMAL"]
FIELDS = ["long", "short", "byte", "float", "double", "hyper", "BSTR", "VARIANT", "wchar_t", "unsigned long", "IUnknown *", "void *", "int", "char"]


class Generator:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.serial = 0
        self.types, self.interfaces, self.dispatch, self.lines = [], [], [], []
        for _ in range(self.rng.randint(3, 6)):
            self.rng.choice([self.enum, self.structure, self.union, self.alias, self.structure])()
        for _ in range(self.rng.randint(2, 4)):
            self.rng.choice([self.interface, self.dual, self.dual, self.dispinterface, self.dispinterface])()
        if self.interfaces or self.dispatch:
            self.coclass()
        if self.rng.random() < 0.7:
            self.module()

    def idl(self) -> str:
        head = f'import "oaidl.idl";\n[uuid({self.uuid()}), version(1.{self.rng.randint(0, 9)}), helpstring("A library"), lcid(0)]\nlibrary Random\n{{\n'
        return head + '    importlib("stdole2.tlb");\n' + "".join("    " + line.replace("\n", "\n    ") + "\n" for line in self.lines) + "}\n"

    def name(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    def uuid(self) -> str:
        self.serial += 1
        return f"7b1e7a50-3b0e-4f5b-9c41-{self.rng.getrandbits(16):04x}{self.serial:08x}"

    def some(self, *words, chance=0.25) -> list:
        return [word for word in words if self.rng.random() < chance]

    def help(self) -> list:
        return self.some(f'helpstring("Says \\"{self.serial}\\"")', f"helpcontext({self.serial})", "hidden", chance=0.15)

    @staticmethod
    def said(words) -> str:
        return f"[{', '.join(words)}] " if words else ""

    def automation(self) -> str:
        own = [t for t in self.types if t[0] in "ET"]
        return self.rng.choice(own) if own and self.rng.random() < 0.2 else self.rng.choice(AUTOMATION)

    def enum(self) -> None:
        name = self.name("E")
        value, inside = 0, []
        for i in range(self.rng.randint(1, 5)):
            kind = self.rng.random()
            if kind < 0.4:
                inside.append(f"{name}_{i}")
            elif kind < 0.8:
                value = self.rng.randint(-3, 70000)
                inside.append(f"{name}_{i} = {value}")
            else:
                inside.append(f"{name}_{i} = " + self.rng.choice(["1 << 4", "(3 + 4) * 2", "0x10 | 1", "~0", "'a'", "5 % 3", "1 ? 7 : 8", "-(2 + 3)", "10 >> 1", "6 & 3", "6 ^ 3"]))
        said = self.some("v1_enum", chance=0.4) + self.some(f"uuid({self.uuid()})", chance=0.2) + self.help()
        self.lines.append(f"typedef {self.said(said)}enum {self.rng.choice(['', 'tag' + name])} {{ {', '.join(inside)} }} {name};")
        self.types.append(name)

    def fields(self) -> str:
        lines = []
        for _ in range(self.rng.randint(1, 5)):
            kind = self.rng.choice(self.types) if self.types and self.rng.random() < 0.25 else self.rng.choice(FIELDS)
            bounds = "".join(f"[{self.rng.randint(1, 4)}]" for _ in range(self.rng.choice([0, 0, 0, 1, 2])))
            star = "*" if self.rng.random() < 0.15 else ""
            lines.append(f"{kind} {star}{self.name('f')}{bounds};")
        return " ".join(lines)

    def structure(self) -> None:
        name = self.name("S")
        said = self.some(f"uuid({self.uuid()})", chance=0.2) + self.help()
        self.lines.append(f"typedef {self.said(said)}struct {self.rng.choice(['', 'tag' + name])} {{ {self.fields()} }} {name};")
        self.types.append(name)

    def union(self) -> None:
        name = self.name("U")
        self.lines.append(f"typedef union {self.rng.choice(['', 'tag' + name])} {{ {self.fields()} }} {name};")
        self.types.append(name)

    def alias(self) -> None:
        name = self.name("T")
        self.lines.append(f"typedef {self.said(['public', *self.help()])}{self.rng.choice(['long', 'BSTR', 'short', 'double', 'VARIANT_BOOL'])} {name};")
        self.types.append(name)

    def parameters(self, simple=False) -> list:
        made = []
        for _ in range(self.rng.randint(0, 3)):
            kind, name = self.automation(), self.name("p")
            if self.rng.random() < 0.3 and not simple:
                made.append(f"[{self.rng.choice(['out', 'in, out'])}] {kind} *{name}")
            else:
                made.append(f"[in] {kind} {name}")
        if not simple and self.rng.random() < 0.2:
            made.append(f"[in, optional] VARIANT {self.name('p')}")
        elif not simple and self.rng.random() < 0.2:
            made.append(f"[in, defaultvalue({self.rng.choice(['5', '-1', '0x10'])})] long {self.name('p')}")
        return made

    def methods(self, numbers: bool) -> str:
        lines = []
        for i in range(self.rng.randint(1, 4)):
            number = [f"id({i + 1})"] if numbers else []
            said = number + self.help() + self.some("restricted", chance=0.1)
            name = self.name("M")
            kind = self.rng.random()
            if kind < 0.5:
                parameters = self.parameters()
                if self.rng.random() < 0.4:
                    # Behind optional ones a result may stand.
                    parameters.append(f"[out, retval] {self.automation()} *{self.name('p')}")
                lines.append(f"{self.said(said)}HRESULT {name}({', '.join(parameters)});")
            else:
                value = self.automation()
                lines.append(f"{self.said(['propget', *said])}HRESULT {name}([out, retval] {value} *{self.name('p')});")
                if self.rng.random() < 0.6:
                    lines.append(f"{self.said(['propput', *said])}HRESULT {name}([in] {value} {self.name('p')});")
        return " ".join(lines)

    def interface(self) -> None:
        name = self.name("I")
        base = self.rng.choice([*self.interfaces, "IUnknown", "IUnknown"])
        self.lines.append(f"[object, uuid({self.uuid()}){''.join(', ' + w for w in self.help())}]\ninterface {name} : {base} {{ {self.methods(False)} }}")
        self.interfaces.append(name)

    def dual(self) -> None:
        name = self.name("I")
        said = self.some("nonextensible", "oleautomation") + self.help()
        self.lines.append(f"[object, dual, uuid({self.uuid()}){''.join(', ' + w for w in said)}]\ninterface {name} : IDispatch {{ {self.methods(True)} }}")
        self.dispatch.append(name)

    def dispinterface(self) -> None:
        name = self.name("D")
        if self.dispatch and self.rng.random() < 0.3:
            self.lines.append(f"[uuid({self.uuid()})] dispinterface {name} {{ interface {self.rng.choice(self.dispatch)}; }}")
        else:
            properties = " ".join(f"[id({100 + i}){self.rng.choice(['', ', readonly', ''])}] {self.automation()} {self.name('q')};" for i in range(self.rng.randint(0, 3)))
            methods = " ".join(f"[id({i + 1})] {self.rng.choice(['void', 'long', 'BSTR', 'VARIANT'])} {self.name('M')}({', '.join(self.parameters(True))});"
                               for i in range(self.rng.randint(0, 3)))
            self.lines.append(f"[uuid({self.uuid()}){''.join(', ' + w for w in self.help())}] dispinterface {name} {{ properties: {properties} methods: {methods} }}")
        self.dispatch.append(name)

    def coclass(self) -> None:
        disp = [d for d in self.dispatch if d[0] == "D"]
        members = [f"[default] interface {self.rng.choice(self.interfaces)};"] if self.interfaces else []
        members += [f"[default, source] dispinterface {self.rng.choice(disp)};"] if disp else []
        members += [f"interface {d};" for d in self.dispatch if d[0] == "I"]
        said = self.some("noncreatable", "appobject", "control", chance=0.15) + self.help()
        self.lines.append(f"[uuid({self.uuid()}){''.join(', ' + w for w in said)}] coclass {self.name('C')} {{ {' '.join(members)} }}")

    def module(self) -> None:
        constants = " ".join(f"const {kind} {self.name('k')} = {value};" for kind, value in
                             self.rng.sample([("long", "5"), ("short", "-3"), ("long", "1 << 10"), ("unsigned long", "0xFFFFFFFF"), ("long", "(2 + 3) * 4"), ("long", "~7"), ("long", "7 / 2")], 2))
        functions = " ".join(f'[entry({self.rng.choice([str(i + 1), chr(34) + "entry" + str(i) + chr(34)])})] long __stdcall {self.name("m")}([in] long {self.name("p")});'
                             for i in range(self.rng.randint(0, 2)))
        self.lines.append(f'[dllname("random.dll"), uuid({self.uuid()})] module {self.name("Module")} {{ {constants} {functions} }}')
