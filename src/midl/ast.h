// The tree that the parser makes of IDL files, completed in place by the semantic steps (resolve, check).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "midl/diagnostics.h"
#include "midl/pool.h"
#include "opendcom/base/sdk_types.h"

namespace odc::midl {

struct Type;
struct Interface;
struct Coclass;
struct Library;
struct RuntimeEntity;

enum class AttributeKind : std::uint8_t {
#define ODC_ATTRIBUTE(name, spelling, arguments, places) name,
#include "midl/attributes.inc"
#undef ODC_ATTRIBUTE
};

struct Expr {
    enum class Kind : std::uint8_t { integer, floating, text, name, unary, binary, conditional, cast, size_of, member };
    Kind kind = Kind::integer;
    Place place;
    std::string spelling;  ///< name, operator, number as written, or text without quotes
    std::int64_t value = 0;
    double floating = 0;
    bool is_unsigned = false;
    bool wide = false;
    std::vector<Expr*> operands;
    Type* type = nullptr;  ///< of casts and sizeof
};

struct Attribute {
    AttributeKind kind;
    Place place;
    std::vector<Expr*> values;  ///< null where the list has a gap, as in size_is(,n); custom: its value
    std::string raw;            ///< text as written: UUIDs, versions; custom: its UUID
    Type* type = nullptr;
};

/// What a constant expression amounts to. Texts are UTF-8.
struct Value {
    std::variant<std::int64_t, double, std::string> content;
    bool wide = false;  ///< texts and characters with L
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content); }
    const double* floating() const { return std::get_if<double>(&content); }
    const std::string* text() const { return std::get_if<std::string>(&content); }
};

struct Version {
    std::uint16_t major = 0, minor = 0;
};

class Attributes {
  public:
    std::vector<Attribute> list;
    const Attribute* find(AttributeKind kind) const {
        for (const auto& a : list)
            if (a.kind == kind) return &a;
        return nullptr;
    }
    bool has(AttributeKind kind) const { return find(kind) != nullptr; }
    /// The text of helpstring and friends, or "".
    std::string text(AttributeKind kind) const {
        const auto* a = find(kind);
        return a && !a->values.empty() && a->values[0] ? a->values[0]->spelling : std::string();
    }
};

enum class Base : std::uint8_t {
    void_, boolean, byte, char_, signed_char, small, unsigned_small, wchar, short_, unsigned_short, long_, unsigned_long, int_,
    unsigned_int, hyper, unsigned_hyper, int3264, unsigned_int3264, float_, double_, handle, error_status
};

enum class PointerKind : std::uint8_t { unset, ref, unique, full };

struct Field {
    std::string name;  ///< empty: anonymous union or struct
    Type* type = nullptr;
    Attributes attributes;
    Place place;
    Expr* bits = nullptr;
    std::string doc;
    // Union arms only.
    std::vector<Expr*> labels;
    bool is_default = false;
    bool is_empty = false;
};

struct EnumValue {
    std::string name;
    Expr* given = nullptr;
    Attributes attributes;
    Place place;
    std::int64_t value = 0;
    std::string doc;
    bool name_taken = false;  ///< ODL: also the name of a type or of another enum's value, so C cannot have it
};

struct Parameter {
    std::string name;
    Type* type = nullptr;
    Attributes attributes;
    Place place;
    std::string given_name = {};  ///< when generated code calls it something else
    bool local_only = false;  ///< a status that the ACF adds: the client's caller sees it, the wire and the server do not
    bool unnamed = false;     ///< generated code calls it something
    const std::string& shown_name() const { return given_name.empty() && !unnamed ? name : given_name; }
};

struct Typedef {
    std::string name;
    Type* type = nullptr;
    Attributes attributes;
    Place place;
    std::string doc;
    PointerKind pointer_default = PointerKind::unique;
    std::uint32_t group = 0;       ///< names declared by the same statement share it
    bool cxx_reference = false;    ///< REFIID and kin: a reference in C++, a pointer in C
};

