// The last semantic step: rules that need the whole program.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/guid.h"

#include "midl/attributes.h"
#include "midl/emit.h"
#include "midl/model.h"
#include "midl/raw_interface.h"

namespace odc::midl {

namespace {

/// Finds structures and unions that hold themselves by value.
class Containment {
  public:
    Containment(Diagnostics& diagnostics, Type& number) : diagnostics_(diagnostics), number_(number) {}

    /// False when the type holds itself; then that was said, and whoever holds it must let it go, so that later steps come to an end.
    bool visit(Type* type, int depth) {
        type = const_cast<Type*>(behind(type));
        while (type && type->kind == Type::Kind::array) type = const_cast<Type*>(behind(type->element));
        if (!type || (type->kind != Type::Kind::structure && type->kind != Type::Kind::union_)) return true;
        State& state = states_[type];
        if (state == State::done) return true;
        if (state == State::open || depth > kMaxDepth) {
            if (state == State::open) diagnostics_.report(Message::struct_contains_itself, type->place, {type->name.empty() ? "the type" : type->name});
            else diagnostics_.report(Message::nesting_too_deep, type->place, {std::to_string(kMaxDepth)});
            return false;
        }
        state = State::open;
        for (auto& field : type->fields)
            if (field.type && !visit(field.type, depth + 1)) field.type = &number_;
        states_[type] = State::done;
        return true;
    }

  private:
    enum class State : std::uint8_t { fresh, open, done };
    static constexpr int kMaxDepth = 200;
    Diagnostics& diagnostics_;
    Type& number_;
    std::map<const Type*, State> states_;
};

}  // namespace

namespace {

const char* place_name(char place) {
    switch (place) {
        case 'I': return "interface";
        case 'D': return "dispinterface";
        case 'L': return "library";
        case 'C': return "coclass";
        case 'M': return "member of a coclass";
        case 'U': return "module";
        case 'F': return "method";
        case 'P': return "parameter";
        case 'T': return "type";
        case 'S': return "field";
        case 'E': return "enumerator";
        case 'R': return "runtime class";
        case 'A': return "API contract";
        default: return "constant";
    }
}

/// Where attributes stand, and what their values must look like.
class AttributeCheck {
  public:
    explicit AttributeCheck(Model& model, Diagnostics& diagnostics) : model_(model), diagnostics_(diagnostics) {}

    void items(const std::vector<Item>& list) {
        for (const auto& item : list) {
            if (const auto* group = std::get_if<TypedefGroup>(&item)) {
                check(group->names[0]->attributes, 'T');
                type(group->names[0]->type);
            } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
                type(tag->type);
            } else if (const auto* constant = std::get_if<Constant*>(&item)) {
                check((*constant)->attributes, 'K');
            } else if (const auto* interface = std::get_if<Interface*>(&item)) {
                check((*interface)->attributes, (*interface)->is_dispinterface ? 'D' : 'I');
                id(**interface);
                items((*interface)->items);
            } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
                check((*coclass)->attributes, 'C');
                for (const auto& member : (*coclass)->interfaces) check(member.attributes, 'M');
                id(**coclass);
            } else if (const auto* library = std::get_if<Library*>(&item)) {
                check((*library)->attributes, 'L');
                id(**library);
                items((*library)->items);
            } else if (const auto* module = std::get_if<Module*>(&item)) {
                check((*module)->attributes, 'U');
                items((*module)->items);
            } else if (const auto* runtime_class = std::get_if<RuntimeClass*>(&item)) {
                check((*runtime_class)->attributes, 'R');
                for (const auto& member : (*runtime_class)->interfaces) check(member.attributes, 'M');
            } else if (const auto* contract = std::get_if<ApiContract*>(&item)) {
                check((*contract)->attributes, 'A');
            } else if (const auto* generic = std::get_if<GenericInterface*>(&item)) {
                check((*generic)->pattern->attributes, 'I');
                items((*generic)->pattern->items);
            } else if (const auto* function = std::get_if<Function*>(&item)) {
                check((*function)->attributes, 'F');
                for (const auto& parameter : (*function)->parameters) check(parameter.attributes, 'P');
            }
        }
    }

