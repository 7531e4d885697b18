#include "storage/changed_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace odc::storage {

/// The extent that holds `block`, or the end.
ChangedStream::Extents::iterator ChangedStream::extent_of(std::uint64_t block) {
    auto at = extents_.upper_bound(block);
    if (at == extents_.begin()) return extents_.end();
    --at;
    return block - at->first < at->second.count ? at : extents_.end();
}

/// What lies below, zeros behind its end.
Result<> ChangedStream::read_below(const Below& below, std::uint64_t offset, std::span<std::uint8_t> into) {
    std::size_t seen = offset < size_below_ ? std::min<std::uint64_t>(into.size(), size_below_ - offset) : 0;
    if (seen > 0) {
        if (!below.tree) return fail(STG_E_UNKNOWN, "a new stream has nothing below");
        const auto got = ODC_TRY(below.tree->read(below.id, offset, into.first(seen)));
        if (got != seen) return fail(STG_E_READFAULT, "the stream below became shorter");
    }
    std::memset(into.data() + seen, 0, into.size() - seen);
    return {};
}

Result<std::size_t> ChangedStream::read(const Below& below, std::uint64_t offset, std::span<std::uint8_t> into) {
    if (offset >= size_) return std::size_t{0};
    into = into.first(std::min<std::uint64_t>(into.size(), size_ - offset));
    const std::size_t total = into.size();
    while (!into.empty()) {
        const std::uint64_t block = offset / kBlock;
        std::size_t n = into.size();
        if (const auto at = extent_of(block); at != extents_.end()) {
            n = std::min<std::uint64_t>(n, (at->first + at->second.count) * kBlock - offset);
            ODC_TRY(scratch_.read(at->second.slot * kBlock + (offset - at->first * kBlock), into.first(n)));
        } else {
            const auto next = extents_.upper_bound(block);
            if (next != extents_.end()) n = std::min<std::uint64_t>(n, next->first * kBlock - offset);
            ODC_TRY(read_below(below, offset, into.first(n)));
        }
        into = into.subspan(n);
        offset += n;
    }
    return total;
}

/// Writes the start of `from` where no block was changed before, at most up to `room` bytes, and cuts it off.
Result<> ChangedStream::write_new(const Below& below, std::uint64_t offset, std::span<const std::uint8_t>& from, std::uint64_t room) {
    const std::uint64_t block = offset / kBlock;
    const std::uint64_t within = offset % kBlock;
    std::size_t n = std::min<std::uint64_t>({from.size(), kBlock - within, room});
    Scratch::Run run{};
    Result<> written;
    if (within == 0 && n == kBlock) {
        run = ODC_TRY(scratch_.take(std::min<std::uint64_t>(from.size(), room) / kBlock));
        n = run.count * kBlock;
        written = scratch_.write(run.first * kBlock, from.first(n));
    } else {
        std::array<std::uint8_t, kBlock> whole;
        ODC_TRY(read_below(below, block * kBlock, whole));
        std::memcpy(whole.data() + within, from.data(), n);
        run = ODC_TRY(scratch_.take(1));
        written = scratch_.write(run.first * kBlock, whole);
    }
    if (!written) {
        scratch_.give_back(run);
        return written;
    }
    insert(block, {run.count, run.first});
    from = from.subspan(n);
    return {};
}

Result<> ChangedStream::write(const Below& below, std::uint64_t offset, std::span<const std::uint8_t> from) {
    const std::uint64_t end = offset + from.size();
    while (!from.empty()) {
        const std::uint64_t block = offset / kBlock;
        const std::size_t left = from.size();
        if (const auto at = extent_of(block); at != extents_.end()) {
            const std::size_t n = std::min<std::uint64_t>(left, (at->first + at->second.count) * kBlock - offset);
            ODC_TRY(scratch_.write(at->second.slot * kBlock + (offset - at->first * kBlock), from.first(n)));
            from = from.subspan(n);
        } else {
            const auto next = extents_.upper_bound(block);
            ODC_TRY(write_new(below, offset, from, next == extents_.end() ? UINT64_MAX : next->first * kBlock - offset));
        }
        offset += left - from.size();
        size_ = std::max(size_, std::min(offset, end));
    }
    return {};
}

Result<> ChangedStream::resize(std::uint64_t size) {
    if (size < size_) {
        const std::uint64_t blocks = size / kBlock + (size % kBlock != 0);
        if (const auto at = extent_of(size / kBlock); size % kBlock != 0 && at != extents_.end()) {
            // What lies behind the end reads as zeros when the stream grows again.
            static constexpr std::array<std::uint8_t, kBlock> kZeros{};
            ODC_TRY(scratch_.write(at->second.slot * kBlock + (size - at->first * kBlock), {kZeros.data(), kBlock - size % kBlock}));
        }
        drop_from(blocks);
        size_below_ = std::min(size_below_, size);
    }
    size_ = size;
    return {};
}

Result<> ChangedStream::take_over(ChangedStream& newer) {
    if (newer.size_below_ < size_) ODC_TRY(resize(newer.size_below_));
    size_ = newer.size_;
    for (const auto& [block, extent] : newer.extents_) {
        drop(block, block + extent.count);
        insert(block, extent);
    }
    newer.extents_.clear();
    newer.size_below_ = newer.size_;
    return {};
}

Result<> ChangedStream::for_each_piece(const Piece& piece) {
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(std::uint64_t{64} << 10, std::max(size_, kBlock)));
    for (const auto& [block, extent] : extents_) {
        const std::uint64_t end = std::min((block + extent.count) * kBlock, size_);
        for (std::uint64_t at = block * kBlock; at < end;) {
            const std::span<std::uint8_t> part(buffer.data(), std::min<std::uint64_t>(buffer.size(), end - at));
            ODC_TRY(scratch_.read(extent.slot * kBlock + (at - block * kBlock), part));
            ODC_TRY(piece(at, part));
            at += part.size();
        }
    }
    return {};
}

void ChangedStream::insert(std::uint64_t block, Extent extent) {
    if (auto next = extents_.upper_bound(block); next != extents_.begin()) {
        auto& [first, before] = *std::prev(next);
        if (first + before.count == block && before.slot + before.count == extent.slot) {
            before.count += extent.count;
            return;
        }
    }
    extents_.emplace(block, extent);
}

/// Forgets the changed blocks from `block` up to, not including, `end`.
void ChangedStream::drop(std::uint64_t block, std::uint64_t end) {
    auto at = extents_.upper_bound(block);
    if (at != extents_.begin() && std::prev(at)->first + std::prev(at)->second.count > block) --at;
    while (at != extents_.end() && at->first < end) {
        const auto [first, extent] = *at;
        at = extents_.erase(at);
        const std::uint64_t from = std::max(first, block);
        const std::uint64_t to = std::min(first + extent.count, end);
        scratch_.give_back({extent.slot + (from - first), to - from});
        if (first < from) extents_.emplace(first, Extent{from - first, extent.slot});
        if (to < first + extent.count) extents_.emplace(to, Extent{first + extent.count - to, extent.slot + (to - first)});
    }
}

}  // namespace odc::storage
