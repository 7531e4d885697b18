#include "rpc/client_connection.h"

#include <algorithm>

#include "rpc/fault_status.h"
#include "rpc/socket.h"

namespace odc::rpc {
namespace {

Error bind_refused(const BindNak& nak, const Endpoint& endpoint) {
    const std::string text = endpoint.to_string() + " refuses the bind, reason " + std::to_string(nak.reason);
    switch (nak.reason) {
        case kRejectTemporaryCongestion:
        case kRejectLocalLimitExceeded: return fail_win32(RPC_S_SERVER_TOO_BUSY, text);
        case kRejectAuthenticationType: return fail_win32(RPC_S_UNKNOWN_AUTHN_SERVICE, text);
        case kRejectInvalidChecksum: return fail_win32(RPC_S_SEC_PKG_ERROR, text);
        default: return fail_win32(RPC_S_PROTOCOL_ERROR, text);
    }
}

/// The exchange that opens a connection: bind, and what authentication needs after it.
class Opening {
  public:
    Opening(Connection& connection, const Endpoint& endpoint, const BindingOptions& options)
        : connection_(connection), endpoint_(endpoint), options_(options), socket_(connection.socket.get()) {}

    Result<> run(const SyntaxId& interface, std::optional<ndr::Syntax> syntax, std::uint32_t group, std::size_t offered) {
        Bind bind;
        bind.max_xmit = bind.max_recv = static_cast<std::uint16_t>(offered);
        bind.association_group = group;
        bind.contexts = {{0, interface, {syntax == ndr::Syntax::ndr64 ? kNdr64 : kNdr20}}, {1, interface, {feature_syntax(kKeepConnectionOnOrphan)}}};
        if (!syntax) bind.contexts.push_back({2, interface, {kNdr64}});
        connection_.next_context = 3;
        security::Context::Step step = ODC_TRY(begin_security());
        ODC_TRY(send(PduType::bind, kWhole | kConcMpx, &bind, step));
        ODC_TRY(receive(PduType::bind_ack));
        const PduHeader header = connection_.receiver.header();
        const BindAck ack = ODC_TRY(parse_bind_ack(header, connection_.receiver.pdu()));
        if (ack.results.size() != bind.contexts.size()) return fail_win32(RPC_S_PROTOCOL_ERROR, name() + ": wrong number of bind results");
        connection_.max_xmit = std::clamp<std::size_t>(ack.max_recv, kMinFragment, offered);
        connection_.group = ack.association_group;
        connection_.multiplexed = header.has(kConcMpx);
        connection_.protection.sign_header = header.has(kSupportHeaderSign);
        connection_.keeps_on_orphan =
            ack.results[1].verdict == ContextVerdict::negotiate_ack && (ack.results[1].reason & kKeepConnectionOnOrphan) != 0;
        for (const std::uint16_t id : {std::uint16_t{0}, std::uint16_t{2}}) {
            if (id >= ack.results.size() || ack.results[id].verdict != ContextVerdict::acceptance) continue;
            const bool ndr64 = bind.contexts[id].transfers.front() == kNdr64;
            connection_.contexts.push_back({interface, ndr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20, id});
        }
        bind.association_group = ack.association_group;
        return finish_security(step.complete, bind);
    }

  private:
    std::string name() const { return endpoint_.to_string(); }

    Result<security::Context::Step> begin_security() {
        if (!options_.security || options_.security->type() == 0) return security::Context::Step{{}, true, false};
        const auto level = static_cast<security::Level>(options_.authentication_level);
        connection_.security = ODC_TRY(options_.security->client_context(options_.target_principal, level));
        connection_.protection.type = options_.security->type();
        connection_.protection.level = level;
        return connection_.security->step({});
    }

