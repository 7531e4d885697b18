#include "compound_file/mini_space.h"

#include <algorithm>
#include <cstring>

#include "compound_file/table_entry.h"

namespace odc::compound_file {

namespace {
Error corrupt(const char* text) { return fail(STG_E_DOCFILECORRUPT, text); }
constexpr std::uint32_t units(std::uint64_t bytes) { return static_cast<std::uint32_t>((bytes + kMiniSize - 1) >> kMiniShift); }
}  // namespace

Result<> MiniSpace::open(Sector first_fat, Sector first_stream, std::uint64_t stream_size) {
    used_known_ = false;
    lowest_free_ = 0;
    used_.clear_all();
    count_ = 0;
    fat_.clear();
    stream_.clear();
    ODC_TRY(fat_.open(first_fat < kMaxSector ? first_fat : kEndOfChain));
    if (stream_size == 0) return {};  // some writers leave a sector number beside it
    ODC_TRY(stream_.open(first_stream < kMaxSector ? first_stream : kEndOfChain));
    const std::uint64_t reachable = std::min(std::uint64_t{fat_.size()} * per_, std::uint64_t{stream_.size()} << shift_);
    if (stream_size >> kMiniShift > std::uint64_t{stream_.size()} << shift_) return corrupt("the mini stream is shorter than its size");
    count_ = static_cast<Sector>(std::min<std::uint64_t>(units(stream_size), reachable));
    return {};
}

void MiniSpace::format() {
    fat_.clear();
    stream_.clear();
    count_ = 0;
    used_.clear_all();
    used_known_ = true;
    lowest_free_ = 0;
}

Result<Sector> MiniSpace::next(Sector mini) {
    if (mini >= count_) return corrupt("a mini sector number lies outside the mini stream");
    const std::uint8_t* page = ODC_TRY(fat_.read(mini / per_));
    return load(page, mini % per_);
}

Result<> MiniSpace::link(Sector mini, Sector next) {
    std::uint8_t* page = ODC_TRY(fat_.change(mini / per_));
    store(page, mini % per_, next);
    return {};
}

Result<> MiniSpace::load_used() {
    if (used_known_) return {};
    for (Sector mini = 0; mini < count_; ++mini)
        if (ODC_TRY(next(mini)) != kFreeSector) used_.set(mini);
    used_known_ = true;
    return {};
}

Result<Sector> MiniSpace::allocate(Sector near) {
    ODC_TRY(load_used());
    Sector found = near < kMaxSector ? near + 1 : kFreeSector;
    if (found >= count_ || used_.test(found)) {
        found = static_cast<Sector>(used_.first_clear(lowest_free_, count_));
        lowest_free_ = found;
    }
    if (found == count_) {
        if (count_ >= kMaxSector - 1) return fail(STG_E_DOCFILETOOLARGE, "the mini stream is full");
        if (count_ / per_ == fat_.size()) ODC_TRY(fat_.append(0xFF));
        if (count_ >> shift_ == stream_.size()) ODC_TRY(stream_.append(0));
        ++count_;
    }
    used_.set(found);
    ODC_TRY(link(found, kEndOfChain));
    return found;
}

Result<Sector> MiniSpace::walk(Sector first, std::uint64_t steps) {
    for (; steps > 0; --steps) first = ODC_TRY(next(first));
    return first;
}

Result<> MiniSpace::read(Sector first, std::uint64_t offset, std::span<std::uint8_t> into) {
    Sector mini = ODC_TRY(walk(first, offset >> kMiniShift));
    std::uint32_t within = offset % kMiniSize;
    while (!into.empty()) {
        if (mini >= count_) return corrupt("a stream's chain of mini sectors is too short");
        const std::size_t n = std::min<std::size_t>(into.size(), kMiniSize - within);
        const std::uint8_t* page = ODC_TRY(stream_.read(mini >> shift_));
        std::memcpy(into.data(), page + ((mini & ((1u << shift_) - 1)) << kMiniShift) + within, n);
        into = into.subspan(n);
        within = 0;
        if (!into.empty()) mini = ODC_TRY(next(mini));
    }
    return {};
}

Result<> MiniSpace::write(Sector first, std::uint64_t offset, std::span<const std::uint8_t> from) {
    Sector mini = ODC_TRY(walk(first, offset >> kMiniShift));
    std::uint32_t within = offset % kMiniSize;
    while (!from.empty()) {
        if (mini >= count_) return corrupt("a stream's chain of mini sectors is too short");
        const std::size_t n = std::min<std::size_t>(from.size(), kMiniSize - within);
        std::uint8_t* page = ODC_TRY(stream_.change(mini >> shift_));
        std::memcpy(page + ((mini & ((1u << shift_) - 1)) << kMiniShift) + within, from.data(), n);
        from = from.subspan(n);
        within = 0;
        if (!from.empty()) mini = ODC_TRY(next(mini));
    }
    return {};
}

Result<Sector> MiniSpace::resize(Sector first, std::uint32_t bytes_before, std::uint32_t bytes) {
    const std::uint32_t before = units(bytes_before);
    const std::uint32_t after = units(bytes);
    if (before == 0) first = kEndOfChain;
    if (after < before) {
        ODC_TRY(load_used());
        Sector at = first;
        if (after == 0) first = kEndOfChain;
        for (std::uint32_t i = 0; i < before; ++i) {
            const auto following = ODC_TRY(next(at));
            if (i + 1 == after) ODC_TRY(link(at, kEndOfChain));
            if (i >= after) {
                ODC_TRY(link(at, kFreeSector));
                used_.clear(at);
                lowest_free_ = std::min(lowest_free_, at);
            }
            if (following >= count_ && i + 1 < before) return corrupt("a stream's chain of mini sectors is too short");
            at = following;
        }
    } else if (after > before) {
        Sector last = before == 0 ? kEndOfChain : ODC_TRY(walk(first, before - 1));
        for (std::uint32_t i = before; i < after; ++i) {
            const auto mini = ODC_TRY(allocate(last));
            if (last == kEndOfChain) first = mini;
            else ODC_TRY(link(last, mini));
            static constexpr std::uint8_t kZeros[kMiniSize] = {};
            ODC_TRY(write(mini, 0, kZeros));
            last = mini;
        }
    }
    const std::uint32_t kept = std::min(bytes, bytes_before);
    if (kept % kMiniSize != 0) {  // what lies behind the end of a stream stays zero
        const std::uint8_t zeros[kMiniSize] = {};
        ODC_TRY(write(first, kept, {zeros, kMiniSize - kept % kMiniSize}));
    }
    return first;
}

Result<> MiniSpace::trim() {
    if (!used_known_) return {};
    const auto end = static_cast<Sector>(used_.end());
    if (end >= count_) return {};
    count_ = end;
    lowest_free_ = std::min(lowest_free_, count_);
    ODC_TRY(fat_.shorten((count_ + per_ - 1) / per_));
    return stream_.shorten((count_ + (1u << shift_) - 1) >> shift_);
}

}  // namespace odc::compound_file
