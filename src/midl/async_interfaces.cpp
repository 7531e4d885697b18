#include "midl/async_interfaces.h"

#include <algorithm>

#include "midl/model.h"

namespace odc::midl {
namespace {

Function* half_of(const Function& whole, bool begin, Ast& ast) {
    auto* made = ast.make<Function>();
    *made = whole;
    made->name = (begin ? "Begin_" : "Finish_") + method_name(whole);
    made->whole = &whole;
    made->begins = begin;
    std::erase_if(made->attributes.list, [](const Attribute& attribute) {
        return attribute.kind == AttributeKind::propget || attribute.kind == AttributeKind::propput || attribute.kind == AttributeKind::propputref;
    });
    for (auto& attribute : made->attributes.list) {
        if (attribute.kind != AttributeKind::call_as || attribute.values.empty() || !attribute.values[0]) continue;
        auto* target = ast.make<Expr>();
        *target = *attribute.values[0];
        target->spelling = (begin ? "Begin_" : "Finish_") + target->spelling;
        attribute.values[0] = target;
    }
    made->source = made->name + ": " + whole.source;
    const auto left_out = [begin](const Parameter& parameter) {
        const bool out = parameter.attributes.has(AttributeKind::out);
        const bool in = parameter.attributes.has(AttributeKind::in) || !out;
        return begin ? !in : !out;
    };
    std::erase_if(made->parameters, left_out);
    return made;
}

Interface* async_form(const Interface& interface, const Attribute& id, Ast& ast) {
    auto* made = ast.make<Interface>();
    made->name = "Async" + interface.name;
    made->place = interface.place;
    made->file = interface.file;
    made->pointer_default = interface.pointer_default;
    made->base_name = "IUnknown";
    for (const auto& other : ast.all<Interface>())
        if (other.name == "Async" + interface.base_name) made->base_name = other.name;
    made->attributes.list.push_back({AttributeKind::object, id.place, {}, {}, nullptr});
    made->attributes.list.push_back({AttributeKind::local, id.place, {}, {}, nullptr});
    made->attributes.list.push_back({AttributeKind::uuid, id.place, {}, id.raw, nullptr});
    for (const auto* function : interface.functions) {
        for (const bool begin : {true, false}) {
            auto* half = half_of(*function, begin, ast);
            made->items.push_back(half);
            made->functions.push_back(half);
        }
    }
    return made;
}

}  // namespace

void add_async_interfaces(Ast& ast) {
    for (auto at = ast.files.rbegin(); at != ast.files.rend(); ++at) {  // imported files, which have the bases, come first
        auto& file = *at;
        for (std::size_t i = 0; i < file.items.size(); ++i) {
            const auto* interface = std::get_if<Interface*>(&file.items[i]);
            if (!interface) continue;
            const auto* id = (*interface)->attributes.find(AttributeKind::async_uuid);
            if (!id || !(*interface)->is_object()) continue;
            Item made = async_form(**interface, *id, ast);
            file.items.insert(file.items.begin() + static_cast<std::ptrdiff_t>(++i), std::move(made));
        }
    }
}

}  // namespace odc::midl
