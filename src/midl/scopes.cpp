// Names in C's ordinary scope: typedefs, interfaces and enumerators share it in IDL; in ODL enumerators belong to their enum.
#include "midl/model.h"

namespace odc::midl {
namespace {

const char* word_of(const Type& type) {
    return type.kind == Type::Kind::structure ? "struct " : type.kind == Type::Kind::union_ ? "union " : "enum ";
}

bool same(Place a, Place b) { return a.file == b.file && a.line == b.line && a.column == b.column; }

void odl_item(const Item& item, bool inside, Diagnostics& diagnostics) {
    if (const auto* library = std::get_if<Library*>(&item)) {
        for (const auto& part : (*library)->items) odl_item(part, true, diagnostics);
        return;
    }
    const auto outside = [&](Place place, const std::string& name) {
        if (!inside) diagnostics.report(Message::outside_library, place, {name});
    };
    if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
        if (tag->type->defined) diagnostics.report(Message::tag_without_typedef, tag->type->place, {word_of(*tag->type) + tag->type->name});
    } else if (const auto* group = std::get_if<TypedefGroup>(&item)) {
        outside(group->names[0]->place, group->names[0]->name);
    } else if (const auto* interface = std::get_if<Interface*>(&item)) {
        outside((*interface)->place, (*interface)->name);
    } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
        outside((*coclass)->place, (*coclass)->name);
    } else if (const auto* module = std::get_if<Module*>(&item)) {
        outside((*module)->place, (*module)->name);
    } else if (const auto* constant = std::get_if<Constant*>(&item)) {
        outside((*constant)->place, (*constant)->name);
    }
}

}  // namespace

bool check_scopes(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    std::unordered_map<std::string, Place> values;
    for (auto& type : model.ast.all<Type>()) {
        if (type.kind != Type::Kind::enumeration || !type.defined || model.ast.files[type.file].built_in) continue;
        std::unordered_map<std::string, Place> own;
        for (auto& value : type.values) {
            const auto twice = [&](Place first) {
                diagnostics.report(Message::enumerator_twice, value.place, {value.name});
                diagnostics.note(first, "the first one is here");
            };
            const auto [mine, fresh_here] = own.try_emplace(value.name, value.place);
            if (!fresh_here) twice(mine->second);
            const auto named = model.typedefs.find(value.name);
            const bool is_type = named != model.typedefs.end() && named->second->name == value.name;
            const auto [entry, fresh] = values.try_emplace(value.name, value.place);
            const bool elsewhere = fresh_here && !fresh && !same(entry->second, value.place);
            if (model.mktyplib203) {
                value.name_taken = is_type || elsewhere || model.interfaces.contains(value.name);
            } else if (is_type) {
                diagnostics.report(Message::enumerator_is_type, value.place, {value.name});
                diagnostics.note(named->second->place, "the type is here");
            } else if (elsewhere) {
                twice(entry->second);
            }
        }
    }
    if (model.mktyplib203)
        for (const auto& item : model.ast.files[0].items) odl_item(item, false, diagnostics);
    return diagnostics.errors() == before;
}

}  // namespace odc::midl
