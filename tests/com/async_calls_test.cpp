// Asynchronous calls between the apartments of one process, and behaviour 72.
#include "cguid.h"
#include "marshaling.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

/// A thread with an apartment in which a Work lives.
class Worker {
  public:
    explicit Worker(DWORD kind) {
        std::promise<void> ready;
        thread_ = std::thread([this, kind, &ready] {
            Joined joined(kind);
            thread = static_cast<LONG>(::gettid());
            id_ = GetCurrentThreadId();
            MSG message;
            if (kind == COINIT_APARTMENTTHREADED) PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
            {
                const auto work = ComPtr<Work>::attach(new Work);
                packet_ = marshal(static_cast<IMoreWork*>(work.get()), IID_IMoreWork, MSHLFLAGS_TABLESTRONG);
            }
            ready.set_value();
            if (kind == COINIT_APARTMENTTHREADED) while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            else over_.get_future().wait();
        });
        kind_ = kind;
        ready.get_future().wait();
    }
    ~Worker() { end(); }
    void end() {
        if (!thread_.joinable()) return;
        Gate::instance().open(true);
        if (kind_ == COINIT_APARTMENTTHREADED) PostThreadMessage(id_, WM_QUIT, 0, 0);
        else over_.set_value();
        thread_.join();
    }
    ComPtr<IMoreWork> unmarshal() { return test::unmarshal<IMoreWork>(packet_.get()); }
    LONG thread = 0;

  private:
    std::thread thread_;
    DWORD kind_ = 0, id_ = 0;
    ComPtr<IStream> packet_;
    std::promise<void> over_;
};

/// Client and server of each pair of kinds: the caller's apartment, the object's.
struct Kinds {
    DWORD client, server;
};

class AsyncCalls : public testing::TestWithParam<Kinds> {
  protected:
    void SetUp() override {
        com::register_proxy_file(work_ProxyFile);
        Gate::instance().open(false);
        ASSERT_EQ(Work::alive, 0);
        joined_.emplace(GetParam().client);
        worker_.emplace(GetParam().server);
        work_ = worker_->unmarshal();
    }
    void TearDown() override {
        work_.reset();
        worker_.reset();
        joined_.reset();
        EXPECT_TRUE(Work::all_gone());
    }
    std::optional<Joined> joined_;
    std::optional<Worker> worker_;
    ComPtr<IMoreWork> work_;
};
// The multithreaded apartment is one per process: its objects are no proxies to its own threads.
INSTANTIATE_TEST_SUITE_P(Apartments, AsyncCalls,
                         testing::Values(Kinds{COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED},
                                         Kinds{COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED},
                                         Kinds{COINIT_APARTMENTTHREADED, COINIT_APARTMENTTHREADED}),
                         [](const auto& test) {
                             const auto name = [](DWORD kind) { return kind == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded"; };
                             return std::string(name(test.param.client)) + name(test.param.server);
                         });

TEST_P(AsyncCalls, BeginReturnsBeforeTheMethodDoes) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    Gate::instance().wait_until_waiting(1);
    const auto synchronize = call.as<ISynchronize>();
    EXPECT_EQ(synchronize->Wait(0, 0), RPC_S_CALLPENDING);
    EXPECT_EQ(synchronize->Wait(0, 10), RPC_S_CALLPENDING);
    Gate::instance().open(true);
    EXPECT_EQ(synchronize->Wait(0, INFINITE), S_OK);
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    EXPECT_EQ(waiting, 1);
}

TEST_P(AsyncCalls, FinishWaitsByItself) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    std::thread opener([] {
        Gate::instance().wait_until_waiting(1);
        Gate::instance().open(true);
    });
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    EXPECT_EQ(waiting, 1);
    opener.join();
}

TEST_P(AsyncCalls, RunInTheApartmentOfTheObject) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Thread(), S_OK);
    LONG thread = 0;
    ASSERT_EQ(call->Finish_Thread(&thread), S_OK);
    if (GetParam().server == COINIT_APARTMENTTHREADED) {
        EXPECT_EQ(thread, worker_->thread);
    }
    EXPECT_NE(thread, static_cast<LONG>(::gettid()));
}