  private:
    void type(const Type* type) {
        while (type && (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array)) type = type->element;
        if (!type || !type->defined || !seen_.insert(type).second) return;
        check(type->attributes, 'T');
        for (const auto& value : type->values) check(value.attributes, 'E');
        std::set<std::int64_t> labels;
        for (const auto& field : type->fields) {
            check(field.attributes, 'S');
            if (field.type) this->type(field.type);
            for (const auto* label : field.labels) {
                const auto value = model_.evaluate(label);
                if (value && !labels.insert(*value).second) diagnostics_.report(Message::duplicate_case, label->place, {std::to_string(*value)});
            }
        }
    }

    void check(const Attributes& attributes, char place) {
        for (const auto& a : attributes.list) {
            const auto& fact = fact_of(a.kind);
            if (fact.places.find(place) == std::string_view::npos)
                diagnostics_.report(Message::attribute_misplaced, a.place, {std::string(fact.spelling), place_name(place)});
            if (a.kind == AttributeKind::version && (a.raw.empty() || a.raw.find_first_not_of("0123456789.") != std::string::npos))
                diagnostics_.report(Message::bad_version, a.place, {a.raw.substr(0, 64)});
            if (takes_constant(a.kind) && !a.values.empty() && !model_.value(a.values[0]))
                diagnostics_.report(Message::not_constant, a.values[0] ? a.values[0]->place : a.place);
        }
    }

    static bool takes_constant(AttributeKind kind) {
        using K = AttributeKind;
        static constexpr K kKinds[] = {K::id, K::helpstring, K::helpcontext, K::helpstringcontext, K::helpfile, K::helpstringdll,
                                       K::defaultvalue, K::custom, K::entry, K::dllname, K::lcid};
        return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
    }

    template <class T>
    void id(const T& named) {
        if (!named.has_id) return;
        const auto [entry, added] = ids_.try_emplace(named.id, std::pair(named.name, named.place));
        if (added) return;
        if (model_.widl) diagnostics_.warn(Message::duplicate_uuid, named.place, {named.name, entry->second.first});
        else diagnostics_.report(Message::duplicate_uuid, named.place, {named.name, entry->second.first});
        diagnostics_.note(entry->second.second, "it was given here");
    }

    Model& model_;
    Diagnostics& diagnostics_;
    std::set<const Type*> seen_;
    std::map<Guid, std::pair<std::string, Place>, GuidLess> ids_;
};

}  // namespace

bool check_containment(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    auto* number = model.ast.make<Type>();
    number->base = Base::long_;
    number->stand_in = true;
    Containment containment(diagnostics, *number);
    for (auto& type : model.ast.all<Type>())
        if (type.defined) containment.visit(&type, 0);
    return diagnostics.errors() == before;
}

bool analyse(Model& model, Diagnostics& diagnostics) {
    static constexpr Message kSyntax[] = {Message::unexpected, Message::unknown_character, Message::unclosed_comment, Message::unclosed_text,
                                          Message::identifier_too_long, Message::nesting_too_deep, Message::conflicting_type_words};
    for (const auto message : kSyntax)
        if (diagnostics.has(message)) return false;
    declare_names(model, diagnostics);
    bind_names(model, diagnostics);
    check_scopes(model, diagnostics);
    check_containment(model, diagnostics);
    if (diagnostics.has(Message::nesting_too_deep)) return false;
    evaluate_constants(model, diagnostics);
    number_methods(model, diagnostics);
    check_rules(model, diagnostics);
    return true;
}

