#include "midl/constness.h"

#include <deque>

#include "midl/cxx.h"

namespace odc::midl {
namespace {

constexpr int kMostAliases = 1000;

/// The type that a typedef names, or null: none, or one that hand-written code fills in (wire_marshal and its like).
const Type* named_by(const Type* type) {
    if (type->kind != Type::Kind::named || !type->alias) return nullptr;
    for (const auto kind : {AttributeKind::wire_marshal, AttributeKind::user_marshal, AttributeKind::transmit_as, AttributeKind::represent_as,
                            AttributeKind::context_handle})
        if (type->alias->attributes.has(kind)) return nullptr;
    return type->alias->type;
}

const Type* meant(const Type* type) {
    for (int i = 0; i < kMostAliases; ++i) {
        const Type* next = named_by(type);
        if (!next) break;
        type = next;
    }
    return type;
}

bool is_const(const Type* type) {
    for (int i = 0; type && i < kMostAliases; ++i, type = named_by(type))
        if (type->is_const) return true;
    return false;
}

bool leads_on(const Type* type) { return type->kind == Type::Kind::pointer || type->kind == Type::Kind::array; }

/// Types without const, as long as this lives.
class Stripped {
  public:
    const Type* of(const Type* type) {
        if (!is_const(type) && !const_below(type)) return type;
        // Typedefs that have a const in them are looked through; the others keep their names.
        while (const Type* next = named_by(type)) {
            if (!is_const(next) && !const_below(next)) break;
            type = next;
        }
        auto& made = types_.emplace_back(*type);
        made.is_const = false;
        made.defined = false;
        if (leads_on(&made)) made.element = const_cast<Type*>(of(made.element));
        return &made;
    }

  private:
    std::deque<Type> types_;
};

}  // namespace

bool const_below(const Type* type) {
    const Type* at = meant(type);
    for (int i = 0; i < kMostAliases && leads_on(at); ++i) {
        at = at->element;
        if (is_const(at)) return true;
        at = meant(at);
    }
    return false;
}

std::string mutable_reference(const Type* type) {
    if (!is_const(type) && !const_below(type)) return {};
    Stripped stripped;
    return declare(stripped.of(type), "(&)");
}

std::string mutable_pointer(const Type* type) {
    const Type* at = meant(type);
    if (!leads_on(at) || !const_below(at)) return {};
    Stripped stripped;
    const Type* element = stripped.of(at->element);
    return declare(element, meant(element)->kind == Type::Kind::array ? "(*)" : "*");
}

std::string as_argument(const Type* parameter, const std::string& argument) {
    const Type* at = meant(parameter);
    if (!leads_on(at) || !const_below(at->element)) return argument;
    const Type* element = at->element;
    return "const_cast<" + declare(element, element->kind == Type::Kind::array ? "(*)" : "*") + ">(" + argument + ")";
}

}  // namespace odc::midl
