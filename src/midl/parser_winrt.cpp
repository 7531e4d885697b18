// Declarations of the Windows Runtime: namespaces and what stands in them. Names are looked up later (winrt_lower.cpp).
#include "midl/parser_state.h"

namespace odc::midl {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
    return out;
}

std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
        parts.push_back(name.substr(start, dot - start));
        start = dot + 1;
    }
    parts.push_back(name.substr(start));
    return parts;
}

/// Enumerators are Enum_Name in the header, also where one is made of another.
void rename_values(Expr* expr, const Type& type, const std::string& prefix) {
    if (!expr) return;
    if (expr->kind == Expr::Kind::name) {
        for (const auto& value : type.values)
            if (value.name == expr->spelling) {
                expr->spelling = prefix + expr->spelling;
                break;
            }
    }
    for (auto* operand : expr->operands) rename_values(operand, type, prefix);
}

template <class Declared>
void add_flag(Declared& declared, AttributeKind kind) {
    if (!declared.attributes.has(kind)) declared.attributes.list.push_back({kind, declared.place, {}, {}, nullptr});
}

}  // namespace

/// `namespace A.B {`; the word by itself is a name like any other.
bool Parser::begins_namespace() const {
    if (!is("namespace") || peek(1).kind != Token::Kind::identifier) return false;
    std::size_t i = 2;
    while (same(peek(i).spelling, ".") && peek(i + 1).kind == Token::Kind::identifier) i += 2;
    return same(peek(i).spelling, "{");
}

void Parser::name_space(std::vector<Item>& into) {
    Depth depth(*this);
    if (!options_.winrt) {
        diagnostics_.report(Message::namespace_without_switch, peek().place);
        throw SyntaxError();
    }
    (void)next();
    struct Inside {
        explicit Inside(std::uint32_t& scope) : scope_(scope), outer_(scope) {}
        ~Inside() { scope_ = outer_; }
        std::uint32_t& scope_;
        std::uint32_t outer_;
    } const inside(scope_);
    std::string name = ast_.runtime.namespaces[scope_];
    do name += (name.empty() ? "" : ".") + identifier("a namespace");
    while (accept("."));
    scope_ = static_cast<std::uint32_t>(ast_.runtime.namespaces.size());
    ast_.runtime.namespaces.push_back(name);
    expect("{");
    while (peek().kind != Token::Kind::end && !is("}")) {
        const std::size_t start = at_;
        try {
            namespace_item(into);
        } catch (const SyntaxError&) {
            half_angle_ = in_pattern_ = false;
            synchronize(start);
            if (at_ == start) ++at_;
        }
    }
    expect("}");
    accept(";");
}

void Parser::namespace_item(std::vector<Item>& into) {
    const std::string& doc = this->doc();
    if (accept(";")) return;
    if (peek().kind == Token::Kind::pragma) return pragma(&into);
    if (is("cpp_quote")) return quote(into);
    if (begins_namespace()) return name_space(into);
    Attributes given = attributes();
    if (is("interface")) return runtime_interface(into, std::move(given), doc);
    if (is("runtimeclass")) return runtime_class(into, std::move(given), doc);
    if (is("apicontract")) return api_contract(into, std::move(given));
    if (is("delegate")) return delegate(into, std::move(given), doc);
    if (is("declare")) return instances();
    if (is("typedef")) return runtime_forward();
    if (is("enum") || is("struct")) return runtime_tag(into, std::move(given), doc);
    unexpected("an interface, runtimeclass, apicontract, delegate, enum, struct or declare");
}

