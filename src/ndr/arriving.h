// A message whose pieces come one by one, as those of a call with pipes do. For tests.
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include "opendcom/ndr/reader.h"

namespace odc::ndr::test {

class Arriving final : public Source {
  public:
    Arriving(std::span<const std::uint8_t> message, std::size_t piece) : rest_(message), piece_(piece) {}

    std::span<std::uint8_t> more(std::span<std::uint8_t> unread, std::size_t least, bool in_place) override {
        if (rest_.empty()) return unread;
        const std::size_t n = std::min(rest_.size(), std::max(piece_, least - unread.size()));
        std::vector<std::uint64_t> block((unread.size() + n + 7) / 8);
        auto* const bytes = reinterpret_cast<std::uint8_t*>(block.data());
        std::copy(unread.begin(), unread.end(), bytes);
        std::copy_n(rest_.begin(), n, bytes + unread.size());
        rest_ = rest_.subspan(n);
        if (!in_place) blocks_.clear();
        blocks_.push_back(std::move(block));
        return {bytes, unread.size() + n};
    }

  private:
    std::span<const std::uint8_t> rest_;
    const std::size_t piece_;
    std::deque<std::vector<std::uint64_t>> blocks_;
};

}  // namespace odc::ndr::test
