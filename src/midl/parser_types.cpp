#include <array>
#include <charconv>
#include <map>

#include "midl/parser_state.h"

namespace odc::midl {
namespace {

constexpr std::string_view kConventions[] = {"__stdcall", "_stdcall", "__cdecl", "_cdecl", "__pascal", "pascal", "cdecl", "stdcall",
                                             "STDMETHODCALLTYPE", "STDAPICALLTYPE", "WINAPI", "__RPC_USER", "__RPC_STUB", "__fastcall"};

const std::map<std::string_view, Base>& simple_words() {
    static const std::map<std::string_view, Base> words = {
        {"void", Base::void_}, {"boolean", Base::boolean}, {"byte", Base::byte}, {"wchar_t", Base::wchar}, {"float", Base::float_},
        {"double", Base::double_}, {"handle_t", Base::handle}, {"error_status_t", Base::error_status}};
    return words;
}

}  // namespace

bool Parser::convention_word() const {
    if (!is_identifier()) return false;
    for (const auto word : kConventions)
        if (peek().spelling == word) return true;
    return false;
}

Type* Parser::base(Base kind, Place place) {
    auto* type = ast_.make<Type>();
    type->kind = Type::Kind::base;
    type->base = kind;
    type->place = place;
    type->file = file_;
    return type;
}

bool Parser::starts_type() const {
    if (!is_identifier()) return false;
    static constexpr std::string_view kWords[] = {"unsigned", "signed", "long", "short", "int", "char", "small", "hyper", "__int64",
                                                  "__int32", "__int3264", "__int16", "__int8", "struct", "union", "enum", "const",
                                                  "float", "double", "wchar_t", "void", "boolean", "byte"};
    for (const auto word : kWords)
        if (peek().spelling == word) return true;
    return false;
}

Type* Parser::type_specifier(Attributes* stray) {
    Depth depth(*this);
    const Place place = peek().place;
    bool is_const = false, is_volatile = false, is_signed = false, is_unsigned = false;
    int longs = 0;
    std::string_view size;  // char, short, small, hyper, int, …
    Type* type = nullptr;
    for (;;) {
        if (is("[") && stray && !type) {
            attribute_list(*stray);
            continue;
        }
        if (!is_identifier()) break;
        const auto word = peek().spelling;
        const bool numeric = is_signed || is_unsigned || longs || !size.empty();
        if (word == "const") {
            is_const = true;
        } else if (word == "volatile" || word == "__volatile") {
            is_volatile = true;
        } else if (word == "extern" || word == "static" || word == "inline" || word == "__unaligned" || word == "__w64" ||
                   word == "register" || word == "__ptr64" || word == "__ptr32") {
        } else if (word == "declspec" || word == "__declspec" || word == "decltype" || word == "__attribute__") {
            (void)next();
            (void)raw_until_close();
            continue;
        } else if (type) {
            break;
        } else if (word == "signed" || word == "__signed") {
            is_signed = true;
        } else if (word == "unsigned") {
            is_unsigned = true;
        } else if (word == "long") {
            ++longs;
        } else if (word == "int" || word == "short" || word == "char" || word == "small" || word == "hyper" || word == "__int64" ||
                   word == "__int32" || word == "__int16" || word == "__int8" || word == "__int3264") {
            if (!size.empty() && !(size == "int" || word == "int")) {
                diagnostics_.report(Message::conflicting_type_words, peek().place, {std::string(word)});
                throw SyntaxError();
            }
            if (word != "int" || size.empty()) size = word;
        } else if (numeric) {
            break;
        } else if (word == "struct" || word == "union" || word == "enum") {
            type = tagged(word);
            continue;
        } else if (word == "interface" || word == "dispinterface" || word == "coclass") {
            (void)next();
            type = ast_.make<Type>();
            type->kind = Type::Kind::named;
            type->place = peek().place;
            type->name = identifier("a name");
            continue;
        } else if (word == "SAFEARRAY" && peek(1).spelling == "(") {
            (void)next();
            (void)next();
            type = ast_.make<Type>();
            type->kind = Type::Kind::safearray;
            type->place = place;
            std::string unnamed;
            Place where;
            type->element = declarator(type_specifier(stray), unnamed, where);
            expect(")");
            continue;
        } else if (word == "pipe") {
            (void)next();
            type = ast_.make<Type>();
            type->kind = Type::Kind::pipe;
            type->place = place;
            type->element = type_specifier();
            continue;
        } else if (const auto simple = simple_words().find(word); simple != simple_words().end()) {
            (void)next();
            type = base(simple->second, place);
            continue;
        } else if (convention_word()) {
            break;
        } else {
            type = ast_.make<Type>();
            type->kind = Type::Kind::named;
            type->place = place;
            type->name = std::string(word);
        }
        (void)next();
    }
    if (!type) {
        if (!is_signed && !is_unsigned && !longs && size.empty()) unexpected("a type");
        Base kind = Base::int_;
        if (size == "char") kind = is_unsigned ? Base::char_ : is_signed ? Base::signed_char : Base::char_;
        else if (size == "small" || size == "__int8") kind = is_unsigned ? Base::unsigned_small : Base::small;
        else if (size == "short" || size == "__int16") kind = is_unsigned ? Base::unsigned_short : Base::short_;
        else if (size == "hyper" || size == "__int64" || longs > 1) kind = is_unsigned ? Base::unsigned_hyper : Base::hyper;
        else if (size == "__int3264") kind = is_unsigned ? Base::unsigned_int3264 : Base::int3264;
        else if (longs == 1 || size == "__int32") kind = is_unsigned ? Base::unsigned_long : Base::long_;
        else kind = is_unsigned ? Base::unsigned_int : Base::int_;
        type = base(kind, place);
    }
    if (longs && !size.empty() && size != "int") {
        diagnostics_.report(Message::conflicting_type_words, place, {std::string(size)});
        throw SyntaxError();
    }
    if (is_const || is_volatile) {
        if (type->defined) {
            type->is_const = is_const;
        } else {
            auto* qualified = ast_.make<Type>();
            *qualified = *type;
            qualified->is_const = is_const;
            qualified->is_volatile = is_volatile;
            type = qualified;
        }
    }
    return type;
}

Type* Parser::tagged(std::string_view keyword) {
    auto* type = ast_.make<Type>();
    type->place = peek().place;
    type->doc = peek().doc;
    type->file = file_;
    type->pointer_default = pointer_default_;
    (void)next();
    if (is("[")) attribute_list(type->attributes);
    while (is("declspec") || is("__declspec")) {
        (void)next();
        (void)raw_until_close();
    }
    if (is_identifier() && !is("switch")) {
        type->place = peek().place;
        type->name = identifier("a tag");
    }
    if (keyword == "enum") {
        type->kind = Type::Kind::enumeration;
        if (is("{")) enum_body(*type);
    } else if (keyword == "struct") {
        type->kind = Type::Kind::structure;
        if (is("{")) struct_body(*type);
    } else if (is("switch")) {
        type->kind = Type::Kind::structure;
        type->encapsulated = true;
        (void)next();
        expect("(");
        Field tag;
        tag.type = type_specifier();
        tag.type = declarator(tag.type, tag.name, tag.place);
        expect(")");
        Field arms;
        arms.name = "tagged_union";
        if (is_identifier()) arms.name = identifier("a name");
        auto* inner = ast_.make<Type>();
        inner->kind = Type::Kind::union_;
        inner->place = type->place;
        inner->file = file_;
        inner->pointer_default = pointer_default_;
        union_body(*inner);
        arms.type = inner;
        arms.place = type->place;
        type->fields.push_back(std::move(tag));
        type->fields.push_back(std::move(arms));
        type->defined = true;
    } else {
        type->kind = Type::Kind::union_;
        if (is("{")) union_body(*type);
    }
    if (!type->defined && type->name.empty()) unexpected("'{'");
    return type;
}

void Parser::enum_body(Type& type) {
    expect("{");
    type.defined = true;
    while (!is("}")) {
        EnumValue value;
        value.doc = peek().doc;
        value.attributes = attributes();
        value.place = peek().place;
        value.name = identifier("an enumerator");
        if (accept("=")) value.given = expression();
        type.values.push_back(std::move(value));
        if (!accept(",")) break;
    }
    expect("}");
}

void Parser::struct_body(Type& type) {
    expect("{");
    type.defined = true;
    while (!is("}")) {
        if (accept(";")) continue;
        const std::string doc = peek().doc;
        Attributes shared = attributes();
        Type* specifier = type_specifier(&shared);
        if (accept(";")) {  // anonymous struct or union
            Field field;
            field.type = specifier;
            field.attributes = std::move(shared);
            field.place = specifier->place;
            field.doc = doc;
            type.fields.push_back(std::move(field));
            continue;
        }
        do {
            Field field;
            field.doc = doc;
            field.attributes = shared;
            field.type = declarator(specifier, field.name, field.place);
            if (accept(":")) field.bits = expression();
            else if (field.name.empty()) unexpected("a name");
            type.fields.push_back(std::move(field));
        } while (accept(","));
        expect(";");
    }
    expect("}");
}

void Parser::union_body(Type& type) {
    expect("{");
    type.defined = true;
    while (!is("}")) {
        Field arm;
        arm.doc = peek().doc;
        Attributes shared;
        // `case 1:` and `default:` of encapsulated unions, `[case(1)]` and `[default]` of the others.
        bool labelled = true;
        while (labelled) {
            labelled = false;
            if (accept("case")) {
                do arm.labels.push_back(expression());
                while (accept(","));
                expect(":");
                labelled = true;
            } else if (is("default") && peek(1).spelling == ":") {
                at_ += 2;
                arm.is_default = true;
                labelled = true;
            } else if (is("[") && (peek(1).spelling == "case" || (peek(1).spelling == "default" && peek(2).spelling == "]"))) {
                (void)next();
                if (accept("default")) {
                    arm.is_default = true;
                } else {
                    (void)next();
                    for (auto* value : attribute_values())
                        if (value) arm.labels.push_back(value);
                }
                if (accept(",")) attribute_entries(shared);  // further attributes in the same brackets
                else expect("]");
                labelled = true;
            } else if (is("[")) {
                attribute_list(shared);
                labelled = true;
            }
        }
        if (accept(";")) {
            arm.is_empty = true;
            arm.place = peek().place;
            type.fields.push_back(std::move(arm));
            continue;
        }
        if (is("}")) {  // a label without an arm at the end
            arm.is_empty = true;
            type.fields.push_back(std::move(arm));
            break;
        }
        arm.attributes = std::move(shared);
        Type* specifier = type_specifier(&arm.attributes);
        if (is(";")) {
            arm.type = specifier;
            arm.place = specifier->place;
            (void)next();
            type.fields.push_back(std::move(arm));
            continue;
        }
        bool first = true;
        do {
            Field one = first ? arm : Field{};
            if (!first) one.attributes = arm.attributes;
            first = false;
            one.type = declarator(specifier, one.name, one.place);
            type.fields.push_back(std::move(one));
        } while (accept(","));
        expect(";");
    }
    expect("}");
}

Type* Parser::pointers(Type* type) {
    for (;;) {
        while (convention_word() || is("__RPC_FAR") || is("FAR") || is("far") || is("__far") || is("__unaligned")) (void)next();
        if (!accept("*")) return type;
        auto* made = ast_.make<Type>();
        made->kind = Type::Kind::pointer;
        made->place = type->place;
        made->element = type;
        made->pointer_default = pointer_default_;
        while (is("const") || is("volatile") || is("__RPC_FAR") || is("restrict") || is("__ptr64") || is("__ptr32")) {
            if (is("const")) made->is_const = true;
            (void)next();
        }
        type = made;
    }
}

Type* Parser::declarator(Type* type, std::string& name, Place& place, std::string* convention) {
    Depth depth(*this);
    if (convention && convention_word()) *convention = std::string(peek().spelling);
    type = pointers(type);
    if (convention && at_ > 0 && convention->empty()) {
        const auto before = tokens_[at_ - 1].spelling;
        for (const auto word : kConventions)
            if (before == word) *convention = std::string(word);
    }
    if (is("(") && (peek(1).spelling == "*" || peek(1).spelling == "(" ||
                    (peek(1).kind == Token::Kind::identifier && (peek(2).spelling == "*" || peek(2).spelling == ")")))) {
        // Function pointer: the inner declarator is built around a place that the suffix fills afterwards.
        (void)next();
        auto* hole = ast_.make<Type>();
        std::string inner_convention;
        Type* inner = declarator(hole, name, place, &inner_convention);
        expect(")");
        Type* filled = declarator_suffix(type);
        *hole = *filled;
        if (hole->kind == Type::Kind::function) hole->convention = inner_convention;
        return inner == hole ? hole : inner;
    }
    if (is_identifier()) {
        place = peek().place;
        name = std::string(next().spelling);
    }
    return declarator_suffix(type);
}

Type* Parser::declarator_suffix(Type* type) {
    if (is("(")) {
        (void)next();
        auto* made = ast_.make<Type>();
        made->kind = Type::Kind::function;
        made->place = type->place;
        made->element = type;
        made->parameters = parameters();
        return made;
    }
    if (!is("[")) return type;
    Depth depth(*this);
    (void)next();
    auto* made = ast_.make<Type>();
    made->kind = Type::Kind::array;
    made->place = peek().place;
    made->pointer_default = pointer_default_;
    if (is("*") && peek(1).spelling == "]") (void)next();
    else if (!is("]")) made->bound = expression();
    if (is(".") || is("...")) {  // DCE: [0..n]
        while (!is("]") && peek().kind != Token::Kind::end) (void)next();
        made->bound = nullptr;
    }
    expect("]");
    made->element = declarator_suffix(type);
    return made;
}

std::vector<Parameter> Parser::parameters() {
    std::vector<Parameter> list;
    if (accept(")")) return list;
    if (is("void") && peek(1).spelling == ")") {
        at_ += 2;
        return list;
    }
    do {
        if (accept("...")) break;
        list.push_back(parameter());
    } while (accept(","));
    expect(")");
    return list;
}

Parameter Parser::parameter() {
    Parameter made;
    made.place = peek().place;
    made.attributes = attributes();
    Type* type = type_specifier(&made.attributes);
    made.type = declarator(type, made.name, made.place);
    return made;
}

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

Expr* Parser::binary(int level) {
    static const std::vector<std::vector<std::string_view>> kLevels = {
        {"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}};
    if (level == static_cast<int>(kLevels.size())) return unary();
    Expr* left = binary(level + 1);
    for (;;) {
        std::string_view found;
        for (const auto op : kLevels[static_cast<std::size_t>(level)])
            if (peek().kind == Token::Kind::punctuation && peek().spelling == op) found = op;
        if (found.empty()) return left;
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::binary;
        made->place = next().place;
        made->spelling = std::string(found);
        made->operands = {left, binary(level + 1)};
        left = made;
    }
}

Expr* Parser::unary() {
    Depth depth(*this);
    static constexpr std::string_view kOperators[] = {"-", "+", "!", "~", "*", "&"};
    for (const auto op : kOperators) {
        if (!is(op)) continue;
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::unary;
        made->place = next().place;
        made->spelling = std::string(op);
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
                   after.kind == Token::Kind::character || after.spelling == "~";
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
    while (is(".") || is("->")) {
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
            if (made->spelling == "TRUE" || made->spelling == "FALSE" || made->spelling == "true" || made->spelling == "false") {
                made->kind = Expr::Kind::integer;
                made->value = made->spelling == "TRUE" || made->spelling == "true";
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
