// Arrays of context handles over a Unix socket of this process: each element is a context like any other, and all of a call's contexts
// are found, or none.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "context_arrays.h"
#include "opendcom/rpc/handle.h"

namespace odc {
namespace {

constexpr HRESULT kMismatch = HRESULT_FROM_WIN32(6);  // RPC_X_SS_CONTEXT_MISMATCH
constexpr HRESULT kNullContext = HRESULT_FROM_WIN32(RPC_X_SS_IN_NULL_CONTEXT);

struct Thing {
    LONG value;
    std::atomic<int> inside{0};
};

class Served final : public ContextArrays_server {
    using Call = rpc::ServerCall;

  public:
    error_status_t Open(Call&, LONG n, LONG start, PITEM items[]) override {
        for (LONG i = 0; i < n; ++i) items[i] = make(start + i);
        return 0;
    }
    error_status_t OpenPair(Call&, LONG start, PITEM pair[2]) override {
        for (LONG i = 0; i < 2; ++i) pair[i] = make(start + i);
        return 0;
    }
    error_status_t OpenOther(Call&, POTHER* other) override { return *other = &other_, 0; }
    error_status_t Sum(Call&, LONG n, PITEM items[], LONG* sum) override { return add(items, n, *sum); }
    error_status_t SumBehind(Call&, PITEM* items, LONG n, LONG* sum) override { return add(items, n, *sum); }
    error_status_t SumPair(Call&, PITEM pair[2], PITEM third, LONG* sum) override {
        const auto status = add(pair, 2, *sum);
        *sum += static_cast<Thing*>(third)->value;
        return status;
    }
    error_status_t SumMaybe(Call&, LONG n, PITEM* items, LONG* sum) override {
        if (items) return add(items, n, *sum);
        *sum = -1;
        return 0;
    }
    /// Ends what is, and makes what is not.
    error_status_t Exchange(Call&, LONG n, PITEM items[]) override {
        for (LONG i = 0; i < n; ++i) items[i] = items[i] ? end(items[i]) : make(100 + i);
        return 0;
    }
    error_status_t Close(Call&, LONG* n, PITEM items[]) override {
        for (LONG i = 0; i < *n; ++i) {
            for (LONG later = i + 1; later < *n; ++later)
                if (items[later] == items[i]) items[later] = nullptr;
            if (items[i]) items[i] = end(items[i]);
        }
        return 0;
    }
    error_status_t ClosePair(Call&, PITEM (*pair)[2]) override {
        for (auto*& item : *pair) item = end(item);
        return 0;
    }
    error_status_t Grid(Call& call, PITEM grid[2][2], LONG n, PITEM rows[][2]) override {
        for (LONG i = 0; i < 2; ++i) Exchange(call, 2, grid[i]);
        for (LONG i = 0; i < n; ++i) Exchange(call, 2, rows[i]);
        return 0;
    }
    error_status_t OpenPlain(Call&, void* plain[2]) override {
        plain[0] = &other_;
        plain[1] = this;
        return 0;
    }
    error_status_t ClosePlain(Call&, void* plain[2]) override {
        const bool right = plain[0] == &other_ && plain[1] == this;
        plain[0] = plain[1] = nullptr;
        return right ? 0 : 1;
    }
    void PITEM_rundown(PITEM item) override {
        (void)end(item);
        std::lock_guard lock(mutex_);
        ++run_down_;
        changed_.notify_all();
    }

