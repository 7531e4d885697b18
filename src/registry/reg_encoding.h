// The encodings of `.reg` files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace odc::registry {

/// The text of a file as UTF-8: UTF-16LE when it starts with that byte order mark, else UTF-8, else Windows-1252.
std::string decode_text_file(std::span<const std::uint8_t> bytes);
bool is_utf8(std::string_view bytes);
std::string from_windows_1252(std::string_view bytes);
/// nullopt when a character has no place in Windows-1252.
std::optional<std::string> to_windows_1252(std::string_view utf8);
/// UTF-16LE bytes, no byte order mark.
std::string to_utf16le(std::string_view utf8);

}  // namespace odc::registry
