// What every IStream::CopyTo does.
#pragma once

#include <algorithm>
#include <vector>

#include "objidl.h"

namespace odc::storage {

/// Copies up to `size` bytes from the position of `from` to that of `to`. `to` may be any object, so no lock may be held. `read` and
/// `written` may be null; they tell what was done also when something failed.
inline HRESULT copy_stream(IStream& from, IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) {
    if (read) read->QuadPart = 0;
    if (written) written->QuadPart = 0;
    if (!to) return STG_E_INVALIDPOINTER;
    std::vector<std::uint8_t> buffer(std::size_t{64} << 10);
    for (std::uint64_t left = size.QuadPart; left > 0;) {
        ULONG got = 0;
        HRESULT hr = from.Read(buffer.data(), static_cast<ULONG>(std::min<std::uint64_t>(left, buffer.size())), &got);
        if (FAILED(hr) || got == 0) return FAILED(hr) ? hr : S_OK;
        if (read) read->QuadPart += got;
        ULONG put = 0;
        hr = to->Write(buffer.data(), got, &put);
        if (written) written->QuadPart += put;
        if (FAILED(hr)) return hr;
        left -= got;
    }
    return S_OK;
}

}  // namespace odc::storage
