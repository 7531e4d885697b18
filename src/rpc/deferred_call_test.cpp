// Calls whose dispatcher returns before there is an answer.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <set>

#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;

std::size_t threads_of_process() {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++n;
    return n;
}

/// Keeps every call that it can keep. A call's argument is a text, and its result the same.
class Keeper final : public Dispatcher {
  public:
    std::uint32_t dispatch(ServerCall& call) override {
        const std::size_t size = call.request().count(1);
        const auto* text = call.request().elements_in_place<std::uint8_t>(size);
        if (call.request().failed()) return kFaultNdr;
        auto deferred = call.defer();
        std::lock_guard lock(mutex_);
        if (deferred) {
            kept_.push_back({std::move(deferred), text, size});
        } else {
            ++refused;
            call.response().count(0);
        }
        changed_.notify_all();
        return 0;
    }
    void wait_for(std::size_t n) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return kept_.size() + refused >= n; });
    }
    struct Kept {
        std::unique_ptr<DeferredCall> call;
        const std::uint8_t* text;  ///< in the request
        std::size_t size;
        void answer() {
            auto& response = const_cast<ServerCall&>(call->call()).response();
            response.count(size);
            response.bytes(text, size);
            call->answer(0);
            call.reset();
        }
    };
    std::vector<Kept> take() {
        std::lock_guard lock(mutex_);
        return std::exchange(kept_, {});
    }
    std::atomic<std::size_t> refused{0};

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Kept> kept_;
};

struct Begun final : CallDone {
    Begun(Association& association, const std::string& text) : call(association, kOtherInterface, 0) {
        call.request().count(text.size());
        call.request().bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        begun = static_cast<bool>(call.begin(*this));
    }
    void call_done() override { done.set_value(); }
    std::string finish() {
        ended.wait();
        if (auto result = call.finish(); !result) return "failed";
        const std::size_t size = call.reply().count(1);
        const auto* text = call.reply().elements_in_place<std::uint8_t>(size);
        return call.reply().failed() ? "unreadable" : std::string(text, text + size);
    }
    std::promise<void> done;
    std::future<void> ended = done.get_future();
    ClientCall call;
    bool begun = false;
};

class DeferredCalls : public testing::TestWithParam<Endpoint::Protocol> {
  protected:
    void serve(const ServerLimits& limits = {}) {
        server_ = std::make_unique<Server>(limits);
        server_->serve_others([](const SyntaxId& id) { return id == kOtherInterface; }, keeper_);
        const bool tcp = GetParam() == Endpoint::Protocol::ncacn_ip_tcp;
        association_ = Association::create(server_->listen({GetParam(), tcp ? "127.0.0.1" : "", ""}).take());
    }
    Keeper keeper_;
    std::unique_ptr<Server> server_;
    std::shared_ptr<Association> association_;
};
INSTANTIATE_TEST_SUITE_P(Transports, DeferredCalls, testing::Values(Endpoint::Protocol::ncalrpc, Endpoint::Protocol::ncacn_ip_tcp),
                         [](const auto& test) { return test.param == Endpoint::Protocol::ncalrpc ? "Unix" : "Tcp"; });

TEST_P(DeferredCalls, AreAnsweredByAnyThreadFromTheirOwnArguments) {
    serve();
    std::vector<std::unique_ptr<Begun>> calls;
    std::vector<std::string> texts;
    for (const std::size_t size : {0u, 5u, 5000u, 300'000u}) texts.push_back(std::string(size, static_cast<char>('a' + size % 7)));
    for (const auto& text : texts) {
        calls.push_back(std::make_unique<Begun>(*association_, text));
        ASSERT_TRUE(calls.back()->begun);
    }
    keeper_.wait_for(calls.size());
    Begun other(*association_, "in between");
    keeper_.wait_for(calls.size() + 1);
    std::thread([this] {
        for (auto& kept : keeper_.take()) kept.answer();
    }).join();
    for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i]->finish(), texts[i]);
    EXPECT_EQ(other.finish(), "in between");
}

