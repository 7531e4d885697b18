"""The language, construct by construct: what each becomes in the header, the model, the proxies or the type library.

language.py MIDL IDL DCOM
"""
import re
import sys

from facts import Facts

facts = Facts(sys.argv[1], sys.argv[2], sys.argv[3])
fact, expect = facts.fact, facts.expect


def interface(methods: str, attributes: str = "", before: str = "") -> str:
    return (f'import "oaidl.idl";\n{before}\n[object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA), pointer_default(unique){attributes}]\n'
            f'interface IFoo : IUnknown {{\n{methods}\n}}\n')


def raw(methods: str, attributes: str = "", before: str = "") -> str:
    return f"{before}\n[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA), version(1.0){attributes}] interface Raw {{\n{methods}\n}}\n"


def library(body: str, attributes: str = "") -> str:
    return (f'import "oaidl.idl";\n[uuid(00000005-1996-11d0-a001-00aa00000001), version(2.5){attributes}] library L {{\nimportlib("stdole2.tlb");\n'
            f"{body}\n}};\n")


def constant(name: str, declaration: str, value: str) -> None:
    fact("constant: " + name, f"const {declaration};", h=f"#define X {value}")


# --- Preprocessor, imports, quoted text ---
fact("macros", "#define N 3\n#if N > 2\ntypedef long T[N];\n#endif", h="typedef LONG T[3]")
fact("line numbers outlive #include", '#include "b.h"\ntypedef nothing T;', files={"b.h": "typedef long A;\n\n\ntypedef long B;\n"}, status=1,
     says="a.idl:2:9: error MIDL3001")
fact("places inside of what is included", '#include "b.h"\n', files={"b.h": "\n\ntypedef nothing T;\n"}, status=1, says="b.h:3:9: error MIDL3001")
fact("import gives types and an include", 'import "b.idl"; typedef T U;', files={"b.idl": "typedef long T;"}, h=['#include "b.h"', "typedef T U;", "!typedef LONG T"])
fact("include of a header in MIDL's way", 'include "b.h"; typedef T U;', files={"b.h": "typedef long T;"}, h="typedef T U;")
fact("two files in one import", 'import "b.idl", "c.idl"; typedef T U; typedef V W;', files={"b.idl": "typedef long T;", "c.idl": "typedef long V;"}, h='#include "c.h"')
fact("cpp_quote", 'cpp_quote("#define A \\"x\\" \\\\")', h='#define A "x" \\')
fact("midl_echo", '#pragma midl_echo("#define A 1")', h="#define A 1")
fact("midl_pragma silences", "midl_pragma warning(disable: 3011)\n" + interface("HRESULT F(long a);"), says="!MIDL3011")
fact("without midl_pragma", interface("HRESULT F(long a);"), says="MIDL3011")
fact("#pragma pack", "#pragma pack(push, 1)\ntypedef struct S { byte a; long b; } S;\n#pragma pack(pop)\ntypedef struct T { byte a; long b; } T;",
     h=["sizeof(S) == 5", "sizeof(T) == 8"])
fact("packing by quoted headers, where 64-bit machines have it",
     'cpp_quote("#ifdef _WIN64")\ncpp_quote("#include <pshpack8.h>")\ncpp_quote("#else")\ncpp_quote("#include <pshpack2.h>")\ncpp_quote("#endif")\n'
     'typedef struct S { long a; hyper b; } S;\ncpp_quote("#include <poppack.h>")', h="sizeof(S) == 16")

# --- Windows Runtime ---
def runtime(body: str) -> str:
    return ("#pragma winrt ns_prefix\n[object, local, uuid(00000000-0000-0000-C000-000000000046)] interface IUnknown {}\n"
            "[object, local, uuid(af86e2e0-b12d-4c6a-9c5a-d7aa65101e90)] interface IInspectable : IUnknown {}\n"
            "typedef long HRESULT; typedef struct H { int unused; } *HSTRING; typedef int INT32;\nnamespace A.B {\n" + body + "\n}\n")


ID = "uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)"
fact("an interface of a namespace", runtime(f"[{ID}] interface IFoo : IInspectable {{ HRESULT F([in] IFoo *other, [in] A.B.IFoo *another); }}"), "-winrt",
     h=["#define __x_ABI_CA_CB_CIFoo ABI::A::B::IFoo", "IFoo : public IInspectable", "__x_ABI_CA_CB_CIFoo *another", "EXTERN_C const IID IID___x_ABI_CA_CB_CIFoo;"])