TEST_P(AsyncCalls, OneObjectMakesOneCallAfterTheOther) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    for (LONG i = 0; i < 100; ++i) {
        ASSERT_EQ(call->Begin_Add(i, 1), S_OK);
        LONG sum = 0;
        ASSERT_EQ(call->Finish_Add(&sum), S_OK);
        EXPECT_EQ(sum, i + 1);
    }
}

TEST_P(AsyncCalls, ManyObjectsCallAtOnce) {
    std::vector<ComPtr<AsyncIMoreWork>> calls;
    for (LONG i = 0; i < 50; ++i) {
        calls.push_back(create_call<AsyncIMoreWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Add(i, i), S_OK);
    }
    for (LONG i = 50; i-- > 0;) {
        LONG sum = 0;
        EXPECT_EQ(calls[static_cast<std::size_t>(i)]->Finish_Add(&sum), S_OK);
        EXPECT_EQ(sum, 2 * i);
    }
}

TEST_P(AsyncCalls, SecondBeginIsPendingUntilTheCallIsFinished) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    EXPECT_EQ(call->Begin_Wait(), RPC_S_CALLPENDING);
    EXPECT_EQ(call->Begin_Add(1, 2), RPC_S_CALLPENDING);
    Gate::instance().open(true);
    EXPECT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    EXPECT_EQ(call->Begin_Add(1, 2), RPC_S_CALLPENDING) << "its results wait to be taken";
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    EXPECT_EQ(call->Begin_Add(1, 2), S_OK);
    EXPECT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    EXPECT_EQ(sum, 3);
}

TEST_P(AsyncCalls, FinishNeedsItsOwnBegin) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    LONG sum = 7;
    EXPECT_EQ(call->Finish_Add(&sum), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(sum, 0);
    ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
    EXPECT_EQ(call->Finish_Open(), E_UNEXPECTED);
    EXPECT_EQ(call->Finish_Add(nullptr), HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)) << "and the call stays outstanding";
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(call->Finish_Add(&sum), RPC_E_CALL_COMPLETE);
}

TEST_P(AsyncCalls, BeginThatCannotWriteLeavesTheObjectFree) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    EXPECT_EQ(call->Begin_Greet(nullptr), HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
    EXPECT_EQ(call->Begin_Open(TRUE), S_OK);
    EXPECT_EQ(call->Finish_Open(), S_OK);
}

TEST_P(AsyncCalls, GiveTheMethodsOwnResult) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    for (const HRESULT hr : {S_FALSE, E_ACCESSDENIED, HRESULT{0x12345}}) {
        ASSERT_EQ(call->Begin_Fail(hr), S_OK);
        EXPECT_EQ(call->Finish_Fail(), hr);
    }
}

TEST_P(AsyncCalls, CarryArgumentsAndResultsOfAllKinds) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Greet(reinterpret_cast<LPCOLESTR>(u"Ada")), S_OK);
    OLECHAR* greeting = nullptr;
    ASSERT_EQ(call->Finish_Greet(&greeting), S_OK);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(greeting)), u"Hello, Ada");
    CoTaskMemFree(greeting);

    // The size is Begin_'s, the array and the length Finish_'s.
    ASSERT_EQ(call->Begin_Count(5, 3), S_OK);
    LONG numbers[6] = {9, 9, 9, 9, 9, 9};
    ULONG count = 0;
    ASSERT_EQ(call->Finish_Count(numbers, &count), S_OK);
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(std::vector<LONG>(numbers, numbers + 6), (std::vector<LONG>{0, 1, 2, 0, 0, 9}));

    LONG unsorted[4] = {4, 1, 3, 2}, sorted[4] = {};
    {
        const ULONG n = 4;  // gone when the call is finished
        ASSERT_EQ(call->Begin_Sort(&n, unsorted), S_OK);
    }
    ASSERT_EQ(call->Finish_Sort(sorted), S_OK);
    EXPECT_EQ(std::vector<LONG>(sorted, sorted + 4), (std::vector<LONG>{1, 2, 3, 4}));
    EXPECT_EQ(unsorted[0], 4);

    Note note{1, nullptr};
    ASSERT_EQ(call->Begin_Answer(&note), S_OK);
    ASSERT_EQ(call->Finish_Answer(&note), S_OK);
    ASSERT_EQ(call->Begin_Answer(&note), S_OK);
    ASSERT_EQ(call->Finish_Answer(&note), S_OK);
    EXPECT_EQ(note.number, 3);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(note.text)), u"re: re: nothing");
    CoTaskMemFree(note.text);

    ASSERT_EQ(call->Begin_put_Number(42), S_OK);
    ASSERT_EQ(call->Finish_put_Number(), S_OK);
    LONG number = 0;
    ASSERT_EQ(call->Begin_get_Number(), S_OK);
    ASSERT_EQ(call->Finish_get_Number(&number), S_OK);
    EXPECT_EQ(number, 42);
}