struct Type {
    enum class Kind : std::uint8_t { base, named, enumeration, structure, union_, pointer, array, function, safearray, pipe };
    Kind kind = Kind::base;
    Place place;
    Base base = Base::void_;
    bool is_plain_char = false;  ///< `char`, where signed or unsigned was not said: the same on a wire, another type in a type library
    bool bare_char = false;      ///< … and it is C's char too (/char ascii7)
    bool stand_in = false;       ///< for a type that is not known, which was said: later steps go on as if it were a number
    bool is_const = false;
    bool is_volatile = false;
    std::string name;          ///< of named types; tag of enum, struct, union ("" when it has none)
    Type* element = nullptr;   ///< pointee, array element, SAFEARRAY element, pipe element, function result
    Expr* bound = nullptr;     ///< arrays: null for [] and [*]
    std::int64_t count = -1;   ///< arrays: the value of `bound`
    bool defined = false;      ///< enum, struct, union: has a body here
    std::vector<Field> fields;
    std::vector<EnumValue> values;
    std::vector<Parameter> parameters;  ///< function types
    bool takes_more = false;            ///< functions: the parameters end with `...`
    std::string convention;             ///< functions: __stdcall and kin
    Attributes attributes;              ///< written in front of the type itself
    std::string doc;
    // Encapsulated unions: `union u switch (long tag) name { … }` is a structure of tag and union.
    bool encapsulated = false;
    std::uint8_t pack = 0;  ///< structures and unions: the largest alignment of a field, 0 for none (#pragma pack)
    PointerKind pointer_default = PointerKind::unique;
    // Set by resolve:
    const Typedef* alias = nullptr;           ///< named: the typedef
    const Interface* interface_ = nullptr;    ///< named: the interface or dispinterface
    const Coclass* coclass = nullptr;
    Type* definition = nullptr;               ///< tagged types: where the body is
    std::uint32_t file = 0;                   ///< index of the IDL file it stands in
    // Windows Runtime, named types:
    std::uint32_t scope = 0;      ///< the namespace it was written in (Runtime::namespaces); 0: none, or looked up already
    std::uint32_t arguments = 0;  ///< type arguments (Runtime::arguments); 0: none
    bool pattern = false;         ///< inside a parameterized interface: looked up when that gets its arguments
    const RuntimeEntity* runtime = nullptr;  ///< what it names
};

struct Function {
    std::string name;
    Type* result = nullptr;
    std::vector<Parameter> parameters;
    Attributes attributes;
    Place place;
    std::string doc;
    std::string convention;
    std::string source;  ///< the declaration as written, in one line
    bool takes_more = false;  ///< the parameters end with `...`
    // Set by resolve:
    std::uint16_t opnum = 0;
    const Function* call_as = nullptr;  ///< this [local] method is sent by that [call_as] one
    bool is_remote_form = false;        ///< has call_as itself: no slot of its own
    // Of raw interfaces, where -prefix says so; empty: the name.
    std::string client_name, server_name;  ///< what a client calls, what a server implements
    std::string switch_name;               ///< a further prototype of the header; empty: none
    const std::string& called() const { return client_name.empty() ? name : client_name; }
    const std::string& implemented() const { return server_name.empty() ? name : server_name; }
    // Set by add_async_interfaces:
    const Function* whole = nullptr;    ///< this one begins or finishes it
    bool begins = false;
};

struct Constant {
    std::string name;
    Type* type = nullptr;
    Expr* value = nullptr;
    Attributes attributes;
    Place place;
    std::string doc;
    bool is_define = false;
};

/// cpp_quote, #pragma midl_echo, #pragma pack: goes into the header as it is.
struct CppQuote {
    std::string text;
    Place place;
};

struct Import {
    std::string name;  ///< as written
    Place place;
    std::uint32_t file = 0;  ///< index into Ast::files, once loaded
};

/// A struct, union or enum declared without typedef.
struct TagDeclaration {
    Type* type;
};

