// What a storage says of the object in it: user type and clipboard format (\1CompObj), the conversion mark (\1Ole).
#include "base/bytes.h"
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "storage/compobj_stream.h"
#include "storage/document.h"

namespace odc::storage {
namespace {

constexpr const OLECHAR* kCompObjName = OLESTR("\1CompObj");
constexpr const OLECHAR* kOleName = OLESTR("\1Ole");
constexpr std::uint32_t kOleVersion = 0x02000001;
constexpr std::uint32_t kConvertFlag = 0x00000004;
constexpr std::size_t kMostBytes = 1 << 20;  // of a \1CompObj; the longest sensible one has a few hundred

Result<> check(HRESULT hr, const char* what) {
    if (FAILED(hr)) return fail(hr, what);
    return {};
}

/// Up to `limit` bytes from where the stream stands.
Result<std::vector<std::uint8_t>> read_bytes(IStream& stream, std::size_t limit) {
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < limit) {
        const std::size_t at = bytes.size();
        bytes.resize(std::min(limit, at + 4096));
        ULONG got = 0;
        const HRESULT hr = stream.Read(bytes.data() + at, static_cast<ULONG>(bytes.size() - at), &got);
        bytes.resize(at + got);
        ODC_TRY(check(hr, "stream"));
        if (got == 0) break;
    }
    return bytes;
}

Result<> write_bytes(IStream& stream, std::span<const std::uint8_t> bytes) {
    ULONG put = 0;
    ODC_TRY(check(stream.Write(bytes.data(), static_cast<ULONG>(bytes.size()), &put), "stream"));
    return put == bytes.size() ? Result<>() : fail(STG_E_WRITEFAULT, "the stream takes no more");
}

std::string prog_id_of(REFCLSID class_id) {
    LPOLESTR text = nullptr;
    if (FAILED(ProgIDFromCLSID(class_id, &text))) return {};
    auto id = to_utf8(view(text));
    CoTaskMemFree(text);
    return id;
}

Result<> write_user_type(IStorage& storage, CLIPFORMAT format, std::u16string_view user_type) {
    STATSTG stat{};
    ODC_TRY(check(storage.Stat(&stat, STATFLAG_NONAME), "storage"));
    const auto bytes = ODC_TRY(write_compobj({stat.clsid, std::u16string(user_type), format, prog_id_of(stat.clsid)}));
    ComPtr<IStream> stream;
    ODC_TRY(check(storage.CreateStream(kCompObjName, STGM_CREATE | STGM_WRITE | STGM_SHARE_EXCLUSIVE, 0, 0, stream.put()), "\\1CompObj"));
    return write_bytes(*stream, bytes);
}

Result<> read_user_type(IStorage& storage, CLIPFORMAT* format, LPOLESTR* user_type) {
    ComPtr<IStream> stream;
    ODC_TRY(check(storage.OpenStream(kCompObjName, nullptr, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, stream.put()), "\\1CompObj"));
    const auto bytes = ODC_TRY(read_bytes(*stream, kMostBytes));
    const auto object = ODC_TRY(read_compobj(bytes));
    if (user_type && !(*user_type = task_string(object.user_type))) return fail(E_OUTOFMEMORY);
    if (format) *format = object.format;
    return {};
}

Result<std::uint32_t> ole_flags(IStream& stream) {
    const auto bytes = ODC_TRY(read_bytes(stream, 8));
    ByteReader in(bytes);
    const std::uint32_t version = in.u32(), flags = in.u32();
    ODC_TRY(in.finish(STG_E_READFAULT, "\\1Ole ends early"));
    if (version != kOleVersion) return fail(DV_E_CLIPFORMAT, "\\1Ole of an unknown version");
    return flags;
}

/// Only the mark changes in a stream that is there; a new one says that the object is embedded.
Result<> set_convert(IStorage& storage, bool convert) {
    constexpr DWORD kMode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    ComPtr<IStream> stream;
    const HRESULT opened = storage.OpenStream(kOleName, nullptr, kMode, 0, stream.put());
    ByteWriter out;
    if (opened == STG_E_FILENOTFOUND) {
        ODC_TRY(check(storage.CreateStream(kOleName, kMode, 0, 0, stream.put()), "\\1Ole"));
        for (const std::uint32_t field : {kOleVersion, convert ? kConvertFlag : 0u, 0u, 0u, 0u}) out.u32(field);
    } else {
        ODC_TRY(check(opened, "\\1Ole"));
        const std::uint32_t flags = ODC_TRY(ole_flags(*stream));
        out.u32(kOleVersion);
        out.u32(convert ? flags | kConvertFlag : flags & ~kConvertFlag);
    }
    LARGE_INTEGER start{};
    ODC_TRY(check(stream->Seek(start, STREAM_SEEK_SET, nullptr), "\\1Ole"));
    return write_bytes(*stream, out.data());
}

}  // namespace
}  // namespace odc::storage

using namespace odc;
using namespace odc::storage;

WINOLEAPI WriteFmtUserTypeStg(IStorage* storage, CLIPFORMAT format, LPOLESTR userType) {
    if (!storage) return E_INVALIDARG;
    return abi([&] { return write_user_type(*storage, format, view(userType)); });
}

WINOLEAPI ReadFmtUserTypeStg(IStorage* storage, CLIPFORMAT* format, LPOLESTR* userType) {
    if (format) *format = 0;
    if (userType) *userType = nullptr;
    if (!storage) return E_INVALIDARG;
    return abi([&] { return read_user_type(*storage, format, userType); });
}

WINOLEAPI GetConvertStg(IStorage* storage) {
    if (!storage) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        ComPtr<IStream> stream;
        const HRESULT hr = storage->OpenStream(kOleName, nullptr, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, stream.put());
        if (FAILED(hr)) return hr;
        const auto flags = ole_flags(*stream);
        if (!flags) return flags.code();
        return *flags & kConvertFlag ? S_OK : S_FALSE;
    });
}

WINOLEAPI SetConvertStg(IStorage* storage, BOOL convert) {
    if (!storage) return E_INVALIDARG;
    return abi([&] { return set_convert(*storage, convert != FALSE); });
}
