// Proxies and stubs of object interfaces: foo_p.cpp, and foo_dlldata.cpp.
#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "midl/emit.h"
#include "midl/emit_async.h"
#include "midl/emit_call.h"

namespace odc::midl {
namespace {

/// ms-com.idl gives ms_com: file names may hold what names in C may not.
std::string symbol_of(const OutputNames& names) {
    std::string symbol = names.stem;
    for (char& c : symbol)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return symbol;
}

std::string arguments_of(const Function& function) {
    std::string out;
    for (const auto& parameter : function.parameters) out += ", " + parameter.name;
    return out;
}

bool is_unknown(const Interface& interface) { return interface.name == "IUnknown"; }

class ProxyEmitter {
  public:
    ProxyEmitter(const Model& model, const OutputNames& names, Diagnostics& diagnostics)
        : model_(model), names_(names), diagnostics_(diagnostics), layout_(model, diagnostics) {}

    Pieces run() {
        std::vector<const Interface*> interfaces;
        for (const auto* interface : own_interfaces(model_)) {
            if (interface->is_object() && !interface->is_local() && !interface->is_dispinterface && interface->has_id && !is_unknown(*interface) &&
                interface->base && remotable(*interface))
                interfaces.push_back(interface);
        }
        if (interfaces.empty()) return {};
        Output body;
        CallEmitter calls(model_, body);
        Pieces parts;
        for (const auto* interface : interfaces) {
            emit_interface(*interface, body, calls);
            if (body.size() > kPart) parts.push_back(body.take());
        }
        Output types;
        Marshal marshal(model_, types);
        emit_structures(layout_, marshal, types);

        Output out;
        out.line("// Written by midl from {}. Do not edit.", names_.idl);
        out.line("#include \"{}\"", names_.header);
        out.blank();
        const bool asynchronous = std::any_of(interfaces.begin(), interfaces.end(), [&](const auto* i) { return async_form(model_, *i); });
        if (asynchronous) out.line("#include \"opendcom/com/async_call.h\"");
        out.line("#include \"opendcom/com/proxy.h\"");
        out.line("#include \"opendcom/com/stub.h\"");
        out.line("#include \"opendcom/ndr/generated.h\"");
        out.blank();
        out.line("#include <cstddef>");
        out.blank();
        declare_user_types(layout_, out);
        out.line("namespace {{");
        out.blank();
        out.raw(types.text());
        parts.insert(parts.begin(), out.take());
        body.line("const odc::com::InterfaceInfo kInterfaces[] = {{");
        body.indent();
        for (const auto* interface : interfaces) {
            const auto* async = async_form(model_, *interface);
            body.line("{{&IID_{0}, \"{0}\", &IID_{1}, {0}_methods, odc::com::create_proxy<{0}_Proxy>{2}}},", interface->name, interface->base->name,
                      async ? fmt::format(", &IID_{0}, odc::com::create_call<{0}_Call>", async->name) : "");
        }
        body.close("};");
        body.blank();
        body.line("}}  // namespace");
        body.blank();
        body.raw(remote_forms_.text());
        body.line("extern \"C\" {{");
        body.line("extern ODC_API const odc::com::ProxyFile {}_ProxyFile;", symbol_of(names_));
        body.line("const odc::com::ProxyFile {}_ProxyFile = {{kInterfaces}};", symbol_of(names_));
        body.line("}}");
        parts.push_back(body.take());
        return parts;
    }

  private:
    static constexpr std::size_t kPart = 1 << 20;

    // All bases up to IUnknown are known and can be sent too.
    static bool remotable(const Interface& interface) {
        const Interface* root = &interface;
        while (root->base) root = root->base;
        return is_unknown(*root);
    }

    const Call& laid_out(const Function& function, const Interface& owner) {
        const auto found = calls_.find(&function);
        if (found != calls_.end()) return found->second;
        return calls_.emplace(&function, lay_out_call(layout_, function, owner, diagnostics_)).first->second;
    }

