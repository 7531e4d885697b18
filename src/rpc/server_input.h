// The request of a method with input pipes, which runs while its request arrives.
#pragma once

#include "rpc/server_call.h"

namespace odc::rpc {

/// The call's thread is the connection's reader until the request is whole, and reads when the method pulls: what the method does not take
/// stays in the socket, and the client waits. Nobody else can miss the reading, since no other request may come before the end of this
/// one (MS-RPCE 3.3.1.5.8); cancels are seen by the pulls. Used by that thread only.
class ServerConnection::Input final : public ndr::Source {
  public:
    /// `limit`: of what comes before the pipes.
    Input(ServerConnection& connection, Worker& worker, std::size_t limit) : connection_(connection), worker_(worker), limit_(limit) {}

    std::span<std::uint8_t> more(std::span<std::uint8_t> unread, std::size_t least, bool in_place) override;
    /// Reads what comes behind the pipes, such as a verification trailer.
    void finish();
    /// The connection is lost.
    bool lost() const;

    // For the connection:
    /// The request is for this call.
    void enter(Call& call);
    /// The call ends before its request. False: so does the connection.
    bool leave();
    /// The connection must end: it is lost, or the client has broken the protocol and has been told.
    bool broken() const { return state_ == State::broken; }
    void complete() { state_ = State::whole; }
    void cancel(bool orphaned);

  private:
    using Clock = std::chrono::steady_clock;
    enum class State : std::uint8_t { arriving, whole, orphaned, broken };

    /// Until the inbox has `n` bytes, or no more come.
    void receive(std::size_t n, Clock::time_point until);
    Clock::time_point patience() const;
    void settle();

    ServerConnection& connection_;
    Worker& worker_;
    std::size_t limit_;
    Call* call_ = nullptr;
    State state_ = State::arriving;
};

}  // namespace odc::rpc
