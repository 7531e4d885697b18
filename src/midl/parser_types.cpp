#include <algorithm>
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
    if (!is_identifier() || std::string_view("_pcsSW").find(peek().spelling.front()) == std::string_view::npos) return false;
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
        if (same(word, "const")) {
            is_const = true;
        } else if (same(word, "volatile") || same(word, "__volatile")) {
            is_volatile = true;
        } else if (same(word, "extern") || same(word, "static") || same(word, "inline") || same(word, "__unaligned") || same(word, "__w64") ||
                   same(word, "register") || same(word, "__ptr64") || same(word, "__ptr32")) {
        } else if (same(word, "declspec") || same(word, "__declspec") || same(word, "decltype") || same(word, "__attribute__")) {
            (void)next();
            (void)raw_until_close();
            continue;
        } else if (type) {
            break;
        } else if (same(word, "signed") || same(word, "__signed")) {
            is_signed = true;
        } else if (same(word, "unsigned")) {
            is_unsigned = true;
        } else if (same(word, "long")) {
            ++longs;
        } else if (same(word, "int") || same(word, "short") || same(word, "char") || same(word, "small") || same(word, "hyper") || same(word, "__int64") ||
                   same(word, "__int32") || same(word, "__int16") || same(word, "__int8") || same(word, "__int3264")) {
            if (!size.empty() && !(same(size, "int") || same(word, "int"))) {
                diagnostics_.report(Message::conflicting_type_words, peek().place, {std::string(word)});
                throw SyntaxError();
            }
            if (word != "int" || size.empty()) size = word;
        } else if (numeric) {
            break;
        } else if (same(word, "struct") || same(word, "union") || same(word, "enum")) {
            type = tagged(word);
            continue;
        } else if (same(word, "interface") || same(word, "dispinterface") || same(word, "coclass")) {
            (void)next();
            if (scope_) {
                type = runtime_type();
                continue;
            }
            type = ast_.make<Type>();
            type->kind = Type::Kind::named;
            type->place = peek().place;
            type->name = identifier("a name");
            continue;
        } else if (same(word, "SAFEARRAY") && same(peek(1).spelling, "(")) {
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
        } else if (same(word, "pipe")) {
            (void)next();
            type = ast_.make<Type>();
            type->kind = Type::Kind::pipe;
            type->place = place;
            type->element = type_specifier();
            continue;
        } else if (options_.mktyplib203 && (same(word, "boolean") || same(word, "BOOL") || same(word, "Boolean"))) {
            // ODL: Boolean and BOOL are VARIANT_BOOL.
            type = ast_.make<Type>();
            type->kind = Type::Kind::named;
            type->place = place;
            type->name = "VARIANT_BOOL";
        } else if (const auto simple = simple_words().find(word); simple != simple_words().end()) {
            (void)next();
            type = base(simple->second, place);
            continue;
        } else if (convention_word()) {
            break;
        } else if (scope_) {
            type = runtime_type();
            continue;
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
        if (same(size, "char")) kind = is_unsigned ? Base::char_ : is_signed ? Base::signed_char : Base::char_;
        else if (same(size, "small") || same(size, "__int8")) kind = is_unsigned ? Base::unsigned_small : Base::small;
        else if (same(size, "short") || same(size, "__int16")) kind = is_unsigned ? Base::unsigned_short : Base::short_;
        else if (same(size, "hyper") || same(size, "__int64") || longs > 1) kind = is_unsigned ? Base::unsigned_hyper : Base::hyper;
        else if (same(size, "__int3264")) kind = is_unsigned ? Base::unsigned_int3264 : Base::int3264;
        else if (longs == 1 || same(size, "__int32")) kind = is_unsigned ? Base::unsigned_long : Base::long_;
        else kind = is_unsigned ? Base::unsigned_int : Base::int_;
        type = base(kind, place);
        type->is_plain_char = same(size, "char") && !is_signed && !is_unsigned;
        type->bare_char = type->is_plain_char && options_.bare_char;
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
    type->doc = doc();
    type->file = file_;
    type->pointer_default = pointer_default_;
    type->pack = pack_;
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
        if (tag.name.empty()) unexpected("a name");
        expect(")");
        Field arms;
        arms.name = "tagged_union";
        if (is_identifier()) arms.name = identifier("a name");
        auto* inner = ast_.make<Type>();
        inner->kind = Type::Kind::union_;
        inner->place = type->place;
        inner->file = file_;
        inner->pointer_default = pointer_default_;
        inner->pack = pack_;
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
        skip_pragmas();
        EnumValue value;
        value.doc = doc();
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
        skip_pragmas();
        if (is("}")) break;
        if (accept(";")) continue;
        const std::string& doc = this->doc();
        Attributes shared = attributes();
        Type* specifier = type_specifier(&shared);
        if (specifier->defined && accept(";")) {  // anonymous struct or union
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
        skip_pragmas();
        Field arm;
        arm.doc = doc();
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
        if (specifier->defined && is(";")) {
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
            if (one.name.empty()) unexpected("a name");
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

/// What no C compiler takes as the name of anything. (Words that only C++ has are names; parameters get another one.)
static bool is_word_of_c(std::string_view word) {
    static constexpr std::string_view kWords[] = {"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
                                                  "for", "goto", "if", "int", "long", "register", "return", "short", "signed", "sizeof", "static", "struct", "switch",
                                                  "typedef", "union", "unsigned", "void", "volatile", "while"};
    return std::binary_search(std::begin(kWords), std::end(kWords), word);
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
        if (is_word_of_c(peek().spelling)) unexpected("a name");
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
        parameters(*made);
        return made;
    }
    if (!is("[")) return type;
    Depth depth(*this);
    (void)next();
    auto* made = ast_.make<Type>();
    made->kind = Type::Kind::array;
    made->place = peek().place;
    made->pointer_default = pointer_default_;
    if (is("*")) (void)next();
    else if (!is("]")) made->bound = expression();
    if (is(".") && peek(1).spelling == ".") array_bounds(*made);
    expect("]");
    made->element = declarator_suffix(type);
    return made;
}

/// C706's form, [lower..upper]: the lower bound is read, `*` as upper one leaves the size to attributes.
void Parser::array_bounds(Type& array) {
    const Expr* lower = array.bound;
    const auto of = [&](const char* operation, Expr* left, Expr* right) {
        auto* made = ast_.make<Expr>();
        made->kind = Expr::Kind::binary;
        made->place = peek().place;
        made->spelling = operation;
        made->operands = {left, right};
        return made;
    };
    at_ += 2;
    array.bound = nullptr;
    if (accept("*")) return;
    Expr* upper = expression();
    auto* one = ast_.make<Expr>();
    one->value = 1;
    array.bound = of("+", lower ? of("-", upper, const_cast<Expr*>(lower)) : upper, one);
}

void Parser::parameters(Type& type) {
    std::vector<Parameter> list;
    if (accept(")")) return;
    if (is("void") && peek(1).spelling == ")") {
        at_ += 2;
        return;
    }
    do {
        if (accept("...")) {
            type.takes_more = true;
            break;
        }
        list.push_back(parameter());
    } while (accept(","));
    expect(")");
    type.parameters = std::move(list);
}

Parameter Parser::parameter() {
    Parameter made;
    made.place = peek().place;
    made.attributes = attributes();
    Type* type = type_specifier(&made.attributes);
    made.type = declarator(type, made.name, made.place);
    return made;
}

}  // namespace odc::midl
