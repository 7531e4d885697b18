#include "storage/global_bytes.h"

#include <algorithm>
#include <cstring>

namespace odc::storage {

std::shared_ptr<GlobalBytes> GlobalBytes::over(HGLOBAL handle, bool frees) {
    HGLOBAL made = nullptr;
    if (!handle) handle = made = GlobalAlloc(GMEM_MOVEABLE | GMEM_NODISCARD | GMEM_SHARE, 0);
    if (!handle) return nullptr;
    try {
        return std::shared_ptr<GlobalBytes>(new GlobalBytes(handle, frees));
    } catch (const std::bad_alloc&) {
        GlobalFree(made);
        throw;
    }
}

std::uint64_t GlobalBytes::size() {
    Lock lock(mutex_);
    return GlobalSize(handle_);
}

std::size_t GlobalBytes::read(std::uint64_t at, std::span<std::uint8_t> into) {
    Lock lock(mutex_);
    const std::uint64_t size = GlobalSize(handle_);
    if (at >= size) return 0;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size - at));
    const auto* bytes = static_cast<const std::uint8_t*>(GlobalLock(handle_));
    if (!bytes) return 0;
    std::memcpy(into.data(), bytes + at, count);
    GlobalUnlock(handle_);
    return count;
}

HRESULT GlobalBytes::resize_locked(std::uint64_t size) {
    // A handle's size is 32 bits on the systems that invented it, and so is the stream's.
    if (size > UINT32_MAX) return E_OUTOFMEMORY;
    if (GlobalFlags(handle_) == GMEM_INVALID_HANDLE) return E_OUTOFMEMORY;
    if (size == GlobalSize(handle_)) return S_OK;
    return GlobalReAlloc(handle_, static_cast<SIZE_T>(size), GMEM_ZEROINIT) ? S_OK : E_OUTOFMEMORY;
}

HRESULT GlobalBytes::resize(std::uint64_t size) {
    Lock lock(mutex_);
    return resize_locked(size);
}

HRESULT GlobalBytes::write(std::uint64_t at, std::span<const std::uint8_t> from) {
    Lock lock(mutex_);
    if (GlobalFlags(handle_) == GMEM_INVALID_HANDLE) return E_OUTOFMEMORY;
    if (from.empty()) return S_OK;
    if (at > UINT32_MAX) return E_OUTOFMEMORY;
    if (const std::uint64_t end = at + from.size(); end > GlobalSize(handle_))
        if (const HRESULT hr = resize_locked(end); FAILED(hr)) return hr;
    auto* bytes = static_cast<std::uint8_t*>(GlobalLock(handle_));
    if (!bytes) return E_OUTOFMEMORY;
    std::memcpy(bytes + at, from.data(), from.size());
    GlobalUnlock(handle_);
    return S_OK;
}

}  // namespace odc::storage
