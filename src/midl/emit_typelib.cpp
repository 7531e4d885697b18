#include "midl/emit_typelib.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "midl/typelib_types.h"

namespace odc::midl {
namespace {

using namespace typelib;
using K = AttributeKind;

struct FlagOf {
    AttributeKind kind;
    std::uint16_t flag;
};

std::uint16_t flags_of(const Attributes& attributes, std::initializer_list<FlagOf> table) {
    std::uint16_t flags = 0;
    for (const auto& entry : table)
        if (attributes.has(entry.kind)) flags |= entry.flag;
    return flags;
}

class Emitter {
  public:
    Emitter(const Model& model, const midl::Library& source, const ImportedTypes& imported, typelib::Library& out)
        : model_(model), source_(source), out_(out), types_(model, source, imported, out) {
        for (const auto& made : model.ast.all<Typedef>())
            if (made.type && made.type->defined) naming_typedefs_.try_emplace(made.type, &made);
        // `typedef [hidden] struct S S;` says something of the structure too, wherever that is defined.
        for (const auto& made : model.ast.all<Typedef>())
            if (made.type && made.type->definition && same_name(made.type->definition->name, made.name))
                naming_typedefs_.try_emplace(made.type->definition, &made);
    }

    void run() {
        library();
        for (const auto& item : source_.items) name_item(item);
        while (auto next = types_.next()) {
            const auto index = next->first;
            auto made = std::visit([&](const auto* node) { return describe(*node); }, next->second);
            out_.types[index] = std::move(made);
        }
        types_.lay_out();
    }

  private:
    // What stands in the library statement gets its place in the order of the source.
    void name_item(const Item& item) {
        if (const auto* group = std::get_if<TypedefGroup>(&item)) {
            name_group(*group);
        } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
            if (tag->type->defined) types_.reference(*tag->type);
        } else if (const auto* interface = std::get_if<Interface*>(&item)) {
            types_.reference(**interface);
            for (const auto& inner : (*interface)->items)
                if (std::holds_alternative<TypedefGroup>(inner) || std::holds_alternative<TagDeclaration>(inner)) name_item(inner);
        } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
            types_.reference(**coclass);
        } else if (const auto* module = std::get_if<Module*>(&item)) {
            types_.reference(**module);
        } else if (const auto* forward = std::get_if<ForwardInterface>(&item)) {
            // What is defined here has its place where it is defined.
            if (forward->interface_ && forward->interface_->library != &source_) types_.reference(*forward->interface_);
            if (forward->coclass && forward->coclass->library != &source_) types_.reference(*forward->coclass);
        }
    }

    void name_group(const TypedefGroup& group) {
        for (const auto* made : group.names) {
            const Type* type = made->type;
            const bool tagged = type && (type->kind == Type::Kind::structure || type->kind == Type::Kind::union_ || type->kind == Type::Kind::enumeration);
            if (tagged && type->defined) {
                types_.reference(*type);
                // A tag is the type's name, and the typedef's another one for it; mktyplib knows the typedef's only.
                if (!model_.mktyplib203 && !same_name(type->name, made->name)) types_.reference(*made);
            } else if (type && types_.is_alias(*made)) {
                types_.reference(*made);
            }
        }
    }

    std::string text(const Attributes& attributes, AttributeKind kind) const {
        const auto* found = attributes.find(kind);
        if (!found || found->values.empty()) return {};
        const auto value = model_.value(found->values[0]);
        const auto* content = value ? value->text() : nullptr;
        return content ? *content : std::string();
    }

    std::optional<std::int64_t> number(const Attributes& attributes, AttributeKind kind) const {
        const auto* found = attributes.find(kind);
        return found && !found->values.empty() ? model_.evaluate(found->values[0]) : std::nullopt;
    }

    Documentation documentation(const Attributes& attributes) const {
        return {text(attributes, K::helpstring), static_cast<std::uint32_t>(number(attributes, K::helpcontext).value_or(0)),
                static_cast<std::uint32_t>(number(attributes, K::helpstringcontext).value_or(0))};
    }

