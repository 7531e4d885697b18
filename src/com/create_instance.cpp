// CoGetClassObject and CoCreateInstance(Ex): the activation algorithm of the article's Figure 8, with RemoteServerName at its end.
#include "base/log.h"
#include "base/utf16.h"
#include "com/activation.h"
#include "com/apartment.h"
#include "com/builtin_classes.h"
#include "com/class_table.h"
#include "com/component_library.h"
#include "com/marshal.h"
#include "com/process_endpoint.h"
#include "com/resolver.h"
#include "registry/class_records.h"

namespace odc::com {
namespace {

constexpr DWORD kServerContexts = CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER;

/// Where a class was found, as far as its place decides what happens next.
struct ClassSource {
    ComPtr<IUnknown> class_object;  ///< set: in this process
    bool ask_scm = false;           ///< otherwise: this host's daemon, or `host`
    std::string host;
};

std::string host_of(const COSERVERINFO* server) { return server && server->pwszName ? to_utf8_z(server->pwszName) : std::string(); }

/// The algorithm, up to the point where an SCM has to be asked.
Result<ClassSource> locate(const Guid& asked, DWORD context, const COSERVERINFO* server, const Guid& factory_iid) {
    Apartment* here = ODC_TRY(require_apartment());
    const std::string host = host_of(server);
    if (!host.empty() && !is_this_host(host)) {
        if ((context & CLSCTX_REMOTE_SERVER) == 0) return fail(REGDB_E_CLASSNOTREG, "a host is named, but CLSCTX_REMOTE_SERVER is not");
        return ClassSource{nullptr, true, host};
    }
    Guid clsid = asked;
    if (auto emulating = registry::treat_as(asked)) clsid = *emulating;
    if (context & CLSCTX_INPROC_SERVER) {
        if (auto own = ClassTable::instance().find_in_apartment(clsid, *here)) return ClassSource{own, false, {}};
        if (auto builtin = builtin_class_object(clsid)) return ClassSource{builtin, false, {}};
    }
    auto found = registry::find_class(clsid);
    const registry::ClassRecord none{};
    const auto& record = found ? **found : none;
    if (context & CLSCTX_INPROC_SERVER && !record.inproc_server.empty())
        return ClassSource{ODC_TRY(library_class_object(clsid, record.inproc_server, record.threading_model, factory_iid)), false, {}};
    if (context & CLSCTX_INPROC_HANDLER && !record.inproc_handler.empty())
        return ClassSource{ODC_TRY(library_class_object(clsid, record.inproc_handler, record.handler_threading_model, factory_iid)), false, {}};
    if (context & CLSCTX_LOCAL_SERVER) {
        const auto objref = ODC_TRY(ClassTable::instance().find_in_process(clsid, factory_iid));
        if (!objref.empty()) {
            ByteReader in(objref);
            return ClassSource{ComPtr<IUnknown>::attach(static_cast<IUnknown*>(ODC_TRY(unmarshal_interface(in, factory_iid)))), false, {}};
        }
        const bool registered = !record.local_server.empty() || !record.local_service.empty() || (record.app && record.app->has_dll_surrogate);
        // A class that a running program registered needs no registry entry; without a daemon nothing runs.
        if (registered || (record.remote_server_name.empty() && daemon_is_running())) return ClassSource{nullptr, true, {}};
    }
    // The legacy way (article, "Remote Instantiation"): the client names no host, the registry does.
    if (context & kServerContexts && !record.remote_server_name.empty())
        return ClassSource{nullptr, true, record.remote_server_name};
    return fail(REGDB_E_CLASSNOTREG, "class " + to_string(clsid) + " is not registered for this class context");
}

Guid treated(const Guid& clsid) {
    const auto emulating = registry::treat_as(clsid);
    return emulating ? *emulating : clsid;
}

/// Logs why a class was not found. What other hosts and daemons answer is logged where they are asked.
HRESULT not_located(const Guid& clsid, DWORD context, const Error& why) {
    log::info("com", "class {} cannot be had for class context {:#x}: {:#010x} {}", to_string(clsid), context, static_cast<std::uint32_t>(why.code()),
              why.text());
    return why.code();
}

HRESULT create(REFCLSID clsid, IUnknown* outer, DWORD context, COSERVERINFO* server, std::span<MULTI_QI> results) {
    auto found = locate(clsid, context, server, __uuidof(IClassFactory));
    if (!found) return not_located(clsid, context, found.error());
    if (!found->ask_scm) {
        const auto factory = found->class_object.as<IClassFactory>();
        if (!factory) return E_NOINTERFACE;
        ComPtr<IUnknown> object;
        const Guid& first = *results.front().pIID;
        if (const HRESULT hr = factory->CreateInstance(outer, first, object.put_void()); FAILED(hr)) return hr;
        ULONG got = 0;
        for (auto& one : results) {
            one.hr = object->QueryInterface(*one.pIID, reinterpret_cast<void**>(&one.pItf));
            if (FAILED(one.hr)) one.pItf = nullptr;
            else ++got;
        }
        return got == results.size() ? S_OK : got ? CO_S_NOTALLINTERFACES : E_NOINTERFACE;
    }
    if (outer) return CLASS_E_NOAGGREGATION;
    ActivationCall call{treated(clsid), context, false, {}, found->host};
    for (const auto& one : results) call.iids.push_back(*one.pIID);
    auto activated = activate(call);
    if (!activated) return activated.code();
    ULONG got = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& one = (*activated)[i];
        results[i].hr = one.hr;
        results[i].pItf = one.object.detach();
        if (SUCCEEDED(one.hr)) ++got;
    }
    return got == results.size() ? S_OK : got ? CO_S_NOTALLINTERFACES : results.front().hr;
}

}  // namespace
}  // namespace odc::com

