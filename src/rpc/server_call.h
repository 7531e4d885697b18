// A request that runs on a server's connection, or waits for its answer without a thread.
#pragma once

#include "rpc/server_connection.h"

namespace odc::rpc {

class ServerConnection::Call final : public ServerCall {
  public:
    /// `frame` is the worker's, which loses it when the call is deferred.
    Call(ServerConnection& connection, std::unique_ptr<ndr::ServerFrame>& frame, std::uint32_t call_id, const RequestHeader& request,
         const SyntaxId& interface, const Peer& peer, const SecurityContext* security, std::size_t max_xmit)
        : security(security), max_xmit(max_xmit), context_id(request.context_id), workers_frame(&frame), connection_(&connection), peer_(peer),
          call_id_(call_id) {
        frame_ = frame.get();
        opnum_ = request.opnum;
        object_ = request.object;
        interface_ = interface;
    }
    /// `of` without its thread: what it stands on is the deferred call's own. Under calls_mutex_.
    Call(const Call& of, const Peer& peer)
        : security(of.security), max_xmit(of.max_xmit), context_id(of.context_id), peer_(peer),
          call_id_(of.call_id_), cancelled_(of.cancelled()), orphaned_(of.orphaned()) {
        frame_ = of.frame_;
        opnum_ = of.opnum_;
        object_ = of.object_;
        interface_ = of.interface_;
        maybe = of.maybe;
    }
    const Peer& peer() const override { return peer_; }
    bool cancelled() const override;
    ContextTable* contexts() override {
        // The call keeps its connection, and that keeps the group.
        if (!contexts_ && connection_) contexts_ = connection_->server_.contexts_of(connection_->peer_.association_group);
        return contexts_;
    }
    Result<> call_back(Callback& callback) override {
        return connection_ ? connection_->call_back(*this, callback) : ServerCall::call_back(callback);
    }
    /// Not of calls with pipes, which need their connection's thread.
    std::unique_ptr<DeferredCall> defer() override { return connection_ && !streams ? connection_->defer(*this) : nullptr; }
    bool send_part() override;
    void end_input() override;
    std::uint32_t call_id() const { return call_id_; }
    void cancel() { cancelled_.store(true, std::memory_order_release); }
    /// Nobody waits for the response any more.
    void orphan() {
        orphaned_.store(true, std::memory_order_relaxed);
        cancel();
    }
    bool orphaned() const { return orphaned_.load(std::memory_order_relaxed); }

    const SecurityContext* const security;
    const std::size_t max_xmit;
    const std::uint16_t context_id;
    std::unique_ptr<ndr::ServerFrame>* const workers_frame = nullptr;
    Inbox* inbox = nullptr;    ///< where the arguments are:
    bool in_message = false;   ///< in its message, or else in its receiver
    bool maybe = false;        ///< nobody ever waits for the response
    bool is_deferred = false;  ///< another one has taken its place
    bool goes_on_reading = false;  ///< then: its thread has taken the reading over from itself
    // Of the call's thread:
    bool streams = false;    ///< its request or its response has come in parts
    Input* input = nullptr;  ///< set: its request goes on arriving
    bool part_sent = false;  ///< of the response
    // Guarded by the connection's calls_mutex_:
    Callback* waiting = nullptr;  ///< for the client's answer
    std::uint64_t turn = 0;       ///< under which the call runs

  private:
    ServerConnection* const connection_ = nullptr;  ///< null for a deferred one, which may live longer
    const Peer& peer_;
    const std::uint32_t call_id_;
    ContextTable* contexts_ = nullptr;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> orphaned_{false};
};

/// The status for a fault PDU: Win32 codes go out bare, as Windows sends them.
inline std::uint32_t fault_of(HRESULT failure) {
    const auto bits = static_cast<std::uint32_t>(failure);
    return (bits & 0xFFFF0000u) == 0x80070000u ? bits & 0xFFFFu : bits;
}

}  // namespace odc::rpc
