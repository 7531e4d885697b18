#include "com/import_table.h"

#include "com/marshal.h"
#include "com/ping_client.h"
#include "com/proxy_manager.h"
#include "com/release_queue.h"
#include "com/remote_references.h"

namespace odc::com {

Result<void*> ImportTable::unmarshal(const Ref<Exporter>& exporter, const orpc::StdObjRef& std, const Guid& handler,
                                     const Guid& objref_iid, const Guid& iid) {
    ProxyManager* found;
    bool is_new = false;
    {
        Lock lock(mutex_);
        auto& entry = by_object_[{exporter.get(), std.oid}];
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
    if (is_new && handler != GUID_NULL) found->use_handler(handler);
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

bool ImportTable::release_table_packet(const Exporter& exporter, orpc::Oid oid) {
    ProxyManager* manager = nullptr;
    {
        Lock lock(mutex_);
        const auto found = by_object_.find({&exporter, oid});
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

}  // namespace odc::com