    std::vector<CustomData> custom(const Attributes& attributes) const {
        std::vector<CustomData> list;
        for (const auto& attribute : attributes.list) {
            if (attribute.kind != K::custom || attribute.values.empty()) continue;
            if (const auto id = guid_of(attribute)) list.push_back({*id, types_.value(attribute.values[0], TypeDesc::simple(kVtVariant))});
        }
        return list;
    }

    void common(TypeInfo& type, const std::string& name, const Attributes& attributes) const {
        type.name = name;
        type.doc = documentation(attributes);
        type.custom = custom(attributes);
        const auto version = version_of(attributes);
        type.major = version.major;
        type.minor = version.minor;
        type.flags = flags_of(attributes, {{K::hidden, kTypeHidden}, {K::restricted, kTypeRestricted}});
        if (const auto* id = attributes.find(K::uuid)) type.guid = guid_of(*id);
    }

    void library() {
        const auto& a = source_.attributes;
        out_.name = source_.name;
        out_.id = source_.id;
        const auto version = version_of(a);
        out_.major = version.major;
        out_.minor = version.minor;
        out_.lcid = static_cast<std::uint32_t>(number(a, K::lcid).value_or(0));
        if (out_.lcid) out_.text_lcid = out_.lcid;
        out_.flags = flags_of(a, {{K::restricted, kLibRestricted}, {K::control, kLibControl}, {K::hidden, kLibHidden}});
        out_.doc = documentation(a);
        out_.helpfile = text(a, K::helpfile);
        if (a.has(K::helpstringdll)) out_.help_dll = text(a, K::helpstringdll);
        out_.custom = custom(a);
    }

    TypeInfo describe(const Interface& interface) {
        TypeInfo type;
        const auto& a = interface.attributes;
        common(type, interface.name, a);
        if (interface.has_id) type.guid = interface.id;
        type.flags |= flags_of(a, {{K::nonextensible, kTypeNonExtensible}, {K::oleautomation, kTypeOleAutomation}, {K::proxy, kTypeProxy},
                                   {K::dual, kTypeDual | kTypeOleAutomation | kTypeDispatchable}});
        const auto pointer = out_.pointer_size();
        type.size = pointer;
        type.alignment = static_cast<std::uint8_t>(pointer);
        type.kind = interface.is_dispinterface || a.has(K::dual) ? TypeKind::dispatch : TypeKind::interface;
        std::uint16_t depth = 0, inherited_methods = 0;
        if (interface.is_dispinterface) {
            type.flags |= kTypeDispatchable;
            if (interface.wrapped) {
                const auto ref = types_.reference(*interface.wrapped);
                type.implements.push_back({ref, 0, {}});
                std::tie(type.inherited_interfaces, type.inherited_functions) = types_.inherited(ref, interface.wrapped);
                inherited_methods = type.inherited_functions;
            } else if (const auto base = types_.dispatch()) {
                type.implements.push_back({*base, 0, {}});
            }
        } else if (interface.base) {
            const auto ref = types_.reference(*interface.base);
            type.implements.push_back({ref, 0, {}});
            std::tie(depth, inherited_methods) = types_.inherited(ref, interface.base);
            type.inherited_interfaces = depth;
            type.inherited_functions = inherited_methods;
            for (const auto* base = interface.base; base; base = base->base)
                if (base->name == "IDispatch") type.flags |= kTypeDispatchable;
        }
        // The method numbers of a property are those of its first function.
        std::map<std::string, std::int32_t> ids;
        std::uint16_t slot = 0;
        for (const auto* function : interface.functions) {
            if (function->is_remote_form) continue;
            // What goes over the wire is what other programs may call.
            const auto& shown = function->call_as ? *function->call_as : *function;
            auto made = describe_function(shown, type, interface.is_dispinterface ? FuncKind::dispatch : FuncKind::pure_virtual);
            const auto automatic = static_cast<std::int32_t>(0x60000000 | static_cast<std::uint32_t>(depth) << 16 | slot);
            const auto given = number(function->attributes, K::id);
            made.memid = given ? static_cast<std::int32_t>(*given) : ids.contains(made.name) ? ids[made.name] : automatic;
            ids.try_emplace(made.name, made.memid);
            if (!interface.is_dispinterface) made.vtable_offset = static_cast<std::uint16_t>((inherited_methods + slot) * pointer);
            ++slot;
            type.functions.push_back(std::move(made));
        }
        type.vtable_size = static_cast<std::uint16_t>((inherited_methods + slot) * pointer);
        std::uint32_t index = 0;
        for (const auto& field : interface.properties) {
            auto variable = describe_field(field, index++);
            variable.kind = VarKind::dispatch;
            variable.memid = static_cast<std::int32_t>(number(field.attributes, K::id).value_or(variable.memid));
            type.variables.push_back(std::move(variable));
        }
        return type;
    }

