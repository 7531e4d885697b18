// What only raw RPC has, over a Unix socket of this process: context handles and their end, pipes, types that travel as others,
// statuses, functions that find their server by a handle.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <condition_variable>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "opendcom/ndr/generated.h"
#include "opendcom/rpc/handle.h"
#include "opendcom/rpc/pipe.h"
#include "remote.h"

// What an IDL author writes: dates as days (of 30 in a month), lists as arrays, fractions as doubles. ------------------------

static std::atomic<int> live_lists{0}, live_fractions{0}, live_sent{0};

EXTERN_C void SentDate_to_xmit(SentDate* date, LONG** days) {
    ++live_sent;
    *days = new LONG(date->year * 360 + date->month * 30);
}
EXTERN_C void SentDate_from_xmit(LONG* days, SentDate* date) { *date = {*days / 360, *days % 360 / 30}; }
EXTERN_C void SentDate_free_inst(SentDate*) {}
EXTERN_C void SentDate_free_xmit(LONG* days) {
    --live_sent;
    delete days;
}

EXTERN_C void List_to_xmit(List* list, ListArray** array) {
    ++live_sent;
    std::vector<LONG> values;
    for (ListNode* at = *list; at; at = at->next) values.push_back(at->value);
    auto* made = static_cast<ListArray*>(std::malloc(sizeof(ListArray) + values.size() * sizeof(LONG)));
    made->n = static_cast<ULONG>(values.size());
    if (!values.empty()) std::memcpy(static_cast<void*>(made->values), values.data(), values.size() * sizeof(LONG));
    *array = made;
}
EXTERN_C void List_from_xmit(ListArray* array, List* list) {
    List* last = list;
    const LONG* values = odc::ndr::open_end(array->values);
    *last = nullptr;
    for (ULONG i = 0; i < array->n; ++i) {
        ++live_lists;
        *last = new ListNode{values[i], nullptr};
        last = &(*last)->next;
    }
}
EXTERN_C void List_free_inst(List* list) {
    while (ListNode* at = *list) {
        --live_lists;
        *list = at->next;
        delete at;
    }
}
EXTERN_C void List_free_xmit(ListArray* array) {
    --live_sent;
    std::free(array);
}

EXTERN_C void Fraction_from_local(LocalFraction* local, Fraction** fraction) {
    ++live_sent;
    *fraction = new Fraction{static_cast<LONG>(*local * 1000), 1000};
}
EXTERN_C void Fraction_to_local(Fraction* fraction, LocalFraction* local) {
    ++live_fractions;
    *local = static_cast<double>(fraction->numerator) / fraction->denominator;
}
EXTERN_C void Fraction_free_inst(Fraction* fraction) {
    --live_sent;
    delete fraction;
}
EXTERN_C void Fraction_free_local(LocalFraction*) { --live_fractions; }

static std::string where_path;
static std::atomic<int> bound{0};
EXTERN_C handle_t Where_bind(Where server) {
    ++bound;
    EXPECT_EQ(std::u16string(server), u"here");
    odc::rpc::Endpoint at;
    at.protocol = odc::rpc::Endpoint::Protocol::ncalrpc;
    at.endpoint = where_path;
    return odc::rpc::handle_of(*new odc::rpc::Binding(at));
}
EXTERN_C void Where_unbind(Where, handle_t handle) {
    --bound;
    delete static_cast<odc::rpc::Binding*>(handle);
}

namespace odc {
namespace {

constexpr HRESULT kMismatch = HRESULT_FROM_WIN32(6);  // RPC_X_SS_CONTEXT_MISMATCH

struct Counter {
    LONG value = 0;
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
};

class Served final : public Remote_server, public Implicit_server, public Explicit_server, public Automatic_server {
  public:
    ~Served() override { EXPECT_TRUE(counters_.empty()) << "contexts were not run down"; }