    void emit_interface(const Interface& interface, Output& out, CallEmitter& calls) {
        out.line("// {} {:-<{}}", interface.name, "", std::max<int>(1, 110 - static_cast<int>(interface.name.size())));
        out.blank();
        out.open("class {0}_Proxy final : public odc::com::Proxy<{0}> {{", interface.name);
        out.outdent();
        out.line("  public:");
        out.indent();
        out.line("using Proxy::Proxy;");
        out.line("const odc::Guid& proxy_iid() const override {{ return IID_{}; }}", interface.name);
        for (const auto& [owner, function] : all_methods(interface)) {
            if (is_unknown(*owner)) continue;
            out.blank();
            out.text_line(idl_line(*function));
            const std::string result = local_type(function->result);
            const std::string head = result + " STDMETHODCALLTYPE " + method_name(*function) + "(" + parameters_of(*function) + ") override {";
            if (function->call_as) {
                out.open("{}", head);
                out.line("return {}_{}_Proxy(this{});", owner->name, method_name(*function), arguments_of(*function));
                out.close();
            } else if (function->attributes.has(AttributeKind::local) || owner->is_local()) {
                out.open("{}", head);
                for (const auto& parameter : function->parameters) out.line("(void){};", parameter.name);
                // [local] without [call_as] has no wire form by definition: the slot exists, a call through a proxy cannot.
                if (!is_void(function->result)) out.line("return {};", result == "HRESULT" ? "E_NOTIMPL" : "{}");
                out.close();
            } else {
                out.open("{}", head);
                out.line("odc::com::ProxyCall call(*this, IID_{}, {});", interface.name, function->opnum);
                client_body(laid_out(*function, *owner), out, calls);
                out.close();
            }
        }
        out.close("};");
        out.blank();
        for (const auto* function : interface.functions) {
            if (function->is_remote_form) remote_form(interface, *function);
        }
        // Stubs of own methods; those of bases are found through the base's table or written again.
        std::vector<std::string> table;
        for (const auto& [owner, function] : all_methods(interface)) {
            if (is_unknown(*owner)) {
                table.push_back("nullptr");
                continue;
            }
            const Function* sent = function->call_as ? function->call_as : function;
            if (!function->call_as && (function->attributes.has(AttributeKind::local) || owner->is_local())) {
                table.push_back("nullptr");
                continue;
            }
            const std::string name = interface.name + "_" + method_name(*sent) + "_Stub";
            stub(interface, *owner, *function, *sent, name, out, calls);
            table.push_back(name);
        }
        out.open("const odc::com::StubMethod {}_methods[] = {{", interface.name);
        for (const auto& entry : table) out.line("{},", entry);
        out.close("};");
        out.blank();
        if (const auto* async = async_form(model_, interface)) {
            const auto laid = [this](const Function& function, const Interface& owner) -> const Call& { return laid_out(function, owner); };
            emit_call_object(model_, interface, *async, laid, diagnostics_, out);
            emit_remote_halves(model_, interface, *async, laid, diagnostics_, remote_forms_);
        }
    }

    void client_body(const Call& call, Output& out, CallEmitter& calls) {
        const bool hresult = call.result && local_type(call.function->result) == "HRESULT";
        const std::string type = call.result ? local_type(call.function->result) : "";
        const std::string failed = hresult ? "out.error()" : call.result ? type + "{}" : "";
        out.line("[[maybe_unused]] odc::ndr::Writer& out = call.request();");
        calls.client_begin(call, failed);
        calls.client_write(call);
        calls.client_clear(call);
        if (hresult) out.line("if (const HRESULT sent = call.send(); FAILED(sent)) return sent;");
        else out.line("if (FAILED(call.send())) return{};", failed.empty() ? "" : " " + failed);
        calls.client_results(call);
    }

    // The proxy that hand-written code calls: IFoo_RemoteMethod_Proxy(IFoo* This, …).
    void remote_form(const Interface& interface, const Function& function) {
        Output& out = remote_forms_;
        CallEmitter calls(model_, out);
        const std::string parameters = parameters_of(function);
        out.text_line(idl_line(function));
        out.open("EXTERN_C {} STDMETHODCALLTYPE {}_{}_Proxy({}* This{}) {{", local_type(function.result), interface.name, method_name(function),
                 interface.name, parameters.empty() ? "" : ", " + parameters);
        out.line("const odc::com::ProxyCore& core = odc::com::proxy_core(This);");
        out.line("odc::com::ProxyCall call(core, core.proxy_iid(), {});", function.opnum);
        client_body(laid_out(function, interface), out, calls);
        out.close();
        out.blank();
    }

