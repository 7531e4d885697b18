// What generated stubs are made of. A stub reads a request, calls the object, and writes the reply.
#pragma once

#include <memory>

#include "opendcom/com/interface_info.h"
#include "opendcom/ndr/server_frame.h"

struct IUnknown;

namespace odc::com {

/// How a stub calls its object: as a whole, or in the two halves of the call object that the object makes (ICallFactory). `abandon` calls nothing:
/// the call is over without Finish_, and what its arguments hold has to be given back.
enum class ServedHalf : std::uint8_t { whole, begin, finish, abandon };

template <class Async>
struct ServedStep {
    ServedHalf half = ServedHalf::whole;
    Async* call = nullptr;
    bool begun = false;  ///< out, of `begin`: it succeeded, so that Finish_ is still to come
};

class StubCall;

/// A stub method between Begin_ and Finish_: the arguments that it has read, and what it does with the results.
class ServedParts {
  public:
    virtual ~ServedParts() = default;
    virtual HRESULT run(StubCall& call, void* async, ServedHalf half, bool* begun) = 0;
};

/// One incoming call, as a generated stub method sees it.
class ODC_API StubCall {
  public:
    /// `left`: where a call that is served in halves may be left between them, for who answers it then (served_async.h); null: its thread waits.
    explicit StubCall(ndr::ServerFrame& frame, class ServedCallObject** left = nullptr) : frame_(frame), left_(left) {}
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
    /// The same for one step of an interface with an asynchronous form; `begin` and `finish` get the call object.
    template <class Async, class Begin, class Finish, class Whole>
    HRESULT invoke(ServedStep<Async>& step, Begin&& begin, Finish&& finish, Whole&& whole) {
        switch (step.half) {
            case ServedHalf::whole: return invoke(whole);
            case ServedHalf::finish: return invoke([&] { return finish(*step.call); });
            case ServedHalf::abandon: return RPC_E_DISCONNECTED;
            case ServedHalf::begin: break;
        }
        const HRESULT hr = invoke([&] { return begin(*step.call); });
        step.begun = SUCCEEDED(hr);
        return hr;
    }
    /// Everything behind the reading of the arguments, for an interface with an asynchronous form. `body(StubCall&, ServedStep<Async>&)` runs once
    /// for an object that makes no call object; otherwise it is kept, with the arguments in it, and runs for each half.
    template <class Async, class Body>
    HRESULT serve(IUnknown* object, const Guid& async_iid, Body body) {
        class Parts final : public ServedParts {
          public:
            explicit Parts(Body&& body) : body_(std::move(body)) {}
            HRESULT run(StubCall& call, void* async, ServedHalf half, bool* begun) override {
                ServedStep<Async> step{half, static_cast<Async*>(async)};
                const HRESULT hr = body_(call, step);
                *begun = step.begun;
                return hr;
            }

          private:
            Body body_;
        };
        if (class ServedCallObject* const served = call_object(object, async_iid))
            return serve_in_halves(*served, std::make_unique<Parts>(std::move(body)));
        ServedStep<Async> whole;
        return body(*this, whole);
    }
    /// Ends a stub method: S_OK, or the failure that goes out as a fault (the writer's, or what `invoke` caught).
    HRESULT done() { return threw_ ? RPC_E_SERVERFAULT : frame_.response.error(); }

    /// Releases an interface pointer parameter; null is fine.
    static void release(IUnknown* object);
    /// Frees a block of task memory once the response is on its way; null is fine.
    void free_later(const void* block) { frame_.free_later(block); }

  private:
    friend class ServedCallObject;
    /// Null when the object makes none, and is to be called itself.
    static class ServedCallObject* call_object(IUnknown* object, const Guid& async_iid);
    HRESULT serve_in_halves(class ServedCallObject& served, std::unique_ptr<ServedParts> parts);
    ndr::ServerFrame& frame_;
    class ServedCallObject** left_;
    bool threw_ = false;
};

/// Releases the interface pointers inside [in] data, whose memory ends with the call by itself.
struct ReleaseOnly {
    void free_later(const void*) const {}
    void release(IUnknown* object) const { StubCall::release(object); }
};

inline constexpr HRESULT kBadStubData = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);

}  // namespace odc::com
