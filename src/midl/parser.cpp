#include "midl/parser.h"

#include <algorithm>
#include <cctype>

#include "midl/model.h"
#include "midl/parser_state.h"

namespace odc::midl {
namespace {

std::string shown(const Token& token) {
    if (token.kind == Token::Kind::end) return "the end of the file";
    return "'" + std::string(token.spelling.substr(0, 64)) + "'";
}

PointerKind pointer_kind_of(const Attributes& attributes, PointerKind otherwise) {
    const auto* given = attributes.find(AttributeKind::pointer_default);
    if (!given || given->values.empty() || !given->values[0]) return otherwise;
    const auto& word = given->values[0]->spelling;
    return word == "ref" ? PointerKind::ref : word == "ptr" ? PointerKind::full : PointerKind::unique;
}

}  // namespace

Parser::Depth::Depth(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > kMaxDepth) {
        --parser_.depth_;
        parser.diagnostics_.report(Message::nesting_too_deep, parser.peek().place, {std::to_string(kMaxDepth)});
        throw SyntaxError();
    }
}

void Parser::unexpected(std::string_view wanted) {
    diagnostics_.report(Message::unexpected, peek().place, {std::string(wanted), shown(peek())});
    throw SyntaxError();
}

std::string Parser::identifier(std::string_view what) {
    if (!is_identifier()) unexpected(what);
    return std::string(next().spelling);
}

// After a syntax error: goes on behind the declaration that holds it, i.e. past the next ';' at its own brace level.
void Parser::synchronize(std::size_t start) {
    int braces = 0;
    if (at_ > start) {  // braces that were opened before the error
        for (std::size_t i = start; i < at_; ++i) {
            if (tokens_[i].spelling == "{") ++braces;
            else if (tokens_[i].spelling == "}") --braces;
        }
    }
    static constexpr std::string_view kFirst[] = {"typedef", "import", "importlib", "cpp_quote", "library", "dispinterface"};
    while (peek().kind != Token::Kind::end) {
        // A forgotten ';' takes nothing of the next declaration along.
        if (braces <= 0 && at_ > start && is_identifier() && std::find(std::begin(kFirst), std::end(kFirst), peek().spelling) != std::end(kFirst)) return;
        if (is("{")) {
            ++braces;
        } else if (is("}")) {
            if (braces <= 0) return;
            if (--braces == 0) {
                ++at_;
                // `} Name, *PNAME;` belongs to what failed; anything else is the next declaration.
                if ((is_identifier() && (peek(1).spelling == ";" || peek(1).spelling == ",")) || is("*")) {
                    while (peek().kind != Token::Kind::end && !is(";") && !is("{") && !is("}")) ++at_;
                }
                accept(";");
                return;
            }
        } else if (is(";") && braces <= 0) {
            ++at_;
            return;
        }
        ++at_;
    }
}

std::string Parser::source_between(std::size_t first, std::size_t past) const {
    std::string out;
    bool space = false;
    for (std::size_t i = first; i < past; ++i) {
        const auto& token = tokens_[i];
        const auto is = [&](const auto& word) { return same(token.spelling, word); };
        const bool glue = out.empty() || is(",") || is(")") || is("]") || is(";") || out.back() == '(' || out.back() == '[' || is("(") ||
                          (is("*") && out.back() != ',') || (out.back() == '*' && (out.ends_with(", *") || out.ends_with("(*"))) ||
                          (is("[") && out.back() != ',');
        if (space && !glue) out += ' ';
        out += token.spelling;
        space = true;
    }
    return out;
}

std::string Parser::raw_until_close() {
    expect("(");
    const std::size_t first = at_;
    int open = 1;
    while (open > 0) {
        if (peek().kind == Token::Kind::end) unexpected("')'");
        if (is("(")) ++open;
        if (is(")") && --open == 0) break;
        ++at_;
    }
    const auto& begin = tokens_[first];
    const auto& end = tokens_[at_];
    const char* text = begin.spelling.data();
    std::string raw = first == at_ ? std::string() : std::string(text, static_cast<std::size_t>(end.spelling.data() - text));
    while (!raw.empty() && std::isspace(static_cast<unsigned char>(raw.back()))) raw.pop_back();
    expect(")");
    return raw;
}

