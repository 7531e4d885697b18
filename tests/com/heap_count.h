// Counts the heap of the program that links heap_count.cpp, libraries included: by taking the allocator's place.
#pragma once

#include <cstdint>

namespace odc::test {

/// False where a sanitizer has taken the allocator's place already; the counts then stay 0.
bool heap_is_counted();
/// Blocks asked for so far, by any thread.
std::int64_t heap_allocations();
/// Bytes in use now, with what the allocator itself needs beside each block.
std::int64_t heap_bytes();

}  // namespace odc::test