using namespace odc;
using namespace odc::com;

WINOLEAPI CoGetClassObject(REFCLSID clsid, DWORD context, COSERVERINFO* server, REFIID iid, LPVOID* object) {
    if (!object) return E_INVALIDARG;
    *object = nullptr;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&]() -> HRESULT {
        auto found = locate(clsid, context, server, iid);
        if (!found) return not_located(clsid, context, found.error());
        if (!found->ask_scm) return found->class_object->QueryInterface(iid, object);
        auto activated = activate({treated(clsid), context, true, {iid}, found->host});
        if (!activated) return activated.code();
        *object = activated->front().object.detach();
        return activated->front().hr;
    });
}

WINOLEAPI CoCreateInstance(REFCLSID clsid, IUnknown* outer, DWORD context, REFIID iid, LPVOID* object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&]() -> HRESULT {
        MULTI_QI result{&iid, nullptr, S_OK};
        const HRESULT hr = create(clsid, outer, context, nullptr, {&result, 1});
        *object = result.pItf;
        return FAILED(hr) ? hr : result.hr;
    });
}

WINOLEAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown* outer, DWORD context, COSERVERINFO* server, DWORD count, MULTI_QI* results) {
    if (count == 0 || !results) return E_INVALIDARG;
    for (DWORD i = 0; i < count; ++i) {
        if (!results[i].pIID) return E_INVALIDARG;
        results[i].pItf = nullptr;
        results[i].hr = E_NOINTERFACE;
    }
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&]() -> HRESULT {
        const HRESULT hr = create(clsid, outer, context, server, {results, count});
        if (FAILED(hr))
            for (DWORD i = 0; i < count; ++i)
                if (!results[i].pItf) results[i].hr = hr;
        return hr;
    });
}

WINOLEAPI CoGetTreatAsClass(REFCLSID clsidOld, CLSID* clsidNew) {
    if (!clsidNew) return E_INVALIDARG;
    *clsidNew = treated(clsidOld);
    return *clsidNew == clsidOld ? S_FALSE : S_OK;
}

WINOLEAPI CoTreatAsClass(REFCLSID clsidOld, REFCLSID clsidNew) {
    return abi([&]() -> Result<> {
        const auto reg = ODC_TRY(registry::Registry::current());
        const auto path = [](const Guid& clsid) { return registry::KeyPath::parse("HKEY_CLASSES_ROOT\\CLSID\\" + to_string(clsid)); };
        const auto key = ODC_TRY(path(clsidOld));
        if (!ODC_TRY(reg->exists(key))) return fail(REGDB_E_WRITEREGDB);
        const auto treat_as = ODC_TRY(registry::KeyPath::parse("HKEY_CLASSES_ROOT\\CLSID\\" + to_string(clsidOld) + "\\TreatAs"));
        if (clsidNew == GUID_NULL || clsidNew == clsidOld) {
            (void)reg->delete_tree(treat_as);
            return {};
        }
        ODC_TRY(reg->create_key(treat_as));
        return reg->set_value(treat_as, registry::Value::text("", to_string(clsidNew)));
    });
}
