#include "com/proxy_manager.h"

#include "com/apartment.h"
#include "com/import_table.h"
#include "com/ping_client.h"
#include "com/prompt_release.h"
#include "com/proxy_registry.h"
#include "com/release_queue.h"
#include "com/remote_references.h"
#include "opendcom/com/proxy.h"

namespace odc::com {

ProxyManager::ProxyManager(Apartment& apartment, Ref<Exporter> exporter, orpc::Oid oid)
    : apartment_(apartment), apartment_ref_(Ref<Apartment>::share(&apartment)), exporter_(std::move(exporter)), oid_(oid) {
    ImportTable::count_.fetch_add(1, std::memory_order_relaxed);
}

ProxyManager::~ProxyManager() {
    references_ = 1;  // a handler that goes may still hold and drop references on its outer
    handler_.reset();
    give_up(releases_at_once_);
    for (const auto* entries : {&interfaces_, &copies_})
        for (const auto& entry : *entries) let_go(entry);
    ImportTable::count_.fetch_sub(1, std::memory_order_relaxed);
}

ULONG ProxyManager::AddRef() { return ++references_; }

ULONG ProxyManager::Release() {
    // The last reference goes under the table's lock, so that an unmarshal cannot revive a manager that is being destroyed.
    ULONG held = references_.load();
    while (held > 1)
        if (references_.compare_exchange_weak(held, held - 1)) return held - 1;
    {
        auto& table = apartment_.imports();
        Lock lock(table.mutex_);
        if (--references_ != 0) return references_;
        const auto found = table.by_object_.find({exporter_.get(), oid_});
        if (found != table.by_object_.end() && found->second == this) table.by_object_.erase(found);
    }
    const bool pinged = !exporter_->in_process();
    delete this;
    if (pinged) PingClient::instance().changed();
    return 0;
}

ProxyManager::Interface* ProxyManager::find(const Guid& iid) {
    for (auto& entry : interfaces_)
        if (entry.iid == iid) return &entry;
    return nullptr;
}

Result<> ProxyManager::connect_proxy(Interface& made) {
    const auto source = ODC_TRY(ProxyRegistry::instance().find(made.iid));
    if (source.info) {
        made.info = source.info;
        made.buffer = source.info->create_proxy(identity(), &made.object)->buffer();
    } else {
        if (const HRESULT hr = source.factory->CreateProxy(identity(), made.iid, &made.buffer, &made.object); FAILED(hr)) return fail(hr);
        static_cast<IUnknown*>(made.object)->Release();  // aggregated: its count is ours, and would never fall to zero
    }
    made.channel = new ClientChannel(apartment_, exporter_, made.ipid);
    made.buffer->Connect(made.channel);
    return {};
}

void ProxyManager::let_go(const Interface& entry) {
    if (entry.buffer) entry.buffer->Release();
    if (entry.channel) entry.channel->Release();
}

Result<> ProxyManager::add_interface(const orpc::Ipid& ipid, const Guid& iid, std::uint32_t public_refs) {
    {
        Lock lock(mutex_);
        if (Interface* known = find(iid)) {
            if (known->ipid == ipid) known->public_refs += public_refs;
            else give_back(exporter_, ipid, public_refs);
            return {};
        }
    }
    if (is_released_at_once(iid)) releases_at_once_ = true;
    Interface made{iid, ipid, public_refs, nullptr, nullptr, nullptr, nullptr, nullptr};
    if (iid != __uuidof(IUnknown)) {
        if (auto connected = connect_proxy(made); !connected) {
            give_back(exporter_, ipid, public_refs);
            return connected;
        }
    }
    Lock lock(mutex_);
    if (Interface* known = find(iid)) {  // another thread was faster
        if (known->ipid == ipid) known->public_refs += public_refs;
        lock.unlock();
        let_go(made);
        return {};
    }
    interfaces_.push_back(made);
    return {};
}

HRESULT ProxyManager::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == kIidProxyManager) {
        *object = this;  // private, without a reference, from any apartment
        return S_OK;
    }
    if ((*object = own_interface(iid))) {
        AddRef();
        return S_OK;
    }
    // The handler speaks for the object; what it does not have, the object is asked for.
    if (const auto handler = this->handler(); handler && SUCCEEDED(handler->QueryInterface(iid, object))) return S_OK;
    return query_proxies(iid, object);
}

void* ProxyManager::own_interface(const Guid& iid) {
    if (iid == __uuidof(IUnknown) || iid == __uuidof(IMultiQI)) return static_cast<IMultiQI*>(this);
    if (iid == __uuidof(IMarshal)) return static_cast<IMarshal*>(this);
    if (iid == __uuidof(IClientSecurity)) return static_cast<IClientSecurity*>(this);
    if (iid == __uuidof(ICallFactory) && makes_calls()) return static_cast<ICallFactory*>(this);
    return nullptr;
}

HRESULT ProxyManager::query_proxies(const Guid& iid, void** object) {
    if (iid == __uuidof(ICallFactory)) return E_NOINTERFACE;  // the object's own is for its own apartment
    {
        Lock lock(mutex_);
        if (const Interface* known = find(iid); known && known->object) {
            AddRef();
            *object = known->object;
            return S_OK;
        }
    }
    return abi([&]() -> HRESULT {
        Apartment* here = Apartment::current();
        if (!here) return CO_E_NOTINITIALIZED;
        if (here != &apartment_) return RPC_E_WRONG_THREAD;
        HRESULT hr = E_NOINTERFACE;
        const auto asked = query_remote({&iid, 1}, {&hr, 1});
        if (!asked) return asked.code();
        if (FAILED(hr)) return hr;
        Lock lock(mutex_);
        const Interface* made = find(iid);
        if (!made || !made->object) return E_NOINTERFACE;
        AddRef();
        *object = made->object;
        return S_OK;
    });
}

