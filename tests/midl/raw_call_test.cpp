// Raw RPC: the client stub, the wire and the server stub of one interface, over a Unix socket of this process.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "conformance.h"

namespace odc {
namespace {

class Served final : public Conformance_server {
  public:
    ULONG Sum(rpc::ServerCall&, ULONG n, const LONG values[], hyper* sum) override {
        *sum = std::accumulate(values, values + n, hyper{0});
        return n;
    }
    error_status_t Reverse(rpc::ServerCall&, ULONG n, SHORT* values) override {
        std::reverse(values, values + n);
        return 0;
    }
    error_status_t Greet(rpc::ServerCall& call, const WCHAR* name, const WCHAR* title, WCHAR** greeting) override {
        std::u16string text = u"hello ";
        if (title) text += reinterpret_cast<const char16_t*>(title);
        text += reinterpret_cast<const char16_t*>(name);
        auto* copy = static_cast<WCHAR*>(call.frame().arena.allocate((text.size() + 1) * sizeof(WCHAR)));
        std::memcpy(copy, text.c_str(), (text.size() + 1) * sizeof(WCHAR));
        *greeting = copy;
        return 0;
    }
    error_status_t Describe(rpc::ServerCall&, Labels* labels, Labels** copy) override {
        *copy = labels;
        return labels ? labels->n : 77;
    }
    error_status_t Fill(rpc::ServerCall&, ULONG room, ULONG* used, LONG* values) override {
        *used = room / 2;
        for (ULONG i = 0; i < *used; ++i) values[i] = static_cast<LONG>(i * i);
        return 0;
    }
    error_status_t Swap(rpc::ServerCall&, Pair* pair, LONG* maybe) override {
        const auto a = pair->a;
        pair->a = static_cast<LONG>(pair->b);
        pair->b = static_cast<ULONG>(a);
        if (maybe) *maybe = -*maybe;
        return 0;
    }
    error_status_t Choose(rpc::ServerCall&, SHORT which, Choice* choice, LONG* answer) override {
        *answer = which == 1 ? choice->number : which == 4 ? choice->pair.a : 0;
        return 0;
    }
    void Nothing(rpc::ServerCall&) override { ++nothings; }
    error_status_t Late(rpc::ServerCall&, const LONG* values, ULONG n, LONG* last) override {
        *last = n ? values[n - 1] : -1;
        return 0;
    }
    Colour Paint(rpc::ServerCall&, Colour colour, LONG* a, LONG* b) override { return a == b ? COLOUR_BLUE : colour; }
    error_status_t Grow(rpc::ServerCall& call, ULONG* n, LONG** values) override {
        auto* more = static_cast<LONG*>(call.frame().arena.allocate((*n + 1) * sizeof(LONG)));
        if (*n) std::memcpy(more, *values, *n * sizeof(LONG));
        more[*n] = 99;
        *values = more;
        ++*n;
        return 0;
    }
    error_status_t Later(rpc::ServerCall&, Stamp now, Stamp* stamp) override {
        stamp->hours += now.hours;
        stamp->minutes += now.minutes;
        return 0;
    }
    LONG Names(rpc::ServerCall&, LONG in, LONG* call, LONG* out, LONG* result, LONG* status) override {
        *out = call[in - 1];
        *result = in;
        *status += 1;
        return *status;
    }
    error_status_t Name(rpc::ServerCall&, ULONG room, WCHAR* name) override {
        const WCHAR text[] = u"server";
        if (room < 7) return 1;
        std::memcpy(name, text, sizeof text);
        return 0;
    }
    int nothings = 0;
};

class RawCall : public testing::Test {
  protected:
    void SetUp() override {
        static int number = 0;
        rpc::Endpoint at;
        at.protocol = rpc::Endpoint::Protocol::ncalrpc;
        at.endpoint = testing::TempDir() + "midl-raw-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
        server_.serve(Conformance_spec, static_cast<Conformance_server*>(&served_));
        auto bound = server_.listen(at);
        ASSERT_TRUE(bound) << bound.error().text();
        client_.emplace(rpc::Binding(*bound));
    }
    void TearDown() override { server_.stop(); }
    Conformance_client& client() { return *client_; }

