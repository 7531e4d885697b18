// Calls that are begun and finished: no thread waits in between, the process's ReplyWatch reads.
#include "rpc/association.h"

namespace odc::rpc {

Result<> AssociationImpl::begin(ClientCall& call) {
    Frame& frame = *call.frame_;
    if (frame.request.failed()) return fail(frame.request.error(), "the arguments cannot be sent");
    for (bool fresh = false;; fresh = true) {
        const ConnectionPtr connection = ODC_TRY(acquire(call, fresh));
        if (frame.began_as_reader) {  // nobody else would read
            leave(connection, call, false);
            return fail_win32(RPC_S_OUT_OF_RESOURCES, "no descriptors for the thread that reads replies");
        }
        // As long as no byte of the request is out, nothing can have run, and a second try is safe.
        if (auto ready = ensure_context(connection, call); !ready) {
            const bool was_stale = frame.state == Frame::State::failed && !fresh;
            leave(connection, call, false);
            if (was_stale) continue;
            return ready;
        }
        const Sent sent = send_request(*connection, call);
        if (sent == Sent::all) [[likely]] {
            let_go(call);
            return {};
        }
        // The watch may be reading for this call: it is left alone once the end was seen there too.
        abandon(connection);
        (void)await(connection, call);
        leave(connection, call, false);
        if (sent == Sent::partly && frame.state == Frame::State::faulted) return outcome(frame, call);
        if (sent == Sent::partly) return fail_win32(RPC_S_CALL_FAILED, endpoint_.to_string() + " closed the connection while the request was sent");
        if (fresh) return fail_win32(RPC_S_SERVER_UNAVAILABLE, endpoint_.to_string() + " closed the connection");
        abandon_idle();
    }
}

Result<> AssociationImpl::finish(ClientCall& call) { return outcome(*call.frame_, call); }

bool AssociationImpl::give_up(ClientCall& call) {
    /// Owns what the reply goes to.
    struct Unwanted final : CallDone {
        std::unique_ptr<Frame> frame;
        void call_done() override { delete this; }
    };
    auto unwanted = std::make_unique<Unwanted>();
    auto fresh = std::make_unique<Frame>();
    fresh->syntax = call.frame_->syntax;
    Lock lock(mutex_);
    if (!call.frame_->done) return false;
    unwanted->frame.reset(std::exchange(call.frame_, fresh.release()));
    CallDone*& done = unwanted->frame->done;
    done = unwanted.release();
    return true;
}

void AssociationImpl::let_go(ClientCall& call) {
    Frame& frame = *call.frame_;
    Lock lock(mutex_);
    if (frame.state == Frame::State::waiting) {
        frame.done = call.done_;
        return;
    }
    std::erase(frame.connection->pending, &frame);
    frame.connection = nullptr;
    CallDone& done = *call.done_;
    lock.unlock();
    done.call_done();
}

void AssociationImpl::read_watched(const ConnectionPtr& connection) {
    connection->receiver.set_blocking(false);
    while (!connection->lost && read_one(connection, *connection->watch) && connection->receiver.has_unread()) {}
}

bool AssociationImpl::end_watch(Connection& connection) {
    Lock lock(mutex_);
    if (!connection.pending.empty()) return false;
    connection.watch.reset();
    connection.reader = nullptr;
    connection.exclusive = true;  // until it is idle
    return true;
}

void AssociationImpl::give_back(const ConnectionPtr& connection) {
    Lock lock(mutex_);
    if (connection->dead) return;
    connection->receiver.set_blocking(true);
    make_idle(connection);
}

}  // namespace odc::rpc
