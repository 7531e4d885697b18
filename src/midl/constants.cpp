// Constant expressions: integers, characters, floating numbers and texts.
#include <cmath>

#include "midl/model.h"

namespace odc::midl {
namespace {

constexpr int kMaxDepth = 200;

std::int64_t narrowed(std::int64_t v, Base base) {
    switch (base) {
        case Base::unsigned_short: case Base::wchar: return static_cast<std::uint16_t>(v);
        case Base::short_: return static_cast<std::int16_t>(v);
        case Base::char_: case Base::byte: case Base::boolean: case Base::unsigned_small: return static_cast<std::uint8_t>(v);
        case Base::signed_char: case Base::small: return static_cast<std::int8_t>(v);
        case Base::long_: case Base::int_: return static_cast<std::int32_t>(v);
        case Base::unsigned_long: case Base::unsigned_int: case Base::error_status: return static_cast<std::uint32_t>(v);
        default: return v;
    }
}

std::optional<std::int64_t> binary(const std::string& op, std::int64_t left, std::int64_t right) {
    const auto a = static_cast<std::uint64_t>(left), b = static_cast<std::uint64_t>(right);
    if (op == "+") return static_cast<std::int64_t>(a + b);
    if (op == "-") return static_cast<std::int64_t>(a - b);
    if (op == "*") return static_cast<std::int64_t>(a * b);
    if (op == "/" || op == "%") {
        if (right == 0 || (right == -1 && left == INT64_MIN)) return std::nullopt;
        return op == "/" ? left / right : left % right;
    }
    if (op == "<<") return b < 64 ? static_cast<std::int64_t>(a << b) : 0;
    if (op == ">>") return b < 64 ? left >> b : 0;
    if (op == "&") return left & right;
    if (op == "|") return left | right;
    if (op == "^") return left ^ right;
    if (op == "&&") return left && right;
    if (op == "||") return left || right;
    if (op == "==") return left == right;
    if (op == "!=") return left != right;
    if (op == "<") return left < right;
    if (op == ">") return left > right;
    if (op == "<=") return left <= right;
    if (op == ">=") return left >= right;
    return std::nullopt;
}

const Expr* zero_divisor(const Model& model, const Expr* expr, int depth = 0) {
    if (!expr || depth > kMaxDepth) return nullptr;
    if (expr->kind == Expr::Kind::binary && (expr->spelling == "/" || expr->spelling == "%")) {
        if (const auto value = model.evaluate(expr->operands[1]); value && *value == 0) return expr;
    }
    for (const auto* operand : expr->operands)
        if (const auto* found = zero_divisor(model, operand, depth + 1)) return found;
    return nullptr;
}

void report_not_constant(const Model& model, const Expr* expr, Diagnostics& diagnostics) {
    if (const auto* division = zero_divisor(model, expr)) diagnostics.report(Message::division_by_zero, division->place);
    else diagnostics.report(Message::not_constant, expr->place);
}

bool is_text_type(const Type* type) {
    type = behind(type);
    return type && (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array);
}

}  // namespace

std::optional<std::int64_t> Model::evaluate(const Expr* expr, int depth) const {
    if (!expr || depth > kMaxDepth) return std::nullopt;
    const auto operand = [&](std::size_t i) { return evaluate(expr->operands[i], depth + 1); };
    switch (expr->kind) {
        case Expr::Kind::integer: return expr->value;
        case Expr::Kind::floating:
        case Expr::Kind::text:
        case Expr::Kind::member: return std::nullopt;
        case Expr::Kind::name: {
            if (enum_scope) {
                if (const auto found = enum_scope->find(expr->spelling); found != enum_scope->end()) return found->second;
            }
            if (const auto found = enum_values.find(expr->spelling); found != enum_values.end()) return found->second;
            if (const auto found = constant_values.find(expr->spelling); found != constant_values.end()) return found->second;
            if (const auto found = constants.find(expr->spelling); found != constants.end()) return evaluate(found->second, depth + 1);
            return expr->spelling == "NULL" ? std::optional<std::int64_t>(0) : std::nullopt;  // one of const_exp of C706
        }
        case Expr::Kind::cast: {
            const auto v = operand(0);
            if (!v) return v;
            const Type* type = behind(expr->type);
            return type && type->kind == Type::Kind::base ? narrowed(*v, type->base) : *v;
        }
        case Expr::Kind::size_of: {
            const auto layout = layout_of(expr->type, *this);
            return layout ? std::optional<std::int64_t>(layout->size) : std::nullopt;
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
            return binary(expr->spelling, *left, *right);
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

std::optional<double> Model::floating(const Expr* expr, int depth) const {
    expr = constant(expr);
    if (!expr || depth > kMaxDepth) return std::nullopt;
    const auto operand = [&](std::size_t i) { return floating(expr->operands[i], depth + 1); };
    switch (expr->kind) {
        case Expr::Kind::floating: return expr->floating;
        case Expr::Kind::cast: {
            const Type* type = behind(expr->type);
            const auto v = operand(0);
            if (!v || !type || type->kind != Type::Kind::base) return v;
            if (type->base == Base::float_) return static_cast<double>(static_cast<float>(*v));
            return type->base == Base::double_ ? v : std::optional(std::trunc(*v));
        }
        case Expr::Kind::unary: {
            const auto v = operand(0);
            if (!v) return v;
            if (expr->spelling == "-") return -*v;
            return expr->spelling == "+" ? v : std::nullopt;
        }
        case Expr::Kind::binary: {
            const auto left = operand(0), right = operand(1);
            if (!left || !right) break;
            if (expr->spelling == "+") return *left + *right;
            if (expr->spelling == "-") return *left - *right;
            if (expr->spelling == "*") return *left * *right;
            if (expr->spelling == "/" && *right != 0) return *left / *right;
            break;
        }
        default: break;
    }
    const auto whole = evaluate(expr, depth);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

bool Model::is_floating(const Expr* expr, int depth) const {
    expr = constant(expr);
    if (!expr || depth > kMaxDepth || expr->kind == Expr::Kind::size_of) return false;
    if (expr->kind == Expr::Kind::floating) return true;
    if (expr->kind == Expr::Kind::cast) {
        const Type* type = behind(expr->type);
        return type && type->kind == Type::Kind::base && (type->base == Base::float_ || type->base == Base::double_);
    }
    for (const auto* operand : expr->operands)
        if (is_floating(operand, depth + 1)) return true;
    return false;
}

std::optional<Value> Model::value(const Expr* expr) const {
    const Expr* end = constant(expr);
    if (!end) return std::nullopt;
    if (end->kind == Expr::Kind::text) return Value{end->spelling, end->wide};
    if (is_floating(end)) {
        const auto v = floating(end);
        return v ? std::optional(Value{*v, false}) : std::nullopt;
    }
    const auto v = evaluate(end);
    return v ? std::optional(Value{*v, end->wide}) : std::nullopt;
}

bool evaluate_constants(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    // Enumerators may use constants and earlier enumerators; constants may use enumerators: two rounds settle both.
    for (int round = 0; round < 2; ++round) {
        // In the order of the source, so that what builds on others finds their values.
        for (const auto& constant : model.ast.all<Constant>())
            if (const auto known = model.evaluate(constant.value)) model.constant_values.try_emplace(constant.name, *known);
        for (auto& type : model.ast.all<Type>()) {
            if (type.kind != Type::Kind::enumeration || !type.defined) continue;
            std::int64_t next = 0;
            std::unordered_map<std::string, std::int64_t> own;
            if (model.mktyplib203) model.enum_scope = &own;
            for (auto& value : type.values) {
                if (value.given) {
                    const auto known = model.evaluate(value.given);
                    if (known) next = *known;
                    else if (round == 1) report_not_constant(model, value.given, diagnostics);
                }
                value.value = next++;
                if (model.mktyplib203) own[value.name] = value.value;
                model.enum_values[value.name] = value.value;
            }
            model.enum_scope = nullptr;
        }
    }
    for (auto& type : model.ast.all<Type>()) {
        if (type.kind != Type::Kind::array || !type.bound) continue;
        const auto known = model.evaluate(type.bound);
        const bool good = known && *known > 0 && *known <= 0x7FFFFFFF;
        if (!known) report_not_constant(model, type.bound, diagnostics);
        else if (!good) diagnostics.report(Message::array_bound, type.bound->place);
        type.count = good ? *known : 1;
    }
    for (auto& constant : model.ast.all<Constant>()) {
        const auto value = model.value(constant.value);
        if (value && value->text()) continue;
        if (value && value->floating()) {
            if (!model.floating_constants()) diagnostics.report(Message::floating_constant, constant.value->place);
            continue;
        }
        if (is_text_type(constant.type)) continue;
        if (!value) report_not_constant(model, constant.value, diagnostics);
    }
    return diagnostics.errors() == before;
}

}  // namespace odc::midl
