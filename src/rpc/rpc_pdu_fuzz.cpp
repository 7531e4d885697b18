// The receiver and the decoders of all PDUs, on what a peer might send over one connection.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "rpc/receiver.h"

using namespace odc::rpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    int ends[2];
    if (size > 100000 || ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 0;
    const ssize_t sent = ::send(ends[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    ::close(ends[0]);
    Receiver receiver;
    Message message;
    message.begin(std::size_t{1} << 20);
    receiver.set_max_fragment(5840);
    for (bool more = true; more;) {
        using Event = Receiver::Event;
        switch (receiver.in_payload() ? receiver.take_payload(ends[1], message) : receiver.next(ends[1])) {
            case Event::pdu: {
                const PduHeader header = receiver.header();
                const auto pdu = receiver.pdu();
                if (header.auth_length) (void)parse_auth_verifier(header, pdu);
                (void)parse_bind(header, pdu);
                (void)parse_bind_ack(header, pdu);
                (void)parse_bind_nak(header, pdu);
                (void)parse_fault(header, pdu);
                if (header.type == PduType::request) (void)read_request_header(header, pdu.data());
                break;
            }
            case Event::fragment:
            case Event::more: break;
            case Event::complete: message.begin(std::size_t{1} << 20); break;
            default: more = false;
        }
    }
    ::close(ends[1]);
    return 0;
}
