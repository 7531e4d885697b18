#include "rpc/server_input.h"

#include <poll.h>

#include <algorithm>

#include "base/log.h"

namespace odc::rpc {
namespace {

/// How much of a pipe is here at a time.
constexpr std::size_t kWindow = 256 * 1024;

}  // namespace

bool ServerConnection::Call::cancelled() const {
    return cancelled_.load(std::memory_order_acquire) || (connection_ && connection_->gone_.load(std::memory_order_relaxed)) || (input && input->lost());
}

bool ServerConnection::Call::send_part() {
    if (orphaned() || !connection_ || connection_->gone_.load(std::memory_order_relaxed)) return false;
    streams = true;
    ndr::Writer& out = frame_->response;
    if (out.position() <= max_xmit) return true;
    // A program that takes its time with what it got is no peer that is gone.
    if (!part_sent) set_send_timeout(connection_->socket(), std::chrono::seconds(connection_->server_.limits.pipe_seconds));
    const Outgoing part{PduType::response, call_id_, context_id, 0, nullptr, !part_sent, false};
    part_sent = true;
    if (connection_->send_response(part, out, security, max_xmit) == Sent::all) return true;
    connection_->disconnect();
    return false;
}

void ServerConnection::Call::end_input() {
    if (input) input->finish();
}

bool ServerConnection::begins_pipes() const {
    const Inbox& inbox = *inbox_;
    if (inbox.header.type != PduType::request || inbox.header.has(kLastFrag)) return false;
    return std::any_of(contexts_.begin(), contexts_.end(), [&](const Context& context) {
        return context.id == inbox.request.context_id && context.served->has_input_pipes(inbox.request.opnum);
    });
}

ServerConnection::Next ServerConnection::serve_input(Worker& worker) {
    const PduHeader header = inbox_->header;
    const RequestHeader request = inbox_->request;
    const SecurityContext* const security = inbox_->security;
    Next refused = Next::read;
    if (!admit(header, request, security, refused)) {
        inbox_->skipping = true;
        return refused;
    }
    Input input(*this, worker, request_limit(security));
    input_ = &input;
    const std::span<std::uint8_t> first = input.more({}, 1, true);
    if (first.empty()) return input.leave() ? Next::read : Next::close;
    // What came with the fragment may have changed the table of contexts.
    const auto context = std::find_if(contexts_.begin(), contexts_.end(), [&](const Context& c) { return c.id == request.context_id; });
    return run_call(worker, header, request, *context, first, security, &input);
}

void ServerConnection::Input::enter(Call& call) {
    call_ = &call;
    call.input = this;
    call.streams = true;
    call.request().set_source(this);
    settle();
}

bool ServerConnection::Input::leave() {
    connection_.input_ = nullptr;
    connection_.inbox_->skipping = connection_.inbox_->assembling;
    return state_ != State::broken;
}

void ServerConnection::Input::cancel(bool orphaned) {
    if (orphaned) state_ = State::orphaned;
    if (!call_) return;
    if (orphaned) call_->orphan();
    else call_->cancel();
}

bool ServerConnection::Input::lost() const {
    if (state_ == State::broken) return true;
    pollfd end{connection_.socket(), POLLRDHUP, 0};
    return ::poll(&end, 1, 0) > 0;
}

std::span<std::uint8_t> ServerConnection::Input::more(std::span<std::uint8_t> unread, std::size_t least, bool in_place) {
    if (state_ != State::arriving) return unread;
    Message& message = connection_.inbox_->message;
    std::span<std::uint8_t> data = unread;
    if (in_place) {
        // Arguments: they stay where they are until the call ends.
        if (least - unread.size() > limit_) return unread;
        receive(least - unread.size(), patience());
        data = {static_cast<std::uint8_t*>(worker_.frame->arena.allocate(unread.size() + message.size())), unread.size() + message.size()};
        std::copy(unread.begin(), unread.end(), data.begin());
        std::copy(message.data().begin(), message.data().end(), data.begin() + static_cast<std::ptrdiff_t>(unread.size()));
        limit_ -= std::min(limit_, message.size());
        message.begin(limit_);
    } else {
        message.begin_with(unread, std::max(kWindow, least + kMaxFragment));
        receive(least, patience());
        data = message.data();
    }
    settle();
    return data;
}

void ServerConnection::Input::finish() {
    const auto until = patience();
    while (state_ == State::arriving) {
        connection_.inbox_->message.begin(kWindow);
        receive(1, until);
    }
    settle();
}

void ServerConnection::Input::receive(std::size_t n, Clock::time_point until) {
    const Inbox& inbox = *connection_.inbox_;
    while (state_ == State::arriving && inbox.message.size() < n) {
        // Next::park only says that nothing came for a while.
        if (connection_.step(worker_) == Next::close) state_ = State::broken;
        else if (state_ == State::arriving && inbox.message.size() < n && Clock::now() >= until) {
            log::warning("rpc", "{} does not go on with its pipe", connection_.peer_name());
            connection_.disconnect();
            state_ = State::broken;
        }
    }
}

ServerConnection::Input::Clock::time_point ServerConnection::Input::patience() const {
    return Clock::now() + std::chrono::seconds(connection_.server_.limits.pipe_seconds);
}

void ServerConnection::Input::settle() {
    if (state_ != State::whole || !call_) return;
    connection_.input_ = nullptr;
    call_->input = nullptr;
    connection_.begin_turn(*call_);
}

}  // namespace odc::rpc
