// What stands in for the object runtime around generated proxies and stubs: answers and requests that are made up, in every transfer
// syntax, and interface pointers that are objects of no use.
#include <cstdio>

#include "hostile_object.h"
#include "opendcom/com/proxy.h"
#include "opendcom/com/stub.h"

extern "C" const odc::com::ProxyFile hostile_objects_ProxyFile;

namespace odc::test {
namespace {

class ThingCodec final : public ndr::InterfaceCodec {
  public:
    void write(ndr::Writer& out, const Guid&, void* object) override {
        read_object(static_cast<IUnknown*>(object));
        out.u32(1);
    }
    void* read(ndr::Reader& in, const Guid&) override {
        (void)in.u32();
        return in.failed() ? nullptr : new Thing;
    }
    void release(void* object) override { static_cast<IUnknown*>(object)->Release(); }
};

ThingCodec codec;

struct Answer {
    std::span<const std::uint8_t> bytes;
    bool swap = false;
    ndr::Syntax syntax = ndr::Syntax::ndr20;
};
Answer next_answer;

/// A call that nobody gets.
struct MadeUpAnswer {
    ndr::Writer request;
    ndr::Reader reply;
    ndr::Arena arena;
};

void expect_nothing_left() {
    if (Thing::alive == 0) return;
    std::fprintf(stderr, "%ld references are left\n", Thing::alive);
    std::abort();
}

}  // namespace

HRESULT serve_object(std::size_t opnum, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax) {
    const auto& methods = hostile_objects_ProxyFile.interfaces[0].methods;
    std::vector<std::uint64_t> bytes(message.size() / 8 + 1);
    if (!message.empty()) std::memcpy(bytes.data(), message.data(), message.size());
    HostileObject object;
    ndr::ServerFrame frame;
    frame.request.begin({reinterpret_cast<std::uint8_t*>(bytes.data()), message.size()}, swap, syntax, frame.arena, &codec);
    frame.response.begin(0, syntax, &codec);
    com::StubCall call(frame);
    const HRESULT hr = methods[3 + opnum % (methods.size() - 3)](static_cast<IHostile*>(&object), call);
    frame.finish();
    expect_nothing_left();
    return hr;
}

bool read_object_answer(std::size_t number, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax) {
    next_answer = {message, swap, syntax};
    HostileObject outer;
    void* proxy = nullptr;
    const std::unique_ptr<com::ProxyCore> core(hostile_objects_ProxyFile.interfaces[0].create_proxy(&outer, &proxy));
    const bool taken = call_and_read(*static_cast<IHostile*>(proxy), number);
    expect_nothing_left();
    return taken;
}

}  // namespace odc::test

// The runtime's part of generated code, as far as these programs need it; they do not link the runtime.
namespace odc::com {

ProxyCore::ProxyCore(IUnknown* outer) : outer_(outer) {}
ProxyCore::~ProxyCore() = default;
HRESULT ProxyCore::query_outer(REFIID iid, void** object) const { return outer_->QueryInterface(iid, object); }
ULONG ProxyCore::add_ref_outer() const { return outer_->AddRef(); }
ULONG ProxyCore::release_outer() const { return outer_->Release(); }

ProxyCall::ProxyCall(const ProxyCore& proxy, const Guid& iid, std::uint16_t opnum) : proxy_(proxy), iid_(iid), opnum_(opnum) {
    auto* call = new test::MadeUpAnswer;
    foreign_ = call;
    call->request.set_gather(false);
    call->request.begin(0, test::next_answer.syntax, &test::codec);
    request_ = &call->request;
}
ProxyCall::~ProxyCall() {
    auto* call = static_cast<test::MadeUpAnswer*>(foreign_);
    call->reply.end();
    delete call;
}
HRESULT ProxyCall::send() {
    auto* call = static_cast<test::MadeUpAnswer*>(foreign_);
    if (call->request.failed()) return call->request.error();
    const auto& [answer, swap, syntax] = test::next_answer;
    auto* bytes = static_cast<std::uint8_t*>(call->arena.allocate(answer.size() + 1));
    if (!answer.empty()) std::memcpy(bytes, answer.data(), answer.size());
    call->reply.begin({bytes, answer.size()}, swap, syntax, call->arena, &test::codec);
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
