// A server of the tests that says what a test wants, connection by connection.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <functional>
#include <thread>

#include "rpc/raw_peer.h"

namespace odc::rpc::test {

/// A server of which each connection is played by a function.
class PlayedServer {
  public:
    using Play = std::function<void(RawPeer&)>;
    explicit PlayedServer(Play play) : listener_(listen_at({Endpoint::Protocol::ncalrpc, "", ""}).take()), play_(std::move(play)) {
        thread_ = std::thread([this] {
            for (int fd; (fd = ::accept(listener_.socket.get(), nullptr, nullptr)) >= 0;) {
                ++connections;
                RawPeer peer{UniqueFd(fd)};
                play_(peer);
            }
        });
    }
    ~PlayedServer() {
        ::shutdown(listener_.socket.get(), SHUT_RDWR);
        thread_.join();
        ::unlink(listener_.unlink.c_str());
    }
    const Endpoint& endpoint() const { return listener_.endpoint; }
    /// Reads a bind and accepts it.
    static void accept_bind(RawPeer& peer, std::uint8_t flags = kWhole | kConcMpx, std::uint16_t fragment = 5840) {
        peer.receive();
        const BindAck ack{fragment, fragment, 77, "x", {{ContextVerdict::acceptance, 0, kNdr20}, {ContextVerdict::negotiate_ack, 0, {}}}};
        peer.send(encode(Envelope{PduType::bind_ack, peer.header.call_id, flags}, ack));
    }
    static void respond(RawPeer& peer, std::uint32_t call_id, std::span<const std::uint8_t> stub, std::uint8_t flags = kWhole) {
        std::vector<std::uint8_t> pdu(24 + stub.size());
        PduHeader header;
        header.type = PduType::response;
        header.flags = flags;
        header.call_id = call_id;
        header.frag_length = static_cast<std::uint16_t>(pdu.size());
        write_response_header(pdu.data(), header, {static_cast<std::uint32_t>(stub.size()), 0, 0});
        std::copy(stub.begin(), stub.end(), pdu.begin() + 24);
        peer.send(pdu);
    }
    std::atomic<int> connections{0};

  private:
    Listener listener_;
    Play play_;
    std::thread thread_;
};

}  // namespace odc::rpc::test