TEST_P(AsyncCalls, CarryInterfacePointers) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ComPtr<IWork> child;
    ASSERT_EQ(call->Begin_Child(), S_OK);
    ASSERT_EQ(call->Finish_Child(child.put()), S_OK);
    LONG sum = 0;
    EXPECT_EQ(child->Add(2, 3, &sum), S_OK);
    EXPECT_EQ(sum, 5);

    ComPtr<IWork> again;
    {
        const IID iid = IID_IWork;  // gone when the call is finished
        ASSERT_EQ(call->Begin_Query(iid), S_OK);
    }
    ASSERT_EQ(call->Finish_Query(again.put_void()), S_OK);
    EXPECT_EQ(again.as<IUnknown>().get(), work_.as<IUnknown>().get());
}

TEST_P(AsyncCalls, CallbacksAreServedWhileFinishWaits) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    const auto helper = ComPtr<Work>::attach(new Work);
    ASSERT_EQ(call->Begin_Through(helper.get(), 20, 3), S_OK);
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Through(&sum), S_OK);
    EXPECT_EQ(sum, 23);
}

TEST_P(AsyncCalls, CallbacksAreServedWhileASynchronizeIsWaitedFor) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    const auto helper = ComPtr<Work>::attach(new Work);
    ASSERT_EQ(call->Begin_Through(helper.get(), 20, 3), S_OK);
    EXPECT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Through(&sum), S_OK);
    EXPECT_EQ(sum, 23);
}

TEST_P(AsyncCalls, HandleOfTheCallIsReadyWithItsReply) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    HANDLE handle = nullptr;
    ASSERT_EQ(call.as<ISynchronizeHandle>()->GetHandle(&handle), S_OK);
    DWORD index = 9;
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, &handle, &index), RPC_S_CALLPENDING);
    Gate::instance().open(true);
    EXPECT_EQ(CoWaitForMultipleHandles(0, INFINITE, 1, &handle, &index), S_OK);
    EXPECT_EQ(index, 0u);
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
}

TEST_P(AsyncCalls, ReleasedCallObjectThrowsItsResultsAway) {
    auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Child(), S_OK);
    call.reset();
    call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Children(3), S_OK);
    EXPECT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
    EXPECT_GE(Work::alive, 4);
    call.reset();
    call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    call.reset();
    Gate::instance().open(true);
    call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    // TearDown: no object is left.
}

TEST_P(AsyncCalls, ApartmentThatEndsDisconnectsItsCalls) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    const auto late = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    Gate::instance().wait_until_waiting(1);
    if (GetParam().server == COINIT_APARTMENTTHREADED) {
        ASSERT_EQ(late->Begin_Add(1, 2), S_OK);  // waits in the queue of a thread that is going to end
    }
    worker_->end();
    LONG waiting = 0, sum = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK) << "it ran to its end";
    const HRESULT hr = late->Finish_Add(&sum);
    if (GetParam().server == COINIT_APARTMENTTHREADED) {
        EXPECT_TRUE(hr == S_OK || hr == RPC_E_DISCONNECTED) << std::hex << hr;
    } else {
        EXPECT_EQ(hr, RPC_E_CALL_COMPLETE);
    }
    EXPECT_EQ(late->Begin_Add(1, 2), RPC_E_DISCONNECTED);
}

TEST_P(AsyncCalls, OtherApartmentsMayNotUseTheCallObject) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
    on_thread([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        LONG sum = 0;
        EXPECT_EQ(call->Finish_Add(&sum), RPC_E_WRONG_THREAD);
        EXPECT_EQ(call->Begin_Add(1, 2), RPC_E_WRONG_THREAD);
    });
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
}

