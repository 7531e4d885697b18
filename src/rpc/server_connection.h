// One connection of a server: its PDUs, presentation contexts and the calls that run on it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <vector>

#include "rpc/receiver.h"
#include "rpc/sender.h"
#include "rpc/server_state.h"

namespace odc::rpc {

/// What a reader of a connection has in its hands. Changes hands as a whole when somebody else goes on reading.
struct Inbox {
    Receiver receiver;
    Message message;
    /// The request whose fragments are arriving, and what protects each of them.
    bool assembling = false;
    /// Nobody wants it: the call is over.
    bool skipping = false;
    const SecurityContext* security = nullptr;
    PduHeader header;
    RequestHeader request;
    /// Memory that a call which keeps it holds on to.
    std::size_t bytes() const { return sizeof *this + receiver.capacity() + message.capacity(); }
};

/// Exactly one thread reads a connection at a time. The one that has read a request runs it while nobody reads; when that
/// takes long, the monitor takes the reading away from it (`take_over`). Lock order: State, then calls_mutex_.
class ServerConnection final : public Work, public std::enable_shared_from_this<ServerConnection> {
  public:
    ServerConnection(Server::State& server, UniqueFd socket, Peer peer, Endpoint listening);
    ~ServerConnection() override;

    /// Reads and serves until the connection is idle, closed or taken over.
    void run(Worker& worker) override;

    /// Counts reading turns and calls: odd while the last reader runs a call.
    std::uint64_t turn() const { return turn_.load(std::memory_order_acquire); }
    static bool is_call(std::uint64_t turn) { return (turn & 1) != 0; }
    enum class Taken : std::uint8_t { no, yes, with_unread };
    /// If the call of `turn` still runs, its thread no longer is the reader: the caller is.
    Taken take_over(std::uint64_t turn) ODC_EXCLUDES(calls_mutex_);
    /// Ends the conversation; a reader sees the end of the stream, running calls see that they are cancelled.
    void disconnect() ODC_EXCLUDES(calls_mutex_);

    int socket() const { return socket_.get(); }
    const Peer& peer() const { return peer_; }
    std::string peer_name() const;
    Statistics statistics() const {
        return {calls_in_.load(std::memory_order_relaxed), 0, packets_in_.load(std::memory_order_relaxed),
                packets_out_.load(std::memory_order_relaxed)};
    }

  private:
    class Call;
    class Deferred;
    class Input;
    /// Where a reader's loop goes on.
    enum class Next : std::uint8_t { read, park, close, taken };

