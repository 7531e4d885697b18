#include "orpc/type_serialization.h"

#include <cstring>
#include <iterator>

#include "base/bytes.h"

namespace odc::orpc {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kLittleEndian = 0x10;
constexpr std::uint16_t kCommonHeader = 8;
constexpr std::uint32_t kFiller = 0xCCCCCCCC;
constexpr bool kHostIsLittle = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

Error bad(const char* why) { return fail_win32(RPC_X_BAD_STUB_DATA, std::string("serialized value: ") + why); }

/// Own bytes and large arrays, in order.
void gather(ndr::Writer& value, std::vector<std::uint8_t>& out) {
    std::size_t from = value.headroom();
    for (const auto& external : value.externals()) {
        out.insert(out.end(), value.base() + from, value.base() + external.at);
        out.insert(out.end(), external.data, external.data + external.size);
        from = external.at;
    }
    out.insert(out.end(), value.base() + from, value.base() + value.own_bytes());
}

}  // namespace

ndr::Writer& SerializedWriter::begin() {
    value_.begin(0);
    return value_;
}

Result<> SerializedWriter::finish(std::vector<std::uint8_t>& out) {
    if (value_.failed()) return fail(value_.error(), "value cannot be serialized");
    value_.align(8);
    // Common header, then the private one: size of the value and filler, in the value's own byte order.
    const auto size = static_cast<std::uint32_t>(value_.position());
    const std::uint16_t length = from_little(kCommonHeader);
    std::uint8_t headers[16] = {kVersion, kHostIsLittle ? kLittleEndian : std::uint8_t{0}};
    std::memcpy(headers + 2, &length, sizeof length);
    std::memcpy(headers + 4, &kFiller, sizeof kFiller);
    std::memcpy(headers + 8, &size, sizeof size);
    out.insert(out.end(), std::begin(headers), std::end(headers));
    gather(value_, out);
    return {};
}

Result<> SerializedReader::begin(std::span<const std::uint8_t> record) {
    ByteReader headers(record);
    if (headers.u8() != kVersion) return bad("not version 1");
    const bool little = headers.u8() == kLittleEndian;
    if (headers.u16() != kCommonHeader) return bad("length of the common header");
    headers.skip(4);
    std::uint32_t size = headers.u32();
    headers.skip(4);
    if (headers.failed()) return bad("ends in its headers");
    if (!little) size = __builtin_bswap32(size);
    if (size > headers.left()) return bad("says that it is longer than it is");
    copy_.assign((size + 7) / 8, 0);
    if (size) std::memcpy(copy_.data(), headers.bytes(size).data(), size);
    size_ = kSerializationHeaders + size;
    arena_.reset();
    value_.begin({reinterpret_cast<std::uint8_t*>(copy_.data()), size}, little != kHostIsLittle, ndr::Syntax::ndr20, arena_);
    return {};
}

}  // namespace odc::orpc
