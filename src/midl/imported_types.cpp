#include "midl/imported_types.h"

#include <algorithm>

namespace odc::midl {
namespace {

/// Calls `visit` for every importlib of every file, those in libraries too.
template <class Visit>
void each_importlib(const std::vector<Item>& items, Visit&& visit) {
    for (const auto& item : items) {
        if (const auto* import = std::get_if<ImportLibrary>(&item)) visit(*import);
        else if (const auto* library = std::get_if<Library*>(&item)) each_importlib((*library)->items, visit);
    }
}

Base base_of(std::uint16_t vt) {
    using namespace typelib;
    switch (vt) {
        case kVtI1: return Base::small;
        case kVtUi1: return Base::unsigned_small;
        case kVtI2: case kVtBool: return Base::short_;
        case kVtUi2: return Base::unsigned_short;
        case kVtUi4: return Base::unsigned_long;
        case kVtInt: return Base::int_;
        case kVtUint: return Base::unsigned_int;
        case kVtI8: case kVtCy: return Base::hyper;
        case kVtUi8: return Base::unsigned_hyper;
        case kVtR4: return Base::float_;
        case kVtR8: case kVtDate: return Base::double_;
        case kVtVoid: return Base::void_;
        default: return Base::long_;
    }
}

/// What mktyplib knows without being told. BSTR and the strings are pointers, VARIANT and DECIMAL structures.
void declare_automation_type(Model& model, const std::string& name) {
    enum class Form : std::uint8_t { number, text, structure };
    struct BuiltIn {
        const char* name;
        Form form;
        Base base;
    };
    static constexpr BuiltIn kBuiltIn[] = {
        {"HRESULT", Form::number, Base::long_}, {"SCODE", Form::number, Base::long_}, {"VARIANT_BOOL", Form::number, Base::short_},
        {"DATE", Form::number, Base::double_}, {"BOOL", Form::number, Base::long_}, {"BSTR", Form::text, Base::wchar},
        {"LPSTR", Form::text, Base::char_}, {"LPWSTR", Form::text, Base::wchar}, {"VARIANT", Form::structure, Base::void_},
        {"CURRENCY", Form::structure, Base::void_}, {"DECIMAL", Form::structure, Base::void_}};
    if (model.typedefs.contains(name) || model.interfaces.contains(name) || model.coclasses.contains(name) || model.tags.contains(name)) return;
    if (name == "IUnknown" || name == "IDispatch") {
        auto* made = model.ast.make<Interface>();
        made->name = name;
        made->imported = true;
        made->has_id = true;
        made->id = *parse_guid(name == "IUnknown" ? "00000000-0000-0000-C000-000000000046" : "00020400-0000-0000-C000-000000000046");
        made->method_count = name == "IUnknown" ? 3 : 7;
        made->attributes.list.push_back({AttributeKind::object, {}, {}, {}, nullptr});
        model.interfaces.emplace(name, made);
    }
    for (const auto& known : kBuiltIn) {
        if (name != known.name) continue;
        auto* made = model.ast.make<Typedef>();
        made->name = name;
        made->type = model.ast.make<Type>();
        if (known.form == Form::structure) {
            made->type->kind = Type::Kind::structure;
            made->type->name = name == "VARIANT" ? "tagVARIANT" : name == "CURRENCY" ? "tagCY" : "tagDEC";
        } else {
            made->type->base = known.base;
            if (known.form == Form::text) {
                auto* pointer = model.ast.make<Type>();
                pointer->kind = Type::Kind::pointer;
                pointer->element = made->type;
                made->type = pointer;
            }
        }
        model.typedefs.emplace(name, made);
    }
}

std::string file_of(const std::string& path) { return path.substr(path.find_last_of("/\\") + 1); }

}  // namespace

void ImportedTypes::load(Model& model, Diagnostics& diagnostics) {
    for (const auto& file : model.ast.files) {
        each_importlib(file.items, [&](const ImportLibrary& import) {
            const auto library = path_.load(import.name);
            if (!library) {
                diagnostics.report(Message::importlib_unreadable, import.place, {import.name, library.error().text()});
                return;
            }
            if (std::any_of(sources_.begin(), sources_.end(), [&](const auto& s) { return s.library == *library; })) return;
            const auto source = static_cast<std::uint32_t>(sources_.size());
            sources_.push_back({*library, file_of(import.name), &file == &model.ast.files[0]});
            for (std::uint32_t i = 0; i < (*library)->types.size(); ++i) {
                const auto& type = (*library)->types[i];
                names_.try_emplace(type.name, Found{source, i});
                if (type.guid) ids_.try_emplace(*type.guid, Found{source, i});
            }
        });
    }
}

std::optional<ImportedTypes::Found> ImportedTypes::find_any(const std::string& name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ImportedTypes::Found> ImportedTypes::find(const Guid& id) const {
    const auto found = ids_.find(id);
    return own(found == ids_.end() ? std::nullopt : std::optional(found->second));
}

void ImportedTypes::declare(Model& model, const std::string& name) const {
    const auto found = find_any(name);
    if (!found || model.typedefs.contains(name) || model.interfaces.contains(name) || model.coclasses.contains(name) || model.tags.contains(name)) return;
    const auto& known = type(*found);
    switch (known.kind) {
        case typelib::TypeKind::interface:
        case typelib::TypeKind::dispatch: {
            auto* made = model.ast.make<Interface>();
            made->name = name;
            made->imported = true;
            made->is_dispinterface = known.kind == typelib::TypeKind::dispatch && !(known.flags & typelib::kTypeDual);
            made->has_id = known.guid.has_value();
            made->id = known.guid.value_or(Guid{});
            made->method_count = static_cast<std::uint16_t>(known.inherited_functions + known.functions.size());
            made->attributes.list.push_back({AttributeKind::object, {}, {}, {}, nullptr});
            model.interfaces.emplace(name, made);
            break;
        }
        case typelib::TypeKind::coclass: {
            auto* made = model.ast.make<Coclass>();
            made->name = name;
            made->has_id = known.guid.has_value();
            made->id = known.guid.value_or(Guid{});
            model.coclasses.emplace(name, made);
            break;
        }
        case typelib::TypeKind::module: break;
        default: {
            auto* made = model.ast.make<Typedef>();
            made->name = name;
            made->type = model.ast.make<Type>();
            if (known.alias) {
                made->type->base = base_of(known.alias->vt);
            } else if (known.kind == typelib::TypeKind::enumeration) {
                made->type->base = Base::long_;
            } else {
                made->type->kind = known.kind == typelib::TypeKind::union_ ? Type::Kind::union_ : Type::Kind::structure;
                made->type->name = name;
            }
            model.typedefs.emplace(name, made);
        }
    }
}

void ImportedTypes::declare_missing(Model& model) const {
    const bool has_library = !model.ast.all<Library>().empty();
    if (!has_library) return;
    std::vector<std::string> names;
    for (const auto& type : model.ast.all<Type>())
        if (type.kind == Type::Kind::named) names.push_back(type.name);
    for (const auto& interface : model.ast.all<Interface>()) {
        if (!interface.base_name.empty()) names.push_back(interface.base_name);
        if (!interface.wraps.empty()) names.push_back(interface.wraps);
    }
    for (const auto& coclass : model.ast.all<Coclass>())
        for (const auto& reference : coclass.interfaces) names.push_back(reference.name);
    for (const auto& name : names) {
        declare(model, name);
        declare_automation_type(model, name);
    }
}

}  // namespace odc::midl
