"""The sentences of the article "Introducing Distributed COM" on IDL and ODL ("Ground Zero: MIDL"), one fact or more for each.

article.py MIDL IDL DCOM
"""
import re
import sys

from facts import Facts

facts = Facts(sys.argv[1], sys.argv[2], sys.argv[3])
fact, expect = facts.fact, facts.expect


def library(body: str, attributes: str = "") -> str:
    return f"[uuid(00000005-1996-11d0-a001-00aa00000001), version(1.0){attributes}] library L {{\n{body}\n}};\n"


OBJECT = "object, uuid(00000004-1996-11d0-a001-00aa000000%02d), pointer_default(unique)"
ODL_INTERFACE = "[odl, uuid(00000007-1996-11d0-a001-00aa00000001)] interface IOdl : IUnknown { HRESULT Do(%s); };"

# IDL files can contain definitions outside the scope of a library definition. (In ODL, the library statement must be the topmost definition.)
fact("IDL: definitions outside the library", "typedef long T;" + library("typedef struct S { T t; } S;"), h="typedef LONG T")
fact("ODL: a typedef outside the library", "typedef long T;" + library("typedef struct { T t; } S;"), "/mktyplib203", status=1, says="MIDL3023")
fact("ODL: an interface outside the library", "[odl, uuid(00000007-1996-11d0-a001-00aa00000001)] interface IOut : IUnknown { HRESULT Do(); };" +
     library("interface IOut;"), "/mktyplib203", status=1, says="MIDL3023")
fact("ODL: the library on top", library(ODL_INTERFACE % ""), "/mktyplib203", tlb="interface IOdl")

# MIDL generates bindings and proxies for all interfaces in the file; proxies can be suppressed by using the local attribute.
THREE = ('import "unknwn.idl";\n' + "".join(f"[{OBJECT % i}] interface {name} : IUnknown {{ HRESULT Do(void); }};\n"
                                            for i, name in ((1, "IOutside"), (2, "IOutside2"))) +
         f"[{OBJECT % 3}, local] interface ILocal : IUnknown {{ HRESULT Do(void); }};\n")
FIGURE3 = THREE + library(f"importlib(\"stdole2.tlb\");\n[{OBJECT % 4}] interface IInside : IUnknown {{ HRESULT Do(void); }}\ninterface IOutside;")
result = fact("bindings for all interfaces", FIGURE3, h=["IOutside : public IUnknown", "IOutside2 : public IUnknown", "IInside : public IUnknown",
                                                         "ILocal : public IUnknown"],
              p=["class IOutside_Proxy", "class IOutside2_Proxy", "class IInside_Proxy", "!class ILocal_Proxy"])
# The type library describes only interfaces defined or referred to within the library: IInside and IOutside, not IOutside2.
described = re.findall(r"^type \d+ (\w+ \w+)", result["tlb"], re.M)
expect("Figure 3: IInside and IOutside, and no other", sorted(described) == ["interface IInside", "interface IOutside"], result["tlb"])
expect("Figure 3: no trace of IOutside2", "IOutside2" not in result["tlb"] and "ILocal" not in result["tlb"], result["tlb"])

# ODL treats Boolean and BOOL as VARIANT_BOOL, IDL Boolean as unsigned char and BOOL as long.
BOTH = "boolean a, BOOL b"
fact("ODL: Boolean and BOOL are VARIANT_BOOL", library(ODL_INTERFACE % BOTH), "/mktyplib203", h=["VARIANT_BOOL a", "VARIANT_BOOL b"],
     tlb=["parameter a flags 0 BOOL", "parameter b flags 0 BOOL"])
IDL_BOTH = 'import "oaidl.idl";' + library(f"[{OBJECT % 1}] interface I : IUnknown {{ HRESULT Do([in] boolean a, [in] BOOL b, [in] VARIANT_BOOL c); }}")
fact("IDL: Boolean is unsigned char, BOOL is long", IDL_BOTH, tlb=["parameter a flags 1 UI1", "parameter b flags 1 I4"], h=["boolean a", "BOOL b"])
fact("IDL: VARIANT_BOOL directly", IDL_BOTH, tlb="parameter c flags 1 BOOL", h="VARIANT_BOOL c")
fact("a boolean has one byte on the wire", IDL_BOTH, p="out.u8(a)")

# Tags and typedef names. The three statements of the article.
W, H, C = ("typedef enum tagWIDTH {WIDE,NARROW} WIDTH;", "typedef enum { TALL, NOTTALL } HEIGHT ;", "enum COLOR { RED = 0, GREEN, BLUE };")


def types_of(name, body, *switches):
    result = fact(name, library(body), *switches)
    return re.findall(r"^type \d+ (\w+) (\w+)", result["tlb"], re.M), result["tlb"]


kinds, text = types_of("IDL: the first statement", W)
expect("IDL: TKIND_ENUM tagWIDTH and TKIND_ALIAS WIDTH", sorted(kinds) == [("alias", "WIDTH"), ("enum", "tagWIDTH")], text)
kinds, text = types_of("ODL: the first statement", W, "/mktyplib203")
expect("ODL: TKIND_ENUM WIDTH, the tag is ignored", kinds == [("enum", "WIDTH")] and "tagWIDTH" not in text, text)
kinds, text = types_of("IDL: the second statement", H)
expect("IDL: a unique name, and TKIND_ALIAS HEIGHT for it", len(kinds) == 2 and ("alias", "HEIGHT") in kinds and
       [k for k, n in kinds if n != "HEIGHT"] == ["enum"], text)
