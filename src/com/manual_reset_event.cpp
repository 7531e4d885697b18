#include "com/manual_reset_event.h"

#include <sys/eventfd.h>

#include "com/builtin_classes.h"

extern "C" {
extern ODC_API const CLSID CLSID_ManualResetEvent;
const CLSID CLSID_ManualResetEvent = {0x0000032C, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
}

namespace odc::com {

void Latch::set() {
    Lock lock(mutex_);
    if (std::exchange(on_, true) || !descriptor_) return;
    const std::uint64_t one = 1;
    (void)!::write(descriptor_.get(), &one, sizeof one);
}

void Latch::reset() {
    Lock lock(mutex_);
    if (!std::exchange(on_, false) || !descriptor_) return;
    std::uint64_t count;
    (void)!::read(descriptor_.get(), &count, sizeof count);
}

HRESULT Latch::make_descriptor() {
    if (descriptor_) return S_OK;
    descriptor_.reset(::eventfd(on_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK));
    return descriptor_ ? S_OK : HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES);
}

HRESULT Latch::handle(HANDLE* handle) {
    Lock lock(mutex_);
    if (const HRESULT hr = make_descriptor(); FAILED(hr)) return hr;
    *handle = reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(descriptor_.get()));
    return S_OK;
}

HRESULT Latch::wait(DWORD flags, DWORD milliseconds) {
    {
        Lock lock(mutex_);
        if (on_) return S_OK;
    }
    HANDLE descriptor;
    if (const HRESULT hr = handle(&descriptor); FAILED(hr)) return hr;
    DWORD index;
    return CoWaitForMultipleHandles(flags, milliseconds, 1, &descriptor, &index);
}

void* EventFaces::face(const Guid& iid) {
    if (iid == __uuidof(ISynchronize)) return static_cast<ISynchronize*>(this);
    if (iid == __uuidof(ISynchronizeHandle)) return static_cast<ISynchronizeHandle*>(this);
    return nullptr;
}

HRESULT EventFaces::Wait(DWORD flags, DWORD milliseconds) {
    return abi([&] { return latch_->wait(flags, milliseconds); });
}

HRESULT EventFaces::Signal() {
    latch_->set();
    return S_OK;
}

HRESULT EventFaces::Reset() {
    latch_->reset();
    return S_OK;
}

HRESULT EventFaces::GetHandle(HANDLE* handle) {
    if (!handle) return E_POINTER;
    *handle = nullptr;
    return latch_->handle(handle);
}

namespace {

/// The inner unknown of an event, alone or aggregated.
class ManualResetEvent final : public IUnknown {
  public:
    explicit ManualResetEvent(IUnknown* outer) : faces_(outer ? outer : this, Ref<Latch>::adopt(new Latch)) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = iid == __uuidof(IUnknown) ? this : faces_.face(iid);
        if (!*object) return E_NOINTERFACE;
        static_cast<IUnknown*>(*object)->AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete this;
        return left;
    }

  private:
    ~ManualResetEvent() = default;
    EventFaces faces_;
    std::atomic<ULONG> references_{1};
};

}  // namespace

ComPtr<IUnknown> manual_reset_event(IUnknown* outer) { return ComPtr<IUnknown>::attach(new ManualResetEvent(outer)); }

}  // namespace odc::com
