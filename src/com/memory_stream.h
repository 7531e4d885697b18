// An IStream over a vector, for what the runtime itself marshals.
#pragma once

#include <cstdint>
#include <vector>

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

class MemoryStream final : public implements<IStream, ISequentialStream> {
  public:
    MemoryStream() = default;
    explicit MemoryStream(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    HRESULT STDMETHODCALLTYPE Read(void* to, ULONG size, ULONG* got) override;
    HRESULT STDMETHODCALLTYPE Write(const void* from, ULONG size, ULONG* put) override;
    HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) override;
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override;
    HRESULT STDMETHODCALLTYPE CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) override;
    HRESULT STDMETHODCALLTYPE Commit(DWORD) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Revert() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Clone(IStream** stream) override;

    const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// Reads all that is left of a stream, up to `limit` bytes, and goes back to where `used` bytes have been taken.
HRESULT read_ahead(IStream& stream, std::size_t limit, std::vector<std::uint8_t>& bytes);
HRESULT step_back(IStream& stream, std::size_t bytes);

}  // namespace odc::com
