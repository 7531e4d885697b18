// A ProxyManager is the client's identity of one imported object; it aggregates an interface proxy for each interface in use.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "com/blanket.h"
#include "com/channel.h"
#include "com/exporter.h"
#include "objbase.h"
#include "opendcom/com/proxy.h"
#include "opendcom/com_ptr.h"
#include "orpc/objref.h"

namespace odc::com {

/// {5C1E7A21-3B0E-4F5B-9C41-0D9A2C6E7A01}: a proxy manager answers it with itself, without a reference.
inline constexpr Guid kIidProxyManager = {0x5C1E7A21, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

/// The identity of one imported object in one apartment: IUnknown of all its proxies, IMultiQI, IMarshal (a proxy marshals as the
/// object that it stands for), IClientSecurity, and ICallFactory once it has an interface with an asynchronous form. Any thread of its
/// apartment.
class ProxyManager final : public IMultiQI, public IMarshal, public IClientSecurity, public ICallFactory {
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

    HRESULT STDMETHODCALLTYPE QueryBlanket(IUnknown* proxy, DWORD* authnSvc, DWORD* authzSvc, OLECHAR** serverPrincName, DWORD* authnLevel,
                                           DWORD* impLevel, void** authInfo, DWORD* capabilities) override;
    HRESULT STDMETHODCALLTYPE SetBlanket(IUnknown* proxy, DWORD authnSvc, DWORD authzSvc, OLECHAR* serverPrincName, DWORD authnLevel,
                                         DWORD impLevel, void* authInfo, DWORD capabilities) override;
    HRESULT STDMETHODCALLTYPE CopyProxy(IUnknown* proxy, IUnknown** copy) override;
    HRESULT STDMETHODCALLTYPE CreateCall(REFIID iid, IUnknown* outer, REFIID wanted, IUnknown** object) override ODC_EXCLUDES(mutex_);

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

    /// Makes an object of the class, aggregated by this one, which from now on speaks for the imported one (OBJREF_HANDLER). Without such a
    /// class here the plain proxies do. Once per manager, in its apartment.
    void use_handler(const Guid& clsid) ODC_EXCLUDES(mutex_);
    /// The class in use; GUID_NULL without a handler.
    Guid handler_class() ODC_EXCLUDES(mutex_);
    /// For the handler: the proxies without it. Lives as long as this object, and is not counted.
    IUnknown* proxies_alone() { return &alone_; }

  private:
    friend class ImportTable;
    struct Interface {
        Guid iid;
        orpc::Ipid ipid;
        std::uint32_t public_refs = 0;
        void* object = nullptr;                      ///< the proxy's method table; null for IUnknown
        IRpcProxyBuffer* buffer = nullptr;           ///< counted
        ClientChannel* channel = nullptr;            ///< counted
        const InterfaceInfo* info = nullptr;         ///< of a generated proxy
        std::shared_ptr<const Blanket> blanket;      ///< null: the default one
    };
    /// What a handler holds of its outer's proxies.
    class Alone final : public IUnknown {
      public:
        explicit Alone(ProxyManager& manager) : manager_(manager) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
        ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
        ULONG STDMETHODCALLTYPE Release() override { return 1; }

      private:
        ProxyManager& manager_;
    };
    ~ProxyManager();
    void give_up(bool at_once) ODC_EXCLUDES(mutex_);
    Interface* find(const Guid& iid) ODC_REQUIRES(mutex_);
    /// The place of the blanket of an interface pointer on this object; null when it is none of a proxy.
    std::shared_ptr<const Blanket>* blanket_of(IUnknown* proxy) ODC_REQUIRES(mutex_);
    /// Makes the proxy and its channel. Errors: E_NOINTERFACE, what the proxy's factory said.
    Result<> connect_proxy(Interface& made) ODC_EXCLUDES(mutex_);
    static void let_go(const Interface& entry);
    /// The manager's own interfaces, not counted; null for all others.
    void* own_interface(const Guid& iid) ODC_EXCLUDES(mutex_);
    /// Whether some interface in use has an asynchronous form.
    bool makes_calls() ODC_EXCLUDES(mutex_);
    /// The channel of an interface, which the exporter is asked for when it is not in use yet. Errors: E_NOINTERFACE.
    Result<ComPtr<ClientChannel>> channel_of(const Guid& iid) ODC_EXCLUDES(mutex_);
    HRESULT query_proxies(const Guid& iid, void** object) ODC_EXCLUDES(mutex_);
    ComPtr<IUnknown> handler() ODC_EXCLUDES(mutex_);
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
    std::vector<Interface> copies_ ODC_GUARDED_BY(mutex_);  ///< CopyProxy's: with blankets of their own, without references
    std::shared_ptr<const Blanket> identity_blanket_ ODC_GUARDED_BY(mutex_);
    Alone alone_{*this};
    ComPtr<IUnknown> handler_ ODC_GUARDED_BY(mutex_);  ///< its inner unknown
    Guid handler_class_ ODC_GUARDED_BY(mutex_){};
};

}  // namespace odc::com
