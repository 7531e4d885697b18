#include <algorithm>

#include "base/guid.h"
#include "midl/model.h"
#include "midl/winrt.h"

namespace odc::midl {
namespace {

using Kind = RuntimeEntity::Kind;

constexpr std::size_t kMaxInstances = 4096;
constexpr std::size_t kMaxName = 1024;  // as of identifiers; instances inside of each other come to an end by it

/// The type that pointers and arrays lead to.
Type* innermost(Type* type) {
    while (type && (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array)) type = type->element;
    return type;
}

class Lowering {
  public:
    Lowering(Ast& ast, Diagnostics& diagnostics) : ast_(ast), runtime_(ast.runtime), diagnostics_(diagnostics) {}

    void run() {
        for (auto& [name, entity] : runtime_.entities) runtime_.by_c_name.emplace(entity.c_name, &entity);
        for (auto& one : runtime_.classes) drop_unknown_members(one);
        // Instances add types and interfaces while these are walked over.
        auto& types = ast_.all<Type>();
        for (auto at = types.begin(); !(at == types.end()); ++at) resolve(&*at);
        for (auto& interface : ast_.all<Interface>()) resolve_base(interface);
        check_contracts();
        add_forwards();
        for (auto* entity : made_)
            // Without identity, which was said, there is nothing to send it by.
            if (!give_identity(*entity)) add(*entity->interface_, AttributeKind::local);
        for (auto* entity : made_) ast_.files[entity->file].items.emplace_back(entity->interface_);
    }

  private:
    /// A class is as good without an interface that nobody defined, as a coclass is.
    void drop_unknown_members(RuntimeClass& one) {
        std::erase_if(one.interfaces, [&](const RuntimeClass::Member& member) {
            if (runtime_.look_up(member.type->scope, member.type->name)) return false;
            diagnostics_.report(Message::coclass_member_undefined, member.type->place, {member.type->name, one.name});
            member.type->scope = 0;
            member.type->kind = Type::Kind::base;
            return true;
        });
    }

    void stand_in(Type& type) {
        type.kind = Type::Kind::base;
        type.base = Base::long_;
        type.stand_in = true;
        type.scope = 0;
    }

    /// Does nothing the second time.
    void resolve(Type* type) {
        if (!type || type->kind != Type::Kind::named || type->pattern || !type->scope) return;
        const auto* entity = runtime_.look_up(type->scope, type->name);
        if (!entity) {
            if (type->name.find('.') == std::string::npos && !type->arguments) {
                type->scope = 0;  // a name of the rest of IDL
                return;
            }
            diagnostics_.report(Message::runtime_name_unknown, type->place, {type->name});
            return stand_in(*type);
        }
        const std::size_t given = type->arguments ? runtime_.arguments[type->arguments].size() : 0;
        const std::size_t wanted = entity->generic ? entity->generic->parameters.size() : 0;
        if (given != wanted) {
            diagnostics_.report(Message::type_arguments, type->place, {type->name, std::to_string(wanted), std::to_string(given)});
            return stand_in(*type);
        }
        switch (entity->kind) {
            case Kind::generic: return instance(*type, *entity);
            case Kind::class_: return class_type(*type, *entity);
            case Kind::contract:
                diagnostics_.report(Message::runtime_name_unknown, type->place, {type->name});
                return stand_in(*type);
            default: break;
        }
        settle(*type, *entity, entity->c_name);
    }

    static void settle(Type& type, const RuntimeEntity& entity, const std::string& name) {
        type.scope = 0;
        type.runtime = &entity;
        type.name = name;
    }