TEST_P(DeferredCalls, NeedNoThread) {
    serve();
    constexpr std::size_t kMany = 500;
    std::vector<std::unique_ptr<Begun>> calls;
    for (std::size_t i = 0; i < kMany; ++i) {
        calls.push_back(std::make_unique<Begun>(*association_, std::to_string(i)));
        ASSERT_TRUE(calls.back()->begun);
    }
    keeper_.wait_for(kMany);
    // The monitor, the client's reader, this thread, and one for each of the eight connections, with some that have just been idle.
    EXPECT_LT(threads_of_process(), 40u);
    EXPECT_EQ(keeper_.refused, 0u);
    for (auto& kept : keeper_.take()) kept.answer();
    for (std::size_t i = 0; i < kMany; ++i) EXPECT_EQ(calls[i]->finish(), std::to_string(i));
}

TEST_P(DeferredCalls, WithoutAnAnswerAreFaults) {
    serve();
    Begun lost(*association_, "x"), refused(*association_, "y");
    keeper_.wait_for(2);
    auto kept = keeper_.take();
    kept[1].call->answer(5);
    kept[1].call->answer(0);  // not any more
    kept.clear();
    EXPECT_EQ(lost.finish(), "failed");
    EXPECT_EQ(refused.finish(), "failed");
    const std::set<std::uint32_t> faults{lost.call.fault_status(), refused.call.fault_status()};
    EXPECT_EQ(faults, (std::set<std::uint32_t>{5, kFaultUnspecified}));
}

TEST_P(DeferredCalls, KnowThatTheyAreCancelled) {
    serve();
    Begun call(*association_, "x");
    keeper_.wait_for(1);
    auto kept = keeper_.take();
    EXPECT_FALSE(kept[0].call->call().cancelled());
    call.call.cancel();
    while (!kept[0].call->call().cancelled()) std::this_thread::yield();
    kept[0].answer();
    EXPECT_EQ(call.finish(), "x");
}

TEST_P(DeferredCalls, OutliveTheirConnections) {
    serve();
    Begun call(*association_, "x");
    keeper_.wait_for(1);
    auto kept = keeper_.take();
    association_->close();
    EXPECT_EQ(call.finish(), "failed");
    while (!kept[0].call->call().cancelled()) std::this_thread::yield();
    EXPECT_EQ(kept[0].text[0], 'x');
    kept[0].answer();
}

TEST_P(DeferredCalls, OutliveTheirServer) {
    serve();
    Begun call(*association_, "x");
    keeper_.wait_for(1);
    auto kept = keeper_.take();
    server_.reset();
    EXPECT_EQ(call.finish(), "failed");
    EXPECT_TRUE(kept[0].call->call().cancelled());
    EXPECT_EQ(kept[0].text[0], 'x');
    kept[0].answer();
}

TEST_P(DeferredCalls, MayEndWhileTheirServerDoes) {
    for (int i = 0; i < 20; ++i) {
        serve();
        Begun first(*association_, "x"), second(*association_, "y");
        keeper_.wait_for(2);
        auto kept = keeper_.take();
        std::thread answering([&] {
            for (auto& one : kept) one.answer();
        });
        server_.reset();
        answering.join();
        const std::string result = first.finish();
        EXPECT_TRUE(result == "x" || result == "failed");
        second.finish();
    }
}

TEST_P(DeferredCalls, AreLimitedInNumberAndMemory) {
    ServerLimits limits;
    limits.deferred_per_connection = 2;
    limits.deferred_bytes = 100'000;
    serve(limits);
    BindingOptions one;
    one.connections = 1;
    association_ = Association::create(association_->endpoint(), one);
    Begun large(*association_, std::string(200'000, 'x'));
    EXPECT_EQ(large.finish(), "");
    Begun first(*association_, "1"), second(*association_, "2");
    keeper_.wait_for(3);  // the third call would be free to overtake them
    Begun third(*association_, "3");
    EXPECT_EQ(third.finish(), "");
    for (auto& kept : keeper_.take()) kept.answer();
    EXPECT_EQ(first.finish(), "1");
    EXPECT_EQ(second.finish(), "2");
    Begun again(*association_, "4");
    keeper_.wait_for(3);
    for (auto& kept : keeper_.take()) kept.answer();
    EXPECT_EQ(again.finish(), "4");
    EXPECT_EQ(keeper_.refused, 2u);
}

}  // namespace
}  // namespace odc::rpc