    Result<> finish_security(bool complete, const Bind& bind) {
        for (int legs = 0; connection_.security && !complete; ++legs) {
            const PduHeader header = connection_.receiver.header();
            if (header.auth_length == 0 || legs > 16) return fail_win32(RPC_S_SEC_PKG_ERROR, name() + " does not go on with authentication");
            const AuthVerifier verifier = ODC_TRY(parse_auth_verifier(header, connection_.receiver.pdu()));
            const auto step = ODC_TRY(connection_.security->step(verifier.token));
            complete = step.complete;
            if (step.token.empty()) continue;
            ODC_TRY(send(step.wants_answer ? PduType::alter_context : PduType::auth3, kWhole, &bind, step));
            if (!step.wants_answer) continue;
            ODC_TRY(receive(PduType::alter_context_resp));
            // The last token may come with the answer although this end is content.
            complete = complete && connection_.receiver.header().auth_length == 0;
        }
        if (connection_.security && security::protects_messages(connection_.protection.level))
            connection_.protection.context = connection_.security.get();
        return {};
    }

    Result<> send(PduType type, std::uint8_t flags, const Bind* bind, const security::Context::Step& step) {
        Envelope envelope{type, 1, flags};
        AuthVerifier verifier;
        if (!step.token.empty()) {
            const Protection& protection = connection_.protection;
            verifier = {protection.type, static_cast<std::uint8_t>(protection.level), 0, protection.context_id, step.token};
            envelope.auth = &verifier;
            envelope.flags |= kSupportHeaderSign;
        }
        const auto pdu = type == PduType::auth3 ? encode(envelope) : encode(envelope, *bind);
        if (send_bytes(socket_, pdu) != Sent::all) return fail_win32(RPC_S_SERVER_UNAVAILABLE, name() + " closed the connection");
        return {};
    }

    Result<> receive(PduType wanted) {
        Receiver& receiver = connection_.receiver;
        switch (receiver.next(socket_)) {
            case Receiver::Event::pdu: break;
            case Receiver::Event::timeout: return fail_win32(RPC_S_SERVER_UNAVAILABLE, name() + " does not answer the bind");
            case Receiver::Event::closed: return fail_win32(RPC_S_SERVER_UNAVAILABLE, name() + " closed the connection");
            default: return fail_win32(RPC_S_PROTOCOL_ERROR, name() + ": no answer to the bind");
        }
        const PduHeader header = receiver.header();
        if (header.type == PduType::bind_nak) return bind_refused(ODC_TRY(parse_bind_nak(header, receiver.pdu())), endpoint_);
        if (header.type == PduType::fault) {
            const Fault fault = ODC_TRY(parse_fault(header, receiver.pdu()));
            return fail(hresult_of_fault(fault.status), name() + " answers the bind with a fault");
        }
        if (header.type != wanted) return fail_win32(RPC_S_PROTOCOL_ERROR, name() + ": no answer to the bind");
        return {};
    }

    Connection& connection_;
    const Endpoint& endpoint_;
    const BindingOptions& options_;
    const int socket_;
};

}  // namespace

Result<std::shared_ptr<Connection>> Connection::open(const Endpoint& endpoint, const BindingOptions& options, const SyntaxId& interface,
                                                     std::optional<ndr::Syntax> syntax, std::uint32_t group) {
    auto connection = std::make_shared<Connection>();
    connection->socket = ODC_TRY(connect_to(endpoint, options.connect_timeout));
    const int socket = connection->socket.get();
    const bool local = endpoint.protocol == Endpoint::Protocol::ncalrpc;
    const std::size_t offered = std::clamp(local ? options.local_fragment : options.fragment, kMinFragment, kMaxFragment);
    set_receive_timeout(socket, options.connect_timeout);
    ODC_TRY(Opening(*connection, endpoint, options).run(interface, syntax, group, offered));
    connection->receiver.set_max_fragment(offered);
    set_receive_timeout(socket, std::chrono::milliseconds(0));
    return connection;
}

std::optional<std::uint16_t> Connection::context(const SyntaxId& interface, ndr::Syntax syntax) const {
    for (const Context& context : contexts)
        if (context.syntax == syntax && context.interface == interface) return context.id;
    return std::nullopt;
}

Connection::Frame* Connection::find(std::uint32_t call_id) const {
    for (Frame* frame : pending)
        if (frame->call_id == call_id && frame->state == Frame::State::waiting) return frame;
    return nullptr;
}

bool Connection::is_dropped(std::uint32_t call_id) const { return std::find(dropped.begin(), dropped.end(), call_id) != dropped.end(); }

}  // namespace odc::rpc
