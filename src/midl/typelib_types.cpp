#include "midl/typelib_types.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <unordered_map>

namespace odc::midl {
namespace {

using namespace typelib;

constexpr Guid kUnknownId{0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr Guid kDispatchId{0x00020400, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/// Types that Automation knows by themselves, whatever their definition is.
const std::unordered_map<std::string, std::uint16_t> kAutomationTypes{
    {"BSTR", kVtBstr}, {"VARIANT", kVtVariant}, {"VARIANTARG", kVtVariant}, {"tagVARIANT", kVtVariant}, {"CURRENCY", kVtCy}, {"CY", kVtCy},
    {"tagCY", kVtCy}, {"DATE", kVtDate}, {"DECIMAL", kVtDecimal}, {"tagDEC", kVtDecimal}, {"SCODE", kVtError}, {"HRESULT", kVtHresult},
    {"VARIANT_BOOL", kVtBool}, {"_VARIANT_BOOL", kVtBool}, {"LPSTR", kVtLpstr}, {"LPCSTR", kVtLpstr}, {"LPWSTR", kVtLpwstr},
    {"LPCWSTR", kVtLpwstr}, {"LPOLESTR", kVtLpwstr}, {"LPCOLESTR", kVtLpwstr}};

std::uint16_t vt_of(const Type& type, bool wide, bool mktyplib203) {
    switch (type.base) {
        case Base::void_: return kVtVoid;
        case Base::boolean: return mktyplib203 ? kVtBool : kVtUi1;
        case Base::byte: case Base::unsigned_small: return kVtUi1;
        case Base::char_: return type.is_plain_char ? kVtI1 : kVtUi1;
        case Base::signed_char: case Base::small: return kVtI1;
        case Base::wchar: case Base::unsigned_short: return kVtUi2;
        case Base::short_: return kVtI2;
        case Base::long_: case Base::error_status: return kVtI4;
        case Base::unsigned_long: return kVtUi4;
        case Base::int_: return kVtInt;
        case Base::unsigned_int: return kVtUint;
        case Base::hyper: return kVtI8;
        case Base::unsigned_hyper: return kVtUi8;
        case Base::int3264: return wide ? kVtI8 : kVtI4;
        case Base::unsigned_int3264: return wide ? kVtUi8 : kVtUi4;
        case Base::float_: return kVtR4;
        case Base::double_: return kVtR8;
        case Base::handle: return kVtVoid;
    }
    return kVtVoid;
}

bool is_tagged(const Type& type) {
    return type.kind == Type::Kind::structure || type.kind == Type::Kind::union_ || type.kind == Type::Kind::enumeration;
}

const Type& definition_of(const Type& type) { return type.definition && type.definition != &type ? *type.definition : type; }

}  // namespace

bool same_name(const std::string& a, const std::string& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

TypelibTypes::TypelibTypes(const Model& model, const Library& library, const ImportedTypes& imported, typelib::Library& out)
    : model_(model), imported_(imported), out_(out) {
    collect(library.items);
}

void TypelibTypes::collect(const std::vector<Item>& items) {
    for (const auto& item : items) {
        if (const auto* group = std::get_if<TypedefGroup>(&item)) {
            for (const auto* made : group->names) {
                inside_[made] = true;
                if (made->type) inside_[&definition_of(*made->type)] = true;
            }
        } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
            inside_[tag->type] = true;
        } else if (const auto* interface = std::get_if<Interface*>(&item)) {
            inside_[*interface] = true;
            collect((*interface)->items);
        } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
            inside_[*coclass] = true;
        }
    }
}

TypeRef TypelibTypes::local(const void* key, Node node) {
    const auto [found, is_new] = places_.try_emplace(key, static_cast<std::uint32_t>(out_.types.size()));
    if (is_new) {
        out_.types.emplace_back();
        pending_.emplace_back(found->second, node);
        nodes_.push_back(node);
    }
    return {found->second, false};
}

TypeRef TypelibTypes::import(ImportedTypes::Found found) {
    const auto [entry, is_new] = imports_.try_emplace({found.source, found.type}, static_cast<std::uint32_t>(out_.imports.size()));
    if (!is_new) return {entry->second, true};
    const auto& source = imported_.sources()[found.source];
    const auto [file, new_file] = import_files_.try_emplace(found.source, static_cast<std::uint32_t>(out_.imported_libraries.size()));
    if (new_file) out_.imported_libraries.push_back({source.library->id, source.library->lcid, source.library->major, source.library->minor, source.file});
    const auto& type = imported_.type(found);
    ImportedType made;
    made.library = file->second;
    made.kind = type.kind;
    if (type.guid) made.which = *type.guid;
    else made.which = found.type;
    made.name = type.name;
    found_.push_back(found);
    out_.imports.push_back(std::move(made));
    return {entry->second, true};
}

TypeRef TypelibTypes::reference(const Interface& interface) {
    if (!is_inside(&interface)) {
        // What ODL knows without an import gives way to an imported library's name.
        if (model_.ast.files[interface.file].built_in)
            if (const auto found = imported_.find(interface.name)) return import(*found);
        if (interface.has_id)
            if (const auto found = imported_.find(interface.id)) return import(*found);
        if (interface.imported)
            if (const auto found = imported_.find_any(interface.name)) return import(*found);
    }
    return local(&interface, &interface);
}

TypeRef TypelibTypes::reference(const Coclass& coclass) {
    if (!is_inside(&coclass))
        if (const auto found = imported_.find(coclass.name)) return import(*found);
    return local(&coclass, &coclass);
}

TypeRef TypelibTypes::reference(const Module& module) { return local(&module, &module); }

TypeRef TypelibTypes::reference(const Type& definition) {
    const auto& type = definition_of(definition);
    if (!is_inside(&type) && !type.name.empty())
        if (const auto found = imported_.find(type.name)) return import(*found);
    return local(&type, &type);
}

TypeRef TypelibTypes::reference(const Typedef& made) {
    if (!is_inside(&made))
        if (const auto found = imported_.find(made.name)) return import(*found);
    return local(&made, &made);
}

std::optional<TypeRef> TypelibTypes::dispatch() {
    for (const auto& interface : model_.ast.all<Interface>())
        if (interface.has_id && interface.id == kDispatchId) return reference(interface);
    if (const auto found = imported_.find(kDispatchId)) return import(*found);
    return std::nullopt;
}

bool TypelibTypes::is_alias(const Typedef& made) const {
    if (!is_inside(&made) && imported_.find(made.name)) return true;
    const auto& type = definition_of(*made.type);
    if (is_tagged(type) && same_name(type.name, made.name)) return false;
    if (!made.attributes.list.empty()) return true;
    return is_tagged(type) && made.type->kind != Type::Kind::named && type.name.empty() && type.defined;
}

TypeDesc TypelibTypes::describe(const Type* type) {
    std::size_t pointers = 0;
    // What is left of a description after its pointers; typedefs that nobody shall see are looked through.
    const auto wrap = [&](TypeDesc inner) {
        for (; pointers > 0; --pointers) inner = TypeDesc::of(kVtPtr, std::move(inner));
        return inner;
    };
    for (int steps = 0; type && steps < 2000; ++steps) {
        switch (type->kind) {
            case Type::Kind::base: return wrap(TypeDesc::simple(vt_of(*type, out_.system == SysKind::win64, model_.mktyplib203)));
            case Type::Kind::pointer:
                if (++pointers > 40) return TypeDesc::of(kVtPtr, TypeDesc::simple(kVtVoid));
                type = type->element;
                continue;
            case Type::Kind::safearray: {
                auto element = describe(type->element);
                return wrap(TypeDesc::of(kVtSafeArray, std::move(element)));
            }
            case Type::Kind::array: {
                TypeDesc made;
                made.vt = kVtCArray;
                while (type->kind == Type::Kind::array) {
                    made.bounds.push_back({static_cast<std::uint32_t>(std::max<std::int64_t>(type->count, 0)), 0});
                    type = type->element;
                }
                made.element.push_back(describe(type));
                return wrap(std::move(made));
            }
            case Type::Kind::named: {
                if (const auto* interface = type->interface_) {
                    if (pointers > 0 && interface->has_id && (interface->id == kUnknownId || interface->id == kDispatchId)) {
                        --pointers;
                        return wrap(TypeDesc::simple(interface->id == kUnknownId ? kVtUnknown : kVtDispatch));
                    }
                    return wrap(TypeDesc::user(reference(*interface)));
                }
                if (type->coclass) return wrap(TypeDesc::user(reference(*type->coclass)));
                if (const auto known = kAutomationTypes.find(type->name); known != kAutomationTypes.end()) return wrap(TypeDesc::simple(known->second));
                if (type->name == "BOOL") return wrap(TypeDesc::simple(model_.mktyplib203 ? kVtBool : kVtI4));
                if (type->alias) {
                    const auto& made = *type->alias;
                    if (const auto* wire = made.attributes.find(AttributeKind::wire_marshal); wire && wire->type) {
                        type = wire->type;  // what others see of a handle is the form in which it travels
                        continue;
                    }
                    const auto& inner = definition_of(*made.type);
                    // In the language of mktyplib the name of the typedef that defines a type is the type's.
                    if (model_.mktyplib203 && made.type == &inner && is_tagged(inner) && inner.defined) return wrap(TypeDesc::user(reference(inner)));
                    if (is_alias(made)) return wrap(TypeDesc::user(reference(made)));
                    type = made.type;
                    continue;
                }
                if (type->definition && type->definition != type) {
                    type = type->definition;
                    continue;
                }
                return wrap(TypeDesc::simple(kVtVoid));
            }
            case Type::Kind::structure:
            case Type::Kind::union_:
            case Type::Kind::enumeration: {
                const auto& definition = definition_of(*type);
                if (const auto known = kAutomationTypes.find(definition.name); known != kAutomationTypes.end())
                    return wrap(TypeDesc::simple(known->second));
                if (!definition.defined && !imported_.find(definition.name)) {
                    // Only named: a pointer to it leads to something unknown.
                    return wrap(TypeDesc::simple(definition.kind == Type::Kind::enumeration ? kVtInt : kVtVoid));
                }
                return wrap(TypeDesc::user(reference(definition)));
            }
            case Type::Kind::function:
            case Type::Kind::pipe: return wrap(TypeDesc::simple(kVtVoid));
        }
    }
    return wrap(TypeDesc::simple(kVtVoid));
}

TypeDesc TypelibTypes::describe_parameter(const Type* type) {
    const Type* inner = type;
    if (inner && inner->kind == Type::Kind::array && inner->count < 0) return TypeDesc::of(kVtPtr, describe(inner->element));
    auto made = describe(type);
    if (made.vt == kVtCArray) return TypeDesc::of(kVtPtr, std::move(made));
    return made;
}

std::uint16_t TypelibTypes::value_type(const Node& node) const {
    const auto* made = std::get_if<const Typedef*>(&node);
    const Type* type = made ? (*made)->type : nullptr;
    for (int steps = 0; type && steps < 100; ++steps) {
        if (const auto known = kAutomationTypes.find(type->name); known != kAutomationTypes.end()) return known->second;
        if (type->kind == Type::Kind::base) return vt_of(*type, out_.system == SysKind::win64, model_.mktyplib203);
        if (type->kind == Type::Kind::named) type = type->alias ? type->alias->type : nullptr;
        else type = type->element;
    }
    return kVtI4;
}

std::uint16_t TypelibTypes::value_type(const TypeInfo* type) {
    if (!type || !type->alias) return kVtI4;
    const auto* bottom = &*type->alias;
    while (!bottom->element.empty()) bottom = &bottom->element[0];
    return bottom->vt == kVtUserDefined ? std::uint16_t{kVtI4} : bottom->vt;
}

const TypeInfo* TypelibTypes::imported_type(TypeRef ref) const {
    return ref.index < found_.size() ? &imported_.type(found_[ref.index]) : nullptr;
}

typelib::Value TypelibTypes::value(const Expr* expr, const TypeDesc& type) const {
    typelib::Value made;
    const auto known = model_.value(expr);
    if (!known) return made;
    // A pointer's value is said with the type that it points to; there is hardly one but null.
    const auto* bottom = &type;
    while (!bottom->element.empty()) bottom = &bottom->element[0];
    auto vt = bottom->vt;
    if (vt == kVtUserDefined) vt = bottom->ref.imported ? value_type(imported_type(bottom->ref)) : value_type(nodes_[bottom->ref.index]);
    if (const auto* text = known->text()) {
        made.vt = kVtBstr;
        made.text = *text;
        return made;
    }
    const double number = known->floating() ? *known->floating() : static_cast<double>(*known->integer());
    if (type.vt == kVtVariant) vt = known->floating() ? kVtR8 : expr->is_unsigned ? kVtUi4 : kVtI4;
    made.vt = vt;
    switch (vt) {
        case kVtR4: made.bits = std::bit_cast<std::uint32_t>(static_cast<float>(number)); break;
        case kVtR8: case kVtDate: made.bits = std::bit_cast<std::uint64_t>(number); break;
        case kVtCy: made.bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(number * 10000)); break;
        case kVtBstr: case kVtLpstr: case kVtLpwstr: made.vt = kVtI4; [[fallthrough]];  // a null pointer
        default: {
            const auto whole = known->integer() ? *known->integer() : static_cast<std::int64_t>(number);
            switch (made.vt) {
                case kVtI1: made.bits = static_cast<std::uint64_t>(static_cast<std::int8_t>(whole)); break;
                case kVtUi1: made.bits = static_cast<std::uint8_t>(whole); break;
                case kVtI2: case kVtBool: made.bits = static_cast<std::uint64_t>(static_cast<std::int16_t>(whole)); break;
                case kVtUi2: made.bits = static_cast<std::uint16_t>(whole); break;
                case kVtI8: case kVtUi8: made.bits = static_cast<std::uint64_t>(whole); break;
                case kVtUi4: case kVtUint: made.bits = static_cast<std::uint32_t>(whole); break;
                default: made.bits = static_cast<std::uint64_t>(static_cast<std::int32_t>(whole));
            }
        }
    }
    return made;
}

std::optional<std::pair<std::uint32_t, TypelibTypes::Node>> TypelibTypes::next() {
    if (pending_.empty()) return std::nullopt;
    auto first = pending_.front();
    pending_.pop_front();
    return first;
}

std::pair<std::uint16_t, std::uint16_t> TypelibTypes::inherited(TypeRef base, const Interface* interface) const {
    if (base.imported) {
        const auto& type = out_.imports[base.index];
        const auto* id = std::get_if<Guid>(&type.which);
        if (const auto found = id ? imported_.find(*id) : std::nullopt) {
            const auto& known = imported_.type(*found);
            return {static_cast<std::uint16_t>(known.inherited_interfaces + 1),
                    static_cast<std::uint16_t>(known.inherited_functions + known.functions.size())};
        }
    }
    std::uint16_t depth = 0;
    for (const auto* i = interface; i && depth < 1000; i = i->base) ++depth;
    return {depth, interface ? interface->method_count : std::uint16_t{0}};
}

std::pair<std::uint64_t, std::uint32_t> TypelibTypes::measure(const TypeDesc& type, int depth) {
    const auto pointer = out_.pointer_size();
    switch (type.vt) {
        case kVtI1: case kVtUi1: return {1, 1};
        case kVtI2: case kVtUi2: case kVtBool: return {2, 2};
        case kVtI4: case kVtUi4: case kVtR4: case kVtInt: case kVtUint: case kVtError: case kVtHresult: return {4, 4};
        case kVtI8: case kVtUi8: case kVtR8: case kVtCy: case kVtDate: return {8, 8};
        case kVtVariant: return {pointer == 8 ? 24 : 16, 8};
        case kVtDecimal: return {16, 8};
        case kVtVoid: return {0, 1};
        case kVtCArray: {
            auto [size, alignment] = measure(type.element[0], depth);
            for (const auto& bound : type.bounds) size = std::min<std::uint64_t>(size * bound.count, UINT32_MAX);
            return {size, alignment};
        }
        case kVtUserDefined: {
            if (!type.ref.imported) {
                measure(type.ref.index, depth + 1);
                const auto& known = out_.types[type.ref.index];
                return {known.size, known.alignment};
            }
            if (const auto* known = imported_type(type.ref)) return {known->size, known->alignment};
            return {pointer, pointer};
        }
        default: return {pointer, pointer};
    }
}

void TypelibTypes::measure(std::uint32_t index, int depth) {
    if (measured_[index] || depth > 300) return;
    measured_[index] = 1;
    auto& type = out_.types[index];
    if (type.alias) {
        const auto [size, alignment] = measure(*type.alias, depth);
        type.size = static_cast<std::uint32_t>(size);
        type.alignment = static_cast<std::uint8_t>(alignment);
    }
    if (type.kind != TypeKind::record && type.kind != TypeKind::union_) return;
    std::uint64_t end = 0;
    std::uint32_t widest = 1;
    for (auto& field : type.variables) {
        const auto [size, alignment] = measure(field.type, depth);
        const auto at = type.kind == TypeKind::union_ ? 0 : (end + alignment - 1) / alignment * alignment;
        field.offset = static_cast<std::uint32_t>(at);
        end = std::min<std::uint64_t>(std::max(end, at + size), UINT32_MAX);
        widest = std::max(widest, alignment);
    }
    type.size = static_cast<std::uint32_t>(std::min<std::uint64_t>((end + widest - 1) / widest * widest, UINT32_MAX));
    type.alignment = static_cast<std::uint8_t>(widest);
}

void TypelibTypes::lay_out() {
    measured_.assign(out_.types.size(), 0);
    for (std::uint32_t i = 0; i < out_.types.size(); ++i) measure(i, 0);
}

}  // namespace odc::midl
