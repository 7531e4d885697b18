// Bytes in an HGLOBAL, shared by a stream and its clones, or held by an ILockBytes.
#pragma once

#include <memory>
#include <span>

#include "base/mutex.h"
#include "opendcom/base/result.h"
#include "winbase.h"

namespace odc::storage {

/// Thread-safe. The size is the handle's: what another party allocates anew is seen. A handle that was freed meanwhile has no bytes, and
/// takes none (E_OUTOFMEMORY).
class GlobalBytes {
  public:
    /// Null when a new handle, for `handle` null, cannot be had.
    static std::shared_ptr<GlobalBytes> over(HGLOBAL handle, bool frees);
    ~GlobalBytes() {
        if (frees_) GlobalFree(handle_);
    }
    GlobalBytes(const GlobalBytes&) = delete;
    GlobalBytes& operator=(const GlobalBytes&) = delete;

    HGLOBAL handle() const { return handle_; }
    std::uint64_t size() ODC_EXCLUDES(mutex_);
    /// Returns how many bytes there were.
    std::size_t read(std::uint64_t at, std::span<std::uint8_t> into) ODC_EXCLUDES(mutex_);
    HRESULT write(std::uint64_t at, std::span<const std::uint8_t> from) ODC_EXCLUDES(mutex_);
    HRESULT resize(std::uint64_t size) ODC_EXCLUDES(mutex_);

  private:
    GlobalBytes(HGLOBAL handle, bool frees) : handle_(handle), frees_(frees) {}
    HRESULT resize_locked(std::uint64_t size) ODC_REQUIRES(mutex_);

    Mutex mutex_;
    const HGLOBAL handle_;
    const bool frees_;
};

}  // namespace odc::storage
