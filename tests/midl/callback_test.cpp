// Callbacks of raw RPC, over a Unix socket of this process: client stub, wire, server stub, and back again (MS-RPCE 3.3.1.5.9).
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <thread>

#include "callbacks.h"
#include "opendcom/rpc/handle.h"

namespace odc {
namespace {

class Served final : public Builder_server, public Teller_server {
  public:
    LONG Build(rpc::ServerCall& call, LONG steps) override {
        Builder_callback_client client(call);
        LONG sum = 0;
        for (LONG n = 0; n < steps; ++n) {
            LONG answer = 0;
            auto doubled = client.Step(n, u"brick", &answer);
            last = doubled ? S_OK : doubled.error().code();
            if (!doubled) return -1;
            sum += *doubled + answer;
        }
        return sum;
    }
    error_status_t SortByClient(rpc::ServerCall& call, ULONG n, LONG* values) override {
        auto sorted = Builder_callback_client(call).Sort(n, values);
        return sorted ? 0 : 1;
    }
    LONG Descend(rpc::ServerCall& call, LONG depth) override {
        auto reached = Builder_callback_client(call).Deeper(depth);
        return reached ? *reached : -1;
    }
    LONG Outcome(rpc::ServerCall&) override { return last; }
    LONG Teller_Ask(rpc::ServerCall& call, LONG question) override {
        auto answer = Teller_callback_client(call).Answer(question);
        return answer ? *answer : -1;
    }
    std::atomic<HRESULT> last{S_OK};
};

class Answers final : public Builder_callback_server, public Teller_callback_server {
  public:
    LONG Step(rpc::ServerCall& call, LONG n, const WCHAR* what, LONG* answer) override {
        threads_agree = threads_agree && std::this_thread::get_id() == thread;
        EXPECT_EQ(std::u16string(what), u"brick");
        EXPECT_TRUE(call.peer().local);
        if (on_step) on_step(n);
        *answer = 1;
        return 2 * n;
    }
    void Sort(rpc::ServerCall&, ULONG n, LONG* values) override { std::sort(values, values + n); }
    LONG Deeper(rpc::ServerCall&, LONG depth) override {
        if (depth == 0) return 0;
        auto deeper = again->Descend(depth - 1);
        return deeper ? *deeper + 1 : -100;
    }
    LONG Answer(rpc::ServerCall&, LONG question) override { return question == 6 * 9 ? 42 : 0; }

    std::thread::id thread = std::this_thread::get_id();
    bool threads_agree = true;
    std::function<void(LONG)> on_step;
    Builder_client* again = nullptr;
};

class CallbackCall : public testing::Test {
  protected:
    void SetUp() override {
        static int number = 0;
        rpc::Endpoint at;
        at.protocol = rpc::Endpoint::Protocol::ncalrpc;
        at.endpoint = testing::TempDir() + "midl-callback-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
        server_.serve(Builder_spec, static_cast<Builder_server*>(&served_));
        server_.serve(Teller_spec, static_cast<Teller_server*>(&served_));
        auto bound = server_.listen(at);
        ASSERT_TRUE(bound) << bound.error().text();
        endpoint_ = *bound;
        connect({});
    }
    void connect(rpc::BindingOptions options) {
        association_ = rpc::Association::create(endpoint_, options);
        client_.emplace(rpc::Binding(association_), &answers_);
        answers_.again = &*client_;
    }
    void TearDown() override { server_.stop(); }

    Served served_;
    Answers answers_;
    rpc::Server server_;
    rpc::Endpoint endpoint_;
    std::shared_ptr<rpc::Association> association_;
    std::optional<Builder_client> client_;
};

TEST_F(CallbackCall, RunsOnTheThreadThatWaits) {
    auto sum = client_->Build(4);
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, 0 + 2 + 4 + 6 + 4);
    EXPECT_TRUE(answers_.threads_agree);
    auto again = client_->Build(1);  // the connection is as good as before
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(*again, 1);
}

TEST_F(CallbackCall, CarriesWhatNeedsManyFragments) {
    std::vector<LONG> values(300'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<LONG>(values.size() - i);
    auto status = client_->SortByClient(static_cast<ULONG>(values.size()), values.data());
    ASSERT_TRUE(status) << status.error().text();
    EXPECT_EQ(*status, 0u);
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    EXPECT_EQ(values.front(), 1);
}

TEST_F(CallbackCall, NestsAsDeepAsTheProgramsDo) {
    auto depth = client_->Descend(5);
    ASSERT_TRUE(depth) << depth.error().text();
    EXPECT_EQ(*depth, 5);
}

TEST_F(CallbackCall, NestsOnOneConnection) {
    rpc::BindingOptions one;
    one.connections = 1;
    connect(one);
    auto depth = client_->Descend(5);
    ASSERT_TRUE(depth) << depth.error().text();
    EXPECT_EQ(*depth, 5);
}

TEST_F(CallbackCall, SpeaksNdr64) {
    server_.prefer_ndr64(true);
    rpc::BindingOptions both;
    both.offer_ndr64 = true;
    connect(both);
    auto sum = client_->Build(3);
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, 0 + 2 + 4 + 3);
}

TEST_F(CallbackCall, IsRefusedByAClientThatHasNone) {
    Builder_client without{rpc::Binding(association_)};
    auto sum = without.Build(1);
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, -1);
    EXPECT_EQ(served_.last, HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE));
}

TEST_F(CallbackCall, TheClientsFaultReachesTheServer) {
    answers_.on_step = [](LONG n) {
        if (n == 1) throw rpc::FaultRaised(rpc::kFaultAccessDenied);
    };
    auto sum = client_->Build(5);
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, -1);
    EXPECT_EQ(served_.last, HRESULT_FROM_WIN32(5));
}

TEST_F(CallbackCall, OthersGoOnWhileTheClientIsBusyWithIt) {
    rpc::BindingOptions one;
    one.connections = 1;
    connect(one);
    std::latch inside(1), done(1);
    answers_.on_step = [&](LONG) {
        inside.count_down();
        done.wait();
    };
    std::thread other([&] {
        inside.wait();
        auto outcome = Builder_client(rpc::Binding(association_)).Outcome();  // over the same connection
        EXPECT_TRUE(outcome);
        done.count_down();
    });
    auto sum = client_->Build(1);
    other.join();
    ASSERT_TRUE(sum) << sum.error().text();
    EXPECT_EQ(*sum, 1);
}

TEST_F(CallbackCall, EndsWhenTheClientGoesAway) {
    answers_.on_step = [&](LONG) { association_->close(); };
    auto sum = client_->Build(1);
    EXPECT_FALSE(sum);
    server_.stop();  // waits for the method
    EXPECT_EQ(served_.last, HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
}

TEST_F(CallbackCall, FunctionsHaveTheirs) {
    rpc::Binding binding{association_};
    Teller_IfHandle = rpc::handle_of(binding);
    Teller_callbacks = &answers_;
    EXPECT_EQ(Teller_Ask(6 * 9), 42);
    Teller_callbacks = nullptr;
    EXPECT_EQ(Teller_Ask(6 * 9), -1);
    Teller_IfHandle = nullptr;
}

}  // namespace
}  // namespace odc
