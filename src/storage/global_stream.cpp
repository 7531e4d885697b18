// IStream and ILockBytes over an HGLOBAL.
#include "coml2api.h"
#include "opendcom/com_ptr.h"
#include "storage/global_bytes.h"
#include "storage/stream_copy.h"

namespace odc::storage {
namespace {

/// Asked for by GetHGlobalFromStream and GetHGlobalFromILockBytes; only the two classes here answer, with the GlobalBytes.
constexpr IID kHandleInside = {0x3E7C1D0B, 0x5A61, 0x4C53, {0x9F, 0x0E, 0x6B, 0x15, 0x88, 0xD2, 0x41, 0x7A}};

/// The interface that kHandleInside names.
struct HoldsHandle {
    virtual HGLOBAL handle() const = 0;

  protected:
    ~HoldsHandle() = default;
};

/// Positions and sizes have 32 bits: what callers give in the upper half is ignored.
class GlobalStream final : public implements<IStream, ISequentialStream>, public HoldsHandle {
  public:
    explicit GlobalStream(std::shared_ptr<GlobalBytes> bytes, std::uint32_t at = 0) : bytes_(std::move(bytes)), at_(at) {}
    HGLOBAL handle() const override { return bytes_->handle(); }

    HRESULT STDMETHODCALLTYPE Read(void* to, ULONG size, ULONG* got) override {
        if (got) *got = 0;
        if (!to) return STG_E_INVALIDPOINTER;
        const std::uint32_t at = at_;
        const auto count = static_cast<ULONG>(bytes_->read(at, {static_cast<std::uint8_t*>(to), size}));
        at_ = at + count;
        if (got) *got = count;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Write(const void* from, ULONG size, ULONG* put) override {
        if (put) *put = 0;
        if (!from && size) return STG_E_INVALIDPOINTER;
        const std::uint32_t at = at_;
        if (const HRESULT hr = bytes_->write(at, {static_cast<const std::uint8_t*>(from), size}); FAILED(hr)) return hr;
        at_ = at + size;
        if (put) *put = size;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) override {
        std::int64_t target = static_cast<std::int32_t>(move.LowPart);
        HRESULT hr = S_OK;
        switch (origin) {
            case STREAM_SEEK_SET: break;
            case STREAM_SEEK_CUR: target += at_; break;
            case STREAM_SEEK_END: target += static_cast<std::int64_t>(bytes_->size()); break;
            default: hr = STG_E_SEEKERROR;
        }
        if (target < 0 || target > UINT32_MAX) hr = STG_E_SEEKERROR;
        if (SUCCEEDED(hr)) at_ = static_cast<std::uint32_t>(target);
        if (position) position->QuadPart = at_;
        return hr;
    }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override { return bytes_->resize(size.LowPart); }
    HRESULT STDMETHODCALLTYPE CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) override {
        return abi([&] { return copy_stream(*this, to, size, read, written); });
    }
    HRESULT STDMETHODCALLTYPE Commit(DWORD) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Revert() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD) override {
        if (!stat) return STG_E_INVALIDPOINTER;
        *stat = {};
        stat->type = STGTY_STREAM;
        stat->cbSize.QuadPart = bytes_->size();
        stat->grfMode = STGM_READWRITE;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(IStream** stream) override {
        if (!stream) return STG_E_INVALIDPOINTER;
        *stream = nullptr;
        return abi([&]() -> HRESULT {
            *stream = new GlobalStream(bytes_, at_);
            return S_OK;
        });
    }

  private:
    void* query_more(REFIID iid) override { return iid == kHandleInside ? static_cast<HoldsHandle*>(this) : nullptr; }
    const std::shared_ptr<GlobalBytes> bytes_;
    std::atomic<std::uint32_t> at_;
};

class GlobalLockBytes final : public implements<ILockBytes>, public HoldsHandle {
  public:
    explicit GlobalLockBytes(std::shared_ptr<GlobalBytes> bytes) : bytes_(std::move(bytes)) {}
    HGLOBAL handle() const override { return bytes_->handle(); }

    HRESULT STDMETHODCALLTYPE ReadAt(ULARGE_INTEGER offset, void* to, ULONG size, ULONG* got) override {
        if (got) *got = 0;
        if (!to) return STG_E_INVALIDPOINTER;
        const auto count = bytes_->read(offset.QuadPart, {static_cast<std::uint8_t*>(to), size});
        if (got) *got = static_cast<ULONG>(count);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE WriteAt(ULARGE_INTEGER offset, const void* from, ULONG size, ULONG* put) override {
        if (put) *put = 0;
        if (!from && size) return STG_E_INVALIDPOINTER;
        if (const HRESULT hr = bytes_->write(offset.QuadPart, {static_cast<const std::uint8_t*>(from), size}); FAILED(hr))
            return hr == E_OUTOFMEMORY ? STG_E_MEDIUMFULL : hr;
        if (put) *put = size;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Flush() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override {
        const HRESULT hr = bytes_->resize(size.QuadPart);
        return hr == E_OUTOFMEMORY ? STG_E_MEDIUMFULL : hr;
    }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD) override {
        if (!stat) return STG_E_INVALIDPOINTER;
        *stat = {};
        stat->type = STGTY_LOCKBYTES;
        stat->cbSize.QuadPart = bytes_->size();
        stat->grfMode = STGM_READWRITE;
        return S_OK;
    }

  private:
    void* query_more(REFIID iid) override { return iid == kHandleInside ? static_cast<HoldsHandle*>(this) : nullptr; }
    const std::shared_ptr<GlobalBytes> bytes_;
};

HRESULT handle_inside(IUnknown* object, HGLOBAL* handle) {
    HoldsHandle* holder = nullptr;
    if (FAILED(object->QueryInterface(kHandleInside, reinterpret_cast<void**>(&holder)))) return E_INVALIDARG;
    *handle = holder->handle();
    object->Release();
    return S_OK;
}

}  // namespace
}  // namespace odc::storage

using namespace odc;
using namespace odc::storage;

WINOLEAPI CreateStreamOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, IStream** stream) {
    if (!stream) return E_INVALIDARG;
    *stream = nullptr;
    return abi([&]() -> HRESULT {
        auto bytes = GlobalBytes::over(memory, deleteOnRelease != FALSE);
        if (!bytes) return E_OUTOFMEMORY;
        *stream = new GlobalStream(std::move(bytes));
        return S_OK;
    });
}

WINOLEAPI GetHGlobalFromStream(IStream* stream, HGLOBAL* memory) {
    if (!stream || !memory) return E_INVALIDARG;
    return handle_inside(stream, memory);
}

WINOLEAPI CreateILockBytesOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, ILockBytes** bytes) {
    if (!bytes) return E_INVALIDARG;
    *bytes = nullptr;
    return abi([&]() -> HRESULT {
        auto held = GlobalBytes::over(memory, deleteOnRelease != FALSE);
        if (!held) return E_OUTOFMEMORY;
        *bytes = new GlobalLockBytes(std::move(held));
        return S_OK;
    });
}

WINOLEAPI GetHGlobalFromILockBytes(ILockBytes* bytes, HGLOBAL* memory) {
    if (!bytes || !memory) return E_INVALIDARG;
    *memory = nullptr;
    return handle_inside(bytes, memory);
}