/// `extern const FMTID FMTID_X;`: goes into the header as it is.
struct ExternVariable {
    Type* type;
    std::string name;
};

/// `interface IFoo;`, `dispinterface DFoo;`, `coclass Foo;`. Inside a library statement it is a reference that brings the type in.
struct ForwardInterface {
    std::string name;
    Place place;
    bool is_dispinterface = false;
    bool is_coclass = false;
    // Set by resolve, null when there is no definition:
    const Interface* interface_ = nullptr;
    const Coclass* coclass = nullptr;
};

struct TypedefGroup {
    std::vector<Typedef*> names;
};

struct Module;
struct ImportLibrary {
    std::string name;  ///< as written
    Place place;
};
struct InterfaceReference;
struct RuntimeClass;
struct ApiContract;
struct GenericInterface;

using Item = std::variant<CppQuote, Import, TagDeclaration, ExternVariable, ForwardInterface, TypedefGroup, Constant*, Interface*, Coclass*, Module*,
                          Library*, ImportLibrary, Function*, RuntimeClass*, ApiContract*, GenericInterface*>;

struct Interface {
    std::string name;
    std::string base_name;
    Attributes attributes;
    Place place;
    std::string doc;
    std::vector<Item> items;
    std::vector<Field> properties;  ///< dispinterface: properties section
    bool is_dispinterface = false;
    bool imported = false;          ///< known from an imported type library only; method_count is that library's
    bool only_named = false;        ///< no definition anywhere: stands for a forward declaration
    std::string wraps;              ///< dispinterface D { interface I; }
    PointerKind pointer_default = PointerKind::unique;
    std::uint32_t file = 0;
    const Library* library = nullptr;
    // Set by resolve:
    const Interface* base = nullptr;
    const Interface* wrapped = nullptr;
    std::vector<Function*> functions;  ///< own ones, remote forms included, in order
    Guid id{};
    bool has_id = false;
    std::uint16_t first_opnum = 0;
    std::uint16_t method_count = 0;    ///< bases' included
    std::uint32_t scope = 0;           ///< namespace, as of types; 0 when the base's name is looked up already
    /// Derived from an object interface is object too, whether it says so or not. Not before the bases are bound.
    bool is_object() const {
        return attributes.has(AttributeKind::object) || attributes.has(AttributeKind::odl) || attributes.has(AttributeKind::dual) ||
               is_dispinterface || (base && base->is_object());
    }
    bool is_local() const { return attributes.has(AttributeKind::local); }
};

struct InterfaceReference {
    std::string name;
    Attributes attributes;
    Place place;
    const Interface* interface_ = nullptr;
};

struct Coclass {
    std::string name;
    Attributes attributes;
    Place place;
    std::string doc;
    std::vector<InterfaceReference> interfaces;
    const Library* library = nullptr;
    Guid id{};
    bool has_id = false;
};

/// Constants (Constant*) and functions of a DLL (Function*), in the order of the source.
struct Module {
    std::string name;
    Attributes attributes;
    Place place;
    std::string doc;
    std::vector<Item> items;
    const Library* library = nullptr;
    Guid id{};
    bool has_id = false;
};

struct Library {
    std::string name;
    Attributes attributes;
    Place place;
    std::string doc;
    std::vector<Item> items;
    Guid id{};
    bool has_id = false;
};

struct File {
    std::string name;  ///< as imported
    std::string path;
    std::string text;  ///< preprocessed; tokens point into it
    bool built_in = false;  ///< names that ODL and stdole know without import; any other definition comes first
    std::vector<Item> items;
};

/// `runtimeclass C { [default] interface I; }`
struct RuntimeClass {
    std::string name;  ///< Windows.Foundation.MemoryBuffer
    Attributes attributes;
    Place place;
    std::string doc;
    struct Member {
        Type* type = nullptr;
        Attributes attributes;
    };
    std::vector<Member> interfaces;
    /// The one with [default], or the first; null when there is none.
    Type* default_interface() const {
        for (const auto& member : interfaces)
            if (member.attributes.has(AttributeKind::default_)) return member.type;
        return interfaces.empty() ? nullptr : interfaces[0].type;
    }
};

