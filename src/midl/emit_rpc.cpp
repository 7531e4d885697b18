// Client and server stubs of raw RPC interfaces (foo_c.cpp, foo_s.cpp), and serialization functions (foo_t.h, foo_t.cpp).
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

void head(Output& out, const OutputNames& names, const std::string& header) {
    out.line("// Written by midl from {}. Do not edit.", names.idl);
    out.line("#include \"{}\"", header);
    out.blank();
    out.line("#include \"opendcom/ndr/generated.h\"");
    out.blank();
    out.line("#include <cstddef>");
    out.blank();
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
/// MS-RPCE 3.3.1.5.9 lets a server send requests on the connection whose call it serves; our connections only do one of both.
void refuse_callbacks(const Interface& interface, Diagnostics& diagnostics) {
    for (const auto* function : interface.functions)
        if (function->attributes.has(AttributeKind::callback)) diagnostics.report(Message::callback_unsupported, function->place, {function->name});
}
}  // namespace

std::string emit_clients(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto interfaces = raw_interfaces(model);
    if (interfaces.empty()) return {};
    Layout layout(model, diagnostics);
    Output body;
    for (const auto* interface : interfaces) {
        refuse_callbacks(*interface, diagnostics);
        for (const auto* function : interface->functions) {
            if (function->attributes.has(AttributeKind::callback)) continue;
            const Call call = lay_out_call(layout, *function, *interface, diagnostics);
            CallEmitter calls(model, body);
            const std::string type = call.result ? local_type(function->result) : "";
            body.text_line(idl_line(*function));
            body.open("odc::Result<{}> {}_client::{}({}) {{", type, interface->name, function->name, raw_parameters(*interface, *function, Shape::client));
            const StatusParts status(*function);
            if (status.any()) open_status(status, type, body);
            body.line("odc::rpc::ClientCall call(binding_.association(), {}_id, {});", interface->name, function->opnum);
            body.line("if (binding_.object()) call.set_object(*binding_.object());");
            if (function->attributes.has(AttributeKind::maybe)) body.line("call.set_maybe();");
            body.line("[[maybe_unused]] odc::ndr::Writer& out = call.request();");
            const std::string refused = "odc::fail(out.error(), \"" + interface->name + "::" + function->name + ": the arguments cannot be sent\")";
            calls.client_begin(call, refused);
            calls.client_write(call);
            calls.client_clear(call);
            body.line("if (out.failed()) return {};", refused);
            if (status.any()) {
                body.line("auto call_sent = call.invoke();");
                body.line("call_fault = call.fault_status();");
                body.line("if (!call_sent) return std::move(call_sent.error());");
            } else {
                body.line("ODC_TRY(call.invoke());");
            }
            if (function->attributes.has(AttributeKind::maybe)) {
                body.line("return {{}};");
                if (status.any()) close_status(status, type, body);
                body.close();
                body.blank();
                continue;
            }
            body.line("odc::ndr::Reader& in = call.reply();");
            calls.client_read(call);
            const bool context = call.result && call.result->kind == Wire::Kind::context;
            if (context) {
                body.line("const odc::rpc::WireContext result = odc::rpc::read_context(in);");
            } else if (call.result && call.result->kind != Wire::Kind::number && call.result->kind != Wire::Kind::enum16) {
                body.line("{} result{{}};", type);
                calls.marshal().read_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }}, {"true", {}});
            } else if (call.result) {
                const std::string read = call.result->kind == Wire::Kind::enum16 ? "enum16" : call.result->call;
                body.line("const auto result = static_cast<{}>(in.{}());", type, read);
            }
            body.open("if (in.failed()) {{");
            body.line("in.abandon();");
            calls.client_failed(call);
            body.line("return odc::fail_win32(RPC_X_BAD_STUB_DATA, \"{}::{}: the reply cannot be read\");", interface->name, function->name);
            body.close();
            calls.client_succeeded(call);
            if (context) body.line("return static_cast<{}>(odc::rpc::accept_context(binding_.association(), nullptr, result));", type);
            else body.line("return {};", call.result ? "result" : "{}");
            if (status.any()) close_status(status, type, body);
            body.close();
            body.blank();
        }
        define_raw_functions(*interface, body);
    }
    Output types;
    Marshal marshal(model, types);
    emit_structures(layout, marshal, types);
    Output out;
    head(out, names, names.header);
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
    Output body, specs;
    for (const auto* interface : interfaces) {
        std::vector<std::string> table;
        context_constants(*interface, body);
        for (const auto* function : interface->functions) {
            if (function->attributes.has(AttributeKind::callback)) continue;
            const Call call = lay_out_call(layout, *function, *interface, diagnostics);
            CallEmitter calls(model, body);
            calls.return_on_failure("odc::rpc::kFaultNdr");
            calls.context_types([&](const Wire& handle) { return interface->name + (handle.user.empty() ? "" : "_" + handle.user) + "_context"; });
            const std::string name = interface->name + "_" + function->name + "_Serve";
            table.push_back(name);
            body.text_line(idl_line(*function));
            body.open("std::uint32_t {}(void* implementation, odc::rpc::ServerCall& call) {{", name);
            body.line("[[maybe_unused]] odc::ndr::Reader& in = call.request();");
            calls.server_read(call, false);
            body.open("if (in.failed()) {{");
            body.line("in.abandon();");
            body.line("return odc::rpc::kFaultNdr;");
            body.close();
            calls.server_contexts(call);
            calls.server_locals(call);
            const std::string arguments = calls.server_arguments(call);
            const std::string invoke = "static_cast<" + interface->name + "_server*>(implementation)->" + function->name + "(call" +
                                       (arguments.empty() ? "" : ", " + arguments) + ")";
            if (call.result) body.line("const {} result = {};", local_type(function->result), invoke);
            else body.line("{};", invoke);
            body.line("[[maybe_unused]] odc::ndr::Writer& out = call.response();");
            calls.server_write(call);
            if (call.result && call.result->kind == Wire::Kind::context) {
                body.line("odc::rpc::ServedContext result_context(call, implementation, {}_context, odc::rpc::ServedContext::Null::allowed);",
                          interface->name + (call.result->user.empty() ? "" : "_" + call.result->user));
                body.line("result_context.write(out, result);");
            } else if (call.result) {
                calls.marshal().write_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }});
            }
            calls.server_end_values(call);
            body.line("return out.failed() ? std::uint32_t{{odc::rpc::kFaultNdr}} : 0u;");
            body.close();
            body.blank();
        }
        body.open("const odc::rpc::ServerMethod {}_methods[] = {{", interface->name);
        for (const auto& entry : table) body.line("{},", entry);
        body.close("};");
        body.blank();
        specs.line("const odc::rpc::InterfaceSpec {0}_spec{{\"{0}\", {0}_id, {0}_methods}};", interface->name);
    }
    Output types;
    Marshal marshal(model, types);
    emit_structures(layout, marshal, types);
    Output out;
    head(out, names, names.header);
    out.line("#include \"opendcom/rpc/context.h\"");
    out.line("#include \"opendcom/rpc/pipe.h\"");
    out.blank();
    declare_user_types(layout, out);
    out.line("namespace {{");
    out.raw(types.text());
    out.raw(body.text());
    out.line("}}  // namespace");
    out.blank();
    out.raw(specs.text());
    return out.take();
}

