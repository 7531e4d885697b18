// Asynchronous calls to another process and to another host.
#include "fake_host.h"
#include "hosts.h"
#include "registry/class_records.h"
#include "opendcom/com/interface_info.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

using namespace std::chrono_literals;

struct Way {
    DWORD apartment;
    bool other_host;
};

class AsyncCallsAcross : public testing::TestWithParam<Way> {
  protected:
    void SetUp() override {
        com::register_proxy_file(work_ProxyFile);
        joined_.emplace(GetParam().apartment);
        if (GetParam().other_host) {
            lola_.emplace();
            lola_->register_peer("--work");
        } else {
            own_host().register_peer("--work");
        }
        work_ = create();
        ASSERT_TRUE(work_);
        ASSERT_EQ(work_->Open(FALSE), S_OK);
    }
    void TearDown() override {
        if (work_) work_->Open(TRUE);
        work_.reset();
        joined_.reset();
        if (!GetParam().other_host) own_host().unregister_peer();
    }
    ComPtr<IMoreWork> create() {
        if (GetParam().other_host) return create_on<IMoreWork>(lola_->name());
        ComPtr<IMoreWork> work;
        EXPECT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IMoreWork, work.put_void()), S_OK);
        return work;
    }
    std::optional<InApartment> joined_;
    std::optional<Host> lola_;
    ComPtr<IMoreWork> work_;
};
INSTANTIATE_TEST_SUITE_P(Ways, AsyncCallsAcross,
                         testing::Values(Way{COINIT_MULTITHREADED, false}, Way{COINIT_MULTITHREADED, true}, Way{COINIT_APARTMENTTHREADED, false},
                                         Way{COINIT_APARTMENTTHREADED, true}),
                         [](const auto& test) {
                             return std::string(test.param.apartment == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded") +
                                    (test.param.other_host ? "ToAnotherHost" : "ToAnotherProcess");
                         });

TEST_P(AsyncCallsAcross, BeginReturnsBeforeTheMethodDoes) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    EXPECT_EQ(call->Begin_Wait(), RPC_S_CALLPENDING);
    const auto synchronize = call.as<ISynchronize>();
    EXPECT_EQ(synchronize->Wait(0, 0), RPC_S_CALLPENDING);
    LONG sum = 0;
    EXPECT_EQ(work_->Add(1, 2, &sum), S_OK);  // a call in between, by the same thread
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(synchronize->Wait(0, 5), RPC_S_CALLPENDING);
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    EXPECT_EQ(synchronize->Wait(0, INFINITE), S_OK);
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    EXPECT_EQ(waiting, 1);
    EXPECT_EQ(call->Finish_Wait(&waiting), RPC_E_CALL_COMPLETE);
}

TEST_P(AsyncCallsAcross, ManyCallsAreOnTheirWayAtOnce) {
    std::vector<ComPtr<AsyncIMoreWork>> calls;
    for (int i = 0; i < 20; ++i) {
        calls.push_back(create_call<AsyncIMoreWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Wait(), S_OK);
    }
    const auto opener = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(opener->Begin_Open(TRUE), S_OK);
    ASSERT_EQ(opener->Finish_Open(), S_OK);
    for (const auto& call : calls) {
        LONG waiting = 0;
        EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
        EXPECT_GE(waiting, 1);
    }
}

TEST_P(AsyncCallsAcross, CarryArgumentsAndResults) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Greet(reinterpret_cast<LPCOLESTR>(u"Ada")), S_OK);
    OLECHAR* greeting = nullptr;
    ASSERT_EQ(call->Finish_Greet(&greeting), S_OK);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(greeting)), u"Hello, Ada");
    CoTaskMemFree(greeting);
    std::vector<LONG> numbers(100'000);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<LONG>(numbers.size() - i);
    const auto n = static_cast<ULONG>(numbers.size());
    ASSERT_EQ(call->Begin_Sort(&n, numbers.data()), S_OK);
    ASSERT_EQ(call->Finish_Sort(numbers.data()), S_OK);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    EXPECT_EQ(numbers.front(), 1);
    ASSERT_EQ(call->Begin_Fail(E_ACCESSDENIED), S_OK);
    EXPECT_EQ(call->Finish_Fail(), E_ACCESSDENIED);
}

TEST_P(AsyncCallsAcross, CarryInterfacePointersBothWays) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ComPtr<IWork> child;
    ASSERT_EQ(call->Begin_Child(), S_OK);
    ASSERT_EQ(call->Finish_Child(child.put()), S_OK);
    LONG sum = 0;
    EXPECT_EQ(child->Add(2, 3, &sum), S_OK);
    EXPECT_EQ(sum, 5);
    {
        const auto helper = ComPtr<Work>::attach(new Work);
        ASSERT_EQ(call->Begin_Through(helper.get(), 20, 3), S_OK);
        EXPECT_EQ(call->Finish_Through(&sum), S_OK);  // which serves the callback in a single-threaded apartment
        EXPECT_EQ(sum, 23);
    }
    child.reset();
}