plain = runtime(f"[{ID}] interface IFoo : IInspectable {{}}").replace("#pragma winrt ns_prefix", "")
fact("without the prefix", plain, "-winrt", h=["#define __x_CA_CB_CIFoo A::B::IFoo", "!ABI::A"])
fact("the prefix by switch, and widl's spelling of the other", plain, "--winrt", "-ns_prefix", h="#define __x_ABI_CA_CB_CIFoo ABI::A::B::IFoo")
fact("properties and events", runtime(f"[{ID}] interface IFoo : IInspectable {{ [propget] HRESULT P([out, retval] INT32 *v); [propput] HRESULT P([in] INT32 v); "
     "[eventadd] HRESULT E([in] IFoo *h); [eventremove] HRESULT E([in] INT32 c); }"), "-winrt",
     h=["STDMETHODCALLTYPE get_P(", "STDMETHODCALLTYPE put_P(", "STDMETHODCALLTYPE add_E(", "STDMETHODCALLTYPE remove_E("])
fact("values of an enum of a namespace", runtime("enum Colour { Red = 1, Blue = 1 + Red }; [flags] enum Flags { All = 0x80000000 };"), "-winrt",
     h=["enum Colour : int", "Colour_Blue = 2", "enum Flags : unsigned int", "enum __x_ABI_CA_CB_CColour"])
fact("a structure of a namespace", runtime("struct Point { INT32 X; INT32 Y; };"), "-winrt", h=["struct Point", "sizeof(struct __x_ABI_CA_CB_CPoint) == 8"])
holder = fact("structures of a namespace in any order", runtime("struct Outer { Inner inner; Kind kind; }; struct Inner { INT32 X; }; enum Kind { One };"),
              "-winrt", h="sizeof(struct __x_ABI_CA_CB_COuter) == 8")
expect("what a structure holds comes first in the header", holder["h"].find("struct __x_ABI_CA_CB_CInner\n{") < holder["h"].find("struct __x_ABI_CA_CB_COuter\n{"),
       holder["h"])
fact("a class is passed by its default interface", runtime(f"[{ID}] interface IFoo : IInspectable {{ HRESULT F([in] Foo *foo); }} "
     "[version(1.0)] runtimeclass Foo { interface A.B.IBar; [default] interface IFoo; } "
     "[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA)] interface IBar : IInspectable {}"), "-winrt",
     h=["__x_ABI_CA_CB_CIFoo *foo", "RuntimeClass_A_B_Foo[] = {'A', '.', 'B'", "class Foo;"])
fact("a delegate", runtime(f"[{ID}] delegate HRESULT Done([in] INT32 how);"), "-winrt", h=["IDone : public IUnknown", "STDMETHODCALLTYPE Invoke("])
fact("a contract", runtime("[contractversion(4)] apicontract C {}; [contract(A.B.C, 1.2)] enum E { X };"), "-winrt",
     h=["#define A_B_C_VERSION 0x40000", "#if A_B_C_VERSION >= 0x10002"])
# Identities that everybody knows: IVectorView<String>, IMap-like pairs of it, IReference<Int32>.
fact("the identity of an instance", runtime("[uuid(bbe1fa4c-b0e3-4583-baef-1f1b2e483e56)] interface IVectorView<T> : IInspectable { HRESULT GetAt([out, retval] T *v); } "
     "declare { interface A.B.IVectorView<HSTRING>; }"), "-winrt",
     h=['MIDL_INTERFACE("2F13C006-A03A-5F69-B090-75A43E33423E")', "IVectorView<HSTRING> : public IVectorView_impl<HSTRING>", "HSTRING *v",
        "struct __FIVectorView_1_HSTRING"])
fact("the identity of an instance with a number", runtime("[uuid(61c17706-2d65-11e0-9ae8-d48564015472)] interface IReference<T> : IInspectable {} "
     "declare { interface IReference<INT32>; }"), "-winrt", h='MIDL_INTERFACE("548CEFBD-BC8A-5FA0-8DF2-957440FC8BF4")')
fact("two closing angles at once", runtime(f"[{ID}] interface I<T> : IInspectable {{}} declare {{ interface I<I<HSTRING>>; }}"), "-winrt",
     h="__FI_1___FI_1_HSTRING")
VECTOR = ("[uuid(913337e9-11a1-4345-a3a2-4e7f956e222d)] interface IVector<T> : IInspectable { HRESULT GetMany([in] INT32 n, [out] T *items, [out, retval] INT32 *actual); "
          "HRESULT ReplaceAll([in] INT32 count, [in] T *items); } ")
fact("interfaces, delegates and instances have proxies", runtime(VECTOR + f"declare {{ interface A.B.IVector<IFoo *>; }} [{ID}] interface IFoo : IInspectable {{ HRESULT F([in] Done *d); }} "
     "[uuid(6B29FC41-CA47-1067-B31D-00DD010662DA)] delegate HRESULT Done([in] INT32 how);"), "-winrt",
     p=["class __x_ABI_CA_CB_CIFoo_Proxy", "class __x_ABI_CA_CB_CIDone_Proxy", "class __FIVector_1_A__CB__CIFoo_Proxy", "&IID___FIVector_1_A__CB__CIFoo, "])
fact("arrays of Windows' own collections are sent whole, said or not", runtime(VECTOR + "declare { interface A.B.IVector<INT32>; }"), "-winrt",
     p=["odc::ndr::varying(in, ", "extent(out, count)"])
