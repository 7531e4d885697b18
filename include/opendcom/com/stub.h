// What generated stubs are made of. A stub reads a request, calls the object, and writes the reply.
#pragma once

#include "opendcom/com/interface_info.h"
#include "opendcom/ndr/server_frame.h"

struct IUnknown;

namespace odc::com {

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
    /// Ends a stub method: S_OK, or the failure that goes out as a fault (the writer's, or what `invoke` caught).
    HRESULT done() { return threw_ ? RPC_E_SERVERFAULT : frame_.response.error(); }

    /// Releases an interface pointer parameter; null is fine.
    static void release(IUnknown* object);
    /// Frees a block of task memory once the response is on its way; null is fine.
    void free_later(void* block) { frame_.free_later(block); }

  private:
    ndr::ServerFrame& frame_;
    bool threw_ = false;
};

/// Releases the interface pointers inside [in] data, whose memory ends with the call by itself.
struct ReleaseOnly {
    void free_later(void*) const {}
    void release(IUnknown* object) const { StubCall::release(object); }
};

inline constexpr HRESULT kBadStubData = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);

}  // namespace odc::com
