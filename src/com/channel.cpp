#include "com/channel.h"

#include <unistd.h>

#include <cstring>
#include <memory>
#include <new>
#include <thread>

#include "base/log.h"
#include "com/cancellation.h"
#include "com/channel_hooks.h"
#include "com/interface_codec.h"
#include "com/local_call.h"
#include "com/proxy_registry.h"
#include "opendcom/com/proxy.h"
#include "orpc/orpc_this.h"

namespace odc::com {
namespace {

std::atomic<std::uint64_t> remote_calls{0};

/// Pumps a single-threaded apartment while the reply to its call is awaited.
class PumpingWaiter final : public rpc::CallWaiter {
  public:
    explicit PumpingWaiter(Apartment& apartment) : apartment_(apartment) {}
    bool wait_readable(int fd) override {
        ++apartment_.outgoing_depth;
        for (;;) {
            const auto seen = apartment_.queue().events();
            apartment_.dispatch_pending();
            bool readable = false;
            apartment_.queue().wait_or_readable(seen, fd, &readable);
            if (readable) break;
        }
        --apartment_.outgoing_depth;
        return true;
    }

  private:
    Apartment& apartment_;
};

}  // namespace

DWORD ticks() {
    return static_cast<DWORD>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

bool retry_rejected(HRESULT rejected, DWORD started) {
    Apartment* here = Apartment::current();
    if (!here || !here->is_single_threaded() || !here->message_filter) return false;
    const DWORD type = rejected == RPC_E_SERVERCALL_RETRYLATER ? SERVERCALL_RETRYLATER : SERVERCALL_REJECTED;
    const DWORD wait = here->message_filter->RetryRejectedCall(nullptr, ticks() - started, type);
    if (wait == ~DWORD{0}) return false;
    if (wait < 100) return true;  // at once
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait);
    for (auto seen = here->queue().events(); std::chrono::steady_clock::now() < until; seen = here->queue().events()) {
        here->dispatch_pending();
        here->queue().wait(seen, until);
    }
    return true;
}

bool is_rejection(HRESULT hr) { return hr == RPC_E_SERVERCALL_REJECTED || hr == RPC_E_SERVERCALL_RETRYLATER; }

namespace {

/// One causality id for what the hooks see and what the call carries.
class CausalChain {
  public:
    CausalChain() : thread_(this_thread()), before_(thread_.causality), was_in_call_(thread_.in_call), id_(current_causality()) {
        thread_.causality = id_;
        thread_.in_call = true;
    }
    CausalChain(const CausalChain&) = delete;
    CausalChain& operator=(const CausalChain&) = delete;
    ~CausalChain() {
        thread_.causality = before_;
        thread_.in_call = was_in_call_;
    }
    const Guid& id() const { return id_; }

  private:
    Thread& thread_;
    const Guid before_;
    const bool was_in_call_;
    const Guid id_;
};

}  // namespace

std::uint64_t remote_call_count() { return remote_calls.load(std::memory_order_relaxed); }

/// What one call needs between its steps.
class CallState {
  public:
    CallState(ClientChannel& channel, std::uint16_t opnum, HRESULT refused) : channel_(channel), opnum_(opnum), refused_(refused) {}
    virtual ~CallState() = default;
    virtual ndr::Writer& request() = 0;
    virtual HRESULT send() = 0;
    virtual HRESULT start(rpc::CallDone& done) = 0;
    virtual HRESULT outcome() = 0;
    virtual void cancel() = 0;
    virtual bool give_up() = 0;
    virtual ndr::Reader& reply() = 0;

  protected:
    ClientChannel& channel_;
    const std::uint16_t opnum_;
    const HRESULT refused_;  ///< why the call cannot be made, or S_OK
};

/// Another apartment of this process; also the place for arguments of calls that cannot be made at all.
class LocalCallState final : public CallState {
  public:
    LocalCallState(ClientChannel& channel, std::uint16_t opnum, HRESULT refused)
        : CallState(channel, opnum, refused), call_(LocalCall::take()) {
        call_->request.set_gather(false);
        call_->request.begin(0, ndr::Syntax::ndr20, &codec_for(MSHCTX_INPROC));
    }
    ~LocalCallState() override { call_->give_back(); }
    ndr::Writer& request() override { return call_->request; }
    HRESULT send() override {
        if (FAILED(refused_)) return refused_;
        if (call_->request.failed()) return call_->request.error();
        if (HookedCall::needed()) [[unlikely]] return send_hooked();
        return send_until_taken(nullptr);
    }
    HRESULT start(rpc::CallDone& done) override {
        if (FAILED(refused_)) return refused_;
        if (call_->request.failed()) return call_->request.error();
        const auto stub = ExportTable::find_stub(channel_.ipid());
        if (!stub) return RPC_E_DISCONNECTED;
        const CausalChain chain;
        if (HookedCall::needed()) [[unlikely]] {
            hooked_ = std::make_unique<HookedCall>(stub->iid(), chain.id(), static_cast<DWORD>(::getpid()), opnum_);
            hooked_->client_sends();
        }
        return call_->begin(stub, opnum_, hooked_.get(), done);
    }
    HRESULT outcome() override {
        const HRESULT hr = call_->finish();
        if (hooked_) [[unlikely]] hooked_->client_receives(FAILED(hr) ? hr : S_OK, false);
        return hr;
    }
    void cancel() override { call_->cancel(); }
    bool give_up() override {
        if (!call_->give_up(hooked_)) return false;
        call_ = LocalCall::take();
        return true;
    }
    ndr::Reader& reply() override { return call_->reply; }