TEST_P(AsyncCalls, MethodsWithACallAsFormHaveBothHalves) { check_call_as_halves(work_.get()); }

TEST_P(AsyncCalls, ContainersWaitForWhicheverCallEndsFirst) {
    ComPtr<ISynchronizeContainer> container;
    ASSERT_EQ(CoCreateInstance(CLSID_SynchronizeContainer, nullptr, CLSCTX_INPROC_SERVER, IID_ISynchronizeContainer, container.put_void()), S_OK);
    std::vector<ComPtr<AsyncIMoreWork>> calls;
    for (int i = 0; i < 3; ++i) {
        calls.push_back(create_call<AsyncIMoreWork>(work_.get()));
        ASSERT_EQ(calls.back()->Begin_Add(i, 1), S_OK);
        ASSERT_EQ(container->AddSynchronize(calls.back().as<ISynchronize>().get()), S_OK);
    }
    LONG all = 0;
    for (int i = 0; i < 3; ++i) {
        ComPtr<ISynchronize> ended;
        ASSERT_EQ(container->WaitMultiple(COWAIT_DEFAULT, INFINITE, ended.put()), S_OK);
        LONG sum = 0;
        EXPECT_EQ(ended.as<AsyncIMoreWork>()->Finish_Add(&sum), S_OK);
        all += sum;
    }
    EXPECT_EQ(all, 1 + 2 + 3);
}

TEST_P(AsyncCalls, CancelledCallIsFinishedAtOnce) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    const auto cancel = call.as<ICancelMethodCalls>();
    ASSERT_TRUE(cancel);
    EXPECT_EQ(cancel->Cancel(0), RPC_E_CALL_COMPLETE) << "nothing is outstanding";
    EXPECT_EQ(cancel->TestCancel(), RPC_E_CALL_COMPLETE);
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    EXPECT_EQ(cancel->TestCancel(), RPC_S_CALLPENDING);
    EXPECT_EQ(cancel->Cancel(0), S_OK);
    EXPECT_EQ(cancel->TestCancel(), RPC_E_CALL_CANCELED);
    EXPECT_EQ(cancel->Cancel(0), RPC_E_CALL_CANCELED);
    EXPECT_EQ(call.as<ISynchronize>()->Wait(0, 0), S_OK);
    LONG waiting = 7;
    EXPECT_EQ(call->Finish_Wait(&waiting), RPC_E_CALL_CANCELED);
    EXPECT_EQ(waiting, 0);
    EXPECT_EQ(call->Finish_Wait(&waiting), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(cancel->Cancel(0), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(call->Begin_Add(1, 2), RPC_S_CALLPENDING) << "the reply that nobody wants is still to come";
    Gate::instance().open(true);
    const auto other = create_call<AsyncIMoreWork>(work_.get());
    LONG sum = 0;
    HRESULT hr;
    do {  // serving what has to be done here
        ASSERT_EQ(other->Begin_Add(1, 2), S_OK);
        EXPECT_EQ(other->Finish_Add(&sum), S_OK);
    } while ((hr = call->Begin_Add(3, 4)) == RPC_S_CALLPENDING);
    ASSERT_EQ(hr, S_OK);
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    EXPECT_EQ(sum, 7);
}

TEST_P(AsyncCalls, CancelMayWaitForTheServer) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    std::thread opener([] { Gate::instance().open(true); });
    EXPECT_EQ(call.as<ICancelMethodCalls>()->Cancel(INFINITE), RPC_E_CALL_COMPLETE);
    opener.join();
    EXPECT_EQ(call.as<ICancelMethodCalls>()->TestCancel(), RPC_E_CALL_COMPLETE);
    LONG waiting = 0;
    EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
    EXPECT_EQ(waiting, 1);
}

