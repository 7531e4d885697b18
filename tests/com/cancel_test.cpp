// Synchronous calls that another thread cancels.
#include "marshaling.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

/// The apartment of the thread that calls; the object is in the multithreaded one, or in a single-threaded one.
class CancelledCalls : public testing::TestWithParam<DWORD> {
  protected:
    void SetUp() override {
        com::register_proxy_file(work_ProxyFile);
        Gate::instance().open(false);
        std::promise<void> ready;
        const DWORD other = GetParam() == COINIT_MULTITHREADED ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED;
        server_ = std::thread([this, &ready, other] {
            Joined joined(other);
            server_id_ = GetCurrentThreadId();
            MSG message;
            PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
            packet_ = marshal(static_cast<IMoreWork*>(ComPtr<Work>::attach(new Work).get()), IID_IMoreWork, MSHLFLAGS_TABLESTRONG);
            ready.set_value();
            if (other == COINIT_APARTMENTTHREADED) while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            else over_.get_future().wait();
            release(packet_.get());
        });
        ready.get_future().wait();
    }
    void TearDown() override {
        Gate::instance().open(true);
        if (GetParam() == COINIT_MULTITHREADED) PostThreadMessage(server_id_, WM_QUIT, 0, 0);
        else over_.set_value();
        server_.join();
        EXPECT_TRUE(Work::all_gone());
    }
    /// Runs `body` with a proxy of the object, on a thread of its own, whose id is `caller_` from then on.
    std::thread call(std::function<void(IMoreWork&)> body) {
        std::promise<void> known;
        std::thread caller([this, &known, body = std::move(body)] {
            Joined joined(GetParam());
            const auto work = unmarshal<IMoreWork>(packet_.get());
            caller_ = GetCurrentThreadId();
            known.set_value();
            body(*work);
        });
        known.get_future().wait();
        return caller;
    }
    /// Cancels the caller's call as soon as there is one.
    HRESULT cancel(ULONG seconds) {
        HRESULT hr;
        while ((hr = CoCancelCall(caller_, seconds)) == E_NOINTERFACE || hr == CO_E_CANCEL_DISABLED) std::this_thread::yield();
        return hr;
    }
    std::thread server_;
    std::promise<void> over_;
    DWORD server_id_ = 0, caller_ = 0;
    ComPtr<IStream> packet_;
};
INSTANTIATE_TEST_SUITE_P(Apartments, CancelledCalls, testing::Values(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED),
                         [](const auto& test) { return test.param == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded"; });

TEST_P(CancelledCalls, ReturnAtOnce) {
    std::thread caller = call([](IMoreWork& work) {
        EXPECT_EQ(CoEnableCallCancellation(nullptr), S_OK);
        LONG waiting = 7, sum = 0;
        EXPECT_EQ(work.Wait(&waiting), RPC_E_CALL_CANCELED);
        EXPECT_EQ(waiting, 0);
        Gate::instance().open(true);
        EXPECT_EQ(work.Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
        EXPECT_EQ(CoDisableCallCancellation(nullptr), S_OK);
    });
    EXPECT_EQ(cancel(0), S_OK);
    caller.join();
    HRESULT hr;
    while ((hr = CoCancelCall(caller_, 0)) == CO_E_CANCEL_DISABLED) std::this_thread::yield();  // until the kernel has forgotten it
    EXPECT_EQ(hr, E_INVALIDARG) << "the thread is gone";
}

TEST_P(CancelledCalls, MayEndByThemselvesInTime) {
    std::thread caller = call([](IMoreWork& work) {
        CoEnableCallCancellation(nullptr);
        LONG waiting = 0;
        EXPECT_EQ(work.Wait(&waiting), S_OK);
        EXPECT_EQ(waiting, 1);
    });
    ComPtr<ICancelMethodCalls> object;
    while (CoGetCancelObject(caller_, IID_ICancelMethodCalls, object.put_void()) != S_OK) std::this_thread::yield();
    std::thread opener([] {
        Gate::instance().wait_until_waiting(1);
        Gate::instance().open(true);
    });
    EXPECT_EQ(object->Cancel(INFINITE), RPC_E_CALL_COMPLETE);
    opener.join();
    caller.join();
}

TEST_P(CancelledCalls, AreThoseOfThreadsThatAllowIt) {
    void* none = this;
    EXPECT_EQ(CoGetCancelObject(0, IID_ICancelMethodCalls, nullptr), E_INVALIDARG);
    EXPECT_EQ(CoGetCancelObject(0x7FFFFFFE, IID_ICancelMethodCalls, &none), E_INVALIDARG);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(CoCancelCall(0, 0), CO_E_CANCEL_DISABLED);
    EXPECT_EQ(CoEnableCallCancellation(nullptr), S_OK);
    EXPECT_EQ(CoCancelCall(0, 0), E_NOINTERFACE) << "this thread waits for nothing";
    EXPECT_EQ(CoDisableCallCancellation(nullptr), S_OK);
    EXPECT_EQ(CoDisableCallCancellation(nullptr), CO_E_CANCEL_DISABLED);
    std::thread caller = call([](IMoreWork& work) {
        LONG waiting = 0;
        EXPECT_EQ(work.Wait(&waiting), S_OK);
    });
    Gate::instance().wait_until_waiting(1);
    EXPECT_EQ(CoCancelCall(caller_, 0), CO_E_CANCEL_DISABLED);
    Gate::instance().open(true);
    caller.join();
}

TEST_P(CancelledCalls, ObjectsOfCallsOutliveThem) {
    ComPtr<ICancelMethodCalls> object;
    std::thread caller = call([](IMoreWork& work) {
        CoEnableCallCancellation(nullptr);
        LONG waiting = 0;
        EXPECT_EQ(work.Wait(&waiting), S_OK);
    });
    HRESULT hr;
    while ((hr = CoGetCancelObject(caller_, IID_ICancelMethodCalls, object.put_void())) != S_OK) std::this_thread::yield();
    EXPECT_EQ(object->TestCancel(), RPC_S_CALLPENDING);
    Gate::instance().open(true);
    caller.join();
    EXPECT_EQ(object->TestCancel(), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(object->Cancel(0), RPC_E_CALL_COMPLETE);
}

TEST_P(CancelledCalls, CallsThatCanBeAreOtherwiseTheSame) {
    std::thread caller = call([](IMoreWork& work) {
        CoEnableCallCancellation(nullptr);
        for (int i = 0; i < 200; ++i) {
            LONG sum = 0;
            ASSERT_EQ(work.Add(i, 1, &sum), S_OK);
            ASSERT_EQ(sum, i + 1);
        }
        EXPECT_EQ(work.Fail(E_ACCESSDENIED), E_ACCESSDENIED);
        OLECHAR* greeting = nullptr;
        ASSERT_EQ(work.Greet(reinterpret_cast<LPCOLESTR>(u"Ada"), &greeting), S_OK);
        CoTaskMemFree(greeting);
        CoDisableCallCancellation(nullptr);
    });
    caller.join();
}

}  // namespace
}  // namespace odc::test