void Parser::run() {
    auto& into = ast_.files[file_].items;
    items(into, false);
}

void Parser::items(std::vector<Item>& into, bool inside) {
    while (peek().kind != Token::Kind::end && !(inside && is("}"))) {
        const std::size_t start = at_;
        try {
            item(into);
        } catch (const SyntaxError&) {
            synchronize(start);
            if (!inside && is("}")) ++at_;
            if (at_ == start) ++at_;
        }
    }
}

void Parser::item(std::vector<Item>& into) {
    const std::string& doc = this->doc();
    if (accept(";")) return;
    if (peek().kind == Token::Kind::pragma) return pragma(&into);
    if (is("cpp_quote")) return quote(into);
    if (is("midl_pragma")) {  // midl_pragma warning(disable: 2362 3011)
        (void)next();
        const bool warning = accept("warning");
        expect("(");
        const bool disable = accept("disable");
        while (peek().kind != Token::Kind::end && !is(")")) {
            if (warning && disable && peek().kind == Token::Kind::number) diagnostics_.silence(std::string(peek().spelling));
            (void)next();
        }
        expect(")");
        accept(";");
        return;
    }
    if (is("import") || is("include")) return import(into);
    if (begins_namespace()) return name_space(into);
    if (is("importlib")) {
        const Place place = next().place;
        expect("(");
        if (peek().kind != Token::Kind::text) unexpected("a file name");
        into.push_back(ImportLibrary{unquote(next().spelling), place});
        expect(")");
        accept(";");
        return;
    }
    Attributes given = attributes();
    if (is("interface") || is("interface_")) return interface(into, std::move(given), doc);
    if (is("dispinterface")) return dispinterface(into, std::move(given), doc);
    if (is("coclass")) return coclass(into, std::move(given), doc);
    if (is("library")) return library(into, std::move(given), doc);
    if (is("module") && peek(1).kind == Token::Kind::identifier) return module(into, std::move(given), doc);
    if (is("typedef")) return type_definition(into, std::move(given), doc);
    if (is("declare_guid")) {
        (void)next();
        (void)raw_until_close();
        accept(";");
        return;
    }
    if (is("const")) {
        // `const T name = value;` is a constant, `const T* f(…);` a function.
        std::size_t i = 1;
        while (peek(i).kind == Token::Kind::identifier || peek(i).spelling == "*") ++i;
        if (peek(i).spelling == "=") return constant(into, std::move(given), doc);
    }
    function_or_tag(into, std::move(given), doc);
}

void Parser::quote(std::vector<Item>& into) {
    const Place place = next().place;
    expect("(");
    if (peek().kind != Token::Kind::text) unexpected("a text");
    std::string text;
    while (peek().kind == Token::Kind::text) text += unquote(next().spelling);
    expect(")");
    accept(";");
    follow_pack(text);
    into.push_back(CppQuote{text, place});
}

void Parser::pragma(std::vector<Item>* into) {
    const Token& token = next();
    std::string_view text = token.spelling;
    if (text.starts_with("midl_echo")) {
        const auto open = text.find('"'), close = text.rfind('"');
        if (into && open != std::string_view::npos && close > open) into->push_back(CppQuote{unquote(text.substr(open, close - open + 1)), token.place});
    } else if (text.starts_with("pack")) {
        follow_pack(text);
        if (into) into->push_back(CppQuote{"#pragma " + std::string(text), token.place});
    } else if (text.starts_with("winrt") && text.find("ns_prefix") != std::string_view::npos) {
        options_.abi_prefix = true;
    }
}