    error_status_t Open(rpc::ServerCall&, LONG start, PCOUNTER* counter) override { return *counter = make(start), 0; }
    error_status_t Count(rpc::ServerCall&, PCOUNTER counter, LONG* value) override {
        auto& at = *static_cast<Counter*>(counter);
        if (++at.inside != 1) at.overlapped = true;
        *value = ++at.value;
        std::this_thread::yield();
        --at.inside;
        return at.overlapped ? 1 : 0;
    }
    error_status_t Reset(rpc::ServerCall&, PCOUNTER* counter, LONG start) override {
        if (*counter) static_cast<Counter*>(*counter)->value = start;
        else *counter = make(start);
        return 0;
    }
    PCOUNTER Copy(rpc::ServerCall&, PCOUNTER counter) override {
        const LONG value = static_cast<Counter*>(counter)->value;
        return value < 0 ? nullptr : make(value);
    }
    error_status_t OpenLabel(rpc::ServerCall&, PLABEL* label) override { return *label = &label_, 0; }
    error_status_t Both(rpc::ServerCall&, PCOUNTER a, PCOUNTER b, LONG* sum) override {
        *sum = static_cast<Counter*>(a)->value + static_cast<Counter*>(b)->value;
        return 0;
    }
    error_status_t Close(rpc::ServerCall&, PCOUNTER* counter) override {
        end(*counter);
        *counter = nullptr;
        return 0;
    }
    error_status_t OpenPlain(rpc::ServerCall&, void** plain) override { return *plain = &label_, 0; }
    error_status_t ClosePlain(rpc::ServerCall&, void** plain) override {
        const bool same = *plain == &label_;
        *plain = nullptr;
        return same ? 0 : 1;
    }
    error_status_t Later(rpc::ServerCall&, Period* period, SentDate* date) override {
        date->year += period->to.year - period->from.year;
        date->month += period->to.month - period->from.month;
        return 0;
    }
    error_status_t Sum(rpc::ServerCall&, List list, List* doubled, LONG* sum) override {
        *sum = 0;
        List* last = doubled;
        for (; list; list = list->next) {
            *sum += list->value;
            ++live_lists;
            *last = new ListNode{2 * list->value, nullptr};
            last = &(*last)->next;
        }
        return 0;
    }
    LocalFraction Invert(rpc::ServerCall&, LocalFraction fraction, LocalFraction* other) override {
        *other = -*other;
        ++live_fractions;
        return 1 / fraction;
    }
    error_status_t Add(rpc::ServerCall&, LONG first, LongPipe values, hyper* sum) override {
        *sum = first;
        LONG buffer[7];
        ULONG n = 0;
        do {
            if (first == -1) break;  // leaves the pipe before its end
            values.pull(values.state, buffer, 7, &n);
            for (ULONG i = 0; i < n; ++i) *sum += buffer[i];
        } while (n);
        if (first == -2) values.pull(values.state, buffer, 7, &n);  // beyond the end
        if (first == -3) values.push(values.state, buffer, 1);      // the wrong way
        return 0;
    }
    error_status_t Series(rpc::ServerCall&, LONG n, LongPipe* values, LONG* last) override {
        std::vector<LONG> chunk;
        for (LONG i = 0; i < n; ++i) {
            chunk.push_back(i);
            if (chunk.size() == 3000 || i + 1 == n) {
                values->push(values->state, chunk.data(), static_cast<ULONG>(chunk.size()));
                chunk.assign(chunk.size(), -1);  // the pipe must have copied
                chunk.clear();
            }
        }
        *last = n - 1;
        if (n != 13) values->push(values->state, nullptr, 0);  // 13: without an end
        return 0;
    }
    error_status_t Double(rpc::ServerCall&, SamplePipe* samples, LongPipe* channels) override {
        Sample buffer[2];
        ULONG n = 0;
        std::vector<LONG> seen;
        std::vector<Sample> doubled;
        do {
            samples->pull(samples->state, buffer, 2, &n);
            for (ULONG i = 0; i < n; ++i) {
                seen.push_back(buffer[i].channel);
                doubled.push_back({buffer[i].channel, 2 * buffer[i].value});
            }
        } while (n);
        if (!doubled.empty()) samples->push(samples->state, doubled.data(), static_cast<ULONG>(doubled.size()));
        samples->push(samples->state, nullptr, 0);
        channels->push(channels->state, seen.data(), static_cast<ULONG>(seen.size()));
        if (!seen.empty()) channels->push(channels->state, nullptr, 0);
        return 0;
    }
    error_status_t Describe(rpc::ServerCall& call, LONG length, LONG, Description* what) override {
        describe(call, *what, static_cast<SHORT>(length));
        what->next = call.request().arena<Description>();
        describe(call, *what->next, 2);
        return 0;
    }
    error_status_t DescribeAll(rpc::ServerCall& call, LONG n, ULONG, Description what[]) override {
        for (LONG i = 0; i < n; ++i) describe(call, what[i], static_cast<SHORT>(i));
        return 0;
    }
    error_status_t Fails(rpc::ServerCall&, LONG how) override { return fail_as(how); }
    void FailsQuietly(rpc::ServerCall&, LONG how) override { fail_as(how); }
    LONG FailsBeside(rpc::ServerCall&, LONG how, error_status_t* why) override {
        *why = 5;
        return static_cast<LONG>(fail_as(how));
    }
    LONG Implicit_Twice(rpc::ServerCall&, LONG n) override { return 2 * n; }
    error_status_t Implicit_Open(rpc::ServerCall&, PCOUNTER* counter) override { return *counter = make(100), 0; }
    error_status_t Implicit_Count(rpc::ServerCall&, PCOUNTER counter, LONG* value) override {
        *value = ++static_cast<Counter*>(counter)->value;
        return 0;
    }
    LONG Explicit_Twice(rpc::ServerCall&, LONG n) override { return 2 * n; }
    LONG Explicit_Thrice(rpc::ServerCall&, LONG n) override { return 3 * n; }
    LONG Explicit_Length(rpc::ServerCall&, Where server) override { return static_cast<LONG>(std::u16string(server).size()); }
    LONG Automatic_Twice(rpc::ServerCall&, LONG n) override { return 2 * n; }

