// A server whose objects make call objects: calls begin there, and end once the call object was signaled.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "work_object.h"

namespace odc::test {

/// What tests want to know of the server, and do to it.
struct Served {
    std::atomic<int> made{0}, begun{0}, finished{0}, alive{0};
    HRESULT create = S_OK;
    std::mutex mutex;
    std::vector<ComPtr<IUnknown>> waiting;  ///< call objects that Open signals, or lets go
    ComPtr<IServerSecurity> context;        ///< of the last call that has waited
    std::vector<ComPtr<ICancelMethodCalls>> cancels;  ///< of all calls that wait, or have waited
    LONG cancelled() {
        std::lock_guard lock(mutex);
        return static_cast<LONG>(std::count_if(cancels.begin(), cancels.end(), [](const auto& call) { return call->TestCancel() == RPC_E_CALL_CANCELED; }));
    }
    std::thread signaler;
    std::vector<ComPtr<IUnknown>> take_waiting() {
        std::lock_guard lock(mutex);
        return std::exchange(waiting, {});
    }
};
inline Served served;

/// What has to be the same in both halves of a call.
class Half {
  public:
    void begin() {
        CoGetCurrentLogicalThreadId(&logical_);
        CoGetCallContext(IID_IServerSecurity, context_.put_void());
        ComPtr<ICancelMethodCalls> cancel;
        CoGetCallContext(IID_ICancelMethodCalls, cancel.put_void());
        std::lock_guard lock(served.mutex);
        served.cancels.push_back(std::move(cancel));
    }
    HRESULT finish() {
        GUID logical{};
        ComPtr<IServerSecurity> context;
        CoGetCurrentLogicalThreadId(&logical);
        const HRESULT hr = CoGetCallContext(IID_IServerSecurity, context.put_void());
        if (FAILED(hr)) return hr;
        if (!(logical == logical_) || context.get() != context_.get()) return E_UNEXPECTED;
        std::lock_guard lock(served.mutex);
        served.context = std::move(context);
        return served.context->QueryBlanket(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    }

  private:
    GUID logical_{};
    ComPtr<IServerSecurity> context_;
};

/// A call object, inside of whoever asked for it.
template <class Async>
class ServerCall : public Async {
  public:
    explicit ServerCall(IUnknown* outer) : outer_(outer) { ++served.alive; }
    virtual ~ServerCall() { --served.alive; }
    IUnknown* inner() { return &inner_; }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }

  protected:
    HRESULT begun() {
        ++served.begun;
        return ComPtr<IUnknown>::share(outer_).as<ISynchronize>()->Signal();
    }
    HRESULT waits() {
        half_.begin();
        std::lock_guard lock(served.mutex);
        ++served.begun;
        served.waiting.push_back(ComPtr<IUnknown>::share(outer_));
        return S_OK;
    }
    HRESULT waited() {
        ++served.finished;
        return half_.finish();
    }
    static HRESULT finished() {
        ++served.finished;
        return S_OK;
    }
    IUnknown* outer_;

  private:
    class Inner final : public IUnknown {
      public:
        explicit Inner(ServerCall& call) : call_(call) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
            *object = iid == IID_IUnknown ? static_cast<IUnknown*>(this) : iid == __uuidof(Async) ? static_cast<Async*>(&call_) : nullptr;
            if (!*object) return E_NOINTERFACE;
            static_cast<IUnknown*>(*object)->AddRef();
            return S_OK;
        }
        ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
        ULONG STDMETHODCALLTYPE Release() override {
            const ULONG left = --references_;
            if (left == 0) delete &call_;
            return left;
        }

      private:
        ServerCall& call_;
        std::atomic<ULONG> references_{1};
    };
    Inner inner_{*this};
    Half half_;
};

