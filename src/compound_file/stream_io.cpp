// The part of CompoundFile that reads, writes and resizes streams.
#include <algorithm>
#include <array>
#include <cstring>

#include "compound_file/compound_file.h"

namespace odc::compound_file {

namespace {
constexpr std::array<std::uint8_t, 4096> kZeros{};
}

void CompoundFile::StreamMap::forget_from(std::uint64_t index) {
    marks.resize(std::min<std::uint64_t>(marks.size(), (index + kStride - 1) / kStride));
    if (at_index >= index) at_sector = kEndOfChain;
}

void CompoundFile::StreamMap::moved(std::uint64_t index, Sector to) {
    if (index % kStride == 0 && index / kStride < marks.size()) marks[index / kStride] = to;
    if (at_index == index) at_sector = to;
}

CompoundFile::StreamMap& CompoundFile::map_of(EntryId id, const Entry& entry) {
    if (maps_.size() > kMostMaps && !maps_.contains(number(id))) maps_.clear();
    StreamMap& map = maps_[number(id)];
    if (map.marks.empty() && entry.start != kEndOfChain) map.marks.push_back(entry.start);
    return map;
}

Result<Sector> CompoundFile::sector_at(StreamMap& map, std::uint64_t index) {
    if (map.marks.empty()) return fail(STG_E_DOCFILECORRUPT, "a stream has a size and no sectors");
    std::uint64_t from = std::min<std::uint64_t>(index / kStride, map.marks.size() - 1);
    Sector sector = map.marks[from];
    from *= kStride;
    if (map.at_sector != kEndOfChain && map.at_index <= index && map.at_index >= from) {
        from = map.at_index;
        sector = map.at_sector;
    }
    while (from < index) {
        const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(index - from + 1, kMaxSector));
        const auto run = ODC_TRY(space_.run(sector, most));
        while (map.marks.size() * kStride < from + run.count)
            map.marks.push_back(sector + static_cast<Sector>(map.marks.size() * kStride - from));
        if (from + run.count > index) {
            sector += static_cast<Sector>(index - from);
            break;
        }
        from += run.count;
        sector = run.next;
        if (sector >= space_.count()) return fail(STG_E_DOCFILECORRUPT, "a stream's chain of sectors is too short");
        if (map.marks.size() * kStride == from) map.marks.push_back(sector);
    }
    map.at_index = index;
    map.at_sector = sector;
    return sector;
}

Result<std::size_t> CompoundFile::read(EntryId id, std::uint64_t offset, std::span<std::uint8_t> into) {
    const auto entry = ODC_TRY(stream_entry(id));
    if (offset >= entry.size || into.empty()) return std::size_t{0};
    into = into.first(std::min<std::uint64_t>(into.size(), entry.size - offset));
    if (entry.is_mini()) ODC_TRY(mini_.read(entry.start, offset, into));
    else ODC_TRY(read_regular(id, entry, offset, into));
    return into.size();
}

Result<> CompoundFile::read_regular(EntryId id, const Entry& entry, std::uint64_t offset, std::span<std::uint8_t> into) {
    StreamMap& map = map_of(id, entry);
    while (!into.empty()) {
        const std::uint64_t index = offset >> header_.shift();
        const auto within = static_cast<std::uint32_t>(offset & (sector_size() - 1));
        const auto sector = ODC_TRY(sector_at(map, index));
        std::size_t n = std::min<std::size_t>(into.size(), sector_size() - within);
        if (n < sector_size() && (n == into.size() || within != 0)) {
            std::memcpy(into.data(), ODC_TRY(cache_.read(sector)) + within, n);
        } else {
            const auto wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(sectors(within + into.size()), kMaxSector));
            const auto run = ODC_TRY(space_.run(sector, wanted));
            n = std::min<std::uint64_t>(into.size(), (std::uint64_t{run.count} << header_.shift()) - within);
            ODC_TRY(cache_.read_run(sector, within, into.first(n)));
        }
        into = into.subspan(n);
        offset += n;
    }
    return {};
}

/// Makes sure that the sector at `index` may be written.
Result<> CompoundFile::own_sector(EntryId id, Entry& entry, std::uint64_t index, SectorSpace::Content content) {
    StreamMap& map = map_of(id, entry);
    const Sector previous = index == 0 ? kEndOfChain : ODC_TRY(sector_at(map, index - 1));
    const auto old = ODC_TRY(sector_at(map, index));
    const auto sector = ODC_TRY(space_.replace(old, previous, content));
    map.moved(index, sector);
    if (index == 0) entry.start = sector;
    return {};
}