    void PCOUNTER_rundown(PCOUNTER counter) override {
        end(counter);
        std::lock_guard lock(mutex_);
        ++run_down_;
        changed_.notify_all();
    }
    void await_run_down(int n) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return run_down_ >= n; }));
        EXPECT_EQ(run_down_, n);
    }

  private:
    static void describe(rpc::ServerCall& call, Description& what, SHORT n) {
        what.n = n;
        what.name = call.request().arena<WCHAR>(static_cast<std::size_t>(n) + 1);
        std::fill_n(what.name, n, u'x');
        what.values = call.request().arena<hyper>(static_cast<std::size_t>(n));
        std::fill_n(what.values, n, hyper{n});
    }
    static error_status_t fail_as(LONG how) {
        if (how == 1) throw rpc::FaultRaised(rpc::kFaultInvalidBound);
        return static_cast<error_status_t>(how);
    }
    PCOUNTER make(LONG start) {
        std::lock_guard lock(mutex_);
        auto* made = new Counter;
        made->value = start;
        counters_.insert(made);
        return made;
    }
    void end(PCOUNTER counter) {
        std::lock_guard lock(mutex_);
        auto* at = static_cast<Counter*>(counter);
        EXPECT_EQ(counters_.erase(at), 1u) << "ended twice, or never made";
        delete at;
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<Counter*> counters_;
    int run_down_ = 0;
    int label_ = 0;
};

class RemoteCall : public testing::Test {
  protected:
    void SetUp() override {
        static int number = 0;
        at_.protocol = rpc::Endpoint::Protocol::ncalrpc;
        at_.endpoint = testing::TempDir() + "midl-remote-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
        server_.serve(Remote_spec, static_cast<Remote_server*>(&served_));
        server_.serve(Implicit_spec, static_cast<Implicit_server*>(&served_));
        server_.serve(Explicit_spec, static_cast<Explicit_server*>(&served_));
        server_.serve(Automatic_spec, static_cast<Automatic_server*>(&served_));
        auto listening = server_.listen(at_);
        ASSERT_TRUE(listening) << listening.error().text();
        where_path = at_.endpoint;
        binding_ = rpc::Binding(at_);
    }
    void TearDown() override {
        server_.stop();
        EXPECT_EQ(live_lists, 0);
        EXPECT_EQ(live_sent, 0);
    }
    Remote_client client() { return Remote_client(binding_); }