fact("enums of a namespace have 32 bits on the wire", runtime(f"enum E {{ X }}; [{ID}] interface IFoo : IInspectable {{ HRESULT F([in] E e); }}"), "-winrt",
     p=["out.i32(e)", "!enum16"])
fact("a pattern has no proxy", runtime(f"[{ID}] interface IBox<T> : IInspectable {{ HRESULT F([in] T t); }}"), "-winrt", h="IBox_impl")
fact("words of the Windows Runtime are names without the switch", "typedef long namespace; typedef namespace runtimeclass; typedef runtimeclass delegate;",
     h="typedef runtimeclass delegate;")
fact("attributes of the Windows Runtime are unknown without the switch", "[overload(1)] typedef long T;", status=1, says="MIDL2006")

# --- Names ---
fact("wchar_t as a typedef is what it is without", interface("HRESULT F([in, string] const wchar_t *a);", before="typedef unsigned short wchar_t; typedef wchar_t *PW;"),
     h=["!USHORT wchar_t", "typedef WCHAR *PW;", "const WCHAR *a"])
fact("a structure that only a pointer's typedef names gets a tag", interface("HRESULT F([in] P p, [out] P q);", before="typedef struct { long a; } *P;"),
     h="typedef struct __MIDL_P", p="struct __MIDL_P q{};")
fact("a structure with a name behind a pointer's typedef", interface("HRESULT F([out] P p);", before="typedef struct { long a; wchar_t b; } S, *P;"), h=["} S;", "!__MIDL_"], p="S p{};")
fact("structures inside of others need no tag", interface("HRESULT F([in] S *s);", before="typedef struct { struct { long a; [string] char *t; } inner; enum { X } kind; } S;"),
     p=["ndr_write_flat(odc::ndr::Writer& out, const decltype(S::inner)& v)", "static_cast<decltype(S::kind)>"])

# --- Constants ---
constant("sum and product", "long X = 1 + 2 * 3", "( 7 )")
constant("parentheses and shift", "long X = (1 + 2) << 4", "( 48 )")
constant("bits", "long X = ~0 ^ 0xF0 & 0x3C | 1", "( -49 )")
constant("comparison and logic", "long X = 3 > 2 && !0 || 0", "( 1 )")
constant("equality", "long X = (3 != 4) + (3 == 3) + (3 <= 3) + (4 >= 5)", "( 3 )")
constant("choice", "long X = 3 > 4 ? 10 : 20", "( 20 )")
constant("quotient and rest", "long X = 17 % 5 - 7 / 2", "( -1 )")
constant("octal stays as written", "long X = 0755", "( 0755 )")
constant("hexadecimal with suffix", "unsigned long X = 0xFFFFFFFFUL", "( 0xFFFFFFFF")
constant("hyper", "hyper X = 0x123456789A", "( 0x123456789A )")
constant("cast", "short X = (short)0x12345", "( 9029 )")
constant("sizeof", "long X = sizeof(hyper) * 2", "( 16 )")
constant("character", "char X = 'a'", "( 'a' )")
constant("escape", "char X = '\\n'", "( '\\n' )")
constant("wide character", "wchar_t X = L'x'", "( L'x' )")
constant("text", 'char *X = "a\\"b"', '"a\\"b"')
constant("wide text in pieces", 'wchar_t *X = L"wi" L"de"', 'OLESTR("wide")')
constant("boolean", "boolean X = TRUE", "( TRUE )")
fact("constants in constants and bounds", "const long A = 4; const long B = A * 2; typedef long T[B + 1];", h="typedef LONG T[9]")
fact("constants in enums, and enumerators in constants", "const long A = 4; typedef enum E { x = A, y, z = y * 2, w = -1 } E; const long B = z;",
     h=["y = 5", "z = 10", "w = -1", "#define B ( 10 )"])
fact("division by zero", "const long A = 1 / (2 - 2);", status=1, says="MIDL3005")
fact("no constant", "typedef long T[n];", status=1, says="MIDL3004")

# --- Base types ---
BASE = {"hyper": "hyper", "unsigned hyper": "MIDL_uhyper", "__int64": "hyper", "unsigned __int64": "MIDL_uhyper", "__int3264": "INT_PTR",
        "unsigned __int3264": "UINT_PTR", "long": "LONG", "unsigned long int": "ULONG", "__int32": "LONG", "int": "int", "unsigned": "unsigned int",
        "short": "SHORT", "unsigned short": "USHORT", "__int16": "SHORT", "small": "signed char", "unsigned small": "unsigned char", "__int8": "signed char",
        "char": "unsigned char", "signed char": "signed char", "unsigned char": "unsigned char", "wchar_t": "WCHAR", "byte": "byte",
        "boolean": "boolean", "float": "float", "double": "double", "error_status_t": "error_status_t", "handle_t": "handle_t", "void *": "void *"}
