// Servers whose objects make call objects: an incoming call begins, and is answered once the call object says so.
#include "marshaling.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {
namespace {

/// What the test wants to know of the server.
struct Served {
    std::atomic<int> made{0}, begun{0}, finished{0}, alive{0};
    HRESULT create = S_OK;
    std::mutex mutex;
    std::vector<ComPtr<IUnknown>> waiting;  ///< call objects that Open signals
    std::thread signaler;
} served;

/// A call object, inside of whoever asked for it.
class ServerCall final : public AsyncIWork {
  public:
    explicit ServerCall(IUnknown* outer) : outer_(outer) { ++served.alive; }
    IUnknown* inner() { return &inner_; }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }

    HRESULT STDMETHODCALLTYPE Begin_Add(LONG a, LONG b) override {
        number_ = a + b;
        return begun();
    }
    HRESULT STDMETHODCALLTYPE Finish_Add(LONG* sum) override {
        *sum = number_;
        return finished();
    }
    HRESULT STDMETHODCALLTYPE Begin_Wait() override {
        std::lock_guard lock(served.mutex);
        ++served.begun;
        served.waiting.push_back(ComPtr<IUnknown>::share(outer_));
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Finish_Wait(LONG* waiting) override {
        *waiting = 77;
        return finished();
    }
    HRESULT STDMETHODCALLTYPE Begin_Open(boolean) override {
        std::vector<ComPtr<IUnknown>> waiting;
        {
            std::lock_guard lock(served.mutex);
            waiting.swap(served.waiting);
        }
        for (const auto& call : waiting) call.as<ISynchronize>()->Signal();
        return begun();
    }
    HRESULT STDMETHODCALLTYPE Finish_Open() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Finish_Fail() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Die() override { throw 1; }
    HRESULT STDMETHODCALLTYPE Finish_Die() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Thread() override {
        served.signaler = std::thread([outer = ComPtr<IUnknown>::share(outer_)] { outer.as<ISynchronize>()->Signal(); });
        ++served.begun;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Finish_Thread(LONG* thread) override {
        *thread = static_cast<LONG>(::gettid());
        return finished();
    }
    HRESULT STDMETHODCALLTYPE Begin_Next(ULONG n) override {
        number_ = static_cast<LONG>(n);
        return begun();
    }
    HRESULT STDMETHODCALLTYPE Finish_Next(LONG* numbers, ULONG* fetched) override {
        (void)finished();
        return Work::next(static_cast<ULONG>(number_), numbers, fetched);
    }

  private:
    class Inner final : public IUnknown {
      public:
        explicit Inner(ServerCall& call) : call_(call) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
            *object = iid == IID_IUnknown ? static_cast<IUnknown*>(this) : iid == IID_AsyncIWork ? &call_ : nullptr;
            if (!*object) return E_NOINTERFACE;
            static_cast<IUnknown*>(*object)->AddRef();
            return S_OK;
        }
        ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
        ULONG STDMETHODCALLTYPE Release() override {
            const ULONG left = --references_;
            if (left == 0) {
                --served.alive;
                delete &call_;
            }
            return left;
        }

      private:
        ServerCall& call_;
        std::atomic<ULONG> references_{1};
    };
    HRESULT begun() {
        ++served.begun;
        return ComPtr<IUnknown>::share(outer_).as<ISynchronize>()->Signal();
    }
    static HRESULT finished() {
        ++served.finished;
        return S_OK;
    }
    Inner inner_{*this};
    IUnknown* outer_;
    LONG number_ = 0;
};

/// Its own methods say that they were called themselves.
class Server final : public implements<IWork, ICallFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateCall(REFIID iid, IUnknown* outer, REFIID wanted, IUnknown** object) override {
        *object = nullptr;
        if (FAILED(served.create)) return served.create;
        if (iid != IID_AsyncIWork || !outer || wanted != IID_IUnknown) return E_UNEXPECTED;
        ++served.made;
        *object = (new ServerCall(outer))->inner();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Add(LONG, LONG, LONG* sum) override { return *sum = -1, S_FALSE; }
    HRESULT STDMETHODCALLTYPE Wait(LONG*) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Open(boolean) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Die() override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Thread(LONG* thread) override { return *thread = static_cast<LONG>(::gettid()), S_FALSE; }
    HRESULT STDMETHODCALLTYPE Next(ULONG, LONG*, ULONG* fetched) override { return *fetched = 0, E_UNEXPECTED; }
};

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
            packet_ = marshal(ComPtr<IWork>::attach(new Server).get(), IID_IWork, MSHLFLAGS_TABLESTRONG);
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
        if (GetParam() == COINIT_APARTMENTTHREADED) PostThreadMessage(id_, WM_QUIT, 0, 0);
        else over_.set_value();
        thread_.join();
        packet_.reset();
        joined_.reset();
        if (served.signaler.joinable()) served.signaler.join();
        EXPECT_EQ(served.alive, 0);
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
    EXPECT_EQ(waiting, 77);
    EXPECT_EQ(second->Finish_Wait(&waiting), S_OK);
}

}  // namespace
}  // namespace odc::test
