// Handlers: objects in the client's process that speak for an imported one (OBJREF_HANDLER, MS-DCOM 2.2.18.5).
#include "base/guid.h"
#include "base/log.h"
#include "com/apartment.h"
#include "com/marshal.h"
#include "com/proxy_manager.h"
#include "registry/class_records.h"

namespace odc::com {

HRESULT ProxyManager::Alone::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == __uuidof(IUnknown)) {
        *object = this;
        return S_OK;
    }
    if ((*object = manager_.own_interface(iid))) {
        manager_.AddRef();
        return S_OK;
    }
    return manager_.query_proxies(iid, object);
}

void ProxyManager::use_handler(const Guid& clsid) {
    ComPtr<IClassFactory> factory;
    ComPtr<IUnknown> inner;
    HRESULT hr = CoGetClassObject(clsid, CLSCTX_INPROC_HANDLER | CLSCTX_INPROC_SERVER, nullptr, __uuidof(IClassFactory), factory.put_void());
    if (SUCCEEDED(hr)) hr = factory->CreateInstance(identity(), __uuidof(IUnknown), inner.put_void());
    if (FAILED(hr) || !inner) {
        log::info("com", "handler class {} of an object is not used: {:#010x}", to_string(clsid), static_cast<std::uint32_t>(hr));
        inner.reset();
    }
    Lock lock(mutex_);
    if (handler_class_ != GUID_NULL) return;
    handler_class_ = clsid;
    handler_ = std::move(inner);
}

Guid ProxyManager::handler_class() {
    Lock lock(mutex_);
    return handler_class_;
}

ComPtr<IUnknown> ProxyManager::handler() {
    Lock lock(mutex_);
    return handler_;
}

Guid handler_class_of(IUnknown* object, DWORD destination, void* context) {
    CLSID clsid{};
    ComPtr<IStdMarshalInfo> info;
    if (SUCCEEDED(object->QueryInterface(__uuidof(IStdMarshalInfo), info.put_void())) && info)
        return SUCCEEDED(info->GetClassForHandler(destination, context, &clsid)) ? clsid : GUID_NULL;
    // A persistent object's class may have a handler. Where none is registered, the plain form says the same in fewer bytes.
    ComPtr<IPersist> persist;
    if (FAILED(object->QueryInterface(__uuidof(IPersist), persist.put_void())) || !persist) return GUID_NULL;
    if (FAILED(persist->GetClassID(&clsid)) || clsid == GUID_NULL) return GUID_NULL;
    const auto found = registry::find_class(clsid);
    return found && !(*found)->inproc_handler.empty() ? clsid : GUID_NULL;
}

}  // namespace odc::com
