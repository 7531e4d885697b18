#include "com/cancellation.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <string>

#include "com/apartment.h"
#include "com/manual_reset_event.h"

namespace odc::com {
namespace {

/// The threads that have enabled cancellation, and what they wait for: the topmost call is the last.
class CancelTable {
  public:
    using Call = ComPtr<ICancelMethodCalls>;
    static CancelTable& instance() {
        static auto* table = new CancelTable;
        return *table;
    }
    void enable(bool on) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        threads_[GetCurrentThreadId()].enabled = on;
        drop_unused();
    }
    void push(Call call) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        threads_[GetCurrentThreadId()].calls.push_back(std::move(call));
    }
    void pop() ODC_EXCLUDES(mutex_) {
        Call popped;
        Lock lock(mutex_);
        auto& calls = threads_[GetCurrentThreadId()].calls;
        popped = std::move(calls.back());
        calls.pop_back();
        drop_unused();
        lock.unlock();
    }
    /// CO_E_CANCEL_DISABLED, E_NOINTERFACE for a thread that waits for no call, E_INVALIDARG for what is no thread.
    Result<Call> topmost(DWORD thread) ODC_EXCLUDES(mutex_) {
        {
            Lock lock(mutex_);
            const auto found = threads_.find(thread);
            if (found != threads_.end() && !found->second.enabled) return fail(CO_E_CANCEL_DISABLED);
            if (found != threads_.end() && found->second.calls.empty()) return fail(E_NOINTERFACE);
            if (found != threads_.end()) return found->second.calls.back();
        }
        const std::string task = "/proc/self/task/" + std::to_string(thread);
        return fail(::access(task.c_str(), F_OK) == 0 ? CO_E_CANCEL_DISABLED : E_INVALIDARG);
    }

  private:
    struct Thread {
        bool enabled = false;
        std::vector<Call> calls;
    };
    void drop_unused() ODC_REQUIRES(mutex_) {
        const auto found = threads_.find(GetCurrentThreadId());
        if (!found->second.enabled && found->second.calls.empty()) threads_.erase(found);
    }
    Mutex mutex_;
    std::map<DWORD, Thread> threads_ ODC_GUARDED_BY(mutex_);
};

/// A call whose thread waits, and may be told not to.
class CancellableCall final : public implements<ICancelMethodCalls>, private rpc::CallDone {
  public:
    explicit CancellableCall(CallState& state) : state_(state) {
        Apartment* here = Apartment::current();
        if (here && here->is_single_threaded()) pumping_ = Ref<Apartment>::share(here);
    }
    /// Of the calling thread; the call's state is not used any more when it returns.
    HRESULT run() ODC_EXCLUDES(mutex_) {
        const DWORD started = ticks();
        for (;;) {
            HRESULT hr = run_once();
            if (!is_rejection(hr)) return hr;
            if (!retry_rejected(hr, started)) return RPC_E_CALL_REJECTED;
        }
    }
    HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override ODC_EXCLUDES(mutex_) {
        {
            Lock lock(mutex_);
            if (const HRESULT hr = pending(); hr != RPC_S_CALLPENDING) return hr;
            ++users_;
        }
        ClientChannel::cancel(state_);
        {
            Lock lock(mutex_);
            --users_;
            unused_.notify_all();
        }
        if (seconds != 0) (void)replied_->wait(COWAIT_DEFAULT, wait_of_cancel(seconds));
        Lock lock(mutex_);
        if (const HRESULT hr = pending(); hr != RPC_S_CALLPENDING) return hr;
        phase_ = Phase::cancelled;
        lock.unlock();
        wake();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TestCancel() override ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        return pending();
    }

