// Calls between a client and a server in one process, over both protocol sequences.
#include <gtest/gtest.h>

#include "base/guid.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;

class Calls : public testing::TestWithParam<Endpoint::Protocol> {
  protected:
    void SetUp() override {
        server_.serve(kTestSpec, &service_);
        server_.serve(kOtherSpec, &service_);
        auto endpoint = server_.listen(GetParam() == Endpoint::Protocol::ncalrpc ? Endpoint{GetParam(), "", ""}
                                                                                 : Endpoint{GetParam(), "127.0.0.1", ""});
        ASSERT_TRUE(endpoint) << endpoint.error().text();
        endpoint_ = *endpoint;
        association_ = Association::create(endpoint_);
    }
    TestService service_;
    Server server_;
    Endpoint endpoint_;
    std::shared_ptr<Association> association_;
};
INSTANTIATE_TEST_SUITE_P(Transports, Calls, testing::Values(Endpoint::Protocol::ncalrpc, Endpoint::Protocol::ncacn_ip_tcp),
                         [](const auto& test) { return test.param == Endpoint::Protocol::ncalrpc ? "ncalrpc" : "tcp"; });

TEST_P(Calls, ReturnResults) {
    for (int i = 0; i < 100; ++i) {
        auto sum = add(*association_, i, 1000);
        ASSERT_TRUE(sum) << sum.error().text();
        EXPECT_EQ(*sum, i + 1000);
    }
}

TEST_P(Calls, CarryMessagesOfAllSizes) {
    for (std::size_t n : {0, 1, 7, 8, 1000, 5800, 5816, 5817, 5900, 8191, 8192, 65500, 65504, 65505, 70000, 200000, 1 << 20, 3000000}) {
        auto same = echo(*association_, pattern(n));
        ASSERT_TRUE(same) << n << ": " << same.error().text();
        EXPECT_TRUE(*same) << n;
    }
}

TEST_P(Calls, ReachSeveralInterfacesOverOneConnection) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(*add(*association_, 1, 2), 3);
        auto fourty_two = answer(*association_);
        ASSERT_TRUE(fourty_two) << fourty_two.error().text();
        EXPECT_EQ(*fourty_two, 42u);
    }
}

TEST_P(Calls, CarryObjectUuids) {
    const Guid object = new_guid();
    ClientCall call(*association_, kTestInterface, TestService::kObject);
    call.set_object(object);
    ASSERT_TRUE(call.invoke());
    EXPECT_EQ(call.reply().guid(), object);
}

// Threat 9: unknown opnum and interface.
TEST_P(Calls, GetFaults) {
    const struct {
        std::uint16_t opnum;
        std::uint32_t argument;
        std::uint32_t fault;
        HRESULT code;
    } cases[] = {
        {TestService::kHole, 0, kFaultOpRange, HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE)},
        {999, 0, kFaultOpRange, HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE)},
        {TestService::kFault, 5, 5, E_ACCESSDENIED},
        {TestService::kFault, 0x80010108, 0x80010108, static_cast<HRESULT>(0x80010108)},
        {TestService::kFault, kFaultNdr, kFaultNdr, HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)},
        {TestService::kThrow, 0, kFaultUnspecified, HRESULT_FROM_WIN32(RPC_S_CALL_FAILED)},
    };
    for (const auto& wanted : cases) {
        ClientCall call(*association_, kTestInterface, wanted.opnum);
        call.request().u32(wanted.argument);
        const auto result = call.invoke();
        ASSERT_FALSE(result);
        EXPECT_EQ(result.code(), wanted.code) << wanted.opnum;
        EXPECT_EQ(call.fault_status(), wanted.fault);
    }
    ClientCall nobody(*association_, SyntaxId{new_guid(), 1, 0}, 0);
    EXPECT_EQ(nobody.invoke().code(), HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF));
    EXPECT_EQ(*add(*association_, 1, 2), 3);
}

TEST_P(Calls, RunOnManyThreads) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const auto sum = add(*association_, t, i);
                if (!sum || *sum != t + i) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_P(Calls, ShareConnectionsWhenAllAreBusy) {
    auto shared = Association::create(endpoint_, BindingOptions{.connections = 1});
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            ClientCall call(*shared, kTestInterface, TestService::kWait);
            if (!call.invoke()) ++wrong;
        });
    service_.wait_until_waiting(4);
    EXPECT_EQ(*add(*shared, 4, 4), 8);
    EXPECT_TRUE(*echo(*shared, pattern(300000)));
    service_.open_gate();
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_P(Calls, KnowTheirPeer) {
    ClientCall call(*association_, kTestInterface, TestService::kPeer);
    ASSERT_TRUE(call.invoke());
    const bool local = GetParam() == Endpoint::Protocol::ncalrpc;
    EXPECT_EQ(call.reply().u32(), local ? 1u : 0u);
    EXPECT_EQ(call.reply().u32(), local ? ::getuid() : ~0u);
    EXPECT_EQ(call.reply().i32(), local ? ::getpid() : 0);
    EXPECT_STREQ(call.reply().string<char>(false), local ? "" : "127.0.0.1");
}

TEST_P(Calls, KeepTheirOrderWhenNobodyWaits) {
    for (int i = 0; i < 200; ++i) {
        ClientCall call(*association_, kTestInterface, TestService::kOrder);
        call.request().i32(i);
        call.set_maybe();
        ASSERT_TRUE(call.invoke());
    }
    EXPECT_EQ(*add(*association_, 1, 2), 3);
    std::lock_guard lock(service_.mutex());
    ASSERT_EQ(service_.order.size(), 200u);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(service_.order[static_cast<std::size_t>(i)], i);
}

TEST_P(Calls, AreCancelledByAnotherThread) {
    ClientCall call(*association_, kTestInterface, TestService::kWait);
    std::thread canceller([&] {
        service_.wait_until_waiting(1);
        call.cancel();
    });
    const auto result = call.invoke();
    canceller.join();
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(call.reply().u32(), 1u);
    EXPECT_EQ(service_.cancelled, 1);
}

TEST_P(Calls, FailWhenTheServerStops) {
    std::thread stopper([&] {
        service_.wait_until_waiting(1);
        server_.stop();
    });
    ClientCall call(*association_, kTestInterface, TestService::kWait);
    EXPECT_EQ(call.invoke().code(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    stopper.join();
    EXPECT_TRUE(association_->broken());
    EXPECT_EQ(add(*association_, 1, 2).code(), HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE));
}

TEST_P(Calls, FailWhenTheAssociationIsClosed) {
    std::thread closer([&] {
        service_.wait_until_waiting(1);
        association_->close();
    });
    ClientCall call(*association_, kTestInterface, TestService::kWait);
    EXPECT_EQ(call.invoke().code(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    closer.join();
    EXPECT_EQ(*add(*association_, 1, 2), 3);
}

}  // namespace
}  // namespace odc::rpc
