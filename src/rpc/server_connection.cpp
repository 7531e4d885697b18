#include "rpc/server_connection.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "opendcom/rpc/callback.h"
#include "rpc/server_call.h"
#include "rpc/server_input.h"

namespace odc::rpc {
namespace {

/// What connections and workers keep of buffers that a large message made grow.
constexpr std::size_t kKeptWhileActive = std::size_t{4} << 20;
constexpr std::size_t kKeptWhileParked = 64 * 1024;
/// What comes over ncalrpc has been seen by the kernel only: RPC_C_AUTHN_LEVEL_PKT_PRIVACY.
constexpr unsigned kLevelOfLocalPeers = 6;

/// For counters that one thread at a time writes.
void count_one(std::atomic<std::uint32_t>& counter) { counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

}  // namespace

ServerConnection::ServerConnection(Server::State& server, UniqueFd socket, Peer peer, Endpoint listening)
    : server_(server), socket_(std::move(socket)), peer_(std::move(peer)), listening_(std::move(listening)),
      fragment_offered_(std::clamp(peer_.local ? server.limits.local_fragment : server.limits.fragment, kMinFragment, kMaxFragment)),
      inbox_(std::make_unique<Inbox>()), security_(server.providers, server.limits.contexts), max_xmit_(kMinFragment) {
    inbox_->receiver.set_max_fragment(fragment_offered_);
}

ServerConnection::~ServerConnection() {
    if (peer_.association_group) server_.leave_group(peer_.association_group);
    server_.connection_ended();
}

std::string ServerConnection::peer_name() const {
    return peer_.local ? "process " + std::to_string(peer_.pid) + " of user " + std::to_string(peer_.uid) : peer_.address;
}

void ServerConnection::run(Worker& worker) {
    for (;;) {
        switch (step(worker)) {
            case Next::read: continue;
            case Next::park:
                inbox_->receiver.trim();
                if (!inbox_->assembling) inbox_->message.trim(kKeptWhileParked);
                server_.park(*this);
                return;
            case Next::close: close(); return;
            case Next::taken: return;
        }
    }
}

ServerConnection::Next ServerConnection::step(Worker& worker) {
    Inbox& inbox = *inbox_;
    using Event = Receiver::Event;
    packets_in_.store(inbox.receiver.packets(), std::memory_order_relaxed);
    const Event event = inbox.receiver.in_payload() ? inbox.receiver.take_payload(socket(), inbox.message) : inbox.receiver.next(socket());
    switch (event) {
        case Event::pdu: return on_pdu(worker);
        case Event::fragment: return on_fragment(worker);
        case Event::more: return Next::read;
        case Event::complete: return on_whole(worker);
        case Event::timeout: return Next::park;
        case Event::closed: return Next::close;
        case Event::too_large: return too_large();
        case Event::violation: break;
    }
    const PduHeader& header = inbox.receiver.header();
    log::warning("rpc", "{}: {}", peer_name(), inbox.receiver.flaw());
    if (!bound_ && header.version != 5) {
        BindNak nak{kRejectProtocolVersion, {{5, 0}, {5, 1}}};
        send(encode(Envelope{PduType::bind_nak, header.call_id}, nak));
    }
    return Next::close;
}

ServerConnection::Next ServerConnection::on_pdu(Worker& worker) {
    Receiver& receiver = inbox_->receiver;
    const PduHeader header = receiver.header();
    const std::span<std::uint8_t> pdu = receiver.pdu();
    if (!bound_ && header.type != PduType::bind) return protocol_error(header.call_id, "first PDU is no bind");
    switch (header.type) {
        case PduType::request: {
            if (header.auth_length) [[unlikely]] return on_protected_request(worker, header, pdu);
            if (inbox_->assembling) return protocol_error(header.call_id, "request within the fragments of another");
            const RequestHeader request = read_request_header(header, pdu.data());
            return serve(worker, header, request, pdu.subspan(request.size()), security_.of_bare_requests());
        }
        case PduType::bind: return on_bind(header, pdu);
        case PduType::alter_context: return on_alter_context(header, pdu);
        case PduType::co_cancel: return on_cancel(header.call_id, false);
        case PduType::orphaned: return on_cancel(header.call_id, true);
        case PduType::auth3: return on_auth3(header, pdu);
        case PduType::response:
        case PduType::fault: return on_callback_answer(header, pdu);
        default: return protocol_error(header.call_id, "PDU type " + std::to_string(static_cast<int>(header.type)) + " is not for servers");
    }
}

ServerConnection::Next ServerConnection::on_whole(Worker& worker) {
    Inbox& inbox = *inbox_;
    inbox.assembling = false;
    if (input_) {
        input_->complete();
        return Next::read;
    }
    if (std::exchange(inbox.skipping, false)) return Next::read;
    if (inbox.header.type == PduType::response) return answer_callback(inbox.header, inbox.message.data(), 0, inbox.security);
    return serve(worker, inbox.header, inbox.request, inbox.message.data(), inbox.security);
}

ServerConnection::Next ServerConnection::on_fragment(Worker& worker) {
    const PduHeader& header = inbox_->receiver.header();
    const RequestHeader request = read_request_header(header, inbox_->receiver.pdu().data());
    if (!bound_) return protocol_error(header.call_id, "first PDU is no bind");
    if (header.type == PduType::response && !is_running(header.call_id)) return protocol_error(header.call_id, "response without a callback");
    const Next next = accept_fragment(header, request, security_.of_bare_requests());
    return next == Next::read && header.has(kFirstFrag) && begins_pipes() ? serve_input(worker) : next;
}

ServerConnection::Next ServerConnection::accept_fragment(const PduHeader& header, const RequestHeader& request, const SecurityContext* security) {
    Inbox& inbox = *inbox_;
    if (header.has(kFirstFrag)) {
        if (inbox.assembling) return protocol_error(header.call_id, "first fragment within the fragments of another request");
        if (header.type == PduType::request && is_running(header.call_id)) return protocol_error(header.call_id, "call id is in use");
        inbox.assembling = true;
        inbox.header = header;
        inbox.request = request;
        inbox.security = security;
        inbox.message.begin(request_limit(security));
        return Next::read;
    }
    if (!inbox.assembling) return protocol_error(header.call_id, "fragment of a request that has not begun");
    if (header.call_id != inbox.header.call_id || request.context_id != inbox.request.context_id ||
        request.opnum != inbox.request.opnum || header.type != inbox.header.type || header.swapped() != inbox.header.swapped())
        return protocol_error(header.call_id, "fragments of two requests are mixed");
    if (security != inbox.security) return security_error(header.call_id, "security changes within a request");
    if (inbox.skipping) inbox.message.begin(request_limit(security));
    return Next::read;
}

std::size_t ServerConnection::request_limit(const SecurityContext* security) const {
    if (peer_.local) return server_.limits.local_request;
    return security ? server_.limits.authenticated_request : server_.limits.unauthenticated_request;
}

ServerConnection::Next ServerConnection::on_protected_request(Worker& worker, const PduHeader& header, std::span<std::uint8_t> pdu) {
    const std::size_t headers = request_header_size(header);
    const RequestHeader request = read_request_header(header, pdu.data());
    auto verifier = parse_auth_verifier(header, pdu);
    if (!verifier) return security_error(header.call_id, verifier.error().text());
    const SecurityContext* security = security_.find(verifier->context_id);
    if (!security) return security_error(header.call_id, "request under a security context that there is not");
    auto stub = unprotect(header, pdu, headers, security->protection);
    if (!stub) return security_error(header.call_id, stub.error().text());
    if ((header.flags & kWhole) == kWhole && !inbox_->assembling) return serve(worker, header, request, *stub, security);
    if (const Next next = accept_fragment(header, request, security); next != Next::read) return next;
    Message& message = inbox_->message;
    if (!message.fits(stub->size()) || !message.charge(stub->size())) return too_large();
    message.append(*stub);
    if (header.has(kLastFrag)) return on_whole(worker);
    if (stub->empty()) return protocol_error(header.call_id, "fragment without payload");
    return header.has(kFirstFrag) && begins_pipes() ? serve_input(worker) : Next::read;
}

ServerConnection::Next ServerConnection::security_error(std::uint32_t call_id, const std::string& what) {
    log::warning("rpc", "{}: {}", peer_name(), what);
    send_fault(call_id, 0, kFaultAccessDenied);
    return Next::close;
}

ServerSecurity::Answer ServerConnection::authenticate(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    if (header.auth_length == 0) return {};
    auto verifier = parse_auth_verifier(header, pdu);
    if (!verifier) return {ServerSecurity::Verdict::refused, nullptr, {}, verifier.error().text()};
    if (security_.empty()) sign_headers_ = header.has(kSupportHeaderSign);
    return security_.exchange(*verifier, peer_, sign_headers_);
}

void ServerConnection::after_authentication(const ServerSecurity::Answer& answer) {
    if (!answer.context) return;
    if (!answer.context->complete) return server_.authenticating(*this);
    server_.bound(*this);
    server_.authenticated(*this);
}

ServerConnection::Next ServerConnection::on_auth3(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    const auto answer = authenticate(header, pdu);
    if (!answer.context || !answer.context->complete) {
        // auth3 has no answer: the fault is that of the request which comes behind it.
        return security_error(header.call_id, answer.why.empty() ? "authentication is not complete" : answer.why);
    }
    after_authentication(answer);
    return Next::read;
}

ServerConnection::Next ServerConnection::too_large() {
    log::warning("rpc", "request of {} is larger than allowed", peer_name());
    Fault fault{inbox_->request.context_id, 0, kFaultAccessDenied};  // MS-RPCE 3.3.3.5.4
    auto last_words = encode(Envelope{PduType::fault, inbox_->header.call_id, kWhole | kDidNotExecute}, fault);
    // In the same breath, so that the client does not take the connection for a living one.
    const auto shutdown = encode(Envelope{PduType::shutdown});
    last_words.insert(last_words.end(), shutdown.begin(), shutdown.end());
    send(last_words);
    return Next::close;
}

ServerConnection::Next ServerConnection::protocol_error(std::uint32_t call_id, const std::string& what) {
    log::warning("rpc", "{}: {}", peer_name(), what);
    send_fault(call_id, 0, kFaultProtocolError);
    return Next::close;
}

ServerConnection::Next ServerConnection::refuse_bind(std::uint32_t call_id, BindReject reason, const std::string& what) {
    log::warning("rpc", "bind of {} refused: {}", peer_name(), what);
    BindNak nak{reason, {{5, 0}, {5, 1}}};
    send(encode(Envelope{PduType::bind_nak, call_id}, nak));
    return Next::close;
}

ServerConnection::Next ServerConnection::on_bind(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    if (bound_) return protocol_error(header.call_id, "second bind");
    auto parsed = parse_bind(header, pdu);
    if (!parsed) return refuse_bind(header.call_id, kRejectProtocolVersion, parsed.error().text());
    const Bind& bind = *parsed;
    const GroupOwner owner{peer_.address, peer_.local ? peer_.uid : ~0u};
    peer_.association_group = server_.join_group(bind.association_group, owner);
    if (peer_.association_group == 0)
        return refuse_bind(header.call_id, kRejectNotSpecified, "association group " + std::to_string(bind.association_group) + " is not theirs");
    // Sizes that make no sense (0, or below what everybody must receive) become the least that C706 allows.
    max_xmit_ = std::clamp<std::size_t>(bind.max_recv, kMinFragment, fragment_offered_);
    const std::size_t max_recv = std::clamp<std::size_t>(bind.max_xmit, kMinFragment, fragment_offered_);
    inbox_->receiver.set_max_fragment(max_recv);
    multiplexed_ = header.has(kConcMpx);
    bound_ = true;
    using Verdict = ServerSecurity::Verdict;
    const auto answer = authenticate(header, pdu);
    if (answer.verdict == Verdict::unknown_type) return refuse_bind(header.call_id, kRejectAuthenticationType, answer.why);
    if (answer.verdict != Verdict::accepted) return refuse_bind(header.call_id, kRejectInvalidChecksum, answer.why);
    BindAck ack;
    ack.max_xmit = static_cast<std::uint16_t>(max_xmit_);
    ack.max_recv = static_cast<std::uint16_t>(max_recv);
    ack.association_group = peer_.association_group;
    ack.secondary_address = listening_.endpoint;
    ack.results = negotiate(bind.contexts);
    const auto flags = static_cast<std::uint8_t>(kWhole | (header.flags & kConcMpx) | (sign_headers_ ? kSupportHeaderSign : 0));
    if (answer.context) after_authentication(answer);
    else server_.bound(*this);
    return send_answer({PduType::bind_ack, header.call_id, flags}, ack, answer) ? Next::read : Next::close;
}

bool ServerConnection::send_answer(Envelope envelope, const BindAck& ack, const ServerSecurity::Answer& answer) {
    AuthVerifier verifier;
    if (!answer.token.empty()) {
        const Protection& protection = answer.context->protection;
        verifier = {protection.type, static_cast<std::uint8_t>(protection.level), 0, protection.context_id, answer.token};
        envelope.auth = &verifier;
    }
    return send(encode(envelope, ack));
}

ServerConnection::Next ServerConnection::on_alter_context(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    auto parsed = parse_bind(header, pdu);
    if (!parsed) return protocol_error(header.call_id, parsed.error().text());
    const auto answer = authenticate(header, pdu);
    if (answer.verdict != ServerSecurity::Verdict::accepted) return security_error(header.call_id, answer.why);
    after_authentication(answer);
    BindAck ack;
    ack.max_xmit = static_cast<std::uint16_t>(max_xmit_);
    ack.max_recv = static_cast<std::uint16_t>(fragment_offered_);
    ack.association_group = peer_.association_group;
    ack.results = negotiate(parsed->contexts);
    const auto flags = static_cast<std::uint8_t>(kWhole | (sign_headers_ ? kSupportHeaderSign : 0));
    return send_answer({PduType::alter_context_resp, header.call_id, flags}, ack, answer) ? Next::read : Next::close;
}

// MS-RPCE 3.3.1.5.6: of the transfer syntaxes that a client proposes for an interface, in one element or in several, one is
// accepted: the preferred one, or the first.
std::vector<ContextResult> ServerConnection::negotiate(const std::vector<ContextElement>& elements) {
    std::vector<ContextResult> results;
    results.reserve(elements.size());
    for (const ContextElement& element : elements) results.push_back(negotiate(element, elements));
    return results;
}

ContextResult ServerConnection::negotiate(const ContextElement& element, const std::vector<ContextElement>& elements) {
    if (element.transfers.size() == 1) {
        if (const auto features = features_of(element.transfers.front())) {
            const std::uint16_t accepted = *features & (kKeepConnectionOnOrphan | kSecurityContextMultiplexing);
            return {ContextVerdict::negotiate_ack, accepted, {}};
        }
    }
    const auto reject = [](ContextReason reason) { return ContextResult{ContextVerdict::provider_rejection, reason, {}}; };
    const Served* served = server_.interfaces.find(element.abstract);
    if (!served) return reject(kAbstractSyntaxNotSupported);
    const SyntaxId preferred = server_.prefer_ndr64.load(std::memory_order_relaxed) ? kNdr64 : kNdr20;
    const auto proposes = [](const ContextElement& some, const SyntaxId& transfer) {
        return std::find(some.transfers.begin(), some.transfers.end(), transfer) != some.transfers.end();
    };
    const bool elsewhere = !proposes(element, preferred) && std::any_of(elements.begin(), elements.end(), [&](const ContextElement& other) {
        return other.abstract == element.abstract && proposes(other, preferred);
    });
    if (elsewhere) return reject(kTransferSyntaxesNotSupported);
    SyntaxId chosen = preferred;
    if (!proposes(element, preferred)) {
        const auto known = std::find_if(element.transfers.begin(), element.transfers.end(),
                                        [](const SyntaxId& transfer) { return transfer == kNdr20 || transfer == kNdr64; });
        if (known == element.transfers.end()) return reject(kTransferSyntaxesNotSupported);
        chosen = *known;
    }
    const Context context{element.id, element.abstract, chosen == kNdr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20, served};
    const auto existing = std::find_if(contexts_.begin(), contexts_.end(), [&](const Context& other) { return other.id == element.id; });
    if (existing != contexts_.end()) {
        // The same proposal again is the same context; another one under its id would change calls under way.
        if (existing->interface != context.interface || existing->syntax != context.syntax) return reject(kReasonNotSpecified);
    } else if (contexts_.size() >= server_.limits.contexts) {
        log::warning("rpc", "{} asks for more than {} presentation contexts", peer_name(), server_.limits.contexts);
        return reject(kLocalLimitExceeded);
    } else {
        contexts_.push_back(context);
    }
    return {ContextVerdict::acceptance, 0, chosen};
}

// Callbacks: the client answers under the id of the call that they are made in ------------------------------------------------

ServerConnection::Next ServerConnection::on_callback_answer(const PduHeader& header, std::span<std::uint8_t> pdu) {
    if (!is_running(header.call_id)) return protocol_error(header.call_id, "response without a callback");
    if (header.type == PduType::fault) {
        auto fault = parse_fault(header, pdu);
        if (!fault) return protocol_error(header.call_id, fault.error().text());
        return answer_callback(header, {}, fault->status != 0 ? fault->status : std::uint32_t{kFaultUnspecified}, security_.of_bare_requests());
    }
    const SecurityContext* security = security_.of_bare_requests();
    std::span<std::uint8_t> results = pdu.subspan(kRequestHeaderSize);
    if (header.auth_length != 0) {
        auto verifier = parse_auth_verifier(header, pdu);
        if (!verifier) return security_error(header.call_id, verifier.error().text());
        security = security_.find(verifier->context_id);
        if (!security) return security_error(header.call_id, "response under a security context that there is not");
        auto stub = unprotect(header, pdu, kRequestHeaderSize, security->protection);
        if (!stub) return security_error(header.call_id, stub.error().text());
        results = *stub;
    }
    if ((header.flags & kWhole) == kWhole && !inbox_->assembling) return answer_callback(header, results, 0, security);
    if (const Next next = accept_fragment(header, read_request_header(header, pdu.data()), security); next != Next::read) return next;
    Message& message = inbox_->message;
    if (!message.fits(results.size()) || !message.charge(results.size())) return too_large();
    message.append(results);
    if (!header.has(kLastFrag)) return Next::read;
    inbox_->assembling = false;
    return answer_callback(header, message.data(), 0, security);
}

ServerConnection::Next ServerConnection::answer_callback(const PduHeader& header, std::span<const std::uint8_t> results, std::uint32_t status,
                                                        const SecurityContext* security) {
    Lock lock(calls_mutex_);
    for (Call* call : running_) {
        if (call->call_id() != header.call_id || !call->waiting) continue;
        // A fault carries no verifier when the client could not make one.
        if (status == 0 && security != call->security) {
            lock.unlock();
            return security_error(header.call_id, "response under another security context than its call");
        }
        if (status != 0) call->waiting->answer_fault(status);
        else call->waiting->answer(results, header.swapped());
        call->waiting = nullptr;
        answered_.notify_all();
    }
    return Next::read;
}

Result<> ServerConnection::call_back(Call& call, Callback& callback) {
    {
        Lock lock(calls_mutex_);
        if (call.waiting) return fail_win32(RPC_S_CALL_IN_PROGRESS, "the client is being called back already");
        if (call.input) return fail_win32(RPC_S_CALL_IN_PROGRESS, "the client is sending its pipes");
        call.waiting = &callback;
    }
    server_.take_over(*this, call.turn);
    const Sent sent = send_response({PduType::request, call.call_id(), call.context_id, callback.opnum(), nullptr}, callback.request(), call.security,
                                    call.max_xmit);
    if (sent != Sent::all) disconnect();
    Lock lock(calls_mutex_);
    while (call.waiting && !gone_.load(std::memory_order_relaxed)) answered_.wait(lock);
    if (!call.waiting) return {};
    call.waiting = nullptr;
    return fail_win32(RPC_S_CALL_FAILED, peer_name() + " is gone within a callback");
}

ServerConnection::Next ServerConnection::on_cancel(std::uint32_t call_id, bool orphaned) {
    if (inbox_->assembling && inbox_->header.call_id == call_id) {
        if (input_) input_->cancel(orphaned);
        if (orphaned) inbox_->assembling = inbox_->skipping = false;
        else inbox_->header.flags |= kPendingCancel;
        return Next::read;
    }
    Lock lock(calls_mutex_);
    for (Call* call : running_) {
        if (call->call_id() != call_id) continue;
        if (orphaned) call->orphan();
        else call->cancel();
    }
    return Next::read;  // a call that has ended cannot be cancelled: that is no error
}

bool ServerConnection::is_running(std::uint32_t call_id) {
    Lock lock(calls_mutex_);
    return std::any_of(running_.begin(), running_.end(), [&](const Call* call) { return call->call_id() == call_id; });
}

ServerConnection::Next ServerConnection::serve(Worker& worker, const PduHeader& header, const RequestHeader& request,
                                               std::span<std::uint8_t> stub, const SecurityContext* security) {
    Next refused = Next::read;
    const Context* const context = admit(header, request, security, refused);
    return context ? run_call(worker, header, request, *context, stub, security, nullptr) : refused;
}

const ServerConnection::Context* ServerConnection::admit(const PduHeader& header, const RequestHeader& request, const SecurityContext* security,
                                                         Next& refused) {
    const auto fault = [&](std::uint32_t status) {
        refused = send_fault(header.call_id, request.context_id, status) ? Next::read : Next::close;
        return nullptr;
    };
    const auto context = std::find_if(contexts_.begin(), contexts_.end(), [&](const Context& c) { return c.id == request.context_id; });
    if (context == contexts_.end()) [[unlikely]] return fault(kFaultUnknownInterface);
    if (const unsigned running = running_count_.load(std::memory_order_relaxed); running != 0) [[unlikely]] {
        const char* const wrong = is_running(header.call_id) ? "call id is in use" : multiplexed_ ? nullptr : "request before the response of the last one";
        if (wrong) {
            refused = protocol_error(header.call_id, wrong);
            return nullptr;
        }
        if (running - deferred_count_.load(std::memory_order_relaxed) >= server_.limits.calls_per_connection) return fault(kFaultServerTooBusy);
    }
    const Peer& peer = security ? security->peer : peer_;
    const unsigned least = context->served->minimum_level;
    if (least > (peer_.local ? kLevelOfLocalPeers : peer.authentication_level)) [[unlikely]] {
        log::warning("rpc", "{}: call at authentication level {}, {} is the least", peer_name(), peer.authentication_level, least);
        return fault(kFaultAccessDenied);
    }
    return &*context;
}

ServerConnection::Next ServerConnection::run_call(Worker& worker, const PduHeader& header, const RequestHeader& request, const Context& context,
                                                  std::span<std::uint8_t> stub, const SecurityContext* security, Input* input) {
    const Served& served = *context.served;
    ndr::ServerFrame& frame = *worker.frame;
    frame.request.begin(stub, header.swapped(), context.syntax, frame.arena);
    frame.response.begin(kHeadroom, context.syntax);
    Call call(*this, worker.frame, header.call_id, request, context.interface, security ? security->peer : peer_, security, max_xmit_);
    call.maybe = header.has(kMaybe);
    if (header.has(kPendingCancel)) [[unlikely]] call.cancel();
    count_one(calls_in_);

    // Once the turn has begun only what is on this stack is ours.
    Inbox* const inbox = inbox_.get();
    call.inbox = inbox;
    call.in_message = stub.data() == inbox->message.data().data();
    if (input) [[unlikely]] input->enter(call);
    else begin_turn(call);

    std::uint32_t status = served.dispatch(call);
    if (call.is_deferred) [[unlikely]] return call.goes_on_reading ? Next::read : Next::taken;  // with another frame and inbox
    if (status == 0 && frame.response.failed()) status = fault_of(frame.response.error());
    if (call.input && status == 0) [[unlikely]] call.end_input();
    bool sent = true;
    if (call.maybe || call.orphaned() || (call.input && call.input->broken())) [[unlikely]] {
        // Nobody waits for an answer, or there was one.
    } else if (status != 0) [[unlikely]] {
        sent = send_fault(header.call_id, request.context_id, status);
    } else {
        const bool first = !call.part_sent;
        sent = send_response({PduType::response, header.call_id, request.context_id, 0, nullptr, first}, frame.response, security, call.max_xmit) == Sent::all;
    }
    frame.finish();
    frame.response.trim(kKeptWhileActive);
    if (call.input) [[unlikely]] return call.input->leave() && sent ? Next::read : Next::close;

    std::uint64_t expected = call.turn;
    if (turn_.compare_exchange_strong(expected, expected + 1, std::memory_order_acq_rel)) [[likely]] {
        inbox->message.trim(kKeptWhileActive);
        return sent ? Next::read : Next::close;
    }
    {
        Lock lock(calls_mutex_);
        std::erase(running_, &call);
        running_count_.store(static_cast<unsigned>(running_.size()), std::memory_order_relaxed);
    }
    delete inbox;
    if (!sent) disconnect();
    return call.goes_on_reading ? Next::read : Next::taken;
}

void ServerConnection::begin_turn(Call& call) {
    inline_call_ = &call;
    call.turn = turn_.load(std::memory_order_relaxed) + 1;
    turn_.store(call.turn, std::memory_order_release);
}

Sent ServerConnection::send_response(const Outgoing& what, ndr::Writer& results, const SecurityContext* security, std::size_t max_xmit) {
    Lock lock(send_mutex_);
    count_one(packets_out_);
    if (security && security::protects_messages(security->protection.level)) [[unlikely]]
        return send_protected(socket(), what, results, max_xmit, security->protection, protected_pdu_);
    return send_message(socket(), what, results, max_xmit);
}

ServerConnection::Taken ServerConnection::take_over(std::uint64_t turn) {
    auto fresh = std::make_unique<Inbox>();
    Lock lock(calls_mutex_);
    if (!turn_.compare_exchange_strong(turn, turn + 1, std::memory_order_acq_rel)) return Taken::no;
    running_.push_back(inline_call_);
    running_count_.store(static_cast<unsigned>(running_.size()), std::memory_order_relaxed);
    fresh->receiver.take_unread(inbox_->receiver);
    (void)inbox_.release();  // the thread that runs the call reads its arguments there, and deletes it
    inbox_ = std::move(fresh);
    return inbox_->receiver.has_unread() ? Taken::with_unread : Taken::yes;
}

void ServerConnection::disconnect() {
    {
        Lock lock(calls_mutex_);
        gone_.store(true, std::memory_order_relaxed);
        for (Call* call : running_) call->cancel();
    }
    answered_.notify_all();
    ::shutdown(socket(), SHUT_RDWR);
}

void ServerConnection::close() {
    disconnect();
    server_.forget(*this);
}

bool ServerConnection::send(std::span<const std::uint8_t> pdu) {
    Lock lock(send_mutex_);
    count_one(packets_out_);
    return send_bytes(socket(), pdu) == Sent::all;
}

bool ServerConnection::send_fault(std::uint32_t call_id, std::uint16_t context_id, std::uint32_t status) {
    Fault fault;
    fault.context_id = context_id;
    fault.status = status;
    return send(encode(Envelope{PduType::fault, call_id}, fault));
}

}  // namespace odc::rpc
