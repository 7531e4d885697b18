// Associations: retries, lost servers, servers that lie.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <future>

#include "rpc/played_server.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;
using Protocol = Endpoint::Protocol;

constexpr HRESULT kUnavailable = HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
constexpr HRESULT kCallFailed = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
constexpr HRESULT kProtocolFault = HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);

TEST(Associations, FindNobodyWhereNobodyIs) {
    auto tcp = listen_at({Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    tcp.socket.reset();
    EXPECT_EQ(add(*Association::create(tcp.endpoint), 1, 2).code(), kUnavailable);
    EXPECT_EQ(add(*Association::create({Protocol::ncalrpc, "", "/nowhere/at/all"}), 1, 2).code(), kUnavailable);
    EXPECT_EQ(add(*Association::create({Protocol::ncacn_ip_tcp, "127.0.0.1", "port"}), 1, 2).code(), HRESULT_FROM_WIN32(RPC_S_INVALID_ENDPOINT_FORMAT));
}

TEST(Associations, GiveUpServersThatDoNotAnswer) {
    // Listens, accepts by the kernel's queue, and says nothing.
    auto silent = listen_at({Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    BindingOptions options;
    options.connect_timeout = std::chrono::milliseconds(100);
    EXPECT_EQ(add(*Association::create(silent.endpoint, options), 1, 2).code(), kUnavailable);
}

TEST(Associations, ConnectAgainWhenTheServerWasReplaced) {
    TestService service;
    auto first = std::make_unique<Server>();
    first->serve(kTestSpec, &service);
    const Endpoint endpoint = first->listen({Protocol::ncalrpc, "", ""}).take();
    auto association = Association::create(endpoint);
    ASSERT_EQ(*add(*association, 1, 2), 3);
    first.reset();
    Server second;
    second.serve(kTestSpec, &service);
    ASSERT_TRUE(second.listen(endpoint));
    auto sum = add(*association, 3, 4);
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, 7);
    EXPECT_FALSE(association->broken());
}

TEST(Associations, TakeOverTheFileThatADeadServerLeft) {
    Endpoint endpoint;
    {
        auto dead = listen_at({Protocol::ncalrpc, "", ""}).take();
        endpoint = dead.endpoint;
    }
    Server server;
    EXPECT_TRUE(server.listen(endpoint));
    Server another;
    EXPECT_EQ(another.listen(endpoint).code(), HRESULT_FROM_WIN32(RPC_S_DUPLICATE_ENDPOINT));
}

TEST(Associations, ServeAdoptedSockets) {
    Listener listener = listen_at({Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    const Endpoint endpoint = server.adopt(listener.socket.release()).take();
    EXPECT_EQ(endpoint.endpoint, listener.endpoint.endpoint);
    EXPECT_EQ(*add(*Association::create(endpoint), 1, 2), 3);
    EXPECT_FALSE(server.adopt(::dup(0)));
}

TEST(Associations, WorkOverIpv6) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    auto endpoint = server.listen({Protocol::ncacn_ip_tcp, "::1", ""});
    if (!endpoint && endpoint.code() == HRESULT_FROM_WIN32(RPC_S_CANT_CREATE_ENDPOINT)) return;  // a machine without IPv6
    ASSERT_TRUE(endpoint) << endpoint.error().text();
    EXPECT_EQ(*add(*Association::create(*endpoint), 1, 2), 3);
    // The wildcard takes both kinds.
    const Endpoint any = server.listen({Protocol::ncacn_ip_tcp, "", ""}).take();
    EXPECT_EQ(*add(*Association::create({Protocol::ncacn_ip_tcp, "127.0.0.1", any.endpoint}), 1, 2), 3);
    EXPECT_EQ(*add(*Association::create({Protocol::ncacn_ip_tcp, "::1", any.endpoint}), 1, 2), 3);
}

TEST(Associations, UseNdr64WhenTheServerPrefersIt) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    server.serve(kOtherSpec, &service);
    const Endpoint endpoint = server.listen({Protocol::ncalrpc, "", ""}).take();
    for (const bool preferred : {false, true}) {
        server.prefer_ndr64(preferred);
        for (const bool offered : {false, true}) {
            auto association = Association::create(endpoint, BindingOptions{.offer_ndr64 = offered});
            ClientCall call(*association, kTestInterface, TestService::kEcho);
            EXPECT_EQ(call.request().ndr64(), preferred && offered);
            EXPECT_TRUE(*echo(*association, pattern(100000)));
            EXPECT_EQ(*answer(*association), 42u);
            EXPECT_EQ(*add(*association, 1, 2), 3);
        }
    }
}

TEST(Associations, ShareWhenTheServerTakesNoMoreConnections) {
    TestService service;
    ServerLimits limits;
    limits.unauthenticated_per_address = 1;
    Server server(limits);
    server.serve(kTestSpec, &service);
    auto association = Association::create(server.listen({Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take());
    ASSERT_TRUE(add(*association, 1, 1));
    std::thread waits([&] {
        ClientCall call(*association, kTestInterface, TestService::kWait);
        EXPECT_TRUE(call.invoke());
    });
    service.wait_until_waiting(1);
    auto sum = add(*association, 1, 2);
    EXPECT_TRUE(sum) << sum.error().text();
    service.open_gate();
    waits.join();
}

/// Polls, and says no after a number of times.
class CountingWaiter : public CallWaiter {
  public:
    explicit CountingWaiter(int patience) : patience_(patience) {}
    bool wait_readable(int fd) override {
        ++waits;
        pollfd ready{fd, POLLIN, 0};
        while (patience_-- > 0)
            if (::poll(&ready, 1, 5) > 0) return true;
        return false;
    }
    int waits = 0;

  private:
    int patience_;
};

TEST(Associations, LetTheCallerWait) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    auto association = Association::create(server.listen({Protocol::ncalrpc, "", ""}).take(), BindingOptions{.connections = 1});
    CountingWaiter patient(1000);
    ClientCall call(*association, kTestInterface, TestService::kNull);
    call.set_waiter(&patient);
    EXPECT_TRUE(call.invoke());
    EXPECT_GE(patient.waits, 1);
    CountingWaiter impatient(2);
    ClientCall given_up(*association, kTestInterface, TestService::kWait);
    given_up.set_waiter(&impatient);
    EXPECT_EQ(given_up.invoke().code(), HRESULT_FROM_WIN32(RPC_S_CALL_CANCELLED));
    EXPECT_EQ(*add(*association, 1, 2), 3) << "the connection is still good";
    while (service.cancelled == 0) std::this_thread::yield();
}

TEST(Associations, NestCallsOfWaiters) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    auto association = Association::create(server.listen({Protocol::ncalrpc, "", ""}).take(), BindingOptions{.connections = 1});
    /// While it waits, its thread calls again, as an apartment that pumps its queue does.
    class Nesting : public CallWaiter {
      public:
        Nesting(TestService& service, Association& to, int depth) : service_(service), to_(to), depth_(depth) {}
        bool wait_readable(int fd) override {
            if (depth_ > 0) {
                service_.wait_until_waiting(++seen_);
                Nesting inner(service_, to_, depth_ - 1);
                inner.seen_ = seen_;
                ClientCall call(to_, kTestInterface, TestService::kWait);
                if (depth_ == 1) service_.open_gate();
                call.set_waiter(&inner);
                EXPECT_TRUE(call.invoke());
                depth_ = 0;
            }
            pollfd ready{fd, POLLIN, 0};
            return ::poll(&ready, 1, 20000) > 0;
        }

      private:
        TestService& service_;
        Association& to_;
        int depth_;
        int seen_ = 0;
    } waiter(service, *association, 5);
    ClientCall call(*association, kTestInterface, TestService::kWait);
    call.set_waiter(&waiter);
    EXPECT_TRUE(call.invoke());
}

TEST(Associations, SurviveServersThatLie) {
    using Played = PlayedServer;
    const std::uint8_t sum[4] = {3, 0, 0, 0};
    const struct {
        const char* name;
        PlayedServer::Play play;
        HRESULT code;
    } cases[] = {
        {"closes at once", [](RawPeer&) {}, kUnavailable},
        {"answers the bind with garbage", [](RawPeer& peer) { peer.receive(), peer.send("47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a"); }, kProtocolFault},
        {"answers the bind with a response", [&](RawPeer& peer) { peer.receive(), Played::respond(peer, 1, sum); }, kProtocolFault},
        {"has no bind results", [](RawPeer& peer) { peer.receive(), peer.send(encode(Envelope{PduType::bind_ack, 1}, BindAck{})); }, kProtocolFault},
        {"refuses the bind", [](RawPeer& peer) { peer.receive(), peer.send(encode(Envelope{PduType::bind_nak, 1}, BindNak{kRejectLocalLimitExceeded, {}})); },
         HRESULT_FROM_WIN32(RPC_S_SERVER_TOO_BUSY)},
        {"closes during the call", [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(); }, kCallFailed},
        {"closes within the reply",
         [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), peer.send("05 00 02 03 10 00 00 00 1c 00 00 00 02 00 00 00 04"); }, kCallFailed},
        {"answers another call", [&](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), Played::respond(peer, 99, sum), peer.receive(); }, kProtocolFault},
        {"begins the reply twice",
         [&](RawPeer& peer) {
             Played::accept_bind(peer), peer.receive();
             Played::respond(peer, peer.header.call_id, sum, kFirstFrag), Played::respond(peer, peer.header.call_id, sum, kFirstFrag);
             peer.receive();
         },
         kProtocolFault},
        {"goes on with a reply that never began",
         [&](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), Played::respond(peer, peer.header.call_id, sum, kLastFrag), peer.receive(); }, kProtocolFault},
        {"sends a request", [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), peer.request(peer.header.call_id, 0, {}), peer.receive(); }, kProtocolFault},
        {"sends a fragment larger than negotiated",
         [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), peer.send("05 00 02 03 10 00 00 00 0f 00 00 00 02 00 00 00"), peer.receive(); }, kProtocolFault},
        {"sends a short fault", [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), peer.send("05 00 03 03 10 00 00 00 10 00 00 00 02 00 00 00"), peer.receive(); },
         kProtocolFault},
        {"gives too little in the reply",
         [](RawPeer& peer) { Played::accept_bind(peer), peer.receive(), Played::respond(peer, peer.header.call_id, {}), peer.receive(); }, HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)},
    };
    for (const auto& wanted : cases) {
        PlayedServer server(wanted.play);
        auto association = Association::create(server.endpoint());
        EXPECT_EQ(add(*association, 1, 2).code(), wanted.code) << wanted.name;
        association->close();
    }
}

