// Our proxies and stubs, with stand-ins for the object runtime between them: in every transfer syntax, and with messages of others.
#pragma once

#include "exchange_common.h"

#include "opendcom/com/proxy.h"
#include "opendcom/com/stub.h"

inline odc::ndr::Syntax transfer_syntax = odc::ndr::Syntax::ndr20;
inline bool swapped = false;

/// Objects do not travel here: only null does.
class NoObjects final : public odc::ndr::InterfaceCodec {
  public:
    void write(odc::ndr::Writer& out, const odc::Guid&, void*) override { out.fail(E_UNEXPECTED); }
    void* read(odc::ndr::Reader&, const odc::Guid&) override { return nullptr; }
    void release(void*) override {}
};
inline NoObjects no_objects;

struct Call {
    odc::ndr::Writer request;
    odc::ndr::Reader reply;
    odc::ndr::Arena arena;
};

inline const odc::com::ProxyFile* proxy_file = nullptr;
inline void* served_object = nullptr;

inline Message written(odc::ndr::Writer& out) { return Message(out.base(), out.base() + out.own_bytes()); }

/// In a block of its own size, where a reader beyond the end is seen.
inline std::span<std::uint8_t> in_memory(const Message& message, odc::ndr::Arena& arena) {
    auto* bytes = static_cast<std::uint8_t*>(arena.allocate(message.size() + 1));
    if (!message.empty()) std::memcpy(bytes, message.data(), message.size());
    return {bytes, message.size()};
}

inline HRESULT serve(std::uint16_t opnum) {
    odc::ndr::ServerFrame frame;
    frame.request.begin(in_memory(given_request ? *given_request : request_bytes, frame.arena), swapped && given_request, transfer_syntax, frame.arena, &no_objects);
    frame.response.set_gather(false);
    frame.response.begin(0, transfer_syntax, &no_objects);
    odc::com::StubCall call(frame);
    const HRESULT hr = proxy_file->interfaces[0].methods[opnum](served_object, call);
    if (SUCCEEDED(hr)) reply_bytes = written(frame.response);
    frame.finish();
    return hr;
}

namespace odc::com {
ProxyCore::ProxyCore(IUnknown* outer) : outer_(outer) {}
ProxyCore::~ProxyCore() = default;
HRESULT ProxyCore::query_outer(REFIID iid, void** object) const { return outer_->QueryInterface(iid, object); }
ULONG ProxyCore::add_ref_outer() const { return outer_->AddRef(); }
ULONG ProxyCore::release_outer() const { return outer_->Release(); }
ProxyCall::ProxyCall(const ProxyCore& proxy, const Guid& iid, std::uint16_t opnum) : proxy_(proxy), iid_(iid), opnum_(opnum) {
    auto* call = new Call;
    foreign_ = call;
    call->request.set_gather(false);
    call->request.begin(0, transfer_syntax, &no_objects);
    request_ = &call->request;
}
ProxyCall::~ProxyCall() {
    auto* call = static_cast<Call*>(foreign_);
    call->reply.end();
    delete call;
}
HRESULT ProxyCall::send() {
    auto* call = static_cast<Call*>(foreign_);
    if (call->request.failed()) return call->request.error();
    request_bytes = written(call->request);
    if (const HRESULT hr = serve(opnum_); FAILED(hr)) return hr;
    call->reply.begin(in_memory(given_reply ? *given_reply : reply_bytes, call->arena), swapped && given_reply, transfer_syntax, call->arena, &no_objects);
    reply_ = &call->reply;
    return S_OK;
}
HRESULT ProxyCall::finish(HRESULT result) {
    if (!reply_->failed()) return result;
    failed_ = true;
    reply_->abandon();
    return kBadStubData;
}
void StubCall::release(IUnknown* object) {
    if (object) object->Release();
}
}  // namespace odc::com

/// `body` gets a proxy whose calls the object serves.
template <class Interface, class Object, class Body>
int connected(const odc::com::ProxyFile& file, Body&& body) {
    static Object object;
    proxy_file = &file;
    served_object = static_cast<Interface*>(&object);
    void* proxy = nullptr;
    file.interfaces[0].create_proxy(&object, &proxy);
    body(*static_cast<Interface*>(proxy));
    return 0;
}
