#include "storage/compobj_stream.h"

#include "base/bytes.h"
#include "property_set/code_page.h"
#include "winuser.h"

namespace odc::storage {

using property_set::kAnsiCodePage;
using property_set::kUtf16CodePage;

namespace {

constexpr std::uint32_t kUnicodeMarker = 0x71B239F4;
constexpr std::uint32_t kStandardFormat = 0xFFFFFFFF;
constexpr std::uint32_t kMacFormat = 0xFFFFFFFE;
constexpr std::uint32_t kLongestFormat = 0x190;
constexpr std::uint32_t kLongestReserved = 0x28;
constexpr CLIPFORMAT kFirstRegistered = 0xC000;

std::u16string name_of(CLIPFORMAT format) {
    char16_t name[256];
    const INT count = GetClipboardFormatNameW(format, reinterpret_cast<LPWSTR>(name), 256);
    return {name, static_cast<std::size_t>(count)};
}

/// A terminated string behind its length: bytes, or characters for the names of Unicode clipboard formats.
Result<> put_text(ByteWriter& out, std::u16string_view text, std::uint16_t code_page, std::size_t unit = 1) {
    auto bytes = ODC_TRY(property_set::encode(text, code_page));
    bytes.resize(bytes.size() + (code_page == kUtf16CodePage ? 2 : 1));
    out.u32(static_cast<std::uint32_t>(bytes.size() / unit));
    out.bytes(bytes);
    return {};
}

Result<> put_format(ByteWriter& out, CLIPFORMAT format, std::uint16_t code_page) {
    if (format >= kFirstRegistered) return put_text(out, name_of(format), code_page, code_page == kUtf16CodePage ? 2 : 1);
    if (format == 0) {
        out.u32(0);
    } else {
        out.u32(kStandardFormat);
        out.u32(format);
    }
    return {};
}

/// What stands in front of the terminator.
Result<std::u16string> take_text(ByteReader& in, std::size_t bytes, std::uint16_t code_page) {
    auto text = ODC_TRY(property_set::decode(in.bytes(bytes), code_page));
    if (const auto end = text.find(u'\0'); end != text.npos) text.resize(end);
    return text;
}

Result<CLIPFORMAT> take_format(ByteReader& in, std::uint16_t code_page) {
    const std::uint32_t marker = in.u32();
    if (marker == 0) return CLIPFORMAT{0};
    if (marker == kStandardFormat || marker == kMacFormat) return static_cast<CLIPFORMAT>(in.u32());
    if (marker > kLongestFormat) return fail(STG_E_INVALIDHEADER, "the name of a clipboard format is too long");
    const auto name = ODC_TRY(take_text(in, marker * (code_page == kUtf16CodePage ? 2 : 1), code_page));
    return static_cast<CLIPFORMAT>(RegisterClipboardFormatW(reinterpret_cast<LPCWSTR>(name.c_str())));
}

}  // namespace

Result<std::vector<std::uint8_t>> write_compobj(const CompObj& object) {
    ByteWriter out;
    out.u32(0xFFFE0001);  // the four fields in front are those that Windows writes, and nobody reads
    out.u32(0x00000A03);
    out.u32(0xFFFFFFFF);
    out.guid(object.class_id);
    ODC_TRY(put_text(out, object.user_type, kAnsiCodePage));
    ODC_TRY(put_format(out, object.format, kAnsiCodePage));
    // Without a text here readers would ignore the Unicode part.
    const bool fits = object.prog_id.size() < kLongestReserved;
    ODC_TRY(put_text(out, fits ? std::u16string(object.prog_id.begin(), object.prog_id.end()) : std::u16string(), kAnsiCodePage));
    out.u32(kUnicodeMarker);
    ODC_TRY(put_text(out, object.user_type, kUtf16CodePage));
    ODC_TRY(put_format(out, object.format, kUtf16CodePage));
    out.u32(0);
    return out.take();
}

Result<CompObj> read_compobj(std::span<const std::uint8_t> bytes) {
    ByteReader in(bytes);
    CompObj object;
    in.skip(12);
    object.class_id = in.guid();
    object.user_type = ODC_TRY(take_text(in, in.u32(), kAnsiCodePage));
    object.format = ODC_TRY(take_format(in, kAnsiCodePage));
    ODC_TRY(in.finish(STG_E_READFAULT, "\\1CompObj ends early"));
    // From here on nothing has to be there.
    const std::uint32_t reserved = in.left() >= 4 ? in.u32() : 0;
    if (reserved == 0 || reserved > kLongestReserved) return object;
    const auto prog_id = ODC_TRY(take_text(in, reserved, kAnsiCodePage));
    if (in.failed()) return object;
    object.prog_id.assign(prog_id.begin(), prog_id.end());
    if (in.u32() != kUnicodeMarker) return object;
    const auto user_type = ODC_TRY(take_text(in, in.u32(), kUtf16CodePage));
    const auto format = ODC_TRY(take_format(in, kUtf16CodePage));
    if (in.failed()) return object;
    if (!user_type.empty()) object.user_type = user_type;
    if (format) object.format = format;
    return object;
}

}  // namespace odc::storage