    /// An object of a class is passed by its default interface.
    void class_type(Type& type, const RuntimeEntity& entity) {
        Type* shown = entity.class_->default_interface();
        if (shown == &type) return;
        if (!shown) {
            diagnostics_.report(Message::class_without_interface, type.place, {entity.qualified});
            return stand_in(type);
        }
        type.scope = 0;  // the class may be an argument of its own interface
        type.runtime = &entity;
        type.name = name_of_default(shown);
    }
    std::string name_of_default(Type* shown) {
        if (shown->scope && shown->arguments) {
            // Its name does not depend on what its arguments are passed by.
            const auto* generic = runtime_.look_up(shown->scope, shown->name);
            if (generic && generic->generic) return instance_name(*generic, runtime_.arguments[shown->arguments]);
        }
        if (!shown->scope || shown->kind != Type::Kind::named) return shown->name;
        const auto* entity = runtime_.look_up(shown->scope, shown->name);
        return entity ? entity->c_name : shown->name;
    }

    std::string instance_name(const RuntimeEntity& generic, const std::vector<Type*>& arguments) {
        std::string name = "__F" + generic.name + "_" + std::to_string(arguments.size());
        for (auto* argument : arguments) {
            name += "_" + part_of_name(innermost(argument));
            if (name.size() > kMaxName) break;
        }
        return name;
    }
    std::string part_of_name(Type* type) {
        if (type->kind == Type::Kind::base) {
            std::string name = base_name(type->base);
            std::replace(name.begin(), name.end(), ' ', '_');
            return name;
        }
        const auto* entity = type->runtime ? type->runtime : type->scope ? runtime_.look_up(type->scope, type->name) : nullptr;
        if (!entity) return type->name;
        if (entity->kind == Kind::generic) return type->arguments ? instance_name(*entity, runtime_.arguments[type->arguments]) : entity->name;
        return entity->kind == Kind::instance ? entity->c_name : entity->in_lists;
    }

    void instance(Type& type, const RuntimeEntity& generic) {
        const auto arguments = runtime_.arguments[type.arguments];
        const std::string name = instance_name(generic, arguments);
        if (name.size() > kMaxName) {
            diagnostics_.report(Message::identifier_too_long, type.place, {std::to_string(name.size()), std::to_string(kMaxName)});
            return stand_in(type);
        }
        if (runtime_.instances.size() >= kMaxInstances) {
            diagnostics_.report(Message::too_many_instances, type.place, {std::to_string(kMaxInstances)});
            return stand_in(type);
        }
        const auto [entry, added] = runtime_.instances.try_emplace(name);
        auto& entity = entry->second;
        settle(type, entity, name);
        if (!added) return;
        entity.kind = Kind::instance;
        entity.place = type.place;
        entity.file = type.file;
        entity.qualified = generic.qualified;
        entity.namespaces = generic.namespaces;
        entity.c_name = name;
        entity.in_lists = name;
        entity.generic = generic.generic;
        entity.arguments = arguments;
        for (auto* argument : arguments) resolve(innermost(argument));
        entity.name = generic.name + "<";
        for (const auto* argument : arguments) entity.name += (argument == arguments[0] ? "" : ", ") + runtime_argument(argument, false);
        entity.name += ">";
        runtime_.by_c_name.emplace(name, &entity);
        made_.push_back(&entity);
        fill(entity, *generic.generic);
    }

    void fill(RuntimeEntity& entity, const GenericInterface& generic) {
        auto* made = ast_.make<Interface>();
        made->name = entity.c_name;
        made->base_name = generic.pattern->base_name;
        made->scope = generic.pattern->scope;
        made->place = entity.place;
        made->file = entity.file;
        made->doc = generic.pattern->doc;
        add(*made, AttributeKind::object);
        entity.interface_ = made;
        for (const auto* pattern : generic.pattern->functions) {
            auto* function = ast_.make<Function>();
            *function = *pattern;
            function->result = with_arguments(pattern->result, entity);
            for (auto& parameter : function->parameters) parameter.type = with_arguments(parameter.type, entity);
            complete_collection(*generic.pattern, *function, ast_);
            made->functions.push_back(function);
            made->items.emplace_back(function);
        }
    }

