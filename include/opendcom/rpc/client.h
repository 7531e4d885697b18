// The client side of RPC for generated stubs and raw RPC programs (no COM needed). Wire: MS-RPCE, C706.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "opendcom/rpc/server.h"

namespace odc::rpc {

struct BindingOptions {
    std::chrono::milliseconds connect_timeout{5000};
    /// Connections one association opens at most; calls beyond that share them (concurrent multiplexing).
    unsigned connections = 8;
    std::size_t fragment = 5840;
    std::size_t local_fragment = 65535;
    bool offer_ndr64 = false;  ///< let the server choose between NDR 2.0 and NDR64
    /// How the client proves who it is, by which every PDU is protected at `authentication_level` (RPC_C_AUTHN_LEVEL_xxx);
    /// null: not at all.
    std::shared_ptr<security::SecurityProvider> security = nullptr;
    unsigned authentication_level = 5;
    std::string target_principal = {};  ///< whom the server has to prove to be, where the provider can tell
};

class ClientCall;
class ClientStream;

/// Who is told that a call which was begun has come to its end.
class CallDone {
  public:
    /// Once for each call: on a thread of the runtime that reads for others too, so that nothing may be waited for here, or within
    /// ClientCall::begin. The call may end from now on, here or on another thread.
    virtual void call_done() = 0;

  protected:
    ~CallDone() = default;
};

/// The [callback] methods of an interface, by their own opnums, and who implements them on the client.
struct CallbackTable {
    std::span<const ServerMethod> methods;
    void* implementation = nullptr;
};

/// The association with one server process (C706 9.3.3; MS-RPCE 3.3): its connections, their presentation contexts,
/// the association group. Shared by all calls to that endpoint; any thread may use it.
class ODC_API Association : public std::enable_shared_from_this<Association> {
  public:
    /// Does not connect yet: the first call does, and later calls reconnect when all connections are lost.
    static std::shared_ptr<Association> create(Endpoint endpoint, BindingOptions options = {});
    virtual ~Association() = default;
    virtual const Endpoint& endpoint() const = 0;
    /// Closes all connections; calls under way fail with RPC_S_CALL_FAILED.
    virtual void close() = 0;
    /// True once a connection to the server broke or could not be made, until one succeeds again.
    virtual bool broken() const = 0;

  protected:
    friend class ClientCall;
    virtual Result<> invoke(ClientCall& call) = 0;
    virtual Result<> begin(ClientCall& call) = 0;
    virtual Result<> finish(ClientCall& call) = 0;
    virtual void cancel(ClientCall& call) = 0;
    /// False: the call is not one that can be given up.
    virtual bool give_up(ClientCall&) { return false; }
    // Calls with pipes; an association that sends and receives whole messages has nothing to do here.
    virtual bool send_part(ClientCall&) { return true; }
    virtual Result<> finish_reply(ClientCall&) { return {}; }
    /// The call ends before its reply did.
    virtual void leave_reply(ClientCall&) {}
    /// What the arguments of the interface's calls are written in; may have to ask the server.
    virtual ndr::Syntax syntax_of(const SyntaxId& interface_id) = 0;
};

/// Lets the caller do something else while the reply is awaited, e.g. pump an apartment's queue.
/// Without one the calling thread blocks in recv.
class CallWaiter {
  public:
    virtual ~CallWaiter() = default;
    /// Returns when `fd` is readable (true), or false to give the call up (it is then cancelled: RPC_S_CALL_CANCELLED).
    virtual bool wait_readable(int fd) = 0;
};

/// One call: write the request, `invoke`, read the reply. Reused frames: nothing is allocated when warm.
/// Used by one thread at a time; `cancel` may come from another.
class ODC_API ClientCall {
  public:
    ClientCall(Association& association, const SyntaxId& interface_id, std::uint16_t opnum);
    ~ClientCall();
    ClientCall(const ClientCall&) = delete;
    ClientCall& operator=(const ClientCall&) = delete;

