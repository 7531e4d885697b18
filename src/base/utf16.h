// UTF-8 <-> UTF-16. OLECHAR is UTF-16 at the binary interface, everything inside OpenDCOM that people read is UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "opendcom/base/sdk_types.h"

namespace odc {

/// Malformed input becomes U+FFFD, never an error.
std::u16string to_utf16(std::string_view utf8);
std::string to_utf8(std::u16string_view utf16);
/// The OLECHAR forms, for both widths of WCHAR (see winbase_types.h). A null pointer is the empty string.
std::string to_utf8_z(const OLECHAR* text);
/// Compares without regard to the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace odc
