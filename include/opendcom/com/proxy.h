// What generated proxies are made of. A proxy is an interface's method table whose methods write a request, send it
// through a channel and read the reply; the proxy manager of the object aggregates it.
#pragma once

#include <cstddef>
#include <new>

#include "opendcom/com/interface_info.h"
#include "opendcom/ndr/reader.h"

struct IUnknown;
struct IRpcChannelBuffer;
struct IRpcProxyBuffer;

namespace odc::com {

/// The part of a proxy that does not depend on its interface: outer unknown, channel, lifetime.
/// It lies directly behind the method table pointer of the interface, in every generated proxy.
class ODC_API ProxyCore {
  public:
    explicit ProxyCore(IUnknown* outer);
    virtual ~ProxyCore();
    ProxyCore(const ProxyCore&) = delete;
    ProxyCore& operator=(const ProxyCore&) = delete;

    HRESULT query_outer(REFIID iid, void** object) const;
    ULONG add_ref_outer() const;
    ULONG release_outer() const;
    /// The interface this proxy was made for.
    virtual const Guid& proxy_iid() const = 0;
    /// The IRpcProxyBuffer that the proxy manager holds; one reference belongs to the caller of `create`.
    IRpcProxyBuffer* buffer() const { return buffer_; }

  private:
    friend class ProxyCall;
    friend class ProxyBuffer;
    IUnknown* outer_;                        // not counted: the outer owns the proxy
    IRpcProxyBuffer* buffer_ = nullptr;      // this proxy's inner object
    IRpcChannelBuffer* channel_ = nullptr;   // counted while connected
    class ClientChannel* fast_ = nullptr;    // the same channel when it is our own
};

/// `class IPager_Proxy final : public odc::com::Proxy<IPager>` overrides the methods of IPager and its bases.
template <class Interface>
class Proxy : public Interface, public ProxyCore {
  public:
    using ProxyCore::ProxyCore;
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return query_outer(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return add_ref_outer(); }
    ULONG STDMETHODCALLTYPE Release() override { return release_outer(); }
};

/// Room that a channel needs for a call under way.
inline constexpr std::size_t kCallStateSize = 320;

/// The core of a generated proxy, from any interface pointer to it.
template <class Interface>
const ProxyCore& proxy_core(Interface* proxy) {
    static_assert(sizeof(Interface) == sizeof(void*));
    return *reinterpret_cast<const ProxyCore*>(reinterpret_cast<const char*>(proxy) + sizeof(void*));
}

/// What InterfaceInfo::create_proxy points to.
template <class GeneratedProxy>
ProxyCore* create_proxy(IUnknown* outer, void** object) {
    auto* made = new (std::nothrow) GeneratedProxy(outer);
    if (made) *object = static_cast<void*>(made);
    return made;
}

/// One call through a proxy. On the stack of the generated method:
///     ProxyCall call(*this, 3);  write call.request();  if (FAILED(hr = call.send())) return hr;
///     read call.reply();  return call.finish(call.reply().i32());
class ODC_API ProxyCall {
  public:
    /// `iid` is the interface that the proxy was made for (derived ones carry the methods of their bases themselves).
    ProxyCall(const ProxyCore& proxy, const Guid& iid, std::uint16_t opnum);
    ~ProxyCall();
    ProxyCall(const ProxyCall&) = delete;
    ProxyCall& operator=(const ProxyCall&) = delete;

    ndr::Writer& request() { return *request_; }
    /// S_OK when a reply arrived; otherwise the writer's failure, the transport's, the message filter's, or the fault's.
    HRESULT send();
    ndr::Reader& reply() { return *reply_; }
    /// `result` when the reply was read without failure. Otherwise frees what the reply gave and returns
    /// RPC_X_BAD_STUB_DATA as an HRESULT; the generated code then clears its [out] parameters (`failed()`).
    HRESULT finish(HRESULT result);
    bool failed() const { return failed_; }

  private:
    const ProxyCore& proxy_;
    ndr::Writer* request_ = nullptr;
    ndr::Reader* reply_ = nullptr;
    Guid iid_;
    std::uint16_t opnum_;
    bool failed_ = false;
    class CallState* state_ = nullptr;  // in storage_; null on a foreign channel
    void* foreign_ = nullptr;           // then: the frame that feeds it
    alignas(16) std::byte storage_[kCallStateSize];
};

}  // namespace odc::com
