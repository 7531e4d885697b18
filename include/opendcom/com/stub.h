// What generated stubs are made of. A stub reads a request, calls the object, and writes the reply.
#pragma once

#include "opendcom/com/interface_info.h"
#include "opendcom/ndr/server_frame.h"

struct IUnknown;

namespace odc::com {

/// The call object of a served call, where the object makes one (ICallFactory of the asynchronous interface `iid`).
class ODC_API ServedAsync {
  public:
    ServedAsync(IUnknown* object, const Guid& iid);
    ~ServedAsync();
    ServedAsync(const ServedAsync&) = delete;
    ServedAsync& operator=(const ServedAsync&) = delete;
    /// The asynchronous interface; null when the object is to be called itself.
    void* call() const { return call_; }
    /// Returns when the call object's controlling unknown was signaled; a single-threaded apartment serves calls meanwhile.
    HRESULT wait();

  private:
    class ServedCallObject* outer_ = nullptr;
    void* call_ = nullptr;
};

/// One incoming call, as a generated stub method sees it.
class ODC_API StubCall {
  public:
    explicit StubCall(ndr::ServerFrame& frame) : frame_(frame) {}
    ndr::Reader& request() { return frame_.request; }
    ndr::Writer& response() { return frame_.response; }
    /// True when all [in] data was read well. Otherwise what was read is freed and the stub returns kBadStubData at once,
    /// before the object is touched.
    bool arguments_ok() {
        if (!frame_.request.failed()) [[likely]] return true;
        frame_.request.abandon();
        return false;
    }
    /// Calls the object; a C++ exception becomes RPC_E_SERVERFAULT in `result` and in the return value of the stub.
    template <class Body>
    HRESULT invoke(Body&& body) {
        try {
            return body();
        } catch (...) {
            threw_ = true;
            return RPC_E_SERVERFAULT;
        }
    }
    /// The same for an interface with an asynchronous form: `begin` and `finish` get the call object that the object makes for it; an object
    /// that makes none is called by `whole`.
    template <class Async, class Begin, class Finish, class Whole>
    HRESULT invoke_either(IUnknown* object, const Guid& async_iid, Begin&& begin, Finish&& finish, Whole&& whole) {
        ServedAsync served(object, async_iid);
        auto* const call = static_cast<Async*>(served.call());
        if (!call) return invoke(whole);
        if (const HRESULT hr = invoke([&] { return begin(*call); }); FAILED(hr)) return hr;
        if (const HRESULT hr = served.wait(); FAILED(hr)) return hr;
        return invoke([&] { return finish(*call); });
    }
    /// Ends a stub method: S_OK, or the failure that goes out as a fault (the writer's, or what `invoke` caught).
    HRESULT done() { return threw_ ? RPC_E_SERVERFAULT : frame_.response.error(); }

    /// Releases an interface pointer parameter; null is fine.
    static void release(IUnknown* object);
    /// Frees a block of task memory once the response is on its way; null is fine.
    void free_later(const void* block) { frame_.free_later(block); }

  private:
    ndr::ServerFrame& frame_;
    bool threw_ = false;
};

/// Releases the interface pointers inside [in] data, whose memory ends with the call by itself.
struct ReleaseOnly {
    void free_later(const void*) const {}
    void release(IUnknown* object) const { StubCall::release(object); }
};

inline constexpr HRESULT kBadStubData = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);

}  // namespace odc::com
