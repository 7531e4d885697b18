#include "storage/property_stream.h"

#include <algorithm>

namespace odc::storage {

namespace {

Result<> rewind(IStream& stream) {
    LARGE_INTEGER start{};
    if (const HRESULT hr = stream.Seek(start, STREAM_SEEK_SET, nullptr); FAILED(hr)) return fail(hr, "start of a property set");
    return {};
}

}  // namespace

Result<property_set::PropertySetStream> read_property_stream(IStream& stream) {
    ODC_TRY(rewind(stream));
    std::vector<std::uint8_t> bytes;
    // In pieces: the memory taken follows what is there, not what somebody says.
    for (std::size_t piece = 4096;; piece = std::min<std::size_t>(piece * 2, 1u << 20)) {
        const std::size_t at = bytes.size();
        if (at > 0x7FFFFFFF) return fail(STG_E_INVALIDHEADER, "a property set of more than 2 GB");
        bytes.resize(at + piece);
        ULONG got = 0;
        const HRESULT hr = stream.Read(bytes.data() + at, static_cast<ULONG>(piece), &got);
        bytes.resize(at + std::min<std::size_t>(got, piece));
        if (FAILED(hr)) return fail(hr, "bytes of a property set");
        if (got == 0) break;
    }
    return property_set::PropertySetStream::parse(bytes);
}

Result<> write_property_stream(IStream& stream, std::span<const std::uint8_t> bytes) {
    if (bytes.size() > kMaxPropertyStream) return fail(STG_E_MEDIUMFULL, "a property set of more than 2 MB");
    ULARGE_INTEGER size;
    size.QuadPart = bytes.size();
    if (const HRESULT hr = stream.SetSize(size); FAILED(hr)) return fail(hr, "room for a property set");
    ODC_TRY(rewind(stream));
    ULONG put = 0;
    if (const HRESULT hr = stream.Write(bytes.data(), static_cast<ULONG>(bytes.size()), &put); FAILED(hr)) return fail(hr, "bytes of a property set");
    if (put != bytes.size()) return fail(STG_E_WRITEFAULT, "the stream takes no more");
    return {};
}

}  // namespace odc::storage
