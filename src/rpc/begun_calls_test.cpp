// Calls that are begun and finished apart, with no thread of the caller in between.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "rpc/played_server.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;

/// A call that can be begun, and waited for.
struct Begun final : CallDone {
    Begun(Association& association, std::uint16_t opnum, const SyntaxId& interface = kTestInterface) : call(association, interface, opnum) {}
    void call_done() override { done.set_value(); }
    Result<> begin() { return call.begin(*this); }
    bool is_done() { return ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
    Result<> finish() {
        ended.wait();
        return call.finish();
    }
    std::promise<void> done;  // a second time would throw
    std::future<void> ended = done.get_future();
    ClientCall call;
};

class BegunCalls : public testing::TestWithParam<Endpoint::Protocol> {
  protected:
    void SetUp() override {
        server_.serve(kTestSpec, &service_);
        server_.serve(kOtherSpec, nullptr);
        const bool tcp = GetParam() == Endpoint::Protocol::ncacn_ip_tcp;
        association_ = Association::create(server_.listen({GetParam(), tcp ? "127.0.0.1" : "", ""}).take());
    }
    void TearDown() override { service_.open_gate(); }
    TestService service_;
    Server server_;
    std::shared_ptr<Association> association_;
};
INSTANTIATE_TEST_SUITE_P(Transports, BegunCalls, testing::Values(Endpoint::Protocol::ncalrpc, Endpoint::Protocol::ncacn_ip_tcp),
                         [](const auto& test) { return test.param == Endpoint::Protocol::ncalrpc ? "Unix" : "Tcp"; });

TEST_P(BegunCalls, ReturnBeforeTheServerAnswers) {
    Begun begun(*association_, TestService::kWait);
    ASSERT_TRUE(begun.begin());
    service_.wait_until_waiting(1);
    EXPECT_FALSE(begun.is_done());
    service_.open_gate();
    ASSERT_TRUE(begun.finish());
    EXPECT_EQ(begun.call.reply().u32(), 0u);
}

TEST_P(BegunCalls, RunAtOnceAndShareConnections) {
    std::vector<std::unique_ptr<Begun>> calls;
    for (int i = 0; i < 40; ++i) {  // five on each of the eight connections
        calls.push_back(std::make_unique<Begun>(*association_, TestService::kWait));
        ASSERT_TRUE(calls.back()->begin());
    }
    service_.wait_until_waiting(40);
    EXPECT_EQ(*add(*association_, 1, 2), 3);  // waits for its reply on one of them
    service_.open_gate();
    for (auto& call : calls) {
        ASSERT_TRUE(call->finish());
        EXPECT_EQ(call->call.reply().u32(), 0u);
    }
    EXPECT_EQ(*add(*association_, 3, 4), 7);
}

TEST_P(BegunCalls, MayBeGivenUp) {
    std::vector<std::unique_ptr<Begun>> calls;
    for (int i = 0; i < 20; ++i) {
        calls.push_back(std::make_unique<Begun>(*association_, TestService::kWait));
        ASSERT_TRUE(calls.back()->begin());
    }
    service_.wait_until_waiting(20);
    for (std::size_t i = 0; i < calls.size(); i += 2) {
        EXPECT_TRUE(calls[i]->call.give_up());
        EXPECT_FALSE(calls[i]->call.give_up()) << "it is";
        calls[i].reset();  // and goes, while its reply is still to come
    }
    EXPECT_EQ(*add(*association_, 1, 2), 3);
    service_.open_gate();
    for (std::size_t i = 1; i < calls.size(); i += 2) {
        ASSERT_TRUE(calls[i]->finish());
        EXPECT_EQ(calls[i]->call.reply().u32(), 0u);
        EXPECT_FALSE(calls[i]->call.give_up()) << "it has been answered";
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(*add(*association_, i, 4), i + 4);
}

TEST_P(BegunCalls, GivenUpEndWithTheirConnections) {
    Begun call(*association_, TestService::kWait);
    ASSERT_TRUE(call.begin());
    service_.wait_until_waiting(1);
    EXPECT_TRUE(call.call.give_up());
    association_->close();
    EXPECT_FALSE(call.is_done());
}

TEST_P(BegunCalls, CarryRepliesOfAllSizes) {
    for (const std::size_t n : {0u, 1u, 5000u, 100'000u, 3'000'000u}) {
        const auto bytes = pattern(n);
        std::vector<std::unique_ptr<Begun>> calls;
        for (int i = 0; i < 4; ++i) {
            auto& begun = calls.emplace_back(std::make_unique<Begun>(*association_, TestService::kEcho));
            begun->call.request().count(bytes.size());
            begun->call.request().bytes(bytes.data(), bytes.size());
            ASSERT_TRUE(begun->begin());
        }
        for (auto& begun : calls) {
            ASSERT_TRUE(begun->finish());
            ndr::Reader& in = begun->call.reply();
            const std::size_t got = in.count(1);
            const auto* back = in.elements_in_place<std::uint8_t>(got);
            ASSERT_FALSE(in.failed());
            ASSERT_EQ(got, n);
            EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), back));
        }
    }
}