    Next step(Worker& worker);
    Next on_pdu(Worker& worker);
    Next on_fragment(Worker& worker);
    /// The message's last fragment is here.
    Next on_whole(Worker& worker);
    /// Whether the fragment may come now; begins the message with the first one.
    Next accept_fragment(const PduHeader& header, const RequestHeader& request, const SecurityContext* security);
    Next on_protected_request(Worker& worker, const PduHeader& header, std::span<std::uint8_t> pdu);
    Next on_bind(const PduHeader& header, std::span<const std::uint8_t> pdu);
    Next on_alter_context(const PduHeader& header, std::span<const std::uint8_t> pdu);
    Next on_auth3(const PduHeader& header, std::span<const std::uint8_t> pdu);
    /// Hands the PDU's token to its security context; the verifier for the answer. Without a token nothing happens.
    ServerSecurity::Answer authenticate(const PduHeader& header, std::span<const std::uint8_t> pdu);
    bool send_answer(Envelope envelope, const BindAck& ack, const ServerSecurity::Answer& answer);
    void after_authentication(const ServerSecurity::Answer& answer);
    Next on_callback_answer(const PduHeader& header, std::span<std::uint8_t> pdu);
    /// What the client answers to the callback of a running call: results, or the status of a fault.
    Next answer_callback(const PduHeader& header, std::span<const std::uint8_t> results, std::uint32_t status, const SecurityContext* security)
        ODC_EXCLUDES(calls_mutex_);
    /// Sends a callback's request within `call`, and waits for the answer.
    Result<> call_back(Call& call, Callback& callback) ODC_EXCLUDES(calls_mutex_);
    Next on_cancel(std::uint32_t call_id, bool orphaned) ODC_EXCLUDES(calls_mutex_);
    /// Makes `call`, which runs on this thread, a call without one (deferred_call.cpp). Null: there are too many.
    std::unique_ptr<DeferredCall> defer(Call& call) ODC_EXCLUDES(calls_mutex_);
    void answer(Deferred& deferred, std::uint32_t status) ODC_EXCLUDES(calls_mutex_, send_mutex_);
    struct Context;
    Next serve(Worker& worker, const PduHeader& header, const RequestHeader& request, std::span<std::uint8_t> stub,
               const SecurityContext* security);
    /// The presentation context of a request that may run; otherwise null, and `refused` is what comes next.
    const Context* admit(const PduHeader& header, const RequestHeader& request, const SecurityContext* security, Next& refused);
    /// The request whose first fragment was accepted is for a method with input pipes.
    bool begins_pipes() const;
    Next serve_input(Worker& worker);
    /// `input`: null, or where the request goes on behind `stub`.
    Next run_call(Worker& worker, const PduHeader& header, const RequestHeader& request, const Context& context, std::span<std::uint8_t> stub,
                  const SecurityContext* security, Input* input);
    /// From here on the monitor may take the reading over from the call.
    void begin_turn(Call& call);
    Next security_error(std::uint32_t call_id, const std::string& what);
    Sent send_response(const Outgoing& what, ndr::Writer& results, const SecurityContext* security, std::size_t max_xmit) ODC_EXCLUDES(send_mutex_);
    std::size_t request_limit(const SecurityContext* security) const;
    Next too_large();
    Next protocol_error(std::uint32_t call_id, const std::string& what);
    Next refuse_bind(std::uint32_t call_id, BindReject reason, const std::string& what);
    void close() ODC_EXCLUDES(calls_mutex_);

    std::vector<ContextResult> negotiate(const std::vector<ContextElement>& elements);
    ContextResult negotiate(const ContextElement& element, const std::vector<ContextElement>& elements);
    bool is_running(std::uint32_t call_id) ODC_EXCLUDES(calls_mutex_);
    bool send(std::span<const std::uint8_t> pdu) ODC_EXCLUDES(send_mutex_);
    bool send_fault(std::uint32_t call_id, std::uint16_t context_id, std::uint32_t status) ODC_EXCLUDES(send_mutex_);

    struct Context {
        std::uint16_t id;
        SyntaxId interface;
        ndr::Syntax syntax;
        const Served* served;
    };

    Server::State& server_;
    UniqueFd socket_;
    Peer peer_;
    const Endpoint listening_;
    const std::size_t fragment_offered_;

    // Of the reader:
    std::unique_ptr<Inbox> inbox_;
    std::vector<Context> contexts_;
    ServerSecurity security_;
    bool sign_headers_ = false;
    bool bound_ = false;
    bool multiplexed_ = false;
    std::size_t max_xmit_;

    Input* input_ = nullptr;  // the request of a running call that goes on arriving

    std::atomic<std::uint64_t> turn_{2};
    Call* inline_call_ = nullptr;  // written before turn_ becomes odd
    Mutex calls_mutex_;
    std::condition_variable_any answered_;  // a callback was, or the connection is gone
    std::vector<Call*> running_ ODC_GUARDED_BY(calls_mutex_);  // calls whose thread is no longer the reader, or that have none
    std::atomic<unsigned> running_count_{0};  // size of running_
    std::atomic<unsigned> deferred_count_{0};  // those of them that have no thread; written under calls_mutex_
    std::size_t deferred_bytes_ ODC_GUARDED_BY(calls_mutex_) = 0;
    std::atomic<bool> gone_{false};
    Mutex send_mutex_;
    std::vector<std::uint8_t> protected_pdu_ ODC_GUARDED_BY(send_mutex_);
    // Written by one thread at a time (the reader; who holds send_mutex_), read by anybody.
    std::atomic<std::uint32_t> calls_in_{0}, packets_in_{0}, packets_out_{0};
};

}  // namespace odc::rpc
