// What generated call objects are made of. A call object is an asynchronous interface, whose Begin_ methods send a request and return
// and whose Finish_ methods wait for the reply and read it; ISynchronize, signaled when the reply is there; one call at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "opendcom/com/interface_info.h"
#include "opendcom/ndr/reader.h"

struct IUnknown;

namespace odc::com {

/// The part of a call object that does not depend on its interface.
class ODC_API AsyncCore {
  public:
    explicit AsyncCore(const CallTarget& target);
    virtual ~AsyncCore();
    AsyncCore(const AsyncCore&) = delete;
    AsyncCore& operator=(const AsyncCore&) = delete;

    HRESULT query_outer(REFIID iid, void** object) const;
    ULONG add_ref_outer() const;
    ULONG release_outer() const;
    /// What the outer object holds (the object itself, when it is not aggregated). One reference belongs to who made it; with the last one the
    /// object goes, and an outstanding call's results are thrown away when they come.
    IUnknown* inner() const;
    /// What a [call_as] form's Begin_ keeps for its Finish_; made with the first use, and again when another form's was there.
    template <class Kept>
    Kept& kept() {
        static const char form = 0;
        if (kept_form_ != &form) {
            kept_ = std::make_shared<Kept>();
            kept_form_ = &form;
        }
        return *static_cast<Kept*>(kept_.get());
    }

  protected:
    /// The asynchronous interface for its own id and those of its bases; null for all others.
    virtual void* asynchronous(const Guid& iid) = 0;
    /// Reads and frees the results of a call that nobody is going to finish, where references hang on them.
    virtual void discard(std::uint16_t opnum) { (void)opnum; }

  private:
    friend class BeginCall;
    friend class FinishCall;
    friend class CallObject;
    class CallObject* object_;
    std::shared_ptr<void> kept_;
    const void* kept_form_ = nullptr;
};

/// `class AsyncIPager_Call final : public odc::com::AsyncCall<AsyncIPager>` overrides the methods of AsyncIPager and its bases.
template <class Interface>
class AsyncCall : public Interface, public AsyncCore {
  public:
    using AsyncCore::AsyncCore;
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return query_outer(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return add_ref_outer(); }
    ULONG STDMETHODCALLTYPE Release() override { return release_outer(); }
};

/// The core of a generated call object, from the pointer that its methods get.
template <class Interface>
AsyncCore& async_core(Interface* call) {
    static_assert(sizeof(Interface) == sizeof(void*));
    return *reinterpret_cast<AsyncCore*>(reinterpret_cast<char*>(call) + sizeof(void*));
}

/// What InterfaceInfo::create_call points to.
template <class GeneratedCall>
AsyncCore* create_call(const CallTarget& target) {
    return new GeneratedCall(target);
}

/// What a pointer of Begin_ points to, for Finish_.
template <class T>
std::optional<T> pointee(const T* pointer) {
    return pointer ? std::optional<T>(*pointer) : std::nullopt;
}

/// On the stack of a Begin_ method:
///     BeginCall call(*this, 3);  if (FAILED(hr = call.begin())) return hr;  write call.request();  return call.send();
class ODC_API BeginCall {
  public:
    BeginCall(AsyncCore& core, std::uint16_t opnum) : object_(*core.object_), opnum_(opnum) {}
    ~BeginCall();
    BeginCall(const BeginCall&) = delete;
    BeginCall& operator=(const BeginCall&) = delete;

    /// RPC_S_CALLPENDING before the previous call is finished; RPC_E_WRONG_THREAD, CO_E_OBJNOTCONNECTED as any call.
    HRESULT begin();
    ndr::Writer& request();
    /// `discard(object)` is called in place of AsyncCore::discard: for what is not a method of the object's class.
    void discard_by(void* object, void (*discard)(void*));
    /// S_OK when the request is on its way; the call is outstanding from then on.
    HRESULT send();

  private:
    class CallObject& object_;
    const std::uint16_t opnum_;
    class PendingCall* pending_ = nullptr;
};

/// On the stack of a Finish_ method:
///     FinishCall call(*this, 3);  if (FAILED(hr = call.claim())) return hr;  if (!call.ref(p)) return call.error();
///     if (FAILED(hr = call.receive())) return hr;  read call.reply();  return call.finish(call.reply().i32());
class ODC_API FinishCall {
  public:
    FinishCall(AsyncCore& core, std::uint16_t opnum) : object_(*core.object_), opnum_(opnum) {}
    /// The call is over when `receive` was called, otherwise it stays outstanding.
    ~FinishCall();
    FinishCall(const FinishCall&) = delete;
    FinishCall& operator=(const FinishCall&) = delete;

    /// RPC_E_CALL_COMPLETE when no call is outstanding, E_UNEXPECTED when it is one of another method, RPC_E_WRONG_THREAD.
    HRESULT claim();
    /// False for null, which is `error` then.
    static bool ref(const void* pointer) { return pointer != nullptr; }
    static HRESULT error() { return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER); }
    /// Waits for the reply; a single-threaded apartment serves calls meanwhile. Errors: as ProxyCall::send.
    HRESULT receive();
    ndr::Reader& reply();
    /// As ProxyCall::finish.
    HRESULT finish(HRESULT result);
    bool failed() const { return failed_; }

  private:
    class CallObject& object_;
    const std::uint16_t opnum_;
    class PendingCall* pending_ = nullptr;
    bool received_ = false;
    bool failed_ = false;
};

}  // namespace odc::com