TEST_P(AsyncCalls, ResultsOfCancelledCallsAreGivenBack) {
    const ULONG four = 4;
    IWork* clones[4] = {};
    const auto call = create_call<AsyncIMoreWork>(work_.get()), other = create_call<AsyncIMoreWork>(work_.get());
    ASSERT_EQ(call->Begin_Clones(&four), S_OK);
    EXPECT_EQ(call.as<ICancelMethodCalls>()->Cancel(0), S_OK);
    EXPECT_EQ(call->Finish_Clones(clones), RPC_E_CALL_CANCELED);
    Gate::instance().open(true);
    LONG sum = 0;
    while (call->Begin_Add(1, 2) == RPC_S_CALLPENDING) {  // until the results have come, and are thrown away
        ASSERT_EQ(other->Begin_Add(1, 2), S_OK);
        EXPECT_EQ(other->Finish_Add(&sum), S_OK);
    }
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    // TearDown: no object is left.
}

TEST_P(AsyncCalls, CallObjectIsOneObject) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    const auto identity = call.as<IUnknown>();
    for (const IID* iid : {&IID_IUnknown, &IID_AsyncIMoreWork, &IID_AsyncIWork, &IID_ISynchronize, &IID_ISynchronizeHandle, &IID_ICancelMethodCalls}) {
        ComPtr<IUnknown> other;
        ASSERT_EQ(call->QueryInterface(*iid, other.put_void()), S_OK);
        EXPECT_EQ(other.as<IUnknown>().get(), identity.get());
    }
    EXPECT_FALSE(call.as<IWork>());
    EXPECT_FALSE(call.as<ISynchronizeEvent>());
}

TEST_P(AsyncCalls, CallObjectKeepsTheServersObject) {
    const auto call = create_call<AsyncIMoreWork>(work_.get());
    work_.reset();
    ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
}

TEST_P(AsyncCalls, FactoryMakesCallsOfTheObjectsInterfacesOnly) {
    const auto factory = work_.as<ICallFactory>();
    ASSERT_TRUE(factory);
    EXPECT_EQ(factory.as<IUnknown>().get(), work_.as<IUnknown>().get());
    EXPECT_TRUE(create_call<AsyncIWork>(work_.get()));  // a base, which was not asked for yet
    ComPtr<IUnknown> none;
    EXPECT_EQ(factory->CreateCall(IID_IWork, nullptr, IID_IUnknown, none.put()), E_NOINTERFACE);
    EXPECT_EQ(factory->CreateCall(IID_AsyncIWork, nullptr, IID_ICalc, none.put()), E_NOINTERFACE);
    EXPECT_EQ(factory->CreateCall(IID_AsyncIWork, work_.get(), IID_AsyncIWork, none.put()), E_INVALIDARG);
    EXPECT_EQ(factory->CreateCall(IID_AsyncIWork, nullptr, IID_IUnknown, nullptr), E_POINTER);
}

TEST_P(AsyncCalls, ProxiesWithoutAsynchronousInterfacesHaveNoFactory) {
    com::register_proxy_file(calc_ProxyFile);
    ComPtr<IStream> packet;
    std::promise<void> marshaled, over;
    std::thread server([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        packet = marshal(static_cast<ICalc2*>(ComPtr<Calc>::attach(new Calc).get()));
        marshaled.set_value();
        over.get_future().wait();
    });
    marshaled.get_future().wait();
    {
        const auto calc = unmarshal(packet.get());
        EXPECT_FALSE(calc.as<ICallFactory>());
    }
    over.set_value();
    server.join();
}

// Aggregation: the client's own object, which is told of the end ----------------------------------------------------------

