// `.reg` files, "REGEDIT4" and "Windows Registry Editor Version 5.00": text to changes and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "registry/registry.h"

namespace odc::registry {

enum class RegFormat {
    regedit4,       ///< "REGEDIT4", Windows-1252
    version5,       ///< "Windows Registry Editor Version 5.00", UTF-16LE with byte order mark, as Windows writes it
    version5_utf8,  ///< the same text in UTF-8
};

/// Reads a whole file. Both formats, in UTF-16LE with a byte order mark, in UTF-8 with or without one, or (where it is no UTF-8)
/// in Windows-1252; also the first format, "REGEDIT", whose lines are `HKEY_CLASSES_ROOT\Key = default value`.
/// In REGEDIT4 the bytes of hex(1), hex(2) and hex(7) are characters of one byte, in version 5 they are UTF-16LE.
/// Errors: ERROR_INVALID_DATA, whose text starts with "line <number>: ".
Result<std::vector<Change>> parse_reg_file(std::span<const std::uint8_t> bytes);

/// Writes a key with everything below it. `top` is the path of `tree`.
/// Errors: ERROR_INVALID_DATA when a name or text cannot be said in the format (REGEDIT4 knows Windows-1252 only).
Result<std::string> write_reg_file(const KeyPath& top, const KeyTree& tree, RegFormat format);

}  // namespace odc::registry
