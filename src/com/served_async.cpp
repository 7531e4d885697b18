// The server's side of an asynchronous call: objects that make call objects are called through them.
#include "com/manual_reset_event.h"
#include "opendcom/com/stub.h"

namespace odc::com {

/// Aggregates the call object of a server, which signals it when Finish_ may be called.
class ServedCallObject final : public ISynchronize {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid == __uuidof(IUnknown) || iid == __uuidof(ISynchronize)) {
            *object = static_cast<ISynchronize*>(this);
            AddRef();
            return S_OK;
        }
        return inner_ ? inner_->QueryInterface(iid, object) : E_NOINTERFACE;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) {
            references_ = 1;  // what the call object does to its outer while it goes
            delete this;
        }
        return left;
    }
    HRESULT STDMETHODCALLTYPE Wait(DWORD flags, DWORD milliseconds) override {
        return abi([&] { return latch_->wait(flags, milliseconds); });
    }
    HRESULT STDMETHODCALLTYPE Signal() override {
        latch_->set();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
        latch_->reset();
        return S_OK;
    }
    HRESULT make(ICallFactory& factory, const Guid& iid) {
        return factory.CreateCall(iid, this, __uuidof(IUnknown), inner_.put());
    }

  private:
    ~ServedCallObject() = default;
    const Ref<Latch> latch_ = Ref<Latch>::adopt(new Latch);
    ComPtr<IUnknown> inner_;
    std::atomic<ULONG> references_{1};
};

ServedAsync::ServedAsync(IUnknown* object, const Guid& iid) {
    (void)abi([&]() -> HRESULT {
        ComPtr<ICallFactory> factory;
        if (const HRESULT hr = object->QueryInterface(__uuidof(ICallFactory), factory.put_void()); FAILED(hr)) return hr;
        outer_ = new ServedCallObject;
        if (const HRESULT hr = outer_->make(*factory, iid); FAILED(hr)) return hr;
        return outer_->QueryInterface(iid, &call_);
    });
}

ServedAsync::~ServedAsync() {
    if (call_) static_cast<IUnknown*>(call_)->Release();
    if (outer_) outer_->Release();
}

HRESULT ServedAsync::wait() { return outer_->Wait(COWAIT_DEFAULT, INFINITE); }

}  // namespace odc::com
