#include "midl/wire.h"

#include <algorithm>

#include "midl/constness.h"
#include "midl/cxx.h"
#include "midl/size_operands.h"

namespace odc::midl {

/// The attributes that still wait for their level.
struct Layout::Request {
    const Attributes* attributes;
    Position position;
    Place place;
    std::string name;
    PointerKind pointer_default;
    int depth = 0;                        ///< levels so far
    std::size_t dimension = 0;            ///< how many levels have taken their part of size_is and friends
    PointerKind given = PointerKind::unset;
    bool string = false;
    const Expr* iid_is = nullptr;
    const Expr* switch_is = nullptr;
    const Type* switch_type = nullptr;
    const Attribute* range = nullptr;
    const Attribute* size = nullptr;
    const Attribute* length = nullptr;
    const Attribute* first = nullptr;
    bool is_max = false, is_last = false;
    bool ignored = false;
    bool in_array = false;
    bool behind_pointer = false;          ///< below a pointer that is not the parameter itself
    bool handles = false;                 ///< the parameter itself has [context_handle]: its innermost pointers are the handles
    bool ms_union = false;

    void take(const Attributes& from) {
        for (const auto& a : from.list) {
            const auto value = [&]() -> const Expr* { return a.values.empty() ? nullptr : a.values[0]; };
            switch (a.kind) {
                case AttributeKind::ref: if (given == PointerKind::unset) given = PointerKind::ref; break;
                case AttributeKind::unique: if (given == PointerKind::unset) given = PointerKind::unique; break;
                case AttributeKind::ptr: if (given == PointerKind::unset) given = PointerKind::full; break;
                case AttributeKind::string: case AttributeKind::bstring: string = true; break;
                case AttributeKind::iid_is: if (!iid_is) iid_is = value(); break;
                case AttributeKind::switch_is: if (!switch_is) switch_is = value(); break;
                case AttributeKind::switch_type: if (!switch_type) switch_type = a.type; break;
                case AttributeKind::range: if (!range) range = &a; break;
                case AttributeKind::size_is: if (!size) size = &a; break;
                case AttributeKind::max_is: if (!size) { size = &a; is_max = true; } break;
                case AttributeKind::length_is: if (!length) length = &a; break;
                case AttributeKind::last_is: if (!length) { length = &a; is_last = true; } break;
                case AttributeKind::first_is: if (!first) first = &a; break;
                case AttributeKind::ms_union: ms_union = true; break;
                case AttributeKind::ignore: ignored = true; break;
                default: break;
            }
        }
    }
    const Expr* at(const Attribute* a) const { return a && dimension < a->values.size() ? a->values[dimension] : nullptr; }
    bool sized() const { return at(size) || at(length) || at(first); }
};

bool is_deferred(const Wire& wire) {
    switch (wire.kind) {
        case Wire::Kind::pointer: return wire.to->kind != Wire::Kind::nothing;
        case Wire::Kind::object: return true;
        case Wire::Kind::user: return wire.pointer != PointerKind::unset;
        case Wire::Kind::structure: return wire.structure->deferred;
        case Wire::Kind::union_: return wire.union_->deferred;
        case Wire::Kind::array: return is_deferred(*wire.to);
        default: return false;
    }
}

bool frees(const Wire& wire) {
    switch (wire.kind) {
        case Wire::Kind::user: case Wire::Kind::converted: return true;
        case Wire::Kind::structure: return wire.structure->deferred || wire.structure->owns;
        case Wire::Kind::union_: return wire.union_->deferred || wire.union_->owns;
        case Wire::Kind::array: return frees(*wire.to);
        default: return is_deferred(wire);
    }
}

namespace {
/// The C++ type of one element: a row of an array has one of its own.
std::string element_type(const Wire& element) {
    const bool row = (element.kind == Wire::Kind::array || element.kind == Wire::Kind::string) && element.fixed > 0;
    return row ? "odc::ndr::Row<" + element.cxx + ", " + std::to_string(element.fixed) + ">" : element.cxx;
}
}  // namespace

/// [range] is for the first number, array with size_is or text on the way (MS-RPCE 2.2.4.14).
void Layout::take_range(Wire& made, Request& request) {
    if (!request.range || request.range->values.size() < 2) return;
    made.range_low = request.range->values[0];
    made.range_high = request.range->values[1];
    request.range = nullptr;
}

const Wire* Layout::refuse(Message message, Place place, std::vector<std::string> arguments) {
    diagnostics_.report(message, place, std::move(arguments));
    failed_ = true;
    return make();
}

bool names_context(const Type* type) {
    for (; type; type = type->kind == Type::Kind::named && type->alias ? type->alias->type
                        : type->kind == Type::Kind::pointer || type->kind == Type::Kind::array ? type->element : nullptr)
        if (type->kind == Type::Kind::named && type->alias && type->alias->attributes.has(AttributeKind::context_handle)) return true;
    return false;
}

const Wire* Layout::of(const Type* type, const Attributes& attributes, Position position, Place place, const std::string& name,
                       PointerKind pointer_default) {
    Request request{&attributes, position, place, name, pointer_default};
    request.take(attributes);
    if (const auto* least = attributes.find(AttributeKind::min_is)) {
        for (const auto* each : least->values)
            if (each && model_.evaluate(each) != std::int64_t{0}) return refuse(Message::min_is_not_zero, least->place, {name});
    }
    if (attributes.has(AttributeKind::context_handle) && !names_context(type)) {
        // Without a type of its own: of `void** h` the pointee is the handle.
        const Type* plain = behind(type);
        if (plain && (plain->kind == Type::Kind::array || (plain->kind == Type::Kind::pointer && request.sized()))) {
            request.handles = true;
            return level(type, request, true);
        }
        if (!plain || plain->kind != Type::Kind::pointer) return refuse(Message::context_handle_not_pointer, place, {name});
        const bool by_pointer = position == Position::parameter && attributes.has(AttributeKind::out);
        if (!by_pointer) return context(type, "", attributes, request);
        const Type* pointee = behind(plain->element);
        if (!pointee || pointee->kind != Type::Kind::pointer) return refuse(Message::context_handle_not_pointer, place, {name});
        auto* pointer = make();
        pointer->kind = Wire::Kind::pointer;
        pointer->pointer = PointerKind::ref;
        pointer->to = context(plain->element, "", attributes, request);
        pointer->cxx = pointer->to->cxx + "*";
        return pointer;
    }
    return level(type, request, true);
}

std::string Layout::cxx_of(const Type* shown) {
    const auto& way = model_.unnamed_types.name(shown, model_.ast);
    return way.empty() ? local_type(shown) : way;
}

const Wire* Layout::number(const Type* shown, Base base) {
    auto* wire = make();
    wire->kind = Wire::Kind::number;
    wire->cxx = cxx_of(shown);
    const auto set = [&](const char* call, unsigned size, const char* type) {
        wire->call = call;
        wire->size = wire->align = size;
        wire->wire_cxx = type;
    };
    switch (base) {
        case Base::boolean: case Base::byte: case Base::char_: case Base::unsigned_small: set("u8", 1, "std::uint8_t"); break;
        case Base::signed_char: case Base::small: set("i8", 1, "std::int8_t"); break;
        case Base::wchar: case Base::unsigned_short: set("u16", 2, "std::uint16_t"); break;
        case Base::short_: set("i16", 2, "std::int16_t"); break;
        case Base::long_: case Base::int_: set("i32", 4, "std::int32_t"); break;
        case Base::unsigned_long: case Base::unsigned_int: case Base::error_status: set("u32", 4, "std::uint32_t"); break;
        case Base::hyper: set("i64", 8, "std::int64_t"); break;
        case Base::unsigned_hyper: set("u64", 8, "std::uint64_t"); break;
        case Base::int3264: set("int3264", 4, "std::int64_t"); break;
        case Base::unsigned_int3264: set("uint3264", 4, "std::uint64_t"); break;
        case Base::float_: set("f32", 4, "float"); break;
        case Base::double_: set("f64", 8, "double"); break;
        case Base::void_: case Base::handle: wire->kind = Wire::Kind::nothing; break;
    }
    return wire;
}

const Wire* Layout::level(const Type* shown, Request& request, bool top) {
    static constexpr int kMaxLevels = 64;       // no message nests deeper
    static constexpr std::size_t kMaxStructures = 200;  // that lead from one to the next
    if (++request.depth > kMaxLevels || stack_.size() > kMaxStructures) {
        return refuse(Message::nesting_too_deep, request.place, {std::to_string(stack_.size() > kMaxStructures ? kMaxStructures : kMaxLevels)});
    }
    if (request.handles && request.in_array && behind(shown)->kind != Type::Kind::array) {
        if (behind(shown)->kind != Type::Kind::pointer) return refuse(Message::context_handle_not_pointer, request.place, {request.name});
        return context(shown, "", *request.attributes, request);
    }
    // Attributes of typedefs on the way count as if they were written here.
    const Type* type = shown;
    bool reference = is_cxx_reference(shown);
    for (int i = 0; i < 1000; ++i) {
        if (const auto* user = type->kind == Type::Kind::named && type->alias ? &type->alias->attributes : nullptr) {
            if (const auto* marshal = user->find(AttributeKind::wire_marshal)) return user_level(type->name, marshal->type, request);
            if (const auto* marshal = user->find(AttributeKind::user_marshal)) return user_level(marshal->raw, type->alias->type, request);
            if (user->has(AttributeKind::transmit_as) || user->has(AttributeKind::represent_as)) return converted_level(*type->alias, request);
            if (user->has(AttributeKind::context_handle)) return context(shown, type->name, *user, request);
            request.take(*user);
        }
        request.take(type->attributes);
        if (type->kind == Type::Kind::named && type->alias) {
            // The pointer default of a typedef is that of the interface in which it stands.
            type = type->alias->type;
        } else if (type->definition && type->definition != type) {
            type = type->definition;
        } else {
            break;
        }
    }
    switch (type->kind) {
        case Type::Kind::base: {
            auto* wire = const_cast<Wire*>(number(shown, type->base));
            if (wire->kind == Wire::Kind::number) take_range(*wire, request);
            return wire;
        }
        case Type::Kind::enumeration: {
            const bool v1 = find_type_attribute(shown, AttributeKind::v1_enum) || type->attributes.has(AttributeKind::v1_enum);
            auto* wire = make();
            *wire = *number(shown, v1 ? Base::long_ : Base::short_);
            wire->is_enum = true;
            if (!v1) {
                wire->kind = Wire::Kind::enum16;
                wire->wire_cxx = "std::int32_t";
            }
            take_range(*wire, request);
            return wire;
        }
        case Type::Kind::structure: {
            if (is_guid(type)) {
                auto* wire = make();
                wire->kind = Wire::Kind::guid;
                wire->cxx = cxx_of(shown);
                wire->align = 4;
                wire->size = 16;
                return wire;
            }
            if (!type->defined) return refuse(Message::incomplete_type, request.place, {type->name});
            auto* wire = make();
            wire->kind = Wire::Kind::structure;
            wire->cxx = cxx_of(shown);
            wire->structure = structure(type);
            wire->align = wire->structure->align;
            wire->size = wire->structure->size;
            return wire;
        }
        case Type::Kind::union_: {
            if (!request.switch_is) return refuse(Message::union_without_switch, request.place, {request.name});
            auto* wire = make();
            wire->kind = Wire::Kind::union_;
            wire->cxx = cxx_of(shown);
            wire->switch_is = request.switch_is;
            request.switch_is = nullptr;
            wire->union_ = union_of(type, request, request.switch_type);
            wire->align = std::max(wire->union_->tag->align, wire->union_->align);
            wire->size = wire->union_->tag->size;
            return wire;
        }
        case Type::Kind::pointer: {
            auto* wire = const_cast<Wire*>(pointer_level(shown, type, request, top));
            wire->reference = reference;
            return wire;
        }
        case Type::Kind::array: return array_level(type, request);
        case Type::Kind::named:
            return refuse(Message::no_wire_form, request.place, {request.name, "an interface is sent through a pointer to it"});
        case Type::Kind::safearray: {
            auto* wire = make();
            wire->kind = Wire::Kind::user;
            wire->cxx = "LPSAFEARRAY";
            wire->user = "LPSAFEARRAY";
            wire->pointer = PointerKind::unique;
            wire->size = wire->align = 4;
            users_.insert("LPSAFEARRAY");
            return wire;
        }
        case Type::Kind::function: return refuse(Message::no_wire_form, request.place, {request.name, "it is a function"});
        case Type::Kind::pipe: return pipe_level(shown, type, request);
    }
    return make();
}

const Wire* Layout::user_level(const std::string& cxx, const Type* sent, Request& request) {
    auto* wire = make();
    wire->kind = Wire::Kind::user;
    wire->cxx = cxx;
    wire->user = cxx;
    if (!sent || behind(sent)->kind == Type::Kind::pointer) {
        wire->pointer = PointerKind::unique;
        wire->size = wire->align = 4;
    } else {
        static const Attributes kNone;
        wire->to = of(sent, kNone, Position::field, request.place, request.name, request.pointer_default);
        wire->align = wire->to->align;  // the hand-written function aligns for itself; this is for the structure around it
        wire->size = wire->to->size;
    }
    users_.insert(cxx);
    return wire;
}

const Wire* Layout::converted_level(const Typedef& named, Request& request) {
    const auto* local = named.attributes.find(AttributeKind::represent_as);
    const Type* sent = local ? named.type : named.attributes.find(AttributeKind::transmit_as)->type;
    auto*& known = converted_[named.name];
    if (!known) {
        auto* wire = make();
        known = wire;
        wire->kind = Wire::Kind::converted;
        wire->cxx = local ? local->raw : named.name;
        wire->user = named.name;
        wire->represent = local != nullptr;
        static const Attributes kNone;
        wire->to = of(sent, kNone, Position::field, request.place, request.name, named.pointer_default);
        wire->align = wire->to->align;
        wire->size = wire->to->size;
        if (is_deferred(*wire->to) || wire->to->conformant_array())
            refuse(Message::transmitted_pointer, request.place, {request.name, named.name});
    }
    const bool sized = known->to && known->to->kind == Wire::Kind::structure && known->to->structure->conformant;
    if (sized && (request.position == Position::field || request.in_array))
        refuse(Message::transmitted_size, request.place, {request.name, named.name});
    return known;
}

const Wire* Layout::pipe_level(const Type* shown, const Type* type, Request& request) {
    if (request.position != Position::parameter || request.in_array) return refuse(Message::pipe_inside, request.place, {request.name});
    auto* wire = make();
    wire->kind = Wire::Kind::pipe;
    wire->cxx = cxx_of(shown);
    static const Attributes kNone;
    wire->to = of(type->element, kNone, Position::field, request.place, request.name, request.pointer_default);
    take_range(*wire, request);
    const Wire* element = wire->to;
    while (element->kind == Wire::Kind::array && element->fixed > 0 && !element->varying()) element = element->to;
    const bool sized = element->kind == Wire::Kind::array || element->kind == Wire::Kind::string || element->kind == Wire::Kind::pipe ||
                       (element->kind == Wire::Kind::structure && element->structure->conformant);
    if (is_deferred(*element) || sized || element->kind == Wire::Kind::user || element->kind == Wire::Kind::converted || element != wire->to)
        refuse(Message::pipe_element, request.place, {request.name});
    return wire;
}

const Wire* Layout::context(const Type* shown, const std::string& name, const Attributes& from, const Request& request) {
    const bool part = request.attributes->has(AttributeKind::length_is) || request.attributes->has(AttributeKind::last_is) ||
                      request.attributes->has(AttributeKind::first_is);
    if (request.position == Position::field || request.behind_pointer || (request.in_array && part))
        return refuse(Message::context_handle_inside, request.place, {request.name});
    if (behind(shown)->kind != Type::Kind::pointer) return refuse(Message::context_handle_not_pointer, request.place, {request.name});
    auto* wire = make();
    wire->kind = Wire::Kind::context;
    wire->cxx = cxx_of(shown);
    wire->user = name;
    wire->align = 4;
    wire->size = 20;
    wire->shared = from.has(AttributeKind::context_handle_noserialize) || request.attributes->has(AttributeKind::context_handle_noserialize);
    return wire;
}

const Wire* Layout::handles_of(const Wire& wire) {
    auto* made = make();
    *made = wire;
    if (wire.kind == Wire::Kind::context) {
        made->cxx = "odc::rpc::WireContext";
    } else {
        made->to = handles_of(*wire.to);
        made->cxx = element_type(*made->to);
    }
    return made;
}

const Wire* Layout::array_of_handles(const Wire& parameter) {
    if (parameter.kind != Wire::Kind::pointer || parameter.to->kind != Wire::Kind::array) return nullptr;
    const Wire* element = parameter.to;
    while (element->kind == Wire::Kind::array) element = element->to;
    if (element->kind != Wire::Kind::context) return nullptr;
    const Wire* array = handles_of(*parameter.to);
    auto* made = make();
    *made = parameter;
    made->to = array;
    made->cxx = (array->row ? element_type(*array) : array->cxx) + "*";
    return made;
}

const Wire* Layout::pointer_level(const Type* shown, const Type* type, Request& request, bool top) {
    auto* wire = make();
    wire->size = wire->align = 4;
    PointerKind kind = request.given;
    request.given = PointerKind::unset;
    if (kind == PointerKind::unset) {
        kind = top && request.position == Position::parameter ? PointerKind::ref : request.pointer_default;
    }
    if (kind == PointerKind::unset) kind = PointerKind::unique;
    wire->pointer = kind;
    const bool ignored = request.ignored;
    if (const auto* interface = interface_of(type->element)) {
        if (interface->only_named) return refuse(Message::interface_only_named, request.place, {request.name, interface->name});
        wire->kind = Wire::Kind::object;
        wire->interface_ = interface;
        wire->iid_is = request.iid_is;
        wire->cxx = interface->name + "*";
        return wire;
    }
    if (is_void(type->element)) {
        wire->cxx = "void*";
        if (request.iid_is) {
            wire->kind = Wire::Kind::object;
            wire->iid_is = request.iid_is;
            return wire;
        }
        if (ignored) {
            wire->kind = Wire::Kind::pointer;
            wire->to = make();
            return wire;
        }
        return refuse(Message::void_pointer, request.place, {request.name});
    }
    (void)shown;
    wire->kind = Wire::Kind::pointer;
    if (ignored) {
        wire->to = make();
        wire->cxx = cxx_of(type->element) + "*";
        return wire;
    }
    if (!top || request.sized()) request.in_array = true;
    if (!top) request.behind_pointer = true;
    const Type* pointee = behind(type->element);
    const bool last_pointer = pointee->kind != Type::Kind::pointer;
    // Of several arrays of fixed size there are as many as size_is says; an array without size takes it for itself.
    const bool rows = pointee->kind == Type::Kind::array && pointee->count > 0 && request.at(request.size);
    if (request.sized() && (pointee->kind != Type::Kind::array || rows)) {
        auto* array = make();
        array->kind = Wire::Kind::array;
        array->size_is = request.at(request.size);
        array->is_max = request.is_max;
        array->length_is = request.at(request.length);
        array->is_last = request.is_last;
        array->first_is = request.at(request.first);
        if (array->size_is) take_range(*array, request);
        ++request.dimension;
        if (request.string && last_pointer) {
            request.string = false;
            array->kind = Wire::Kind::string;
            array->length_is = nullptr;
        }
        array->to = level(type->element, request, false);
        if (array->to->open()) return refuse(Message::open_dimension, request.place, {request.name});
        array->align = std::max(4u, array->to->align);
        array->size = 4;
        array->cxx = element_type(*array->to);
        wire->to = array;
    } else {
        ++request.dimension;
        if (request.string && last_pointer) {
            request.string = false;
            auto* text = make();
            text->kind = Wire::Kind::string;
            take_range(*text, request);
            text->to = level(type->element, request, false);
            text->cxx = text->to->cxx;
            text->align = 4;
            text->size = 12;
            wire->to = text;
        } else {
            wire->to = level(type->element, request, false);
        }
    }
    wire->cxx = wire->to->cxx + "*";
    const bool inline_array = (wire->to->kind == Wire::Kind::array || wire->to->kind == Wire::Kind::string) && wire->to->fixed > 0;
    if (inline_array && pointee->kind == Type::Kind::array) {
        auto* row = make();
        *row = *wire->to;
        row->row = true;
        wire->to = row;
        wire->cxx = element_type(*row) + "*";
    }
    return wire;
}

const Wire* Layout::array_level(const Type* type, Request& request) {
    auto* array = make();
    array->kind = Wire::Kind::array;
    array->fixed = type->count;
    array->size_is = array->fixed < 0 ? request.at(request.size) : nullptr;
    array->is_max = request.is_max;
    array->length_is = request.at(request.length);
    array->is_last = request.is_last;
    array->first_is = request.at(request.first);
    const bool outermost = request.dimension == 0;
    ++request.dimension;
    const bool last_dimension = behind(type->element)->kind != Type::Kind::array;
    const bool text = request.string && last_dimension && behind(type->element)->kind == Type::Kind::base;
    if (text) {
        request.string = false;
        array->kind = Wire::Kind::string;
    }
    if (array->size_is || text) take_range(*array, request);
    PointerKind kept = request.given;
    request.given = PointerKind::unset;
    const bool top_pointer = request.position == Position::parameter && kept != PointerKind::unset;
    if (!top_pointer && last_dimension) request.given = kept;
    request.in_array = true;
    array->to = level(type->element, request, false);
    if (array->to->open()) return refuse(Message::open_dimension, request.place, {request.name});
    array->cxx = element_type(*array->to);
    array->align = array->to->align;
    if (array->varying() || text) {  // its offset and count are part of it, its elements may be few
        array->align = std::max(4u, array->align);
        array->size = 8;
    } else array->size = array->fixed > 0 ? static_cast<unsigned>(std::min<std::int64_t>(array->fixed * array->to->size_in_array(), 1 << 20)) : 0;
    if (array->fixed < 0 && !array->size_is && !text)
        return refuse(Message::unsized_array, request.place, {request.name});
    // An array parameter is a pointer in C: reference, unless it says otherwise.
    if (request.position == Position::parameter && outermost) {
        auto* pointer = make();
        pointer->kind = Wire::Kind::pointer;
        pointer->pointer = kept == PointerKind::unset ? PointerKind::ref : kept;
        pointer->to = array;
        pointer->cxx = array->cxx + "*";
        pointer->size = pointer->align = 4;
        return pointer;
    }
    return array;
}

const WireUnion* Layout::union_of(const Type* type, Request& request, const Type* tag_type) {
    if (const auto found = known_unions_.find(type); found != known_unions_.end()) return found->second;
    auto& made = unions_.emplace_back();
    known_unions_[type] = &made;
    made.type = type;
    made.cxx = type->name;
    made.ms_union = type->attributes.has(AttributeKind::ms_union) || request.ms_union;
    Request tag_request{request.attributes, Position::field, request.place, request.name, request.pointer_default};
    if (tag_type) {
        made.tag = level(tag_type, tag_request, false);
    } else {
        Type* plain = const_cast<Model&>(model_).ast.make<Type>();
        plain->base = Base::long_;
        made.tag = number(plain, Base::long_);
    }
    for (const auto& field : type->fields) {
        WireUnion::Arm arm;
        arm.is_default = field.is_default;
        for (const auto* label : field.labels) {
            if (const auto value = model_.evaluate(label)) arm.labels.push_back(*value);
            else refuse(Message::not_constant, label->place, {});
        }
        if (!field.is_empty && field.type) {
            if (field.labels.empty() && !field.is_default) refuse(Message::arm_without_case, field.place, {field.name});
            arm.name = field.name;
            arm.cast = mutable_reference(field.type);
            arm.wire = of(field.type, field.attributes, Position::field, field.place, field.name, type->pointer_default);
            made.align = std::max(made.align, arm.wire->align);
            made.deferred = made.deferred || is_deferred(*arm.wire);
            made.owns = made.owns || frees(*arm.wire);
        }
        made.arms.push_back(std::move(arm));
    }
    return &made;
}

const WireStruct* Layout::structure(const Type* type) {
    if (const auto found = known_.find(type); found != known_.end()) {
        if (found->second->busy) {
            found->second->recursive = true;
            found->second->deferred = true;  // a recursive structure can only hold itself through a pointer
        }
        return found->second;
    }
    auto& made = structures_.emplace_back();
    known_[type] = &made;
    made.type = type;
    made.busy = true;
    stack_.push_back(&made);
    fill(made);
    stack_.pop_back();
    made.busy = false;
    return &made;
}

namespace {

/// A name that the expression dereferences, and that is not among these fields yet; or null.
const Expr* dereferenced_before(const Expr* expr, const std::vector<WireField>& fields) {
    if (!expr) return nullptr;
    const bool follows = (expr->kind == Expr::Kind::unary && expr->spelling == "*") || (expr->kind == Expr::Kind::member && expr->spelling == "->");
    if (follows && expr->operands[0]->kind == Expr::Kind::name) {
        const auto* name = expr->operands[0];
        const bool there = std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name->spelling; });
        return there ? nullptr : name;
    }
    for (const auto* operand : expr->operands)
        if (const auto* found = dereferenced_before(operand, fields)) return found;
    return nullptr;
}