Result<> CompoundFile::overwrite(EntryId id, Entry& entry, std::uint64_t offset, std::span<const std::uint8_t> from,
                                 std::uint64_t virgin) {
    StreamMap& map = map_of(id, entry);
    const auto may_write = [&](Sector sector) { return overwrite_ == Overwrite::in_place || space_.is_fresh(sector); };
    while (!from.empty()) {
        const std::uint64_t index = offset >> header_.shift();
        const auto within = static_cast<std::uint32_t>(offset & (sector_size() - 1));
        auto sector = ODC_TRY(sector_at(map, index));
        std::size_t n = std::min<std::size_t>(from.size(), sector_size() - within);
        if (n < sector_size()) {
            if (!may_write(sector)) {
                ODC_TRY(own_sector(id, entry, index, SectorSpace::Content::moves));
                sector = ODC_TRY(sector_at(map, index));
            }
            std::uint8_t* page = index >= virgin ? ODC_TRY(cache_.fresh(sector, 0)) : ODC_TRY(cache_.change(sector));
            std::memcpy(page + within, from.data(), n);
        } else {
            const auto whole = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.size() >> header_.shift(), kMaxSector));
            const auto run = ODC_TRY(space_.run(sector, whole));
            std::uint32_t count = 0;
            while (count < run.count && may_write(run.first + count)) ++count;
            if (count == 0) {  // give the whole run new places, then come back and write it in one piece
                for (std::uint32_t i = 0; i < run.count; ++i)
                    if (!may_write(run.first + i)) ODC_TRY(own_sector(id, entry, index + i, SectorSpace::Content::is_lost));
                continue;
            }
            n = std::size_t{count} << header_.shift();
            ODC_TRY(cache_.write_run(run.first, from.first(n)));
            map.at_index = index + count - 1;
            map.at_sector = run.first + count - 1;
        }
        from = from.subspan(n);
        offset += n;
    }
    return {};
}

Result<> CompoundFile::extend_chain(EntryId id, Entry& entry, std::uint64_t from, std::uint64_t to) {
    Sector last = kEndOfChain;
    StreamMap& map = map_of(id, entry);
    if (from > 0) {
        last = ODC_TRY(sector_at(map, from - 1));
        const auto surplus = ODC_TRY(space_.next(last));
        if (surplus != kEndOfChain) {  // some writers reserve more sectors than they use
            ODC_TRY(space_.link(last, kEndOfChain));
            ODC_TRY(space_.release_chain(surplus, space_.count()));
        }
    }
    const Sector end_before = last;
    for (std::uint64_t i = from; i < to; ++i) {
        auto sector = space_.append(last);
        if (!sector) {
            if (last != kEndOfChain) ODC_TRY(space_.link(last, kEndOfChain));
            // No room: the stream keeps its old length, and the file stays usable.
            const Sector first_new = end_before == kEndOfChain ? entry.start : ODC_TRY(space_.next(end_before));
            if (end_before != kEndOfChain) ODC_TRY(space_.link(end_before, kEndOfChain));
            if (i > from) ODC_TRY(space_.release_chain(first_new, i - from));
            if (end_before == kEndOfChain) entry.start = kEndOfChain;
            map.forget_from(from);
            return std::move(sector.error());
        }
        if (last == kEndOfChain) entry.start = *sector;
        last = *sector;
        if (i == 0) map = StreamMap{{*sector}, 0, *sector};
    }
    return to > from ? space_.link(last, kEndOfChain) : Result<>();
}

Result<std::uint64_t> CompoundFile::grow(EntryId id, Entry& entry, std::uint64_t size, std::uint64_t zero_until) {
    const std::uint64_t old_size = entry.size;
    const std::uint64_t needed = sectors(size);
    // What is written behind this meanwhile are tables, not the sectors of this stream: those stay holes of the file.
    const std::uint64_t written_end = cache_.extent();
    if (size < kMiniCutoff) {
        entry.start = ODC_TRY(mini_.resize(old_size == 0 ? kEndOfChain : entry.start, static_cast<std::uint32_t>(old_size),
                                           static_cast<std::uint32_t>(size)));
        entry.size = size;
        return needed;
    }
    std::array<std::uint8_t, kMiniCutoff> kept;
    if (entry.is_mini()) {
        if (old_size > 0) ODC_TRY(mini_.read(entry.start, 0, {kept.data(), old_size}));
        Entry regular = entry;
        regular.start = kEndOfChain;
        maps_.erase(number(id));
        ODC_TRY(extend_chain(id, regular, 0, needed));
        if (old_size > 0) ODC_TRY(mini_.resize(entry.start, static_cast<std::uint32_t>(old_size), 0));
        entry.start = regular.start;
        entry.size = size;
        const std::uint64_t first_data = zero_until < size ? zero_until >> header_.shift() : needed;
        // Sectors before the first one that the caller writes whole: content of the mini stream, then zeros.
        const std::uint64_t filled = std::max(first_data, sectors(old_size));
        StreamMap& map = map_of(id, entry);
        for (std::uint64_t i = 0; i < filled;) {
            const auto sector = ODC_TRY(sector_at(map, i));
            const auto run = ODC_TRY(space_.run(sector, static_cast<std::uint32_t>(std::min<std::uint64_t>(filled - i, kMaxSector))));
            ODC_TRY(cache_.write_zeros(run.first, run.count, written_end));
            i += run.count;
        }
        if (old_size > 0) ODC_TRY(overwrite(id, entry, 0, {kept.data(), old_size}, needed));
        return filled;
    }
    const std::uint64_t before = sectors(old_size);
    if (needed > before) ODC_TRY(extend_chain(id, entry, before, needed));
    entry.size = size;
    const std::uint64_t first_data = zero_until < size ? std::max(before, zero_until >> header_.shift()) : needed;
    StreamMap& map = map_of(id, entry);
    for (std::uint64_t i = before; i < first_data;) {
        const auto sector = ODC_TRY(sector_at(map, i));
        const auto run = ODC_TRY(space_.run(sector, static_cast<std::uint32_t>(std::min<std::uint64_t>(first_data - i, kMaxSector))));
        ODC_TRY(cache_.write_zeros(run.first, run.count, written_end));
        i += run.count;
    }
    const std::uint64_t tail_end = std::min(zero_until, before << header_.shift());
    if (old_size < tail_end) ODC_TRY(overwrite(id, entry, old_size, {kZeros.data(), tail_end - old_size}, needed));
    return first_data;
}

