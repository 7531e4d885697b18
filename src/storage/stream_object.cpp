#include "storage/stream_object.h"

#include <algorithm>
#include <vector>

namespace odc::storage {

HRESULT StreamObject::Read(void* to, ULONG size, ULONG* got) {
    if (got) *got = 0;
    if (!to) return STG_E_INVALIDPOINTER;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        if (!opening_->can_read()) return STG_E_ACCESSDENIED;
        const auto count = opening_->tree->read(opening_->id, at_, {static_cast<std::uint8_t*>(to), size});
        if (!count) return count.code();
        at_ += *count;
        if (got) *got = static_cast<ULONG>(*count);
        return S_OK;
    });
}

HRESULT StreamObject::Write(const void* from, ULONG size, ULONG* put) {
    if (put) *put = 0;
    if (!from) return STG_E_INVALIDPOINTER;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        const auto done = opening_->tree->write(opening_->id, at_, {static_cast<const std::uint8_t*>(from), size});
        if (!done) return done.code();
        at_ += size;
        if (put) *put = size;
        return S_OK;
    });
}

HRESULT StreamObject::Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        std::uint64_t base = 0;
        switch (origin) {
            case STREAM_SEEK_SET: break;
            case STREAM_SEEK_CUR: base = at_; break;
            case STREAM_SEEK_END: {
                const auto entry = opening_->tree->stat(opening_->id);
                if (!entry) return entry.code();
                base = entry->size;
                break;
            }
            default: return STG_E_INVALIDFUNCTION;
        }
        const std::uint64_t target = base + static_cast<std::uint64_t>(move.QuadPart);
        const bool wrapped = move.QuadPart < 0 ? target > base : target < base;
        if (wrapped) return STG_E_SEEKERROR;
        at_ = target;
        if (position) position->QuadPart = at_;
        return S_OK;
    });
}

HRESULT StreamObject::SetSize(ULARGE_INTEGER size) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        return opening_->tree->resize(opening_->id, size.QuadPart).code();
    });
}

/// The target may be another stream of this file: no lock is held while it is written.
HRESULT StreamObject::CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) {
    if (read) read->QuadPart = 0;
    if (written) written->QuadPart = 0;
    if (!to) return STG_E_INVALIDPOINTER;
    return abi([&]() -> HRESULT {
        std::vector<std::uint8_t> buffer(std::size_t{64} << 10);
        for (std::uint64_t left = size.QuadPart; left > 0;) {
            ULONG got = 0;
            HRESULT hr = Read(buffer.data(), static_cast<ULONG>(std::min<std::uint64_t>(left, buffer.size())), &got);
            if (FAILED(hr) || got == 0) return hr;
            if (read) read->QuadPart += got;
            ULONG put = 0;
            hr = to->Write(buffer.data(), got, &put);
            if (written) written->QuadPart += put;
            if (FAILED(hr)) return hr;
            left -= got;
        }
        return S_OK;
    });
}

HRESULT StreamObject::Commit(DWORD) {
    Lock lock(document_->mutex);
    return document_->enter(*opening_);
}

HRESULT StreamObject::Revert() {
    Lock lock(document_->mutex);
    return document_->enter(*opening_);
}

HRESULT StreamObject::Stat(STATSTG* stat, DWORD flags) {
    if (!stat) return STG_E_INVALIDPOINTER;
    *stat = {};
    if (flags & ~DWORD{STATFLAG_NONAME}) return STG_E_INVALIDFLAG;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        const auto entry = opening_->tree->stat(opening_->id);
        if (!entry) return entry.code();
        if (!(flags & STATFLAG_NONAME) && !(stat->pwcsName = task_string(entry->name()))) return STG_E_INSUFFICIENTMEMORY;
        stat->type = STGTY_STREAM;
        stat->cbSize.QuadPart = entry->size;
        stat->grfMode = opening_->mode;
        return S_OK;
    });
}

HRESULT StreamObject::Clone(IStream** stream) {
    if (!stream) return STG_E_INVALIDPOINTER;
    *stream = nullptr;
    return abi([&]() -> HRESULT {
        auto twin = ComPtr<StreamObject>::attach(new StreamObject(document_, opening_));
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        twin->at_ = at_;
        *stream = twin.detach();
        return S_OK;
    });
}

}  // namespace odc::storage
