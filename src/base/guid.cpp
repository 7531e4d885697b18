#include "base/guid.h"

#include <sys/random.h>

#include <cstdio>
#include <cstdlib>

extern "C" const GUID GUID_NULL = {};

namespace odc {
namespace {

std::string format(const Guid& g, const char* pattern) {
    char text[40];
    const int length = std::snprintf(text, sizeof text, pattern, g.Data1, g.Data2, g.Data3, g.Data4[0], g.Data4[1], g.Data4[2],
                                     g.Data4[3], g.Data4[4], g.Data4[5], g.Data4[6], g.Data4[7]);
    return std::string(text, static_cast<std::size_t>(length));
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::string to_string(const Guid& guid) {
    return format(guid, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}");
}

std::string to_bare_string(const Guid& guid) { return format(guid, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x"); }

std::optional<Guid> parse_guid(std::string_view text) {
    if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
    if (text.size() != 36) return std::nullopt;
    std::uint8_t bytes[16] = {};
    std::size_t filled = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i++] != '-') return std::nullopt;
            continue;
        }
        const auto high = hex_digit(text[i]);
        const auto low = hex_digit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes[filled++] = static_cast<std::uint8_t>(*high << 4 | *low);
        i += 2;
    }
    Guid guid;
    guid.Data1 = std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
    guid.Data2 = static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]);
    guid.Data3 = static_cast<std::uint16_t>(bytes[6] << 8 | bytes[7]);
    std::memcpy(guid.Data4, bytes + 8, 8);
    return guid;
}

Guid new_guid() {
    Guid guid;
    if (::getrandom(&guid, sizeof guid, 0) != static_cast<ssize_t>(sizeof guid)) std::abort();  // cannot fail for 16 bytes
    guid.Data3 = static_cast<std::uint16_t>((guid.Data3 & 0x0FFF) | 0x4000);
    guid.Data4[0] = static_cast<std::uint8_t>((guid.Data4[0] & 0x3F) | 0x80);
    return guid;
}

}  // namespace odc
