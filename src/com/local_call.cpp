#include "com/local_call.h"

#include "com/channel_hooks.h"
#include "com/interface_codec.h"
#include "com/server_security.h"
#include "com/serving.h"

namespace odc::com {
namespace {

/// What a thread keeps of finished calls. Bounded, so that one deep recursion does not hold its memory forever.
struct Store {
    std::vector<std::unique_ptr<LocalCall>> free;
};
thread_local Store store;
constexpr std::size_t kKept = 8;
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

/// The message filter's word on an incoming call; S_OK lets it in.
HRESULT ask_message_filter(Apartment& apartment, InterfaceStub& stub, std::uint16_t opnum, bool same_chain) {
    if (!apartment.message_filter) return S_OK;
    INTERFACEINFO info{};
    const auto object = stub.owner() ? stub.owner()->identity() : nullptr;
    info.pUnk = object.get();
    info.iid = stub.iid();
    info.wMethod = opnum;
    const DWORD type = apartment.outgoing_depth == 0 ? CALLTYPE_TOPLEVEL
                       : same_chain                  ? CALLTYPE_NESTED
                                                     : CALLTYPE_TOPLEVEL_CALLPENDING;
    switch (apartment.message_filter->HandleInComingCall(type, nullptr, 0, &info)) {
        case SERVERCALL_REJECTED:
            return RPC_E_SERVERCALL_REJECTED;
        case SERVERCALL_RETRYLATER:
            return RPC_E_SERVERCALL_RETRYLATER;
        default:
            return S_OK;
    }
}

/// A single-threaded apartment re-entered deeper than this refuses, whatever its message filter says (threats: 30).
constexpr unsigned kMaxIncomingDepth = 512;

}  // namespace

namespace {

/// What the object does, between what the hooks do.
HRESULT invoke(InterfaceStub& stub, const ArrivedCall& call) {
    if (!call.hooked) [[likely]] return stub.invoke(call.opnum, call.frame, call.destination, call.left);
    const auto object = stub.owner() ? stub.owner()->identity() : nullptr;
    call.hooked->server_receives(object.get());
    const HRESULT hr = stub.invoke(call.opnum, call.frame, call.destination, call.left);
    if (call.left && *call.left) (*call.left)->set_hooked(call.hooked);
    else call.hooked->server_answers(FAILED(hr) ? hr : S_OK);
    return hr;
}

}  // namespace

HRESULT serve_call(InterfaceStub& stub, const ArrivedCall& call) {
    Apartment& apartment = stub.apartment();
    Thread& thread = this_thread();
    if (apartment.is_single_threaded()) {
        if (apartment.incoming_depth >= kMaxIncomingDepth) return RPC_E_CALL_REJECTED;
        const HRESULT hr = ask_message_filter(apartment, stub, call.opnum, thread.in_call && thread.causality == call.causality);
        if (FAILED(hr)) return hr;
        ++apartment.incoming_depth;
    }
    HRESULT hr;
    {
        ServedCall served(call.peer, &call.origin);
        const Serving serving(thread, call.causality, served);
        if (stub.owner()) stub.owner()->touch();
        hr = invoke(stub, call);
    }
    if (apartment.is_single_threaded()) --apartment.incoming_depth;
    return hr;
}

LocalCall* LocalCall::take() {
    if (store.free.empty()) return new LocalCall;
    auto* call = store.free.back().release();
    store.free.pop_back();
    return call;
}

void LocalCall::give_back() {
    reply.end();
    frame_.finish();
    reply_arena_.reset();
    stub_ = Ref<InterfaceStub>();
    request.trim(kKeptBytes);
    frame_.response.trim(kKeptBytes);
    if (store.free.size() < kKept) store.free.emplace_back(this);
    else delete this;
}

void LocalCall::prepare(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked) {
    stub_ = stub;
    opnum_ = opnum;
    hooked_ = hooked;
    causality_ = current_causality();
    begins_ = false;
    cancelled_.store(false, std::memory_order_relaxed);
}

HRESULT LocalCall::begin(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked, rpc::CallDone& done) {
    prepare(stub, opnum, hooked);
    begins_ = true;
    begun_.store(&done, std::memory_order_relaxed);
    return stub->apartment().submit(this) ? S_OK : RPC_E_DISCONNECTED;
}

bool LocalCall::give_up(std::unique_ptr<HookedCall>& hooked) {
    struct Unwanted final : rpc::CallDone {
        LocalCall* call;
        std::unique_ptr<HookedCall> hooked;
        void call_done() override {
            call->give_back();
            delete this;
        }
    };
    auto unwanted = std::make_unique<Unwanted>();
    unwanted->call = this;
    rpc::CallDone* told = begun_.load(std::memory_order_acquire);
    if (!told) return false;
    unwanted->hooked = std::move(hooked);
    if (begun_.compare_exchange_strong(told, unwanted.get(), std::memory_order_acq_rel)) {
        (void)unwanted.release();
        return true;
    }
    hooked = std::move(unwanted->hooked);
    return false;
}

HRESULT LocalCall::call(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked) {
    prepare(stub, opnum, hooked);
    done_.reset();
    Apartment* here = Apartment::current();
    waiting_ = here && here->is_single_threaded() ? here : nullptr;
    if (!stub->apartment().submit(this)) return RPC_E_DISCONNECTED;
    if (waiting_) waiting_->pump_until([this] { return done_.is_set(); });
    else done_.wait();
    return finish();
}

HRESULT LocalCall::finish() {
    if (FAILED(result_)) return result_;
    reply.begin({frame_.response.base(), frame_.response.own_bytes()}, false, ndr::Syntax::ndr20, reply_arena_,
                &codec_for(MSHCTX_INPROC));
    return S_OK;
}

void LocalCall::run() {
    auto& codec = codec_for(MSHCTX_INPROC);
    frame_.request.begin({request.base(), request.own_bytes()}, false, ndr::Syntax::ndr20, frame_.arena, &codec);
    frame_.response.begin(0, ndr::Syntax::ndr20, &codec);
    frame_.response.set_gather(false);
    EnterApartment enter(&stub_->apartment());
    ServedCallObject* left = nullptr;
    const HRESULT result = serve_call(*stub_, {opnum_, causality_, frame_, MSHCTX_INPROC, nullptr, *this, hooked_, &left});
    if (left) [[unlikely]] left->arm(*this, nullptr, this);
    else answer(result);
}

void LocalCall::refuse(HRESULT why) { answer(why); }

void LocalCall::answer(HRESULT result) {
    result_ = result;
    if (begins_) {
        stub_ = Ref<InterfaceStub>();  // here, in its apartment, and not whenever the caller is done with the reply
        return begun_.exchange(nullptr, std::memory_order_acq_rel)->call_done();
    }
    // The caller's apartment cannot end while its thread waits here, but `this` may be reused once the flag is set.
    Apartment* waiting = waiting_;
    if (waiting) waiting->add_ref();
    done_.set();
    if (waiting) {
        waiting->queue().wake();
        waiting->release();
    }
}

}  // namespace odc::com
