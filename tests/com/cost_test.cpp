// What calls and objects cost in memory, counted on both sides of a process boundary: nothing for a warm call, and under 1 KiB
// for an exported object and for a proxy.
#include "cost.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "child_process.h"
#include "heap_count.h"
#include "objbase.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"

extern "C" const odc::com::ProxyFile cost_ProxyFile;

namespace odc::test {
namespace {

/// An instance of its own, its daemon, and a server with one object.
class CallCosts : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!heap_is_counted()) return;
        char folder[] = "/tmp/opendcom-cost-XXXXXX";
        ASSERT_NE(::mkdtemp(folder), nullptr);
        home_ = folder;
        ::setenv("OPENDCOM_HOME", folder, 1);
        daemon_ = std::make_unique<ChildProcess>(std::vector<std::string>{ODC_DCOMD, "--home", home_, "--listen", "127.0.0.1:0"});
        ASSERT_NE(daemon_->line(), "") << "dcomd did not start";
        server_ = std::make_unique<ChildProcess>(std::vector<std::string>{ODC_COST_SERVER});
        const auto objref = server_->line();
        ASSERT_NE(objref, "") << "the server did not start";
        ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
        odc::com::register_proxy_file(cost_ProxyFile);
        ComPtr<IStream> stream;
        ASSERT_EQ(OdcCreateMemoryStream(stream.put()), S_OK);
        for (std::size_t i = 0; i + 1 < objref.size(); i += 2) {
            const auto byte = static_cast<BYTE>(std::stoi(objref.substr(i, 2), nullptr, 16));
            ASSERT_EQ(stream->Write(&byte, 1, nullptr), S_OK);
        }
        LARGE_INTEGER start{};
        stream->Seek(start, STREAM_SEEK_SET, nullptr);
        ASSERT_EQ(CoUnmarshalInterface(stream.get(), IID_ICost, cost_.put_void()), S_OK);
    }
    void TearDown() override {
        if (home_.empty()) return;
        if (cost_) {
            cost_.reset();
            CoUninitialize();
        }
        server_.reset();
        daemon_.reset();
        std::filesystem::remove_all(home_);
    }
    hyper server_allocations() {
        hyper allocations = 0, bytes = 0;
        EXPECT_EQ(cost_->Heap(&allocations, &bytes), S_OK);
        return allocations;
    }
    hyper server_bytes() {
        hyper allocations = 0, bytes = 0;
        EXPECT_EQ(cost_->Heap(&allocations, &bytes), S_OK);
        return bytes;
    }
    /// Heap blocks of client and server for 1000 calls, the best of some rounds: a call that the machine happens to delay for two
    /// ticks of the server's monitor gets another reader, which costs a few, and that is not the warm path.
    template <class Call>
    std::pair<hyper, hyper> allocations_of(Call call) {
        for (int i = 0; i < 100; ++i) call();
        hyper client = hyper{1} << 40, server = client;
        for (int round = 0; round < 10 && client + server != 0; ++round) {
            const auto server_before = server_allocations();
            const auto client_before = heap_allocations();
            for (int i = 0; i < 1000; ++i) call();
            client = std::min<hyper>(client, heap_allocations() - client_before);
            server = std::min(server, server_allocations() - server_before);
        }
        return {client, server};
    }

    std::string home_;
    std::unique_ptr<ChildProcess> daemon_, server_;
    ComPtr<ICost> cost_;
};

TEST_F(CallCosts, WarmCallThroughProxyAndStubAllocatesNothing) {
    if (!heap_is_counted()) return;  // a sanitizer counts in our place
    const auto [client, server] = allocations_of([&] {
        LONG sum = 0;
        ASSERT_EQ(cost_->Add(1, 2, &sum), S_OK);
        ASSERT_EQ(sum, 3);
    });
    EXPECT_EQ(client, 0);
    EXPECT_EQ(server, 0);
}

TEST_F(CallCosts, WarmCallWithStructuresAndTextsAllocatesNothing) {
    if (!heap_is_counted()) return;
    OLECHAR name[] = u"temperature";
    const Sample samples[] = {{1, 1.5, name}, {2, 2.5, nullptr}, {3, 3.0, name}};
    const auto [client, server] = allocations_of([&] {
        double total = 1;
        ASSERT_EQ(cost_->Measure(3, samples, &total, u"kelvin"), S_OK);
        ASSERT_EQ(total, 8.0);
    });
    EXPECT_EQ(client, 0);
    EXPECT_EQ(server, 0);
}

TEST_F(CallCosts, HundredThousandExportsAndProxiesStayUnderOneKibibyteEach) {
    if (!heap_is_counted()) return;
    constexpr ULONG kObjects = 100000, kAtOnce = 1000;
    ULONG object_size = 0;
    ASSERT_EQ(cost_->ObjectSize(&object_size), S_OK);
    std::vector<ICost*> made(kObjects);
    const auto client_before = heap_bytes();
    const auto server_before = server_bytes();
    for (ULONG at = 0; at < kObjects; at += kAtOnce) ASSERT_EQ(cost_->Make(kAtOnce, &made[at]), S_OK) << at;
    const auto per_export = (server_bytes() - server_before) / kObjects - object_size;
    const auto per_proxy = (heap_bytes() - client_before) / kObjects;
    RecordProperty("bytes_per_export", std::to_string(per_export));
    RecordProperty("bytes_per_proxy", std::to_string(per_proxy));
    std::printf("%lld bytes per exported object, %lld bytes per proxy\n", static_cast<long long>(per_export),
                static_cast<long long>(per_proxy));
    EXPECT_LT(per_export, 1024);
    EXPECT_LT(per_proxy, 1024);
    LONG sum = 0;
    EXPECT_EQ(made[kObjects - 1]->Add(1, 2, &sum), S_OK);
    for (auto* object : made) object->Release();
}

}  // namespace
}  // namespace odc::test