for idl, c in BASE.items():
    fact("base type " + idl, f"typedef {idl} T;", h=f"typedef {c} T;" if c[-1] != "*" else f"typedef {c}T;")
fact("int3264 has 32 bits on NDR 2.0's wire", interface("HRESULT F([in] __int3264 a);"), p="out.int3264(")
fact("wchar_t has two bytes, whatever the machine's has", "typedef struct S { wchar_t a[3]; byte b; } S;", h=["WCHAR a[3]", "sizeof(S) == 8"])

# --- Enums, structures, unions ---
fact("an enum has 16 bits on the wire", interface("HRESULT F([in] E e);", before="typedef enum E { a } E;"), p="out.enum16(")
fact("v1_enum has 32", interface("HRESULT F([in] E e);", before="typedef [v1_enum] enum E { a } E;"), p=["!out.enum16(", "out.i32("])
fact("enumerator above 2^31", "typedef enum E { a = 0x80000000 } E;", h="a = (int)0x80000000")
fact("bit fields", "typedef struct S { unsigned long a : 3; unsigned long b : 5; } S;", h=["ULONG a : 3;", "!MIDL_LAYOUT(sizeof(S)"])
fact("encapsulated union", "typedef union switch (long tag) arms { case 1: long l; case 2: case 3: float f; default: ; } U;",
     h=["LONG tag;", "} arms;", "} U;"], model=['"cases": [2, 3]', '"default": true', '"encapsulated union"'])
fact("encapsulated union without a name for the arms", "typedef union _U switch (short t) { case 1: long l; } U;", h="} tagged_union;")
fact("union with switch_type", "typedef [switch_type(short)] union V { [case(1, 2)] long l; [case(3)] ; [default] double d; } V;" +
     "typedef struct S { short t; [switch_is(t)] V v; } S;", h="sizeof(V) == 8", model=['"switch_type"', '"cases": [1, 2]'])
fact("structure in a structure, declared there", "typedef struct S { struct { long a; } in; union { long b; hyper c; } u; } S;", h="sizeof(S) == 16")
fact("one body, several names", "typedef struct S { long a; } S, *PS, SS[4];", h=["} S;", "typedef struct S *PS;", "typedef struct S SS[4];"])
fact("conformant structure", interface("HRESULT F([in] S *s);", before="typedef struct S { long n; [size_is(n)] long a[]; } S;"), h="LONG a[1];", p="conformance")

# --- Arrays and pointers ---
fact("fixed array", interface("HRESULT F([in] long a[2][3]);"), h="LONG a[2][3]")
fact("size_is", interface("HRESULT F([in] long n, [in, size_is(n)] long a[]);"), p="out.count(")
fact("size_is with an expression", interface("HRESULT F([in] long n, [in, size_is(2 * n + 1)] long *a);"), p="2 * ")
fact("size_is over a dereference", interface("HRESULT F([in, out] long *n, [in, out, size_is(*n)] long *a);"), p="*n")
fact("size_is over a field", "typedef struct S { unsigned short n; [size_is(n + 1), unique] long *a; } S;", h="LONG *a;", model='"n+1"')
fact("max_is is one less", interface("HRESULT F([in] long n, [in, max_is(n)] long *a);"), p="one_more(n)")
fact("length_is", interface("HRESULT F([in] long n, [in] long m, [in, size_is(n), length_is(m)] long *a);"), p="odc::ndr::within(out, m, a_size)")
fact("first_is and last_is", interface("HRESULT F([in] long n, [in] long f, [in] long l, [in, size_is(n), first_is(f), last_is(l)] long *a);"), p="odc::ndr::within(")
fact("size_is with a gap", interface("HRESULT F([in] long n, [in, size_is(, n)] long **a);"), h="[in, size_is(, n)] */ LONG **a")
# Of several dimensions the first can be open, in each form that C has a type for; the rest are bounds, or pointers.
for form, c in (("size_is(m)] short a[][3]", "SHORT a[][3]"), ("size_is(m)] short a[][3][2]", "SHORT a[][3][2]"), ("size_is(m)] short a[*][3]", "SHORT a[][3]"),
                ("size_is(m), length_is(n)] short a[][3]", "SHORT a[][3]"), ("size_is(m)] short (*a)[3]", "SHORT (*a)[3]"),
                ("size_is(m)] ROW *a", "ROW *a"), ("size_is(m, n)] short **a", "SHORT **a"), ("size_is(, n)] short **a", "SHORT **a"),
                ("size_is(m, )] short **a", "SHORT **a"), ("size_is(m, n), length_is(m, n)] short **a", "SHORT **a"), ("max_is(m, n)] short **a", "SHORT **a"),
                ("size_is(m, n)] short *a[]", "SHORT *a[]"), ("size_is(, n)] short *a[4]", "SHORT *a[4]"), ("size_is(2, m, n)] short ***a", "SHORT ***a"),
                ("string, size_is(m)] wchar_t a[][16]", "WCHAR a[][16]"), ("string, size_is(m, )] wchar_t **a", "WCHAR **a")):
    fact("several dimensions: " + form, interface(f"HRESULT F([in] short m, [in] short n, [in, {form}); HRESULT G([in] short m, [in] short n, [in, out, {form});",
                                                  before="typedef short ROW[3];"), h=c, p="class IFoo_Proxy")
