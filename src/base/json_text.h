// A text as JSON writes it (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

namespace odc {

/// With its quotation marks; `text` is UTF-8.
std::string quoted_json(std::string_view text);

}  // namespace odc