namespace {

/// Structures that only live in memory have no NDR form and are left out.
void drop_unsendable(const Model& model, std::vector<const Type*>& list) {
    std::erase_if(list, [&](const Type* type) {
        Diagnostics silent;
        Layout probe(model, silent);
        (void)probe.structure(type);
        return silent.failed();
    });
}

void own_structures(const std::vector<Item>& items, std::vector<const Type*>& list) {
    for (const auto& item : items) {
        if (const auto* group = std::get_if<TypedefGroup>(&item)) {
            const Type* type = group->names[0]->type;
            if (type->kind == Type::Kind::structure && type->defined) list.push_back(type);
        } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
            if (tag->type->kind == Type::Kind::structure && tag->type->defined) list.push_back(tag->type);
        } else if (const auto* interface = std::get_if<Interface*>(&item)) {
            own_structures((*interface)->items, list);
        }
    }
}

}  // namespace

std::string emit_serialization_header(const Model& model, const OutputNames& names) {
    std::vector<const Type*> types;
    own_structures(model.ast.files[0].items, types);
    drop_unsendable(model, types);
    if (types.empty()) return {};
    Diagnostics silent;
    Layout layout(model, silent);
    Output out;
    std::string guard = "__" + names.stem + "_t_h__";
    for (char& c : guard)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    out.line("// Written by midl from {}: structures as NDR, outside of calls. Do not edit.", names.idl);
    out.line("#ifndef {}", guard);
    out.line("#define {}", guard);
    out.blank();
    out.line("#include \"{}\"", names.header);
    out.line("#include \"opendcom/ndr/reader.h\"");
    out.blank();
    for (const auto* type : types) {
        const auto& structure = *layout.structure(type);
        if (structure.broken) continue;
        out.line("void ndr_write(odc::ndr::Writer& out, const {}& v);", structure.cxx);
        if (structure.conformant) {
            out.line("/// Ends in an array: `v` is made to point to new memory.");
            out.line("void ndr_read_new(odc::ndr::Reader& in, {}*& v, bool in_task_memory);", structure.cxx);
        } else {
            out.line("void ndr_read(odc::ndr::Reader& in, {}& v, bool in_task_memory);", structure.cxx);
        }
    }
    out.blank();
    out.line("#endif");
    return out.take();
}

std::string emit_serialization(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    std::vector<const Type*> types;
    own_structures(model.ast.files[0].items, types);
    drop_unsendable(model, types);
    if (types.empty()) return {};
    Layout layout(model, diagnostics);
    for (const auto* type : types) (void)layout.structure(type);
    Output out;
    head(out, names, names.stem + "_t.h");
    Marshal marshal(model, out);
    const auto exported = [&](const WireStruct& structure) {
        return std::find(types.begin(), types.end(), structure.type) != types.end();
    };
    declare_user_types(layout, out);
    if (!layout.converted().empty()) {
        out.line("namespace {{");
        for (const auto& [name, wire] : layout.converted()) marshal.conversion_prototypes(*wire);
        out.line("}}  // namespace");
    }
    // Structures of other files stay private; own ones link externally.
    out.line("namespace {{");
    for (const auto& structure : layout.structures())
        if (!structure.broken && !exported(structure)) marshal.structure_prototypes(structure, false);
    out.line("}}  // namespace");
    for (const auto& structure : layout.structures())
        if (!structure.broken && exported(structure)) marshal.structure_prototypes(structure, true);
    out.line("namespace {{");
    for (const auto& structure : layout.structures())
        if (!structure.broken && !exported(structure)) marshal.structure_functions(structure, false);
    for (const auto& [name, wire] : layout.converted()) marshal.conversion_functions(*wire);
    out.line("}}  // namespace");
    for (const auto& structure : layout.structures())
        if (!structure.broken && exported(structure)) marshal.structure_functions(structure, true);
    return out.take();
}

}  // namespace odc::midl