for form in ("size_is(, *m)] short **a", "size_is(, *m, *n)] short ***a"):
    fact("dimensions that come back: " + form, interface(f"HRESULT F([out] long *m, [out] long *n, [out, {form});"), p="class IFoo_Proxy")
    fact("dimensions that change: " + form, interface(f"HRESULT F([in, out] long *m, [in, out] long *n, [in, out, {form});"), p="class IFoo_Proxy")
for form in ("short a[][]", "short a[2][]", "short *a[][]"):
    fact("no C type: " + form, interface(f"HRESULT F([in] short m, [in] short n, [in, size_is(m, n)] {form});"), status=1, says="MIDL4018")
fact("DCE's bounds", raw("void F([in] long n, [in, size_is(n)] long a[0..*]);"), h="LONG")
fact("string", interface("HRESULT F([in, string] const wchar_t *s, [in, string] char *t, [in, string] wchar_t u[16]);"), p="out.string(s)")
fact("pointer_default", 'import "unknwn.idl"; [object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA), pointer_default(ptr)] interface I : IUnknown '
     "{ HRESULT F([in] struct S **s); } typedef struct S { long a; } S;", p="full")
fact("a parameter's own pointer is ref", interface("HRESULT F([in] long *a);"), p="out.ref(a)")
fact("unique", interface("HRESULT F([in, unique] long *a);"), p="out.unique(a)")
fact("__ptr64, __ptr32, FAR", interface("HRESULT F([in] long * __ptr64 a, [in] long FAR *b);"), h=["LONG *a", "LONG *b"])
fact("iid_is", interface("HRESULT F([in] REFIID riid, [out, iid_is(riid)] void **p);"), p="interface_pointer(")
fact("function pointer in a local interface", "[local, uuid(6B29FC41-CA47-1067-B31D-00DD010662DA)] interface L { typedef long (__stdcall *PF)(long a); }",
     h="typedef LONG (__stdcall *PF)(LONG a);")
fact("range is checked by the stub", interface("HRESULT F([in, range(1, 10)] long a);"), p="range")
for name in ("in_line", "out_of_line"):
    fact(name, f"typedef [{name}] struct S {{ long a; }} S;" + raw("void F([in] S *s);"), c="ndr_write")
fact("transmit_as", raw("void F([in] T t);", before="typedef struct X { long a; } X; typedef [transmit_as(X)] struct T { long b; } T;"), c="T_to_xmit")
fact("wire_marshal", interface("HRESULT F([in] T t);", before="typedef struct X { long a; } X; typedef [wire_marshal(X)] struct T { long b; } T;"), p="T_wire")
fact("represent_as", raw("void F([in] T t);", before="typedef long T;"), files={"a.acf": "interface Raw { typedef [represent_as(Local)] T; }"}, h="T_from_local")
fact("user_marshal", raw("void F([in] T t);", before="typedef struct T { long a; } T;"), files={"a.acf": "interface Raw { typedef [user_marshal(Local)] T; }"}, c="wire")
fact("call_as", interface("[local] HRESULT F([in] void *p); [call_as(F)] HRESULT RemoteF([in] long n);"),
     h=["IFoo_RemoteF_Proxy(", "IFoo_F_Proxy(", "IFoo_F_Stub("])
fact("local suppresses proxies", interface("HRESULT F([in] void *p);", ", local"), p="!class IFoo_Proxy", h="IFoo : public IUnknown")
fact("context handle", raw("void F([in] H h, [out] H *o);", before="typedef [context_handle] void *H;"), s="ServedContext")
CONTEXT = "typedef [context_handle] void *H; typedef H TWO[2];"
for form in ("[in] H a[2]", "[in] TWO a", "[in, size_is(n)] H a[]", "[in, size_is(n), unique] H *a", "[in, out] H a[2][3]", "[in, out, size_is(n)] H a[][3]", "[out] TWO *a",
             "[in, size_is(n), context_handle_noserialize] H *a", "[in, context_handle] void *a[2]", "[in, size_is(n), context_handle] void **a"):
    fact("array of context handles: " + form, raw(f"void F([in] long n, {form});", before=CONTEXT), c="auto* const a_handles = ", s="odc::rpc::ServedContexts a_contexts(")
fact("arrays of context handles bind nothing", raw("void F([in] long n, [in, size_is(n)] H *a); void G([in] H a[2]); void H2([in] H a[2], [in] H b);", ", explicit_handle", CONTEXT),
     h=["F(handle_t IDL_handle, LONG n, H *a)", "G(handle_t IDL_handle, H a[2])", "H2(H a[2], H b)"], c="odc::rpc::binding_of_context(b)")