/// What a pointer points to is read behind the structure, in the order of the fields: an array that lies in the structure, or behind
/// an earlier pointer, cannot have its size there.
const Expr* read_too_early(const WireStruct& before, const Wire& wire) {
    static const std::vector<WireField> kNone;
    const bool inside = wire.kind != Wire::Kind::pointer && wire.kind != Wire::Kind::object;
    const Wire* level = &wire;
    for (int i = 0; level && i < 64; ++i) {
        for (const auto* expr : {level->size_is, level->length_is, level->first_is, level->switch_is})
            if (const auto* name = dereferenced_before(expr, inside ? kNone : before.fields)) return name;
        const bool goes_on = level->kind == Wire::Kind::pointer || level->kind == Wire::Kind::array;
        level = goes_on ? level->to : nullptr;
    }
    return nullptr;
}

}  // namespace

void Layout::fill(WireStruct& made) {
    const Type* type = made.type;
    made.cxx = type->name.empty() ? model_.unnamed_types.name(type, model_.ast) : (type->kind == Type::Kind::union_ ? "union " : "struct ") + type->name;
    for (const auto& alias : model_.ast.all<Typedef>()) {
        if (alias.type == type) {  // the typedef's name reads better than the tag
            made.cxx = alias.name;
            break;
        }
    }
    bool block = true;
    std::uint64_t memory = 0;
    for (std::size_t i = 0; i < type->fields.size(); ++i) {
        const auto& field = type->fields[i];
        Attributes attributes = field.attributes;
        const Wire* wire;
        if (type->encapsulated && i == 1) {
            Request request{&field.attributes, Position::field, field.place, field.name, type->pointer_default};
            auto* united = make();
            united->kind = Wire::Kind::union_;
            united->union_ = union_of(field.type, request, type->fields[0].type);
            united->align = united->union_->align;
            auto* tag = const_cast<Model&>(model_).ast.make<Expr>();
            tag->kind = Expr::Kind::name;
            tag->spelling = type->fields[0].name;
            united->switch_is = tag;
            united->encapsulated = true;
            united->size = 0;
            wire = united;
        } else {
            wire = of(field.type, field.attributes, Position::field, field.place, made.cxx + "::" + field.name, type->pointer_default);
        }
        if (const auto* early = read_too_early(made, *wire))
            refuse(Message::size_behind_pointer, field.place, {made.cxx + "::" + field.name, early->spelling});
        const auto* wrong = pointer_as_number(*wire, [&](const std::string& name) -> const Type* {
            for (const auto& other : type->fields)
                if (other.name == name) return other.type;
            return nullptr;
        });
        if (wrong) refuse(Message::pointer_as_number, field.place, {made.cxx + "::" + field.name, wrong->spelling, wrong->spelling});
        if (field.bits) refuse(Message::no_wire_form, field.place, {field.name, "bit fields have no wire form"});
        made.fields.push_back({field.name, wire, field.name.empty() ? std::string() : mutable_reference(field.type)});
        made.align = std::max(made.align, wire->align);
        made.size += wire->size;
        made.deferred = made.deferred || is_deferred(*wire);
        made.owns = made.owns || frees(*wire);
        const bool last = i + 1 == type->fields.size();
        if (wire->conformant_array() || (wire->kind == Wire::Kind::string && wire->fixed < 0)) {
            if (!last) refuse(Message::conformant_not_last, field.place, {made.cxx + "::" + field.name});
            made.conformant = wire;
            made.conformant_path = field.name;
        } else if (wire->kind == Wire::Kind::structure && wire->structure->conformant) {
            if (!last) refuse(Message::conformant_not_last, field.place, {made.cxx + "::" + field.name});
            made.conformant = wire->structure->conformant;
            made.conformant_path = field.name + "." + wire->structure->conformant_path;
        }
        // Block copy: numbers whose size is the same in memory, arrays of them and structures of them, without gaps.
        const Wire* leaf = wire;
        std::uint64_t n = 1;
        while (leaf->kind == Wire::Kind::array && leaf->fixed > 0 && !leaf->varying()) {
            n *= static_cast<std::uint64_t>(leaf->fixed);
            leaf = leaf->to;
        }
        std::uint64_t bytes = 0;
        if (leaf->kind == Wire::Kind::number && leaf->call.find("3264") == std::string::npos && !leaf->range_low) bytes = leaf->size;
        else if (leaf->kind == Wire::Kind::guid) bytes = 16;
        else if (leaf->kind == Wire::Kind::structure && leaf->structure->block) bytes = leaf->structure->memory_size;
        if (bytes == 0 || memory % leaf->align != 0) block = false;
        memory += bytes * n;
    }
    made.block = block && memory > 0 && memory % made.align == 0 && memory < (1u << 20) && !made.conformant && !type->encapsulated;
    made.memory_size = made.block ? static_cast<unsigned>(memory) : 0;
    if (made.cxx.empty()) {
        refuse(Message::no_wire_form, type->place, {"a structure without name", "give it a tag or a typedef"});
        made.broken = true;
    }
}

}  // namespace odc::midl
