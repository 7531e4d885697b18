// Text of a Windows code page to UTF-16 and back.
// Spec: MS-OLEPS 2.18.2, MS-UCODEREF 2.2.1 (identifiers).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::property_set {

inline constexpr std::uint16_t kUtf16CodePage = 1200;  ///< CP_WINUNICODE
inline constexpr std::uint16_t kUtf8CodePage = 65001;
inline constexpr std::uint16_t kAnsiCodePage = 1252;   ///< what ANSI means here, and where no code page is given

bool is_known_code_page(std::uint16_t code_page);
/// Bytes that the code page does not know become U+FFFD. Errors: STG_E_INVALIDHEADER for an unknown code page.
Result<std::u16string> decode(std::span<const std::uint8_t> bytes, std::uint16_t code_page);
/// Characters that the code page does not have become '?'. No terminator is added.
Result<std::vector<std::uint8_t>> encode(std::u16string_view text, std::uint16_t code_page);

}  // namespace odc::property_set