Result<> ProxyManager::query_remote(std::span<const Guid> iids, std::span<HRESULT> hrs) {
    if (!connected_) return fail(CO_E_OBJNOTCONNECTED);
    // Nobody here could use an interface without a proxy: then there is nothing to ask.
    std::vector<Guid> wanted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < iids.size(); ++i) {
        hrs[i] = E_NOINTERFACE;
        if (iids[i] != __uuidof(IUnknown) && !ProxyRegistry::instance().find(iids[i])) continue;
        wanted.push_back(iids[i]);
        places.push_back(i);
    }
    if (wanted.empty()) return {};
    orpc::Ipid ipid;
    {
        Lock lock(mutex_);
        if (interfaces_.empty()) return fail(CO_E_OBJNOTCONNECTED);
        ipid = interfaces_.front().ipid;
    }
    const auto results = ODC_TRY(ask_for_interfaces(*exporter_, ipid, wanted));
    for (std::size_t i = 0; i < results.size(); ++i) {
        hrs[places[i]] = results[i].hr;
        if (FAILED(results[i].hr)) continue;
        const auto added = add_interface(results[i].std.ipid, wanted[i], results[i].std.public_refs);
        if (!added) hrs[places[i]] = added.code();
    }
    return {};
}

HRESULT ProxyManager::QueryMultipleInterfaces(ULONG count, MULTI_QI* results) {
    if (!results) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        std::vector<Guid> missing;
        {
            Lock lock(mutex_);
            for (ULONG i = 0; i < count; ++i)
                if (!find(*results[i].pIID)) missing.push_back(*results[i].pIID);
        }
        std::vector<HRESULT> hrs(missing.size(), E_NOINTERFACE);
        if (!missing.empty())
            if (const auto asked = query_remote(missing, hrs); !asked) return asked.code();  // one round trip for all of them
        ULONG got = 0;
        for (ULONG i = 0; i < count; ++i) {
            bool available = own_interface(*results[i].pIID) != nullptr;
            if (!available) {
                Lock lock(mutex_);
                available = find(*results[i].pIID) != nullptr;
            }
            results[i].hr = available ? QueryInterface(*results[i].pIID, reinterpret_cast<void**>(&results[i].pItf)) : E_NOINTERFACE;
            if (FAILED(results[i].hr)) results[i].pItf = nullptr;
            else ++got;
        }
        return got == count ? S_OK : got ? S_FALSE : E_NOINTERFACE;
    });
}

Result<orpc::StdObjRef> ProxyManager::share(const Guid& iid, std::uint32_t wanted) {
    if (!connected_) return fail(CO_E_OBJNOTCONNECTED);
    for (int attempt = 0; attempt < 2; ++attempt) {
        Lock lock(mutex_);
        if (Interface* entry = find(iid)) {
            orpc::StdObjRef std{0, 0, exporter_->oxid, oid_, entry->ipid};
            if (wanted == 0) return std;
            std.public_refs = wanted;
            const auto ipid = entry->ipid;
            lock.unlock();
            ODC_TRY(ask_for_refs(*exporter_, ipid, wanted));
            return std;
        }
        lock.unlock();
        HRESULT hr = E_NOINTERFACE;
        ODC_TRY(query_remote({&iid, 1}, {&hr, 1}));
        if (FAILED(hr)) return fail(hr);
    }
    return fail(E_NOINTERFACE);
}

void ProxyManager::disconnect() { give_up(false); }

void ProxyManager::give_up(bool at_once) {
    if (!connected_.exchange(false)) return;
    std::vector<Interface> entries;
    {
        Lock lock(mutex_);
        entries = interfaces_;
        entries.insert(entries.end(), copies_.begin(), copies_.end());
        for (auto& entry : interfaces_) entry.public_refs = 0;
    }
    std::vector<ReleaseQueue::Held> held;
    for (const auto& entry : entries) {
        if (entry.channel) entry.channel->disconnect();
        if (entry.buffer) entry.buffer->Disconnect();
        if (!at_once || exporter_->in_process()) give_back(exporter_, entry.ipid, entry.public_refs);
        else if (entry.public_refs) held.push_back({entry.ipid, entry.public_refs});
    }
    ReleaseQueue::send_now(exporter_, held);
}

// IMarshal: a proxy marshals as the object that it stands for -----------------------------------------------------------

HRESULT ProxyManager::GetUnmarshalClass(REFIID, void*, DWORD, void*, DWORD, CLSID* clsid) {
    if (!clsid) return E_POINTER;
    *clsid = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
    return S_OK;
}

HRESULT ProxyManager::GetMarshalSizeMax(REFIID iid, void*, DWORD destination, void* context, DWORD flags, DWORD* size) {
    return CoGetMarshalSizeMax(size, iid, identity(), destination, context, flags);
}

HRESULT ProxyManager::MarshalInterface(IStream* stream, REFIID iid, void*, DWORD destination, void* context, DWORD flags) {
    return CoMarshalInterface(stream, iid, identity(), destination, context, flags);
}

HRESULT ProxyManager::UnmarshalInterface(IStream* stream, REFIID iid, void** object) { return CoUnmarshalInterface(stream, iid, object); }
HRESULT ProxyManager::ReleaseMarshalData(IStream* stream) { return CoReleaseMarshalData(stream); }

}  // namespace odc::com
