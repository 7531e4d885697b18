#include "com/import_table.h"

#include "base/log.h"
#include "com/export_table.h"
#include "com/marshal.h"
#include "com/prompt_release.h"
#include "com/proxy_registry.h"
#include "com/release_queue.h"
#include "com/rem_unknown.h"
#include "com/ping_client.h"
#include "dcom.h"
#include "objbase.h"

namespace odc::com {
namespace {

std::atomic<std::uint64_t> import_count{0};
constexpr std::uint16_t kRemQueryInterface = 3;
constexpr std::uint16_t kRemAddRef = 4;

/// Gives references on one IPID back: in the process at once, elsewhere in a batch.
void give_back(const Ref<Exporter>& exporter, const orpc::Ipid& ipid, std::uint32_t refs) {
    if (refs == 0) return;
    if (!exporter->in_process()) return ReleaseQueue::instance().add(exporter, ipid, refs);
    if (const auto stub = ExportTable::find_stub(ipid); stub && stub->owner()) stub->owner()->release_refs(*stub, refs, 0);
}

/// RemAddRef. Errors: CO_E_OBJNOTREG when the object is gone.
Result<> ask_for_refs(Exporter& exporter, const orpc::Ipid& ipid, std::uint32_t refs) {
    if (exporter.in_process()) {
        const auto stub = ExportTable::find_stub(ipid);
        if (!stub || !stub->owner() || !stub->owner()->add_refs(*stub, refs, 0)) return fail(CO_E_OBJNOTREG);
        return {};
    }
    HRESULT each = E_UNEXPECTED, all = E_UNEXPECTED;
    ODC_TRY(orpc_call(
        exporter, exporter.rem_unknown, __uuidof(IRemUnknown), kRemAddRef,
        [&](ndr::Writer& out) {
            // HRESULT RemAddRef([in] unsigned short cInterfaceRefs, [in, size_is(cInterfaceRefs)] REMINTERFACEREF InterfaceRefs[],
            //                   [out, size_is(cInterfaceRefs)] HRESULT* pResults);
            out.u16(1);
            out.count(1);
            out.guid(ipid.guid);
            out.u32(refs);
            out.u32(0);
        },
        [&](ndr::Reader& in) {
            in.require(in.count(4) == 1);
            each = in.i32();
            all = in.i32();
        }));
    if (FAILED(all)) return fail(all);
    if (FAILED(each)) return fail(each);
    return {};
}

/// RemQueryInterface: STDOBJREFs with kMarshaledRefs references each.
Result<std::vector<RemQiResult>> ask_for_interfaces(Exporter& exporter, const orpc::Ipid& ipid, std::span<const Guid> iids) {
    if (exporter.in_process()) return rem_query_interface(ipid, kMarshaledRefs, iids);
    std::vector<RemQiResult> results;
    HRESULT all = E_UNEXPECTED;
    ODC_TRY(orpc_call(
        exporter, exporter.rem_unknown, __uuidof(IRemUnknown), kRemQueryInterface,
        [&](ndr::Writer& out) {
            // HRESULT RemQueryInterface([in] REFIPID ripid, [in] unsigned long cRefs, [in] unsigned short cIids,
            //                           [in, size_is(cIids)] IID* iids, [out, size_is(,cIids)] PREMQIRESULT* ppQIResults);
            out.guid(ipid.guid);
            out.u32(kMarshaledRefs);
            out.u16(static_cast<std::uint16_t>(iids.size()));
            out.count(iids.size());
            for (const auto& iid : iids) out.guid(iid);
        },
        [&](ndr::Reader& in) {
            if (in.unique()) {
                in.require(in.count(48) == iids.size());
                for (std::size_t i = 0; i < iids.size() && !in.failed(); ++i) {
                    in.align(8);
                    RemQiResult result;
                    result.hr = in.i32();
                    in.align(8);
                    result.std.flags = in.u32();
                    result.std.public_refs = in.u32();
                    result.std.oxid = orpc::Oxid{in.u64()};
                    result.std.oid = orpc::Oid{in.u64()};
                    result.std.ipid.guid = in.guid();
                    results.push_back(result);
                }
            }
            all = in.i32();
        }));
    if (FAILED(all)) return fail(all);
    if (results.size() != iids.size()) return fail_win32(RPC_X_BAD_STUB_DATA);
    return results;
}

}  // namespace

// ImportTable -----------------------------------------------------------------------------------------------------------

std::uint64_t ImportTable::count() { return import_count.load(std::memory_order_relaxed); }

Result<void*> ImportTable::unmarshal(const Ref<Exporter>& exporter, const orpc::StdObjRef& std, const Guid& objref_iid,
                                     const Guid& iid) {
    ProxyManager* found;
    bool is_new = false;
    {
        Lock lock(mutex_);
        auto& entry = by_object_[{std.oxid, std.oid}];
        if (!entry) {
            entry = new ProxyManager(apartment_, exporter, std.oid);
            is_new = true;
        } else {
            entry->AddRef();
        }
        found = entry;
    }
    const auto manager = ComPtr<IUnknown>::attach(found->identity());
    if (is_new && std.flags & orpc::kSorfNoPing) found->no_pings();
    std::uint32_t refs = std.public_refs;
    if (refs == 0) {  // table marshaling: the packet has none to give
        if (auto asked = ask_for_refs(*exporter, std.ipid, kMarshaledRefs); !asked) return std::move(asked.error());
        refs = kMarshaledRefs;
    }
    ODC_TRY(found->add_interface(std.ipid, objref_iid, refs));
    if (is_new && !exporter->in_process()) PingClient::instance().changed();
    void* object = nullptr;
    if (const HRESULT hr = found->QueryInterface(iid, &object); FAILED(hr)) return fail(hr);
    return object;
}

void ImportTable::keep_for_table_packet(ProxyManager& manager) {
    Lock lock(mutex_);
    ++manager.table_packets_;
    manager.AddRef();
}

bool ImportTable::release_table_packet(orpc::Oxid oxid, orpc::Oid oid) {
    ProxyManager* manager = nullptr;
    {
        Lock lock(mutex_);
        const auto found = by_object_.find({oxid, oid});
        if (found == by_object_.end() || found->second->table_packets_ == 0) return false;
        manager = found->second;
        --manager->table_packets_;
    }
    manager->Release();
    return true;
}

void ImportTable::release_all() {
    std::vector<ProxyManager*> managers;
    {
        Lock lock(mutex_);
        for (const auto& [key, manager] : by_object_) {
            manager->AddRef();
            managers.push_back(manager);
            for (; manager->table_packets_ != 0; --manager->table_packets_) managers.push_back(manager);
        }
        by_object_.clear();
    }
    for (ProxyManager* manager : managers) {
        manager->disconnect();
        manager->Release();
    }
    ReleaseQueue::instance().flush();
}

std::vector<ProxyManager*> ImportTable::all_referenced() {
    std::vector<ProxyManager*> managers;
    Lock lock(mutex_);
    for (const auto& [key, manager] : by_object_) {
        manager->AddRef();
        managers.push_back(manager);
    }
    return managers;
}

// ProxyManager ----------------------------------------------------------------------------------------------------------

ProxyManager::ProxyManager(Apartment& apartment, Ref<Exporter> exporter, orpc::Oid oid)
    : apartment_(apartment), apartment_ref_(Ref<Apartment>::share(&apartment)), exporter_(std::move(exporter)), oid_(oid) {
    import_count.fetch_add(1, std::memory_order_relaxed);
}

ProxyManager::~ProxyManager() {
    disconnect();
    for (auto& entry : interfaces_) {
        if (entry.buffer) entry.buffer->Release();
        if (entry.channel) entry.channel->Release();
    }
    import_count.fetch_sub(1, std::memory_order_relaxed);
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
        const auto found = table.by_object_.find({exporter_->oxid, oid_});
        if (found != table.by_object_.end() && found->second == this) table.by_object_.erase(found);
    }
    const bool pinged = !exporter_->in_process();
    give_up(releases_at_once_);
    delete this;
    if (pinged) PingClient::instance().changed();
    return 0;
}