TEST_P(BegunCalls, NegotiateOtherInterfacesOnTheWay) {
    Begun first(*association_, TestService::kWait);
    ASSERT_TRUE(first.begin());
    Begun other(*association_, 0, kOtherInterface);
    ASSERT_TRUE(other.begin());
    ASSERT_TRUE(other.finish());
    EXPECT_EQ(other.call.reply().u32(), 42u);
    Begun unknown(*association_, 0, {{1, 0, 0, {}}, 1, 0});
    EXPECT_EQ(unknown.begin().code(), HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF));
    service_.open_gate();
    EXPECT_TRUE(first.finish());
}

TEST_P(BegunCalls, GiveTheFaultAtTheirEnd) {
    Begun begun(*association_, TestService::kFault);
    begun.call.request().u32(0x80070005);
    ASSERT_TRUE(begun.begin());
    EXPECT_EQ(begun.finish().code(), E_ACCESSDENIED);
    EXPECT_EQ(begun.call.fault_status(), 0x80070005u);
    EXPECT_EQ(*add(*association_, 1, 2), 3);
}

TEST_P(BegunCalls, FailWhenTheServerStops) {
    std::vector<std::unique_ptr<Begun>> calls;
    for (int i = 0; i < 12; ++i) {
        calls.push_back(std::make_unique<Begun>(*association_, TestService::kWait));
        ASSERT_TRUE(calls.back()->begin());
    }
    service_.wait_until_waiting(12);
    server_.stop();
    for (auto& call : calls) EXPECT_EQ(call->finish().code(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    Begun late(*association_, TestService::kAdd);
    EXPECT_EQ(late.begin().code(), HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE));
}

TEST_P(BegunCalls, FailWhenTheAssociationIsClosed) {
    Begun begun(*association_, TestService::kWait);
    ASSERT_TRUE(begun.begin());
    service_.wait_until_waiting(1);
    association_->close();
    EXPECT_EQ(begun.finish().code(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    EXPECT_EQ(*add(*association_, 1, 2), 3);
}

TEST_P(BegunCalls, AreCancelledByAnotherThread) {
    Begun begun(*association_, TestService::kWait);
    ASSERT_TRUE(begun.begin());
    service_.wait_until_waiting(1);
    begun.call.cancel();
    ASSERT_TRUE(begun.finish());
    EXPECT_EQ(begun.call.reply().u32(), 1u);
}

/// Ends itself when its reply has come, as a call does that nobody wants any more.
struct Forgotten final : CallDone {
    Forgotten(Association& association, std::promise<void>& done_) : call(association, kTestInterface, TestService::kWait), done(done_) {}
    void call_done() override {
        std::promise<void>& told = done;
        delete this;
        told.set_value();
    }
    ClientCall call;
    std::promise<void>& done;
};

TEST_P(BegunCalls, MayEndAsSoonAsTheyAreDone) {
    std::promise<void> done;
    auto* call = new Forgotten(*association_, done);
    ASSERT_TRUE(call->call.begin(*call));
    service_.wait_until_waiting(1);
    service_.open_gate();
    done.get_future().wait();
    EXPECT_EQ(*add(*association_, 1, 2), 3);
}

TEST_P(BegunCalls, FromManyThreads) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                if (i % 3 == t % 3) {
                    EXPECT_EQ(*add(*association_, t, i), t + i);
                    continue;
                }
                Begun begun(*association_, TestService::kAdd);
                begun.call.request().i32(t);
                begun.call.request().i32(i);
                ASSERT_TRUE(begun.begin());
                ASSERT_TRUE(begun.finish());
                EXPECT_EQ(begun.call.reply().i32(), t + i);
            }
        });
    for (auto& thread : threads) thread.join();
}