  private:
    HRESULT send_until_taken(HookedCall* hooked) {
        const DWORD started = ticks();
        for (;;) {
            const auto stub = ExportTable::find_stub(channel_.ipid());
            if (!stub) return RPC_E_DISCONNECTED;
            const HRESULT hr = call_->call(stub, opnum_, hooked);
            if (!is_rejection(hr)) return hr;
            if (!retry_rejected(hr, started)) return RPC_E_CALL_REJECTED;
        }
    }
    HRESULT send_hooked() {
        const auto stub = ExportTable::find_stub(channel_.ipid());
        if (!stub) return RPC_E_DISCONNECTED;
        const CausalChain chain;
        HookedCall hooked(stub->iid(), chain.id(), static_cast<DWORD>(::getpid()), opnum_);
        hooked.client_sends();
        const HRESULT hr = send_until_taken(&hooked);
        hooked.client_receives(FAILED(hr) ? hr : S_OK, false);
        return hr;
    }
    LocalCall* call_;
    std::unique_ptr<HookedCall> hooked_;  ///< of a call that was started
};

/// Another process, here or elsewhere.
class RemoteCallState final : public CallState {
  public:
    RemoteCallState(ClientChannel& channel, const Guid& iid, std::uint16_t opnum)
        : CallState(channel, opnum, S_OK), iid_(iid), call_(*channel.exporter().association, {iid, 0, 0}, opnum) {
        call_.set_object(channel.ipid().guid);
        call_.set_interface_codec(&codec_for(channel.exporter().destination()));
        const Guid causality = current_causality();
        if (HookedCall::needed()) [[unlikely]] {
            hooked_ = std::make_unique<HookedCall>(iid, causality, channel.exporter().process, opnum);
            hooked_->client_sends();
        }
        orpc::write_orpc_this(call_.request(), {channel.exporter().version, 0, causality},
                              hooked_ ? std::span<const orpc::Extension>(hooked_->request) : std::span<const orpc::Extension>());
    }
    ndr::Writer& request() override { return call_.request(); }
    HRESULT send() override {
        if (call_.request().failed()) return call_.request().error();
        remote_calls.fetch_add(1, std::memory_order_relaxed);
        Apartment* here = Apartment::current();
        const HRESULT hr = here && here->is_single_threaded() ? send_pumping(*here) : invoke_once();
        return received(hr);
    }
    HRESULT start(rpc::CallDone& done) override {
        if (call_.request().failed()) return call_.request().error();
        remote_calls.fetch_add(1, std::memory_order_relaxed);
        const auto begun = call_.begin(done);
        return begun ? S_OK : received(failed(begun.error()));
    }
    HRESULT outcome() override { return received(accept(call_.finish())); }
    void cancel() override { call_.cancel(); }
    bool give_up() override { return call_.give_up(); }
    ndr::Reader& reply() override { return call_.reply(); }

  private:
    HRESULT invoke_once() { return accept(call_.invoke()); }
    HRESULT accept(const Result<>& done) {
        if (!done) [[unlikely]] return failed(done.error());
        orpc::read_orpc_that(call_.reply(), hooked_ ? &hooked_->reply : nullptr);
        return S_OK;
    }
    HRESULT received(HRESULT hr) {
        if (hooked_) [[unlikely]] hooked_->client_receives(FAILED(hr) ? hr : S_OK, SUCCEEDED(hr) && call_.reply().swaps());
        return hr;
    }
    /// Says which server is gone, and why. What an object or a message filter answers is the caller's own business.
    HRESULT failed(const Error& why) {
        const HRESULT hr = why.code();
        if (hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) || hr == RPC_E_DISCONNECTED)
            log::warning("com", "call {} of {} on {} failed: {:#010x} {}", opnum_, ProxyRegistry::instance().name(iid_),
                         channel_.exporter().association->endpoint().to_string(), static_cast<std::uint32_t>(hr), why.text());
        return hr;
    }
    HRESULT send_pumping(Apartment& here) {
        PumpingWaiter waiter(here);
        call_.set_waiter(&waiter);
        const DWORD started = ticks();
        for (;;) {
            const HRESULT hr = invoke_once();
            if (!is_rejection(hr)) return hr;
            if (!retry_rejected(hr, started)) return RPC_E_CALL_REJECTED;
        }
    }
    const Guid& iid_;  ///< of the proxy, which outlives the call
    rpc::ClientCall call_;
    std::unique_ptr<HookedCall> hooked_;  ///< null without channel hooks
};

