// How a BSTR lies in its block of task memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "oaidl.h"

namespace odc::automation {

inline constexpr std::size_t kBstrPrefix = 8;    ///< before the characters: nothing, length
inline constexpr std::size_t kBstrOverhead = 10;  ///< the prefix and the terminator
inline constexpr std::size_t kMaxBstrBytes = 0x7FFFFFF0;

/// The BSTR of `size` bytes (not filled in) in a block of `size + kBstrOverhead` bytes.
inline BSTR bstr_in(void* block, std::size_t size) {
    auto* bytes = static_cast<std::uint8_t*>(block);
    const auto length = static_cast<std::uint32_t>(size);
    std::memset(bytes, 0, 4);
    std::memcpy(bytes + 4, &length, sizeof length);
    std::memset(bytes + kBstrPrefix + size, 0, kBstrOverhead - kBstrPrefix);
    return reinterpret_cast<BSTR>(bytes + kBstrPrefix);
}
inline void* block_of(BSTR text) { return reinterpret_cast<std::uint8_t*>(text) - kBstrPrefix; }
inline std::uint32_t bytes_in(const OLECHAR* text) {
    std::uint32_t length;
    std::memcpy(&length, reinterpret_cast<const std::uint8_t*>(text) - sizeof length, sizeof length);
    return length;
}

}  // namespace odc::automation