/// The conditions of quoted text, as far as layout needs them: of two branches one counts. The layout is that of 64-bit machines.
void Parser::follow_condition(std::string_view text) {
    const auto start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos || text[start] != '#') return;
    text.remove_prefix(std::min(text.find_first_not_of(" \t", start + 1), text.size()));
    const bool wide = text.find("_WIN64") != std::string_view::npos;
    const bool negated = text.starts_with("ifndef") || text.find('!') != std::string_view::npos;
    if (text.starts_with("if")) quoted_branches_.push_back(text == "if 0" || (wide && negated) ? Branch::wait : Branch::take);
    if (quoted_branches_.empty()) return;
    auto& branch = quoted_branches_.back();
    if (text.starts_with("el")) branch = branch == Branch::wait ? Branch::take : Branch::done;
    if (text.starts_with("endif")) quoted_branches_.pop_back();
}

/// #pragma pack(push, 1), pack(pop), pack(4), pack(), and the headers pshpack1.h and poppack.h that stand for them.
void Parser::follow_pack(std::string_view text) {
    follow_condition(text);
    for (const auto branch : quoted_branches_)
        if (branch != Branch::take) return;
    const auto header = text.find("pshpack");
    if (header != std::string_view::npos) {
        packs_.push_back(pack_);
        pack_ = static_cast<std::uint8_t>(header + 7 < text.size() && text[header + 7] > '0' && text[header + 7] <= '8' ? text[header + 7] - '0' : 0);
        return;
    }
    const bool pragma_form = text.starts_with("pack") || text.find("pragma pack") != std::string_view::npos;
    const bool pop = text.find("poppack") != std::string_view::npos || (pragma_form && text.find("pop") != std::string_view::npos);
    if (pop) {
        if (packs_.empty()) return;
        pack_ = packs_.back();
        packs_.pop_back();
        return;
    }
    if (!pragma_form) return;
    if (text.find("push") != std::string_view::npos) packs_.push_back(pack_);
    else pack_ = 0;
    unsigned value = 0;
    for (const char c : text)
        if (std::isdigit(static_cast<unsigned char>(c))) value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 0 && value <= 16) pack_ = static_cast<std::uint8_t>(value);
}

void Parser::import(std::vector<Item>& into) {
    (void)next();
    do {
        if (peek().kind != Token::Kind::text) unexpected("a file name");
        const Token name = next();
        Import made{unquote(name.spelling), name.place, 0};
        made.file = load_import_(made.name, made.place);
        into.push_back(made);
    } while (accept(","));
    accept(";");
}

void Parser::interface(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    const Place place = peek().place;
    const std::string name = identifier("an interface name");
    if (is(";") && given.list.empty()) {
        (void)next();
        into.push_back(ForwardInterface{name, place, false, false, nullptr, nullptr});
        return;
    }
    if (is("*") || is_identifier()) {  // `interface IFoo* f(…);`
        at_ -= 1;
        return function_or_tag(into, std::move(given), std::move(doc));
    }
    auto* made = ast_.make<Interface>();
    made->name = name;
    made->place = place;
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    made->file = file_;
    const PointerKind outside = pointer_default_;
    made->pointer_default = pointer_default_ = pointer_kind_of(made->attributes, PointerKind::unique);
    if (accept(":")) made->base_name = identifier("a base interface");
    if (accept("{")) {
        items(made->items, true);
        expect("}");
    } else if (!is(";")) {
        unexpected("'{'");
    }
    accept(";");
    pointer_default_ = outside;
    for (const auto& part : made->items) {
        if (const auto* function = std::get_if<Function*>(&part)) made->functions.push_back(*function);
    }
    into.push_back(made);
}

