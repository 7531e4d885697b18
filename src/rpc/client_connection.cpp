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

}  // namespace

Result<std::shared_ptr<Connection>> Connection::open(const Endpoint& endpoint, const BindingOptions& options, const SyntaxId& interface,
                                                     ndr::Syntax syntax, std::uint32_t group) {
    auto connection = std::make_shared<Connection>();
    connection->socket = ODC_TRY(connect_to(endpoint, options.connect_timeout));
    const int socket = connection->socket.get();
    const bool local = endpoint.protocol == Endpoint::Protocol::ncalrpc;
    const std::size_t offered = std::clamp(local ? options.local_fragment : options.fragment, kMinFragment, kMaxFragment);
    Bind bind;
    bind.max_xmit = bind.max_recv = static_cast<std::uint16_t>(offered);
    bind.association_group = group;
    bind.contexts = {{0, interface, {syntax == ndr::Syntax::ndr64 ? kNdr64 : kNdr20}}, {1, interface, {feature_syntax(kKeepConnectionOnOrphan)}}};
    connection->next_context = 2;
    const std::string name = endpoint.to_string();
    if (send_bytes(socket, encode(Envelope{PduType::bind, 1, kWhole | kConcMpx}, bind)) != Sent::all)
        return fail_win32(RPC_S_SERVER_UNAVAILABLE, name + " closed the connection");
    set_receive_timeout(socket, options.connect_timeout);
    Receiver& receiver = connection->receiver;
    receiver.set_max_fragment(kMaxFragment);
    const Receiver::Event event = receiver.next(socket);
    if (event == Receiver::Event::timeout) return fail_win32(RPC_S_SERVER_UNAVAILABLE, name + " does not answer the bind");
    if (event == Receiver::Event::closed) return fail_win32(RPC_S_SERVER_UNAVAILABLE, name + " closed the connection");
    if (event != Receiver::Event::pdu) return fail_win32(RPC_S_PROTOCOL_ERROR, name + ": no answer to the bind");
    const PduHeader header = receiver.header();
    if (header.type == PduType::bind_nak) return bind_refused(ODC_TRY(parse_bind_nak(header, receiver.pdu())), endpoint);
    if (header.type == PduType::fault) {
        const Fault fault = ODC_TRY(parse_fault(header, receiver.pdu()));
        return fail(hresult_of_fault(fault.status), name + " answers the bind with a fault");
    }
    if (header.type != PduType::bind_ack) return fail_win32(RPC_S_PROTOCOL_ERROR, name + ": no answer to the bind");
    const BindAck ack = ODC_TRY(parse_bind_ack(header, receiver.pdu()));
    if (ack.results.size() != bind.contexts.size()) return fail_win32(RPC_S_PROTOCOL_ERROR, name + ": wrong number of bind results");
    connection->max_xmit = std::clamp<std::size_t>(ack.max_recv, kMinFragment, offered);
    connection->group = ack.association_group;
    connection->multiplexed = header.has(kConcMpx);
    connection->keeps_on_orphan =
        ack.results[1].verdict == ContextVerdict::negotiate_ack && (ack.results[1].reason & kKeepConnectionOnOrphan) != 0;
    receiver.set_max_fragment(offered);
    set_receive_timeout(socket, std::chrono::milliseconds(0));
    if (ack.results[0].verdict == ContextVerdict::acceptance) connection->contexts.push_back({interface, syntax, 0});
    return connection;
}

std::optional<std::uint16_t> Connection::context(const SyntaxId& interface, ndr::Syntax syntax) const {
    for (const Context& context : contexts)
        if (context.syntax == syntax && context.interface == interface) return context.id;
    return std::nullopt;
}

Connection::Frame* Connection::find(std::uint32_t call_id) const {
    for (Frame* frame : pending)
        if (frame->call_id == call_id) return frame;
    return nullptr;
}

bool Connection::is_dropped(std::uint32_t call_id) const { return std::find(dropped.begin(), dropped.end(), call_id) != dropped.end(); }

}  // namespace odc::rpc
