// The server's side of an asynchronous call: objects that make call objects are called through them, and no thread waits in between.
#pragma once

#include <vector>

#include "base/mutex.h"
#include "com/apartment.h"
#include "com/manual_reset_event.h"
#include "com/server_security.h"
#include "opendcom/com/stub.h"

namespace odc::com {

class HookedCall;

/// Who gets the results of a call that was left between its halves.
class ServedAnswer {
  public:
    /// The results are in the call's frame, or the failure is the answer. Once, in the object's apartment, or there where `arm` is called; nothing
    /// of the call is touched any more from here on.
    virtual void answer(HRESULT result) = 0;

  protected:
    ~ServedAnswer() = default;
};

/// Aggregates the call object of a server, which signals it when Finish_ may be called. When Begin_ was not followed by Signal, the call is left
/// to whoever brought it (`arm`), and Finish_ runs in the object's apartment once both have happened. The call ends without Finish_ when the
/// apartment does, and when the last who held the call object behind Begin_ lets go of it without having signaled it.
class ServedCallObject final : public ISynchronize, public RefCounted<ServedCallObject> {
  public:
    ServedCallObject() = default;
    ~ServedCallObject() = default;
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override ODC_EXCLUDES(mutex_);
    HRESULT STDMETHODCALLTYPE Wait(DWORD flags, DWORD milliseconds) override;
    HRESULT STDMETHODCALLTYPE Signal() override ODC_EXCLUDES(mutex_);
    HRESULT STDMETHODCALLTYPE Reset() override ODC_EXCLUDES(mutex_);

    /// Whether the object makes a call object.
    bool make(IUnknown* object, const Guid& iid);
    /// Begin_, and Finish_ where it may come at once; both, with this thread waiting in between, where `left` is null. Within the serving of the
    /// call. Takes the reference of who made this object.
    HRESULT serve(StubCall& call, std::unique_ptr<ServedParts> parts, ServedCallObject** left);

    // For a call that was left; all before `arm`:
    void set_hooked(HookedCall* hooked) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        hooked_ = hooked;
    }
    /// From now on the call may end, here or on another thread. `peer`, `origin`: as ServedCall has them; all three live until the answer.
    void arm(ServedAnswer& answer, const rpc::Peer* peer, const CallOrigin* origin) ODC_EXCLUDES(mutex_);

    /// Ends the call without Finish_. On the apartment's thread, when it ends.
    void apartment_ended() ODC_EXCLUDES(mutex_) { complete(RPC_E_DISCONNECTED); }

  private:
    /// What the runtime itself holds of the call object: from its making, and the interface that the halves are called on.
    static constexpr ULONG kOwnReferences = 2;
    enum class Phase : std::uint8_t { serving, left, ending, ended };
    class EndItem final : public CallItem {
      public:
        explicit EndItem(ServedCallObject& call) : call_(call) {}
        void run() override;
        void refuse(HRESULT why) override;

      private:
        ServedCallObject& call_;
    };
    HRESULT leave(StubCall& call, ServedCallObject** left);
    bool may_end() ODC_REQUIRES(mutex_) { return phase_ == Phase::left && signaled_ && answer_ && !std::exchange(scheduled_, true); }
    void schedule();
    void last_holder_gone() ODC_EXCLUDES(mutex_);
    /// `failure`: S_OK calls Finish_.
    void complete(HRESULT failure) ODC_EXCLUDES(mutex_);
    HRESULT run_end(HRESULT failure, HookedCall* hooked);
    void let_go();

    std::atomic<ULONG> references_{1};
    ComPtr<IUnknown> object_;  ///< the server's, until the call has ended
    ComPtr<IUnknown> inner_;
    void* async_ = nullptr;
    std::unique_ptr<ServedParts> parts_;
    const Ref<Latch> latch_ = Ref<Latch>::adopt(new Latch);
    EndItem item_{*this};

    // Of a call that was left, from then on:
    Ref<Apartment> apartment_;
    Guid causality_{};
    ServedCall served_{nullptr, nullptr};
    ndr::ServerFrame* frame_ = nullptr;

    Mutex mutex_;
    HookedCall* hooked_ ODC_GUARDED_BY(mutex_) = nullptr;
    Phase phase_ ODC_GUARDED_BY(mutex_) = Phase::serving;
    bool signaled_ ODC_GUARDED_BY(mutex_) = false;
    bool scheduled_ ODC_GUARDED_BY(mutex_) = false;
    bool held_ ODC_GUARDED_BY(mutex_) = false;  ///< by somebody else when Begin_ returned
    HRESULT failure_ ODC_GUARDED_BY(mutex_) = S_OK;
    HRESULT result_ ODC_GUARDED_BY(mutex_) = S_OK;
    ServedAnswer* answer_ ODC_GUARDED_BY(mutex_) = nullptr;
};

/// The calls of an apartment that are between their halves.
class ServedCalls {
  public:
    /// False when the apartment has ended.
    bool add(ServedCallObject& call) ODC_EXCLUDES(mutex_);
    void remove(ServedCallObject& call) ODC_EXCLUDES(mutex_);
    /// Ends them, and takes no more.
    void close() ODC_EXCLUDES(mutex_);

  private:
    Mutex mutex_;
    bool closed_ ODC_GUARDED_BY(mutex_) = false;
    std::vector<Ref<ServedCallObject>> calls_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