    static CallConv convention_of(const std::string& text) {
        if (text.find("cdecl") != std::string::npos) return CallConv::cdecl_;
        if (text.find("pascal") != std::string::npos || text.find("PASCAL") != std::string::npos) return CallConv::pascal;
        if (text.find("fastcall") != std::string::npos) return CallConv::fastcall;
        return CallConv::stdcall;
    }

    typelib::Function describe_function(const midl::Function& source, const TypeInfo& owner, FuncKind kind) {
        (void)owner;
        typelib::Function made;
        const auto& a = source.attributes;
        made.name = source.name;
        made.kind = kind;
        made.doc = documentation(a);
        made.custom = custom(a);
        made.convention = convention_of(source.convention);
        made.result = types_.describe(source.result);
        made.invoke = a.has(K::propget) ? kInvokePropertyGet : a.has(K::propput) ? kInvokePropertyPut : a.has(K::propputref) ? kInvokePropertyPutRef
                                                                                                                            : kInvokeFunc;
        made.flags = flags_of(a, {{K::restricted, kFuncRestricted}, {K::source, kFuncSource}, {K::bindable, kFuncBindable},
                                  {K::requestedit, kFuncRequestEdit}, {K::displaybind, kFuncDisplayBind}, {K::defaultbind, kFuncDefaultBind},
                                  {K::hidden, kFuncHidden}, {K::usesgetlasterror, kFuncUsesGetLastError}, {K::defaultcollelem, kFuncDefaultCollElem},
                                  {K::uidefault, kFuncUiDefault}, {K::nonbrowsable, kFuncNonBrowsable}, {K::replaceable, kFuncReplaceable},
                                  {K::immediatebind, kFuncImmediateBind}});
        for (const auto& parameter : source.parameters) {
            if (!parameter.type || (parameter.name.empty() && is_void(parameter.type))) continue;
            typelib::Parameter p;
            p.name = parameter.name;
            p.type = types_.describe_parameter(parameter.type);
            p.flags = flags_of(parameter.attributes, {{K::in, kParamIn}, {K::out, kParamOut}, {K::lcid, kParamLcid}, {K::retval, kParamRetval},
                                                      {K::optional, kParamOptional}, {K::defaultvalue, kParamOptional | kParamHasDefault}});
            if (parameter.attributes.has(K::optional)) ++made.optional_count;
            if (const auto* value = parameter.attributes.find(K::defaultvalue); value && !value->values.empty())
                p.default_value = types_.value(value->values[0], p.type);
            p.custom = custom(parameter.attributes);
            made.parameters.push_back(std::move(p));
        }
        if (a.has(K::vararg)) made.optional_count = -1;
        if ((made.invoke & (kInvokePropertyPut | kInvokePropertyPutRef)) && !made.parameters.empty()) made.parameters.back().name.clear();
        return made;
    }

