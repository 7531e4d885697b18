#include "midl/model.h"

#include <algorithm>

namespace odc::midl {

std::optional<std::int64_t> Model::evaluate(const Expr* expr, int depth) const {
    if (!expr || depth > 200) return std::nullopt;
    const auto operand = [&](std::size_t i) { return evaluate(expr->operands[i], depth + 1); };
    switch (expr->kind) {
        case Expr::Kind::integer: return expr->value;
        case Expr::Kind::floating:
        case Expr::Kind::text:
        case Expr::Kind::member: return std::nullopt;
        case Expr::Kind::name: {
            if (const auto found = enum_values.find(expr->spelling); found != enum_values.end()) return found->second;
            if (const auto found = constants.find(expr->spelling); found != constants.end()) return evaluate(found->second, depth + 1);
            return std::nullopt;
        }
        case Expr::Kind::cast: {
            const auto v = operand(0);
            if (!v) return v;
            const Type* type = behind(expr->type);
            if (type && type->kind == Type::Kind::base) {
                switch (type->base) {
                    case Base::unsigned_short: case Base::wchar: return static_cast<std::uint16_t>(*v);
                    case Base::short_: return static_cast<std::int16_t>(*v);
                    case Base::char_: case Base::byte: case Base::boolean: case Base::unsigned_small: return static_cast<std::uint8_t>(*v);
                    case Base::signed_char: case Base::small: return static_cast<std::int8_t>(*v);
                    case Base::long_: case Base::int_: return static_cast<std::int32_t>(*v);
                    case Base::unsigned_long: case Base::unsigned_int: case Base::error_status: return static_cast<std::uint32_t>(*v);
                    default: break;
                }
            }
            return v;
        }
        case Expr::Kind::size_of: {
            const Type* type = behind(expr->type);
            if (!type) return std::nullopt;
            if (type->kind == Type::Kind::pointer) return 8;
            if (type->kind != Type::Kind::base) return is_guid(type) ? std::optional<std::int64_t>(16) : std::nullopt;
            switch (type->base) {
                case Base::void_: return std::nullopt;
                case Base::boolean: case Base::byte: case Base::char_: case Base::signed_char: case Base::small: case Base::unsigned_small: return 1;
                case Base::wchar: case Base::short_: case Base::unsigned_short: return 2;
                case Base::hyper: case Base::unsigned_hyper: case Base::double_: case Base::int3264: case Base::unsigned_int3264:
                case Base::handle: return 8;
                default: return 4;
            }
        }
        case Expr::Kind::unary: {
            const auto v = operand(0);
            if (!v) return v;
            switch (expr->spelling[0]) {
                case '-': return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(*v));
                case '+': return v;
                case '!': return *v == 0;
                case '~': return ~*v;
                default: return std::nullopt;
            }
        }
        case Expr::Kind::conditional: {
            const auto v = operand(0);
            if (!v) return v;
            return operand(*v ? 1 : 2);
        }
        case Expr::Kind::binary: {
            const auto left = operand(0);
            const auto right = operand(1);
            if (!left || !right) return std::nullopt;
            const auto a = static_cast<std::uint64_t>(*left), b = static_cast<std::uint64_t>(*right);
            const auto& op = expr->spelling;
            if (op == "+") return static_cast<std::int64_t>(a + b);
            if (op == "-") return static_cast<std::int64_t>(a - b);
            if (op == "*") return static_cast<std::int64_t>(a * b);
            if (op == "/" || op == "%") {
                if (*right == 0 || (*right == -1 && *left == INT64_MIN)) return std::nullopt;
                return op == "/" ? *left / *right : *left % *right;
            }
            if (op == "<<") return b < 64 ? static_cast<std::int64_t>(a << b) : 0;
            if (op == ">>") return b < 64 ? *left >> b : 0;
            if (op == "&") return *left & *right;
            if (op == "|") return *left | *right;
            if (op == "^") return *left ^ *right;
            if (op == "&&") return *left && *right;
            if (op == "||") return *left || *right;
            if (op == "==") return *left == *right;
            if (op == "!=") return *left != *right;
            if (op == "<") return *left < *right;
            if (op == ">") return *left > *right;
            if (op == "<=") return *left <= *right;
            if (op == ">=") return *left >= *right;
            return std::nullopt;
        }
    }
    return std::nullopt;
}

const Expr* Model::constant(const Expr* expr) const {
    for (int i = 0; expr && i < 100; ++i) {
        if (expr->kind != Expr::Kind::name) return expr;
        const auto found = constants.find(expr->spelling);
        if (found == constants.end()) return expr;
        expr = found->second;
    }
    return expr;
}

const Type* behind(const Type* type) {
    for (int i = 0; type && i < 1000; ++i) {
        if (type->kind == Type::Kind::named && type->alias) type = type->alias->type;
        else if (type->definition && type->definition != type) type = type->definition;
        else return type;
    }
    return type;
}

bool is_guid(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::structure && (type->name == "_GUID" || type->name == "GUID");
}

bool is_cxx_reference(const Type* type) {
    for (int i = 0; type && type->kind == Type::Kind::named && type->alias && i < 1000; ++i) {
        if (type->alias->cxx_reference) return true;
        type = type->alias->type;
    }
    return false;
}

bool is_void(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::base && type->base == Base::void_;
}

const Interface* interface_of(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::named ? type->interface_ : nullptr;
}

const Attribute* find_type_attribute(const Type* type, AttributeKind kind) {
    for (int i = 0; type && i < 1000; ++i) {
        if (const auto* found = type->attributes.find(kind)) return found;
        if (type->kind != Type::Kind::named || !type->alias) return nullptr;
        if (const auto* found = type->alias->attributes.find(kind)) return found;
        type = type->alias->type;
    }
    return nullptr;
}

std::string method_name(const Function& function) {
    if (function.attributes.has(AttributeKind::propget)) return "get_" + function.name;
    if (function.attributes.has(AttributeKind::propput)) return "put_" + function.name;
    if (function.attributes.has(AttributeKind::propputref)) return "putref_" + function.name;
    return function.name;
}

std::vector<std::pair<const Interface*, const Function*>> all_methods(const Interface& interface) {
    std::vector<const Interface*> chain;
    for (const auto* i = &interface; i && chain.size() < 1000; i = i->base) chain.push_back(i);
    std::reverse(chain.begin(), chain.end());
    std::vector<std::pair<const Interface*, const Function*>> methods;
    for (const auto* i : chain)
        for (const auto* function : i->functions)
            if (!function->is_remote_form) methods.emplace_back(i, function);
    return methods;
}

}  // namespace odc::midl