class WorkCall final : public ServerCall<AsyncIWork> {
  public:
    using ServerCall::ServerCall;
    /// -1: how many calls that wait know that they are cancelled.
    HRESULT STDMETHODCALLTYPE Begin_Add(LONG a, LONG b) override {
        number_ = a == -1 ? served.cancelled() : a + b;
        return begun();
    }
    HRESULT STDMETHODCALLTYPE Finish_Add(LONG* sum) override {
        *sum = number_;
        return finished();
    }
    HRESULT STDMETHODCALLTYPE Begin_Wait() override { return waits(); }
    HRESULT STDMETHODCALLTYPE Finish_Wait(LONG* waiting) override {
        *waiting = static_cast<LONG>(::gettid());
        return waited();
    }
    HRESULT STDMETHODCALLTYPE Begin_Open(boolean open) override {
        for (const auto& call : served.take_waiting())
            if (open) call.as<ISynchronize>()->Signal();
        return begun();
    }
    HRESULT STDMETHODCALLTYPE Finish_Open() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Finish_Fail() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Die() override { throw 1; }
    HRESULT STDMETHODCALLTYPE Finish_Die() override { return finished(); }
    HRESULT STDMETHODCALLTYPE Begin_Thread() override {
        if (served.signaler.joinable()) served.signaler.join();
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
    LONG number_ = 0;
};

/// Uses in Finish_ what Begin_ was given, without copies: it is there until then.
class KeepingCall final : public ServerCall<AsyncIKeeping> {
  public:
    using ServerCall::ServerCall;
    HRESULT STDMETHODCALLTYPE Begin_Keep(IWork* helper, LONG a, LONG b, LPCOLESTR text, Note* note, ULONG n, LONG* numbers) override {
        helper_ = helper, a_ = a, b_ = b, text_ = text, note_ = note, n_ = n, numbers_ = numbers;
        return waits();
    }
    HRESULT STDMETHODCALLTYPE Finish_Keep(Note* note, LONG* numbers, OLECHAR** twice, LONG* sum) override {
        if (note != note_ || numbers != numbers_) return E_POINTER;
        std::reverse(numbers, numbers + n_);
        const std::u16string text(reinterpret_cast<const char16_t*>(text_));
        *twice = Work::copy(text + text);
        const std::u16string longer = std::u16string(reinterpret_cast<const char16_t*>(note->text)) + u"!";
        CoTaskMemFree(note->text);
        note->text = Work::copy(longer);
        ++note->number;
        const HRESULT hr = helper_->Add(a_, b_, sum);
        return FAILED(hr) ? hr : waited();
    }

  private:
    IWork* helper_ = nullptr;
    LONG a_ = 0, b_ = 0;
    LPCOLESTR text_ = nullptr;
    Note* note_ = nullptr;
    ULONG n_ = 0;
    LONG* numbers_ = nullptr;
};

/// Its own methods say that they were called themselves.
class AsyncServer : public implements<IWork, IKeeping, ICallFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateCall(REFIID iid, IUnknown* outer, REFIID wanted, IUnknown** object) override {
        *object = nullptr;
        if (FAILED(served.create)) return served.create;
        if (!outer || wanted != IID_IUnknown) return E_UNEXPECTED;
        if (iid == IID_AsyncIWork) *object = (new WorkCall(outer))->inner();
        else if (iid == IID_AsyncIKeeping) *object = (new KeepingCall(outer))->inner();
        else return E_NOINTERFACE;
        ++served.made;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Add(LONG, LONG, LONG* sum) override { return *sum = -1, S_FALSE; }
    HRESULT STDMETHODCALLTYPE Wait(LONG*) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Open(boolean) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT) override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Die() override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Thread(LONG* thread) override { return *thread = static_cast<LONG>(::gettid()), S_FALSE; }
    HRESULT STDMETHODCALLTYPE Next(ULONG, LONG*, ULONG* fetched) override { return *fetched = 0, E_UNEXPECTED; }
    HRESULT STDMETHODCALLTYPE Keep(IWork*, LONG, LONG, LPCOLESTR, Note*, ULONG, LONG*, OLECHAR** twice, LONG*) override {
        return *twice = nullptr, E_UNEXPECTED;
    }
};

}  // namespace odc::test