    void set_object(const Guid& object) { object_ = object; }
    void set_waiter(CallWaiter* waiter) { waiter_ = waiter; }
    /// Sends no response to the caller and does not wait for one: the reply is read and dropped when it comes.
    /// The order with later calls of the same thread is kept.
    void set_maybe() { maybe_ = true; }
    void set_interface_codec(ndr::InterfaceCodec* codec);
    /// What the server may call while this call waits; runs on the calling thread. With no implementation such calls end in
    /// nca_s_op_rng_error; without a table they are a protocol error. The table must live as long as the call.
    void set_callbacks(const CallbackTable* callbacks) { callbacks_ = callbacks; }

    /// The request's arguments; begun, with room for the PDU header in front. NDR 2.0 unless the server took NDR64.
    ndr::Writer& request();
    /// Sends the request and receives the reply. Failures: RPC_S_SERVER_UNAVAILABLE (never sent), RPC_S_CALL_FAILED (may have
    /// run), RPC_S_CALL_CANCELLED, RPC_S_UNKNOWN_IF, as HRESULT_FROM_WIN32; a fault PDU: its status mapped the way
    /// Windows does (nca_s_op_rng_error → RPC_S_PROCNUM_OUT_OF_RANGE, …), `fault_status` has the raw one.
    Result<> invoke();
    /// `invoke` in two steps: `begin` sends the request and returns, after `done` was told `finish` gives what `invoke` would. In between
    /// no thread waits for the reply, and the call must live on. A failed `begin` has nothing to finish. Waiters, callbacks and
    /// `set_maybe` are for calls that are not begun.
    Result<> begin(CallDone& done);
    Result<> finish();
    /// The call has pipes, and therefore a connection of its own: its request may go out in parts, and with `output` pipes `invoke` returns
    /// when its reply begins. Before anything is written.
    void set_pipes(bool output);
    /// For pipes: sends what is there of the request, if that fills a fragment. False: the call is over, and `invoke` says why. Written
    /// bytes must not be referenced any longer.
    bool send_part();
    /// After the output pipes have been read: receives the rest of the reply. Failures: as those of `invoke`.
    Result<> finish_reply();
    /// The reply's arguments; valid until the call ends.
    ndr::Reader& reply();
    std::uint32_t fault_status() const { return fault_status_; }
    /// Asks the server to end the call (co_cancel). The call still returns through `invoke`.
    void cancel();
    /// Of a call that was begun: what comes is read and thrown away, the call may go, and its CallDone is not told. False: it has been told, or is
    /// just about to be.
    bool give_up();

  private:
    friend class AssociationImpl;
    friend class Connection;
    friend class ClientStream;
    /// While it waits its thread does something else, or does not read.
    bool needs_own_connection() const { return waiter_ || stream_; }
    Association& association_;
    SyntaxId interface_;
    std::uint16_t opnum_;
    std::optional<Guid> object_;
    CallWaiter* waiter_ = nullptr;
    bool maybe_ = false;
    const CallbackTable* callbacks_ = nullptr;
    std::unique_ptr<ClientStream> stream_;  ///< set: the call has pipes
    CallDone* done_ = nullptr;  ///< set: begun, and read by the runtime's own thread
    std::uint32_t fault_status_ = 0;
    struct Frame;
    Frame* frame_;
};

/// What a generated raw RPC client stub calls through: an association and, optionally, an object UUID.
class ODC_API Binding {
  public:
    Binding() = default;
    explicit Binding(std::shared_ptr<Association> association, std::optional<Guid> object = std::nullopt)
        : association_(std::move(association)), object_(object) {}
    explicit Binding(const Endpoint& endpoint, BindingOptions options = {})
        : association_(Association::create(endpoint, options)) {}
    Association& association() const { return *association_; }
    const std::optional<Guid>& object() const { return object_; }
    explicit operator bool() const { return association_ != nullptr; }

  private:
    std::shared_ptr<Association> association_;
    std::optional<Guid> object_;
};

}  // namespace odc::rpc
