#include "midl/unnamed_types.h"

#include <set>

namespace odc::midl {
namespace {

bool is_tagged_kind(const Type& type) {
    return type.kind == Type::Kind::structure || type.kind == Type::Kind::union_ || type.kind == Type::Kind::enumeration;
}

/// What the pointers and arrays of a type lead to.
const Type* innermost(const Type* type) {
    while (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array) type = type->element;
    return type;
}

bool has_no_tag(const Type& type) { return is_tagged_kind(type) && type.defined && type.name.empty(); }

}  // namespace

void invent_tags(Ast& ast) {
    std::set<const Type*> plain;
    for (const auto& alias : ast.all<Typedef>())
        if (has_no_tag(*alias.type)) plain.insert(alias.type);
    for (auto& alias : ast.all<Typedef>()) {
        auto* type = const_cast<Type*>(innermost(alias.type));
        if (has_no_tag(*type) && !plain.contains(type)) type->name = "__MIDL_" + alias.name;
    }
}

const std::string& UnnamedTypes::name(const Type* type, const Ast& ast) {
    static const std::string kNone;
    if (!has_no_tag(*type)) return kNone;
    if (!known_) find_all(ast);
    const auto it = names_.find(type);
    return it == names_.end() ? kNone : it->second;
}

void UnnamedTypes::find_all(const Ast& ast) {
    known_ = true;
    // `typedef struct { … } *P, S;`: the plain name is better than the way through the pointer.
    for (const auto& alias : ast.all<Typedef>())
        if (is_tagged_kind(*alias.type)) found(alias.type, alias.name);
    for (const auto& alias : ast.all<Typedef>()) found(alias.type, alias.name);
    for (const auto& type : ast.all<Type>())
        if (type.defined && !type.name.empty() && type.kind != Type::Kind::enumeration && is_tagged_kind(type))
            fields(type, (type.kind == Type::Kind::union_ ? "union " : "struct ") + type.name);
}

/// `expression` is a type: what its pointers and arrays lead to may be one without a tag.
void UnnamedTypes::found(const Type* type, std::string expression) {
    for (; type->kind == Type::Kind::pointer || type->kind == Type::Kind::array; type = type->element)
        expression = (type->kind == Type::Kind::pointer ? "std::remove_pointer_t<" : "std::remove_extent_t<") + expression + ">";
    if (!has_no_tag(*type) || !names_.try_emplace(type, expression).second) return;
    fields(*type, expression);
}

void UnnamedTypes::fields(const Type& holder, const std::string& expression) {
    if (holder.kind == Type::Kind::enumeration) return;
    for (const auto& field : holder.fields)
        if (field.type && !field.name.empty()) found(field.type, "decltype(" + expression + "::" + field.name + ")");
}

}  // namespace odc::midl