TEST_P(AsyncCallsAcross, MethodsWithACallAsFormHaveBothHalves) { check_call_as_halves(work_.get()); }

TEST_P(AsyncCallsAcross, ReferencesInResultsThatNobodyTakesAreGivenBack) {
    auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Children(3), S_OK);
    call.reset();  // before the reply, or after it
    call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Children(2), S_OK);
    ASSERT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    call.reset();  // after it
    call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Clones(nullptr), S_OK);
    call.reset();  // of a [call_as] form
    LONG objects = 0;
    for (const auto start = std::chrono::steady_clock::now(); objects != 1 && std::chrono::steady_clock::now() - start < 15s;)
        ASSERT_EQ(work_->Objects(&objects), S_OK);
    EXPECT_EQ(objects, 1);
}

TEST_P(AsyncCallsAcross, CancelledCallsAreFinishedAtOnceAndTheirResultsGivenBack) {
    const ULONG four = 4;
    IWork* clones[4] = {};
    LONG sum = 0, objects = 0;
    {
        const auto call = create_call<AsyncIMoreWork>(work_.get());
        const auto cancel = call.as<ICancelMethodCalls>();
        auto released = create_call<AsyncIMoreWork>(work_.get());
        ASSERT_EQ(released->Begin_Clones(&four), S_OK);
        EXPECT_EQ(released.as<ICancelMethodCalls>()->Cancel(0), S_OK);
        released.reset();  // not even finished
        ASSERT_EQ(call->Begin_Clones(&four), S_OK);
        EXPECT_EQ(cancel->TestCancel(), RPC_S_CALLPENDING);
        EXPECT_EQ(cancel->Cancel(0), S_OK);
        EXPECT_EQ(cancel->Cancel(0), RPC_E_CALL_CANCELED);
        EXPECT_EQ(call->Finish_Clones(clones), RPC_E_CALL_CANCELED);
        EXPECT_EQ(work_->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(call->Begin_Add(1, 2), RPC_S_CALLPENDING);
        EXPECT_EQ(work_->Open(TRUE), S_OK);
        HRESULT hr;
        while ((hr = call->Begin_Add(1, 2)) == RPC_S_CALLPENDING) ASSERT_EQ(work_->Add(1, 2, &sum), S_OK);
        ASSERT_EQ(hr, S_OK);
        EXPECT_EQ(cancel->Cancel(INFINITE), RPC_E_CALL_COMPLETE);
        EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    }
    for (const auto start = std::chrono::steady_clock::now(); objects != 1 && std::chrono::steady_clock::now() - start < 15s;)
        ASSERT_EQ(work_->Objects(&objects), S_OK);
    EXPECT_EQ(objects, 1);
}

TEST_P(AsyncCallsAcross, SynchronousCallsAreCancelledByOtherThreads) {
    const DWORD caller = GetCurrentThreadId();
    EXPECT_EQ(CoEnableCallCancellation(nullptr), S_OK);
    for (int i = 0; i < 3; ++i) {
        std::thread canceller([caller] {
            HRESULT hr;
            while ((hr = CoCancelCall(caller, 0)) == E_NOINTERFACE) std::this_thread::yield();
            EXPECT_EQ(hr, S_OK);
        });
        LONG waiting = 7;
        EXPECT_EQ(work_->Wait(&waiting), RPC_E_CALL_CANCELED);
        EXPECT_EQ(waiting, 0);
        canceller.join();
        LONG sum = 0;
        EXPECT_EQ(work_->Add(i, 2, &sum), S_OK);
        EXPECT_EQ(sum, i + 2);
    }
    EXPECT_EQ(CoDisableCallCancellation(nullptr), S_OK);
    EXPECT_EQ(work_->Open(TRUE), S_OK);
}

TEST_P(AsyncCallsAcross, ServerThatDiesEndsItsCalls) {
    std::vector<ComPtr<AsyncIMoreWork>> calls;
    for (int i = 0; i < 10; ++i) {
        calls.push_back(create_call<AsyncIMoreWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Wait(), S_OK);
    }
    calls.back().reset();  // nobody wants its results
    calls.pop_back();
    const auto last = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(last->Begin_Die(), S_OK);
    EXPECT_EQ(last.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    EXPECT_EQ(last->Finish_Die(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    for (const auto& call : calls) {
        LONG waiting = 7;
        EXPECT_EQ(call->Finish_Wait(&waiting), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
        EXPECT_EQ(waiting, 0);
    }
    const HRESULT hr = last->Begin_Die();
    EXPECT_TRUE(hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == RPC_E_DISCONNECTED) << std::hex << hr;
    LONG sum = 0;
    EXPECT_EQ(last->Finish_Add(&sum), RPC_E_CALL_COMPLETE) << "a Begin_ that failed has nothing to finish";
}

TEST_P(AsyncCallsAcross, ClientApartmentMayEndBeforeItsCalls) {
    std::thread([this] {
        const InApartment client(COINIT_APARTMENTTHREADED);
        const auto work = create();
        ASSERT_TRUE(work);
        const auto wait = create_call<AsyncIMoreWork>(work.get()), children = create_call<AsyncIMoreWork>(work.get());
        ASSERT_EQ(wait->Begin_Wait(), S_OK);
        ASSERT_EQ(children->Begin_Children(2), S_OK);
        CoUninitialize();
        EXPECT_EQ(children->Begin_Add(1, 2), CO_E_OBJNOTCONNECTED);
        EXPECT_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);  // another one
        LONG waiting = 0;
        EXPECT_EQ(wait->Finish_Wait(&waiting), RPC_E_WRONG_THREAD);
    }).join();
    EXPECT_EQ(work_->Open(TRUE), S_OK);
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    LONG waiting = 0;
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
}

TEST(AsyncInterfaces, AreRegisteredWithTheirSynchronousOnes) {
    const com::ProxyFile* const files[] = {&work_ProxyFile};
    ASSERT_EQ(com::register_proxy_library(files, IID_IMoreWork, reinterpret_cast<const void*>(&own_host), false), S_OK);
    const auto async = registry::find_interface(IID_AsyncIMoreWork);
    ASSERT_TRUE(async);
    EXPECT_EQ((*async)->synchronous, IID_IMoreWork);
    EXPECT_EQ((*async)->name, "AsyncIMoreWork");
    EXPECT_TRUE((*registry::find_interface(IID_IMoreWork))->proxy_stub);
    ASSERT_EQ(com::register_proxy_library(files, IID_IMoreWork, reinterpret_cast<const void*>(&own_host), true), S_OK);
    EXPECT_FALSE(registry::find_interface(IID_AsyncIMoreWork));
    EXPECT_FALSE(registry::find_interface(IID_IMoreWork));
}

/// An object of a host that answers every call without results.
ComPtr<IMoreWork> object_of(const FakeHost& host) {
    const auto bytes = FakeHost::bytes_of(host.objref(IID_IMoreWork));
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    ComPtr<IMoreWork> object;
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_IMoreWork, object.put_void()), S_OK);
    return object;
}

TEST(AsyncCallsOnTheWire, AreTheSynchronousCalls) {
    com::register_proxy_file(work_ProxyFile);
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost host;
    {
        const auto work = object_of(host);
        ASSERT_TRUE(work);
        const auto call = create_call<AsyncIMoreWork>(work.get());
        LONG sum = 0, same = 0;
        EXPECT_EQ(work->Add(1, 2, &sum), S_OK);
        ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
        EXPECT_EQ(call->Finish_Add(&same), S_OK);
        EXPECT_EQ(sum, same);
        EXPECT_EQ(work->Open(TRUE), S_OK);
        ASSERT_EQ(call->Begin_Open(TRUE), S_OK);
        EXPECT_EQ(call->Finish_Open(), S_OK);
        // The host has no results for these: the proxy and the call object say so alike.
        const auto bad = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
        OLECHAR* text = nullptr;
        EXPECT_EQ(work->Greet(reinterpret_cast<LPCOLESTR>(u"Ada"), &text), bad);
        ASSERT_EQ(call->Begin_Greet(reinterpret_cast<LPCOLESTR>(u"Ada")), S_OK);
        EXPECT_EQ(call->Finish_Greet(&text), bad);
        const ULONG n = 3;
        LONG numbers[3] = {3, 1, 2}, others[3] = {3, 1, 2};
        EXPECT_EQ(work->Sort(&n, numbers), bad);
        ASSERT_EQ(call->Begin_Sort(&n, others), S_OK);
        EXPECT_EQ(call->Finish_Sort(others), bad);
        Note note{5, const_cast<OLECHAR*>(reinterpret_cast<const OLECHAR*>(u"x"))};
        EXPECT_EQ(work->Answer(&note), bad);
        ASSERT_EQ(call->Begin_Answer(&note), S_OK);
        EXPECT_EQ(call->Finish_Answer(&note), bad);
        EXPECT_EQ(note.number, 5) << "as it was";
    }
    const auto requests = host.requests();
    ASSERT_GE(requests.size(), 10u);
    for (std::size_t i = 0; i < 10; i += 2) EXPECT_EQ(requests[i], requests[i + 1]) << requests[i].arguments << "\n" << requests[i + 1].arguments;
    EXPECT_EQ(requests[0].opnum, 3);
    EXPECT_NE(requests[4].arguments, requests[6].arguments);
}

}  // namespace
}  // namespace odc::test
