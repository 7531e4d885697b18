// Client and server stubs of raw RPC interfaces: foo_c.cpp, foo_s.cpp.
#include <algorithm>

#include "midl/emit.h"
#include "midl/emit_call.h"
#include "midl/raw_interface.h"

namespace odc::midl {
namespace {

std::vector<const Interface*> raw_interfaces(const Model& model) {
    std::vector<const Interface*> list;
    for (const auto* interface : own_interfaces(model))
        if (!interface->is_object() && !interface->is_local() && !interface->functions.empty()) list.push_back(interface);
    return list;
}

/// What tells the context handle types of an interface apart, and ends those whose client is gone.
void context_constants(const Interface& interface, Output& out) {
    for (const auto* type : context_types(interface)) {
        out.open("const odc::rpc::ContextType {}_{}_context{{\"{}\", [](void* implementation, void* context) {{", interface.name, type->name,
                 type->name);
        out.line("static_cast<{0}_server*>(implementation)->{1}_rundown(static_cast<{1}>(context));", interface.name, type->name);
        out.close("}};");
    }
    const bool unnamed = std::any_of(interface.functions.begin(), interface.functions.end(), [](const Function* function) {
        return function->attributes.has(AttributeKind::context_handle) ||
               std::any_of(function->parameters.begin(), function->parameters.end(), [](const Parameter& parameter) {
                   return parameter.attributes.has(AttributeKind::context_handle) && !context_type(parameter.type);
               });
    });
    if (unnamed) out.line("const odc::rpc::ContextType {0}_context{{\"context handle of {0}\", nullptr}};", interface.name);
    if (unnamed || !context_types(interface).empty()) out.blank();
}

/// Where [comm_status] and [fault_status] put what went wrong (C706 4.3.5): parameters, or the result ("").
struct StatusParts {
    bool has_comm = false, has_fault = false;
    std::string comm, fault;
    std::vector<std::string> added;  ///< parameters that only the ACF knows
    explicit StatusParts(const Function& function) {
        has_comm = function.attributes.has(AttributeKind::comm_status);
        has_fault = function.attributes.has(AttributeKind::fault_status);
        for (const auto& parameter : function.parameters) {
            if (parameter.attributes.has(AttributeKind::comm_status)) has_comm = true, comm = parameter.name;
            if (parameter.attributes.has(AttributeKind::fault_status)) has_fault = true, fault = parameter.name;
            if (parameter.local_only) added.push_back(parameter.name);
        }
    }
    bool any() const { return has_comm || has_fault; }
};

/// The call proper becomes a function of its own, whose failure `close_status` looks at.
void open_status(const StatusParts& status, const std::string& type, Output& out) {
    for (const auto& name : status.added) out.line("*{} = 0;", name);
    out.line("std::uint32_t call_fault = 0;");
    out.open("auto call_outcome = [&]() -> odc::Result<{}> {{", type);
}

void close_status(const StatusParts& status, const std::string& type, Output& out) {
    out.close("}();");
    out.line("if (call_outcome) return call_outcome;");
    const auto handle = [&](const char* condition, const std::string& to) {
        out.open("if ({}) {{", condition);
        if (to.empty()) {
            out.line("return static_cast<{}>(odc::rpc::status_of(call_outcome.error()));", type);
        } else {
            out.line("*{} = odc::rpc::status_of(call_outcome.error());", to);
            out.line("return {};", type.empty() ? "{}" : type + "{}");
        }
        out.close();
    };
    if (status.has_fault) handle("call_fault != 0", status.fault);
    if (status.has_comm) handle("call_fault == 0", status.comm);
    if (!status.has_comm || !status.has_fault) out.line("return call_outcome;");
    else out.line("return std::move(call_outcome.error());");
}

}  // namespace

namespace {

/// Methods of one raw interface; those with [callback] have the roles of client and server exchanged.
class MethodEmitter {
  public:
    MethodEmitter(const Model& model, const Interface& interface, Layout& layout, Diagnostics& diagnostics, Output& out)
        : model_(model), interface_(interface), layout_(layout), diagnostics_(diagnostics), out_(out) {}

    void client_method(const Function& function) {
        const bool callback = function.attributes.has(AttributeKind::callback);
        const Call call = lay_out(function);
        CallEmitter calls(model_, out_);
        const std::string type = call.result ? local_type(function.result) : "";
        const std::string owner = interface_.name + (callback ? "_callback_client" : "_client");
        out_.text_line(idl_line(function));
        out_.open("odc::Result<{}> {}::{}({}) {{", type, owner, function.called(), raw_parameters(interface_, function, Shape::client));
        const StatusParts status(function);
        if (status.any()) open_status(status, type, out_);
        declare_call(function, callback);
        if (call.has_pipes()) out_.line("call.set_pipes({});", call.has_output_pipes());
        out_.line("[[maybe_unused]] odc::ndr::Writer& out = call.request();");
        const std::string refused = "odc::fail(out.error(), \"" + interface_.name + "::" + function.name + ": the arguments cannot be sent\")";
        calls.client_begin(call, refused);
        calls.client_write(call);
        calls.client_clear(call);
        out_.line("if (out.failed()) return {};", refused);
        try_step(status, "invoke");
        if (function.attributes.has(AttributeKind::maybe)) out_.line("return {{}};");
        else read_reply(function, call, calls, status, type);
        if (status.any()) close_status(status, type, out_);
        out_.close();
        out_.blank();
    }