/// Names in namespaces are those of one kind only. A forward declaration says nothing more than the definition.
RuntimeEntity& Parser::declare_runtime(RuntimeEntity::Kind kind, const std::string& name, Place place) {
    const std::string qualified = ast_.runtime.namespaces[scope_] + "." + name;
    const auto [entry, added] = ast_.runtime.entities.try_emplace(qualified);
    auto& entity = entry->second;
    if (!added && entity.kind != RuntimeEntity::Kind::forward && kind != RuntimeEntity::Kind::forward) {
        diagnostics_.report(Message::redefined, place, {qualified});
        diagnostics_.note(entity.place, "the first definition is here");
    }
    if (!added && kind == RuntimeEntity::Kind::forward) return entity;
    const auto parts = parts_of(ast_.runtime.namespaces[scope_]);
    // Delegates are interfaces, and called like ones.
    const std::string shown = kind == RuntimeEntity::Kind::delegate ? "I" + name : name;
    entity.kind = kind;
    entity.place = place;
    entity.file = file_;
    entity.qualified = qualified;
    entity.namespaces = parts;
    if (options_.abi_prefix) entity.namespaces.insert(entity.namespaces.begin(), "ABI");
    entity.name = shown;
    entity.c_name = "__x_" + joined(entity.namespaces, "_C") + "_C" + shown;
    if (!options_.abi_prefix) entity.c_name.insert(4, "C");
    entity.in_lists = joined(parts, "__C") + "__C" + shown;
    return entity;
}

std::vector<std::string> Parser::type_parameters() {
    std::vector<std::string> names;
    if (!accept("<")) return names;
    do names.push_back(identifier("a type parameter"));
    while (accept(","));
    close_angle();
    return names;
}

void Parser::close_angle() {
    if (is(">>")) {
        if (half_angle_) (void)next();
        half_angle_ = !half_angle_;
        return;
    }
    expect(">");
}

/// A.B.IFoo, IVector<A.B.C*>
Type* Parser::runtime_type() {
    Depth depth(*this);
    auto* type = ast_.make<Type>();
    type->kind = Type::Kind::named;
    type->place = peek().place;
    type->file = file_;
    type->scope = scope_;
    type->pattern = in_pattern_;
    type->name = identifier("a type");
    while (accept(".")) type->name += "." + identifier("a name");
    if (!accept("<")) return type;
    std::vector<Type*> list;
    do {
        std::string unnamed;
        Place place;
        Type* argument = type_specifier();
        list.push_back(declarator(argument, unnamed, place));
    } while (accept(","));
    close_angle();
    type->arguments = static_cast<std::uint32_t>(ast_.runtime.arguments.size());
    ast_.runtime.arguments.push_back(std::move(list));
    return type;
}

void Parser::keep_interface(std::vector<Item>& into, Interface& made, std::vector<std::string> parameters, const std::string& name, bool is_delegate) {
    add_flag(made, AttributeKind::object);
    made.file = file_;
    made.scope = scope_;
    for (const auto& part : made.items)
        if (const auto* function = std::get_if<Function*>(&part)) made.functions.push_back(*function);
    using Kind = RuntimeEntity::Kind;
    if (parameters.empty()) {
        auto& entity = declare_runtime(is_delegate ? Kind::delegate : Kind::interface_, name, made.place);
        made.name = entity.c_name;
        entity.interface_ = &made;
        into.push_back(&made);
        return;
    }
    auto& entity = declare_runtime(Kind::generic, name, made.place);
    if (is_delegate) entity.name = "I" + name;
    auto& generic = ast_.runtime.generics.emplace_back();
    generic.pattern = &made;
    generic.parameters = std::move(parameters);
    generic.is_delegate = is_delegate;
    made.name = entity.qualified;
    entity.generic = &generic;
    into.push_back(&generic);
}

void Parser::runtime_interface(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    const Place place = peek().place;
    const std::string name = identifier("an interface name");
    auto parameters = type_parameters();
    if (is(";") && given.list.empty()) {
        (void)next();
        if (parameters.empty()) (void)declare_runtime(RuntimeEntity::Kind::forward, name, place);
        return;
    }
    auto* made = ast_.make<Interface>();
    made->place = place;
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    in_pattern_ = !parameters.empty();
    if (accept(":")) {
        made->base_name = identifier("a base interface");
        while (accept(".")) made->base_name += "." + identifier("a name");
    }
    if (accept("requires")) {
        do (void)runtime_type();
        while (accept(","));
    }
    expect("{");
    items(made->items, true);
    expect("}");
    accept(";");
    in_pattern_ = false;
    keep_interface(into, *made, std::move(parameters), name, false);
}

