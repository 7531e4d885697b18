// Servers in other processes whose objects make call objects: calls that nobody's thread waits for, over RPC.
#include "base/guid.h"
#include "hosts.h"
#include "opendcom/com/interface_info.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

/// The server's apartment.
class AsyncServersAcross : public testing::TestWithParam<DWORD> {
  protected:
    void SetUp() override {
        com::register_proxy_file(work_ProxyFile);
        joined_.emplace(COINIT_MULTITHREADED);
        own_host().register_peer(GetParam() == COINIT_MULTITHREADED ? "--async" : "--async-sta");
        ASSERT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IWork, work_.put_void()), S_OK);
        ASSERT_EQ(work_->Thread(&thread_), S_OK);
    }
    void TearDown() override {
        work_.reset();
        joined_.reset();
        own_host().unregister_peer();
    }
    std::optional<InApartment> joined_;
    ComPtr<IWork> work_;
    LONG thread_ = 0;  ///< of the server
};
INSTANTIATE_TEST_SUITE_P(Apartments, AsyncServersAcross, testing::Values(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED),
                         [](const auto& test) { return test.param == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded"; });

TEST_P(AsyncServersAcross, NoThreadWaitsForCallObjects) {
    constexpr int kMany = 500;
    const int before = threads_of(thread_);
    ASSERT_GT(before, 0);
    std::vector<ComPtr<AsyncIWork>> calls;
    for (int i = 0; i < kMany; ++i) {
        calls.push_back(create_call<AsyncIWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Wait(), S_OK);
    }
    LONG sum = 0, thread = 0;
    // Each connection's are begun in turn, and these are behind most of them.
    std::vector<ComPtr<AsyncIWork>> last;
    for (int i = 0; i < 16; ++i) {
        last.push_back(create_call<AsyncIWork>(work_.get()));
        ASSERT_EQ(last.back()->Begin_Add(i, 1), S_OK);
    }
    for (int i = 0; i < 16; ++i) {
        EXPECT_EQ(last[static_cast<std::size_t>(i)]->Finish_Add(&sum), S_OK);
        EXPECT_EQ(sum, i + 1);
    }
    EXPECT_LT(threads_of(thread_), before + 30) << "a thread for each of the client's connections, and some that have just been idle";
    for (const auto& call : calls) {
        const auto ended = call.as<ISynchronize>();
        while (ended->Wait(0, 0) == RPC_S_CALLPENDING) ASSERT_EQ(work_->Open(TRUE), S_OK);
        ASSERT_EQ(call->Finish_Wait(&thread), S_OK);
    }
}

TEST_P(AsyncServersAcross, ArgumentsStayUntilFinishHasReturned) {
    const auto helper = ComPtr<Work>::attach(new Work);
    std::vector<std::unique_ptr<Keeping>> calls;
    for (int i = 0; i < 20; ++i) {
        calls.push_back(std::make_unique<Keeping>(work_.get()));
        ASSERT_EQ(calls.back()->begin(helper.get()), S_OK);
    }
    // Open may come in before some of them: those wait for the next.
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const auto ended = calls[i]->call.as<ISynchronize>();
        do EXPECT_EQ(work_->Open(TRUE), S_OK);
        while (ended->Wait(0, 0) == RPC_S_CALLPENDING);
        EXPECT_EQ(calls[i]->finish(), S_OK);
        calls[i]->expect_results();
    }
}

TEST_P(AsyncServersAcross, CallObjectsThatAreLetGoWithoutSignalEndTheirCalls) {
    const auto call = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    do EXPECT_EQ(work_->Open(FALSE), S_OK);
    while (call.as<ISynchronize>()->Wait(0, 0) == RPC_S_CALLPENDING);
    LONG thread = 7;
    EXPECT_EQ(call->Finish_Wait(&thread), RPC_E_SERVER_DIED);
    EXPECT_EQ(thread, 0);
}

TEST_P(AsyncServersAcross, SignalsAtAnyTimeEndEachCallOnce) {
    LONG thread = 0;
    for (int i = 0; i < 200; ++i) ASSERT_EQ(work_->Thread(&thread), S_OK);
    EXPECT_EQ(work_->Fail(E_ACCESSDENIED), E_ACCESSDENIED);
    EXPECT_EQ(work_->Die(), RPC_E_SERVERFAULT);
}

TEST_P(AsyncServersAcross, CallsKnowThatTheyAreCancelled) {
    const auto call = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    LONG sum = 7, thread = 0;
    EXPECT_EQ(work_->Add(-1, 0, &sum), S_OK);
    EXPECT_EQ(sum, 0);
    EXPECT_EQ(call.as<ICancelMethodCalls>()->Cancel(0), S_OK);
    while (sum == 0) ASSERT_EQ(work_->Add(-1, 0, &sum), S_OK);  // until co_cancel has come
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(call->Finish_Wait(&thread), RPC_E_CALL_CANCELED);
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    EXPECT_EQ(work_->Add(-1, 0, &sum), S_OK);
    while (sum != 0) ASSERT_EQ(work_->Add(-1, 0, &sum), S_OK);  // answered: nobody's call any more
}

TEST_P(AsyncServersAcross, ClientsMayBeGoneBeforeTheirCallsEnd) {
    // A client of its own, whose connections end with it.
    Child client({ODC_PEER, "--begin", to_string(kPeerClass), "-"}, {});
    ASSERT_EQ(client.read_line(), "begun");
    client.signal(SIGKILL);
    client.wait();
    LONG sum = 0;
    while (sum < 3) ASSERT_EQ(work_->Add(-1, 0, &sum), S_OK);  // that their client is gone is known to all three
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    EXPECT_EQ(work_->Add(1, 2, &sum), S_OK);
    EXPECT_EQ(sum, 3);
}

}  // namespace
}  // namespace odc::test