    std::size_t open() {
        std::lock_guard lock(mutex_);
        return things_.size();
    }
    void await_run_down(int n) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return run_down_ >= n; }));
        EXPECT_EQ(run_down_, n);
    }

  private:
    PITEM make(LONG value) {
        std::lock_guard lock(mutex_);
        return *things_.insert(new Thing{value}).first;
    }
    PITEM end(PITEM item) {
        std::lock_guard lock(mutex_);
        EXPECT_EQ(things_.erase(static_cast<Thing*>(item)), 1u) << "ended twice, or never made";
        delete static_cast<Thing*>(item);
        return nullptr;
    }
    /// 1 when another call has one of them at the same time.
    static error_status_t add(PITEM* items, LONG n, LONG& sum) {
        std::set<Thing*> all;
        for (LONG i = 0; i < n; ++i) all.insert(static_cast<Thing*>(items[i]));
        bool alone = true;
        for (auto* thing : all) alone = ++thing->inside == 1 && alone;
        sum = 0;
        for (LONG i = 0; i < n; ++i) sum += static_cast<Thing*>(items[i])->value;
        std::this_thread::yield();
        for (auto* thing : all) --thing->inside;
        return alone ? 0 : 1;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<Thing*> things_;
    int run_down_ = 0;
    int other_ = 0;
};

class ContextArrays : public testing::Test {
  protected:
    void SetUp() override {
        static int number = 0;
        at_.protocol = rpc::Endpoint::Protocol::ncalrpc;
        at_.endpoint = testing::TempDir() + "midl-context-arrays-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
        start(server_, at_);
        binding_ = rpc::Binding(at_);
    }
    void start(rpc::Server& server, const rpc::Endpoint& at) {
        server.serve(ContextArrays_spec, static_cast<ContextArrays_server*>(&served_));
        auto listening = server.listen(at);
        ASSERT_TRUE(listening) << listening.error().text();
    }
    void TearDown() override {
        server_.stop();
        EXPECT_EQ(served_.open(), 0u) << "contexts were not run down";
    }
    ContextArrays_client client() { return ContextArrays_client(binding_); }
    /// Three items with the values 1, 2 and 3.
    void open_three(PITEM (&items)[3]) {
        auto opened = client().Open(3, 1, items);
        ASSERT_TRUE(opened) << opened.error().text();
        for (auto* item : items) ASSERT_TRUE(item);
    }
    template <std::size_t N>
    void close(PITEM (&items)[N]) {
        LONG n = N;
        auto closed = client().Close(&n, items);
        ASSERT_TRUE(closed) << closed.error().text();
        for (auto* item : items) EXPECT_EQ(item, nullptr);
    }
    /// Sum with these 20 bytes for each of the handles, whoever they belong to; the fault.
    std::uint32_t fault_of_sum(const rpc::Binding& binding, std::initializer_list<rpc::WireContext> handles) {
        rpc::ClientCall call(binding.association(), ContextArrays_id, 3);
        ndr::Writer& out = call.request();
        out.i32(static_cast<LONG>(handles.size()));
        out.count(handles.size());
        for (const auto& handle : handles) rpc::write_context(out, handle);
        EXPECT_FALSE(call.invoke());
        return call.fault_status();
    }
    rpc::WireContext handle(const void* context) {
        ndr::Writer out;
        out.begin(0);
        return rpc::sent_context(out, binding_.association(), context, false);
    }

    Served served_;
    rpc::Server server_;
    rpc::Endpoint at_;
    rpc::Binding binding_;
};

TEST_F(ContextArrays, LastFromCallToCall) {
    PITEM items[3] = {}, pair[2] = {};
    open_three(items);
    LONG sum = 0;
    ASSERT_TRUE(client().Sum(3, items, &sum));
    EXPECT_EQ(sum, 6);
    ASSERT_TRUE(client().SumBehind(items + 1, 2, &sum)) << "the size comes behind the array";
    EXPECT_EQ(sum, 5);
    ASSERT_TRUE(client().Sum(0, items, &sum)) << "an array of none";
    EXPECT_EQ(sum, 0);
    ASSERT_TRUE(client().OpenPair(10, pair));
    ASSERT_TRUE(client().SumPair(pair, items[0], &sum));
    EXPECT_EQ(sum, 22);
    close(items);
    ASSERT_TRUE(client().ClosePair(&pair));
    EXPECT_EQ(pair[0], nullptr);
    EXPECT_EQ(pair[1], nullptr);
}

