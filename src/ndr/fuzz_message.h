// What fuzzers give to a reader. For fuzz targets.
#pragma once

#include <cstring>
#include <vector>

#include "opendcom/ndr/reader.h"

namespace odc::ndr::test {

/// A message of these bytes, copied to where a reader may read them. The lowest bit of `choice` is its syntax (1: NDR64), the next one its
/// byte order (1: the other one).
class FuzzMessage {
  public:
    FuzzMessage(std::uint8_t choice, const std::uint8_t* data, std::size_t size) : aligned_(size / 8 + 1) {
        auto* at = reinterpret_cast<std::uint8_t*>(aligned_.data());
        if (size) std::memcpy(at, data, size);
        in_.begin({at, size}, (choice & 2) != 0, (choice & 1) != 0 ? Syntax::ndr64 : Syntax::ndr20, arena_);
    }
    Reader& in() { return in_; }

  private:
    std::vector<std::uint64_t> aligned_;
    Arena arena_;
    Reader in_;
};

}  // namespace odc::ndr::test