namespace {

/// True for error_status_t and the numbers of its size.
bool is_status_number(const Type* type) {
    type = behind(type);
    return type && type->kind == Type::Kind::base &&
           (type->base == Base::error_status || type->base == Base::unsigned_long || type->base == Base::long_);
}

void check_status(const Function& function, Diagnostics& diagnostics) {
    for (const auto kind : {AttributeKind::comm_status, AttributeKind::fault_status}) {
        const std::string spelling(fact_of(kind).spelling);
        if (const auto* given = function.attributes.find(kind); given && !is_status_number(function.result))
            diagnostics.report(Message::status_type, given->place, {spelling, function.name});
        for (const auto& parameter : function.parameters) {
            const auto* given = parameter.attributes.find(kind);
            if (!given) continue;
            const Type* type = behind(parameter.type);
            const bool good = type && type->kind == Type::Kind::pointer && is_status_number(type->element) &&
                              parameter.attributes.has(AttributeKind::out);
            if (!good) diagnostics.report(Message::status_type, given->place, {spelling, function.name});
        }
    }
}

void check_byte_count(const Function& function, Diagnostics& diagnostics) {
    for (const auto& parameter : function.parameters) {
        const auto* given = parameter.attributes.find(AttributeKind::byte_count);
        if (!given) continue;
        const Expr* value = given->values.empty() ? nullptr : given->values[0];
        const std::string name = value && value->kind == Expr::Kind::name ? value->spelling : "";
        bool good = false;
        for (const auto& other : function.parameters) {
            const Type* type = behind(other.type);
            good = good || (other.name == name && !other.attributes.has(AttributeKind::out) && type->kind == Type::Kind::base);
        }
        const Type* type = behind(parameter.type);
        good = good && parameter.attributes.has(AttributeKind::out) && !parameter.attributes.has(AttributeKind::in) && (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array);
        if (!good) diagnostics.report(Message::byte_count_misused, given->place, {name});
    }
}

/// How the interface binds, and where its failures go.
void check_remote_rules(const Interface& interface, const Model& model, Diagnostics& diagnostics) {
    int rules = 0;
    for (const auto kind : {AttributeKind::explicit_handle, AttributeKind::implicit_handle, AttributeKind::auto_handle})
        if (interface.attributes.has(kind)) ++rules;
    if (rules > 1) diagnostics.report(Message::binding_rules_clash, interface.place, {interface.name});
    if (const auto* implicit = interface.attributes.find(AttributeKind::implicit_handle)) {
        const auto rule = binding_rule(interface);
        const auto named = model.typedefs.find(rule.type);
        const bool custom = named != model.typedefs.end() && named->second->attributes.has(AttributeKind::handle);
        if (rule.type != "handle_t" && !custom) diagnostics.report(Message::implicit_handle_type, implicit->place, {rule.type});
    }
    for (const auto* function : interface.functions) {
        check_status(*function, diagnostics);
        check_byte_count(*function, diagnostics);
    }
}

}  // namespace

bool check_rules(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    AttributeCheck(model, diagnostics).items(model.ast.files[0].items);
    for (const auto* interface : own_interfaces(model)) {
        check_remote_rules(*interface, model, diagnostics);
        const bool needs_id = !interface->is_local() && (interface->is_object() || !interface->functions.empty());
        if (needs_id && !interface->has_id && !interface->attributes.has(AttributeKind::uuid)) {
            if (model.widl) diagnostics.warn(Message::missing_uuid, interface->place, {interface->name});
            else diagnostics.report(Message::missing_uuid, interface->place, {interface->name});
        }
        const bool remote = interface->is_object() && !interface->is_dispinterface && !interface->is_local() && !interface->attributes.has(AttributeKind::odl);
        for (auto* function : interface->functions) {
            if (!remote || function->attributes.has(AttributeKind::local)) continue;
            if (interface->name == "IUnknown") continue;
            const Type* result = function->result;
            bool hresult = false;
            for (int i = 0; result && result->kind == Type::Kind::named && i < 100; ++i) {
                if (result->name == "HRESULT" || result->name == "SCODE") hresult = true;
                result = result->alias ? result->alias->type : nullptr;
            }
            hresult = hresult || (result && result->stand_in);
            if (!hresult && model.widl) {
                diagnostics.warn(Message::not_hresult, function->place, {function->name});
                function->attributes.list.push_back({AttributeKind::local, function->place, {}, {}, nullptr});
            } else if (!hresult) {
                diagnostics.report(Message::not_hresult, function->place, {function->name});
            }
            for (const auto& parameter : function->parameters) {
                if (!parameter.attributes.has(AttributeKind::in) && !parameter.attributes.has(AttributeKind::out))
                    diagnostics.report(Message::direction_missing, parameter.place, {parameter.name});
            }
        }
    }
    return diagnostics.errors() == before;
}

}  // namespace odc::midl