    Variable describe_field(const Field& field, std::uint32_t index) {
        Variable made;
        const auto& a = field.attributes;
        made.name = field.name;
        made.memid = static_cast<std::int32_t>(0x40000000 | index);
        if (field.type) made.type = types_.describe(field.type);
        made.doc = documentation(a);
        made.custom = custom(a);
        made.flags = variable_flags(a);
        return made;
    }

    static std::uint16_t variable_flags(const Attributes& a) {
        return flags_of(a, {{K::readonly, kVarReadOnly}, {K::source, kVarSource}, {K::bindable, kVarBindable}, {K::requestedit, kVarRequestEdit},
                            {K::displaybind, kVarDisplayBind}, {K::defaultbind, kVarDefaultBind}, {K::hidden, kVarHidden},
                            {K::restricted, kVarRestricted}, {K::defaultcollelem, kVarDefaultCollElem}, {K::uidefault, kVarUiDefault},
                            {K::nonbrowsable, kVarNonBrowsable}, {K::replaceable, kVarReplaceable}, {K::immediatebind, kVarImmediateBind}});
    }

    TypeInfo describe(const Coclass& coclass) {
        TypeInfo type;
        const auto& a = coclass.attributes;
        common(type, coclass.name, a);
        type.kind = TypeKind::coclass;
        if (coclass.has_id) type.guid = coclass.id;
        type.flags |= flags_of(a, {{K::appobject, kTypeAppObject}, {K::predeclid, kTypePredeclId}, {K::licensed, kTypeLicensed}, {K::control, kTypeControl},
                                   {K::aggregatable, kTypeAggregatable}});
        if (!a.has(K::noncreatable)) type.flags |= kTypeCanCreate;
        type.size = out_.pointer_size();
        type.alignment = 4;
        std::optional<std::size_t> first[2];
        bool has_default[2] = {false, false};
        for (const auto& reference : coclass.interfaces) {
            if (!reference.interface_) continue;
            ImplType implemented;
            implemented.type = types_.reference(*reference.interface_);
            implemented.flags = flags_of(reference.attributes, {{K::default_, kImplDefault}, {K::source, kImplSource}, {K::restricted, kImplRestricted},
                                                                {K::defaultvtable, kImplDefaultVtable}});
            implemented.custom = custom(reference.attributes);
            const bool is_source = implemented.flags & kImplSource;
            if (implemented.flags & kImplDefault) has_default[is_source] = true;
            // Restricted interfaces are not what a class is used through.
            if (!first[is_source] && !(implemented.flags & kImplRestricted)) first[is_source] = type.implements.size();
            type.implements.push_back(std::move(implemented));
        }
        for (const int side : {0, 1})
            if (!has_default[side] && first[side]) type.implements[*first[side]].flags |= kImplDefault;
        return type;
    }

    TypeInfo describe(const Module& module) {
        TypeInfo type;
        common(type, module.name, module.attributes);
        type.kind = TypeKind::module;
        if (module.has_id) type.guid = module.id;
        type.dll_name = text(module.attributes, K::dllname);
        std::uint32_t index = 0;
        std::map<std::string, std::int32_t> ids;
        for (const auto& item : module.items) {
            if (const auto* function = std::get_if<midl::Function*>(&item)) {
                auto made = describe_function(**function, type, FuncKind::static_);
                const auto automatic = static_cast<std::int64_t>(0x60000000 | type.functions.size());
                const auto given = number((*function)->attributes, K::id);
                made.memid = given ? static_cast<std::int32_t>(*given) : ids.try_emplace(made.name, static_cast<std::int32_t>(automatic)).first->second;
                ids.try_emplace(made.name, made.memid);
                if (const auto* entry = (*function)->attributes.find(K::entry); entry && !entry->values.empty()) {
                    const auto value = model_.value(entry->values[0]);
                    if (value && value->text()) made.entry = *value->text();
                    else if (value && value->integer()) made.entry = static_cast<std::uint16_t>(*value->integer());
                }
                type.functions.push_back(std::move(made));
            } else if (const auto* constant = std::get_if<Constant*>(&item)) {
                const auto& c = **constant;
                Variable made;
                made.name = c.name;
                made.kind = VarKind::constant;
                made.memid = static_cast<std::int32_t>(number(c.attributes, K::id).value_or(0x40000000 | index));
                ++index;
                made.type = types_.describe(c.type);
                made.value = types_.value(c.value, made.type);
                made.doc = documentation(c.attributes);
                made.custom = custom(c.attributes);
                made.flags = variable_flags(c.attributes);
                type.variables.push_back(std::move(made));
            }
        }
        type.size = static_cast<std::uint32_t>(type.functions.size());
        return type;
    }