    Served served_;
    rpc::Server server_;
    rpc::Endpoint at_;
    rpc::Binding binding_;
};

TEST_F(RemoteCall, ContextsLastFromCallToCall) {
    PCOUNTER counter = nullptr;
    auto opened = client().Open(5, &counter);
    ASSERT_TRUE(opened) << opened.error().text();
    ASSERT_TRUE(counter);
    LONG value = 0;
    ASSERT_TRUE(client().Count(counter, &value));
    EXPECT_EQ(value, 6);
    const PCOUNTER before = counter;
    ASSERT_TRUE(client().Reset(&counter, 10));
    EXPECT_EQ(counter, before);
    ASSERT_TRUE(client().Count(counter, &value));
    EXPECT_EQ(value, 11);
    auto copy = client().Copy(counter);
    ASSERT_TRUE(copy);
    ASSERT_TRUE(client().Both(counter, *copy, &value));
    EXPECT_EQ(value, 22);
    ASSERT_TRUE(client().Both(counter, counter, &value)) << "one handle twice";
    PCOUNTER second = *copy;
    ASSERT_TRUE(client().Close(&second));
    EXPECT_EQ(second, nullptr);
    ASSERT_TRUE(client().Close(&counter));
    EXPECT_EQ(counter, nullptr);
}

TEST_F(RemoteCall, InOutContextsMayBeginAsNull) {
    PCOUNTER counter = nullptr;
    ASSERT_TRUE(client().Reset(&counter, 3));
    LONG value = 0;
    ASSERT_TRUE(client().Count(counter, &value));
    EXPECT_EQ(value, 4);
    ASSERT_TRUE(client().Close(&counter));
}

TEST_F(RemoteCall, InContextsAreNeverNull) {
    LONG value = 0;
    EXPECT_EQ(client().Count(nullptr, &value).code(), HRESULT_FROM_WIN32(RPC_X_SS_IN_NULL_CONTEXT));
}

TEST_F(RemoteCall, ContextsWithoutTypeNameWork) {
    void* plain = nullptr;
    ASSERT_TRUE(client().OpenPlain(&plain));
    ASSERT_TRUE(plain);
    auto closed = client().ClosePlain(&plain);
    ASSERT_TRUE(closed);
    EXPECT_EQ(*closed, 0u);
    EXPECT_EQ(plain, nullptr);
}

TEST_F(RemoteCall, ContextsOfAnotherAssociationAreRefused) {
    PCOUNTER counter = nullptr;
    ASSERT_TRUE(client().Open(1, &counter));
    Remote_client other{rpc::Binding(at_)};
    LONG value = 0;
    EXPECT_EQ(other.Count(counter, &value).code(), kMismatch) << "the client knows already";

    // The same 20 bytes on the wire of another association: the server refuses.
    ndr::Writer bytes;
    bytes.begin(0);
    rpc::write_client_context(bytes, binding_.association(), counter, false);
    const rpc::Binding elsewhere(at_);
    rpc::ClientCall call(elsewhere.association(), Remote_id, 1);
    call.request().copy(bytes.base(), 20);
    EXPECT_FALSE(call.invoke());
    EXPECT_EQ(call.fault_status(), std::uint32_t{rpc::kFaultContextMismatch});
    ASSERT_TRUE(client().Close(&counter));
}

