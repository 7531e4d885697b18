// Client and server stubs of raw RPC interfaces (foo_c.cpp, foo_s.cpp), and serialization functions (foo_t.h, foo_t.cpp).
#include <algorithm>

#include "midl/emit.h"
#include "midl/emit_call.h"

namespace odc::midl {
namespace {

std::vector<const Interface*> raw_interfaces(const Model& model) {
    std::vector<const Interface*> list;
    for (const auto* interface : own_interfaces(model))
        if (!interface->is_object() && !interface->is_local() && !interface->functions.empty()) list.push_back(interface);
    return list;
}

std::string parameters_of(const Call& call) {
    std::string out;
    for (const auto& p : call.parameters) {
        if (!out.empty()) out += ", ";
        out += declare(p.source->type, p.source->name, true);
    }
    return out;
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

}  // namespace

std::string emit_clients(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto interfaces = raw_interfaces(model);
    if (interfaces.empty()) return {};
    Layout layout(model, diagnostics);
    Output body;
    for (const auto* interface : interfaces) {
        for (const auto* function : interface->functions) {
            if (function->attributes.has(AttributeKind::callback)) continue;
            const Call call = lay_out_call(layout, *function, *interface, diagnostics);
            CallEmitter calls(model, body);
            const std::string type = call.result ? local_type(function->result) : "";
            body.text_line(idl_line(*function));
            body.open("odc::Result<{}> {}_client::{}({}) {{", type, interface->name, function->name, parameters_of(call));
            body.line("odc::rpc::ClientCall call(binding_.association(), {}_id, {});", interface->name, function->opnum);
            body.line("if (binding_.object()) call.set_object(*binding_.object());");
            if (function->attributes.has(AttributeKind::maybe)) body.line("call.set_maybe();");
            body.line("[[maybe_unused]] odc::ndr::Writer& out = call.request();");
            const std::string refused = "odc::fail(out.error(), \"" + interface->name + "::" + function->name + ": the arguments cannot be sent\")";
            calls.client_begin(call, refused);
            calls.client_write(call);
            calls.client_clear(call);
            body.line("if (out.failed()) return {};", refused);
            body.line("ODC_TRY(call.invoke());");
            if (function->attributes.has(AttributeKind::maybe)) {
                body.line("return {{}};");
                body.close();
                body.blank();
                continue;
            }
            body.line("odc::ndr::Reader& in = call.reply();");
            calls.client_read(call);
            if (call.result) {
                const std::string read = call.result->kind == Wire::Kind::enum16 ? "enum16" : call.result->call;
                body.line("const auto result = static_cast<{}>(in.{}());", type, read);
            }
            body.open("if (in.failed()) {{");
            body.line("in.abandon();");
            calls.client_failed(call);
            body.line("return odc::fail_win32(RPC_X_BAD_STUB_DATA, \"{}::{}: the reply cannot be read\");", interface->name, function->name);
            body.close();
            calls.client_succeeded(call);
            body.line("return {};", call.result ? "result" : "{}");
            body.close();
            body.blank();
        }
    }
    Output types;
    Marshal marshal(model, types);
    emit_structures(layout, marshal, types);
    Output out;
    head(out, names, names.header);
    declare_user_types(layout, out);
    out.line("namespace {{");
    out.raw(types.text());
    out.line("}}  // namespace");
    out.blank();
    out.raw(body.text());
    return out.text();
}

std::string emit_servers(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto interfaces = raw_interfaces(model);
    if (interfaces.empty()) return {};
    Layout layout(model, diagnostics);
    Output body, specs;
    for (const auto* interface : interfaces) {
        std::vector<std::string> table;
        for (const auto* function : interface->functions) {
            if (function->attributes.has(AttributeKind::callback)) continue;
            const Call call = lay_out_call(layout, *function, *interface, diagnostics);
            CallEmitter calls(model, body);
            calls.return_on_failure("odc::rpc::kFaultNdr");
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
            calls.server_locals(call);
            const std::string arguments = calls.server_arguments(call);
            const std::string invoke = "static_cast<" + interface->name + "_server*>(implementation)->" + function->name + "(call" +
                                       (arguments.empty() ? "" : ", " + arguments) + ")";
            if (call.result) body.line("const {} result = {};", local_type(function->result), invoke);
            else body.line("{};", invoke);
            body.line("[[maybe_unused]] odc::ndr::Writer& out = call.response();");
            calls.server_write(call);
            if (call.result) calls.marshal().write_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }});
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
    declare_user_types(layout, out);
    out.line("namespace {{");
    out.raw(types.text());
    out.raw(body.text());
    out.line("}}  // namespace");
    out.blank();
    out.raw(specs.text());
    return out.text();
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
    return out.text();
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
    out.line("}}  // namespace");
    for (const auto& structure : layout.structures())
        if (!structure.broken && exported(structure)) marshal.structure_functions(structure, true);
    return out.text();
}

}  // namespace odc::midl
