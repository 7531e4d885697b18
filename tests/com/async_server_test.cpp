// Servers whose objects make call objects: an incoming call begins, and is answered once the call object says so.
#include "async_work_object.h"
#include "marshaling.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

/// The object's apartment; the caller's is the other kind of one.
class AsyncServers : public testing::TestWithParam<DWORD> {
  protected:
    void SetUp() override {
        com::register_proxy_file(work_ProxyFile);
        served.made = served.begun = served.finished = 0;
        served.create = S_OK;
        std::promise<void> ready;
        thread_ = std::thread([this, &ready] {
            Joined joined(GetParam());
            id_ = GetCurrentThreadId();
            tid_ = static_cast<LONG>(::gettid());
            MSG message;
            if (GetParam() == COINIT_APARTMENTTHREADED) PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
            packet_ = marshal(static_cast<IWork*>(ComPtr<AsyncServer>::attach(new AsyncServer).get()), IID_IWork, MSHLFLAGS_TABLESTRONG);
            ready.set_value();
            if (GetParam() == COINIT_APARTMENTTHREADED) while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            else over_.get_future().wait();
        });
        ready.get_future().wait();
        joined_.emplace(GetParam() == COINIT_APARTMENTTHREADED ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
        work_ = unmarshal<IWork>(packet_.get());
    }
    void TearDown() override {
        work_.reset();
        end_server();
        packet_.reset();
        served.waiting.clear();
        served.context.reset();
        served.cancels.clear();
        joined_.reset();
        if (served.signaler.joinable()) served.signaler.join();
        EXPECT_EQ(served.alive, 0);
    }
    void end_server() {
        if (!thread_.joinable()) return;
        if (GetParam() == COINIT_APARTMENTTHREADED) PostThreadMessage(id_, WM_QUIT, 0, 0);
        else over_.set_value();
        thread_.join();
    }
    void wait_until_begun(int n) {
        while (served.begun < n) std::this_thread::yield();
    }
    std::optional<Joined> joined_;
    std::thread thread_;
    std::promise<void> over_;
    DWORD id_ = 0;
    LONG tid_ = 0;
    ComPtr<IStream> packet_;
    ComPtr<IWork> work_;
};
INSTANTIATE_TEST_SUITE_P(Apartments, AsyncServers, testing::Values(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED),
                         [](const auto& test) { return test.param == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded"; });

TEST_P(AsyncServers, ObjectsThatMakeCallObjectsAreCalledThroughThem) {
    LONG sum = 0;
    EXPECT_EQ(work_->Add(20, 3, &sum), S_OK);  // a synchronous client
    EXPECT_EQ(sum, 23);
    const auto call = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(call->Begin_Add(4, 5), S_OK);
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    EXPECT_EQ(sum, 9);
    EXPECT_EQ(served.made, 2);
    EXPECT_EQ(served.begun, 2);
    EXPECT_EQ(served.finished, 2);
}

TEST_P(AsyncServers, MethodsWithACallAsFormAreCalledThroughTheHandWrittenStubs) {
    LONG numbers[7] = {};
    ULONG fetched = 0;
    EXPECT_EQ(work_->Next(2, numbers, &fetched), S_OK);
    EXPECT_EQ(fetched, 2u);
    EXPECT_EQ(numbers[1], 1);
    const auto call = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(call->Begin_Next(7), S_OK);
    EXPECT_EQ(call->Finish_Next(numbers, &fetched), S_FALSE);
    EXPECT_EQ(fetched, 5u);
    EXPECT_EQ(numbers[4], 4);
    EXPECT_EQ(served.begun, 2);
    EXPECT_EQ(served.finished, 2);
}

TEST_P(AsyncServers, ObjectsThatMakeNoneAreCalledThemselves) {
    served.create = E_NOINTERFACE;
    LONG sum = 0;
    EXPECT_EQ(work_->Add(20, 3, &sum), S_FALSE);
    EXPECT_EQ(sum, -1);
    EXPECT_EQ(served.begun, 0);
}

TEST_P(AsyncServers, BeginThatFailsIsTheResult) {
    EXPECT_EQ(work_->Fail(E_ACCESSDENIED), E_ACCESSDENIED);
    EXPECT_EQ(work_->Die(), RPC_E_SERVERFAULT);
    EXPECT_EQ(served.finished, 0);
}

TEST_P(AsyncServers, FinishRunsInTheApartmentOfTheObject) {
    LONG thread = 0;
    EXPECT_EQ(work_->Thread(&thread), S_OK);  // signaled by a thread of nobody
    EXPECT_EQ(served.finished, 1);
    if (GetParam() == COINIT_APARTMENTTHREADED) {
        EXPECT_EQ(thread, tid_);
    }
}

TEST_P(AsyncServers, OtherCallsAreServedUntilTheCallObjectIsSignaled) {
    const auto first = create_call<AsyncIWork>(work_.get()), second = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(first->Begin_Wait(), S_OK);
    ASSERT_EQ(second->Begin_Wait(), S_OK);
    LONG sum = 0, waiting = 0;
    EXPECT_EQ(work_->Add(1, 2, &sum), S_OK);
    while (served.begun < 3) std::this_thread::yield();
    EXPECT_EQ(first.as<ISynchronize>()->Wait(0, 0), RPC_S_CALLPENDING);
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    EXPECT_EQ(first->Finish_Wait(&waiting), S_OK);
    if (GetParam() == COINIT_APARTMENTTHREADED) {
        EXPECT_EQ(waiting, tid_);
    }
    EXPECT_EQ(second->Finish_Wait(&waiting), S_OK);
}

TEST_P(AsyncServers, CallsEndInTheOrderInWhichTheyAreSignaled) {
    const auto first = create_call<AsyncIWork>(work_.get()), second = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(first->Begin_Wait(), S_OK);
    wait_until_begun(1);
    ASSERT_EQ(second->Begin_Wait(), S_OK);
    wait_until_begun(2);
    auto waiting = served.take_waiting();
    LONG thread = 0;
    waiting[0].as<ISynchronize>()->Signal();
    EXPECT_EQ(first->Finish_Wait(&thread), S_OK) << "the one that was begun first, and is the lower one on no stack";
    EXPECT_EQ(second.as<ISynchronize>()->Wait(0, 0), RPC_S_CALLPENDING);
    waiting[1].as<ISynchronize>()->Signal();
    EXPECT_EQ(second->Finish_Wait(&thread), S_OK);
}

TEST_P(AsyncServers, NoThreadWaitsForCallObjects) {
    constexpr int kMany = 500;
    LONG sum = 0, thread = 0;
    EXPECT_EQ(work_->Add(1, 2, &sum), S_OK);
    const int before = threads_of(static_cast<LONG>(::gettid()));
    std::vector<ComPtr<AsyncIWork>> calls;
    for (int i = 0; i < kMany; ++i) {
        calls.push_back(create_call<AsyncIWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Wait(), S_OK);
    }
    wait_until_begun(1 + kMany);
    EXPECT_EQ(served.alive, kMany);
    EXPECT_LT(threads_of(static_cast<LONG>(::gettid())), before + 20) << "those that have run Begin_";
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    for (const auto& call : calls) EXPECT_EQ(call->Finish_Wait(&thread), S_OK);
}

TEST_P(AsyncServers, ArgumentsStayUntilFinishHasReturned) {
    const auto helper = ComPtr<Work>::attach(new Work);
    {
        Keeping keeping(work_.get()), other(work_.get());
        ASSERT_EQ(keeping.begin(helper.get()), S_OK);
        ASSERT_EQ(other.begin(helper.get()), S_OK);
        wait_until_begun(2);
        EXPECT_EQ(work_->Open(TRUE), S_OK);
        EXPECT_EQ(keeping.finish(), S_OK);
        keeping.expect_results();
        EXPECT_EQ(other.finish(), S_OK);
        other.expect_results();
    }
    EXPECT_EQ(served.context->QueryBlanket(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), RPC_E_CALL_COMPLETE);
}

TEST_P(AsyncServers, CallObjectsThatAreLetGoWithoutSignalEndTheirCalls) {
    const auto call = create_call<AsyncIWork>(work_.get());
    const auto helper = ComPtr<Work>::attach(new Work);
    Keeping keeping(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    ASSERT_EQ(keeping.begin(helper.get()), S_OK);
    wait_until_begun(2);
    EXPECT_EQ(work_->Open(FALSE), S_OK);
    LONG thread = 7;
    EXPECT_EQ(call->Finish_Wait(&thread), RPC_E_SERVER_DIED);
    EXPECT_EQ(thread, 0);
    EXPECT_EQ(keeping.finish(), RPC_E_SERVER_DIED);
    EXPECT_EQ(served.finished, 1) << "that of Open";
    EXPECT_EQ(served.alive, 0);
    // TearDown: the helper is nobody's any more.
}

TEST_P(AsyncServers, ApartmentsThatEndEndTheirCalls) {
    const auto call = create_call<AsyncIWork>(work_.get());
    const auto helper = ComPtr<Work>::attach(new Work);
    Keeping keeping(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    ASSERT_EQ(keeping.begin(helper.get()), S_OK);
    wait_until_begun(2);
    end_server();
    LONG thread = 0;
    EXPECT_EQ(call->Finish_Wait(&thread), RPC_E_DISCONNECTED);
    EXPECT_EQ(keeping.finish(), RPC_E_DISCONNECTED);
    EXPECT_EQ(served.finished, 0);
    for (const auto& waiting : served.take_waiting()) EXPECT_EQ(waiting.as<ISynchronize>()->Signal(), S_OK);  // which does nothing any more
}

TEST_P(AsyncServers, CallsOutliveTheirObjectsLastReference) {
    Keeping keeping(work_.get());
    const auto helper = ComPtr<Work>::attach(new Work);
    ASSERT_EQ(keeping.begin(helper.get()), S_OK);
    wait_until_begun(1);
    packet_->Seek({}, STREAM_SEEK_SET, nullptr);
    CoReleaseMarshalData(packet_.get());
    work_.reset();
    for (const auto& waiting : served.take_waiting()) waiting.as<ISynchronize>()->Signal();
    EXPECT_EQ(keeping.finish(), S_OK);
    keeping.expect_results();
}

TEST_P(AsyncServers, CallsKnowThatTheyAreCancelled) {
    EXPECT_EQ(CoTestCancel(), RPC_E_CALL_COMPLETE) << "no call";
    const auto call = create_call<AsyncIWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    wait_until_begun(1);
    const auto context = served.cancels[0];
    EXPECT_EQ(context->TestCancel(), RPC_S_CALLPENDING);
    EXPECT_EQ(context->Cancel(0), E_ACCESSDENIED);
    EXPECT_EQ(call.as<ICancelMethodCalls>()->Cancel(0), S_OK);
    EXPECT_EQ(context->TestCancel(), RPC_E_CALL_CANCELED);
    LONG sum = 0, thread = 7;
    EXPECT_EQ(work_->Add(-1, 0, &sum), S_OK);
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(call->Finish_Wait(&thread), RPC_E_CALL_CANCELED);
    EXPECT_EQ(thread, 0);
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    while (served.finished < 3) std::this_thread::yield();  // Finish_Wait too, whose results nobody wants
    while (context->TestCancel() != RPC_E_CALL_COMPLETE) std::this_thread::yield();
}

TEST_P(AsyncServers, SignalsFromAnywhereAtAnyTimeEndEachCallOnce) {
    constexpr int kMany = 200;
    LONG thread = 0;
    for (int i = 0; i < kMany; ++i) EXPECT_EQ(work_->Thread(&thread), S_OK);
    EXPECT_EQ(served.finished, kMany);
}

}  // namespace
}  // namespace odc::test