TEST_F(RemoteCall, ContextsOfAnotherTypeOrInterfaceAreRefused) {
    PLABEL label = nullptr;
    ASSERT_TRUE(client().OpenLabel(&label));
    LONG value = 0;
    EXPECT_EQ(client().Count(label, &value).code(), kMismatch);
    PCOUNTER counter = nullptr;
    ASSERT_TRUE(client().Open(1, &counter));
    EXPECT_EQ(Implicit_client(binding_).Implicit_Count(counter, &value).code(), kMismatch);
    ASSERT_TRUE(client().Close(&counter));
    rpc::destroy_client_context(label);
}

TEST_F(RemoteCall, ClosedContextsAreGone) {
    PCOUNTER counter = nullptr;
    ASSERT_TRUE(client().Open(1, &counter));
    ndr::Writer bytes;
    bytes.begin(0);
    rpc::write_client_context(bytes, binding_.association(), counter, false);
    ASSERT_TRUE(client().Close(&counter));
    for (const std::uint16_t opnum : {1, 6}) {
        rpc::ClientCall call(binding_.association(), Remote_id, opnum);
        call.request().copy(bytes.base(), 20);
        EXPECT_FALSE(call.invoke());
        EXPECT_EQ(call.fault_status(), std::uint32_t{rpc::kFaultContextMismatch});
    }
}

TEST_F(RemoteCall, ContextsAreRunDownWhenTheAssociationEnds) {
    PCOUNTER counters[3] = {};
    {
        Remote_client passing{rpc::Binding(at_)};
        for (auto& counter : counters) ASSERT_TRUE(passing.Open(1, &counter));
        LONG value = 0;
        ASSERT_TRUE(passing.Count(counters[0], &value));
        ASSERT_TRUE(passing.Close(&counters[2]));
        EXPECT_EQ(counters[2], nullptr);
    }
    // The binding is gone, but contexts keep their association.
    for (auto& counter : counters) rpc::destroy_client_context(counter);
    served_.await_run_down(2);
}

TEST_F(RemoteCall, OneCallAtATimeHasAContext) {
    PCOUNTER counter = nullptr;
    ASSERT_TRUE(client().Open(0, &counter));
    std::vector<std::thread> threads;
    std::atomic<int> overlaps{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            LONG value = 0;
            for (int n = 0; n < 200; ++n) {
                auto done = client().Count(counter, &value);
                if (!done || *done != 0) ++overlaps;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(overlaps, 0);
    LONG value = 0;
    ASSERT_TRUE(client().Count(counter, &value));
    EXPECT_EQ(value, 801);
    ASSERT_TRUE(client().Close(&counter));
}

TEST_F(RemoteCall, AnAssociationHasSoManyContextsAndNoMore) {
    rpc::ServerLimits limits;
    limits.context_handles = 2;
    rpc::Server small(limits);
    small.serve(Remote_spec, static_cast<Remote_server*>(&served_));
    rpc::Endpoint at = at_;
    at.endpoint += "-small";
    ASSERT_TRUE(small.listen(at));
    Remote_client few{rpc::Binding(at)};
    PCOUNTER counters[3] = {};
    ASSERT_TRUE(few.Open(1, &counters[0]));
    ASSERT_TRUE(few.Open(1, &counters[1]));
    EXPECT_FALSE(few.Open(1, &counters[2]));
    served_.await_run_down(1);  // the one that was not given out
    ASSERT_TRUE(few.Close(&counters[0]));
    ASSERT_TRUE(few.Close(&counters[1]));
    small.stop();
}

/// Counts what a client's stub allocates.
class TaskCount {
  public:
    TaskCount() : before_(ndr::task_memory()) {
        taken() = 0;
        ndr::task_memory() = {[](std::size_t n) {
                                  ++taken();
                                  return std::malloc(n ? n : 1);
                              },
                              std::free};
    }
    ~TaskCount() { ndr::task_memory() = before_; }
    static int& taken() {
        static int n = 0;
        return n;
    }

  private:
    const ndr::TaskMemory before_;
};

TEST_F(RemoteCall, WhatHasAByteCountLiesInTheCallersBlock) {
    const TaskCount count;
    alignas(8) std::uint8_t block[512];
    const auto inside = [&](const void* at) { return at >= block && at < block + sizeof block; };
    auto& what = *reinterpret_cast<Description*>(block);
    auto described = client().Describe(5, sizeof block, &what);
    ASSERT_TRUE(described) << described.error().text();
    ASSERT_TRUE(inside(what.name) && inside(what.values) && inside(what.next));
    EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(what.name)), u"xxxxx");
    EXPECT_EQ(what.values[4], 5);
    ASSERT_TRUE(inside(what.next->name));
    EXPECT_EQ(what.next->values[1], 2);
    EXPECT_EQ(what.next->next, nullptr);
    auto* many = reinterpret_cast<Description*>(block);
    ASSERT_TRUE(client().DescribeAll(3, sizeof block, many));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(many[i].n, i);
        EXPECT_TRUE(inside(many[i].name) && inside(many[i].values));
    }
    EXPECT_EQ(count.taken(), 0);
}

