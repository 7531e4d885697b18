// Expressions of the grammar.
#include <charconv>

#include "midl/parser_state.h"

namespace odc::midl {

Expr* Parser::conditional() {
    Depth depth(*this);
    Expr* condition = binary(0);
    if (!is("?")) return condition;
    auto* made = ast_.make<Expr>();
    made->kind = Expr::Kind::conditional;
    made->place = next().place;
    made->operands = {condition, conditional()};
    expect(":");
    made->operands.push_back(conditional());
    return made;
}

namespace {

/// How tightly a token binds as an operator between two values; -1 when it is none.
int binding(const Token& token) {
    if (token.kind != Token::Kind::punctuation) return -1;
    const char first = token.spelling[0];
    if (token.spelling.size() == 2) {
        switch (first) {
            case '|': return 0;
            case '&': return 1;
            case '=': case '!': return 5;
            case '<': case '>': return token.spelling[1] == '=' ? 6 : 7;
            default: return -1;
        }
    }
    if (token.spelling.size() != 1) return -1;
    switch (first) {
        case '|': return 2;
        case '^': return 3;
        case '&': return 4;
        case '<': case '>': return 6;
        case '+': case '-': return 8;
        case '*': case '/': case '%': return 9;
        default: return -1;
    }
}

}  // namespace

/// Operators that bind at least as tightly as `level`.
Expr* Parser::binary(int level) {
    Expr* left = unary();
    for (;;) {
        const int found = binding(peek());
        if (found < level || found < 0) return left;
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::binary;
        made->spelling = std::string(peek().spelling);
        made->place = next().place;
        made->operands = {left, binary(found + 1)};
        left = made;
    }
}

Expr* Parser::unary() {
    Depth depth(*this);
    const Token& sign = peek();
    if (sign.kind == Token::Kind::punctuation && sign.spelling.size() == 1 && std::string_view("-+!~*&").find(sign.spelling[0]) != std::string_view::npos) {
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::unary;
        made->place = next().place;
        made->spelling = std::string(sign.spelling);
        made->operands = {unary()};
        return made;
    }
    if (is("sizeof")) {
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::size_of;
        made->place = next().place;
        expect("(");
        std::string unnamed;
        Place place;
        made->type = declarator(type_specifier(), unnamed, place);
        expect(")");
        return made;
    }
    if (is("(")) {
        // A cast when the parentheses hold a type word, or one name that is followed by an operand.
        bool cast = false;
        (void)next();
        if (starts_type()) {
            cast = true;
        } else if (is_identifier() && peek(1).spelling == ")") {
            const auto& after = peek(2);
            cast = after.kind == Token::Kind::number || after.kind == Token::Kind::identifier || after.spelling == "(" ||
                   after.kind == Token::Kind::character || after.spelling == "~" ||
                   ((after.spelling == "-" || after.spelling == "+" || after.spelling == "&" || after.spelling == "*") &&
                    ast_.type_names.contains(std::string(peek().spelling)));
        } else if (is_identifier() && peek(1).spelling == "*" && peek(2).spelling == ")") {
            cast = true;
        }
        if (cast) {
            auto* made = ast_.make<Expr>();
            made->kind = Expr::Kind::cast;
            made->place = peek().place;
            std::string unnamed;
            Place place;
            made->type = declarator(type_specifier(), unnamed, place);
            expect(")");
            made->operands = {unary()};
            return made;
        }
        Expr* inner = expression();
        expect(")");
        return inner;
    }
    Expr* value = primary();
    while ((is(".") && !same(peek(1).spelling, ".")) || is("->")) {  // 0..9 is C706's form of array bounds
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::member;
        made->place = peek().place;
        made->spelling = std::string(next().spelling);
        auto* field = ast_.make<Expr>();
        field->kind = Expr::Kind::name;
        field->place = peek().place;
        field->spelling = identifier("a field");
        made->operands = {value, field};
        value = made;
    }
    return value;
}

Expr* Parser::primary() {
    auto* made = ast_.make<Expr>();
    made->place = peek().place;
    switch (peek().kind) {
        case Token::Kind::identifier:
            made->kind = Expr::Kind::name;
            made->spelling = std::string(next().spelling);
            if (same(made->spelling, "TRUE") || same(made->spelling, "FALSE") || same(made->spelling, "true") || same(made->spelling, "false")) {
                made->kind = Expr::Kind::integer;
                made->value = same(made->spelling, "TRUE") || same(made->spelling, "true");
            }
            return made;
        case Token::Kind::text:
        case Token::Kind::wide_text:
            made->kind = Expr::Kind::text;
            made->wide = peek().kind == Token::Kind::wide_text;
            while (peek().kind == Token::Kind::text || peek().kind == Token::Kind::wide_text) made->spelling += unquote(next().spelling);
            return made;
        case Token::Kind::character: {
            const Token token = next();
            const std::string text = unquote(token.spelling);
            made->spelling = std::string(token.spelling);
            made->value = text.empty() ? 0 : static_cast<unsigned char>(text[0]);
            return made;
        }
        case Token::Kind::number: {
            const Token token = next();
            std::string_view digits = token.spelling;
            made->spelling = std::string(digits);
            const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
            if (!hex && digits.find_first_of(".eE") != std::string_view::npos) {
                std::string text(digits);
                if ((text.back() == 'e' || text.back() == 'E') && (is("-") || is("+"))) {
                    text += next().spelling;
                    text += next().spelling;
                }
                made->kind = Expr::Kind::floating;
                made->floating = std::strtod(text.c_str(), nullptr);
                made->spelling = text;
                return made;
            }
            while (!digits.empty() && std::string_view("uUlL").find(digits.back()) != std::string_view::npos) {
                if (digits.back() == 'u' || digits.back() == 'U') made->is_unsigned = true;
                digits.remove_suffix(1);
            }
            int radix = 10;
            if (hex) {
                radix = 16;
                digits.remove_prefix(2);
            } else if (digits.size() > 1 && digits[0] == '0') {
                radix = 8;
                digits.remove_prefix(1);
            }
            std::uint64_t value = 0;
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
            if (error != std::errc{} || end != digits.data() + digits.size()) {
                diagnostics_.report(Message::bad_number, token.place, {std::string(token.spelling.substr(0, 64))});
            }
            made->value = static_cast<std::int64_t>(value);
            return made;
        }
        default: unexpected("a value");
    }
}

}  // namespace odc::midl
