// The other end of a connection, played by a test byte by byte.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "rpc/receiver.h"
#include "rpc/sender.h"
#include "rpc/socket.h"

namespace odc::rpc::test {

class RawPeer {
  public:
    explicit RawPeer(const Endpoint& server) : socket_(connect_to(server, std::chrono::seconds(5)).take()) {
        set_receive_timeout(socket_.get(), std::chrono::seconds(20));
    }
    explicit RawPeer(UniqueFd socket) : socket_(std::move(socket)) { set_receive_timeout(socket_.get(), std::chrono::seconds(20)); }

    bool send(std::span<const std::uint8_t> bytes) { return send_bytes(socket_.get(), bytes) == Sent::all; }
    bool send(std::string_view annotated) { return send(annotated_bytes(annotated)); }

    /// The next whole PDU; empty when the peer has closed the connection.
    std::vector<std::uint8_t> receive() {
        std::uint8_t head[kPduHeaderSize];
        if (!read_all(head, sizeof head)) return {};
        header = read_header(head);
        std::vector<std::uint8_t> pdu(head, head + sizeof head);
        pdu.resize(std::max<std::size_t>(header.frag_length, sizeof head));
        if (!read_all(pdu.data() + sizeof head, pdu.size() - sizeof head)) return {};
        return pdu;
    }
    /// The status of the fault that has to come next; 0 and a test failure otherwise.
    std::uint32_t receive_fault() {
        const auto pdu = receive();
        if (pdu.empty() || header.type != PduType::fault) {
            ADD_FAILURE() << "no fault but " << (pdu.empty() ? "the end" : hex(pdu));
            return 0;
        }
        return parse_fault(header, pdu)->status;
    }
    bool closed() {
        std::uint8_t byte;
        return ::recv(socket_.get(), &byte, 1, 0) <= 0 && errno != EAGAIN;
    }
    /// Binds context `id` to an interface; the results.
    BindAck bind(const SyntaxId& interface, std::uint16_t id = 0, std::uint16_t fragment = 5840, std::uint32_t group = 0,
                 std::uint8_t flags = kWhole | kConcMpx) {
        Bind body{fragment, fragment, group, {{id, interface, {kNdr20}}}};
        send(encode(Envelope{PduType::bind, 1, flags}, body));
        const auto pdu = receive();
        if (pdu.empty() || header.type != PduType::bind_ack) {
            ADD_FAILURE() << "no bind_ack but " << (pdu.empty() ? "the end" : hex(pdu));
            return {};
        }
        return parse_bind_ack(header, pdu).take();
    }
    /// One fragment of a request.
    void request(std::uint32_t call_id, std::uint16_t opnum, std::span<const std::uint8_t> stub, std::uint8_t flags = kWhole,
                 std::uint16_t context = 0, std::uint32_t alloc_hint = 0) {
        std::vector<std::uint8_t> pdu(kRequestHeaderSize + stub.size());
        PduHeader head;
        head.type = PduType::request;
        head.flags = flags;
        head.call_id = call_id;
        head.frag_length = static_cast<std::uint16_t>(pdu.size());
        write_request_header(pdu.data(), head, {alloc_hint, context, opnum, {}});
        std::copy(stub.begin(), stub.end(), pdu.begin() + kRequestHeaderSize);
        sent = send(pdu);
    }
    int socket() const { return socket_.get(); }

    PduHeader header;  ///< of the PDU received last
    bool sent = true;  ///< the last request could be sent

  private:
    bool read_all(std::uint8_t* to, std::size_t n) {
        while (n > 0) {
            const ssize_t got = ::recv(socket_.get(), to, n, 0);
            if (got <= 0) return false;
            to += got;
            n -= static_cast<std::size_t>(got);
        }
        return true;
    }
    UniqueFd socket_;
};

}  // namespace odc::rpc::test
