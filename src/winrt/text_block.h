// How an HSTRING lies in memory: a TextBlock, in task memory with its characters behind it, or in the caller's HSTRING_HEADER.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "hstring.h"

namespace odc::winrt {

struct TextBlock {
    enum class Kind : std::uint32_t { owned = 0x48535452, lent = 0x4853524C, unfinished = 0x48534255 };

    Kind kind;
    std::uint32_t length;  ///< in units, without the terminator
    const WCHAR* units;
    std::atomic<std::int32_t> references;  ///< not those of lent ones
    std::uint32_t unused;

    WCHAR* own_units() { return reinterpret_cast<WCHAR*>(this + 1); }
};
static_assert(sizeof(TextBlock) == sizeof(HSTRING_HEADER) && alignof(TextBlock) == alignof(HSTRING_HEADER));
static_assert(std::atomic<std::int32_t>::is_always_lock_free, "a block is freed as plain memory");

inline constexpr std::size_t kMaxUnits = std::size_t{1} << 30;
/// Bytes of the block of an owned text.
inline constexpr std::size_t block_size(std::size_t units) { return sizeof(TextBlock) + (units + 1) * sizeof(WCHAR); }

/// Makes an owned text of what `block_size(units)` bytes at `memory` will hold; the caller fills in the units, this the terminator.
TextBlock* text_in(void* memory, std::size_t units);

}  // namespace odc::winrt
