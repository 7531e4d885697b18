// Imports: objects of other apartments, as we see them. A ProxyManager is the client's identity of one object; it aggregates an
// interface proxy for each interface in use.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "com/channel.h"
#include "com/exporter.h"
#include "objbase.h"
#include "opendcom/com/proxy.h"
#include "orpc/objref.h"

namespace odc::com {

class ProxyManager;

/// {5C1E7A21-3B0E-4F5B-9C41-0D9A2C6E7A01}: a proxy manager answers it with itself, without a reference.
inline constexpr Guid kIidProxyManager = {0x5C1E7A21, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

/// The imports of one apartment.
class ImportTable {
  public:
    explicit ImportTable(Apartment& apartment) : apartment_(apartment) {}

    /// An interface pointer (of type `iid`) on the object that `std` names; takes over its references, also on failure.
    /// `objref_iid` is the interface of the IPID.
    Result<void*> unmarshal(const Ref<Exporter>& exporter, const orpc::StdObjRef& std, const Guid& objref_iid, const Guid& iid)
        ODC_EXCLUDES(mutex_);
    /// A strong table packet of one of these proxies holds the proxy, and by it the object, until `release_table_packet`.
    void keep_for_table_packet(ProxyManager& manager) ODC_EXCLUDES(mutex_);
    /// Lets go of what one strong table packet of `oid` holds; false when none was made here.
    bool release_table_packet(orpc::Oxid oxid, orpc::Oid oid) ODC_EXCLUDES(mutex_);
    /// Gives all remote references back and disconnects the proxies: the apartment ends.
    void release_all() ODC_EXCLUDES(mutex_);
    std::vector<ProxyManager*> all_referenced() ODC_EXCLUDES(mutex_);
    static std::uint64_t count();

  private:
    friend class ProxyManager;
    struct Key {
        orpc::Oxid oxid;
        orpc::Oid oid;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return static_cast<std::size_t>(static_cast<std::uint64_t>(key.oxid) * 0x9E3779B97F4A7C15ull ^
                                            static_cast<std::uint64_t>(key.oid));
        }
    };
    Apartment& apartment_;
    Mutex mutex_;
    std::unordered_map<Key, ProxyManager*, KeyHash> by_object_ ODC_GUARDED_BY(mutex_);
};

/// The identity of one imported object in one apartment: IUnknown of all its proxies, IMultiQI, IMarshal (a proxy marshals as the
/// object that it stands for), IClientSecurity. Any thread of its apartment.
class ProxyManager final : public IMultiQI, public IMarshal {
  public:
    ProxyManager(Apartment& apartment, Ref<Exporter> exporter, orpc::Oid oid);

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override;
    ULONG STDMETHODCALLTYPE Release() override;
    HRESULT STDMETHODCALLTYPE QueryMultipleInterfaces(ULONG count, MULTI_QI* results) override;
    HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID iid, void* object, DWORD destination, void* context, DWORD flags,
                                                CLSID* clsid) override;
    HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID iid, void* object, DWORD destination, void* context, DWORD flags,
                                                DWORD* size) override;
    HRESULT STDMETHODCALLTYPE MarshalInterface(IStream* stream, REFIID iid, void* object, DWORD destination, void* context,
                                               DWORD flags) override;
    HRESULT STDMETHODCALLTYPE UnmarshalInterface(IStream* stream, REFIID iid, void** object) override;
    HRESULT STDMETHODCALLTYPE ReleaseMarshalData(IStream* stream) override;
    HRESULT STDMETHODCALLTYPE DisconnectObject(DWORD) override { return S_OK; }

    IUnknown* identity() { return static_cast<IMultiQI*>(this); }
    Apartment& apartment() const { return apartment_; }
    Exporter& exporter() const { return *exporter_; }
    orpc::Oid oid() const { return oid_; }
    bool pings() const { return pings_; }
    bool connected() const { return connected_; }

    /// Takes over `public_refs` references on an IPID and makes its interface usable. Errors: E_NOINTERFACE.
    Result<> add_interface(const orpc::Ipid& ipid, const Guid& iid, std::uint32_t public_refs) ODC_EXCLUDES(mutex_);
    /// An STDOBJREF for somebody else, with `wanted` references taken from ours or asked of the exporter.
    Result<orpc::StdObjRef> share(const Guid& iid, std::uint32_t wanted) ODC_EXCLUDES(mutex_);
    /// Cuts the proxies off: later calls give CO_E_OBJNOTCONNECTED. Queues the release of the remote references.
    void disconnect() ODC_EXCLUDES(mutex_);
    void no_pings() { pings_ = false; }

  private:
    friend class ImportTable;
    struct Interface {
        Guid iid;
        orpc::Ipid ipid;
        std::uint32_t public_refs = 0;
        void* object = nullptr;                      ///< the proxy's method table; null for IUnknown
        IRpcProxyBuffer* buffer = nullptr;           ///< counted
        ClientChannel* channel = nullptr;            ///< counted
    };
    ~ProxyManager();
    void give_up(bool at_once) ODC_EXCLUDES(mutex_);
    Interface* find(const Guid& iid) ODC_REQUIRES(mutex_);
    /// Asks the exporter for more interfaces; results in `hrs`.
    Result<> query_remote(std::span<const Guid> iids, std::span<HRESULT> hrs) ODC_EXCLUDES(mutex_);

    Apartment& apartment_;
    Ref<Apartment> apartment_ref_;
    Ref<Exporter> exporter_;
    const orpc::Oid oid_;
    std::atomic<ULONG> references_{1};
    std::atomic<bool> connected_{true};
    std::atomic<bool> pings_{true};
    std::atomic<bool> releases_at_once_{false};  ///< see prompt_release.h
    std::uint32_t table_packets_ = 0;  ///< strong ones, each of which holds a reference; guarded by the import table's mutex
    Mutex mutex_;
    std::vector<Interface> interfaces_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