/// `delegate HRESULT D([in] T a);` is an interface ID with the one method Invoke.
void Parser::delegate(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    const std::size_t start = at_;
    Type* result = type_specifier();
    const Place place = peek().place;
    const std::string name = identifier("the name of a delegate");
    auto parameters = type_parameters();
    in_pattern_ = !parameters.empty();
    auto* made = ast_.make<Interface>();
    made->place = place;
    made->attributes = std::move(given);
    made->doc = std::move(doc);
    made->base_name = "IUnknown";
    auto* shape = ast_.make<Type>();
    expect("(");
    this->parameters(*shape);
    auto* invoke = ast_.make<Function>();
    invoke->name = "Invoke";
    invoke->place = place;
    invoke->result = result;
    invoke->parameters = std::move(shape->parameters);
    expect(";");
    invoke->source = source_between(start, at_);
    in_pattern_ = false;
    made->items.push_back(invoke);
    keep_interface(into, *made, std::move(parameters), name, true);
}

void Parser::runtime_class(std::vector<Item>& into, Attributes given, std::string doc) {
    (void)next();
    const Place place = peek().place;
    const std::string name = identifier("a class name");
    if (is(";") && given.list.empty()) return void(next());
    auto& made = ast_.runtime.classes.emplace_back();
    made.place = place;
    made.attributes = std::move(given);
    made.doc = std::move(doc);
    if (accept(":")) (void)runtime_type();
    expect("{");
    while (!is("}")) {
        skip_pragmas();
        RuntimeClass::Member member;
        member.attributes = attributes();
        expect("interface");
        member.type = runtime_type();
        expect(";");
        made.interfaces.push_back(std::move(member));
    }
    expect("}");
    accept(";");
    auto& entity = declare_runtime(RuntimeEntity::Kind::class_, name, place);
    entity.class_ = &made;
    made.name = entity.qualified;
    into.push_back(&made);
}

void Parser::api_contract(std::vector<Item>& into, Attributes given) {
    (void)next();
    auto& made = ast_.runtime.contracts.emplace_back();
    made.place = peek().place;
    made.attributes = std::move(given);
    const std::string name = identifier("a contract");
    if (accept("{")) expect("}");
    accept(";");
    made.name = declare_runtime(RuntimeEntity::Kind::contract, name, made.place).qualified;
    into.push_back(&made);
}

void Parser::runtime_tag(std::vector<Item>& into, Attributes given, std::string doc) {
    const bool is_enum = is("enum");
    Attributes stray;
    Type* type = type_specifier(&stray);
    accept(";");
    if (!type->defined) return;
    if (type->name.empty()) unexpected("a name");
    for (auto& a : given.list) type->attributes.list.push_back(std::move(a));
    // Int32 or UInt32 in the Windows Runtime's type system, whether the source says it or not.
    if (is_enum) add_flag(*type, AttributeKind::v1_enum);
    type->doc = std::move(doc);
    const std::string prefix = type->name + "_";
    for (auto& value : type->values) rename_values(value.given, *type, prefix);
    for (auto& value : type->values) value.name = prefix + value.name;
    auto& entity = declare_runtime(is_enum ? RuntimeEntity::Kind::enumeration : RuntimeEntity::Kind::structure, type->name, type->place);
    type->name = entity.c_name;
    entity.type = type;
    into.push_back(TagDeclaration{type});
}

/// `typedef struct Point Point;`: types are known in their whole namespace, so there is nothing to keep.
void Parser::runtime_forward() {
    (void)next();
    if (!accept("enum") && !accept("struct")) unexpected("'enum' or 'struct'");
    const std::string name = identifier("a name");
    if (identifier("a name") != name) unexpected("the same name again: a namespace has no other typedefs");
    expect(";");
}

/// `declare { interface IVector<HSTRING>; }`: being written makes an instance; where they come from is all that is kept.
void Parser::instances() {
    (void)next();
    expect("{");
    while (!is("}")) {
        skip_pragmas();
        expect("interface");
        (void)runtime_type();
        expect(";");
    }
    expect("}");
    accept(";");
}

}  // namespace odc::midl
