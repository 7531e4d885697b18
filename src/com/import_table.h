// Imports: objects of other apartments, as we see them; each is a ProxyManager.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "com/exporter.h"
#include "orpc/objref.h"

namespace odc::com {

class ProxyManager;

/// The imports of one apartment.
class ImportTable {
  public:
    explicit ImportTable(Apartment& apartment) : apartment_(apartment) {}

    /// An interface pointer (of type `iid`) on the object that `std` names; takes over its references, also on failure.
    /// `objref_iid` is the interface of the IPID, `handler` a class that shall speak for the object here, or GUID_NULL.
    Result<void*> unmarshal(const Ref<Exporter>& exporter, const orpc::StdObjRef& std, const Guid& handler, const Guid& objref_iid, const Guid& iid)
        ODC_EXCLUDES(mutex_);
    /// A strong table packet of one of these proxies holds the proxy, and by it the object, until `release_table_packet`.
    void keep_for_table_packet(ProxyManager& manager) ODC_EXCLUDES(mutex_);
    /// Lets go of what one strong table packet of `oid` holds; false when none was made here.
    bool release_table_packet(const Exporter& exporter, orpc::Oid oid) ODC_EXCLUDES(mutex_);
    /// Gives all remote references back and disconnects the proxies: the apartment ends.
    void release_all() ODC_EXCLUDES(mutex_);
    std::vector<ProxyManager*> all_referenced() ODC_EXCLUDES(mutex_);
    static std::uint64_t count() { return count_.load(std::memory_order_relaxed); }

  private:
    friend class ProxyManager;
    struct Key {
        const Exporter* exporter;  ///< held by the manager
        orpc::Oid oid;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(key.exporter) * 0x9E3779B97F4A7C15ull ^
                                            static_cast<std::uint64_t>(key.oid));
        }
    };
    static inline std::atomic<std::uint64_t> count_{0};  ///< of the process
    Apartment& apartment_;
    Mutex mutex_;
    std::unordered_map<Key, ProxyManager*, KeyHash> by_object_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
