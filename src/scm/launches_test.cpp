#include "scm/launches.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace odc::scm {
namespace {

const LaunchKey kPager{{0x11111111, 0, 0, {}}, 1000};
LaunchKey other(unsigned n) { return {{n, 1, 1, {}}, 1000}; }

struct LaunchesTest : testing::Test {
    std::atomic<int> starts{0};
    std::atomic<int> ended{0};
    std::atomic<bool> available{false};
    std::promise<LaunchId> started;

    Launches make(std::chrono::milliseconds timeout = std::chrono::minutes(2)) {
        return Launches({timeout, 32, 4}, [this](pid_t pid) { ended = pid; });
    }
    Launches::Request request(const std::string& principal = "") {
        return {principal, [this] { return available.load(); },
                [this](LaunchId id) -> Result<pid_t> {
                    if (starts++ == 0) started.set_value(id);
                    return 4711;
                }};
    }
};

TEST_F(LaunchesTest, OneStartServesAHundredWaitingClients) {
    auto launches = make();
    std::atomic<int> served{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 100; ++i) {
        clients.emplace_back([&] {
            if (launches.await(kPager, request("mallory"))) ++served;
        });
    }
    started.get_future().wait();
    available = true;
    launches.registered(kPager.clsid, [](std::uint32_t uid) { return uid == 1000; });
    for (auto& client : clients) client.join();
    EXPECT_EQ(served, 100);
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(ended, 0);
}

TEST_F(LaunchesTest, ClassOfAnotherUserServesNobodyHere) {
    auto launches = make();
    auto client = std::async(std::launch::async, [&] { return launches.await(kPager, request()); });
    started.get_future().wait();
    launches.registered(kPager.clsid, [](std::uint32_t uid) { return uid == 1001; });
    launches.registered(other(3).clsid, [](std::uint32_t) { return true; });
    EXPECT_EQ(launches.pending(), 1u);
    launches.shut_down();
    EXPECT_FALSE(client.get().ok());
}

TEST_F(LaunchesTest, ServerThatEndsFirstFailsItsClientsAtOnce) {
    auto launches = make();
    auto client = std::async(std::launch::async, [&] { return launches.await(kPager, request()); });
    launches.exited(started.get_future().get(), "exited with status 3");
    const auto result = client.get();
    EXPECT_EQ(result.code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_NE(result.error().text().find("exited with status 3"), std::string::npos);
    EXPECT_EQ(launches.pending(), 0u);
}

TEST_F(LaunchesTest, ServerThatEndsWhileItIsStartedFailsItsClient) {
    auto launches = make();
    auto at_once = request();
    at_once.start = [&](LaunchId id) -> Result<pid_t> {
        launches.exited(id, "exited with status 1");
        return 4711;
    };
    EXPECT_EQ(launches.await(kPager, at_once).code(), CO_E_SERVER_EXEC_FAILURE);
}

TEST_F(LaunchesTest, ServerThatNeverRegistersIsEnded) {
    auto launches = make(std::chrono::milliseconds(1));
    EXPECT_EQ(launches.await(kPager, request()).code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_EQ(ended, 4711);
    EXPECT_EQ(launches.pending(), 0u);
}

TEST_F(LaunchesTest, FailedStartIsTheClientsError) {
    auto launches = make();
    auto bad = request();
    bad.start = [](LaunchId) -> Result<pid_t> { return fail(E_ACCESSDENIED, "no"); };
    EXPECT_EQ(launches.await(kPager, bad).code(), E_ACCESSDENIED);
    EXPECT_EQ(launches.pending(), 0u);
}

TEST_F(LaunchesTest, NothingIsStartedWhenTheClassIsThere) {
    auto launches = make();
    available = true;
    EXPECT_TRUE(launches.await(kPager, request()).ok());
    EXPECT_EQ(starts, 0);
}

TEST_F(LaunchesTest, FifthPendingStartOfAPrincipalIsRefusedAndOthersAreNot) {
    auto launches = make();
    std::vector<std::future<Result<>>> waiting;
    std::atomic<unsigned> begun{0};
    std::promise<void> all;
    const auto hold = [&](unsigned n, const std::string& who) {
        auto held = request(who);
        held.start = [&](LaunchId) -> Result<pid_t> {
            if (++begun == 5) all.set_value();
            return 1;
        };
        waiting.push_back(std::async(std::launch::async, [&launches, n, held] { return launches.await(other(n), held); }));
    };
    for (unsigned n = 0; n < 4; ++n) hold(n, "10.0.0.9");
    hold(50, "10.0.0.8");
    all.get_future().wait();
    EXPECT_EQ(launches.await(other(99), request("10.0.0.9")).code(), HRESULT_FROM_WIN32(RPC_S_SERVER_TOO_BUSY));
    EXPECT_EQ(launches.pending(), 5u);
    launches.shut_down();
    for (auto& one : waiting) EXPECT_EQ(one.get().code(), CO_E_SERVER_EXEC_FAILURE);
}

TEST_F(LaunchesTest, ThirtyThirdPendingStartIsRefused) {
    auto launches = make();
    std::vector<std::future<Result<>>> waiting;
    std::atomic<unsigned> begun{0};
    std::promise<void> all;
    for (unsigned n = 0; n < 32; ++n) {
        auto held = request();
        held.start = [&](LaunchId) -> Result<pid_t> {
            if (++begun == 32) all.set_value();
            return 1;
        };
        waiting.push_back(std::async(std::launch::async, [&launches, n, held] { return launches.await(other(n), held); }));
    }
    all.get_future().wait();
    EXPECT_EQ(launches.await(other(99), request()).code(), HRESULT_FROM_WIN32(RPC_S_SERVER_TOO_BUSY));
    launches.shut_down();
    for (auto& one : waiting) EXPECT_FALSE(one.get().ok());
}

TEST_F(LaunchesTest, NothingIsStartedAfterShutDown) {
    auto launches = make();
    launches.shut_down();
    EXPECT_EQ(launches.await(kPager, request()).code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_EQ(starts, 0);
}

}  // namespace
}  // namespace odc::scm
