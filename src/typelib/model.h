// A type library as data: everything that ITypeLib, ITypeInfo and ITypeLib2 can show of one, and nothing of how a file lays it out.
// Text is UTF-8. Names of enumerators are those of MS-OAUT 2.2 without their prefixes; numbers are the specification's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "opendcom/base/sdk_types.h"

namespace odc::typelib {

/// TYPEKIND (MS-OAUT 2.2.17).
enum class TypeKind : std::uint8_t { enumeration, record, module, interface, dispatch, coclass, alias, union_ };
/// SYSKIND: what the library was made for; decides the size of pointers in it.
enum class SysKind : std::uint8_t { win16, win32, mac, win64 };
/// FUNCKIND (MS-OAUT 2.2.12).
enum class FuncKind : std::uint8_t { virtual_, pure_virtual, nonvirtual, static_, dispatch };
/// VARKIND.
enum class VarKind : std::uint8_t { per_instance, static_, constant, dispatch };
/// CALLCONV (MS-OAUT 2.2.10).
enum class CallConv : std::uint8_t { fastcall, cdecl_, pascal, macpascal, stdcall, fpfastcall, syscall, mpwcdecl, mpwpascal };
/// INVOKEKIND (MS-OAUT 2.2.14).
enum InvokeKind : std::uint8_t { kInvokeFunc = 1, kInvokePropertyGet = 2, kInvokePropertyPut = 4, kInvokePropertyPutRef = 8 };

// The VARENUM values (MS-OAUT 2.2.7) that the format itself treats apart.
enum Vt : std::uint16_t {
    kVtEmpty = 0, kVtNull = 1, kVtI2 = 2, kVtI4 = 3, kVtR4 = 4, kVtR8 = 5, kVtCy = 6, kVtDate = 7, kVtBstr = 8, kVtDispatch = 9,
    kVtError = 10, kVtBool = 11, kVtVariant = 12, kVtUnknown = 13, kVtDecimal = 14, kVtI1 = 16, kVtUi1 = 17, kVtUi2 = 18, kVtUi4 = 19,
    kVtI8 = 20, kVtUi8 = 21, kVtInt = 22, kVtUint = 23, kVtVoid = 24, kVtHresult = 25, kVtPtr = 26, kVtSafeArray = 27, kVtCArray = 28,
    kVtUserDefined = 29, kVtLpstr = 30, kVtLpwstr = 31, kVtIntPtr = 37, kVtUintPtr = 38
};

// TYPEFLAGS, FUNCFLAGS, VARFLAGS, PARAMFLAGS, IMPLTYPEFLAGS, LIBFLAGS (MS-OAUT 2.2.9, 2.2.13, 2.2.16, 2.2.18).
enum TypeFlag : std::uint16_t {
    kTypeAppObject = 0x1, kTypeCanCreate = 0x2, kTypeLicensed = 0x4, kTypePredeclId = 0x8, kTypeHidden = 0x10, kTypeControl = 0x20,
    kTypeDual = 0x40, kTypeNonExtensible = 0x80, kTypeOleAutomation = 0x100, kTypeRestricted = 0x200, kTypeAggregatable = 0x400,
    kTypeReplaceable = 0x800, kTypeDispatchable = 0x1000, kTypeReverseBind = 0x2000, kTypeProxy = 0x4000
};
enum FuncFlag : std::uint16_t {
    kFuncRestricted = 0x1, kFuncSource = 0x2, kFuncBindable = 0x4, kFuncRequestEdit = 0x8, kFuncDisplayBind = 0x10, kFuncDefaultBind = 0x20,
    kFuncHidden = 0x40, kFuncUsesGetLastError = 0x80, kFuncDefaultCollElem = 0x100, kFuncUiDefault = 0x200, kFuncNonBrowsable = 0x400,
    kFuncReplaceable = 0x800, kFuncImmediateBind = 0x1000
};
enum VarFlag : std::uint16_t {
    kVarReadOnly = 0x1, kVarSource = 0x2, kVarBindable = 0x4, kVarRequestEdit = 0x8, kVarDisplayBind = 0x10, kVarDefaultBind = 0x20,
    kVarHidden = 0x40, kVarRestricted = 0x80, kVarDefaultCollElem = 0x100, kVarUiDefault = 0x200, kVarNonBrowsable = 0x400,
    kVarReplaceable = 0x800, kVarImmediateBind = 0x1000
};
enum ParamFlag : std::uint16_t {
    kParamIn = 0x1, kParamOut = 0x2, kParamLcid = 0x4, kParamRetval = 0x8, kParamOptional = 0x10, kParamHasDefault = 0x20,
    kParamHasCustom = 0x40
};
enum ImplFlag : std::uint16_t { kImplDefault = 0x1, kImplSource = 0x2, kImplRestricted = 0x4, kImplDefaultVtable = 0x8 };
enum LibFlag : std::uint16_t { kLibRestricted = 0x1, kLibControl = 0x2, kLibHidden = 0x4 };

/// A type of this library (index into Library::types) or of another one (index into Library::imports).
struct TypeRef {
    std::uint32_t index = 0;
    bool imported = false;
    bool operator==(const TypeRef&) const = default;
};

struct ArrayBound {
    std::uint32_t count = 0;
    std::int32_t lower = 0;
    bool operator==(const ArrayBound&) const = default;
};

/// TYPEDESC (MS-OAUT 2.2.37). `element` holds one type for kVtPtr, kVtSafeArray and kVtCArray, none otherwise.
struct TypeDesc {
    std::uint16_t vt = kVtVoid;
    std::vector<TypeDesc> element;
    TypeRef ref;                     ///< kVtUserDefined
    std::vector<ArrayBound> bounds;  ///< kVtCArray, outermost first
    static TypeDesc simple(std::uint16_t vt) { TypeDesc t; t.vt = vt; return t; }
    static TypeDesc user(TypeRef ref) { TypeDesc t; t.vt = kVtUserDefined; t.ref = ref; return t; }
    static TypeDesc of(std::uint16_t vt, TypeDesc element) { TypeDesc t; t.vt = vt; t.element.push_back(std::move(element)); return t; }
    bool operator==(const TypeDesc&) const = default;
};

/// A constant, a default value or a custom datum. `bits` is the value of every VARIANT type that fits eight bytes, as the VARIANT
/// holds it, sign-extended where the type is signed (a double is its IEEE form, VT_DECIMAL is not among them); `text` a BSTR's.
struct Value {
    std::uint16_t vt = kVtEmpty;
    std::uint64_t bits = 0;
    std::string text;
    bool operator==(const Value&) const = default;
};

struct CustomData {
    Guid id{};
    Value value;
};

/// What ITypeInfo2::GetDocumentation2 tells, for everything that can be documented.
struct Documentation {
    std::string helpstring;
    std::uint32_t helpcontext = 0;
    std::uint32_t helpstringcontext = 0;
};

struct Parameter {
    std::string name;  ///< "" for the value of a property's put function
    TypeDesc type;
    std::uint16_t flags = 0;
    std::optional<Value> default_value;
    std::vector<CustomData> custom;
};

struct Function {
    std::string name;
    std::int32_t memid = 0;
    TypeDesc result;
    std::vector<Parameter> parameters;
    std::uint16_t flags = 0;
    FuncKind kind = FuncKind::pure_virtual;
    std::uint8_t invoke = kInvokeFunc;
    CallConv convention = CallConv::stdcall;
    std::int16_t optional_count = 0;  ///< trailing VARIANTs that may be left out; -1: [vararg]
    std::uint16_t vtable_offset = 0;  ///< in bytes, for the library's own pointer size
    /// Module functions: the name or the ordinal in the DLL.
    std::variant<std::monostate, std::string, std::uint16_t> entry;
    Documentation doc;
    std::vector<CustomData> custom;
};

struct Variable {
    std::string name;
    std::int32_t memid = 0;
    TypeDesc type;
    std::uint16_t flags = 0;
    VarKind kind = VarKind::per_instance;
    std::uint32_t offset = 0;    ///< per_instance: bytes from the start of the structure
    std::optional<Value> value;  ///< constant
    Documentation doc;
    std::vector<CustomData> custom;
};

/// An inherited or implemented interface.
struct ImplType {
    TypeRef type;
    std::uint16_t flags = 0;
    std::vector<CustomData> custom;
};

struct TypeInfo {
    TypeKind kind = TypeKind::interface;
    std::string name;
    std::optional<Guid> guid;
    std::uint16_t flags = 0;
    std::uint16_t major = 0, minor = 0;
    std::uint32_t size = 0;        ///< cbSizeInstance
    std::uint16_t vtable_size = 0; ///< cbSizeVft, in bytes
    std::uint8_t alignment = 1;    ///< cbAlignment
    Documentation doc;
    std::vector<CustomData> custom;
    std::vector<Function> functions;
    std::vector<Variable> variables;
    std::vector<ImplType> implements;  ///< coclass: all; interface: its base; dispatch: IDispatch, or the interface it shows
    std::optional<TypeDesc> alias;     ///< of kind alias
    std::string dll_name;              ///< of kind module
    /// Interfaces: how many bases and how many inherited methods the file tells (a hint that readers use when they do not follow the
    /// base). Filled by the reader; the writer computes its own from `inherited_*` when the base is imported.
    std::uint16_t inherited_interfaces = 0, inherited_functions = 0;
};

struct ImportedLibrary {
    Guid id{};
    std::uint32_t lcid = 0;
    std::uint16_t major = 0, minor = 0;
    std::string file;  ///< as importlib named it
};

/// A type of another library, by its GUID or, where it has none, by its index there.
struct ImportedType {
    std::uint32_t library = 0;  ///< index into Library::imported_libraries
    TypeKind kind = TypeKind::interface;
    std::variant<Guid, std::uint32_t> which;
    std::string name;  ///< for printing; files do not hold it, `resolve_names` finds it
};

struct Library {
    std::string name;
    Guid id{};
    std::uint32_t lcid = 0;            ///< of the library, as TLIBATTR shows it; 0 where it is neutral
    std::uint32_t text_lcid = 0x0409;  ///< decides the code page of names and strings, and the hash of names
    std::uint16_t major = 0, minor = 0;
    std::uint16_t flags = 0;
    SysKind system = SysKind::win64;
    Documentation doc;
    std::string helpfile;
    std::optional<std::string> help_dll;  ///< helpstringdll
    std::vector<CustomData> custom;
    std::vector<TypeInfo> types;
    std::vector<ImportedLibrary> imported_libraries;
    std::vector<ImportedType> imports;
    std::uint32_t pointer_size() const { return system == SysKind::win64 ? 8 : system == SysKind::win16 ? 4 : 4; }
};

}  // namespace odc::typelib
