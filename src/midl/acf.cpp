#include "midl/acf.h"

#include <algorithm>

#include "midl/parser_state.h"

namespace odc::midl {

void Parser::run_acf(Acf& into) {
    while (peek().kind != Token::Kind::end) {
        const std::size_t start = at_;
        try {
            if (accept(";")) continue;
            acf_interface(into.interfaces.emplace_back());
        } catch (const SyntaxError&) {
            synchronize(start);
            if (is("}")) ++at_;
            if (at_ == start) ++at_;
        }
    }
}

void Parser::acf_interface(Acf::Interface& made) {
    made.attributes = attributes();
    expect("interface");
    made.place = peek().place;
    made.name = identifier("an interface name");
    expect("{");
    while (!is("}")) {
        if (accept(";")) continue;
        if (accept("include")) {
            do {
                if (peek().kind != Token::Kind::text) unexpected("a file name");
                made.includes.push_back(unquote(next().spelling));
            } while (accept(","));
        } else if (accept("typedef")) {
            const Attributes given = attributes();
            do {
                const Place place = peek().place;
                made.types.push_back({identifier("a type name"), place, given});
            } while (accept(","));
        } else {
            Acf::Operation operation;
            operation.attributes = attributes();
            operation.place = peek().place;
            operation.name = identifier("an operation name");
            expect("(");
            while (!is(")")) {
                Acf::Named parameter;
                parameter.attributes = attributes();
                parameter.place = peek().place;
                parameter.name = identifier("a parameter name");
                operation.parameters.push_back(std::move(parameter));
                if (!accept(",")) break;
            }
            expect(")");
            made.operations.push_back(std::move(operation));
        }
        expect(";");
    }
    expect("}");
    accept(";");
}

Acf parse_acf(Ast& ast, const Tokens& tokens, Diagnostics& diagnostics) {
    Acf acf;
    Parser(ast, 0, tokens, {}, diagnostics, [](const std::string&, Place) { return UINT32_MAX; }).run_acf(acf);
    return acf;
}

namespace {

void append(Attributes& to, const Attributes& from) { to.list.insert(to.list.end(), from.list.begin(), from.list.end()); }

bool is_status(const Attributes& attributes) {
    return attributes.has(AttributeKind::comm_status) || attributes.has(AttributeKind::fault_status);
}

/// `[out] error_status_t *name`, which only the client's caller sees.
Parameter status_parameter(const Acf::Named& named, Ast& ast) {
    auto* status = ast.make<Type>();
    status->base = Base::error_status;
    status->place = named.place;
    auto* pointer = ast.make<Type>();
    pointer->kind = Type::Kind::pointer;
    pointer->element = status;
    pointer->place = named.place;
    Parameter made{named.name, pointer, named.attributes, named.place, {}, true};
    made.attributes.list.push_back({AttributeKind::out, named.place, {}, {}, nullptr});
    return made;
}

}  // namespace

void apply_acf(const Acf& acf, Ast& ast, Diagnostics& diagnostics) {
    const auto unknown = [&](const char* what, const Acf::Named& named) {
        diagnostics.report(Message::acf_name_unknown, named.place, {what, named.name});
    };
    for (const auto& entry : acf.interfaces) {
        auto& interfaces = ast.all<Interface>();
        const auto interface = std::find_if(interfaces.begin(), interfaces.end(), [&](const auto& one) { return one.name == entry.name; });
        if (interface == interfaces.end()) {
            unknown("interface", entry);
            continue;
        }
        append(interface->attributes, entry.attributes);
        std::vector<Item> includes;
        for (const auto& name : entry.includes) includes.push_back(CppQuote{"#include \"" + name + "\"", entry.place});
        auto& items = ast.files[0].items;
        const auto import = std::find_if(items.begin(), items.end(), [](const Item& item) { return !std::holds_alternative<Import>(item); });
        items.insert(import, includes.begin(), includes.end());
        for (const auto& type : entry.types) {
            auto& typedefs = ast.all<Typedef>();
            const auto found = std::find_if(typedefs.begin(), typedefs.end(), [&](const auto& one) { return one.name == type.name; });
            if (found == typedefs.end()) unknown("type", type);
            else append(found->attributes, type.attributes);
        }
        for (const auto& operation : entry.operations) {
            const auto function = std::find_if(interface->functions.begin(), interface->functions.end(),
                                               [&](const auto* one) { return one->name == operation.name; });
            if (function == interface->functions.end()) {
                unknown("operation", operation);
                continue;
            }
            append((*function)->attributes, operation.attributes);
            auto& parameters = (*function)->parameters;
            for (const auto& named : operation.parameters) {
                const auto parameter =
                    std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.name == named.name; });
                if (parameter != parameters.end()) append(parameter->attributes, named.attributes);
                else if (is_status(named.attributes)) parameters.push_back(status_parameter(named, ast));
                else unknown("parameter", named);
            }
        }
    }
}

}  // namespace odc::midl