/// Has the call object inside, and its own ISynchronize.
class Client final : public implements<ISynchronize> {
  public:
    explicit Client(IUnknown* work) {
        const auto factory = ComPtr<IUnknown>::share(work).as<ICallFactory>();
        EXPECT_EQ(factory->CreateCall(IID_AsyncIMoreWork, identity(), IID_IUnknown, inner_.put()), S_OK);
    }
    ~Client() override { ended.set_value(); }
    IUnknown* identity() { return static_cast<ISynchronize*>(this); }
    HRESULT STDMETHODCALLTYPE Wait(DWORD, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Signal() override {
        APTTYPE type;
        APTTYPEQUALIFIER qualifier;
        initialized = CoGetApartmentType(&type, &qualifier);
        ++signals;
        signaled.set_value();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
        ++resets;
        return S_OK;
    }
    std::promise<void> signaled;
    std::promise<void>& ended = ended_of_last;
    static inline std::promise<void> ended_of_last;
    std::atomic<int> signals{0}, resets{0};
    HRESULT initialized = E_FAIL;

  protected:
    void* query_more(REFIID iid) override {
        void* found = nullptr;
        if (iid == IID_AsyncIMoreWork && SUCCEEDED(inner_->QueryInterface(iid, &found))) static_cast<IUnknown*>(found)->Release();
        return found;
    }

  private:
    ComPtr<IUnknown> inner_;
};

TEST_P(AsyncCalls, OuterObjectIsSignaledAtTheEnd) {
    Client::ended_of_last = {};
    {
        const auto client = ComPtr<Client>::attach(new Client(work_.get()));
        const auto call = ComPtr<IUnknown>::share(client->identity()).as<AsyncIMoreWork>();
        ASSERT_TRUE(call);
        EXPECT_EQ(call.as<IUnknown>().get(), client.as<IUnknown>().get());
        ASSERT_EQ(call->Begin_Wait(), S_OK);
        EXPECT_EQ(client->resets, 1);
        EXPECT_EQ(client->signals, 0);
        Gate::instance().open(true);
        client->signaled.get_future().wait();
        LONG waiting = 0;
        EXPECT_EQ(call->Finish_Wait(&waiting), S_OK);
        EXPECT_EQ(client->signals, 1);
    }
    Client::ended_of_last.get_future().wait();
}

TEST_P(AsyncCalls, OuterObjectLivesUntilItWasSignaled) {
    Client::ended_of_last = {};
    std::future<void> signaled;
    {
        const auto client = ComPtr<Client>::attach(new Client(work_.get()));
        signaled = client->signaled.get_future();
        ASSERT_EQ((ComPtr<IUnknown>::share(client->identity()).as<AsyncIMoreWork>()->Begin_Wait()), S_OK);
    }
    auto ended = Client::ended_of_last.get_future();
    Gate::instance().wait_until_waiting(1);
    EXPECT_EQ(ended.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    Gate::instance().open(true);
    signaled.wait();
    ended.wait();
}

// Behaviour 72 -------------------------------------------------------------------------------------------------------------

ComPtr<ISynchronize> new_event() {
    ComPtr<ISynchronize> event;
    EXPECT_EQ(CoCreateInstance(CLSID_ManualResetEvent, nullptr, CLSCTX_INPROC_SERVER, IID_ISynchronize, event.put_void()), S_OK);
    return event;
}

class ManualResetEvents : public testing::TestWithParam<DWORD> {
    Joined joined_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Apartments, ManualResetEvents, testing::Values(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED),
                         [](const auto& test) { return test.param == COINIT_MULTITHREADED ? "Multithreaded" : "SingleThreaded"; });

TEST_P(ManualResetEvents, B72_AreOnFromSignalToReset) {
    const auto event = new_event(), other = new_event();
    EXPECT_EQ(event->Wait(0, 0), RPC_S_CALLPENDING);
    EXPECT_EQ(event->Wait(0, 5), RPC_S_CALLPENDING);
    EXPECT_EQ(event->Reset(), S_OK);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(event->Signal(), S_OK);
        EXPECT_EQ(event->Signal(), S_OK);
        EXPECT_EQ(event->Wait(0, INFINITE), S_OK);
        EXPECT_EQ(event->Wait(0, 0), S_OK);
        EXPECT_EQ(other->Wait(0, 0), RPC_S_CALLPENDING);
        EXPECT_EQ(event->Reset(), S_OK);
        EXPECT_EQ(event->Wait(0, 0), RPC_S_CALLPENDING);
    }
}

TEST_P(ManualResetEvents, B72_AreSignaledByOtherThreads) {
    const auto event = new_event();
    std::thread signaler([&] { event->Signal(); });
    EXPECT_EQ(event->Wait(0, INFINITE), S_OK);
    signaler.join();
}

TEST_P(ManualResetEvents, B72_HaveAWaitableHandle) {
    const auto event = new_event();
    event->Signal();  // before the handle was made
    HANDLE handle = nullptr, again = nullptr;
    ASSERT_EQ(event.as<ISynchronizeHandle>()->GetHandle(&handle), S_OK);
    ASSERT_EQ(event.as<ISynchronizeHandle>()->GetHandle(&again), S_OK);
    EXPECT_EQ(handle, again);
    EXPECT_EQ(event.as<ISynchronizeHandle>()->GetHandle(nullptr), E_POINTER);
    DWORD index = 9;
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, &handle, &index), S_OK);
    event->Reset();
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, &handle, &index), RPC_S_CALLPENDING);
    event->Signal();
    EXPECT_EQ(CoWaitForMultipleHandles(0, INFINITE, 1, &handle, &index), S_OK);
}

