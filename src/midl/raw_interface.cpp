#include "midl/raw_interface.h"

#include <algorithm>

#include "midl/cxx.h"

namespace odc::midl {
namespace {

bool is_array(const Parameter& parameter) {
    return behind(parameter.type)->kind == Type::Kind::array || parameter.attributes.has(AttributeKind::size_is) ||
           parameter.attributes.has(AttributeKind::max_is);
}

/// The first parameter that says where a call goes, besides handle_t: a custom handle, or an [in] context handle.
const Parameter* binding_parameter(const Function& function, bool context) {
    for (const auto& parameter : function.parameters) {
        if (!context && custom_handle(parameter.type)) return &parameter;
        if (is_array(parameter)) continue;  // of contexts, which may belong to nobody
        const bool is_context = context_type(parameter.type) || parameter.attributes.has(AttributeKind::context_handle);
        if (context && is_context && parameter.attributes.has(AttributeKind::in)) return &parameter;
    }
    return nullptr;
}

std::string function_head(const Interface& interface, const Function& function, const std::string& name) {
    const std::string result = local_type(function.result);
    return result + (result.back() == '*' ? "" : " ") + name + "(" + raw_parameters(interface, function, Shape::function) + ")";
}

std::string client_arguments(const Function& function) {
    std::string out;
    for (const auto& parameter : function.parameters) {
        if (is_binding_handle(parameter)) continue;
        out += (out.empty() ? "" : ", ") + parameter.name;
    }
    return out;
}

bool has_function(const Interface& interface, const Function& function) {
    return !function.attributes.has(AttributeKind::callback) && binding_rule(interface, function).kind != BindingRule::Kind::none;
}

}  // namespace

BindingRule binding_rule(const Interface& interface) {
    using Kind = BindingRule::Kind;
    if (const auto* implicit = interface.attributes.find(AttributeKind::implicit_handle)) {
        const auto space = implicit->raw.find_last_of(" \t*");
        if (space == std::string::npos) return {Kind::implicit_handle, "handle_t", implicit->raw};
        std::string type = implicit->raw.substr(0, space + 1);
        while (!type.empty() && std::isspace(static_cast<unsigned char>(type.back()))) type.pop_back();
        return {Kind::implicit_handle, type, implicit->raw.substr(space + 1)};
    }
    if (interface.attributes.has(AttributeKind::explicit_handle)) return {Kind::explicit_handle, {}, {}};
    if (interface.attributes.has(AttributeKind::auto_handle)) return {Kind::auto_handle, {}, {}};
    return {};
}

BindingRule binding_rule(const Interface& interface, const Function& function) {
    if (function.attributes.has(AttributeKind::explicit_handle)) return {BindingRule::Kind::explicit_handle, {}, {}};
    return binding_rule(interface);
}

bool is_binding_handle(const Parameter& parameter) {
    const Type* type = behind(parameter.type);
    return type && type->kind == Type::Kind::base && type->base == Base::handle;
}

const Typedef* custom_handle(const Type* type) {
    while (type && type->kind == Type::Kind::named && type->alias) {
        if (type->alias->attributes.has(AttributeKind::handle)) return type->alias;
        type = type->alias->type;
    }
    return nullptr;
}

const Typedef* context_type(const Type* type) {
    while (type) {
        if (type->kind == Type::Kind::named && type->alias) {
            if (type->alias->attributes.has(AttributeKind::context_handle)) return type->alias;
            type = type->alias->type;
        } else if (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array) {
            type = type->element;
        } else {
            break;
        }
    }
    return nullptr;
}

std::vector<const Typedef*> context_types(const Interface& interface) {
    std::vector<const Typedef*> types;
    const auto meet = [&](const Type* type) {
        const auto* found = context_type(type);
        if (found && std::find(types.begin(), types.end(), found) == types.end()) types.push_back(found);
    };
    for (const auto* function : interface.functions) {
        for (const auto& parameter : function->parameters) meet(parameter.type);
        meet(function->result);
    }
    return types;
}

std::string raw_parameters(const Interface& interface, const Function& function, Shape shape) {
    std::string out;
    const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
    const bool handle_given = std::any_of(function.parameters.begin(), function.parameters.end(), is_binding_handle);
    if (shape == Shape::function && binding_rule(interface, function).kind == BindingRule::Kind::explicit_handle && !handle_given &&
        !binding_parameter(function, false) && !binding_parameter(function, true))
        add("handle_t IDL_handle");
    for (const auto& parameter : function.parameters) {
        if (is_binding_handle(parameter) && shape != Shape::function) continue;
        if (parameter.local_only && shape == Shape::server) continue;
        add(declare(parameter.type, parameter.name, true));
    }
    return out;
}

void declare_conversions(const Typedef& named, Output& out) {
    const auto one = [&](const char* what, const std::string& parameters) { out.line("EXTERN_C void {}_{}({});", named.name, what, parameters); };
    if (const auto* transmit = named.attributes.find(AttributeKind::transmit_as)) {
        const std::string sent = local_type(transmit->type);
        one("to_xmit", named.name + " *, " + sent + " **");
        one("from_xmit", sent + " *, " + named.name + " *");
        one("free_inst", named.name + " *");
        one("free_xmit", sent + " *");
    } else if (const auto* local = named.attributes.find(AttributeKind::represent_as)) {
        one("from_local", local->raw + " *, " + named.name + " **");
        one("to_local", named.name + " *, " + local->raw + " *");
        one("free_inst", named.name + " *");
        one("free_local", local->raw + " *");
    }
}

bool has_callbacks(const Interface& interface) {
    return std::any_of(interface.functions.begin(), interface.functions.end(),
                       [](const auto* function) { return function->attributes.has(AttributeKind::callback); });
}

namespace {

void client_methods(const Interface& interface, bool callbacks, Output& out) {
    for (const auto* function : interface.functions) {
        if (function->attributes.has(AttributeKind::callback) != callbacks) continue;
        const std::string result = is_void(function->result) ? "" : local_type(function->result);
        out.line("odc::Result<{}> {}({});", result, function->called(), raw_parameters(interface, *function, Shape::client));
    }
}

void server_methods(const Interface& interface, bool callbacks, Output& out) {
    for (const auto* function : interface.functions) {
        if (function->attributes.has(AttributeKind::callback) != callbacks) continue;
        const std::string parameters = raw_parameters(interface, *function, Shape::server);
        const bool taken = std::any_of(function->parameters.begin(), function->parameters.end(), [](const auto& p) { return p.name == "call"; });
        out.line("virtual {} {}(odc::rpc::ServerCall&{}{}) = 0;", local_type(function->result), function->implemented(), taken ? "" : " call",
                 parameters.empty() ? "" : ", " + parameters);
    }
}

void declare_client(const Interface& interface, Output& out) {
    const bool callbacks = has_callbacks(interface);
    if (callbacks) out.line("class {}_callback_server;", interface.name);
    out.line("/// Calls {} on another program; methods return a failure when the call did not happen or its reply was bad.", interface.name);
    out.line("class ODC_API {}_client {{", interface.name);
    out.line("  public:");
    out.indent();
    if (callbacks) {
        out.line("/// `callbacks` answers what the server calls while it serves a call of this object; null: such calls are refused.");
        out.line("explicit {0}_client(odc::rpc::Binding binding, {0}_callback_server* callbacks = nullptr);", interface.name);
    } else {
        out.line("explicit {}_client(odc::rpc::Binding binding) : binding_(std::move(binding)) {{}}", interface.name);
    }
    client_methods(interface, false, out);
    out.outdent();
    out.blank();
    out.line("  private:");
    out.line("    odc::rpc::Binding binding_;");
    if (callbacks) out.line("    odc::rpc::CallbackTable callbacks_;");
    out.line("}};");
}

void declare_server(const Interface& interface, Output& out) {
    out.line("/// Implements {}; hand an object of a derived class to odc::rpc::Server::serve as `{}_server*`.", interface.name, interface.name);
    out.line("class {}_server {{", interface.name);
    out.line("  public:");
    out.indent();
    out.line("virtual ~{}_server() = default;", interface.name);
    server_methods(interface, false, out);
    for (const auto* type : context_types(interface)) {
        out.line("/// Ends a {} whose client is gone without having closed it.", type->name);
        out.line("virtual void {0}_rundown([[maybe_unused]] {0} context) {{}}", type->name);
    }
    out.outdent();
    out.line("}};");
}

void declare_callbacks(const Interface& interface, Output& out) {
    out.line("/// The [callback] methods of {}: implemented by the client's program, called on the thread whose call waits.", interface.name);
    out.line("class {}_callback_server {{", interface.name);
    out.line("  public:");
    out.indent();
    out.line("virtual ~{}_callback_server() = default;", interface.name);
    server_methods(interface, true, out);
    out.outdent();
    out.line("}};");
    out.line("/// Calls them, for a server's method that runs; `call` is the one that it was given.");
    out.line("class ODC_API {}_callback_client {{", interface.name);
    out.line("  public:");
    out.indent();
    out.line("explicit {}_callback_client(odc::rpc::ServerCall& call) : call_(call) {{}}", interface.name);
    client_methods(interface, true, out);
    out.outdent();
    out.blank();
    out.line("  private:");
    out.line("    odc::rpc::ServerCall& call_;");
    out.line("}};");
    if (std::none_of(interface.functions.begin(), interface.functions.end(), [&](const auto* f) { return has_function(interface, *f); })) return;
    out.line("/// What answers callbacks within calls of the functions above.");
    out.line("extern ODC_API {0}_callback_server* {0}_callbacks;", interface.name);
}

}  // namespace

void declare_raw_interface(const Interface& interface, Output& out) {
    const bool functions =
        std::any_of(interface.functions.begin(), interface.functions.end(), [&](const auto* f) { return has_function(interface, *f); });
    if (functions) {
        const auto rule = binding_rule(interface);
        if (rule.kind == BindingRule::Kind::implicit_handle) out.line("EXTERN_C ODC_API {} {};", rule.type, rule.variable);
        std::vector<const Typedef*> handles;
        for (const auto* function : interface.functions) {
            if (!has_function(interface, *function)) continue;
            if (const auto* parameter = binding_parameter(*function, false)) {
                const auto* handle = custom_handle(parameter->type);
                if (std::find(handles.begin(), handles.end(), handle) == handles.end()) handles.push_back(handle);
            }
        }
        if (rule.kind == BindingRule::Kind::implicit_handle && rule.type != "handle_t") {
            out.line("EXTERN_C handle_t {0}_bind({0});", rule.type);
            out.line("EXTERN_C void {0}_unbind({0}, handle_t);", rule.type);
        }
        for (const auto* handle : handles) {
            if (handle->name == rule.type) continue;
            out.line("EXTERN_C handle_t {0}_bind({0});", handle->name);
            out.line("EXTERN_C void {0}_unbind({0}, handle_t);", handle->name);
        }
        for (const auto* function : interface.functions)
            if (has_function(interface, *function)) out.line("EXTERN_C ODC_API {};", function_head(interface, *function, function->called()));
    }
    for (const auto* function : interface.functions)
        if (!function->switch_name.empty()) out.line("EXTERN_C {};", function_head(interface, *function, function->switch_name));
    out.line("#ifdef MIDL_RAW_CLASSES");
    out.line("extern \"C++\" {{");
    const auto* version = interface.attributes.find(AttributeKind::version);
    std::string major = "0", minor = "0";
    if (version) {
        const auto dot = version->raw.find('.');
        major = version->raw.substr(0, dot);
        if (dot != std::string::npos) minor = version->raw.substr(dot + 1);
    }
    out.line("inline constexpr odc::rpc::SyntaxId {}_id{{{}, {}, {}}};", interface.name, guid_initializer(interface.id), major, minor);
    out.line("extern ODC_API const odc::rpc::InterfaceSpec {}_spec;", interface.name);
    declare_client(interface, out);
    declare_server(interface, out);
    if (has_callbacks(interface)) declare_callbacks(interface, out);
    out.line("}}");
    out.line("#endif");
}

void define_raw_functions(const Interface& interface, Output& out) {
    const auto rule = binding_rule(interface);
    if (has_callbacks(interface) &&
        std::any_of(interface.functions.begin(), interface.functions.end(), [&](const auto* f) { return has_function(interface, *f); }))
        out.line("{0}_callback_server* {0}_callbacks = nullptr;", interface.name);
    if (rule.kind == BindingRule::Kind::implicit_handle) {
        out.line("{} {};", rule.type, rule.variable);
        out.blank();
    }
    for (const auto* function : interface.functions) {
        if (!has_function(interface, *function)) continue;
        const auto how = binding_rule(interface, *function);
        out.open("{} {{", function_head(interface, *function, function->called()));
        std::string binding;
        const auto handle = std::find_if(function->parameters.begin(), function->parameters.end(), is_binding_handle);
        const auto custom = [&](const std::string& type, const std::string& value) {
            out.line("const odc::rpc::CustomBinding<{0}> call_bound({1}, {0}_bind, {0}_unbind);", type, value);
            return std::string("call_bound.binding()");
        };
        if (handle != function->parameters.end()) {
            binding = "odc::rpc::binding_of(" + handle->name + ")";
        } else if (const auto* parameter = binding_parameter(*function, false)) {
            const bool by_pointer = behind(parameter->type) != behind(custom_handle(parameter->type)->type);
            binding = custom(custom_handle(parameter->type)->name, (by_pointer ? "*" : "") + parameter->name);
        } else if (const auto* context = binding_parameter(*function, true)) {
            const bool by_pointer = context->attributes.has(AttributeKind::out);
            const std::string value = (by_pointer ? "*" : "") + context->name;
            std::string otherwise = "odc::rpc::Binding()";
            if (how.kind == BindingRule::Kind::implicit_handle && how.type == "handle_t") otherwise = "odc::rpc::binding_of(" + how.variable + ")";
            if (how.kind == BindingRule::Kind::auto_handle) otherwise = "odc::rpc::auto_binding(" + interface.name + "_id)";
            binding = value + " ? odc::rpc::binding_of_context(" + value + ") : " + otherwise;
        } else if (how.kind == BindingRule::Kind::explicit_handle) {
            binding = "odc::rpc::binding_of(IDL_handle)";
        } else if (how.kind == BindingRule::Kind::implicit_handle) {
            binding = how.type == "handle_t" ? "odc::rpc::binding_of(" + how.variable + ")" : custom(how.type, how.variable);
        } else {
            binding = "odc::rpc::auto_binding(" + interface.name + "_id)";
        }
        out.line("const odc::rpc::Binding call_binding = {};", binding);
        out.line("if (!call_binding) odc::rpc::throw_failure(odc::fail_win32(RPC_S_NO_BINDINGS, \"{}\"));", function->name);
        const std::string callbacks = has_callbacks(interface) ? ", " + interface.name + "_callbacks" : "";
        const std::string call = interface.name + "_client(call_binding" + callbacks + ")." + function->called() + "(" + client_arguments(*function) + ")";
        out.line("auto call_result = {};", call);
        out.line("if (!call_result) odc::rpc::throw_failure(call_result.error());");
        if (!is_void(function->result)) out.line("return *call_result;");
        out.close();
        out.blank();
    }
}

void write_head(Output& out, const OutputNames& names, const std::string& header) {
    out.line("// Written by midl from {}. Do not edit.", names.idl);
    out.line("#include \"{}\"", header);
    out.blank();
    out.line("#include \"opendcom/ndr/generated.h\"");
    out.blank();
    out.line("#include <cstddef>");
    out.blank();
}

}  // namespace odc::midl
