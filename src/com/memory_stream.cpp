#include "com/memory_stream.h"

#include <algorithm>
#include <cstring>

namespace odc::com {

HRESULT MemoryStream::Read(void* to, ULONG size, ULONG* got) {
    if (got) *got = 0;
    if (!to) return STG_E_INVALIDPOINTER;
    const std::size_t n = at_ >= bytes_.size() ? 0 : std::min<std::size_t>(size, bytes_.size() - at_);
    if (n) std::memcpy(to, bytes_.data() + at_, n);
    at_ += n;
    if (got) *got = static_cast<ULONG>(n);
    return S_OK;
}

HRESULT MemoryStream::Write(const void* from, ULONG size, ULONG* put) {
    return abi([&]() -> HRESULT {
        if (put) *put = 0;
        if (!from) return STG_E_INVALIDPOINTER;
        if (at_ + size > bytes_.size()) bytes_.resize(at_ + size);
        if (size) std::memcpy(bytes_.data() + at_, from, size);
        at_ += size;
        if (put) *put = size;
        return S_OK;
    });
}

HRESULT MemoryStream::Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) {
    std::int64_t base;
    switch (origin) {
        case STREAM_SEEK_SET: base = 0; break;
        case STREAM_SEEK_CUR: base = static_cast<std::int64_t>(at_); break;
        case STREAM_SEEK_END: base = static_cast<std::int64_t>(bytes_.size()); break;
        default: return STG_E_INVALIDFUNCTION;
    }
    if (base + move.QuadPart < 0) return STG_E_SEEKERROR;
    at_ = static_cast<std::size_t>(base + move.QuadPart);
    if (position) position->QuadPart = at_;
    return S_OK;
}

HRESULT MemoryStream::SetSize(ULARGE_INTEGER size) {
    return abi([&]() -> HRESULT {
        bytes_.resize(size.QuadPart);
        return S_OK;
    });
}

HRESULT MemoryStream::CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) {
    if (!to) return STG_E_INVALIDPOINTER;
    const std::size_t n = at_ >= bytes_.size() ? 0 : std::min<std::size_t>(size.QuadPart, bytes_.size() - at_);
    ULONG put = 0;
    const HRESULT hr = n ? to->Write(bytes_.data() + at_, static_cast<ULONG>(n), &put) : S_OK;
    at_ += n;
    if (read) read->QuadPart = n;
    if (written) written->QuadPart = put;
    return hr;
}

HRESULT MemoryStream::Stat(STATSTG* stat, DWORD) {
    if (!stat) return STG_E_INVALIDPOINTER;
    std::memset(stat, 0, sizeof *stat);
    stat->type = STGTY_STREAM;
    stat->cbSize.QuadPart = bytes_.size();
    return S_OK;
}

HRESULT MemoryStream::Clone(IStream** stream) {
    return abi([&]() -> HRESULT {
        if (!stream) return STG_E_INVALIDPOINTER;
        auto* copy = new MemoryStream(bytes_);
        copy->at_ = at_;
        *stream = copy;
        return S_OK;
    });
}

HRESULT read_ahead(IStream& stream, std::size_t limit, std::vector<std::uint8_t>& bytes) {
    constexpr std::size_t kStep = 4096;
    while (bytes.size() < limit) {
        const std::size_t before = bytes.size();
        bytes.resize(before + std::min(kStep, limit - before));
        ULONG got = 0;
        const HRESULT hr = stream.Read(bytes.data() + before, static_cast<ULONG>(bytes.size() - before), &got);
        const bool short_read = got < bytes.size() - before;
        bytes.resize(before + got);
        if (FAILED(hr)) return hr;
        if (short_read) break;
    }
    return S_OK;
}

HRESULT step_back(IStream& stream, std::size_t bytes) {
    LARGE_INTEGER move;
    move.QuadPart = -static_cast<LONGLONG>(bytes);
    return bytes ? stream.Seek(move, STREAM_SEEK_CUR, nullptr) : S_OK;
}

}  // namespace odc::com

WINOLEAPI OdcCreateMemoryStream(IStream** stream) {
    if (!stream) return E_POINTER;
    *stream = new odc::com::MemoryStream;
    return S_OK;
}