ComPtr<ISynchronizeContainer> new_container() {
    ComPtr<ISynchronizeContainer> container;
    EXPECT_EQ(CoCreateInstance(CLSID_SynchronizeContainer, nullptr, CLSCTX_INPROC_SERVER, IID_ISynchronizeContainer, container.put_void()), S_OK);
    return container;
}

TEST_P(ManualResetEvents, ContainersGiveWhatIsSignaledAndKeepTheRest) {
    const auto container = new_container();
    ComPtr<ISynchronize> got;
    EXPECT_EQ(container->WaitMultiple(0, 0, got.put()), RPC_E_NO_SYNC) << "nothing to wait for";
    EXPECT_EQ(container->WaitMultiple(0, 0, nullptr), E_INVALIDARG);
    EXPECT_EQ(container->AddSynchronize(nullptr), E_INVALIDARG);
    const auto first = new_event(), second = new_event();
    EXPECT_EQ(container->AddSynchronize(first.get()), S_OK);
    EXPECT_EQ(container->AddSynchronize(second.get()), S_OK);
    EXPECT_EQ(container->WaitMultiple(0, 5, got.put()), RPC_S_CALLPENDING);
    EXPECT_FALSE(got);
    second->Signal();
    ASSERT_EQ(container->WaitMultiple(0, INFINITE, got.put()), S_OK);
    EXPECT_EQ(got.get(), second.get());
    EXPECT_EQ(container->WaitMultiple(0, 0, got.put()), RPC_S_CALLPENDING) << "the signaled one is out";
    std::thread signaler([&] { first->Signal(); });
    ASSERT_EQ(container->WaitMultiple(0, INFINITE, got.put()), S_OK);
    EXPECT_EQ(got.get(), first.get());
    signaler.join();
    EXPECT_EQ(container->WaitMultiple(0, 0, got.put()), RPC_E_NO_SYNC);
}

/// Has an event inside.
class Outer final : public implements<IExternalConnection> {
  public:
    Outer() { hr = CoCreateInstance(CLSID_ManualResetEvent, this, CLSCTX_INPROC_SERVER, IID_IUnknown, inner.put_void()); }
    DWORD STDMETHODCALLTYPE AddConnection(DWORD, DWORD) override { return 0; }
    DWORD STDMETHODCALLTYPE ReleaseConnection(DWORD, DWORD, BOOL) override { return 0; }
    HRESULT hr;
    ComPtr<IUnknown> inner;
};

TEST_P(ManualResetEvents, B72_ShareReferencesWithTheirOuterObject) {
    const auto outer = ComPtr<Outer>::attach(new Outer);
    ASSERT_EQ(outer->hr, S_OK);
    ComPtr<ISynchronize> event;
    ASSERT_EQ(outer->inner->QueryInterface(IID_ISynchronize, event.put_void()), S_OK);
    EXPECT_EQ(event->AddRef(), 3u);  // the outer's own, `event`, this one
    EXPECT_EQ(event->Release(), 2u);
    EXPECT_TRUE(event.as<IExternalConnection>());
    EXPECT_EQ(event.as<IUnknown>().get(), outer.as<IUnknown>().get());
    EXPECT_EQ(event->Signal(), S_OK);
    EXPECT_EQ(event->Wait(0, 0), S_OK);
    void* none = this;
    EXPECT_EQ(CoCreateInstance(CLSID_ManualResetEvent, outer.get(), CLSCTX_INPROC_SERVER, IID_ISynchronize, &none), CLASS_E_NOAGGREGATION);
    EXPECT_EQ(none, nullptr);
}

}  // namespace
}  // namespace odc::test