unique = [n for k, n in kinds if k == "enum"]
kinds2, text2 = types_of("IDL: another enum without tag", H + "typedef enum { LEFT, RIGHT } SIDE;")
names = [n for k, n in kinds2 if k == "enum"]
expect("IDL: the names of two enums without tags differ", len(set(names)) == 2, text2)
kinds, text = types_of("ODL: the second statement", H, "/mktyplib203")
expect("ODL: a single TKIND_ENUM HEIGHT", kinds == [("enum", "HEIGHT")], text)
kinds, text = types_of("IDL: the third statement", C)
expect("IDL: a single TKIND_ENUM COLOR", kinds == [("enum", "COLOR")], text)
fact("ODL does not recognize the third statement", library(C), "/mktyplib203", status=1, says="MIDL3024")
kinds, text = types_of("IDL: structures likewise", "typedef struct tagS { short n; } S;")
expect("IDL: TKIND_RECORD tagS and TKIND_ALIAS S", sorted(kinds) == [("alias", "S"), ("record", "tagS")], text)
kinds, text = types_of("ODL: structures likewise", "typedef struct tagS { short n; } S;", "/mktyplib203")
expect("ODL: TKIND_RECORD S", kinds == [("record", "S")], text)
kinds, text = types_of("IDL: unions likewise", "typedef union tagU { short s; long l; } U;")
expect("IDL: TKIND_UNION tagU and TKIND_ALIAS U", sorted(kinds) == [("alias", "U"), ("union", "tagU")], text)
kinds, text = types_of("ODL: unions likewise", "typedef union tagU { short s; long l; } U;", "/mktyplib203")
expect("ODL: TKIND_UNION U", kinds == [("union", "U")], text)

# ODL headers use DEFINE_GUID; IDL headers declare the GUIDs as extern and define them in xxx_i.c.
ODL_FILE = library(ODL_INTERFACE % "" + "[uuid(00000008-1996-11d0-a001-00aa00000001)] coclass Class { interface IOdl; };")
result = fact("ODL: DEFINE_GUID in the header", ODL_FILE, "/mktyplib203",
              h=["DEFINE_GUID(IID_IOdl, 0x00000007, 0x1996, 0x11D0, 0xA0, 0x01", "DEFINE_GUID(CLSID_Class,", "DEFINE_GUID(LIBID_L,", "!extern const IID"])
expect("ODL: no file of ids", result["i"] == "")
fact("IDL: extern in the header, defined in a_i.c", FIGURE3, h=["EXTERN_C const IID IID_IInside;", "EXTERN_C const IID LIBID_L;", "!DEFINE_GUID("],
     i=["MIDL_DEFINE_GUID(IID, IID_IInside, 0x00000004, 0x1996", "MIDL_DEFINE_GUID(IID, LIBID_L,"])

# ODL supported integral and floating point constants, IDL supports integral constants only.
CONSTANTS = "[dllname(\"x.dll\")] module M { const double PI = 3.14159; const long N = 42; };"
fact("ODL: floating constants", library(CONSTANTS), "/mktyplib203", h=["#define PI ( 3.14159 )", "#define N ( 42 )"], tlb=["PI", "R8 3.14159", "I4 42"])
fact("IDL: no floating constants", library(CONSTANTS), status=1, says="MIDL3017")
fact("IDL: integral constants", library(CONSTANTS.replace("const double PI = 3.14159;", "")), h="#define N ( 42 )", tlb="I4 42")
fact("IDL: no floating constants outside a library", "const float F = 1.5;", status=1, says="MIDL3017")

# The scope of an enumeration name was local to the enum under ODL; in IDL it is global.
SCOPES = "typedef struct { short s; } RED;\ntypedef enum { RED, GREEN } COLOR;"
fact("ODL: an enumerator may have a typedef's name", library(SCOPES), "/mktyplib203", tlb=["record RED", "enum COLOR"])
fact("IDL prohibits the typedef's name as enumerator", library(SCOPES), status=1, says="MIDL3025")
TWICE = "typedef enum { RED, GREEN } A; typedef enum { BLUE, RED } B;"
fact("ODL: an enumerator in two enums", library(TWICE), "/mktyplib203", tlb=["enum A", "enum B"])
fact("IDL: an enumerator in two enums", library(TWICE), status=1, says="MIDL3026")

# Compatibility mode: the old syntax, no proxies; the preprocessor is supported.
result = fact("ODL: no proxies", library(ODL_INTERFACE % "[in] long a"), "/mktyplib203", h="IOdl : public IUnknown")
expect("ODL: no proxy file", result["p"] == "" and result["c"] == "" and result["s"] == "")
fact("ODL: asking for proxies is answered", library(ODL_INTERFACE % ""), "/mktyplib203", "/proxy", "p.cpp", says="MIDL1007")
BRANCH = library("#ifdef OLD\ntypedef enum tagC { RED } COLOR;\n#else\nenum COLOR { RED };\n#endif")
for switches, wanted in ((("/mktyplib203", "-DOLD"), [("enum", "COLOR")]), ((), [("enum", "COLOR")])):
    result = fact(f"one source for both compilers {switches}", BRANCH, *switches)
    expect("the same type in both", re.findall(r"^type \d+ (\w+) (\w+)", result["tlb"], re.M) == wanted, result["tlb"])
fact("IDL: const-correct parameters", 'import "unknwn.idl";' + f"[{OBJECT % 1}] interface I : IUnknown {{ HRESULT Do([in, string] const wchar_t *s); }}",
     h="const WCHAR *s")
fact("IDL: code inserted into the header", 'cpp_quote("#define INSERTED 1")', h="#define INSERTED 1")
sys.exit(facts.end())
