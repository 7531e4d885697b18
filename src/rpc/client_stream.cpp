#include "rpc/client_stream.h"

#include <poll.h>

#include <algorithm>

#include "base/log.h"
#include "rpc/association.h"

namespace odc::rpc {
namespace {

/// How much of a reply is here at a time.
constexpr std::size_t kWindow = 256 * 1024;

bool has_something(Connection& connection) {
    pollfd ready{connection.socket.get(), POLLIN, 0};
    return connection.receiver.has_unread() || ::poll(&ready, 1, 0) > 0;
}

}  // namespace

std::span<std::uint8_t> ClientStream::more(std::span<std::uint8_t> unread, std::size_t least, bool) {
    return connection ? static_cast<AssociationImpl&>(call_.association_).receive_part(call_, unread, least) : unread;
}

bool AssociationImpl::send_part(ClientCall& call) {
    ClientStream& stream = *call.stream_;
    const ndr::Writer& request = call.frame_->request;
    if (!stream.outcome || request.failed()) return false;
    if (stream.connection) return may_send(call) && send_rest(call, false);
    const std::size_t offered = endpoint_.protocol == Endpoint::Protocol::ncalrpc ? options_.local_fragment : options_.fragment;
    if (request.position() <= std::clamp(offered, kMinFragment, kMaxFragment)) return true;
    auto started = start(call, false);
    if (started) stream.connection = started.take();
    else stream.outcome = std::move(started.error());
    return static_cast<bool>(stream.outcome);
}

bool AssociationImpl::may_send(ClientCall& call) {
    const ConnectionPtr connection = call.stream_->connection;
    Frame& frame = *call.frame_;
    while (frame.state == Frame::State::waiting && has_something(*connection)) {
        read_one(connection, frame);
        if (frame.state == Frame::State::called) serve_callback(connection, call);
        if (frame.state == Frame::State::replied || (frame.receiving && !frame.called)) {
            log::warning("rpc", "{} answers a request that is not out yet", endpoint_.to_string());
            frame.state = Frame::State::failed;
            frame.failure = kProtocolError;
            abandon(connection);
        }
    }
    if (frame.state == Frame::State::waiting) return true;
    if (frame.state == Frame::State::faulted) {
        // The server must hear that the rest does not come (C706 12.6.4.8; MS-RPCE 3.3.1.5.10).
        Lock lock(connection->send_mutex);
        (void)send_bytes(connection->socket.get(), encode(Envelope{PduType::orphaned, frame.call_id.load(std::memory_order_relaxed)}));
        lock.unlock();
        if (!connection->keeps_on_orphan) {
            keep_group(connection, call);
            abandon(connection);
        }
    }
    (void)end_stream(call);
    return false;
}

bool AssociationImpl::send_rest(ClientCall& call, bool last) {
    const ConnectionPtr connection = call.stream_->connection;
    if (send_request(*connection, call, false, last) == Sent::all) return true;
    abandon(connection);
    // A server that closed may have said why.
    while (call.frame_->state == Frame::State::waiting) read_one(connection, *call.frame_);
    (void)end_stream(call);
    return false;
}

Result<> AssociationImpl::invoke_stream(ClientCall& call) {
    ClientStream& stream = *call.stream_;
    Frame& frame = *call.frame_;
    if (!stream.outcome) return stream.outcome;
    if (frame.request.failed()) return fail(frame.request.error(), "the arguments cannot be sent");
    if (!stream.connection) stream.connection = ODC_TRY(start(call, true));
    else if (!send_rest(call, true)) return stream.outcome;
    const ConnectionPtr connection = stream.connection;
    if (call.maybe_ && connection->multiplexed && leave(connection, call, true)) {
        stream.connection.reset();
        return {};
    }
    if (!stream.output) {
        (void)await_reply(connection, call);
        return end_stream(call);
    }
    while (frame.state == Frame::State::waiting && (!frame.receiving || frame.called || frame.message.size() == 0)) {
        read_one(connection, frame);
        if (frame.state == Frame::State::called) serve_callback(connection, call);
    }
    if (frame.state == Frame::State::waiting) return {};
    return end_stream(call);
}

std::span<std::uint8_t> AssociationImpl::receive_part(ClientCall& call, std::span<std::uint8_t> unread, std::size_t least) {
    const ConnectionPtr connection = call.stream_->connection;
    Frame& frame = *call.frame_;
    frame.message.begin_with(unread, least > kMaxReply ? kMaxReply : std::max(kWindow, least + kMaxFragment));
    while (frame.state == Frame::State::waiting && frame.message.size() < least) read_one(connection, frame);
    if (frame.state != Frame::State::waiting) (void)end_stream(call);
    return frame.message.data();
}

Result<> AssociationImpl::end_stream(ClientCall& call) {
    ClientStream& stream = *call.stream_;
    leave(std::exchange(stream.connection, nullptr), call, false);
    stream.outcome = outcome(*call.frame_, call);
    return stream.outcome;
}

Result<> AssociationImpl::finish_reply(ClientCall& call) {
    ndr::Reader& in = call.frame_->reply;
    if (!in.failed()) (void)in.await(kMaxReply + 1);
    in.set_source(nullptr);
    leave_reply(call);  // if it could not be read
    return call.stream_->outcome;
}

void AssociationImpl::leave_reply(ClientCall& call) {
    const ConnectionPtr connection = std::exchange(call.stream_->connection, nullptr);
    if (!connection) return;
    keep_group(connection, call);
    abandon(connection);
    leave(connection, call, false);
}

void AssociationImpl::keep_group(const ConnectionPtr& connection, const ClientCall& call) {
    {
        Lock lock(mutex_);
        if (connection->dead || connections_.size() != 1) return;
    }
    auto opened = Connection::open(endpoint_, options_, call.interface_, call.frame_->syntax, connection->group);
    if (!opened) return;
    Lock lock(mutex_);
    add_idle(opened.take());
}

}  // namespace odc::rpc