static_assert(sizeof(RemoteCallState) <= kCallStateSize && sizeof(LocalCallState) <= kCallStateSize);

// ClientChannel ---------------------------------------------------------------------------------------------------------

HRESULT ClientChannel::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == kIidClientChannel || iid == __uuidof(IRpcChannelBuffer) || iid == __uuidof(IUnknown)) {
        *object = this;  // one base: the same address for all three
        AddRef();
        return S_OK;
    }
    return E_NOINTERFACE;
}

ULONG ClientChannel::Release() {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
}

HRESULT ClientChannel::usable() const {
    if (!connected_) return CO_E_OBJNOTCONNECTED;
    Apartment* here = Apartment::current();
    if (here == &home_) [[likely]] return S_OK;
    return here ? RPC_E_WRONG_THREAD : CO_E_NOTINITIALIZED;
}

CallState* ClientChannel::begin(void* state, const Guid& iid, std::uint16_t opnum) {
    const HRESULT can = usable();
    if (FAILED(can) || exporter_->in_process()) return new (state) LocalCallState(*this, opnum, can);
    return new (state) RemoteCallState(*this, iid, opnum);
}

ndr::Writer& ClientChannel::request(CallState& state) { return state.request(); }
HRESULT ClientChannel::send(CallState& state) {
    if (this_thread().cancel_enabled) [[unlikely]] return send_cancellable(state);
    return state.send();
}
HRESULT ClientChannel::start(CallState& state, rpc::CallDone& done) { return state.start(done); }
HRESULT ClientChannel::outcome(CallState& state) { return state.outcome(); }
HRESULT ClientChannel::finish(CallState& state) {
    const HRESULT hr = state.outcome();
    return is_rejection(hr) ? RPC_E_CALL_REJECTED : hr;
}
void ClientChannel::cancel(CallState& state) { state.cancel(); }
bool ClientChannel::give_up(CallState& state) { return state.give_up(); }
ndr::Reader& ClientChannel::reply(CallState& state) { return state.reply(); }
void ClientChannel::end(CallState* state) { state->~CallState(); }

// The classical face, for proxies that were not made by our MIDL: one buffer out, one back.

HRESULT ClientChannel::GetBuffer(RPCOLEMESSAGE* message, REFIID iid) {
    if (!message) return E_INVALIDARG;
    struct Head {
        Guid iid;
    };
    auto* block = static_cast<std::uint8_t*>(::operator new(sizeof(Head) + message->cbBuffer + 8, std::nothrow));
    if (!block) return E_OUTOFMEMORY;
    std::memcpy(block, &iid, sizeof iid);
    message->Buffer = block + sizeof(Head);
    message->dataRepresentation = 0x10;
    message->reserved1 = block;
    return S_OK;
}

HRESULT ClientChannel::SendReceive(RPCOLEMESSAGE* message, ULONG* status) {
    if (status) *status = 0;
    if (!message || !message->reserved1) return E_INVALIDARG;
    Guid iid;
    std::memcpy(&iid, message->reserved1, sizeof iid);
    alignas(16) std::byte storage[kCallStateSize];
    CallState* call = begin(storage, iid, static_cast<std::uint16_t>(message->iMethod));
    call->request().align(8);
    call->request().copy(message->Buffer, message->cbBuffer);
    HRESULT hr = send(*call);
    FreeBuffer(message);
    if (SUCCEEDED(hr)) {
        auto& reply = call->reply();
        message->cbBuffer = static_cast<ULONG>(reply.left());
        const ULONG representation = reply.swaps() ? 0 : 0x10;
        hr = GetBuffer(message, iid);
        message->dataRepresentation = representation;
        if (SUCCEEDED(hr)) reply.copy(message->Buffer, message->cbBuffer);
    } else if (status) {
        *status = static_cast<ULONG>(hr);
    }
    end(call);
    return hr;
}

HRESULT ClientChannel::FreeBuffer(RPCOLEMESSAGE* message) {
    if (!message) return E_INVALIDARG;
    ::operator delete(message->reserved1);
    message->reserved1 = nullptr;
    message->Buffer = nullptr;
    return S_OK;
}

HRESULT ClientChannel::GetDestCtx(DWORD* context, void** extra) {
    if (!context) return E_INVALIDARG;
    *context = exporter_->destination();
    if (extra) *extra = nullptr;
    return S_OK;
}

}  // namespace odc::com