/// Half of a call's id, as the stub data of a response.
std::vector<std::uint8_t> half(std::uint32_t id) { return {static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(id >> 8)}; }

std::size_t thread_count() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(BegunCallsOnOneConnection, TakeNoThreadsAndGetTheirFragmentsInAnyOrder) {
    constexpr std::uint32_t kCalls = 30;
    std::promise<void> answer;
    PlayedServer server([&](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        std::vector<std::uint32_t> ids;
        while (ids.size() < kCalls) {
            peer.receive();
            ids.push_back(peer.header.call_id);
        }
        answer.get_future().wait();
        for (auto id = ids.rbegin(); id != ids.rend(); ++id) PlayedServer::respond(peer, *id, half(*id), kFirstFrag);
        for (const auto id : ids) PlayedServer::respond(peer, id, half(id >> 16), kLastFrag);
        peer.receive();
    });
    auto association = Association::create(server.endpoint(), BindingOptions{.connections = 1});
    std::vector<std::unique_ptr<Begun>> calls;
    std::size_t threads_of_one = 0;
    while (calls.size() < kCalls) {
        calls.push_back(std::make_unique<Begun>(*association, TestService::kNull));
        ASSERT_TRUE(calls.back()->begin());
        if (calls.size() == 1) threads_of_one = thread_count();
    }
    EXPECT_EQ(thread_count(), threads_of_one);
    for (auto& call : calls) EXPECT_FALSE(call->is_done());
    answer.set_value();
    for (std::uint32_t i = 0; i < kCalls; ++i) {
        ASSERT_TRUE(calls[i]->finish());
        EXPECT_EQ(calls[i]->call.reply().u32(), 2 + i);  // ids go out in ascending order; the bind had the first
    }
    EXPECT_EQ(server.connections, 1);
    association->close();
}

/// The response to the next request, byte by byte.
std::vector<std::uint8_t> response_to_next(RawPeer& peer, std::span<const std::uint8_t> stub) {
    peer.receive();
    std::vector<std::uint8_t> pdu(24);
    PduHeader header;
    header.type = PduType::response;
    header.flags = kWhole;
    header.call_id = peer.header.call_id;
    header.frag_length = static_cast<std::uint16_t>(24 + stub.size());
    write_response_header(pdu.data(), header, {static_cast<std::uint32_t>(stub.size()), 0, 0});
    pdu.insert(pdu.end(), stub.begin(), stub.end());
    return pdu;
}

