// HSTRING on the wire: hstring.idl says that it travels as a FLAGGED_WORD_BLOB, as BSTR does (MS-OAUT 2.2.23.2): size of the array,
// length in bytes, length in units, units. The empty text, which a null HSTRING is, has length 0; a null BSTR's length of -1 is read too.
#include <bit>

#include "opendcom/ndr/byte_order.h"
#include "opendcom/ndr/generated.h"
#include "winrt/text_block.h"
#include "winstring.h"

namespace odc::winrt {
namespace {

static_assert(std::endian::native == std::endian::little, "texts are little-endian on every wire");

constexpr std::uint32_t kNullText = 0xFFFFFFFF;

void write_text(ndr::Writer& out, HSTRING text) {
    UINT32 length = 0;
    const WCHAR* units = WindowsGetStringRawBuffer(text, &length);
    out.count(length);
    out.u32(length * static_cast<std::uint32_t>(sizeof(WCHAR)));
    out.u32(length);
    if (length) out.copy(units, length * sizeof(WCHAR));
}

/// Little-endian, as BSTR.
HSTRING read_text(ndr::Reader& in) {
    const ndr::LittleEndian scope(in);
    const std::size_t units = in.count(sizeof(WCHAR));
    const std::uint32_t bytes = in.u32();
    in.require(in.u32() == units && units <= kMaxUnits && (bytes == units * sizeof(WCHAR) || (bytes == kNullText && units == 0)));
    if (in.failed() || units == 0) return nullptr;
    auto* memory = in.task<std::uint8_t>(block_size(units));
    if (in.failed()) return nullptr;
    auto* block = text_in(memory, units);
    in.copy(block->own_units(), units * sizeof(WCHAR));
    return in.failed() ? nullptr : reinterpret_cast<HSTRING>(block);
}

}  // namespace
}  // namespace odc::winrt

extern "C" {
extern ODC_API const odc::ndr::UserType HSTRING_wire;
const odc::ndr::UserType HSTRING_wire = {
    [](odc::ndr::Writer& out, const void* value) { odc::winrt::write_text(out, *static_cast<const HSTRING*>(value)); },
    [](odc::ndr::Reader& in, void* value) { *static_cast<HSTRING*>(value) = odc::winrt::read_text(in); },
    [](void* value) { WindowsDeleteString(*static_cast<HSTRING*>(value)); },
};
}
