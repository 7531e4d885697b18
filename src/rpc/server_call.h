// A request that runs on a server's connection.
#pragma once

#include "rpc/server_connection.h"

namespace odc::rpc {

class ServerConnection::Call final : public ServerCall {
  public:
    Call(ServerConnection& connection, ndr::ServerFrame& frame, std::uint32_t call_id, const RequestHeader& request,
         const SyntaxId& interface, const Peer& peer, const SecurityContext* security, std::size_t max_xmit)
        : security(security), max_xmit(max_xmit), context_id(request.context_id), connection_(connection), peer_(peer), call_id_(call_id) {
        frame_ = &frame;
        opnum_ = request.opnum;
        object_ = request.object;
        interface_ = interface;
    }
    const Peer& peer() const override { return peer_; }
    bool cancelled() const override;
    ContextTable* contexts() override {
        // The call keeps its connection, and that keeps the group.
        if (!contexts_) contexts_ = connection_.server_.contexts_of(connection_.peer_.association_group);
        return contexts_;
    }
    Result<> call_back(Callback& callback) override { return connection_.call_back(*this, callback); }
    bool send_part() override;
    void end_input() override;
    std::uint32_t call_id() const { return call_id_; }
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
    /// Nobody waits for the response any more.
    void orphan() {
        orphaned_.store(true, std::memory_order_relaxed);
        cancel();
    }
    bool orphaned() const { return orphaned_.load(std::memory_order_relaxed); }

    const SecurityContext* const security;
    const std::size_t max_xmit;
    const std::uint16_t context_id;
    // Of the call's thread:
    Input* input = nullptr;  ///< set: its request goes on arriving
    bool part_sent = false;  ///< of the response
    // Guarded by the connection's calls_mutex_:
    Callback* waiting = nullptr;  ///< for the client's answer
    std::uint64_t turn = 0;       ///< under which the call runs

  private:
    ServerConnection& connection_;
    const Peer& peer_;
    const std::uint32_t call_id_;
    ContextTable* contexts_ = nullptr;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> orphaned_{false};
};

}  // namespace odc::rpc
