// The compiled model for other tools: what the file declares, with names resolved, values computed, methods numbered, types laid out.
#include <fmt/format.h>

#include "base/guid.h"
#include "base/json_text.h"
#include "midl/attributes.h"
#include "midl/cxx.h"
#include "midl/emit.h"

namespace odc::midl {
namespace {

/// Objects and arrays with commas and indentation where they belong.
class Json {
  public:
    void open(char bracket, std::string_view key = {}) {
        begin(key);
        text_ += bracket;
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!first_) line();
        text_ += bracket;
        first_ = false;
    }
    void text(std::string_view key, std::string_view value) {
        begin(key);
        text_ += quoted_json(value);
    }
    template <class Number>
    void number(std::string_view key, Number value) {
        begin(key);
        text_ += fmt::format("{}", value);
    }
    void boolean(std::string_view key, bool value) {
        begin(key);
        text_ += value ? "true" : "false";
    }
    std::string finished() { return text_ + "\n"; }

  private:
    void line() { text_ += "\n" + std::string(static_cast<std::size_t>(depth_) * 2, ' '); }
    void begin(std::string_view key) {
        if (!first_) text_ += ",";
        if (depth_ > 0) line();
        first_ = false;
        if (!key.empty()) text_ += quoted_json(key) + ": ";
    }
    std::string text_;
    int depth_ = 0;
    bool first_ = true;
};

class JsonEmitter {
  public:
    explicit JsonEmitter(const Model& model) : model_(model) {}

    std::string run(const OutputNames& names) {
        json_.open('{');
        json_.number("format", 1);
        json_.text("file", names.idl);
        json_.boolean("mktyplib203", model_.mktyplib203);
        items("items", model_.ast.files[0].items);
        json_.close('}');
        return json_.finished();
    }

  private:
    void items(std::string_view key, const std::vector<Item>& list) {
        json_.open('[', key);
        for (const auto& item : list) std::visit([&](const auto& one) { emit(one); }, item);
        json_.close(']');
    }

    void begin(std::string_view kind, std::string_view name, const std::string& doc = {}) {
        json_.open('{');
        json_.text("kind", kind);
        json_.text("name", name);
        if (!doc.empty()) json_.text("doc", doc);
    }
    void end() { json_.close('}'); }
    void id(bool has, const Guid& guid) {
        if (has) json_.text("uuid", to_string(guid).substr(1, 36));
    }
    void value(std::string_view key, const Expr* expr) {
        if (!expr) return json_.text(key, "");
        const auto known = model_.value(expr);
        if (!known) json_.text(key, plain_expression(expr));
        else if (known->integer()) json_.number(key, *known->integer());
        else if (known->floating()) json_.text(key, fmt::format("{:.17g}", *known->floating()));
        else json_.text(key, *known->text());
    }
    void attributes(const Attributes& given) {
        if (given.list.empty()) return;
        json_.open('[', "attributes");
        for (const auto& a : given.list) {
            json_.open('{');
            json_.text("name", fact_of(a.kind).spelling);
            if (!a.raw.empty()) json_.text("text", a.raw);
            if (a.type) json_.text("type", declare(a.type, ""));
            if (!a.values.empty()) {
                json_.open('[', "values");
                for (const auto* one : a.values) value({}, one);
                json_.close(']');
            }
            json_.close('}');
        }
        json_.close(']');
    }
    static std::string spelled(const Type* type) {
        if (type->kind == Type::Kind::safearray) return "SAFEARRAY(" + spelled(type->element) + ")";
        if (type->kind == Type::Kind::pipe) return "pipe " + spelled(type->element);
        return local_type(type);
    }
    void members(const Type& type) {
        const auto memory = layout_of(&type, model_);
        if (memory) {
            json_.number("size", memory->size);
            json_.number("alignment", memory->alignment);
        }
        if (type.pack) json_.number("pack", static_cast<unsigned>(type.pack));
        json_.open('[', "fields");
        for (std::size_t i = 0; i < type.fields.size(); ++i) {
            const auto& field = type.fields[i];
            json_.open('{');
            json_.text("name", field.name);
            if (!field.doc.empty()) json_.text("doc", field.doc);
            if (field.type) {
                json_.text("type", field.type->defined ? "" : spelled(field.type));
                if (memory) json_.number("offset", memory->offsets[i]);
                if (field.bits) value("bits", field.bits);
                const Type* body = field.type;
                while (body->kind == Type::Kind::array || body->kind == Type::Kind::pointer) body = body->element;
                if (body->defined && body->kind != Type::Kind::enumeration) members(*body);
            }
            attributes(field.attributes);
            if (!field.labels.empty()) {
                json_.open('[', "cases");
                for (const auto* label : field.labels) value({}, label);
                json_.close(']');
            }
            if (field.is_default) json_.boolean("default", true);
            json_.close('}');
        }
        json_.close(']');
    }
    void body(const Type& type) {
        switch (type.kind) {
            case Type::Kind::enumeration:
                json_.open('[', "values");
                for (const auto& one : type.values) {
                    json_.open('{');
                    json_.text("name", one.name);
                    json_.number("value", one.value);
                    if (!one.doc.empty()) json_.text("doc", one.doc);
                    attributes(one.attributes);
                    json_.close('}');
                }
                json_.close(']');
                break;
            case Type::Kind::structure:
            case Type::Kind::union_: members(type); break;
            default: break;
        }
    }
    static const char* kind_of(const Type& type) {
        return type.kind == Type::Kind::enumeration ? "enum" : type.kind == Type::Kind::union_ ? "union" : type.encapsulated ? "encapsulated union" : "struct";
    }