void Parser::dispinterface(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    const Place place = peek().place;
    const std::string name = identifier("a dispinterface name");
    if (accept(";")) {
        into.push_back(ForwardInterface{name, place, true, false, nullptr, nullptr});
        return;
    }
    auto* made = ast_.make<Interface>();
    made->name = name;
    made->base_name = "IDispatch";
    made->place = place;
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    made->file = file_;
    made->is_dispinterface = true;
    expect("{");
    if (accept("interface")) {
        made->wraps = identifier("an interface name");
        accept(";");
    } else {
        if (accept("properties")) {
            expect(":");
            while (!is("methods") && !is("}")) {
                const std::size_t start = at_;
                try {
                    Field field;
                    field.doc = this->doc();
                    field.attributes = attributes();
                    Type* type = type_specifier(&field.attributes);
                    field.type = declarator(type, field.name, field.place);
                    if (field.name.empty()) unexpected("a name");
                    expect(";");
                    made->properties.push_back(std::move(field));
                } catch (const SyntaxError&) {
                    synchronize(start);
                    if (at_ == start) ++at_;
                    if (peek().kind == Token::Kind::end) throw;
                }
            }
        }
        if (accept("methods")) {
            expect(":");
            items(made->items, true);
        }
    }
    expect("}");
    accept(";");
    for (const auto& part : made->items) {
        if (const auto* function = std::get_if<Function*>(&part)) made->functions.push_back(*function);
    }
    into.push_back(made);
}

void Parser::coclass(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    if (is_identifier() && peek(1).spelling == ";" && given.list.empty()) {
        into.push_back(ForwardInterface{std::string(peek().spelling), peek().place, false, true, nullptr, nullptr});
        at_ += 2;
        return;
    }
    auto* made = ast_.make<Coclass>();
    made->place = peek().place;
    made->name = identifier("a class name");
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    expect("{");
    while (!is("}")) {
        skip_pragmas();
        InterfaceReference reference;
        reference.attributes = attributes();
        if (!accept("interface") && !accept("dispinterface")) unexpected("'interface'");
        reference.place = peek().place;
        reference.name = identifier("an interface name");
        accept(";");
        made->interfaces.push_back(std::move(reference));
    }
    expect("}");
    accept(";");
    into.push_back(made);
}

void Parser::library(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    auto* made = ast_.make<Library>();
    made->place = peek().place;
    made->name = identifier("a library name");
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    into.push_back(made);
    expect("{");
    items(made->items, true);
    expect("}");
    accept(";");
}

void Parser::module(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    auto* made = ast_.make<Module>();
    made->place = peek().place;
    made->name = identifier("a module name");
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    expect("{");
    items(made->items, true);
    expect("}");
    accept(";");
    into.push_back(made);
}

void Parser::type_definition(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    attribute_list(given);
    Attributes stray;
    Type* type = type_specifier(&stray);
    for (auto& a : stray.list) given.list.push_back(std::move(a));
    TypedefGroup group;
    ++group_;
    if (type->defined && is(";")) {  // typedef struct X { … };
        (void)next();
        for (auto& a : given.list) type->attributes.list.push_back(a);
        into.push_back(TagDeclaration{type});
        return;
    }
    do {
        auto* made = ast_.make<Typedef>();
        made->place = peek().place;
        made->type = declarator(type, made->name, made->place);
        if (made->name.empty()) unexpected("a name");
        made->attributes = given;
        made->doc = doc;
        made->pointer_default = pointer_default_;
        made->group = group_;
        // `typedef unsigned short wchar_t;` says what it is anyway, and is no typedef in C++.
        if (made->name == "wchar_t") continue;
        ast_.type_names.insert(made->name);
        group.names.push_back(made);
    } while (accept(","));
    expect(";");
    if (!group.names.empty()) into.push_back(std::move(group));
}

void Parser::constant(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    auto* made = ast_.make<Constant>();
    Type* type = type_specifier();
    made->type = declarator(type, made->name, made->place);
    if (made->name.empty()) unexpected("a name");
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    expect("=");
    made->value = expression();
    expect(";");
    into.push_back(made);
}

