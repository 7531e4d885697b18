// Semantic steps: names are declared, bound, constants evaluated, methods numbered.
#include <algorithm>

#include "base/guid.h"
#include "midl/attributes.h"
#include "midl/imported_types.h"
#include "midl/model.h"

namespace odc::midl {
namespace {

/// Calls `visit` for every item of every file, those inside interfaces, libraries and modules too.
template <class Visit>
void each_item(std::vector<Item>& items, const Library* library, Visit&& visit) {
    for (auto& item : items) {
        visit(item, library);
        if (auto* interface = std::get_if<Interface*>(&item)) each_item((*interface)->items, library, visit);
        else if (auto* inner = std::get_if<Library*>(&item)) each_item((*inner)->items, *inner, visit);
        else if (auto* module = std::get_if<Module*>(&item)) each_item((*module)->items, library, visit);
    }
}

bool read_id(const Attributes& attributes, Guid& id, Diagnostics& diagnostics) {
    const auto* given = attributes.find(AttributeKind::uuid);
    if (!given) return false;
    const auto parsed = guid_of(*given);
    if (!parsed) {
        diagnostics.report(Message::bad_uuid, given->place, {given->raw.substr(0, 80)});
        return false;
    }
    id = *parsed;
    return true;
}

}  // namespace

bool declare_names(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    for (auto& file : model.ast.files) {
        each_item(file.items, nullptr, [&](Item& item, const Library* library) {
            if (auto* group = std::get_if<TypedefGroup>(&item)) {
                for (auto* name : group->names) {
                    if (file.built_in && model.interfaces.contains(name->name)) continue;
                    model.typedefs.try_emplace(name->name, name);
                    static constexpr std::string_view kReferences[] = {"REFGUID", "REFIID", "REFCLSID", "REFFMTID", "REFPROPERTYKEY", "REFPROPVARIANT",
                                                                    "REFKNOWNFOLDERID", "REFFOLDERTYPEID"};
                    if (std::find(std::begin(kReferences), std::end(kReferences), name->name) != std::end(kReferences))
                        name->cxx_reference = true;
                }
            } else if (auto* interface = std::get_if<Interface*>(&item)) {
                (*interface)->library = library;
                if (file.built_in && model.interfaces.contains((*interface)->name)) return;
                (*interface)->has_id = read_id((*interface)->attributes, (*interface)->id, diagnostics);
                const auto [entry, added] = model.interfaces.try_emplace((*interface)->name, *interface);
                if (!added) {
                    diagnostics.report(Message::redefined, (*interface)->place, {(*interface)->name});
                    diagnostics.note(entry->second->place, "the first definition is here");
                }
            } else if (auto* coclass = std::get_if<Coclass*>(&item)) {
                (*coclass)->has_id = read_id((*coclass)->attributes, (*coclass)->id, diagnostics);
                (*coclass)->library = library;
                model.coclasses.try_emplace((*coclass)->name, *coclass);
            } else if (auto* module = std::get_if<Module*>(&item)) {
                (*module)->has_id = read_id((*module)->attributes, (*module)->id, diagnostics);
                (*module)->library = library;
            } else if (auto* inner = std::get_if<Library*>(&item)) {
                (*inner)->has_id = read_id((*inner)->attributes, (*inner)->id, diagnostics);
            } else if (auto* constant = std::get_if<Constant*>(&item)) {
                model.constants.try_emplace((*constant)->name, (*constant)->value);
            } else if (auto* forward = std::get_if<ForwardInterface>(&item)) {
                if (!forward->is_coclass) model.forwards.try_emplace(forward->name, forward->place);
            }
        });
    }
    for (auto& type : model.ast.all<Type>()) {
        if (!type.defined) continue;
        if (!type.name.empty()) {
            const auto [entry, added] = model.tags.try_emplace(type.name, &type);
            if (!added && entry->second != &type && !model.ast.files[type.file].built_in) {
                diagnostics.report(Message::redefined, type.place, {type.name});
                diagnostics.note(entry->second->place, "the first definition is here");
            }
        }
    }
    return diagnostics.errors() == before;
}

namespace {

constexpr int kMostHints = 50;  // each looks at all names

std::string similar_type(const std::string& name, const Model& model) {
    std::string hint;
    if (name.size() > 64) return hint;
    std::size_t least = name.size() / 4 + 1;
    for (const auto& [known, made] : model.typedefs) {
        const auto distance = edit_distance(name, known);
        if (distance < least || (distance == least && (hint.empty() || known < hint))) {
            least = distance;
            hint = known;
        }
    }
    return hint;
}

}  // namespace

bool bind_names(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    int unknown = 0;
    if (model.imported_types) model.imported_types->declare_missing(model);
    for (auto& type : model.ast.all<Type>()) {
        const bool tagged = type.kind == Type::Kind::structure || type.kind == Type::Kind::union_ || type.kind == Type::Kind::enumeration;
        if (tagged && !type.name.empty()) {
            if (const auto found = model.tags.find(type.name); found != model.tags.end()) type.definition = found->second;
        }
        if (type.kind != Type::Kind::named || type.pattern) continue;
        if (const auto found = model.typedefs.find(type.name); found != model.typedefs.end()) {
            type.alias = found->second;
        } else if (const auto interface = model.interfaces.find(type.name); interface != model.interfaces.end()) {
            type.interface_ = interface->second;
        } else if (const auto coclass = model.coclasses.find(type.name); coclass != model.coclasses.end()) {
            type.coclass = coclass->second;
        } else if (const auto tag = model.tags.find(type.name); tag != model.tags.end()) {
            type.definition = tag->second;
        } else if (model.forwards.contains(type.name)) {
            auto* stand_in = model.ast.make<Interface>();  // only named: usable through pointers
            stand_in->name = type.name;
            stand_in->only_named = true;
            stand_in->place = model.forwards[type.name];
            stand_in->attributes.list.push_back({AttributeKind::object, stand_in->place, {}, {}, nullptr});
            model.interfaces.emplace(type.name, stand_in);
            type.interface_ = stand_in;
        } else {
            const std::string hint = ++unknown <= kMostHints ? similar_type(type.name, model) : std::string();
            diagnostics.report(Message::unknown_type, type.place, {type.name, hint.empty() ? "" : "; did you mean " + hint + "?"});
            type.kind = Type::Kind::base;
            type.base = Base::long_;
            type.stand_in = true;
        }
    }
    for (auto& interface : model.ast.all<Interface>()) {
        if (!interface.base_name.empty()) {
            const auto found = model.interfaces.find(interface.base_name);
            if (found == model.interfaces.end()) {
                if (!interface.is_dispinterface)
                    diagnostics.report(Message::base_not_defined, interface.place, {interface.base_name, interface.name});
            } else {
                interface.base = found->second;
            }
        }
        if (!interface.wraps.empty()) {
            const auto found = model.interfaces.find(interface.wraps);
            if (found == model.interfaces.end()) diagnostics.report(Message::unknown_type, interface.place, {interface.wraps, ""});
            else interface.wrapped = found->second;
        }
    }
    for (auto& coclass : model.ast.all<Coclass>()) {
        for (auto& reference : coclass.interfaces) {
            const auto found = model.interfaces.find(reference.name);
            if (found == model.interfaces.end()) {
                if (!model.forwards.contains(reference.name))
                    diagnostics.report(Message::coclass_member_undefined, reference.place, {reference.name, coclass.name});
            } else {
                reference.interface_ = found->second;
            }
        }
    }
    for (auto& file : model.ast.files) {
        each_item(file.items, nullptr, [&](Item& item, const Library*) {
            auto* forward = std::get_if<ForwardInterface>(&item);
            if (!forward) return;
            if (forward->is_coclass) {
                if (const auto found = model.coclasses.find(forward->name); found != model.coclasses.end()) forward->coclass = found->second;
            } else if (const auto found = model.interfaces.find(forward->name); found != model.interfaces.end()) {
                forward->interface_ = found->second;
            }
        });
    }
    for (auto& interface : model.ast.all<Interface>()) {
        int steps = 0;
        for (const auto* base = interface.base; base; base = base->base) {
            if (base == &interface || ++steps > 200) {
                diagnostics.report(Message::base_cycle, interface.place, {interface.name});
                interface.base = nullptr;
                break;
            }
        }
    }
    // A typedef that is made of itself would never end.
    for (auto& made : model.ast.all<Typedef>()) {
        const Type* type = made.type;
        for (int i = 0; type && type->kind == Type::Kind::named && type->alias; type = type->alias->type) {
            if (++i > 500) {
                diagnostics.report(Message::struct_contains_itself, made.place, {made.name});
                const_cast<Type*>(type)->alias = nullptr;
                break;
            }
        }
    }
    return diagnostics.errors() == before;
}

bool number_methods(Model& model, Diagnostics& diagnostics) {
    static constexpr std::size_t kMaxMethods = 1024;
    const unsigned before = diagnostics.errors();
    std::vector<Interface*> order;
    for (auto& interface : model.ast.all<Interface>()) order.push_back(&interface);
    const auto depth = [](const Interface* i) {
        int n = 0;
        while ((i = i->base)) ++n;
        return n;
    };
    std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return depth(a) < depth(b); });
    for (auto* interface : order) {
        if (interface->imported) continue;
        std::size_t next = interface->base ? interface->base->method_count : 0;
        interface->first_opnum = static_cast<std::uint16_t>(next);
        std::uint16_t callbacks = 0;  // counted by themselves (MS-RPCE 2.2.4.2)
        for (auto* function : interface->functions) {
            if (function->attributes.has(AttributeKind::callback)) {
                function->opnum = callbacks++;
                continue;
            }
            if (const auto* call_as = function->attributes.find(AttributeKind::call_as)) {
                function->is_remote_form = true;
                const std::string target = call_as->values.empty() || !call_as->values[0] ? "" : call_as->values[0]->spelling;
                bool found = false;
                for (auto* other : interface->functions) {
                    if (other->name != target || other->is_remote_form) continue;
                    other->call_as = function;
                    function->opnum = other->opnum;
                    found = true;
                }
                if (!found) diagnostics.report(Message::call_as_target, call_as->place, {target, interface->name});
                continue;
            }
            function->opnum = static_cast<std::uint16_t>(next++);
        }
        // A remote form may stand before its local method.
        for (auto* function : interface->functions) {
            if (!function->is_remote_form) continue;
            for (auto* other : interface->functions)
                if (other->call_as == function) function->opnum = other->opnum;
        }
        if (next > kMaxMethods) diagnostics.report(Message::too_many_methods, interface->place, {interface->name, std::to_string(kMaxMethods)});
        interface->method_count = static_cast<std::uint16_t>(next);
    }
    return diagnostics.errors() == before;
}

}  // namespace odc::midl
