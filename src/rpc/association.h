// The client side of RPC: which connection a call takes, who reads the replies, what happens when a connection breaks.
#pragma once

#include "rpc/client_connection.h"

namespace odc::rpc {

/// A call on a connection of its own sends and reads by itself. When connections are shared, one of the waiting calls reads
/// for all (the reader) and hands the reading on when its own reply is there. Calls that were begun (begun_calls.cpp) have no thread that
/// could read: the ReplyWatch reads their connections.
class AssociationImpl final : public Association {
  public:
    AssociationImpl(Endpoint endpoint, BindingOptions options) : endpoint_(std::move(endpoint)), options_(options) {}
    ~AssociationImpl() override;

    const Endpoint& endpoint() const override { return endpoint_; }
    void close() override ODC_EXCLUDES(mutex_);
    bool broken() const override ODC_EXCLUDES(mutex_);

    // For the ReplyWatch:
    /// Reads what has come.
    void read_watched(const std::shared_ptr<Connection>& connection) ODC_EXCLUDES(mutex_);
    /// Stops to be read by the watch, unless calls are pending. True: the caller has to `give_back` it, once the watch has forgotten it.
    bool end_watch(Connection& connection) ODC_EXCLUDES(mutex_);
    void give_back(const std::shared_ptr<Connection>& connection) ODC_EXCLUDES(mutex_);

  protected:
    Result<> invoke(ClientCall& call) override;
    Result<> begin(ClientCall& call) override ODC_EXCLUDES(mutex_);
    Result<> finish(ClientCall& call) override;
    void cancel(ClientCall& call) override ODC_EXCLUDES(mutex_);
    bool give_up(ClientCall& call) override ODC_EXCLUDES(mutex_);
    bool send_part(ClientCall& call) override;
    Result<> finish_reply(ClientCall& call) override;
    void leave_reply(ClientCall& call) override ODC_EXCLUDES(mutex_);
    ndr::Syntax syntax_of(const SyntaxId& interface) override ODC_EXCLUDES(mutex_);

  private:
    using Frame = ClientCall::Frame;
    using ConnectionPtr = std::shared_ptr<Connection>;
    static constexpr std::size_t kMaxReply = std::size_t{256} << 20;
    friend class ClientStream;

    /// Sends the request on a connection, or what fills fragments of it when it is not the `last` of it. The connection has `call` in its
    /// `pending`, unless this fails.
    Result<ConnectionPtr> start(ClientCall& call, bool last) ODC_EXCLUDES(mutex_);
    /// A connection with `call` in its `pending`; the call is its reader if nobody else was. `fresh`: a new connection.
    Result<ConnectionPtr> acquire(ClientCall& call, bool fresh) ODC_EXCLUDES(mutex_);
    ConnectionPtr idle_or_shared(ClientCall& call) ODC_EXCLUDES(mutex_);
    ConnectionPtr pop_idle(const ClientCall& call, bool& stale) ODC_REQUIRES(mutex_);
    ConnectionPtr shareable(const ClientCall& call) const ODC_REQUIRES(mutex_);
    Result<ConnectionPtr> open(ClientCall& call) ODC_EXCLUDES(mutex_);
    void enter(const ConnectionPtr& connection, ClientCall& call) ODC_REQUIRES(mutex_);
    /// Gives the call's place on the connection back, and the reading on. `drop`: its reply may still be to come; false, and nothing is done, when
    /// another call is reading it right now, or too many replies are to come that nobody waits for.
    bool leave(const ConnectionPtr& connection, ClientCall& call, bool drop) ODC_EXCLUDES(mutex_);
    void make_idle(const ConnectionPtr& connection) ODC_REQUIRES(mutex_);
    /// Keeps a connection that no call has used yet.
    void add_idle(const ConnectionPtr& connection) ODC_REQUIRES(mutex_);
    /// The connection is of no use: its reader sees the end, no call comes to it any more.
    void abandon(const ConnectionPtr& connection) ODC_EXCLUDES(mutex_);
    void remove(const ConnectionPtr& connection) ODC_REQUIRES(mutex_);
    void abandon_idle() ODC_EXCLUDES(mutex_);

