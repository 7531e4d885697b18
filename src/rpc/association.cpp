#include "rpc/association.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "rpc/fault_status.h"
#include "rpc/reply_watch.h"
#include "rpc/socket.h"

namespace odc::rpc {
namespace {

/// A connection that was idle for longer is looked at before it is used: its server may be gone.
constexpr time_t kTrustedIdleSeconds = 1;
/// Replies of maybe calls that may be outstanding before somebody reads them.
constexpr std::size_t kDroppedHigh = 32, kDroppedLow = 8;

constexpr HRESULT kCallFailed = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);

timespec coarse_now() {
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now;
}

/// The peer has neither closed the connection nor sent what nobody asked for.
bool is_alive(const Connection& connection) {
    char byte;
    const ssize_t got = ::recv(connection.socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) return !connection.dropped.empty();
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace

std::shared_ptr<Association> Association::create(Endpoint endpoint, BindingOptions options) {
    return std::make_shared<AssociationImpl>(std::move(endpoint), options);
}

AssociationImpl::~AssociationImpl() = default;

bool AssociationImpl::broken() const {
    Lock lock(mutex_);
    return broken_;
}

void AssociationImpl::close() {
    Lock lock(mutex_);
    for (const ConnectionPtr& connection : connections_) {
        connection->dead = true;
        ::shutdown(connection->socket.get(), SHUT_RDWR);
    }
    connections_.clear();
    idle_.clear();
    group_ = 0;
    maybe_pending_ = 0;
}

Result<> AssociationImpl::invoke(ClientCall& call) {
    if (call.stream_) [[unlikely]] return invoke_stream(call);
    Frame& frame = *call.frame_;
    if (frame.request.failed()) return fail(frame.request.error(), "the arguments cannot be sent");
    const ConnectionPtr connection = ODC_TRY(start(call, true));
    if (call.maybe_ && connection->multiplexed && leave(connection, call, true)) return {};
    if (!await_reply(connection, call)) {
        send_cancel(*connection, frame.call_id.load(std::memory_order_relaxed));
        if (!connection->multiplexed) abandon(connection);
        leave(connection, call, true);
        return fail_win32(RPC_S_CALL_CANCELLED, "given up while waiting for the reply");
    }
    leave(connection, call, false);
    return outcome(frame, call);
}

Result<AssociationImpl::ConnectionPtr> AssociationImpl::start(ClientCall& call, bool last) {
    Frame& frame = *call.frame_;
    for (bool fresh = false;; fresh = true) {
        ConnectionPtr connection = ODC_TRY(acquire(call, fresh));
        // As long as no byte of the request is out, nothing can have run, and a second try is safe.
        if (auto ready = ensure_context(connection, call); !ready) {
            const bool was_stale = frame.state == Frame::State::failed && !fresh;
            leave(connection, call, false);
            if (was_stale) continue;
            return std::move(ready.error());
        }
        const Sent sent = send_request(*connection, call, true, last);
        if (sent == Sent::all) [[likely]] return connection;
        // A server that closes while the request is on its way may have said why.
        if (sent == Sent::partly && frame.began_as_reader && await(connection, call) && frame.state == Frame::State::faulted) {
            abandon(connection);
            leave(connection, call, false);
            return std::move(outcome(frame, call).error());
        }
        abandon(connection);
        if (frame.began_as_reader) lost(connection, kCallFailed);
        else (void)await(connection, call);  // who reads may be at this call's reply
        leave(connection, call, false);
        if (sent == Sent::partly && frame.state == Frame::State::faulted) return std::move(outcome(frame, call).error());
        if (sent == Sent::partly) return fail(kCallFailed, endpoint_.to_string() + " closed the connection while the request was sent");
        if (fresh) return fail_win32(RPC_S_SERVER_UNAVAILABLE, endpoint_.to_string() + " closed the connection");
        abandon_idle();
    }
}

Sent AssociationImpl::send_request(Connection& connection, ClientCall& call, bool first, bool last) {
    Frame& frame = *call.frame_;
    Lock lock(connection.send_mutex);
    if (first) frame.call_id.store(++connection.last_call, std::memory_order_relaxed);
    const std::uint32_t id = frame.call_id.load(std::memory_order_relaxed);
    return connection.send({PduType::request, id, frame.context, call.opnum_, call.object_ ? &*call.object_ : nullptr, first, last}, frame.request);
}

Result<> AssociationImpl::outcome(const Frame& frame, ClientCall& call) const {
    switch (frame.state) {
        case Frame::State::replied: return {};
        case Frame::State::faulted:
            call.fault_status_ = frame.fault;
            return fail(hresult_of_fault(frame.fault), "fault from " + endpoint_.to_string());
        default: return fail(frame.failure, endpoint_.to_string() + ": connection lost during the call");
    }
}

Result<AssociationImpl::ConnectionPtr> AssociationImpl::acquire(ClientCall& call, bool fresh) {
    if (!fresh) {
        if (ConnectionPtr connection = idle_or_shared(call)) return connection;
    }
    auto opened = open(call);
    if (opened || fresh) return opened;
    // A server that takes no more connections may still serve the ones that there are.
    Lock lock(mutex_);
    ConnectionPtr connection = call.needs_own_connection() ? nullptr : shareable(call);
    if (!connection) return opened;
    broken_ = false;
    enter(connection, call);
    return connection;
}

AssociationImpl::ConnectionPtr AssociationImpl::idle_or_shared(ClientCall& call) {
    for (;;) {
        ConnectionPtr stale_one;
        {
            Lock lock(mutex_);
            bool stale = false;
            ConnectionPtr connection = pop_idle(call, stale);
            if (connection && !stale) [[likely]] {
                enter(connection, call);
                if (call.maybe_ && connection->dropped.size() > kDroppedHigh) {
                    lock.unlock();
                    drain(connection, call);
                }
                return connection;
            }
            if (!connection) {
                if (call.needs_own_connection() || connections_.size() + opening_ < options_.connections) return nullptr;
                connection = shareable(call);
                if (!connection && opening_ > 0) {
                    opened_.wait(lock);
                    continue;
                }
                if (connection) enter(connection, call);
                return connection;
            }
            stale_one = std::move(connection);
        }
        if (!is_alive(*stale_one)) {
            abandon(stale_one);
            continue;
        }
        Lock lock(mutex_);
        if (stale_one->dead) continue;
        enter(stale_one, call);
        return stale_one;
    }
}

AssociationImpl::ConnectionPtr AssociationImpl::pop_idle(const ClientCall& call, bool& stale) {
    if (maybe_pending_ != 0 && !call.done_) [[unlikely]] {
        // What this thread sent without waiting has to stay in front of what it sends now.
        const auto self = std::this_thread::get_id();
        for (const ConnectionPtr& connection : connections_) {
            if (connection->maybe_thread != self || connection->dropped.empty() || connection->exclusive) continue;
            std::erase(idle_, connection);
            return connection;
        }
        for (auto at = idle_.rbegin(); at != idle_.rend(); ++at) {
            if (!(*at)->dropped.empty()) continue;
            ConnectionPtr connection = std::move(*at);
            idle_.erase(std::next(at).base());
            stale = coarse_now().tv_sec - connection->idle_since.tv_sec > kTrustedIdleSeconds;
            return connection;
        }
        if (connections_.size() + opening_ < options_.connections) return nullptr;
    }
    if (idle_.empty()) return nullptr;
    ConnectionPtr connection = std::move(idle_.back());
    idle_.pop_back();
    stale = coarse_now().tv_sec - connection->idle_since.tv_sec > kTrustedIdleSeconds;
    return connection;
}

AssociationImpl::ConnectionPtr AssociationImpl::shareable(const ClientCall& call) const {
    ConnectionPtr best;
    std::size_t best_load = ~std::size_t{0};
    for (const ConnectionPtr& connection : connections_) {
        if (!connection->multiplexed || connection->exclusive || !connection->reader) continue;
        if (call.done_ && !connection->watch) continue;  // its reader stops reading when its own reply is there
        // A context to negotiate costs more than a few calls in front.
        const bool has_context = connection->context(call.interface_, call.frame_->syntax).has_value();
        const std::size_t load = connection->pending.size() + (has_context ? 0 : 8);
        if (load < best_load) {
            best = connection;
            best_load = load;
        }
    }
    return best;
}

Result<AssociationImpl::ConnectionPtr> AssociationImpl::open(ClientCall& call) {
    std::uint32_t group;
    {
        Lock lock(mutex_);
        ++opening_;
        group = group_;
    }
    auto opened = Connection::open(endpoint_, options_, call.interface_, call.frame_->syntax, group);
    if (!opened && group != 0) {
        // The server that gave us the group may be gone; its successor knows nothing of it.
        opened = Connection::open(endpoint_, options_, call.interface_, call.frame_->syntax, 0);
    }
    Lock lock(mutex_);
    --opening_;
    opened_.notify_all();
    if (!opened) {
        broken_ = true;
        return std::move(opened.error());
    }
    ConnectionPtr connection = opened.take();
    broken_ = false;
    group_ = connection->group;
    connections_.push_back(connection);
    enter(connection, call);
    return connection;
}

ndr::Syntax AssociationImpl::syntax_of(const SyntaxId& interface) {
    if (!options_.offer_ndr64) [[likely]] return ndr::Syntax::ndr20;
    std::uint32_t group;
    {
        Lock lock(mutex_);
        for (const auto& [known, syntax] : syntaxes_)
            if (known == interface) return syntax;
        group = group_;
    }
    auto opened = Connection::open(endpoint_, options_, interface, std::nullopt, group);
    if (!opened || (*opened)->contexts.empty()) return ndr::Syntax::ndr20;  // the call itself will fail, and say why
    const ConnectionPtr connection = opened.take();
    const ndr::Syntax syntax = connection->contexts.front().syntax;
    Lock lock(mutex_);
    syntaxes_.emplace_back(interface, syntax);
    group_ = connection->group;
    if (connections_.size() < options_.connections) add_idle(connection);
    return syntax;
}

void AssociationImpl::add_idle(const ConnectionPtr& connection) {
    connection->idle_since = coarse_now();
    connections_.push_back(connection);
    idle_.push_back(connection);
}

void AssociationImpl::enter(const ConnectionPtr& connection, ClientCall& call) {
    Frame& frame = *call.frame_;
    frame.state = Frame::State::waiting;
    frame.receiving = false;
    frame.called.reset();
    frame.callable = call.callbacks_ != nullptr;
    frame.message.begin(kMaxReply);
    frame.failure = S_OK;
    frame.call_id.store(0, std::memory_order_relaxed);
    frame.connection = connection.get();
    connection->pending.push_back(&frame);
    if (call.done_ && !connection->watch) {
        connection->watch = std::make_unique<Frame>();
        connection->reader = connection->watch.get();
        if (!ReplyWatch::instance().add(std::static_pointer_cast<AssociationImpl>(shared_from_this()), connection)) {
            connection->watch.reset();
            connection->reader = nullptr;
        }
    }
    frame.began_as_reader = connection->reader == nullptr;
    if (frame.began_as_reader) connection->reader = &frame;
    if (call.needs_own_connection()) connection->exclusive = true;
}

bool AssociationImpl::leave(const ConnectionPtr& connection, ClientCall& call, bool drop) {
    Frame& frame = *call.frame_;
    Lock lock(mutex_);
    if (drop && connection->reading_for == &frame) return false;
    // The others may be sending: somebody has to read before so many replies are on their way that the server cannot send.
    if (drop && connection->pending.size() > 1 && connection->dropped.size() > kDroppedHigh) return false;
    drop = drop && frame.state == Frame::State::waiting;
    frame.connection = nullptr;
    if (connection->pending.size() == 1) connection->pending.clear();
    else std::erase(connection->pending, &frame);
    if (connection->reader == &frame) {
        if (connection->receiving == &frame) {  // given up within its reply, the rest of which is still to come
            connection->receiving = nullptr;
            connection->discarded.begin(kMaxReply);
        }
        connection->reader = nullptr;
        connection->reading_for = nullptr;
        for (Frame* next : connection->pending) {
            if (next->state != Frame::State::waiting) continue;
            connection->reader = next;
            next->changed.notify_one();
            break;
        }
    }
    if (connection->dead) {
        if (connection->watch) ReplyWatch::instance().look_again();
        return true;
    }
    if (drop) {
        connection->dropped.push_back(frame.call_id.load(std::memory_order_relaxed));
        connection->maybe_thread = std::this_thread::get_id();
        ++maybe_pending_;
    }
    if (!connection->pending.empty()) return true;
    if (connection->watch) ReplyWatch::instance().look_again();
    else make_idle(connection);
    return true;
}

void AssociationImpl::make_idle(const ConnectionPtr& connection) {
    // What came behind the last reply is a shutdown, or nothing that was asked for.
    if (connection->receiver.has_unread() && connection->dropped.empty()) [[unlikely]] {
        ::shutdown(connection->socket.get(), SHUT_RDWR);
        return remove(connection);
    }
    connection->exclusive = false;
    connection->idle_since = coarse_now();
    idle_.push_back(connection);
}

void AssociationImpl::remove(const ConnectionPtr& connection) {
    connection->dead = true;
    broken_ = true;
    maybe_pending_ -= std::min<unsigned>(maybe_pending_, static_cast<unsigned>(connection->dropped.size()));
    connection->dropped.clear();
    std::erase(connections_, connection);
    std::erase(idle_, connection);
    if (connections_.empty()) group_ = 0;
}

void AssociationImpl::abandon(const ConnectionPtr& connection) {
    Lock lock(mutex_);
    if (!connection->dead) remove(connection);
    ::shutdown(connection->socket.get(), SHUT_RDWR);
}

void AssociationImpl::abandon_idle() {
    Lock lock(mutex_);
    while (!idle_.empty()) remove(ConnectionPtr(idle_.back()));
}

void AssociationImpl::lost(const ConnectionPtr& connection, HRESULT failure) {
    Lock lock(mutex_);
    if (!connection->dead) remove(connection);
    ::shutdown(connection->socket.get(), SHUT_RDWR);
    connection->lost = true;
    std::vector<CallDone*> done;
    std::erase_if(connection->pending, [&](Frame* frame) {
        if (frame->state != Frame::State::waiting) return false;
        frame->state = Frame::State::failed;
        frame->failure = failure;
        if (!frame->done) {
            frame->changed.notify_one();
            return false;
        }
        frame->connection = nullptr;
        done.push_back(std::exchange(frame->done, nullptr));
        return true;
    });
    lock.unlock();
    for (CallDone* told : done) told->call_done();
}

Result<> AssociationImpl::ensure_context(const ConnectionPtr& connection, ClientCall& call) {
    Frame& frame = *call.frame_;
    std::uint16_t id;
    {
        Lock lock(mutex_);
        if (const auto known = connection->context(call.interface_, frame.syntax)) {
            frame.context = *known;
            return {};
        }
        id = connection->next_context++;
    }
    Bind alter;
    alter.max_xmit = alter.max_recv = static_cast<std::uint16_t>(connection->max_xmit);
    alter.association_group = connection->group;
    alter.contexts = {{id, call.interface_, {frame.syntax == ndr::Syntax::ndr64 ? kNdr64 : kNdr20}}};
    Sent sent;
    {
        Lock lock(connection->send_mutex);
        const std::uint32_t call_id = ++connection->last_call;
        frame.call_id.store(call_id, std::memory_order_relaxed);
        sent = send_bytes(connection->socket.get(), encode(Envelope{PduType::alter_context, call_id}, alter));
    }
    if (sent != Sent::all) {
        abandon(connection);
        if (frame.began_as_reader) lost(connection, kCallFailed);
    }
    if (!await(connection, call)) {
        abandon(connection);
        return fail_win32(RPC_S_CALL_CANCELLED, "given up while negotiating an interface");
    }
    if (frame.state == Frame::State::faulted) return outcome(frame, call);
    if (frame.state != Frame::State::altered)
        return fail_win32(RPC_S_SERVER_UNAVAILABLE, endpoint_.to_string() + " closed the connection");
    if (frame.results.size() != 1) return fail_win32(RPC_S_PROTOCOL_ERROR, "wrong number of presentation results");
    const ContextResult& result = frame.results.front();
    if (result.verdict != ContextVerdict::acceptance) {
        if (result.reason == kLocalLimitExceeded) return fail_win32(RPC_S_OUT_OF_RESOURCES, "too many interfaces on one connection");
        return fail_win32(result.reason == kTransferSyntaxesNotSupported ? RPC_S_UNSUPPORTED_TRANS_SYN : RPC_S_UNKNOWN_IF,
                          "interface is not served by " + endpoint_.to_string());
    }
    Lock lock(mutex_);
    connection->contexts.push_back({call.interface_, frame.syntax, id});
    frame.context = id;
    frame.state = Frame::State::waiting;
    // The reading may have changed hands while this call was not waiting for anything.
    if (!connection->reader) connection->reader = &frame;
    frame.began_as_reader = connection->reader == &frame;
    return {};
}

bool AssociationImpl::await(const ConnectionPtr& connection, ClientCall& call) {
    Frame& frame = *call.frame_;
    if (!frame.began_as_reader) {
        Lock lock(mutex_);
        while (frame.state == Frame::State::waiting && connection->reader != &frame) frame.changed.wait(lock);
        if (frame.state != Frame::State::waiting) return true;
        frame.began_as_reader = true;
    }
    while (frame.state == Frame::State::waiting) {
        if (call.waiter_ && !connection->receiver.has_unread() && !call.waiter_->wait_readable(connection->socket.get())) return false;
        read_one(connection, frame);
    }
    return true;
}

bool AssociationImpl::await_reply(const ConnectionPtr& connection, ClientCall& call) {
    for (;;) {
        if (!await(connection, call)) return false;
        if (call.frame_->state != Frame::State::called) [[likely]] return true;
        serve_callback(connection, call);
    }
}

bool AssociationImpl::read_one(const ConnectionPtr& connection, Frame& own) {
    Receiver& receiver = connection->receiver;
    const int socket = connection->socket.get();
    using Event = Receiver::Event;
    Event event;
    if (!receiver.in_payload()) event = receiver.next(socket);
    else event = receiver.take_payload(socket, connection->receiving ? connection->receiving->message : connection->discarded);
    switch (event) {
        case Event::pdu: on_pdu(connection, own); return true;
        case Event::fragment: on_fragment(connection, own); return true;
        case Event::complete:
            if (Frame* const frame = std::exchange(connection->receiving, nullptr)) {
                finish(*frame, own, frame->called ? Frame::State::called : Frame::State::replied);
            } else {
                connection->discarded.trim(0);
                finish_dropped(*connection, receiver.header().call_id);
            }
            return true;
        case Event::more: return true;
        case Event::timeout: return false;
        case Event::closed: lost(connection, kCallFailed); return false;
        case Event::too_large: log::warning("rpc", "reply of {} is larger than allowed", endpoint_.to_string()); break;
        case Event::violation: log::warning("rpc", "{}: {}", endpoint_.to_string(), receiver.flaw()); break;
    }
    lost(connection, kProtocolError);
    return false;
}

AssociationImpl::Frame* AssociationImpl::frame_of(Connection& connection, Frame& own, std::uint32_t call_id) {
    if (own.call_id.load(std::memory_order_relaxed) == call_id) [[likely]] return &own;
    Lock lock(mutex_);
    return connection.reading_for = connection.find(call_id);
}

void AssociationImpl::on_fragment(const ConnectionPtr& connection, Frame& own) {
    const PduHeader& header = connection->receiver.header();
    if (connection->protection.context) return lost(connection, HRESULT_FROM_WIN32(RPC_S_SEC_PKG_ERROR));
    Frame* const frame = frame_of(*connection, own, header.call_id);
    connection->receiving = frame;
    if (frame) {
        if (!takes(*frame, header, connection->receiver.pdu())) lost(connection, kProtocolError);
        return;
    }
    Lock lock(mutex_);
    if (!connection->is_dropped(header.call_id)) {
        lock.unlock();
        return lost(connection, kProtocolError);
    }
    connection->discarded.begin(kMaxReply);
}

bool AssociationImpl::takes(Frame& frame, const PduHeader& header, std::span<const std::uint8_t> pdu) {
    if (header.has(kFirstFrag) == frame.receiving || (header.type != PduType::response && header.type != PduType::request)) return false;
    const bool request = header.type == PduType::request;
    if (request && !frame.callable) return false;
    if (frame.receiving && request != frame.called.has_value()) return false;
    if (request && !frame.receiving) frame.called = read_request_header(header, pdu.data());
    frame.receiving = true;
    frame.swapped = header.swapped();
    return true;
}

void AssociationImpl::on_pdu(const ConnectionPtr& connection, Frame& own) {
    Receiver& receiver = connection->receiver;
    const PduHeader header = receiver.header();
    const std::span<std::uint8_t> pdu = receiver.pdu();
    if (header.type == PduType::shutdown) return abandon(connection);
    Frame* const frame = frame_of(*connection, own, header.call_id);
    if (!frame) {
        // Its verifier counts for the ones behind it.
        if (connection->protection.context && header.type == PduType::response &&
            !unprotect(header, pdu, kRequestHeaderSize, connection->protection))
            return lost(connection, HRESULT_FROM_WIN32(RPC_S_SEC_PKG_ERROR));
        if (!header.has(kLastFrag)) return;
        if (!finish_dropped(*connection, header.call_id)) lost(connection, kProtocolError);
        return;
    }
    switch (header.type) {
        case PduType::request:  // of a callback
        case PduType::response: {
            const std::size_t headers = header.type == PduType::request ? request_header_size(header) : kRequestHeaderSize;
            std::span<std::uint8_t> stub = pdu.subspan(headers);
            if (connection->protection.context) [[unlikely]] {
                auto opened = unprotect(header, pdu, headers, connection->protection);
                if (!opened) {
                    log::warning("rpc", "{}: {}", endpoint_.to_string(), opened.error().text());
                    return lost(connection, HRESULT_FROM_WIN32(RPC_S_SEC_PKG_ERROR));
                }
                stub = *opened;
            }
            if (!takes(*frame, header, pdu) || !frame->message.fits(stub.size())) break;
            frame->message.append(stub);
            if (!header.has(kLastFrag)) return;
            return finish(*frame, own, frame->called ? Frame::State::called : Frame::State::replied);
        }
        case PduType::fault: {
            auto fault = parse_fault(header, pdu);
            if (!fault) break;
            frame->fault = fault->status;
            return finish(*frame, own, Frame::State::faulted);
        }
        case PduType::alter_context_resp: {
            auto answer = parse_bind_ack(header, pdu);
            if (!answer) break;
            frame->results = std::move(answer->results);
            return finish(*frame, own, Frame::State::altered);
        }
        default: break;
    }
    lost(connection, kProtocolError);
}

void AssociationImpl::finish(Frame& frame, Frame& own, Frame::State state) {
    if (&frame == &own) {
        frame.state = state;
        return;
    }
    Lock lock(mutex_);
    frame.connection->reading_for = nullptr;
    frame.state = state;
    if (!frame.done) return frame.changed.notify_one();
    CallDone* const done = std::exchange(frame.done, nullptr);
    std::erase(frame.connection->pending, &frame);
    frame.connection = nullptr;
    lock.unlock();
    done->call_done();
}

bool AssociationImpl::finish_dropped(Connection& connection, std::uint32_t call_id) {
    Lock lock(mutex_);
    if (std::erase(connection.dropped, call_id) == 0) return false;
    if (maybe_pending_ > 0) --maybe_pending_;
    return true;
}

void AssociationImpl::drain(const ConnectionPtr& connection, ClientCall& call) {
    Frame& frame = *call.frame_;
    if (!frame.began_as_reader) return;
    for (;;) {
        {
            Lock lock(mutex_);
            if (connection->dead || connection->dropped.size() <= kDroppedLow) return;
        }
        if (frame.state != Frame::State::waiting) return;
        read_one(connection, frame);
    }
}

void AssociationImpl::send_cancel(Connection& connection, std::uint32_t call_id) {
    Lock lock(connection.send_mutex);
    (void)send_bytes(connection.socket.get(), encode(Envelope{PduType::co_cancel, call_id}));
}

void AssociationImpl::cancel(ClientCall& call) {
    ConnectionPtr connection;
    std::uint32_t call_id = 0;
    {
        Lock lock(mutex_);
        Frame& frame = *call.frame_;
        if (!frame.connection) return;
        for (const ConnectionPtr& candidate : connections_)
            if (candidate.get() == frame.connection) connection = candidate;
        call_id = frame.call_id.load(std::memory_order_relaxed);
    }
    if (connection && call_id != 0) send_cancel(*connection, call_id);
}

}  // namespace odc::rpc