TEST_F(RemoteCall, ABlockThatIsTooSmallIsNotLeft) {
    const TaskCount count;
    // With 5 in each: 32 bytes of Description, 12 of name, 4 to align, 40 of values; then the same for 2.
    alignas(8) std::uint8_t block[32 + 12 + 4 + 40 + 32 + 6 + 2 + 16 + 8];
    const LONG enough = sizeof block - 8;
    auto& what = *reinterpret_cast<Description*>(block);
    ASSERT_TRUE(client().Describe(5, enough, &what));
    for (LONG room = sizeof(Description); room < enough; ++room) {
        std::memset(block, 0xEE, sizeof block);
        EXPECT_EQ(client().Describe(5, room, &what).code(), HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)) << room;
        EXPECT_EQ(what.name, nullptr);
        for (auto at = static_cast<std::size_t>(room); at < sizeof block; ++at) ASSERT_EQ(block[at], 0xEE) << room;
    }
    for (const LONG room : {LONG{sizeof(Description)} - 1, LONG{0}, LONG{-1}})
        EXPECT_EQ(client().Describe(5, room, &what).code(), HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND)) << room << ": not even sent";
    EXPECT_EQ(client().DescribeAll(3, 3 * sizeof(Description) - 1, &what).code(), HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    EXPECT_EQ(count.taken(), 0);
}

TEST_F(RemoteCall, TypesTravelAsOthers) {
    Period period{1, {2000, 1}, {2001, 3}};
    SentDate date{2020, 5};
    auto later = client().Later(&period, &date);
    ASSERT_TRUE(later) << later.error().text();
    EXPECT_EQ(date.year, 2021);
    EXPECT_EQ(date.month, 7);
    ListNode third{30, nullptr}, second{20, &third}, first{10, &second};
    List doubled = nullptr;
    LONG sum = 0;
    ASSERT_TRUE(client().Sum(&first, &doubled, &sum));
    EXPECT_EQ(sum, 60);
    ASSERT_TRUE(doubled && doubled->next && doubled->next->next);
    EXPECT_EQ(doubled->next->next->value, 60);
    List_free_inst(&doubled);
    const int before = live_fractions;
    LocalFraction other = 0.5;
    ++live_fractions;  // `other` is one
    auto inverse = client().Invert(0.25, &other);
    ASSERT_TRUE(inverse);
    EXPECT_DOUBLE_EQ(*inverse, 4.0);
    EXPECT_DOUBLE_EQ(other, -0.5);
    EXPECT_EQ(live_fractions, before + 2) << "the result and `other` are left";
}

TEST_F(RemoteCall, WhatCameBeforeAFailureIsEnded) {
    rpc::ClientCall call(binding_.association(), Remote_id, 10);  // Sum, and then too few bytes
    ndr::Writer& out = call.request();
    out.count(2), out.u32(2), out.i32(1);
    EXPECT_FALSE(call.invoke());
    EXPECT_EQ(call.fault_status(), std::uint32_t{rpc::kFaultNdr});
    EXPECT_EQ(live_lists, 0);
}