    Result<> ensure_context(const ConnectionPtr& connection, ClientCall& call) ODC_EXCLUDES(mutex_);
    /// Returns when the frame's state is no longer `waiting` (true), or when the call's waiter gave it up.
    bool await(const ConnectionPtr& connection, ClientCall& call) ODC_EXCLUDES(mutex_);
    /// `await`, and what the server calls in the meantime.
    bool await_reply(const ConnectionPtr& connection, ClientCall& call) ODC_EXCLUDES(mutex_);
    void serve_callback(const ConnectionPtr& connection, ClientCall& call) ODC_EXCLUDES(mutex_);
    /// The call is busy: another that waits on the connection reads it.
    void pass_reading(Connection& connection, Frame& from) ODC_EXCLUDES(mutex_);
    void wait_again(Connection& connection, Frame& frame) ODC_EXCLUDES(mutex_);
    /// Notes what a PDU for the call begins or goes on with: a reply, or a call of the server. False: not both at once.
    static bool takes(Frame& frame, const PduHeader& header, std::span<const std::uint8_t> pdu);
    Result<> outcome(const Frame& frame, ClientCall& call) const;
    void send_cancel(Connection& connection, std::uint32_t call_id);
    Sent send_request(Connection& connection, ClientCall& call, bool first = true, bool last = true);

    // Calls with pipes (client_stream.cpp):
    Result<> invoke_stream(ClientCall& call);
    /// Reads what the server says while the request goes out. False: the call is over.
    bool may_send(ClientCall& call);
    /// The rest of a request of which parts are out. False: the call is over.
    bool send_rest(ClientCall& call, bool last);
    /// `least` bytes of the reply, of which the call has not read `unread`, or all that come.
    std::span<std::uint8_t> receive_part(ClientCall& call, std::span<std::uint8_t> unread, std::size_t least);
    /// The reader has found the end of the call.
    Result<> end_stream(ClientCall& call);
    /// If `connection` is the only one, another: the association's contexts end with the last.
    void keep_group(const ConnectionPtr& connection, const ClientCall& call) ODC_EXCLUDES(mutex_);

    /// From now on `done` is told; at once when the reply is there already.
    void let_go(ClientCall& call) ODC_EXCLUDES(mutex_);

    // As the connection's reader, whose own call is `own`:
    /// False when there is nothing more to read now.
    bool read_one(const ConnectionPtr& connection, Frame& own) ODC_EXCLUDES(mutex_);
    void on_pdu(const ConnectionPtr& connection, Frame& own) ODC_EXCLUDES(mutex_);
    void on_fragment(const ConnectionPtr& connection, Frame& own) ODC_EXCLUDES(mutex_);
    /// The connection broke: every call on it fails.
    void lost(const ConnectionPtr& connection, HRESULT failure) ODC_EXCLUDES(mutex_);
    Frame* frame_of(Connection& connection, Frame& own, std::uint32_t call_id) ODC_EXCLUDES(mutex_);
    void finish(Frame& frame, Frame& own, Frame::State state) ODC_EXCLUDES(mutex_);
    bool finish_dropped(Connection& connection, std::uint32_t call_id) ODC_EXCLUDES(mutex_);
    /// Takes dropped replies off the socket until few are to come.
    void drain(const ConnectionPtr& connection, ClientCall& call) ODC_EXCLUDES(mutex_);

    const Endpoint endpoint_;
    const BindingOptions options_;
    mutable Mutex mutex_;
    std::vector<ConnectionPtr> connections_ ODC_GUARDED_BY(mutex_);
    std::vector<ConnectionPtr> idle_ ODC_GUARDED_BY(mutex_);  // the last one used is at the end
    unsigned opening_ ODC_GUARDED_BY(mutex_) = 0;
    std::condition_variable_any opened_;  // one of them has come to an end
    unsigned maybe_pending_ ODC_GUARDED_BY(mutex_) = 0;
    std::uint32_t group_ ODC_GUARDED_BY(mutex_) = 0;
    std::vector<std::pair<SyntaxId, ndr::Syntax>> syntaxes_ ODC_GUARDED_BY(mutex_);  // as the server chose
    bool broken_ ODC_GUARDED_BY(mutex_) = false;
};

}  // namespace odc::rpc
