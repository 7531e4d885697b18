#include "midl/size_operands.h"

#include "midl/model.h"

namespace odc::midl {
namespace {

using TypeOf = std::function<const Type*(const std::string&)>;

int pointers(const Type* type) {
    int levels = 0;
    while (type && (type = behind(type)) && (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array)) {
        ++levels;
        type = type->element;
    }
    return levels;
}

/// Pointers may be compared and asked for null; every other operator wants numbers.
bool takes_pointers(const Expr& expr) {
    const auto& op = expr.spelling;
    if (expr.kind == Expr::Kind::unary) return op == "!";
    return expr.kind == Expr::Kind::binary && (op == "==" || op == "!=" || op == "&&" || op == "||");
}

/// The name that makes the value a pointer; `dereferenced` operators * stand in front of it.
const Expr* pointer_in(const Expr* expr, const TypeOf& type_of, int dereferenced) {
    if (!expr) return nullptr;
    switch (expr->kind) {
        case Expr::Kind::name: return pointers(type_of(expr->spelling)) > dereferenced ? expr : nullptr;
        case Expr::Kind::unary:
        case Expr::Kind::binary: {
            if (takes_pointers(*expr)) return nullptr;
            const bool follows = expr->kind == Expr::Kind::unary && expr->spelling == "*";
            for (const auto* operand : expr->operands)
                if (const auto* found = pointer_in(operand, type_of, follows ? dereferenced + 1 : dereferenced)) return found;
            return nullptr;
        }
        case Expr::Kind::conditional:
            for (std::size_t i = 1; i < expr->operands.size(); ++i)
                if (const auto* found = pointer_in(expr->operands[i], type_of, dereferenced)) return found;
            return nullptr;
        default: return nullptr;
    }
}

}  // namespace

const Expr* pointer_as_number(const Wire& wire, const TypeOf& type_of) {
    const Wire* level = &wire;
    for (int i = 0; level && i < 64; ++i) {
        for (const auto* expr : {level->size_is, level->length_is, level->first_is, level->switch_is})
            if (const auto* found = pointer_in(expr, type_of, 0)) return found;
        level = level->kind == Wire::Kind::pointer || level->kind == Wire::Kind::array ? level->to : nullptr;
    }
    return nullptr;
}

}  // namespace odc::midl