    void stub(const Interface& interface, const Interface& owner, const Function& function, const Function& sent, const std::string& name,
              Output& out, CallEmitter& calls) {
        const Call& call = laid_out(sent, owner);
        const auto* async = async_form(model_, interface);
        if (async && half_call(*async, function, true, "").empty()) async = nullptr;
        const char* const arrived = async ? "arrived" : "call";
        out.text_line(idl_line(sent));
        out.open("HRESULT {}([[maybe_unused]] void* object, odc::com::StubCall& {}) {{", name, arrived);
        out.line("[[maybe_unused]] odc::ndr::Reader& in = {}.request();", arrived);
        calls.server_read(call, true);
        out.line("if (!{}.arguments_ok()) return odc::com::kBadStubData;", arrived);
        calls.server_locals(call);
        const std::string arguments = calls.server_arguments(call);
        std::string invoke;
        if (&sent != &function) {
            invoke = owner.name + "_" + method_name(function) + "_Stub(static_cast<" + owner.name + "*>(static_cast<" + interface.name +
                     "*>(object))" + (arguments.empty() ? "" : ", " + arguments) + ")";
        } else {
            invoke = "static_cast<" + interface.name + "*>(object)->" + method_name(function) + "(" + arguments + ")";
        }
        const bool hresult = call.result && local_type(sent.result) == "HRESULT";
        if (async) {
            out.open("return arrived.serve<{0}>(static_cast<{1}*>(object), IID_{0}, [=](odc::com::StubCall& call, odc::com::ServedStep<{0}>& served_step) mutable -> HRESULT {{",
                     async->name, interface.name);
            served_either(*async, function, call, invoke, out, calls);
        } else if (hresult) {
            out.line("const HRESULT result = call.invoke([&] {{ return {}; }});", invoke);
        } else if (call.result) {
            out.line("{} result{{}};", local_type(sent.result));
            out.line("(void)call.invoke([&] {{ result = {}; return S_OK; }});", invoke);
        } else {
            out.line("(void)call.invoke([&] {{ {}; return S_OK; }});", invoke);
        }
        out.line("[[maybe_unused]] odc::ndr::Writer& out = call.response();");
        calls.server_write(call);
        if (call.result) calls.marshal().write_all(*call.result, "result", {[](const std::string&, bool) { return std::string(); }});
        calls.server_free(call);
        out.line("return call.done();");
        if (async) out.close("});");
        out.close();
        out.blank();
    }

    /// What calls a half of `function` on the call object `served`: for one with a [call_as] form the hand-written stub.
    static std::string half_call(const Interface& async, const Function& function, bool begins, const std::string& arguments) {
        for (const auto& [owner, half] : all_methods(async)) {
            if (half->whole != &function || half->begins != begins) continue;
            if (!half->call_as) return "served." + half->name + "(" + arguments + ")";
            return owner->name + "_" + half->name + "_Stub(&served" + (arguments.empty() ? "" : ", " + arguments) + ")";
        }
        return {};
    }

    /// The step of the object's own call object, where it makes one, or the method.
    static void served_either(const Interface& async, const Function& function, const Call& call, const std::string& invoke, Output& out,
                              CallEmitter& calls) {
        const bool hresult = call.result && local_type(call.function->result) == "HRESULT";
        const std::string begin = half_call(async, function, true, calls.server_arguments(call, CallEmitter::Which::in));
        const std::string finish = half_call(async, function, false, calls.server_arguments(call, CallEmitter::Which::out));
        const auto body = [&](const std::string& expression, bool gives) {
            return hresult ? "return " + expression + ";" : (gives && call.result ? "result = " : "(void)") + expression + "; return S_OK;";
        };
        if (!hresult && call.result) out.line("{} result{{}};", local_type(call.function->result));
        out.open("{} = call.invoke(", hresult ? "const HRESULT result" : "[[maybe_unused]] const HRESULT served_result");
        out.line("served_step,");
        out.line("[&]({}& served) {{ {} }},", async.name, body(begin, false));
        out.line("[&]({}& served) {{ {} }},", async.name, body(finish, true));
        out.line("[&] {{ {} }});", body(invoke, true));
        out.outdent();
        out.line("if (served_step.begun) return S_OK;");
    }

    const Model& model_;
    const OutputNames& names_;
    Diagnostics& diagnostics_;
    Layout layout_;
    std::map<const Function*, Call> calls_;
    Output remote_forms_;
};

}  // namespace

Pieces emit_proxies(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    return ProxyEmitter(model, names, diagnostics).run();
}

std::string emit_dlldata(const Model& model, const OutputNames& names) {
    const Interface* first = nullptr;
    for (const auto* interface : own_interfaces(model)) {
        if (interface->is_object() && !interface->is_local() && interface->has_id && !interface->is_dispinterface) {
            first = interface;
            break;
        }
    }
    if (!first) return {};
    Output out;
    out.line("// Written by midl from {}. Do not edit.", names.idl);
    out.line("#include \"{}\"", names.header);
    out.blank();
    out.line("#include \"opendcom/com/interface_info.h\"");
    out.blank();
    out.line("extern \"C\" const odc::com::ProxyFile {}_ProxyFile;", symbol_of(names));
    out.line("namespace {{");
    out.line("const odc::com::ProxyFile* const kFiles[] = {{&{}_ProxyFile}};", symbol_of(names));
    out.line("}}");
    out.blank();
    out.open("STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void** object) {{");
    out.line("return odc::com::proxy_file_class_object(kFiles, IID_{}, clsid, iid, object);", first->name);
    out.close();
    out.line("STDAPI DllCanUnloadNow(void) {{ return S_FALSE; }}");
    out.open("STDAPI DllRegisterServer(void) {{");
    out.line("return odc::com::register_proxy_library(kFiles, IID_{}, kFiles, false);", first->name);
    out.close();
    out.open("STDAPI DllUnregisterServer(void) {{");
    out.line("return odc::com::register_proxy_library(kFiles, IID_{}, kFiles, true);", first->name);
    out.close();
    return out.take();
}

}  // namespace odc::midl
