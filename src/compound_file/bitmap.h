// One bit per sector.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace odc::compound_file {

class Bitmap {
  public:
    Bitmap() = default;
    explicit Bitmap(std::uint64_t bits) : words_((bits + 63) / 64) {}

    bool test(std::uint64_t bit) const { return bit / 64 < words_.size() && (words_[bit / 64] >> (bit % 64) & 1) != 0; }
    void set(std::uint64_t bit) {
        if (bit / 64 >= words_.size()) words_.resize(bit / 64 + 1);
        words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    void clear(std::uint64_t bit) {
        if (bit / 64 < words_.size()) words_[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
    }
    /// Whether the bit was set before.
    bool test_and_set(std::uint64_t bit) {
        const bool was = test(bit);
        set(bit);
        return was;
    }
    void clear_all() { words_.clear(); }
    void remove(const Bitmap& other) {
        for (std::size_t i = 0; i < words_.size() && i < other.words_.size(); ++i) words_[i] &= ~other.words_[i];
    }
    void add(const Bitmap& other) {
        if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
        for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    }
    /// The first clear bit at or after `from`, below `limit`; `limit` when there is none.
    std::uint64_t first_clear(std::uint64_t from, std::uint64_t limit) const {
        for (std::uint64_t bit = from; bit < limit; bit = (bit / 64 + 1) * 64) {
            if (bit / 64 >= words_.size()) return bit;
            const std::uint64_t word = ~words_[bit / 64] >> (bit % 64);
            if (word == 0) continue;
            const std::uint64_t found = bit + static_cast<unsigned>(std::countr_zero(word));
            return found < limit ? found : limit;
        }
        return limit;
    }
    /// One past the last set bit; 0 when none is set.
    std::uint64_t end() const {
        for (std::size_t i = words_.size(); i > 0; --i)
            if (words_[i - 1] != 0) return i * 64 - static_cast<unsigned>(std::countl_zero(words_[i - 1]));
        return 0;
    }
    std::uint64_t count() const {
        std::uint64_t sum = 0;
        for (const auto word : words_) sum += static_cast<unsigned>(std::popcount(word));
        return sum;
    }

  private:
    std::vector<std::uint64_t> words_;
};

}  // namespace odc::compound_file