fact("pipe", raw("void F([in] P p);", before="typedef pipe long P;"), h=["(*pull)(", "(*push)("])
fact("byte_count: nothing is allocated by the client", raw("void F([in] long room, [out] S *s);", before="typedef struct S { [unique] long *p; } S;"),
     files={"a.acf": "interface Raw { F([byte_count(room)] s); }"}, c="const odc::ndr::CallersBlock block(in, s, 1, room);", s="!room;")
fact("byte_count of an array", interface("HRESULT F([in] long n, [in] long room, [out, size_is(n), byte_count(room)] S *s);", before="typedef struct S { [unique] long *p; } S;"),
     p=["odc::ndr::fits_block(out, s, s_room, room);", "const odc::ndr::CallersBlock block(in, s, s_room, room);"])
fact("callback", raw("[callback] void F();"), h=["Raw_callback_server", "Raw_callback_client"])
fact("async_uuid", interface("HRESULT F([in] long a, [out] long *b);", ", async_uuid(6B29FC42-CA47-1067-B31D-00DD010662DA)"), h=["Begin_F", "Finish_F"])
ASYNC = ", async_uuid(6B29FC42-CA47-1067-B31D-00DD010662DA)"
fact("call object of async_uuid", interface("HRESULT F([in] long a, [in, out] long *b, [out] long *c);", ASYNC),
     p=["class AsyncIFoo_Call final : public odc::com::AsyncCall<AsyncIFoo>",
        "Begin_F(LONG a, LONG *b) override { odc::com::BeginCall call(*this, 3); if (const HRESULT begun = call.begin(); FAILED(begun)) return begun;",
        "if (!out.ref(b)) return out.error(); out.i32(a); out.i32(*b); return call.send(); }",
        "Finish_F(LONG *b, LONG *c) override { odc::com::FinishCall call(*this, 3);", "if (!call.ref(b) || !call.ref(c)) return call.error();",
        "*b = in.i32(); *c = in.i32(); const HRESULT result = call.finish(in.i32());",
        "&IID_AsyncIFoo, odc::com::create_call<AsyncIFoo_Call>", "served.Begin_F(a, &b)", "served.Finish_F(&b, &c)"])
fact("no call object without async_uuid", interface("HRESULT F([in] long a);"), p=["!async_call.h", "!invoke_either", "!_Call"])
fact("what Finish_ needs of Begin_ is kept", interface("HRESULT F([in] long n, [in] REFIID riid, [out, size_is(n)] long *v, [out, iid_is(riid)] void **o);", ASYNC),
     p=["kept_F_.n = n; kept_F_.riid = riid; kept_F_.v_room = v_room; return call.send();", "const LONG n = kept_F_.n;", "void discard("])
fact("names of the call object's own", interface("HRESULT F([in] long served, [in] long received, [out, size_is(received)] IUnknown **opnum);", ASYNC),
     p=["served.Begin_F(served_, received_)", "const LONG received_ = kept_F_.received_;", "odc::ndr::TaskDisposer received;"])
fact("async_uuid of a base", interface("HRESULT F();", ASYNC) + "[object, uuid(6B29FC43-CA47-1067-B31D-00DD010662DA), async_uuid(6B29FC44-CA47-1067-B31D-00DD010662DA)]"
     " interface IMore : IFoo { HRESULT G(); }", h="AsyncIMore : public AsyncIFoo", p="iid == IID_AsyncIMore || iid == IID_AsyncIFoo ? static_cast<AsyncIMore*>(this)")
fact("async_uuid of properties", interface("[propget] HRESULT N([out, retval] long *n);", ASYNC), h=["Begin_get_N(", "Finish_get_N("])
fact("async_uuid of [local] methods", interface("[local] HRESULT F([in] void *p);", ASYNC), p=["Begin_F(void *p) override { (void)p; return E_NOTIMPL; }", "!invoke_either"])
fact("async_uuid of methods with call_as", interface("[local] HRESULT F([in] void *p); [call_as(F)] HRESULT RemoteF([in] long n);", ASYNC),
     h=["AsyncIFoo_Begin_F_Proxy(", "AsyncIFoo_Begin_RemoteF_Proxy("], p="return AsyncIFoo_Begin_F_Proxy(this, p);")
fact("explicit handle", raw("void F([in] handle_t h, [in] long a);"), c="Raw_client")
fact("implicit and auto handles", raw("void F([in] long a);"), files={"a.acf": "[implicit_handle(handle_t h)] interface Raw {}"}, h="handle_t h;")
fact("auto_handle in the IDL file", raw("void F([in] long a);", ", auto_handle"), h="F(")
fact("declspec", "typedef __declspec(align(8)) struct S { long a; } S; typedef declspec(novtable) long T;", h="typedef LONG T")
fact("methods with conventions", interface("HRESULT __stdcall F([in] long a);"), h="STDMETHODCALLTYPE F(")
fact("words of C++ as parameters", interface("HRESULT F([in] long class, [in, size_is(class)] long *template);"),
     h=["LONG class_", "LONG *template_"], p="class_")
