// GUID text forms and hashing.
#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "opendcom/base/sdk_types.h"

namespace odc {

/// "{6B29FC40-CA47-1067-B31D-00DD010662DA}", upper case, 38 characters.
std::string to_string(const Guid& guid);
/// The same without braces and in lower case, 36 characters, as IDL and tshark write it.
std::string to_bare_string(const Guid& guid);
/// Takes both forms, any case, nothing around it.
std::optional<Guid> parse_guid(std::string_view text);
/// A version 4 (random) GUID, MS-DTYP 2.3.4.
Guid new_guid();

/// Orders by bytes; only good for sorted containers.
struct GuidLess {
    bool operator()(const Guid& a, const Guid& b) const { return std::memcmp(&a, &b, sizeof(Guid)) < 0; }
};
struct GuidHash {
    std::size_t operator()(const Guid& guid) const {
        std::uint64_t halves[2];
        std::memcpy(halves, &guid, sizeof halves);
        return halves[0] ^ (halves[1] * 0x9E3779B97F4A7C15ull);
    }
};

}  // namespace odc
