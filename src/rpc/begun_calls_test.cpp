// Calls that are begun and finished apart, with no thread of the caller in between.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "rpc/raw_peer.h"
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

std::size_t thread_count() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(BegunCallsOnOneConnection, TakeNoThreadsAndGetTheirFragmentsInAnyOrder) {
    constexpr std::uint32_t kCalls = 30;
    auto listener = listen_at({Endpoint::Protocol::ncalrpc, "", ""}).take();
    std::promise<void> answer;
    std::thread server([&] {
        RawPeer peer{UniqueFd(::accept(listener.socket.get(), nullptr, nullptr))};
        peer.receive();
        const BindAck ack{5840, 5840, 77, "x", {{ContextVerdict::acceptance, 0, kNdr20}, {ContextVerdict::negotiate_ack, 0, {}}}};
        peer.send(encode(Envelope{PduType::bind_ack, peer.header.call_id, kWhole | kConcMpx}, ack));
        std::vector<std::uint32_t> ids;
        while (ids.size() < kCalls) {
            peer.receive();
            ids.push_back(peer.header.call_id);
        }
        answer.get_future().wait();
        for (const std::uint8_t flags : {kFirstFrag, kLastFrag})
            for (auto id = ids.rbegin(); id != ids.rend(); ++id) {  // each call's own id, in two halves
                std::vector<std::uint8_t> pdu(26);
                PduHeader header;
                header.type = PduType::response;
                header.flags = flags;
                header.call_id = *id;
                header.frag_length = 26;
                write_response_header(pdu.data(), header, {2, 0, 0});
                pdu[24] = static_cast<std::uint8_t>(flags == kFirstFrag ? *id : *id >> 16);
                pdu[25] = static_cast<std::uint8_t>(flags == kFirstFrag ? *id >> 8 : *id >> 24);
                peer.send(pdu);
            }
        peer.receive();
    });
    auto association = Association::create(listener.endpoint, BindingOptions{.connections = 1});
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
    association->close();
    server.join();
    ::unlink(listener.unlink.c_str());
}

}  // namespace
}  // namespace odc::rpc