TEST(Associations, PutRepliesOfSeveralCallsTogether) {
    // Two calls on one connection; their replies come in fragments, interleaved, the second call's first one first.
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        peer.receive();
        const std::uint32_t a = peer.header.call_id;
        peer.receive();
        const std::uint32_t b = peer.header.call_id;
        const std::uint8_t count[4] = {16, 0, 0, 0}, data[8] = {};
        for (const std::uint32_t id : {b, a}) PlayedServer::respond(peer, id, count, kFirstFrag);
        for (const std::uint32_t id : {a, b}) PlayedServer::respond(peer, id, data, 0);
        for (const std::uint32_t id : {a, b}) PlayedServer::respond(peer, id, data, kLastFrag);
        peer.receive();
    });
    auto association = Association::create(server.endpoint(), BindingOptions{.connections = 1});
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
        threads.emplace_back([&] {
            auto same = echo(*association, std::vector<std::uint8_t>(16));
            ASSERT_TRUE(same) << same.error().text();
            EXPECT_TRUE(*same);
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(server.connections, 1);
    association->close();
}

TEST(Associations, WaitForTheReplyOfMaybeCallsWithoutMultiplexing) {
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer, kWhole);
        while (!peer.receive().empty()) PlayedServer::respond(peer, peer.header.call_id, {});
    });
    auto association = Association::create(server.endpoint());
    for (int i = 0; i < 10; ++i) {
        ClientCall call(*association, kTestInterface, TestService::kOrder);
        call.set_maybe();
        EXPECT_TRUE(call.invoke());
    }
    EXPECT_EQ(server.connections, 1);
    association->close();
}

