#include "midl/model.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/guid.h"

namespace odc::midl {

const Type* behind(const Type* type) {
    for (int i = 0; type && i < 1000; ++i) {
        if (type->kind == Type::Kind::named && type->alias) type = type->alias->type;
        else if (type->definition && type->definition != type) type = type->definition;
        else return type;
    }
    return type;
}

bool is_guid(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::structure && (type->name == "_GUID" || type->name == "GUID");
}

bool is_cxx_reference(const Type* type) {
    for (int i = 0; type && type->kind == Type::Kind::named && type->alias && i < 1000; ++i) {
        if (type->alias->cxx_reference) return true;
        type = type->alias->type;
    }
    return false;
}

bool is_void(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::base && type->base == Base::void_;
}

const Interface* interface_of(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::named ? type->interface_ : nullptr;
}

const Attribute* find_type_attribute(const Type* type, AttributeKind kind) {
    for (int i = 0; type && i < 1000; ++i) {
        if (const auto* found = type->attributes.find(kind)) return found;
        if (type->kind != Type::Kind::named || !type->alias) return nullptr;
        if (const auto* found = type->alias->attributes.find(kind)) return found;
        type = type->alias->type;
    }
    return nullptr;
}

Version version_of(const Attributes& attributes) {
    Version version;
    const auto* given = attributes.find(AttributeKind::version);
    if (!given) return version;
    const char* at = given->raw.data();
    const char* end = at + given->raw.size();
    const auto [rest, error] = std::from_chars(at, end, version.major);
    if (error == std::errc{} && rest != end && (*rest == '.' || *rest == ',')) (void)std::from_chars(rest + 1, end, version.minor);
    return version;
}

std::optional<Guid> guid_of(const Attribute& attribute) {
    std::string text = attribute.raw;
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '"' || std::isspace(static_cast<unsigned char>(c)); }), text.end());
    const auto parsed = parse_guid(text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::string method_name(const Function& function) {
    if (function.attributes.has(AttributeKind::propget)) return "get_" + function.name;
    if (function.attributes.has(AttributeKind::propput)) return "put_" + function.name;
    if (function.attributes.has(AttributeKind::propputref)) return "putref_" + function.name;
    if (function.attributes.has(AttributeKind::eventadd)) return "add_" + function.name;
    if (function.attributes.has(AttributeKind::eventremove)) return "remove_" + function.name;
    return function.name;
}

std::vector<std::pair<const Interface*, const Function*>> all_methods(const Interface& interface) {
    std::vector<const Interface*> chain;
    for (const auto* i = &interface; i && chain.size() < 1000; i = i->base) chain.push_back(i);
    std::reverse(chain.begin(), chain.end());
    std::vector<std::pair<const Interface*, const Function*>> methods;
    for (const auto* i : chain)
        for (const auto* function : i->functions)
            if (!function->is_remote_form) methods.emplace_back(i, function);
    return methods;
}

std::vector<std::string> slot_names(const std::vector<std::pair<const Interface*, const Function*>>& methods) {
    std::unordered_set<std::string> taken;
    std::vector<std::string> names;
    for (const auto& [owner, function] : methods) {
        const std::string name = method_name(*function);
        std::string unique = name;
        if (!taken.insert(unique).second) unique = owner->name + "_" + name;
        for (int i = 2; unique != name && !taken.insert(unique).second; ++i) unique = owner->name + "_" + name + "_" + std::to_string(i);
        names.push_back(std::move(unique));
    }
    return names;
}

}  // namespace odc::midl