ProxyManager::Interface* ProxyManager::find(const Guid& iid) {
    for (auto& entry : interfaces_)
        if (entry.iid == iid) return &entry;
    return nullptr;
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
    Interface made{iid, ipid, public_refs, nullptr, nullptr, nullptr};
    if (iid != __uuidof(IUnknown)) {
        auto source = ProxyRegistry::instance().find(iid);
        if (!source) {
            give_back(exporter_, ipid, public_refs);
            return std::move(source.error());
        }
        if (source->info) {
            made.buffer = source->info->create_proxy(identity(), &made.object)->buffer();
        } else {
            if (const HRESULT hr = source->factory->CreateProxy(identity(), iid, &made.buffer, &made.object); FAILED(hr)) {
                give_back(exporter_, ipid, public_refs);
                return fail(hr);
            }
            static_cast<IUnknown*>(made.object)->Release();  // aggregated: its count is ours, and would never fall to zero
        }
        made.channel = new ClientChannel(apartment_, exporter_, ipid);
        made.buffer->Connect(made.channel);
    }
    Lock lock(mutex_);
    if (Interface* known = find(iid)) {  // another thread was faster
        if (known->ipid == ipid) known->public_refs += public_refs;
        lock.unlock();
        if (made.buffer) made.buffer->Release();
        if (made.channel) made.channel->Release();
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
    if (iid == __uuidof(IUnknown) || iid == __uuidof(IMultiQI) || iid == __uuidof(IMarshal)) {
        if (iid == __uuidof(IMarshal)) *object = static_cast<IMarshal*>(this);
        else *object = static_cast<IMultiQI*>(this);
        AddRef();
        return S_OK;
    }
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
            bool available = *results[i].pIID == __uuidof(IUnknown) || *results[i].pIID == __uuidof(IMarshal) ||
                             *results[i].pIID == __uuidof(IMultiQI);
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
