// Calls whose method has returned, and whose results come later: memory, and no thread.
#include <algorithm>

#include "rpc/server_call.h"

namespace odc::rpc {

/// Owns what the call's arguments are in. The connection and its server may be gone before it.
class ServerConnection::Deferred final : public DeferredCall {
  public:
    /// `bytes`: what it counts for. Under calls_mutex_.
    Deferred(Call& of, std::weak_ptr<ServerConnection> connection, std::size_t bytes)
        : peer_(of.peer()), frame(std::exchange(*of.workers_frame, std::make_unique<ndr::ServerFrame>())), bytes(bytes), call_(of, peer_),
          inbox_(of.inbox), connection_(std::move(connection)) {}
    ~Deferred() override {
        answer(kFaultUnspecified);
        // The last that a connection does before it is gone is to cancel its calls: that came before this.
        (void)call_.cancelled();
        frame->finish();
    }
    const ServerCall& call() const override { return call_; }
    void answer(std::uint32_t status) override {
        if (std::exchange(answered_, true)) return;
        if (const auto connection = connection_.lock()) connection->answer(*this, status);
    }
    Call& own_call() { return call_; }

  private:
    const Peer peer_;

  public:
    const std::unique_ptr<ndr::ServerFrame> frame;
    const std::size_t bytes;

  private:
    Call call_;
    const std::unique_ptr<Inbox> inbox_;
    const std::weak_ptr<ServerConnection> connection_;
    bool answered_ = false;
};

std::unique_ptr<DeferredCall> ServerConnection::defer(Call& call) {
    if (!call.in_message) call.inbox->message.trim(0);  // of an earlier call
    const std::size_t bytes = call.inbox->bytes();
    {
        Lock lock(calls_mutex_);
        if (deferred_count_.load(std::memory_order_relaxed) >= server_.limits.deferred_per_connection) return nullptr;
        if (deferred_bytes_ + bytes > server_.limits.deferred_bytes) return nullptr;
    }
    // Its thread goes on as a reader that runs nothing, unless the monitor was faster and somebody else reads.
    call.goes_on_reading = take_over(call.turn) != Taken::no;
    Lock lock(calls_mutex_);
    auto deferred = std::make_unique<Deferred>(call, weak_from_this(), bytes);
    *std::find(running_.begin(), running_.end(), &call) = &deferred->own_call();
    call.is_deferred = true;
    deferred_count_.fetch_add(1, std::memory_order_relaxed);
    deferred_bytes_ += bytes;
    return deferred;
}

void ServerConnection::answer(Deferred& deferred, std::uint32_t status) {
    Call& call = deferred.own_call();
    ndr::Writer& results = deferred.frame->response;
    if (status == 0 && results.failed()) status = fault_of(results.error());
    bool sent = true;
    if (call.maybe || call.orphaned() || gone_.load(std::memory_order_relaxed)) {
        // Nobody waits for an answer.
    } else if (status != 0) {
        sent = send_fault(call.call_id(), call.context_id, status);
    } else {
        sent = send_response({PduType::response, call.call_id(), call.context_id, 0, nullptr}, results, call.security, call.max_xmit) == Sent::all;
    }
    {
        Lock lock(calls_mutex_);
        std::erase(running_, &call);
        running_count_.store(static_cast<unsigned>(running_.size()), std::memory_order_relaxed);
        deferred_count_.fetch_sub(1, std::memory_order_relaxed);
        deferred_bytes_ -= deferred.bytes;
    }
    if (!sent) disconnect();
}

}  // namespace odc::rpc