struct ApiContract {
    std::string name;  ///< Windows.Foundation.UniversalApiContract
    Attributes attributes;
    Place place;
};

/// `interface IVector<T> : IInspectable { … }` and `delegate HRESULT EventHandler<T>(…);`: never an interface itself.
struct GenericInterface {
    Interface* pattern = nullptr;
    std::vector<std::string> parameters;
    bool is_delegate = false;
};

/// Anything that a namespace declares, and what the header calls it.
struct RuntimeEntity {
    enum class Kind : std::uint8_t { interface_, delegate, generic, instance, structure, enumeration, class_, contract, forward };
    Kind kind = Kind::interface_;
    Place place;
    std::uint32_t file = 0;
    std::string qualified;                ///< Windows.Foundation.MemoryBuffer
    std::vector<std::string> namespaces;  ///< as of C++: with ABI in front where the source asks for it
    std::string name;                     ///< the last part, as C++ has it: IFoo, IVector<HSTRING>
    std::string c_name;                   ///< __x_ABI_CWindows_CFoundation_CIFoo, __FIVector_1_HSTRING
    std::string in_lists;                 ///< as part of the names of instances: Windows__CFoundation__CIFoo
    Interface* interface_ = nullptr;      ///< interfaces, delegates, instances
    Type* type = nullptr;                 ///< structures and enumerations
    RuntimeClass* class_ = nullptr;
    GenericInterface* generic = nullptr;  ///< generic interfaces and their instances
    std::vector<Type*> arguments;         ///< instances
    std::string cxx_name() const {
        std::string out;
        for (const auto& part : namespaces) out += part + "::";
        return out + name;
    }
};

/// What the Windows Runtime's declarations of all files have in common.
struct Runtime {
    std::vector<std::string> namespaces{""};
    std::vector<std::vector<Type*>> arguments{{}};
    std::map<std::string, RuntimeEntity> entities;   ///< by qualified name
    std::map<std::string, RuntimeEntity> instances;  ///< by C name
    std::unordered_map<std::string, const RuntimeEntity*> by_c_name;
    std::deque<RuntimeClass> classes;
    std::deque<ApiContract> contracts;
    std::deque<GenericInterface> generics;
    /// The entity of that C name, or null.
    const RuntimeEntity* find(const std::string& c_name) const {
        const auto found = by_c_name.find(c_name);
        return found == by_c_name.end() ? nullptr : found->second;
    }
    /// What a name means in a namespace: there, in the ones around it, or from the root on; null when it is none of the Windows Runtime.
    const RuntimeEntity* look_up(std::uint32_t scope, const std::string& name) const {
        std::string around = namespaces[scope];
        for (;;) {
            const auto found = entities.find(around.empty() ? name : around + "." + name);
            if (found != entities.end()) return &found->second;
            if (around.empty()) return nullptr;
            const auto dot = around.rfind('.');
            around.resize(dot == std::string::npos ? 0 : dot);
        }
    }
};

/// All files of one run: files[0] is the one being compiled. Owns every node.
class Ast {
  public:
    std::deque<File> files;
    std::unordered_set<std::string> type_names;  ///< typedefs read so far, for what only they decide: `(T)-1`
    Runtime runtime;
    template <class T>
    T* make() {
        return &std::get<Pool<T>>(pools_).emplace_back();
    }
    template <class T>
    Pool<T>& all() {
        return std::get<Pool<T>>(pools_);
    }
    template <class T>
    const Pool<T>& all() const {
        return std::get<Pool<T>>(pools_);
    }

  private:
    std::tuple<Pool<Type>, Pool<Expr>, Pool<Typedef>, Pool<Function>, Pool<Constant>, Pool<Interface>, Pool<Coclass>, Pool<Module>, Pool<Library>>
        pools_;
};

}  // namespace odc::midl
