// One asynchronous call under way.
#pragma once

#include <functional>

#include "com/channel.h"
#include "com/manual_reset_event.h"
#include "opendcom/com/proxy.h"

namespace odc::com {

/// A call through a channel whose caller does not wait. Held by its call object, and by the runtime until the reply is there.
class PendingCall final : public RefCounted<PendingCall>, private rpc::CallDone {
  public:
    /// `latch` is set when the reply is there. `iid` is static data.
    PendingCall(ClientChannel& channel, const Guid& iid, std::uint16_t opnum, Ref<Latch> latch);
    ~PendingCall();

    std::uint16_t opnum() const { return opnum_; }
    ndr::Writer& request() { return ClientChannel::request(*state_); }
    /// Sends the request. `told`, which may be null, is signaled on a thread of the runtime when the reply is there, and held until then.
    HRESULT start(ComPtr<ISynchronize> told);
    /// Returns when the reply is there; a single-threaded apartment serves calls meanwhile. One thread at a time. RPC_E_CALL_CANCELED when the call
    /// was cancelled: it then is `unwanted`, until the reply comes.
    HRESULT finish() ODC_EXCLUDES(mutex_);
    /// As ICancelMethodCalls has them. Any thread.
    HRESULT cancel(ULONG seconds) ODC_EXCLUDES(mutex_);
    HRESULT test_cancel() ODC_EXCLUDES(mutex_);
    bool unwanted() ODC_EXCLUDES(mutex_);
    /// Of an unwanted one whose reply is there: `finish` gives it after all, to be thrown away.
    void revive() ODC_EXCLUDES(mutex_);
    /// Behind a `finish` that succeeded.
    ndr::Reader& reply() { return ClientChannel::reply(*state_); }
    /// Nobody is going to finish: once the reply is there, `dispose` runs in the caller's apartment, and is dropped when that has ended.
    void abandon(std::function<void()> dispose) ODC_EXCLUDES(mutex_);

  private:
    void call_done() override ODC_EXCLUDES(mutex_);
    void tell(ComPtr<ISynchronize> told);

    ComPtr<ClientChannel> channel_;
    Ref<Apartment> home_;
    const std::uint16_t opnum_;
    Ref<Latch> latch_;
    Completion ended_;  ///< by the reply, or by Cancel
    Mutex mutex_;
    ComPtr<ISynchronize> told_ ODC_GUARDED_BY(mutex_);
    bool over_ ODC_GUARDED_BY(mutex_) = false;
    bool cancelled_ ODC_GUARDED_BY(mutex_) = false;
    Ref<Latch> canceller_ ODC_GUARDED_BY(mutex_);  ///< set when the reply is there, for who cancels
    std::function<void()> dispose_ ODC_GUARDED_BY(mutex_);
    CallState* state_;  // in storage_
    alignas(16) std::byte storage_[kCallStateSize];
};

}  // namespace odc::com
