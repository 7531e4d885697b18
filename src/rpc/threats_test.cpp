// Bad input over the wire, by the numbers of the project's list of threats ("Connection and PDU").
#include <gtest/gtest.h>

#include "base/guid.h"
#include "rpc/raw_peer.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;

std::string stub_of(const std::vector<std::uint8_t>& pdu) {
    return pdu.size() < kRequestHeaderSize ? "nothing" : hex(std::span(pdu).subspan(kRequestHeaderSize));
}

class Threats : public testing::Test {
  protected:
    explicit Threats(ServerLimits limits = {}) : server_(limits) {
        server_.serve(kTestSpec, &service_);
        server_.serve(kOtherSpec, &service_);
        endpoint_ = server_.listen({Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
        local_ = server_.listen({Endpoint::Protocol::ncalrpc, "", ""}).take();
        association_ = Association::create(endpoint_);
    }
    void TearDown() override { EXPECT_EQ(*add(*association_, 20, 22), 42) << "others are affected"; }

    TestService service_;
    Server server_;
    Endpoint endpoint_, local_;
    std::shared_ptr<Association> association_;
};

// Threat 1.
TEST_F(Threats, FirstPduIsNoBind) {
    RawPeer peer(endpoint_);
    peer.request(7, 0, {});
    EXPECT_EQ(peer.receive_fault(), kFaultProtocolError);
    EXPECT_EQ(peer.header.call_id, 7u);
    EXPECT_TRUE(peer.closed());
}

// Threat 2.
TEST_F(Threats, FragLengthIsWrong) {
    for (const char* bytes : {"05 00 0b 03 10 00 00 00  0f 00 00 00 01 00 00 00  // below the common header",
                              "05 00 0b 03 10 00 00 00  00 00 00 00 01 00 00 00  // nothing",
                              "05 00 0b 03 10 00 00 00  d1 16 00 00 01 00 00 00  // 5841, offered are 5840",
                              "05 00 0b 03 10 00 00 00  ff ff 00 00 01 00 00 00  // 65535",
                              "05 00 0b 03 10 00 00 00  20 00 10 00 01 00 00 00  // auth_length 16 does not fit into 32"}) {
        RawPeer peer(endpoint_);
        peer.send(bytes);
        EXPECT_TRUE(peer.closed()) << bytes;
    }
    RawPeer bound(endpoint_);
    bound.bind(kTestInterface, 0, 2000);
    bound.send("05 00 00 03 10 00 00 00  d1 07 00 00 02 00 00 00  // 2001, negotiated are 2000");
    EXPECT_TRUE(bound.closed());
    RawPeer short_request(endpoint_);
    short_request.bind(kTestInterface);
    short_request.send("05 00 00 03 10 00 00 00  17 00 00 00 02 00 00 00  00 00 00 00 00 00 00");
    EXPECT_TRUE(short_request.closed());
}

// Threat 3.
TEST_F(Threats, VersionIsNotFive) {
    RawPeer peer(endpoint_);
    peer.send("04 00 0b 03 10 00 00 00  48 00 00 00 09 00 00 00");
    const auto pdu = peer.receive();
    ASSERT_EQ(peer.header.type, PduType::bind_nak);
    const BindNak nak = parse_bind_nak(peer.header, pdu).take();
    EXPECT_EQ(nak.reason, kRejectProtocolVersion);
    EXPECT_EQ(nak.versions, (std::vector<std::pair<std::uint8_t, std::uint8_t>>{{5, 0}, {5, 1}}));
    EXPECT_TRUE(peer.closed());
}

// Threat 3.
TEST_F(Threats, BigEndianPeersAreServed) {
    RawPeer peer(endpoint_);
    peer.send(R"(05 00 0b 13 00 00 00 00  // bind, whole, concurrent multiplexing, big-endian
                 00 48 00 00 00 00 00 01  // frag_length 72, auth_length, call id 1
                 16 d0 16 d0 00 00 00 00  // max_xmit, max_recv 5840, group 0
                 01 00 00 00              // one context
                 00 05 01 00              // id 5, one transfer syntax
                 8a 1b 2c 30 11 22 33 44 55 66 77 88 99 aa bb cc  // the test interface
                 00 02 00 01              // 1.2
                 8a 88 5d 04 1c eb 11 c9 9f e8 08 00 2b 10 48 60  // NDR
                 00 00 00 02              // 2.0)");
    const auto ack = peer.receive();
    ASSERT_EQ(peer.header.type, PduType::bind_ack) << hex(ack);
    EXPECT_EQ(parse_bind_ack(peer.header, ack)->results.front().verdict, ContextVerdict::acceptance);
    peer.send(R"(05 00 00 03 00 00 00 00  // request
                 00 20 00 00 00 00 00 02  // frag_length 32, call id 2
                 00 00 00 08 00 05 00 01  // alloc_hint 8, context 5, opnum 1: add
                 00 00 01 00 00 00 00 05  // 256, 5)");
    const auto response = peer.receive();
    ASSERT_EQ(peer.header.type, PduType::response) << hex(response);
    ASSERT_EQ(response.size(), 28u);
    EXPECT_EQ(hex(std::span(response).subspan(24)), "05 01 00 00");
}

class SlowPeers : public Threats {
  protected:
    static ServerLimits quick() {
        ServerLimits limits;
        limits.bind_seconds = 1;
        return limits;
    }
    SlowPeers() : Threats(quick()) {}
};

// Threat 4: whatever it sends meanwhile, a peer that has not bound in time is closed.
TEST_F(SlowPeers, AreClosedAtTheBindDeadline) {
    RawPeer silent(endpoint_);
    RawPeer slow(endpoint_);
    slow.send("05 00 0b 03");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(slow.closed());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

class ManyPeers : public Threats {
  protected:
    static ServerLimits few() {
        ServerLimits limits;
        limits.unauthenticated_per_address = 3;
        limits.unauthenticated_connections = 5;
        return limits;
    }
    ManyPeers() : Threats(few()) {}
    void TearDown() override {}
};

// Threat 4: unauthenticated connections have a limit by address and one in all; local ones are authenticated by the kernel.
TEST_F(ManyPeers, AreCapped) {
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(std::make_unique<RawPeer>(endpoint_));
        peers.back()->bind(kTestInterface);
    }
    RawPeer refused(endpoint_);
    EXPECT_TRUE(refused.closed());
    auto local = Association::create(local_);
    EXPECT_EQ(*add(*local, 1, 2), 3);
    peers.pop_back();
    for (;;) {  // the server has to notice first that one is gone
        RawPeer next(endpoint_);
        next.send(encode(Envelope{PduType::bind, 1}, Bind{5840, 5840, 0, {{0, kTestInterface, {kNdr20}}}}));
        if (!next.receive().empty()) break;
    }
}

// Threat 4: connections that say nothing cost a file descriptor, and no thread.
TEST_F(Threats, IdleConnectionsKeepNoThread) {
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 300; ++i) peers.push_back(std::make_unique<RawPeer>(local_));
    peers.back()->bind(kTestInterface);
    std::size_t threads = 0;
    std::string line;
    std::FILE* status = std::fopen("/proc/self/status", "r");
    char text[256];
    while (std::fgets(text, sizeof text, status))
        if (std::sscanf(text, "Threads: %zu", &threads) == 1) break;
    std::fclose(status);
    EXPECT_LT(threads, 20u);
}

// Threat 5.
TEST_F(Threats, TinyFragmentsAreCutAtTheLimit) {
    RawPeer peer(endpoint_);
    peer.bind(kTestInterface);
    const std::uint8_t byte[1] = {0x2A};
    peer.request(2, TestService::kEcho, byte, kFirstFrag, 0, 0xFFFFFFFF);
    int sent = 1;
    while (peer.sent && sent < 1000000) {
        peer.request(2, TestService::kEcho, byte, 0, 0, 0xFFFFFFFF);
        ++sent;
        if (sent % 64 == 0) {
            pollfd ready{peer.socket(), POLLIN, 0};
            if (::poll(&ready, 1, 0) > 0) break;
        }
    }
    EXPECT_LT(sent, 200000);
    EXPECT_EQ(service_.calls, 0);
}

// Threat 5: nothing but the limit says how much a request may hold.
TEST_F(Threats, RequestsAreCutAtTheLimit) {
    auto too_much = echo(*association_, pattern((std::size_t{4} << 20) + 100));
    EXPECT_FALSE(too_much);
    auto local = Association::create(local_);
    EXPECT_TRUE(*echo(*local, pattern((std::size_t{4} << 20) + 100)));
}

// Threat 5.
TEST_F(Threats, AllocHintIsOnlyAHint) {
    RawPeer peer(endpoint_);
    peer.bind(kTestInterface);
    for (const std::uint32_t hint : {0u, 1u, 0xFFFFFFFFu, 0x7FFFFFFFu}) {
        const std::uint8_t a[4] = {1, 0, 0, 0}, b[4] = {2, 0, 0, 0};
        peer.request(hint / 3 + 2, TestService::kAdd, a, kFirstFrag, 0, hint);
        peer.request(hint / 3 + 2, TestService::kAdd, b, kLastFrag, 0, hint);
        const auto response = peer.receive();
        ASSERT_EQ(peer.header.type, PduType::response);
        EXPECT_EQ(hex(std::span(response).subspan(24)), "03 00 00 00");
    }
}

// Threat 5: a fragment that carries nothing would never end.
TEST_F(Threats, EmptyFragments) {
    RawPeer peer(endpoint_);
    peer.bind(kTestInterface);
    peer.request(2, TestService::kEcho, {}, kFirstFrag);
    EXPECT_TRUE(peer.closed());
}

// Threat 6.
TEST_F(Threats, FragmentsOutOfSequence) {
    const std::uint8_t data[8] = {};
    const auto expect_refused = [&](auto play) {
        RawPeer peer(endpoint_);
        peer.bind(kTestInterface);
        play(peer);
        EXPECT_EQ(peer.receive_fault(), kFaultProtocolError);
        EXPECT_TRUE(peer.closed());
    };
    expect_refused([&](RawPeer& peer) {  // first twice
        peer.request(2, TestService::kAdd, data, kFirstFrag);
        peer.request(2, TestService::kAdd, data, kFirstFrag);
    });
    expect_refused([&](RawPeer& peer) {  // two requests interleaved
        peer.request(2, TestService::kAdd, data, kFirstFrag);
        peer.request(3, TestService::kAdd, data, 0);
    });
    expect_refused([&](RawPeer& peer) {  // a whole one within another
        peer.request(2, TestService::kAdd, data, kFirstFrag);
        peer.request(3, TestService::kAdd, data, kWhole);
    });
    expect_refused([&](RawPeer& peer) { peer.request(2, TestService::kAdd, data, kLastFrag); });  // no beginning
    expect_refused([&](RawPeer& peer) {  // the method changes midway
        peer.request(2, TestService::kAdd, data, kFirstFrag);
        peer.request(2, TestService::kEcho, data, kLastFrag);
    });
}

// Threat 6: the id of a call that runs, and a second request where multiplexing was not negotiated.
TEST_F(Threats, CallIdsInUse) {
    for (const bool multiplexed : {true, false}) {
        const int waiting = service_.waiting;
        RawPeer peer(endpoint_);
        peer.bind(kTestInterface, 0, 5840, 0, multiplexed ? kWhole | kConcMpx : kWhole);
        peer.request(2, TestService::kWait, {});
        service_.wait_until_waiting(waiting + 1);
        peer.request(multiplexed ? 2 : 3, TestService::kNull, {});
        EXPECT_EQ(peer.receive_fault(), kFaultProtocolError);
        EXPECT_TRUE(peer.closed());
    }
    service_.open_gate();
}

// Threat 7.
TEST_F(Threats, CancelAndOrphanedAtEachStage) {
    const std::uint8_t data[4] = {1, 0, 0, 0};
    for (const PduType type : {PduType::co_cancel, PduType::orphaned}) {
        RawPeer peer(endpoint_);
        peer.bind(kTestInterface);
        const auto stop = [&](std::uint32_t call_id) { peer.send(encode(Envelope{type, call_id})); };
        stop(2);  // of a call that never was
        peer.request(3, TestService::kAdd, data, kFirstFrag);
        stop(3);  // while it is sent
        if (type == PduType::co_cancel) {
            peer.request(3, TestService::kAdd, data, kLastFrag);
            EXPECT_EQ(stub_of(peer.receive()), "02 00 00 00");
        }
        const int waiting = service_.waiting, cancelled = service_.cancelled;
        peer.request(4, TestService::kWait, {});
        service_.wait_until_waiting(waiting + 1);
        stop(4);  // while it runs
        if (type == PduType::co_cancel) {
            EXPECT_EQ(stub_of(peer.receive()), "01 00 00 00");
        }
        stop(4);  // after it has ended
        peer.request(5, TestService::kNull, {});
        peer.receive();
        EXPECT_EQ(peer.header.type, PduType::response);
        EXPECT_EQ(peer.header.call_id, 5u) << "an orphaned call is not answered";
        while (service_.cancelled == cancelled) std::this_thread::yield();
    }
}

// Threat 7: the client is gone.
TEST_F(Threats, LostConnectionsCancelTheirCalls) {
    {
        RawPeer peer(endpoint_);
        peer.bind(kTestInterface);
        peer.request(2, TestService::kWait, {});
        service_.wait_until_waiting(1);
    }
    while (service_.cancelled == 0) std::this_thread::yield();
}

// Threat 8.
TEST_F(Threats, FragmentSizesAreNegotiatedSanely) {
    for (const auto& [asked, granted] : {std::pair{0, 1432}, {1, 1432}, {1432, 1432}, {4280, 4280}, {65535, 5840}}) {
        RawPeer peer(endpoint_);
        const BindAck ack = peer.bind(kTestInterface, 0, static_cast<std::uint16_t>(asked));
        EXPECT_EQ(ack.max_xmit, granted);
        EXPECT_EQ(ack.max_recv, granted);
        std::vector<std::uint8_t> big(1400);
        big[0] = 0x74, big[1] = 0x05;  // count 1396
        peer.request(2, TestService::kEcho, big);
        EXPECT_EQ(peer.receive().size(), 1424u);
    }
}

// Threat 8.
TEST_F(Threats, ContextsAreLimited) {
    RawPeer peer(endpoint_);
    peer.bind(kTestInterface);
    int accepted = 1, refused = 0;
    for (std::uint16_t id = 1; id < 1000; ++id) {
        Bind alter{5840, 5840, 0, {{id, kOtherInterface, {kNdr20}}}};
        peer.send(encode(Envelope{PduType::alter_context, id + 1u}, alter));
        const auto pdu = peer.receive();
        ASSERT_EQ(peer.header.type, PduType::alter_context_resp);
        const ContextResult result = parse_bind_ack(peer.header, pdu)->results.front();
        if (result.verdict == ContextVerdict::acceptance) {
            ++accepted;
        } else {
            ++refused;
            EXPECT_EQ(result.reason, kLocalLimitExceeded);
        }
    }
    EXPECT_EQ(accepted, 32);
    EXPECT_EQ(refused, 968);
    peer.request(2000, TestService::kNull, {});
    peer.receive();
    EXPECT_EQ(peer.header.type, PduType::response);
}

// Threat 9 (unknown opnums: Calls.GetFaults).
TEST_F(Threats, UnknownInterfaces) {
    RawPeer peer(endpoint_);
    const BindAck ack = peer.bind(SyntaxId{new_guid(), 1, 0});
    EXPECT_EQ(ack.results.front().verdict, ContextVerdict::provider_rejection);
    EXPECT_EQ(ack.results.front().reason, kAbstractSyntaxNotSupported);
    peer.request(2, 0, {});
    EXPECT_EQ(peer.receive_fault(), kFaultUnknownInterface);
    // Another major version or a higher minor one is another interface; a lower minor one is served.
    for (const auto& [major, minor, verdict] : {std::tuple{1, 3, ContextVerdict::provider_rejection},
                                               {2, 0, ContextVerdict::provider_rejection},
                                               {1, 0, ContextVerdict::acceptance}}) {
        RawPeer other(endpoint_);
        const SyntaxId id{kTestInterface.uuid, static_cast<std::uint16_t>(major), static_cast<std::uint16_t>(minor)};
        EXPECT_EQ(other.bind(id).results.front().verdict, verdict) << major << "." << minor;
    }
}

// Threat 9.
TEST_F(Threats, AssociationGroupsOfOthers) {
    RawPeer first(endpoint_);
    const std::uint32_t group = first.bind(kTestInterface).association_group;
    EXPECT_NE(group, 0u);
    RawPeer second(endpoint_);
    EXPECT_EQ(second.bind(kTestInterface, 0, 5840, group).association_group, group);
    const auto refused = [&](const Endpoint& endpoint, std::uint32_t id) {
        RawPeer other(endpoint);
        other.send(encode(Envelope{PduType::bind, 1}, Bind{5840, 5840, id, {{0, kTestInterface, {kNdr20}}}}));
        other.receive();
        return other.header.type == PduType::bind_nak && other.closed();
    };
    EXPECT_TRUE(refused(endpoint_, group + 1000)) << "nobody's group";
    EXPECT_TRUE(refused(local_, group)) << "the group of another host";
}

// Calls under way on one connection have a limit.
TEST_F(Threats, CallsUnderWayAreLimited) {
    RawPeer peer(local_);
    peer.bind(kTestInterface);
    for (int i = 0; i < 64; ++i) peer.request(static_cast<std::uint32_t>(i + 2), TestService::kWait, {});
    service_.wait_until_waiting(64);
    peer.request(100, TestService::kNull, {});
    EXPECT_EQ(peer.receive_fault(), kFaultServerTooBusy);
    EXPECT_EQ(peer.header.call_id, 100u);
    service_.open_gate();
    for (int i = 0; i < 64; ++i) {
        ASSERT_FALSE(peer.receive().empty());
        EXPECT_EQ(peer.header.type, PduType::response);
    }
}

}  // namespace
}  // namespace odc::rpc