TEST_F(ContextArrays, ArraysMayBeMissing) {
    LONG sum = 0;
    ASSERT_TRUE(client().SumMaybe(5, nullptr, &sum));
    EXPECT_EQ(sum, -1);
    PITEM items[3] = {};
    open_three(items);
    ASSERT_TRUE(client().SumMaybe(3, items, &sum));
    EXPECT_EQ(sum, 6);
    close(items);
}

TEST_F(ContextArrays, HaveOneContextTwice) {
    PITEM items[3] = {};
    open_three(items);
    PITEM twice[2] = {items[2], items[2]};
    LONG sum = 0;
    ASSERT_TRUE(client().Sum(2, twice, &sum));
    EXPECT_EQ(sum, 6);
    ASSERT_TRUE(client().SumPair(twice, items[2], &sum)) << "and once more outside";
    EXPECT_EQ(sum, 9);
    PITEM left[4] = {items[0], twice[0], items[1], twice[1]};
    close(left);
}

TEST_F(ContextArrays, ElementsBeginAndEndInOneCall) {
    PITEM items[3] = {};
    open_three(items);
    PITEM mixed[4] = {items[0], nullptr, items[1], nullptr};
    auto exchanged = client().Exchange(4, mixed);
    ASSERT_TRUE(exchanged) << exchanged.error().text();
    EXPECT_EQ(mixed[0], nullptr);
    EXPECT_EQ(mixed[2], nullptr);
    PITEM left[3] = {mixed[1], mixed[3], items[2]};
    LONG sum = 0;
    ASSERT_TRUE(client().Sum(3, left, &sum));
    EXPECT_EQ(sum, 101 + 103 + 3);
    close(left);
}

TEST_F(ContextArrays, RowsAreArraysToo) {
    PITEM grid[2][2] = {}, rows[3][2] = {};
    ASSERT_TRUE(client().Grid(grid, 3, rows));
    LONG sum = 0;
    ASSERT_TRUE(client().SumPair(grid[1], rows[2][1], &sum));
    EXPECT_EQ(sum, 100 + 101 + 101);
    EXPECT_EQ(served_.open(), 10u);
    ASSERT_TRUE(client().Grid(grid, 3, rows));
    for (const auto& row : rows)
        for (auto* item : row) EXPECT_EQ(item, nullptr);
    EXPECT_EQ(served_.open(), 0u);
}

TEST_F(ContextArrays, WithoutATypeNameWork) {
    void* plain[2] = {};
    ASSERT_TRUE(client().OpenPlain(plain));
    ASSERT_TRUE(plain[0] && plain[1]);
    auto closed = client().ClosePlain(plain);
    ASSERT_TRUE(closed);
    EXPECT_EQ(*closed, 0u);
    EXPECT_EQ(plain[0], nullptr);
}

TEST_F(ContextArrays, NullIsRefusedWhereNothingComesBack) {
    PITEM items[3] = {};
    open_three(items);
    PITEM holed[3] = {items[0], nullptr, items[2]};
    LONG sum = 0;
    EXPECT_EQ(client().Sum(3, holed, &sum).code(), kNullContext) << "by the client";
    EXPECT_EQ(fault_of_sum(binding_, {handle(items[0]), {}}), std::uint32_t{rpc::kFaultContextMismatch}) << "by the server";
    close(items);
}

TEST_F(ContextArrays, EveryElementMustBeOfTheAssociation) {
    PITEM items[3] = {};
    open_three(items);
    const rpc::Binding elsewhere(at_);
    LONG sum = 0;
    EXPECT_EQ(ContextArrays_client(elsewhere).Sum(3, items, &sum).code(), kMismatch) << "the client knows already";
    EXPECT_EQ(fault_of_sum(elsewhere, {handle(items[0])}), std::uint32_t{rpc::kFaultContextMismatch});
    rpc::WireContext never = handle(items[1]);
    never.id.Data1 ^= 1;
    const auto first = handle(items[0]), last = handle(items[2]);
    EXPECT_EQ(fault_of_sum(binding_, {never, first, last}), std::uint32_t{rpc::kFaultContextMismatch});
    EXPECT_EQ(fault_of_sum(binding_, {first, never, last}), std::uint32_t{rpc::kFaultContextMismatch});
    EXPECT_EQ(fault_of_sum(binding_, {first, last, never}), std::uint32_t{rpc::kFaultContextMismatch});
    ASSERT_TRUE(client().Sum(3, items, &sum)) << "nobody has kept the others";
    close(items);
}