  private:
    /// between: a rejected call that may be tried again.
    enum class Phase : std::uint8_t { between, waiting, replied, cancelled };
    HRESULT pending() const ODC_REQUIRES(mutex_) {
        if (phase_ == Phase::cancelled) return RPC_E_CALL_CANCELED;
        return phase_ == Phase::waiting ? RPC_S_CALLPENDING : RPC_E_CALL_COMPLETE;
    }
    HRESULT run_once() ODC_EXCLUDES(mutex_) {
        ended_.reset();
        told_.reset();
        replied_->reset();
        {
            Lock lock(mutex_);
            phase_ = Phase::waiting;
        }
        AddRef();  // for call_done
        if (const HRESULT hr = ClientChannel::start(state_, *this); FAILED(hr)) {
            leave(Phase::between);
            Release();
            return hr;
        }
        if (pumping_) pumping_->pump_until([this] { return ended_.is_set(); });
        else ended_.wait();
        if (leave(Phase::between) != Phase::cancelled) {
            wait_until_told();
            return ClientChannel::outcome(state_);
        }
        if (ClientChannel::give_up(state_)) Release();
        else wait_until_told();  // the reply has come in this very moment
        return RPC_E_CALL_CANCELED;
    }
    /// Nobody uses the call's state any more but its own thread. The phase before.
    Phase leave(Phase phase) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        while (users_ != 0) unused_.wait(lock);
        return phase_ == Phase::cancelled ? phase_ : std::exchange(phase_, phase);
    }
    /// call_done does nothing to the call's state behind this.
    void wait_until_told() { told_.wait(); }
    void wake() {
        ended_.set();
        if (pumping_) pumping_->queue().wake();
    }
    void call_done() override ODC_EXCLUDES(mutex_) {
        {
            Lock lock(mutex_);
            if (phase_ == Phase::waiting) phase_ = Phase::replied;
        }
        replied_->set();
        told_.set();
        wake();
        Release();
    }

    CallState& state_;
    Ref<Apartment> pumping_;
    const Ref<Latch> replied_ = Ref<Latch>::adopt(new Latch);
    Completion ended_, told_;
    Mutex mutex_;
    std::condition_variable_any unused_;
    Phase phase_ ODC_GUARDED_BY(mutex_) = Phase::between;
    unsigned users_ ODC_GUARDED_BY(mutex_) = 0;
};

}  // namespace

HRESULT send_cancellable(CallState& state) {
    return abi([&]() -> HRESULT {
        const auto call = ComPtr<CancellableCall>::attach(new CancellableCall(state));
        CancelTable::instance().push(ComPtr<ICancelMethodCalls>::share(call.get()));
        const HRESULT hr = call->run();
        CancelTable::instance().pop();
        return hr;
    });
}

DWORD wait_of_cancel(ULONG seconds) {
    constexpr DWORD kMost = (INFINITE - 1) / 1000;
    return seconds > kMost ? INFINITE : seconds * 1000;
}

void forget_cancellation() { CancelTable::instance().enable(false); }

}  // namespace odc::com

using namespace odc;
using namespace odc::com;

WINOLEAPI CoEnableCallCancellation(LPVOID) {
    return abi([]() -> HRESULT {
        if (this_thread().cancel_enabled++ == 0) CancelTable::instance().enable(true);
        return S_OK;
    });
}

WINOLEAPI CoDisableCallCancellation(LPVOID) {
    auto& enabled = this_thread().cancel_enabled;
    if (enabled == 0) return CO_E_CANCEL_DISABLED;
    if (--enabled == 0) CancelTable::instance().enable(false);
    return S_OK;
}

WINOLEAPI CoGetCancelObject(DWORD thread, REFIID iid, void** object) {
    if (!object) return E_INVALIDARG;
    *object = nullptr;
    return abi([&]() -> HRESULT {
        const auto call = CancelTable::instance().topmost(thread != 0 ? thread : GetCurrentThreadId());
        return call ? (*call)->QueryInterface(iid, object) : call.code();
    });
}

WINOLEAPI CoCancelCall(DWORD thread, ULONG timeout) {
    ComPtr<ICancelMethodCalls> call;
    const HRESULT hr = CoGetCancelObject(thread, __uuidof(ICancelMethodCalls), call.put_void());
    return FAILED(hr) ? hr : call->Cancel(timeout);
}