TEST(BegunCallsOfServersThatLie, HalfAReplyKeepsNobodyElseWaiting) {
    const auto bytes = pattern(20'000);  // more than is read ahead: its payload goes straight into the message
    std::vector<std::uint8_t> stub(4 + bytes.size());
    stub[0] = 0x20;  // 20,000
    stub[1] = 0x4E;
    std::copy(bytes.begin(), bytes.end(), stub.begin() + 4);
    for (const std::size_t sent : {1u, 15u, 16u, 23u, 24u, 30u, 9000u, 20'027u}) {
        std::promise<void> go_on, half_sent;
        PlayedServer slow([&](RawPeer& peer) {
            PlayedServer::accept_bind(peer, kWhole | kConcMpx, 30'000);
            const auto pdu = response_to_next(peer, stub);
            peer.send(std::span(pdu).first(sent));
            half_sent.set_value();
            go_on.get_future().wait();
            peer.send(std::span(pdu).subspan(sent));
            peer.receive();
        });
        TestService service;
        Server quick;
        quick.serve(kTestSpec, &service);
        const auto other = Association::create(quick.listen({Endpoint::Protocol::ncalrpc, "", ""}).take());
        BindingOptions options;
        options.local_fragment = 30'000;
        const auto association = Association::create(slow.endpoint(), options);
        Begun begun(*association, TestService::kEcho);
        ASSERT_TRUE(begun.begin());
        half_sent.get_future().wait();
        Begun add_there(*other, TestService::kAdd);
        add_there.call.request().i32(1);
        add_there.call.request().i32(2);
        ASSERT_TRUE(add_there.begin());
        ASSERT_TRUE(add_there.finish());
        EXPECT_EQ(add_there.call.reply().i32(), 3);
        EXPECT_FALSE(begun.is_done());
        go_on.set_value();
        const auto done = begun.finish();
        ASSERT_TRUE(done) << sent << " " << done.error().text();
        const std::size_t n = begun.call.reply().count(1);
        ASSERT_EQ(n, bytes.size());
        const auto* back = begun.call.reply().elements_in_place<std::uint8_t>(n);
        EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), back));
        association->close();
    }
}

TEST(BegunCallsOfServersThatLie, EndWithTheirConnection) {
    constexpr HRESULT kCallFailed = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED), kProtocolFault = HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);
    const struct {
        const char* what;
        std::function<void(RawPeer&)> play;
        HRESULT result;
    } lies[] = {
        {"closes", [](RawPeer&) {}, kCallFailed},
        {"answers a call that there is not", [](RawPeer& peer) { PlayedServer::respond(peer, peer.header.call_id + 1, {}); }, kProtocolFault},
        {"answers the call that reads", [](RawPeer& peer) { PlayedServer::respond(peer, 0, pattern(4)); }, kProtocolFault},
        {"begins an answer twice",
         [](RawPeer& peer) {
             for (int i = 0; i < 2; ++i) PlayedServer::respond(peer, peer.header.call_id, pattern(4), kFirstFrag);
         },
         kProtocolFault},
        {"goes on without a beginning", [](RawPeer& peer) { PlayedServer::respond(peer, peer.header.call_id, pattern(4), kLastFrag); }, kProtocolFault},
        {"speaks another protocol", [](RawPeer& peer) { peer.send("48 54 54 50 2f 31 2e 31 20 34 30 30 20 4e 6f 0a  // HTTP/1.1"); }, kProtocolFault},
    };
    for (const auto& lie : lies) {
        PlayedServer server([&](RawPeer& peer) {
            PlayedServer::accept_bind(peer);
            for (int i = 0; i < 3; ++i) peer.receive();
            lie.play(peer);
        });
        const auto association = Association::create(server.endpoint(), BindingOptions{.connections = 1});
        std::vector<std::unique_ptr<Begun>> calls;
        for (int i = 0; i < 3; ++i) {
            calls.push_back(std::make_unique<Begun>(*association, TestService::kNull));
            ASSERT_TRUE(calls.back()->begin()) << lie.what;
        }
        for (auto& call : calls) EXPECT_EQ(call->finish().code(), lie.result) << lie.what;
    }
}

TEST(BegunCallsOfServersThatLie, SurviveAnswersThatComeTwice) {
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        peer.receive();
        for (int i = 0; i < 2; ++i) PlayedServer::respond(peer, peer.header.call_id, pattern(4));
        peer.receive();
    });
    const auto association = Association::create(server.endpoint());
    Begun begun(*association, TestService::kNull);
    ASSERT_TRUE(begun.begin());
    EXPECT_TRUE(begun.finish());
    association->close();
}

}  // namespace
}  // namespace odc::rpc
