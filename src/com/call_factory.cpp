// ICallFactory of proxies: call objects for interfaces with an asynchronous form.
#include "com/apartment.h"
#include "com/call_object.h"
#include "com/proxy_manager.h"
#include "com/proxy_registry.h"

namespace odc::com {

bool ProxyManager::makes_calls() {
    Lock lock(mutex_);
    for (const auto& entry : interfaces_)
        if (entry.info && entry.info->async_iid) return true;
    return false;
}

Result<ComPtr<ClientChannel>> ProxyManager::channel_of(const Guid& iid) {
    const auto known = [&]() -> ComPtr<ClientChannel> {
        Lock lock(mutex_);
        const Interface* entry = find(iid);
        return entry && entry->info ? ComPtr<ClientChannel>::share(entry->channel) : nullptr;
    };
    if (auto channel = known()) return channel;
    HRESULT hr = E_NOINTERFACE;
    ODC_TRY(query_remote({&iid, 1}, {&hr, 1}));
    if (FAILED(hr)) return fail(hr);
    if (auto channel = known()) return channel;
    return fail(E_NOINTERFACE);
}

HRESULT ProxyManager::CreateCall(REFIID iid, IUnknown* outer, REFIID wanted, IUnknown** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer && wanted != __uuidof(IUnknown)) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        Apartment* here = Apartment::current();
        if (!here) return CO_E_NOTINITIALIZED;
        if (here != &apartment_) return RPC_E_WRONG_THREAD;
        const auto* info = ProxyRegistry::instance().find_by_async(iid);
        if (!info) return E_NOINTERFACE;
        auto channel = channel_of(*info->iid);
        if (!channel) return channel.code();
        const auto made = ComPtr<IUnknown>::attach(info->create_call({outer, identity(), channel->get(), info->iid})->inner());
        return made->QueryInterface(wanted, reinterpret_cast<void**>(object));
    });
}

}  // namespace odc::com