fact("a base behind what derives from it", 'import "unknwn.idl"; interface IB; [object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)] interface ID : IB '
     "{ HRESULT D(); } [object, uuid(6B29FC41-CA47-1067-B31D-00DD010662DA)] interface IB : IUnknown { HRESULT B(); }",
     model='"name": "D", "opnum": 4')

# --- Headers ---
HEADER = interface("/** Doubles. */ HRESULT F([in] long a);", before="/** A pair. */ typedef struct S { /// The first.\n long a; } S;")
fact("doc comments", HEADER, h=["/** A pair. */", "/// The first.", "/** Doubles. */ virtual HRESULT"])
fact("shape for C++", HEADER, h=["typedef struct IFoo IFoo;", 'MIDL_INTERFACE("6B29FC40-CA47-1067-B31D-00DD010662DA") IFoo : public IUnknown',
                                 "ODC_DECLARE_UUID(IFoo, 0x6B29FC40"])
fact("shape for C", HEADER, h=["typedef struct IFooVtbl", "HRESULT (STDMETHODCALLTYPE *F)( IFoo *This,", "#ifdef COBJMACROS",
                               "#define IFoo_F(This,a) ((This)->lpVtbl->F(This,a))", "#define IFoo_Release(This)"])
fact("layout assertions", HEADER, h="MIDL_LAYOUT(sizeof(S) == 4 && offsetof(S, a) == 0);")
fact("C linkage around quoted code", HEADER, h='extern "C" {')
result = fact("the same input gives the same bytes", HEADER)
expect("the same bytes again", facts.made(HEADER) == result)

# --- Automation ---
DUAL = ("[uuid(00000006-1996-11d0-a001-00aa00000001), dual, oleautomation{0}] interface IDual : IDispatch {{ {1} }}")


def dual(methods: str, attributes: str = "") -> str:
    return library(DUAL.format(attributes, methods))


fact("propget, propput, propputref", dual("[id(1), propget] HRESULT N([out, retval] BSTR *v); [id(1), propput] HRESULT N([in] BSTR v);"
                                          "[id(2), propputref] HRESULT O([in] IDispatch *v);"),
     h=["get_N(", "put_N(", "putref_O("], tlb=["N id 00000001 purevirtual propget", "N id 00000001 purevirtual propput", "O id 00000002 purevirtual propputref"])
fact("id, retval", dual("[id(7)] HRESULT F([in] long a, [out, retval] long *b);"), tlb=["F id 00000007", "parameter b flags a ptr I4"])
fact("optional, defaultvalue, lcid", dual("[id(1)] HRESULT F([in, defaultvalue(5)] long c, [in, defaultvalue(\"x\")] BSTR d, [in, lcid] long loc, [in, optional] VARIANT v);"),
     tlb=["I4 = I4 5", 'BSTR = BSTR "x"', "parameter loc flags 5", "parameter v flags 11 VARIANT"])
fact("vararg", dual("[id(1), vararg] HRESULT F([in] SAFEARRAY(VARIANT) v);"), tlb=["optional -1", "safearray VARIANT"], h="SAFEARRAY *v")
fact("flags of members", dual("[id(1), hidden, restricted, source, uidefault, nonbrowsable, replaceable, immediatebind, defaultcollelem] HRESULT F();"),
     tlb="flags 1f43")
fact("bindable and friends", dual("[id(1), propget, bindable, requestedit, displaybind, defaultbind] HRESULT F([out, retval] long *a);"), tlb="flags 003c")
fact("dual, oleautomation, nonextensible, hidden, restricted", dual("[id(1)] HRESULT F();", ", nonextensible, hidden, restricted"), tlb="flags 13d0")
fact("helpstring, helpcontext", dual("[id(1), helpstring(\"says\"), helpcontext(9)] HRESULT F();", ', helpstring("ifc")'),
     tlb=['helpstring "says"', "helpcontext 0x9", 'helpstring "ifc"'])
fact("of the library", library("typedef [public] long T;", ', lcid(0x409), helpstring("lib"), helpfile("x.hlp"), helpcontext(7), hidden, restricted, control'),
     tlb=["2.5 lcid 0409", "flags 0007", 'helpstring "lib"', 'helpfile "x.hlp"', "helpcontext 0x7"])
fact("custom", library('typedef [public, custom(11110000-1996-11d0-a001-00aa00000001, "v")] long T;'), tlb='custom {11110000-1996-11D0-A001-00AA00000001} BSTR "v"')
fact("dispinterface with properties and methods",
     library("[uuid(00000007-1996-11d0-a001-00aa00000001)] dispinterface D { properties: [id(1), readonly] long Count; [id(2)] BSTR Title; methods: [id(3)] long Do(long a); };"),
     tlb=["type 0 dispatch D", "Count id 00000001 dispatch flags 0001 I4", "Do id 00000003 dispatch"], h=["D : public IDispatch", "DIID_D"])
