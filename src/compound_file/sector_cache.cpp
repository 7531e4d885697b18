#include "compound_file/sector_cache.h"

#include <algorithm>
#include <cstring>

namespace odc::compound_file {

SectorCache::SectorCache(ByteStorage& bytes, unsigned shift, std::size_t capacity)
    : bytes_(bytes), shift_(shift), capacity_(std::max<std::size_t>(capacity, 8)) {}

Result<> SectorCache::refresh_extent() {
    extent_ = ODC_TRY(bytes_.size());
    return {};
}

Result<> SectorCache::set_extent(std::uint64_t size) {
    if (extent_ == size) return {};
    ODC_TRY(bytes_.resize(size));
    extent_ = size;
    return {};
}

void SectorCache::unlink(Index page) {
    Page& p = pages_[page];
    (p.newer == kNone ? newest_ : pages_[p.newer].older) = p.older;
    (p.older == kNone ? oldest_ : pages_[p.older].newer) = p.newer;
}

void SectorCache::make_newest(Index page) {
    Page& p = pages_[page];
    p.newer = kNone;
    p.older = newest_;
    (newest_ == kNone ? oldest_ : pages_[newest_].newer) = page;
    newest_ = page;
}

void SectorCache::forget(Index page) {
    by_sector_.erase(pages_[page].sector);
    unlink(page);
    changed_ -= pages_[page].changed;
    pages_[page] = Page{};
    vacant_.push_back(page);
    if (last_ == page) last_ = kNone;
}

Result<SectorCache::Index> SectorCache::vacant() {
    if (!vacant_.empty()) {
        const Index page = vacant_.back();
        vacant_.pop_back();
        return page;
    }
    if (pages_.size() < capacity_) {
        if (pages_.size() % kPagesPerBlock == 0)
            memory_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(kPagesPerBlock << shift_));
        pages_.emplace_back();
        return static_cast<Index>(pages_.size() - 1);
    }
    if (pages_[oldest_].changed) ODC_TRY(flush());
    const Index page = oldest_;
    forget(page);
    vacant_.pop_back();
    return page;
}

Result<SectorCache::Index> SectorCache::load(Sector sector, bool from_storage) {
    if (const auto known = by_sector_.find(sector); known != by_sector_.end()) {
        if (newest_ != known->second) {
            unlink(known->second);
            make_newest(known->second);
        }
        return last_ = known->second;
    }
    const auto page = ODC_TRY(vacant());
    if (from_storage) {
        if (offset(sector) >= extent_) {  // taken, and not written yet
            std::memset(data(page), 0, sector_size());
        } else if (auto read = bytes_.read_at(offset(sector), {data(page), sector_size()}); !read) {
            vacant_.push_back(page);
            return std::move(read.error()).in("sector " + std::to_string(sector));
        }
    }
    pages_[page].sector = sector;
    by_sector_.emplace(sector, page);
    make_newest(page);
    return last_ = page;
}

Result<std::uint8_t*> SectorCache::change(Sector sector) {
    const auto page = last_ != kNone && pages_[last_].sector == sector ? last_ : ODC_TRY(load(sector, true));
    mark(page);
    return data(page);
}

Result<std::uint8_t*> SectorCache::fresh(Sector sector, std::uint8_t fill) {
    const auto page = ODC_TRY(load(sector, false));
    std::memset(data(page), fill, sector_size());
    mark(page);
    return data(page);
}

Result<> SectorCache::move(Sector from, Sector to) {
    const auto page = ODC_TRY(load(from, true));
    drop(to);
    by_sector_.erase(from);
    pages_[page].sector = to;
    by_sector_.emplace(to, page);
    mark(page);
    return {};
}

void SectorCache::drop(Sector sector) {
    if (const auto known = by_sector_.find(sector); known != by_sector_.end()) forget(known->second);
}

void SectorCache::clear() {
    by_sector_.clear();
    pages_.clear();
    memory_.clear();
    vacant_.clear();
    newest_ = oldest_ = last_ = kNone;
    changed_ = 0;
}

Result<> SectorCache::flush() {
    if (changed_ == 0) return {};
    std::vector<Index> order;
    order.reserve(changed_);
    for (Index i = 0; i < pages_.size(); ++i)
        if (pages_[i].changed) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](Index a, Index b) { return pages_[a].sector < pages_[b].sector; });
    constexpr std::size_t kBatch = std::size_t{64} << 10;
    std::vector<std::uint8_t> batch;
    for (std::size_t i = 0; i < order.size();) {
        const Sector first = pages_[order[i]].sector;
        std::size_t n = 1;
        while (i + n < order.size() && pages_[order[i + n]].sector == first + n && (n + 1) << shift_ <= kBatch) ++n;
        std::span<const std::uint8_t> from{data(order[i]), sector_size()};
        if (n > 1) {
            batch.resize(n << shift_);
            for (std::size_t k = 0; k < n; ++k) std::memcpy(batch.data() + (k << shift_), data(order[i + k]), sector_size());
            from = batch;
        }
        ODC_TRY(bytes_.write_at(offset(first), from));
        extent_ = std::max(extent_, offset(first) + from.size());
        for (std::size_t k = 0; k < n; ++k) pages_[order[i + k]].changed = false;
        changed_ -= n;
        i += n;
    }
    return {};
}

Result<> SectorCache::read_run(Sector first, std::uint32_t skip, std::span<std::uint8_t> into) {
    const std::uint64_t start = offset(first) + skip;
    const std::size_t stored = std::min<std::uint64_t>(into.size(), extent_ > start ? extent_ - start : 0);
    if (stored > 0) ODC_TRY(bytes_.read_at(start, into.first(stored)));
    if (stored < into.size()) std::memset(into.data() + stored, 0, into.size() - stored);
    if (changed_ == 0) return {};
    const std::uint64_t end = skip + into.size();
    for (std::uint64_t at = 0; at < end; at += sector_size()) {
        const auto known = by_sector_.find(first + static_cast<Sector>(at >> shift_));
        if (known == by_sector_.end() || !pages_[known->second].changed) continue;
        const std::uint64_t from = std::max<std::uint64_t>(at, skip);
        const std::uint64_t to = std::min<std::uint64_t>(at + sector_size(), end);
        std::memcpy(into.data() + (from - skip), data(known->second) + (from - at), to - from);
    }
    return {};
}

Result<> SectorCache::write_run(Sector first, std::span<const std::uint8_t> from) {
    if (!by_sector_.empty())
        for (std::size_t at = 0; at < from.size(); at += sector_size()) drop(first + static_cast<Sector>(at >> shift_));
    ODC_TRY(bytes_.write_at(offset(first), from));
    extent_ = std::max(extent_, offset(first) + from.size());
    return {};
}

Result<> SectorCache::write_zeros(Sector first, std::uint32_t count, std::uint64_t zeros_from) {
    static constexpr std::array<std::uint8_t, 65536> kZeros{};
    for (Sector s = first; s < first + count;) {
        drop(s);
        if (offset(s) >= std::min(extent_, zeros_from)) {
            for (Sector rest = s + 1; rest < first + count; ++rest) drop(rest);
            return set_extent(std::max(extent_, offset(first + count)));
        }
        const std::uint32_t n = std::min<std::uint32_t>(first + count - s, kZeros.size() >> shift_);
        ODC_TRY(write_run(s, {kZeros.data(), std::size_t{n} << shift_}));
        s += n;
    }
    return {};
}

}  // namespace odc::compound_file
