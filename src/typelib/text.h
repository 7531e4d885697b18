// How a type library writes text: bytes in the ANSI code page of its LCID, and the hash that names are found by.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace odc::typelib {

/// The ANSI code page that Windows has for a locale; 1252 for those that nothing else is known of.
std::uint16_t ansi_code_page(std::uint32_t lcid);
/// Bytes of a code page as UTF-8. What the code page does not have becomes U+FFFD.
std::string from_ansi(std::span<const std::uint8_t> bytes, std::uint16_t code_page);
/// UTF-8 as bytes of a code page; '?' for what it does not have.
std::vector<std::uint8_t> to_ansi(std::string_view utf8, std::uint16_t code_page);

/// LHashValOfNameSys for Windows: language in the high word, the hash proper in the low one. Case and accents do not count.
std::uint32_t name_hash(std::span<const std::uint8_t> ansi_name, std::uint32_t lcid);

}  // namespace odc::typelib