TEST_F(ContextArrays, EveryElementMustBeOfTheType) {
    POTHER other = nullptr;
    ASSERT_TRUE(client().OpenOther(&other));
    PITEM items[3] = {};
    open_three(items);
    LONG sum = 0;
    for (int at = 0; at < 3; ++at) {
        PITEM mixed[3] = {items[0], items[1], items[2]};
        mixed[at] = other;
        EXPECT_EQ(client().Sum(3, mixed, &sum).code(), kMismatch) << at;
        EXPECT_EQ(client().Exchange(3, mixed).code(), kMismatch) << at;
        EXPECT_EQ(mixed[at], other) << "a call that failed changes nothing";
    }
    close(items);
    rpc::destroy_client_context(other);
}

TEST_F(ContextArrays, ClosedElementsAreGone) {
    PITEM items[3] = {};
    open_three(items);
    const auto first = handle(items[0]), last = handle(items[2]);
    PITEM closing[1] = {items[2]};
    close(closing);
    EXPECT_EQ(fault_of_sum(binding_, {first, last}), std::uint32_t{rpc::kFaultContextMismatch});
    PITEM left[2] = {items[0], items[1]};
    close(left);
}

TEST_F(ContextArrays, CountsAreCompared) {
    PITEM items[3] = {};
    open_three(items);
    for (const LONG said : {2, 4, -1}) {
        rpc::ClientCall call(binding_.association(), ContextArrays_id, 3);
        ndr::Writer& out = call.request();
        out.i32(said);
        out.count(3);
        for (auto* item : items) rpc::write_context(out, handle(item));
        EXPECT_FALSE(call.invoke());
        EXPECT_EQ(call.fault_status(), std::uint32_t{rpc::kFaultNdr}) << said;
    }
    LONG sum = 0;
    EXPECT_FALSE(client().Sum(-1, items, &sum));
    close(items);
}

TEST_F(ContextArrays, EachIsRunDownWhenTheAssociationEnds) {
    PITEM items[4] = {}, pair[2] = {};
    {
        ContextArrays_client passing{rpc::Binding(at_)};
        ASSERT_TRUE(passing.Open(4, 1, items));
        ASSERT_TRUE(passing.OpenPair(1, pair));
        LONG n = 1;
        ASSERT_TRUE(passing.Close(&n, items));
    }
    for (auto*& item : items) rpc::destroy_client_context(item);
    for (auto*& item : pair) rpc::destroy_client_context(item);
    served_.await_run_down(5);
}

TEST_F(ContextArrays, OneCallAtATimeHasThem) {
    PITEM items[3] = {};
    open_three(items);
    PITEM reversed[3] = {items[2], items[1], items[0]};
    std::atomic<int> wrong{0};
    std::thread threads[4];
    for (int i = 0; i < 4; ++i)
        threads[i] = std::thread([&, i] {
            LONG sum = 0;
            for (int n = 0; n < 100; ++n) {
                auto done = client().Sum(3, i % 2 ? items : reversed, &sum);
                if (!done || *done != 0 || sum != 6) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0) << "two calls had one context, or waited for each other";
    close(items);
}

TEST_F(ContextArrays, AnAssociationHasSoManyAndNoMore) {
    rpc::ServerLimits limits;
    limits.context_handles = 2;
    rpc::Server small(limits);
    rpc::Endpoint at = at_;
    at.endpoint += "-small";
    start(small, at);
    ContextArrays_client few{rpc::Binding(at)};
    PITEM items[4] = {};
    EXPECT_FALSE(few.Open(4, 1, items));
    for (auto* item : items) EXPECT_EQ(item, nullptr);
    served_.await_run_down(2);  // those that found no place at once; the others go with the association
    small.stop();
    served_.await_run_down(4);
}

}  // namespace
}  // namespace odc
