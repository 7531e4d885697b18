// Messages that lie about what follows.
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "opendcom/ndr/reader.h"

namespace odc::test {

using Bytes = std::vector<std::uint8_t>;

/// 32-bit words that look like counts, pointers and nothing, in all short patterns; `seed` chooses.
inline Bytes lies(std::uint32_t seed, std::size_t words) {
    static constexpr std::uint32_t kWords[] = {0, 1, 2, 0x10, 0x100, 0x00020000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x00010001, 4096};
    Bytes bytes;
    for (std::size_t i = 0; i < words; ++i) {
        seed = seed * 1664525 + 1013904223;
        const std::uint32_t word = kWords[(seed >> 16) % std::size(kWords)];
        for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
    return bytes;
}

template <class Body>
void for_all_lies(Body body, std::uint32_t seeds = 60) {
    for (std::uint32_t seed = 0; seed < seeds; ++seed)
        for (const std::size_t words : {1, 3, 6, 12, 40})
            for (const auto syntax : {ndr::Syntax::ndr20, ndr::Syntax::ndr64})
                for (const bool swap : {false, true}) body(lies(seed * 7919 + static_cast<std::uint32_t>(words), words), swap, syntax);
}

}  // namespace odc::test