    /// The stub that reads a request and calls `role`; its name.
    std::string server_stub(const Function& function) {
        const bool callback = function.attributes.has(AttributeKind::callback);
        const Call call = lay_out(function);
        if (call.has_input_pipes()) input_pipes_.push_back(std::to_string(function.opnum));
        CallEmitter calls(model_, out_);
        calls.return_on_failure("odc::rpc::kFaultNdr");
        const auto context_name = [&](const Wire& handle) { return interface_.name + (handle.user.empty() ? "" : "_" + handle.user) + "_context"; };
        calls.context_types(context_name);
        const std::string name = interface_.name + "_" + function.name + "_Serve";
        out_.text_line(idl_line(function));
        out_.open("std::uint32_t {}(void* implementation, odc::rpc::ServerCall& call) {{", name);
        out_.line("[[maybe_unused]] odc::ndr::Reader& in = call.request();");
        calls.server_read(call, false);
        out_.open("if (in.failed()) {{");
        out_.line("in.abandon();");
        out_.line("return odc::rpc::kFaultNdr;");
        out_.close();
        calls.server_contexts(call);
        calls.server_locals(call);
        const std::string arguments = calls.server_arguments(call);
        const std::string invoke = "static_cast<" + interface_.name + (callback ? "_callback_server" : "_server") + "*>(implementation)->" + function.implemented() +
                                   "(call" + (arguments.empty() ? "" : ", " + arguments) + ")";
        if (call.result) out_.line("const {} result = {};", local_type(function.result), invoke);
        else out_.line("{};", invoke);
        out_.line("[[maybe_unused]] odc::ndr::Writer& out = call.response();");
        calls.server_write(call);
        if (call.result && call.result->kind == Wire::Kind::context) {
            out_.line("odc::rpc::ServedContext result_context(call, implementation, {}, odc::rpc::ServedContext::Null::allowed);",
                      context_name(*call.result));
            out_.line("result_context.write(out, result);");
        } else if (call.result) {
            calls.marshal().write_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }});
        }
        calls.server_end_values(call);
        out_.line("return out.failed() ? std::uint32_t{{odc::rpc::kFaultNdr}} : 0u;");
        out_.close();
        out_.blank();
        return name;
    }

    /// `const odc::rpc::ServerMethod X_methods[] = {…}`.
    void method_table(const std::string& name, const std::vector<std::string>& stubs) {
        out_.open("const odc::rpc::ServerMethod {}[] = {{", name);
        for (const auto& stub : stubs) out_.line("{},", stub);
        out_.close("};");
        out_.blank();
    }

    /// `const std::uint16_t X_input_pipes[] = {…}`, if a stub that was written has some; what stands for it in the InterfaceSpec.
    std::string input_pipe_table() {
        if (input_pipes_.empty()) return "{}";
        out_.line("const std::uint16_t {}_input_pipes[] = {{{}}};", interface_.name, fmt::join(input_pipes_, ", "));
        out_.blank();
        return interface_.name + "_input_pipes";
    }

    /// In the client's file: the stubs of the callbacks, and the constructor that knows them.
    void callbacks_of_client() {
        if (!has_callbacks(interface_)) return;
        out_.line("namespace {{");
        std::vector<std::string> stubs;
        for (const auto* function : interface_.functions)
            if (function->attributes.has(AttributeKind::callback)) stubs.push_back(server_stub(*function));
        method_table(interface_.name + "_callback_methods", stubs);
        out_.line("}}  // namespace");
        out_.line("{0}_client::{0}_client(odc::rpc::Binding binding, {0}_callback_server* callbacks)", interface_.name);
        out_.line("    : binding_(std::move(binding)), callbacks_{{{}_callback_methods, callbacks}} {{}}", interface_.name);
        out_.blank();
    }

  private:
    Call lay_out(const Function& function) {
        Call call = lay_out_call(layout_, function, interface_, diagnostics_);
        if (!function.attributes.has(AttributeKind::callback)) return call;
        bool refused = call.result && call.result->kind == Wire::Kind::context;
        for (const auto& parameter : call.parameters) refused = refused || parameter.context || parameter.handles || parameter.pipe;
        refused = refused || std::any_of(function.parameters.begin(), function.parameters.end(), is_binding_handle);
        if (refused) diagnostics_.report(Message::callback_parameter, function.place, {function.name});
        return call;
    }

    void declare_call(const Function& function, bool callback) {
        if (callback) {
            out_.line("odc::rpc::Callback call(call_, {});", function.opnum);
            return;
        }
        out_.line("odc::rpc::ClientCall call(binding_.association(), {}_id, {});", interface_.name, function.opnum);
        out_.line("if (binding_.object()) call.set_object(*binding_.object());");
        if (has_callbacks(interface_)) out_.line("call.set_callbacks(&callbacks_);");
        if (function.attributes.has(AttributeKind::maybe)) out_.line("call.set_maybe();");
    }

    /// `call.<step>()`, or the return with its failure.
    void try_step(const StatusParts& status, const char* step) {
        if (!status.any()) {
            out_.line("ODC_TRY(call.{}());", step);
            return;
        }
        out_.open("if (auto call_step = call.{}(); !call_step) {{", step);
        out_.line("call_fault = call.fault_status();");
        out_.line("return std::move(call_step.error());");
        out_.close();
    }

    void read_reply(const Function& function, const Call& call, CallEmitter& calls, const StatusParts& status, const std::string& type) {
        out_.line("odc::ndr::Reader& in = call.reply();");
        calls.client_pipes(call);
        if (call.has_output_pipes()) try_step(status, "finish_reply");
        calls.client_read(call);
        const bool context = call.result && call.result->kind == Wire::Kind::context;
        if (context) {
            out_.line("const odc::rpc::WireContext result = odc::rpc::read_context(in);");
        } else if (call.result && call.result->kind != Wire::Kind::number && call.result->kind != Wire::Kind::enum16) {
            out_.line("{} result{{}};", type);
            calls.marshal().read_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }}, {"true", {}});
        } else if (call.result) {
            const std::string read = call.result->kind == Wire::Kind::enum16 ? "enum16" : call.result->call;
            out_.line("const auto result = static_cast<{}>(in.{}());", type, read);
        }
        out_.open("if (in.failed()) {{");
        out_.line("in.abandon();");
        calls.client_failed(call);
        out_.line("return odc::fail_win32(RPC_X_BAD_STUB_DATA, \"{}::{}: the reply cannot be read\");", interface_.name, function.name);
        out_.close();
        calls.client_succeeded(call);
        if (context) out_.line("return static_cast<{}>(odc::rpc::accept_context(binding_.association(), nullptr, result));", type);
        else out_.line("return {};", call.result ? "result" : "{}");
    }

    const Model& model_;
    const Interface& interface_;
    Layout& layout_;
    Diagnostics& diagnostics_;
    Output& out_;
    std::vector<std::string> input_pipes_;  ///< opnums
};

}  // namespace