Result<> CompoundFile::shrink(EntryId id, Entry& entry, std::uint64_t size) {
    if (entry.is_mini()) {
        entry.start = ODC_TRY(mini_.resize(entry.start, static_cast<std::uint32_t>(entry.size), static_cast<std::uint32_t>(size)));
        entry.size = size;
        return {};
    }
    if (size < kMiniCutoff) {
        std::array<std::uint8_t, kMiniCutoff> kept;
        if (size > 0) ODC_TRY(read_regular(id, entry, 0, {kept.data(), size}));
        ODC_TRY(space_.release_chain(entry.start, space_.count()));
        maps_.erase(number(id));
        entry.size = size;
        entry.start = ODC_TRY(mini_.resize(kEndOfChain, 0, static_cast<std::uint32_t>(size)));
        if (size > 0) ODC_TRY(mini_.write(entry.start, 0, {kept.data(), size}));
        return {};
    }
    const std::uint64_t needed = sectors(size);
    StreamMap& map = map_of(id, entry);
    const auto last = ODC_TRY(sector_at(map, needed - 1));
    const auto rest = ODC_TRY(space_.next(last));
    if (rest != kEndOfChain) {
        ODC_TRY(space_.link(last, kEndOfChain));
        ODC_TRY(space_.release_chain(rest, space_.count()));
    }
    map.forget_from(needed);
    entry.size = size;
    const std::uint64_t end = needed << header_.shift();
    // What lies behind the end of a stream stays zero (MS-CFB 2.7).
    if (size < end) ODC_TRY(overwrite(id, entry, size, {kZeros.data(), end - size}, needed));
    return {};
}

Result<> CompoundFile::free_content(const Entry& entry) {
    if (entry.size == 0) return {};
    if (entry.is_mini()) {
        ODC_TRY(mini_.resize(entry.start, static_cast<std::uint32_t>(entry.size), 0));
        return {};
    }
    return space_.release_chain(entry.start, space_.count());
}

Result<> CompoundFile::write(EntryId id, std::uint64_t offset, std::span<const std::uint8_t> from) {
    auto entry = ODC_TRY(stream_entry(id));
    if (from.empty()) return {};
    const std::uint64_t limit = version() == Version::v3 ? kRangeLockOffset : std::uint64_t{kMaxSector} << 12;
    const std::uint64_t end = offset + from.size();
    if (end < offset || end > limit) return fail(STG_E_DOCFILETOOLARGE, "past the largest size of the file's version");
    ODC_TRY(begin_change());
    std::uint64_t virgin = UINT64_MAX;
    if (end > entry.size) {
        auto grown = grow(id, entry, end, offset);
        if (!grown) {
            broken_ = grown.code() != STG_E_DOCFILETOOLARGE;
            return std::move(grown.error());
        }
        virgin = *grown;
    }
    return change([&]() -> Result<> {
        const Sector start = entry.start;
        if (entry.is_mini()) ODC_TRY(mini_.write(entry.start, offset, from));
        else ODC_TRY(overwrite(id, entry, offset, from, virgin));
        if (virgin == UINT64_MAX && entry.start == start) return {};
        return directory_.store(id, entry);
    });
}

Result<> CompoundFile::resize(EntryId id, std::uint64_t size) {
    auto entry = ODC_TRY(stream_entry(id));
    if (size == entry.size) return {};
    const std::uint64_t limit = version() == Version::v3 ? kRangeLockOffset : std::uint64_t{kMaxSector} << 12;
    if (size > limit) return fail(STG_E_DOCFILETOOLARGE, "past the largest size of the file's version");
    ODC_TRY(begin_change());
    if (size > entry.size) {
        auto grown = grow(id, entry, size, size);
        if (!grown) {
            broken_ = grown.code() != STG_E_DOCFILETOOLARGE;
            return std::move(grown.error());
        }
    } else {
        ODC_TRY(change([&] { return shrink(id, entry, size); }));
    }
    return change([&] { return directory_.store(id, entry); });
}

}  // namespace odc::compound_file