void Parser::function_or_tag(std::vector<Item>& into, Attributes given, std::string doc) {
    const std::size_t start = at_;
    Attributes stray;
    const bool is_extern = is("extern");
    const bool was_tag = is("struct") || is("union") || is("enum");
    Type* type = type_specifier(&stray);
    for (auto& a : stray.list) given.list.push_back(std::move(a));
    if (was_tag && is(";")) {
        (void)next();
        for (auto& a : given.list) type->attributes.list.push_back(a);
        type->doc = std::move(doc);
        into.push_back(TagDeclaration{type});
        return;
    }
    std::string name, convention;
    Place place = peek().place;
    Type* whole = declarator(type, name, place, &convention);
    if (whole->kind == Type::Kind::function && name.empty()) unexpected("a name");
    if (whole->kind != Type::Kind::function) {
        if (is("=") && !name.empty()) {  // ODL: `[entry] const` without const, or a module constant
            auto* made = ast_.make<Constant>();
            made->type = whole;
            made->name = name;
            made->place = place;
            made->attributes = std::move(given);
            (void)next();
            made->value = expression();
            expect(";");
            into.push_back(made);
            return;
        }
        if (is_extern && accept(";")) {
            into.push_back(ExternVariable{whole, name});
            return;
        }
        unexpected("'('");
    }
    accept("const");
    auto* made = ast_.make<Function>();
    made->name = name;
    made->place = place;
    made->doc = std::move(doc);
    made->convention = convention;
    made->result = whole->element;
    made->parameters = std::move(whole->parameters);
    made->takes_more = whole->takes_more;
    made->attributes = std::move(given);
    expect(";");
    made->source = source_between(start, at_);
    into.push_back(made);
}

Attributes Parser::attributes() {
    Attributes list;
    attribute_list(list);
    return list;
}

std::vector<Expr*> Parser::attribute_values() {
    std::vector<Expr*> values;
    if (!accept("(")) return values;
    if (accept(")")) return values;
    for (;;) {
        if (is(",") || is(")")) values.push_back(nullptr);
        else values.push_back(expression());
        if (accept(",")) continue;
        expect(")");
        return values;
    }
}

/// custom(UUID, value)
void Parser::custom_data(Attribute& made) {
    expect("(");
    const std::size_t first = at_;
    while (!is(",") && !is(")") && peek().kind != Token::Kind::end) (void)next();
    if (at_ > first) {
        const char* begin = tokens_[first].spelling.data();
        const auto& last = tokens_[at_ - 1].spelling;
        made.raw.assign(begin, static_cast<std::size_t>(last.data() + last.size() - begin));
    }
    expect(",");
    made.values.push_back(expression());
    expect(")");
    if (!guid_of(made)) diagnostics_.report(Message::bad_uuid, made.place, {made.raw.substr(0, 80)});
}

void Parser::attribute_list(Attributes& into) {
    while (accept("[")) attribute_entries(into);
}

/// What stands between the brackets, and the closing one.
void Parser::attribute_entries(Attributes& into) {
    while (!is("]")) {
        if (accept(",")) continue;  // macros that expand to nothing leave their commas
        const Token name = peek();
        if (name.kind != Token::Kind::identifier) unexpected("an attribute");
        (void)next();
        const auto* fact = find_attribute(name.spelling);
        if (!fact || (fact->windows_runtime() && !options_.winrt)) {
            diagnostics_.report(Message::unknown_attribute, name.place,
                                {std::string(name.spelling), suggest_attribute(name.spelling)});
            if (is("(")) (void)raw_until_close();
            if (!accept(",")) break;
            continue;
        }
        Attribute made{fact->kind, name.place, {}, {}, nullptr};
        switch (fact->arguments) {
            case AttributeArguments::none: break;
            case AttributeArguments::values: made.values = attribute_values(); break;
            case AttributeArguments::raw: made.raw = raw_until_close(); break;
            case AttributeArguments::custom: custom_data(made); break;
            case AttributeArguments::type: {
                expect("(");
                std::string unnamed;
                Place place;
                made.type = declarator(type_specifier(), unnamed, place);
                expect(")");
                break;
            }
        }
        if (fact->kind == AttributeKind::string && is("(")) (void)raw_until_close();
        into.list.push_back(std::move(made));
        if (!accept(",")) break;
    }
    expect("]");
}

void parse(Ast& ast, std::uint32_t file, const Tokens& tokens, const ParseOptions& options, Diagnostics& diagnostics,
           const std::function<std::uint32_t(const std::string&, Place)>& load_import) {
    Parser(ast, file, tokens, options, diagnostics, load_import).run();
}

}  // namespace odc::midl
