#include "opendcom/com/proxy.h"

#include <cstring>

#include "com/channel.h"
#include "com/interface_codec.h"
#include "objbase.h"
#include "opendcom/com/stub.h"

namespace odc::com {

/// The inner object of a generated proxy: what the proxy manager holds, connects and lets go. Destroys the proxy with itself.
class ProxyBuffer final : public IRpcProxyBuffer {
  public:
    explicit ProxyBuffer(ProxyCore& proxy) : proxy_(proxy) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid != __uuidof(IUnknown) && iid != __uuidof(IRpcProxyBuffer)) return E_NOINTERFACE;
        *object = static_cast<IRpcProxyBuffer*>(this);
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete &proxy_;  // its destructor deletes this
        return left;
    }
    HRESULT STDMETHODCALLTYPE Connect(IRpcChannelBuffer* channel) override {
        Disconnect();
        if (!channel) return E_INVALIDARG;
        channel->AddRef();
        proxy_.channel_ = channel;
        void* own = nullptr;
        if (SUCCEEDED(channel->QueryInterface(kIidClientChannel, &own))) {
            proxy_.fast_ = static_cast<ClientChannel*>(own);
            channel->Release();  // what the query took; `channel_` counts
        }
        return S_OK;
    }
    void STDMETHODCALLTYPE Disconnect() override {
        // The channel itself refuses from now on; it stays until the proxy goes, since a call may be on it.
        if (proxy_.fast_) proxy_.fast_->disconnect();
    }

  private:
    friend class ProxyCore;
    ~ProxyBuffer() = default;
    ProxyCore& proxy_;
    std::atomic<ULONG> references_{1};
};

namespace {

/// The frame of a call over somebody else's channel.
struct ForeignCall {
    ndr::Writer request;
    ndr::Reader reply;
    ndr::Arena arena;
    RPCOLEMESSAGE message{};
    bool received = false;
};

}  // namespace

ProxyCore::ProxyCore(IUnknown* outer) : outer_(outer), buffer_(new ProxyBuffer(*this)) {}

ProxyCore::~ProxyCore() {
    if (channel_) channel_->Release();
    delete static_cast<ProxyBuffer*>(buffer_);
}

HRESULT ProxyCore::query_outer(REFIID iid, void** object) const { return outer_->QueryInterface(iid, object); }
ULONG ProxyCore::add_ref_outer() const { return outer_->AddRef(); }
ULONG ProxyCore::release_outer() const { return outer_->Release(); }

ProxyCall::ProxyCall(const ProxyCore& proxy, const Guid& iid, std::uint16_t opnum) : proxy_(proxy), iid_(iid), opnum_(opnum) {
    if (proxy.fast_) [[likely]] {
        state_ = proxy.fast_->begin(storage_, iid, opnum);
        request_ = &ClientChannel::request(*state_);
        return;
    }
    auto* call = new ForeignCall;
    foreign_ = call;
    DWORD destination = MSHCTX_LOCAL;
    if (proxy.channel_) (void)proxy.channel_->GetDestCtx(&destination, nullptr);
    call->request.set_gather(false);
    call->request.begin(0, ndr::Syntax::ndr20, &codec_for(destination));
    request_ = &call->request;
}

ProxyCall::~ProxyCall() {
    if (state_) {
        ClientChannel::end(state_);
        return;
    }
    auto* call = static_cast<ForeignCall*>(foreign_);
    call->reply.end();
    if (call->received) proxy_.channel_->FreeBuffer(&call->message);
    delete call;
}

HRESULT ProxyCall::send() {
    if (state_) {
        const HRESULT hr = ClientChannel::send(*state_);
        if (SUCCEEDED(hr)) reply_ = &ClientChannel::reply(*state_);
        return hr;
    }
    auto* call = static_cast<ForeignCall*>(foreign_);
    if (!proxy_.channel_) return CO_E_OBJNOTCONNECTED;
    if (call->request.failed()) return call->request.error();
    call->message.iMethod = opnum_;
    call->message.cbBuffer = static_cast<ULONG>(call->request.position());
    if (const HRESULT hr = proxy_.channel_->GetBuffer(&call->message, iid_); FAILED(hr)) return hr;
    if (call->message.cbBuffer) std::memcpy(call->message.Buffer, call->request.base(), call->message.cbBuffer);
    ULONG status = 0;
    if (const HRESULT hr = proxy_.channel_->SendReceive(&call->message, &status); FAILED(hr)) return hr;
    call->received = true;
    // Read from memory of our own: the channel's may not be aligned for reading in place.
    auto* bytes = static_cast<std::uint8_t*>(call->arena.allocate(call->message.cbBuffer + 1));
    if (call->message.cbBuffer) std::memcpy(bytes, call->message.Buffer, call->message.cbBuffer);
    call->reply.begin({bytes, call->message.cbBuffer}, (call->message.dataRepresentation & 0x10) == 0, ndr::Syntax::ndr20, call->arena,
                      call->request.objects());
    reply_ = &call->reply;
    return S_OK;
}

HRESULT ProxyCall::finish(HRESULT result) {
    if (!reply_->failed()) [[likely]] return result;
    failed_ = true;
    reply_->abandon();
    return kBadStubData;
}

void StubCall::release(IUnknown* object) {
    if (object) object->Release();
}

}  // namespace odc::com
