// The part of a call object that its generated interface stands on.
#pragma once

#include <atomic>
#include <functional>

#include "com/manual_reset_event.h"
#include "opendcom/com/async_call.h"

namespace odc::com {

class ClientChannel;
class PendingCall;

/// Whom the calls of a call object are for.
struct CallTarget {
    IUnknown* outer;         ///< aggregates the call object; null: nobody does
    IUnknown* proxy;         ///< held by the call object
    ClientChannel* channel;  ///< of the proxy of `iid`; counted by the call object
    const Guid* iid;         ///< of the synchronous interface, static data
};

/// The inner unknown of a call object: IUnknown, ISynchronize(Handle), ICancelMethodCalls, the asynchronous interface; and the state of its one call.
/// Begin_ and Finish_ come from threads of the proxy's apartment, the rest from any thread.
class CallObject final : public IUnknown {
  public:
    CallObject(AsyncCore& core, const CallTarget& target);
    ~CallObject();
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override ODC_EXCLUDES(mutex_);
    IUnknown& outer() const { return *outer_; }

    // For BeginCall: the three steps; `begin` gives a reference.
    HRESULT begin(PendingCall** made, std::uint16_t opnum) ODC_EXCLUDES(mutex_);
    HRESULT send(PendingCall& call);
    void begun(PendingCall& call, bool sent) ODC_EXCLUDES(mutex_);
    void discard_by(std::function<void()> discard) { discard_ = std::move(discard); }
    // For FinishCall: the outstanding call, without a reference, is the claimer's until `finished`, which lets the object go.
    HRESULT claim(PendingCall** found, std::uint16_t opnum) ODC_EXCLUDES(mutex_);
    void finished(bool over) ODC_EXCLUDES(mutex_);

    /// It is held for that, and has no outer object any more.
    bool discarding() ODC_EXCLUDES(mutex_);
    /// The call under way; null when there is none.
    Ref<PendingCall> outstanding() ODC_EXCLUDES(mutex_);

  private:
    /// unwanted: cancelled and finished, and its reply is still to come; discarding: it has come, and is thrown away.
    enum class Phase : std::uint8_t { idle, beginning, outstanding, finishing, unwanted, discarding };
    class CancelFace final : public ICancelMethodCalls {
      public:
        explicit CancelFace(CallObject& object) : object_(object) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return object_.outer().QueryInterface(iid, object); }
        ULONG STDMETHODCALLTYPE AddRef() override { return object_.outer().AddRef(); }
        ULONG STDMETHODCALLTYPE Release() override { return object_.outer().Release(); }
        HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
        HRESULT STDMETHODCALLTYPE TestCancel() override;

      private:
        CallObject& object_;
    };
    void throw_away(std::uint16_t opnum);
    void keep_unwanted(PendingCall& call);
    void discard_unwanted() ODC_EXCLUDES(mutex_);

    AsyncCore& core_;
    IUnknown* outer_;  ///< not counted; this object itself when nobody aggregates it, or nobody does any more
    const ComPtr<IUnknown> proxy_;
    const ComPtr<ClientChannel> channel_;
    const Guid& iid_;
    EventFaces event_;
    CancelFace cancel_{*this};
    std::atomic<ULONG> references_{1};
    std::function<void()> discard_;  ///< of the call under way, in place of the core's; whoever has the call has it
    Mutex mutex_;
    Phase phase_ ODC_GUARDED_BY(mutex_) = Phase::idle;
    Ref<PendingCall> pending_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
