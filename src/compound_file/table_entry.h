// An entry of a FAT, mini FAT or DIFAT sector: a little-endian sector number.
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "compound_file/format.h"

namespace odc::compound_file {

inline Sector load(const std::uint8_t* page, std::uint32_t index) {
    Sector value;
    std::memcpy(&value, page + 4 * index, 4);
    return from_little(value);
}
inline void store(std::uint8_t* page, std::uint32_t index, Sector value) {
    value = from_little(value);
    std::memcpy(page + 4 * index, &value, 4);
}

}  // namespace odc::compound_file
