// Signatures and identities of the Windows Runtime's types ("Windows Runtime type system", GUID generation for parameterized types).
#include <algorithm>
#include <map>

#include "base/guid.h"
#include "midl/model.h"
#include "midl/sha1.h"
#include "midl/winrt.h"

namespace odc::midl {
namespace {

using Kind = RuntimeEntity::Kind;

constexpr int kMaxDepth = 64;  // a class may be an argument of its own default interface
constexpr std::size_t kMaxSignature = 65536;  // structures of structures double it with each step

/// Types that are not declared in a namespace.
std::string well_known(const std::string& name) {
    static const std::map<std::string_view, std::string_view> kSignatures = {
        {"HSTRING", "string"}, {"GUID", "g16"}, {"BOOLEAN", "b1"}, {"boolean", "b1"}, {"bool", "b1"}, {"BYTE", "u1"}, {"UINT8", "u1"}, {"INT8", "i1"},
        {"INT16", "i2"}, {"SHORT", "i2"}, {"UINT16", "u2"}, {"USHORT", "u2"}, {"INT32", "i4"}, {"INT", "i4"}, {"LONG", "i4"}, {"UINT32", "u4"},
        {"UINT", "u4"}, {"ULONG", "u4"}, {"DWORD", "u4"}, {"INT64", "i8"}, {"LONG64", "i8"}, {"UINT64", "u8"}, {"ULONG64", "u8"}, {"FLOAT", "f4"},
        {"DOUBLE", "f8"}, {"WCHAR", "c2"}, {"IInspectable", "cinterface(IInspectable)"},
        {"HRESULT", "struct(Windows.Foundation.HResult;i4)"}, {"AsyncStatus", "enum(Windows.Foundation.AsyncStatus;i4)"},
        {"EventRegistrationToken", "struct(Windows.Foundation.EventRegistrationToken;i8)"}};
    const auto found = kSignatures.find(name);
    return found == kSignatures.end() ? std::string() : std::string(found->second);
}

std::string of_base(Base base) {
    switch (base) {
        case Base::boolean: return "b1";
        case Base::byte: case Base::char_: case Base::unsigned_small: return "u1";
        case Base::signed_char: case Base::small: return "i1";
        case Base::wchar: return "c2";
        case Base::short_: return "i2";
        case Base::unsigned_short: return "u2";
        case Base::int_: case Base::long_: return "i4";
        case Base::unsigned_int: case Base::unsigned_long: return "u4";
        case Base::hyper: return "i8";
        case Base::unsigned_hyper: return "u8";
        case Base::float_: return "f4";
        case Base::double_: return "f8";
        default: return {};
    }
}

std::string id_of(const Interface* interface) {
    const auto* given = interface ? interface->attributes.find(AttributeKind::uuid) : nullptr;
    const auto id = given ? guid_of(*given) : std::nullopt;
    if (!id) return {};
    std::string text = to_string(*id);
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string of_type(const Type* type, const Ast& ast, int depth);

/// `word(first;second;…)`, empty when one of them is. `types` are not looked at behind one that has no signature.
std::string list(const std::string& word, const std::string& first, const std::vector<const Type*>& types, const Ast& ast, int depth) {
    if (first.empty()) return {};
    std::string out = word + "(" + first;
    for (const auto* type : types) {
        const std::string part = of_type(type, ast, depth + 1);
        if (part.empty() || out.size() + part.size() > kMaxSignature) return {};
        out += ";" + part;
    }
    return out + ")";
}

std::string of_entity(const RuntimeEntity& entity, const Ast& ast, int depth) {
    if (depth > kMaxDepth) return {};
    switch (entity.kind) {
        case Kind::interface_: return id_of(entity.interface_);
        case Kind::delegate: return list("delegate", id_of(entity.interface_), {}, ast, depth);
        case Kind::instance: return list("pinterface", id_of(entity.generic->pattern), {entity.arguments.begin(), entity.arguments.end()}, ast, depth);
        case Kind::enumeration: return "enum(" + entity.qualified + (entity.type->attributes.has(AttributeKind::flags) ? ";u4)" : ";i4)");
        case Kind::structure: {
            std::vector<const Type*> fields;
            for (const auto& field : entity.type->fields) fields.push_back(field.type);
            return list("struct", entity.qualified, fields, ast, depth);
        }
        case Kind::class_: return list("rc", entity.qualified, {entity.class_->default_interface()}, ast, depth);
        default: return {};
    }
}

bool is_passed_by_pointer(const std::string& signature) {
    return signature.starts_with('{') || signature.starts_with("cinterface") || signature.starts_with("pinterface") || signature.starts_with("rc(") ||
           signature.starts_with("delegate");
}

std::string of_type(const Type* type, const Ast& ast, int depth) {
    if (!type) return {};
    if (type->kind == Type::Kind::pointer) {
        const std::string signature = of_type(type->element, ast, depth);
        return is_passed_by_pointer(signature) ? signature : std::string();
    }
    if (type->kind == Type::Kind::base) return of_base(type->base);
    if (type->kind != Type::Kind::named) return {};
    if (type->runtime) return of_entity(*type->runtime, ast, depth);
    if (const auto known = well_known(type->name); !known.empty()) return known;
    for (const auto& interface : ast.all<Interface>())
        if (interface.name == type->name) return id_of(&interface);
    return {};
}

}  // namespace

std::string runtime_signature(const Type* type, const Ast& ast) { return of_type(type, ast, 0); }
std::string runtime_signature(const RuntimeEntity& entity, const Ast& ast) { return of_entity(entity, ast, 0); }

Guid runtime_identity(const std::string& signature) {
    static constexpr unsigned char kNameSpace[] = {0x11, 0xf4, 0x7a, 0xd5, 0x7b, 0x73, 0x42, 0xc0, 0xab, 0xae, 0x87, 0x8b, 0x1e, 0x16, 0xad, 0xee};
    auto hash = sha1(std::string(reinterpret_cast<const char*>(kNameSpace), sizeof kNameSpace) + signature);
    hash[6] = static_cast<std::uint8_t>((hash[6] & 0x0F) | 0x50);
    hash[8] = static_cast<std::uint8_t>((hash[8] & 0x3F) | 0x80);
    Guid id{};
    id.Data1 = std::uint32_t{hash[0]} << 24 | std::uint32_t{hash[1]} << 16 | std::uint32_t{hash[2]} << 8 | hash[3];
    id.Data2 = static_cast<std::uint16_t>(hash[4] << 8 | hash[5]);
    id.Data3 = static_cast<std::uint16_t>(hash[6] << 8 | hash[7]);
    std::copy_n(hash.begin() + 8, 8, id.Data4);
    return id;
}

std::string runtime_argument(const Type* type, bool inner) {
    std::string stars;
    for (; type->kind == Type::Kind::pointer; type = type->element) stars += "*";
    if (!type->runtime) return declare(type, "") + stars;
    const std::string name = type->runtime->cxx_name();
    if (!inner || type->runtime->kind != Kind::class_) return name + stars;
    // The logical type, and what is passed for it.
    return "ABI::Windows::Foundation::Internal::AggregateType<" + name + stars + ", " + type->name + stars + ">";
}

}  // namespace odc::midl
