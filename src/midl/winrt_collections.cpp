// Windows sends the arrays of its own collections by methods that know how long they are. The IDL files that stand in for Windows' own
// do not all say it: without size_is a proxy would send one element, and a server would write behind it.
#include <algorithm>
#include <string_view>

#include "base/guid.h"
#include "midl/model.h"
#include "midl/winrt.h"

namespace odc::midl {
namespace {

/// IIterator, IVectorView, IVector.
constexpr std::string_view kCollections[] = {"6A79E863-4300-459A-9966-CBB660963EE1", "BBE1FA4C-B0E3-4583-BAEF-1F1B2E483E56",
                                             "913337E9-11A1-4345-A3A2-4E7F956E222D"};

bool is_collection(const Interface& pattern) {
    const auto* given = pattern.attributes.find(AttributeKind::uuid);
    const auto id = given ? guid_of(*given) : std::nullopt;
    return id && std::any_of(std::begin(kCollections), std::end(kCollections), [&](std::string_view one) { return to_string(*id).substr(1, 36) == one; });
}

Expr* name(const Parameter& parameter, Ast& ast) {
    auto* made = ast.make<Expr>();
    made->kind = Expr::Kind::name;
    made->spelling = parameter.name;
    made->place = parameter.place;
    return made;
}
Expr* pointee(const Parameter& parameter, Ast& ast) {
    auto* made = ast.make<Expr>();
    made->kind = Expr::Kind::unary;
    made->spelling = "*";
    made->place = parameter.place;
    made->operands = {name(parameter, ast)};
    return made;
}

}  // namespace

void complete_collection(const Interface& pattern, Function& method, Ast& ast) {
    if ((method.name != "GetMany" && method.name != "ReplaceAll") || !is_collection(pattern)) return;
    auto& parameters = method.parameters;
    for (std::size_t i = 1; i < parameters.size(); ++i) {
        auto& items = parameters[i];
        const bool counted = parameters[i - 1].attributes.has(AttributeKind::in) && parameters[i - 1].type->kind != Type::Kind::pointer;
        if (!counted || items.type->kind != Type::Kind::pointer || items.attributes.has(AttributeKind::size_is) || items.attributes.has(AttributeKind::retval)) continue;
        items.attributes.list.push_back({AttributeKind::size_is, items.place, {name(parameters[i - 1], ast)}, {}, nullptr});
        if (items.attributes.has(AttributeKind::out) && i + 1 < parameters.size())
            items.attributes.list.push_back({AttributeKind::length_is, items.place, {pointee(parameters[i + 1], ast)}, {}, nullptr});
        return;
    }
}

}  // namespace odc::midl