    void emit(const CppQuote& quote) {
        json_.open('{');
        json_.text("kind", "cpp_quote");
        json_.text("text", quote.text);
        json_.close('}');
    }
    void emit(const Import& import) { begin("import", import.name), end(); }
    void emit(const ImportLibrary& import) { begin("importlib", import.name), end(); }
    void emit(const ExternVariable&) {}
    void emit(const RuntimeClass* one) {
        begin("runtimeclass", one->name, one->doc);
        attributes(one->attributes);
        json_.open('[', "interfaces");
        for (const auto& member : one->interfaces) {
            json_.open('{');
            json_.text("name", member.type->name);
            attributes(member.attributes);
            json_.close('}');
        }
        json_.close(']');
        end();
    }
    void emit(const ApiContract* contract) {
        begin("apicontract", contract->name);
        attributes(contract->attributes);
        end();
    }
    void emit(const GenericInterface*) {}  // its instances are interfaces
    void emit(const ForwardInterface& forward) {
        begin("forward", forward.name);
        json_.text("what", forward.is_coclass ? "coclass" : forward.is_dispinterface ? "dispinterface" : "interface");
        end();
    }
    void emit(const TagDeclaration& tag) {
        begin(kind_of(*tag.type), tag.type->name, tag.type->doc);
        json_.boolean("defined", tag.type->defined);
        attributes(tag.type->attributes);
        if (tag.type->defined) body(*tag.type);
        end();
    }
    void emit(const TypedefGroup& group) {
        bool first = true;
        for (const auto* name : group.names) {
            begin("typedef", name->name, name->doc);
            attributes(name->attributes);
            const Type* inner = name->type;
            while (inner->kind == Type::Kind::pointer || inner->kind == Type::Kind::array) inner = inner->element;
            if (inner->defined) {
                json_.text("of", kind_of(*inner));
                json_.text("tag", inner->name);
                json_.boolean("direct", inner == name->type);
                if (first) body(*inner);
            } else {
                json_.text("type", spelled(name->type));
            }
            first = false;
            end();
        }
    }
    void emit(const Constant* constant) {
        begin("const", constant->name, constant->doc);
        json_.text("type", spelled(constant->type));
        value("value", constant->value);
        attributes(constant->attributes);
        end();
    }
    void emit(const Function* function) {
        begin("function", function->name, function->doc);
        function_facts(*function);
        end();
    }
    void function_facts(const Function& function) {
        json_.text("result", spelled(function.result));
        if (!function.convention.empty()) json_.text("convention", function.convention);
        if (function.takes_more) json_.boolean("variadic", true);
        attributes(function.attributes);
        json_.open('[', "parameters");
        for (const auto& parameter : function.parameters) {
            json_.open('{');
            json_.text("name", parameter.name);
            json_.text("type", spelled(parameter.type));
            attributes(parameter.attributes);
            json_.close('}');
        }
        json_.close(']');
    }
    void emit(const Interface* interface) {
        begin(interface->is_dispinterface ? "dispinterface" : "interface", interface->name, interface->doc);
        id(interface->has_id, interface->id);
        if (interface->base) json_.text("base", interface->base->name);
        if (interface->wrapped) json_.text("wraps", interface->wrapped->name);
        json_.boolean("object", interface->is_object());
        json_.number("first_opnum", interface->first_opnum);
        attributes(interface->attributes);
        if (!interface->properties.empty()) {
            json_.open('[', "properties");
            for (const auto& property : interface->properties) {
                json_.open('{');
                json_.text("name", property.name);
                json_.text("type", spelled(property.type));
                attributes(property.attributes);
                json_.close('}');
            }
            json_.close(']');
        }
        json_.open('[', "methods");
        std::unordered_map<const Function*, std::string> slots;
        const auto all = all_methods(*interface);
        const auto names = slot_names(all);
        for (std::size_t i = 0; i < all.size(); ++i) slots[all[i].second] = names[i];
        for (const auto* function : interface->functions) {
            json_.open('{');
            json_.text("name", method_name(*function));
            if (const auto slot = slots.find(function); slot != slots.end() && slot->second != method_name(*function)) json_.text("c_name", slot->second);
            if (!function->doc.empty()) json_.text("doc", function->doc);
            json_.number("opnum", function->opnum);
            if (function->is_remote_form) json_.boolean("remote_form", true);
            if (function->call_as) json_.text("sent_as", function->call_as->name);
            function_facts(*function);
            json_.close('}');
        }
        json_.close(']');
        std::vector<Item> types;
        for (const auto& item : interface->items)
            if (!std::holds_alternative<Function*>(item)) types.push_back(item);
        items("items", types);
        end();
    }
    void emit(const Coclass* coclass) {
        begin("coclass", coclass->name, coclass->doc);
        id(coclass->has_id, coclass->id);
        attributes(coclass->attributes);
        json_.open('[', "interfaces");
        for (const auto& one : coclass->interfaces) {
            json_.open('{');
            json_.text("name", one.name);
            attributes(one.attributes);
            json_.close('}');
        }
        json_.close(']');
        end();
    }
    void emit(const Module* module) {
        begin("module", module->name, module->doc);
        id(module->has_id, module->id);
        attributes(module->attributes);
        items("items", module->items);
        end();
    }
    void emit(const Library* library) {
        begin("library", library->name, library->doc);
        id(library->has_id, library->id);
        const auto version = version_of(library->attributes);
        json_.text("version", fmt::format("{}.{}", version.major, version.minor));
        attributes(library->attributes);
        items("items", library->items);
        end();
    }

    const Model& model_;
    Json json_;
};

}  // namespace

std::string emit_json(const Model& model, const OutputNames& names) { return JsonEmitter(model).run(names); }

}  // namespace odc::midl
