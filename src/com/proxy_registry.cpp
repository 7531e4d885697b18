#include "com/proxy_registry.h"

#include "base/log.h"
#include "com/apartment.h"
#include "com/class_table.h"

// What midl wrote for the interfaces of the runtime's own IDL.
extern "C" const odc::com::ProxyFile unknwn_ProxyFile, objidl_ProxyFile, dcom_ProxyFile;

namespace odc::com {

ProxyRegistry& ProxyRegistry::instance() {
    static auto* registry = [] {
        auto* made = new ProxyRegistry;
        for (const ProxyFile* own : {&unknwn_ProxyFile, &objidl_ProxyFile, &dcom_ProxyFile}) made->add(*own);
        return made;
    }();
    return *registry;
}

std::string key_of(const char* parent, const Guid& guid) { return std::string(parent) + "\\" + to_string(guid); }

void ProxyRegistry::add(const ProxyFile& file) {
    Lock lock(mutex_);
    for (const auto& info : file.interfaces) {
        generated_.try_emplace(*info.iid, &info);
        if (info.async_iid) by_async_.try_emplace(*info.async_iid, &info);
    }
}

const InterfaceInfo* ProxyRegistry::find_by_async(const Guid& async_iid) {
    const auto known = [&]() -> const InterfaceInfo* {
        Lock lock(mutex_);
        const auto found = by_async_.find(async_iid);
        return found == by_async_.end() ? nullptr : found->second;
    };
    if (const auto* info = known()) return info;
    const auto synchronous = synchronous_interface(async_iid);
    if (!synchronous || !find(*synchronous)) return nullptr;
    return known();
}

void ProxyRegistry::set_clsid(const Guid& iid, const Guid& clsid) {
    Lock lock(mutex_);
    registered_[iid] = clsid;
}

void ProxyRegistry::forget_registrations() {
    std::unordered_map<Guid, ComPtr<IPSFactoryBuffer>, GuidHash> dropped;
    Lock lock(mutex_);
    registered_.clear();
    dropped.swap(factories_);
}

std::string ProxyRegistry::name(const Guid& iid) {
    Lock lock(mutex_);
    const auto known = generated_.find(iid);
    return known == generated_.end() ? to_string(iid) : known->second->name;
}

Result<Guid> ProxyRegistry::clsid(const Guid& iid) {
    {
        Lock lock(mutex_);
        if (const auto found = registered_.find(iid); found != registered_.end()) return found->second;
    }
    return proxy_stub_class(iid);
}

Result<ProxySource> ProxyRegistry::find(const Guid& iid) {
    {
        Lock lock(mutex_);
        // A registration of the program goes before what generated code says of itself (behaviour 35).
        if (const auto known = generated_.find(iid); known != generated_.end() && !registered_.contains(iid))
            return ProxySource{known->second, nullptr};
    }
    const auto class_id = clsid(iid);
    if (!class_id) {
        log::warning("com", "interface {} has no proxy: neither linked in, nor CoRegisterPSClsid, nor Interface\\{{iid}}\\ProxyStubClsid32",
                     to_string(iid));
        return fail(E_NOINTERFACE, "no proxy/stub for " + to_string(iid));
    }
    {
        Lock lock(mutex_);
        if (const auto known = factories_.find(*class_id); known != factories_.end()) return ProxySource{nullptr, known->second};
    }
    ComPtr<IPSFactoryBuffer> factory;
    const HRESULT hr = CoGetClassObject(*class_id, CLSCTX_INPROC_SERVER, nullptr, __uuidof(IPSFactoryBuffer), factory.put_void());
    if (FAILED(hr)) {
        log::warning("com", "proxy/stub class {} of interface {} does not load: {:#010x}", to_string(*class_id), to_string(iid),
                     static_cast<std::uint32_t>(hr));
        return fail(E_NOINTERFACE, "proxy/stub class does not load");
    }
    void* shown = nullptr;
    if (SUCCEEDED(factory->QueryInterface(kIidGeneratedFactory, &shown))) {
        for (const ProxyFile* file : static_cast<GeneratedFactory*>(shown)->files()) add(*file);
        factory->Release();  // what the query took; the library stays loaded
        Lock lock(mutex_);
        if (const auto known = generated_.find(iid); known != generated_.end()) return ProxySource{known->second, nullptr};
    }
    Lock lock(mutex_);
    factories_[*class_id] = factory;
    return ProxySource{nullptr, factory};
}

}  // namespace odc::com

WINOLEAPI CoGetPSClsid(REFIID iid, CLSID* clsid) {
    if (!clsid) return E_INVALIDARG;
    *clsid = GUID_NULL;
    const auto found = odc::com::ProxyRegistry::instance().clsid(iid);
    if (!found) return REGDB_E_IIDNOTREG;
    *clsid = *found;
    return S_OK;
}

WINOLEAPI CoRegisterPSClsid(REFIID iid, REFCLSID clsid) {
    if (!odc::com::Apartment::current()) return CO_E_NOTINITIALIZED;
    odc::com::ProxyRegistry::instance().set_clsid(iid, clsid);
    return S_OK;
}