    /// A type of the pattern with the arguments in the place of its parameters.
    Type* with_arguments(Type* type, const RuntimeEntity& entity) {
        if (!type) return type;
        if (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array) {
            auto* made = ast_.make<Type>();
            *made = *type;
            made->element = with_arguments(type->element, entity);
            return made;
        }
        if (type->kind != Type::Kind::named) return type;
        const auto& parameters = entity.generic->parameters;
        const auto found = std::find(parameters.begin(), parameters.end(), type->name);
        if (found != parameters.end() && !type->arguments) return entity.arguments[static_cast<std::size_t>(found - parameters.begin())];
        auto* made = ast_.make<Type>();
        *made = *type;
        made->pattern = false;
        made->file = entity.file;
        made->place = entity.place;
        if (!type->arguments) return made;
        std::vector<Type*> arguments;
        for (auto* argument : runtime_.arguments[type->arguments]) arguments.push_back(with_arguments(argument, entity));
        made->arguments = static_cast<std::uint32_t>(runtime_.arguments.size());
        runtime_.arguments.push_back(std::move(arguments));
        return made;
    }

    void resolve_base(Interface& interface) {
        if (!interface.scope || interface.base_name.empty()) return;
        if (const auto* entity = runtime_.look_up(interface.scope, interface.base_name)) interface.base_name = entity->c_name;
        interface.scope = 0;
    }

    /// Namespaces are searched from the root on only: contracts are named in full.
    void check_contracts() {
        for (const auto& [name, entity] : runtime_.entities) {
            const Attributes* attributes = entity.class_       ? &entity.class_->attributes
                                           : entity.interface_ ? &entity.interface_->attributes
                                           : entity.type       ? &entity.type->attributes
                                                               : nullptr;
            const auto* given = attributes ? attributes->find(AttributeKind::contract) : nullptr;
            if (!given) continue;
            const std::string contract = given->raw.substr(0, given->raw.find_first_of(", \t"));
            const auto found = runtime_.entities.find(contract);
            if (found == runtime_.entities.end() || found->second.kind != Kind::contract)
                diagnostics_.report(Message::contract_unknown, given->place, {contract});
        }
    }

    /// Interfaces that are only named are known by name, as everywhere in IDL.
    void add_forwards() {
        for (const auto& [name, entity] : runtime_.entities) {
            if (entity.kind != Kind::forward) continue;
            auto& items = ast_.files[entity.file].items;
            items.insert(items.begin(), ForwardInterface{entity.c_name, entity.place, false, false, nullptr, nullptr});
        }
    }

    bool give_identity(RuntimeEntity& entity) {
        if (!entity.generic->pattern->attributes.has(AttributeKind::uuid)) {
            diagnostics_.report(Message::missing_uuid, entity.generic->pattern->place, {entity.qualified});
            return false;
        }
        for (const auto* argument : entity.arguments) {
            if (innermost(const_cast<Type*>(argument))->stand_in) return false;  // that was said
            if (!runtime_signature(argument, ast_).empty()) continue;
            diagnostics_.report(Message::no_runtime_signature, argument->place, {runtime_argument(argument, false), entity.qualified});
            return false;
        }
        const std::string id = to_string(runtime_identity(runtime_signature(entity, ast_)));
        add(*entity.interface_, AttributeKind::uuid, id.substr(1, 36));
        return true;
    }

    static void add(Interface& interface, AttributeKind kind, std::string raw = {}) {
        interface.attributes.list.push_back({kind, interface.place, {}, std::move(raw), nullptr});
    }

    Ast& ast_;
    Runtime& runtime_;
    Diagnostics& diagnostics_;
    std::vector<RuntimeEntity*> made_;
};

}  // namespace

void lower_runtime(Ast& ast, Diagnostics& diagnostics) { Lowering(ast, diagnostics).run(); }

}  // namespace odc::midl