    Served served_;
    rpc::Server server_;
    std::optional<Conformance_client> client_;
};

TEST_F(RawCall, SendsArraysAndReturnsNumbers) {
    const LONG values[] = {1, 2, 3, -10};
    hyper sum = 0;
    auto n = client().Sum(4, values, &sum);
    ASSERT_TRUE(n) << n.error().text();
    EXPECT_EQ(*n, 4u);
    EXPECT_EQ(sum, -4);
}

TEST_F(RawCall, ChangesArraysInPlace) {
    SHORT values[] = {1, 2, 3};
    ASSERT_TRUE(client().Reverse(3, values));
    EXPECT_EQ(values[0], 3);
    EXPECT_EQ(values[2], 1);
}

TEST_F(RawCall, GivesTextsInTaskMemory) {
    WCHAR* greeting = nullptr;
    ASSERT_TRUE(client().Greet(u"you", u"dear ", &greeting));
    EXPECT_EQ(std::u16string(greeting), u"hello dear you");
    ndr::task_memory().release(greeting);
    ASSERT_TRUE(client().Greet(u"you", nullptr, &greeting));
    EXPECT_EQ(std::u16string(greeting), u"hello you");
    ndr::task_memory().release(greeting);
}

TEST_F(RawCall, CarriesStructuresBehindPointers) {
    WCHAR name[] = u"n";
    Label label{5, name};
    Labels labels{1, &label};
    Labels* copy = nullptr;
    auto n = client().Describe(&labels, &copy);
    ASSERT_TRUE(n) << n.error().text();
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->labels[0].id, 5);
    EXPECT_EQ(std::u16string(copy->labels[0].name), u"n");
    ndr::task_memory().release(copy->labels[0].name);
    ndr::task_memory().release(copy->labels);
    ndr::task_memory().release(copy);
    n = client().Describe(nullptr, &copy);
    ASSERT_TRUE(n);
    EXPECT_EQ(*n, 77u);
    EXPECT_EQ(copy, nullptr);
}

TEST_F(RawCall, FillsPartOfTheCallersArray) {
    LONG values[10] = {};
    ULONG used = 0;
    ASSERT_TRUE(client().Fill(10, &used, values));
    EXPECT_EQ(used, 5u);
    EXPECT_EQ(values[4], 16);
    EXPECT_EQ(values[5], 0);
    std::vector<LONG> large(17u << 20);  // more than a server makes room for
    auto refused = client().Fill(17u << 20, &used, large.data());
    EXPECT_FALSE(refused);
}

TEST_F(RawCall, ChangesStructuresAndOptionalNumbers) {
    Pair pair{1, 2};
    LONG number = 5;
    ASSERT_TRUE(client().Swap(&pair, &number));
    EXPECT_EQ(pair.a, 2);
    EXPECT_EQ(number, -5);
    ASSERT_TRUE(client().Swap(&pair, nullptr));
    EXPECT_EQ(pair.a, 1);
}

TEST_F(RawCall, SwitchesOnAnotherParameter) {
    Choice choice{};
    choice.number = 12;
    LONG answer = 0;
    ASSERT_TRUE(client().Choose(1, &choice, &answer));
    EXPECT_EQ(answer, 12);
}

TEST_F(RawCall, NeedsNeitherArgumentsNorResult) {
    ASSERT_TRUE(client().Nothing());
    EXPECT_EQ(served_.nothings, 1);
}

TEST_F(RawCall, ChecksSizesThatComeAfterTheirArray) {
    const LONG values[] = {1, 2, 3};
    LONG last = 0;
    ASSERT_TRUE(client().Late(values, 3, &last));
    EXPECT_EQ(last, 3);
}

TEST_F(RawCall, KeepsAliasesOfFullPointers) {
    LONG a = 1, b = 1;
    EXPECT_EQ(*client().Paint(COLOUR_RED, &a, &a), COLOUR_BLUE);
    EXPECT_EQ(*client().Paint(COLOUR_RED, &a, &b), COLOUR_RED);
}

TEST_F(RawCall, LetsTheServerReplaceAnArray) {
    ULONG n = 1;
    auto* values = static_cast<LONG*>(ndr::task_memory().allocate(sizeof(LONG)));
    values[0] = 7;
    ASSERT_TRUE(client().Grow(&n, &values));
    EXPECT_EQ(n, 2u);
    EXPECT_EQ(values[0], 7);
    EXPECT_EQ(values[1], 99);
    ndr::task_memory().release(values);
}

TEST_F(RawCall, WritesTextIntoTheCallersRoom) {
    WCHAR name[16] = {};
    ASSERT_TRUE(client().Name(16, name));
    EXPECT_EQ(std::u16string(name), u"server");
}

TEST_F(RawCall, ParametersMayHaveTheNamesOfGeneratedCode) {
    LONG values[] = {1, 2, 30}, out = 0, result = 0, status = 4;
    auto done = client().Names(3, values, &out, &result, &status);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(out, 30);
    EXPECT_EQ(result, 3);
    EXPECT_EQ(status, 5);
    EXPECT_EQ(*done, 5);
}

TEST_F(RawCall, CarriesUserTypes) {
    Stamp stamp{1, 20};
    ASSERT_TRUE(client().Later({2, 3}, &stamp));
    EXPECT_EQ(stamp.hours, 3);
    EXPECT_EQ(stamp.minutes, 23);
}

TEST_F(RawCall, RefusesNullReferences) {
    hyper sum = 0;
    auto refused = client().Sum(0, nullptr, &sum);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.code(), HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
}

}  // namespace
}  // namespace odc