/// A client's pipe over vectors.
template <class Pipe, class T>
struct Ends {
    std::vector<T> source, sink;
    std::size_t at = 0;
    T room[100];
    int ended = 0;
    Pipe pipe() {
        Pipe made{};
        made.state = reinterpret_cast<char*>(this);
        made.alloc = [](char* state, ULONG, T** buffer, ULONG* bytes) {
            *buffer = reinterpret_cast<Ends*>(state)->room;
            *bytes = sizeof(Ends::room);
        };
        made.pull = [](char* state, T* buffer, ULONG room, ULONG* n) {
            auto& self = *reinterpret_cast<Ends*>(state);
            *n = static_cast<ULONG>(std::min<std::size_t>(room, self.source.size() - self.at));
            std::copy_n(self.source.begin() + static_cast<std::ptrdiff_t>(self.at), *n, buffer);
            self.at += *n;
        };
        made.push = [](char* state, T* buffer, ULONG n) {
            auto& self = *reinterpret_cast<Ends*>(state);
            self.sink.insert(self.sink.end(), buffer, buffer + n);
            if (n == 0) ++self.ended;
        };
        return made;
    }
};

TEST_F(RemoteCall, InputPipesAreDrained) {
    Ends<LongPipe, LONG> ends;
    for (LONG i = 1; i <= 5000; ++i) ends.source.push_back(i);
    hyper sum = 0;
    auto added = client().Add(7, ends.pipe(), &sum);
    ASSERT_TRUE(added) << added.error().text();
    EXPECT_EQ(sum, 7 + 5000 * 5001 / 2);
    Ends<LongPipe, LONG> none;
    ASSERT_TRUE(client().Add(7, none.pipe(), &sum));
    EXPECT_EQ(sum, 7);
}

TEST_F(RemoteCall, OutputPipesArePushed) {
    Ends<LongPipe, LONG> ends;
    LONG last = 0;
    auto pipe = ends.pipe();
    auto done = client().Series(10000, &pipe, &last);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(last, 9999);
    ASSERT_EQ(ends.sink.size(), 10000u);
    EXPECT_EQ(ends.sink[2999], 2999);
    EXPECT_EQ(ends.sink[9999], 9999);
    EXPECT_EQ(ends.ended, 1);
}

TEST_F(RemoteCall, PipesOfStructuresGoBothWays) {
    Ends<SamplePipe, Sample> samples;
    Ends<LongPipe, LONG> channels;
    for (SHORT i = 0; i < 250; ++i) samples.source.push_back({i, i * 1000});
    auto up = samples.pipe();
    auto down = channels.pipe();
    auto done = client().Double(&up, &down);
    ASSERT_TRUE(done) << done.error().text();
    ASSERT_EQ(samples.sink.size(), 250u);
    EXPECT_EQ(samples.sink[249].value, 498000);
    ASSERT_EQ(channels.sink.size(), 250u);
    EXPECT_EQ(channels.sink[100], 100);
}