    /// Tags that nobody gave: numbered, so that they differ in this library.
    std::string invented_name() { return fmt::format("__MIDL_{}_{:04}", out_.name, ++invented_); }

    TypeInfo describe(const Type& tagged) {
        TypeInfo type;
        const auto found = naming_typedefs_.find(&tagged);
        const Typedef* made = found == naming_typedefs_.end() ? nullptr : found->second;
        // Attributes may stand before `typedef` or before the tag.
        Attributes attributes = tagged.attributes;
        if (made) attributes.list.insert(attributes.list.end(), made->attributes.list.begin(), made->attributes.list.end());
        std::string name = tagged.name;
        if (model_.mktyplib203 && made) name = made->name;
        common(type, name.empty() ? invented_name() : name, attributes);
        type.kind = tagged.kind == Type::Kind::enumeration ? TypeKind::enumeration : tagged.kind == Type::Kind::union_ ? TypeKind::union_
                                                                                                                         : TypeKind::record;
        std::uint32_t index = 0;
        if (tagged.kind == Type::Kind::enumeration) {
            type.size = type.alignment = 4;
            for (const auto& value : tagged.values) {
                Variable v;
                v.name = value.name;
                v.memid = static_cast<std::int32_t>(number(value.attributes, K::id).value_or(0x40000000 | index));
                ++index;
                v.kind = VarKind::constant;
                v.type = TypeDesc::simple(kVtInt);
                v.value = typelib::Value{kVtI4, static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value.value))), {}};
                v.doc = documentation(value.attributes);
                v.custom = custom(value.attributes);
                v.flags = variable_flags(value.attributes);
                type.variables.push_back(std::move(v));
            }
        } else {
            for (const auto& field : tagged.fields) {
                if (field.is_empty || !field.type) continue;
                type.variables.push_back(describe_field(field, index++));
            }
        }
        return type;
    }

    TypeInfo describe(const Typedef& made) {
        TypeInfo type;
        common(type, made.name, made.attributes);
        type.kind = TypeKind::alias;
        const Type& target = *made.type;
        const bool tagged = target.kind == Type::Kind::structure || target.kind == Type::Kind::union_ || target.kind == Type::Kind::enumeration;
        // A UUID in front of a structure's typedef is the structure's.
        if (tagged && target.defined) type.guid.reset();
        type.alias = types_.describe(&target);
        return type;
    }

    const Model& model_;
    const midl::Library& source_;
    typelib::Library& out_;
    TypelibTypes types_;
    std::unordered_map<const Type*, const Typedef*> naming_typedefs_;  ///< the first name of a type that a typedef defines
    unsigned invented_ = 0;
};

}  // namespace

const Library* own_library(const Model& model) {
    for (const auto& item : model.ast.files[0].items)
        if (const auto* library = std::get_if<Library*>(&item)) return *library;
    return nullptr;
}

typelib::Library emit_typelib(const Model& model, const Library& library, const ImportedTypes& imported, SysKind system) {
    typelib::Library out;
    out.system = system;
    Emitter(model, library, imported, out).run();
    return out;
}

}  // namespace odc::midl
