// SHA-1 (FIPS 180-4 6.1). Identities of the Windows Runtime are made with it; it protects nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace odc::midl {

std::array<std::uint8_t, 20> sha1(std::string_view text);

}  // namespace odc::midl