TEST_F(RemoteCall, PipeDisciplineIsKept) {
    Ends<LongPipe, LONG> ends;
    ends.source = {1, 2, 3};
    hyper sum = 0;
    EXPECT_EQ(client().Add(-1, ends.pipe(), &sum).code(), HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
    Ends<LongPipe, LONG> again = ends;
    again.at = 0;
    EXPECT_EQ(client().Add(-2, again.pipe(), &sum).code(), HRESULT_FROM_WIN32(RPC_X_PIPE_EMPTY));
    again.at = 0;
    EXPECT_EQ(client().Add(-3, again.pipe(), &sum).code(), HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
    LONG last = 0;
    auto pipe = ends.pipe();
    EXPECT_EQ(client().Series(13, &pipe, &last).code(), HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
}

TEST_F(RemoteCall, LyingPipesEndInAFaultOfThePull) {
    const auto refused = [&](auto write) {
        rpc::ClientCall call(binding_.association(), Remote_id, 12);
        call.request().i32(1);
        write(call.request());
        EXPECT_FALSE(call.invoke());
        EXPECT_EQ(call.fault_status(), std::uint32_t{rpc::kFaultNdr});
    };
    refused([](ndr::Writer& out) { out.u32(1), out.i32(1); });                  // no end
    refused([](ndr::Writer& out) { out.u32(0xFFFFFFFF), out.i32(1), out.u32(0); });
    refused([](ndr::Writer& out) { out.u32(3), out.i32(1), out.u32(0); });      // fewer than said
    refused([](ndr::Writer&) {});
}

TEST_F(RemoteCall, StatusesTakeWhatWentWrong) {
    auto plain = client().Fails(0);
    ASSERT_TRUE(plain);
    EXPECT_EQ(*plain, 0u);
    auto fault = client().Fails(1);
    ASSERT_TRUE(fault) << "the status says it";
    EXPECT_EQ(*fault, error_status_t{RPC_S_INVALID_BOUND});
    error_status_t faulted = 77, comm = 77, why = 0;
    ASSERT_TRUE(client().FailsQuietly(1, &faulted, &comm));
    EXPECT_EQ(faulted, error_status_t{RPC_S_INVALID_BOUND});
    EXPECT_EQ(comm, 0u);
    ASSERT_TRUE(client().FailsQuietly(0, &faulted, &comm));
    EXPECT_EQ(faulted, 0u);
    auto beside = client().FailsBeside(9, &why);
    ASSERT_TRUE(beside);
    EXPECT_EQ(*beside, 9);
    EXPECT_EQ(why, 5u) << "the server's own";

    rpc::Endpoint nowhere = at_;
    nowhere.endpoint += "-nobody";
    Remote_client lost{rpc::Binding(nowhere)};
    auto unreachable = lost.Fails(0);
    ASSERT_TRUE(unreachable);
    EXPECT_EQ(*unreachable, error_status_t{RPC_S_SERVER_UNAVAILABLE});
    ASSERT_TRUE(lost.FailsQuietly(0, &faulted, &comm));
    EXPECT_EQ(faulted, 0u);
    EXPECT_EQ(comm, error_status_t{RPC_S_SERVER_UNAVAILABLE});
    ASSERT_TRUE(lost.FailsBeside(0, &why));
    EXPECT_EQ(why, error_status_t{RPC_S_SERVER_UNAVAILABLE});
}

TEST_F(RemoteCall, FunctionsFindTheirServerByHandle) {
    EXPECT_EQ(Explicit_Twice(rpc::handle_of(binding_), 21), 42);
    EXPECT_EQ(Explicit_Thrice(rpc::handle_of(binding_), 14), 42);
    Implicit_IfHandle = rpc::handle_of(binding_);
    EXPECT_EQ(Implicit_Twice(21), 42);
    PCOUNTER counter = nullptr;
    EXPECT_EQ(Implicit_Open(&counter), 0u);
    Implicit_IfHandle = nullptr;
    LONG value = 0;
    EXPECT_EQ(Implicit_Count(counter, &value), 0u) << "the context knows its server";
    EXPECT_EQ(value, 101);
    rpc::destroy_client_context(counter);
    WCHAR here[] = u"here";
    EXPECT_EQ(Explicit_Length(here), 4);
    EXPECT_EQ(bound, 0) << "unbound again";
    EXPECT_THROW(Implicit_Twice(1), rpc::CallFailed);
    EXPECT_THROW(Automatic_Twice(1), rpc::CallFailed);
    rpc::set_auto_binding([this](const rpc::SyntaxId& id) { return id == Automatic_id ? binding_ : rpc::Binding(); });
    EXPECT_EQ(Automatic_Twice(4), 8);
    rpc::set_auto_binding(nullptr);
    try {
        Open(nullptr, 1, &counter);
        FAIL();
    } catch (const rpc::CallFailed& failed) {
        EXPECT_EQ(failed.code(), HRESULT_FROM_WIN32(RPC_S_NO_BINDINGS));
    }
}

}  // namespace
}  // namespace odc