fact("dispinterface of an interface", library(DUAL.format("", "[id(1)] HRESULT F();") +
     "[uuid(00000008-1996-11d0-a001-00aa00000001)] dispinterface W { interface IDual; };"), tlb=["dispatch W", "implements IDual"])
fact("coclass", library(DUAL.format("", "[id(1)] HRESULT F();") + "[uuid(00000009-1996-11d0-a001-00aa00000001), appobject, licensed, noncreatable, aggregatable, control]"
     "coclass Cls { [default] interface IDual; [source, defaultvtable, restricted] interface IDual; };"),
     tlb=["coclass Cls {00000009-1996-11D0-A001-00AA00000001} 0.0 flags 0425", "implements IDual flags 1", "implements IDual flags e"],
     h=["CLSID_Cls", 'class DECLSPEC_UUID("00000009-1996-11D0-A001-00AA00000001") Cls;'], i="CLSID_Cls")
fact("odl", library("[odl, uuid(00000007-1996-11d0-a001-00aa00000001)] interface IOdl : IUnknown { HRESULT Do(); };"), tlb="interface IOdl")
fact("module", library('[dllname("d.dll")] module M { const long K = 3; [entry("Fn")] long __stdcall Fn([in] long a); [entry(12)] long __stdcall Fo(void); };'),
     tlb=['dll "d.dll"', 'entry "Fn"', "entry 12", "const flags 0000 I4 = I4 3"], h=["#define K ( 3 )", "EXTERN_C LONG __stdcall Fn("])
fact("enumerators with attributes", library('typedef [uuid(0000000c-1996-11d0-a001-00aa00000001), version(1.0)] enum E { [helpstring("one")] a = 1, [hidden] b } E;'),
     tlb=['helpstring "one"', "flags 0040 INT = I4 2"])

# --- Attributes nobody knows ---
for wrong, right in (("sizeis", "size_is"), ("uniqe", "unique"), ("strng", "string"), ("iidis", "iid_is"), ("lenght_is", "length_is")):
    fact("did you mean " + right, interface(f"HRESULT F([in, {wrong}(n)] long *a);".replace("(n)", "" if right in ("unique", "string") else "(n)")), status=1,
         says=f"MIDL2006: unknown attribute {wrong}; did you mean {right}?")
fact("far from everything", interface("HRESULT F([in, quite_another_thing] long *a);"), status=1, says=["MIDL2006: unknown attribute quite_another_thing", "!did you mean"])
fact("known, in the wrong place", interface("[size_is(3)] HRESULT F([in, appobject] long a);"), status=1, says="MIDL3006")

# --- Names that are missing, or that no C compiler takes ---
for what, text in (("a constant", "const long = 3;"), ("a typedef", "typedef long;"), ("an arm", "typedef union U { [case(1)] long; } U;"),
                   ("a bounded arm", "typedef union U { long *[1]; } U;"), ("a tag", "typedef union switch (long) u { case 1: long a; } U;"),
                   ("a method", interface("HRESULT ([in] long a);")), ("a property", library("[uuid(00000007-1996-11d0-a001-00aa00000001)] dispinterface D { properties: [id(1)] long; methods: };"))):
    fact("no name for " + what, text, status=1, says="MIDL2001: a name expected")
fact("a word of C is no name", "typedef struct S { long struct; } S;", status=1, says="MIDL2001: a name expected, found 'struct'")
fact("words of C++ are names", "typedef struct S { long class; } S;", h="LONG class;")

# --- All independent errors in one run ---
MANY = """import "unknwn.idl";
typedef nothing A;
const long B = 1 / 0;
[object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)] interface IOne : IUnknown { HRESULT F([in, sizeis(3)] long *a); HRESULT G([out] long a); }
[object] interface ITwo : IUnknown { HRESULT F(); }
typedef struct S { S s; } S;
[object, uuid(6B29FC40-CA47-1067-B31D-00DD010662DA)] interface IThree : IUnknown { void F(); }
typedef long T[-3];
"""
result = fact("all errors of a file in one run", MANY, status=1)
numbers = set(re.findall(r"error MIDL(\d+)", result["says"]))
wanted = {"3001", "3005", "2006", "3012", "3007", "3015", "3020", "3010", "3022"}
expect("all errors of a file in one run", numbers == wanted, f"missing {sorted(wanted - numbers)}, more {sorted(numbers - wanted)}\n{result['says']}")
SYNTAX = "typedef long A\ntypedef struct { long ; } B;\ntypedef long C;\nconst long D 3;\ntypedef nothing E;\n"
result = fact("several syntax errors in one run", SYNTAX, status=1)
expect("several syntax errors in one run", len(re.findall(r"error MIDL2001", result["says"])) >= 3, result["says"])
sys.exit(facts.end())