// Who waits on a shared connection reads for all: a call may not go while that thread holds on to it (memory errors: sanitizers).
TEST(Associations, LetNoCallGoWhileAnotherReadsItsReply) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    auto association = Association::create(server.listen({Endpoint::Protocol::ncalrpc, "", ""}).take(), BindingOptions{.connections = 1});
    std::atomic<bool> stop = false;
    std::thread waits([&] {
        for (LONG i = 0; !stop; ++i) {
            const auto sum = add(*association, i, 1);
            ASSERT_TRUE(sum) << sum.error().text();
            ASSERT_EQ(*sum, i + 1);
        }
    });
    for (int i = 0; i < 3000; ++i) {
        ClientCall call(*association, kTestInterface, TestService::kOrder);
        call.request().u32(static_cast<std::uint32_t>(i));
        call.set_maybe();
        EXPECT_TRUE(call.invoke());
    }
    stop = true;
    waits.join();
    EXPECT_TRUE(add(*association, 1, 2));
}

TEST(Associations, WhatCannotBeSentIsReadToItsEndByWhoReads) {
    // The reply to the second call begins before its request is there as a whole, and then the server is gone.
    std::promise<void> first;
    PlayedServer server([&](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        peer.receive();
        first.set_value();
        peer.receive();
        const std::uint8_t some[64] = {};
        PlayedServer::respond(peer, peer.header.call_id, some, kFirstFrag);
    });
    auto association = Association::create(server.endpoint(), BindingOptions{.connections = 1});
    std::thread waits([&] { EXPECT_EQ(add(*association, 1, 2).code(), kCallFailed); });
    first.get_future().wait();
    EXPECT_EQ(echo(*association, std::vector<std::uint8_t>(8 << 20)).code(), kCallFailed);
    waits.join();
    association->close();
}

TEST(Associations, GoWhenTheServerSaysShutdown) {
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        peer.receive();
        const std::uint8_t sum[4] = {3, 0, 0, 0};
        PduHeader header;
        auto both = encode(Envelope{PduType::shutdown});
        std::vector<std::uint8_t> response(28);
        header.type = PduType::response;
        header.call_id = peer.header.call_id;
        header.frag_length = 28;
        write_response_header(response.data(), header, {4, 0, 0});
        std::copy(sum, sum + 4, response.begin() + 24);
        response.insert(response.end(), both.begin(), both.end());
        peer.send(response);
        EXPECT_TRUE(peer.closed());
    });
    auto association = Association::create(server.endpoint());
    EXPECT_EQ(*add(*association, 1, 2), 3);
    EXPECT_EQ(*add(*association, 1, 2), 3) << "over another connection";
    EXPECT_EQ(server.connections, 2);
    association->close();
}

}  // namespace
}  // namespace odc::rpc
