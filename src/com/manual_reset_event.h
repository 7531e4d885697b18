// CLSID_ManualResetEvent: what is signaled and waited for when a call is asynchronous.
#pragma once

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "com/ref.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

/// On from `set` to `reset`. Any thread.
class Latch : public RefCounted<Latch> {
  public:
    void set() ODC_EXCLUDES(mutex_);
    void reset() ODC_EXCLUDES(mutex_);
    /// S_OK when it is on; RPC_S_CALLPENDING when it was not within `milliseconds` (INFINITE: no limit). A single-threaded apartment
    /// serves calls meanwhile. `flags`: COWAIT_FLAGS.
    HRESULT wait(DWORD flags, DWORD milliseconds) ODC_EXCLUDES(mutex_);
    /// A descriptor that is readable while the latch is on, made on first use; it belongs to the latch.
    HRESULT handle(HANDLE* handle) ODC_EXCLUDES(mutex_);

  private:
    HRESULT make_descriptor() ODC_REQUIRES(mutex_);
    Mutex mutex_;
    bool on_ ODC_GUARDED_BY(mutex_) = false;
    UniqueFd descriptor_ ODC_GUARDED_BY(mutex_);
};

/// The interfaces of an event as part of an object that is `outer`.
class EventFaces final : public ISynchronize, public ISynchronizeHandle {
  public:
    /// `outer` is not counted, and lives longer.
    EventFaces(IUnknown* outer, Ref<Latch> latch) : outer_(outer), latch_(std::move(latch)) {}
    /// The interface pointer for `iid`, without a reference; null for what an event does not have.
    void* face(const Guid& iid);
    const Ref<Latch>& latch() const { return latch_; }

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }
    HRESULT STDMETHODCALLTYPE Wait(DWORD flags, DWORD milliseconds) override;
    HRESULT STDMETHODCALLTYPE Signal() override;
    HRESULT STDMETHODCALLTYPE Reset() override;
    HRESULT STDMETHODCALLTYPE GetHandle(HANDLE* handle) override;

  private:
    IUnknown* outer_;
    Ref<Latch> latch_;
};

}  // namespace odc::com
