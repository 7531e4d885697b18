// The IStream of a stream in a compound file.
#pragma once

#include "opendcom/com_ptr.h"
#include "storage/document.h"

namespace odc::storage {

/// Its position is its own; a clone shares the opening, not the position. Streams are always direct: Commit and Revert do nothing.
class StreamObject final : public implements<IStream, ISequentialStream> {
  public:
    StreamObject(std::shared_ptr<Document> document, std::shared_ptr<Opening> opening)
        : document_(std::move(document)), opening_(std::move(opening)) {}

    HRESULT STDMETHODCALLTYPE Read(void* to, ULONG size, ULONG* got) override;
    HRESULT STDMETHODCALLTYPE Write(const void* from, ULONG size, ULONG* put) override;
    HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) override;
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override;
    HRESULT STDMETHODCALLTYPE CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) override;
    HRESULT STDMETHODCALLTYPE Commit(DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Revert() override;
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Clone(IStream** stream) override;

  private:
    const std::shared_ptr<Document> document_;
    const std::shared_ptr<Opening> opening_;
    std::uint64_t at_ = 0;  // under document_->mutex
};

}  // namespace odc::storage