std::string emit_clients(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto interfaces = raw_interfaces(model);
    if (interfaces.empty()) return {};
    Layout layout(model, diagnostics);
    Output body;
    for (const auto* interface : interfaces) {
        MethodEmitter methods(model, *interface, layout, diagnostics, body);
        methods.callbacks_of_client();
        for (const auto* function : interface->functions)
            if (!function->attributes.has(AttributeKind::callback)) methods.client_method(*function);
        define_raw_functions(*interface, body);
    }
    Output types;
    Marshal marshal(model, types);
    emit_structures(layout, marshal, types);
    Output out;
    write_head(out, names, names.header);
    out.line("#include \"opendcom/rpc/handle.h\"");
    out.line("#include \"opendcom/rpc/pipe.h\"");
    out.blank();
    declare_user_types(layout, out);
    out.line("namespace {{");
    out.raw(types.text());
    out.line("}}  // namespace");
    out.blank();
    out.raw(body.text());
    return out.take();
}

std::string emit_servers(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto interfaces = raw_interfaces(model);
    if (interfaces.empty()) return {};
    Layout layout(model, diagnostics);
    Output body, outside;
    for (const auto* interface : interfaces) {
        std::vector<std::string> stubs;
        context_constants(*interface, body);
        MethodEmitter methods(model, *interface, layout, diagnostics, body);
        for (const auto* function : interface->functions)
            if (!function->attributes.has(AttributeKind::callback)) stubs.push_back(methods.server_stub(*function));
        methods.method_table(interface->name + "_methods", stubs);
        const auto pipes = methods.input_pipe_table();
        MethodEmitter callbacks(model, *interface, layout, diagnostics, outside);
        for (const auto* function : interface->functions)
            if (function->attributes.has(AttributeKind::callback)) callbacks.client_method(*function);
        outside.line("const odc::rpc::InterfaceSpec {0}_spec{{\"{0}\", {0}_id, {0}_methods, {1}}};", interface->name, pipes);
    }
    Output types;
    Marshal marshal(model, types);
    emit_structures(layout, marshal, types);
    Output out;
    write_head(out, names, names.header);
    out.line("#include \"opendcom/rpc/callback.h\"");
    out.line("#include \"opendcom/rpc/context.h\"");
    out.line("#include \"opendcom/rpc/pipe.h\"");
    out.blank();
    declare_user_types(layout, out);
    out.line("namespace {{");
    out.raw(types.text());
    out.raw(body.text());
    out.line("}}  // namespace");
    out.blank();
    out.raw(outside.text());
    return out.take();
}

}  // namespace odc::midl
