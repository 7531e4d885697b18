#include "compound_file/sector_space.h"

#include <algorithm>

#include "compound_file/table_entry.h"

namespace odc::compound_file {

namespace {

Error corrupt(std::string text) { return fail(STG_E_DOCFILECORRUPT, std::move(text)); }

}  // namespace

SectorSpace::SectorSpace(SectorCache& cache, Version version) : cache_(cache), version_(version), per_(cache.sector_size() / 4) {
    const auto lock = static_cast<Sector>((kRangeLockOffset >> sector_shift(version)) - 1);
    range_lock_ = version == Version::v4 ? lock : kFreeSector;
    limit_ = version == Version::v4 ? kMaxSector : lock;
}

void SectorSpace::format() {
    count_ = 0;
    fat_.clear();
    difat_.clear();
    changed_places_ = 0;
    prepare(Bitmap());
}

void SectorSpace::format_behind(Sector kept) {
    format();
    for (Sector s = 0; s < kept; ++s) {
        used_.set(s);
        pending_.set(s);
    }
    any_pending_ = kept > 0;
}

Result<> SectorSpace::open(const Header& header) {
    const std::uint64_t size = cache_.extent();
    const std::uint64_t whole = size >> header.shift();
    count_ = static_cast<Sector>(std::min<std::uint64_t>(whole > 0 ? whole - 1 : 0, kMaxSector));
    fat_.clear();
    difat_.clear();
    changed_places_ = 0;
    prepared_ = false;
    marks_.clear();
    if (header.fat_sectors == 0) return corrupt("header: no FAT sectors");
    if (header.fat_sectors > count_) return corrupt("header: more FAT sectors than the file has sectors");
    if (header.difat_sectors > count_) return corrupt("header: more DIFAT sectors than the file has sectors");
    if (header.difat_sectors > (header.fat_sectors + per_) / (per_ - 1) + 1)
        return corrupt("header: more DIFAT sectors than its FAT sectors need");

    Bitmap listed(count_);
    const auto accept = [&](Sector sector, const char* what) -> Result<> {
        if (sector >= count_) return corrupt(std::string(what) + " " + std::to_string(sector) + " lies outside the file");
        if (listed.test_and_set(sector)) return corrupt(std::string(what) + " " + std::to_string(sector) + " is listed twice");
        return {};
    };
    fat_.reserve(header.fat_sectors);
    for (std::size_t i = 0; i < kHeaderDifat && fat_.size() < header.fat_sectors; ++i) {
        ODC_TRY(accept(header.difat[i], "FAT sector"));
        fat_.push_back(header.difat[i]);
    }
    Sector at = header.first_difat;
    for (std::uint32_t n = 0; n < header.difat_sectors; ++n) {
        ODC_TRY(accept(at, "DIFAT sector"));
        difat_.push_back(at);
        const std::uint8_t* page = ODC_TRY(cache_.read(at));
        std::vector<Sector> places(per_);
        for (std::uint32_t i = 0; i < per_; ++i) places[i] = load(page, i);
        for (std::uint32_t i = 0; i + 1 < per_ && fat_.size() < header.fat_sectors; ++i) {
            ODC_TRY(accept(places[i], "FAT sector"));
            fat_.push_back(places[i]);
        }
        at = places[per_ - 1];
    }
    if (header.difat_sectors > 0 && at < kMaxSector) return corrupt("the DIFAT does not end where the header says");
    if (fat_.size() < header.fat_sectors) return corrupt("the DIFAT lists fewer FAT sectors than the header");

    // A file that was cut short still has FAT entries for the sectors that are gone.
    for (std::size_t page_index = count_ / per_; page_index < fat_.size(); ++page_index) {
        const std::uint8_t* page = ODC_TRY(cache_.read(fat_[page_index]));
        for (std::uint32_t i = 0; i < per_; ++i) {
            const std::uint64_t sector = page_index * per_ + i;
            if (sector >= count_ && load(page, i) != kFreeSector)
                return corrupt("the file ends before sector " + std::to_string(sector));
        }
    }
    count_ = static_cast<Sector>(std::min<std::uint64_t>(count_, std::uint64_t{fat_.size()} * per_));
    return {};
}

Result<Sector> SectorSpace::next(Sector sector) {
    if (sector >= count_) return corrupt("sector " + std::to_string(sector) + " lies outside the file");
    const std::uint8_t* page = ODC_TRY(cache_.read(fat_[sector / per_]));
    return load(page, sector % per_);
}

Result<SectorSpace::Run> SectorSpace::run(Sector first, std::uint32_t most) {
    if (first >= count_) return corrupt("sector " + std::to_string(first) + " lies outside the file");
    Run run{first, 1, kEndOfChain};
    for (Sector sector = first;;) {
        const std::uint8_t* page = ODC_TRY(cache_.read(fat_[sector / per_]));
        std::uint32_t i = sector % per_;
        for (;; ++i) {
            run.next = load(page, i);
            if (run.count >= most || run.next != sector + 1 || run.next >= count_) return run;
            ++run.count;
            ++sector;
            if (i + 1 == per_) break;
        }
    }
}

void SectorSpace::prepare(Bitmap used) {
    used_ = std::move(used);
    fresh_.clear_all();
    pending_.clear_all();
    held_.clear_all();
    any_pending_ = false;
    lowest_free_ = 0;
    marks_.clear();
    prepared_ = true;
    twins_.clear_all();
    reserve_twins();
}

void SectorSpace::hold_free() {
    drop_twins();
    for (auto s = used_.first_clear(0, count_); s < count_; s = used_.first_clear(s + 1, count_)) {
        used_.set(s);
        held_.set(s);
    }
}

/// A sector whose bits say fresh, without its FAT entry.
Result<Sector> SectorSpace::take(Sector near) {
    Sector found = near < kMaxSector ? near + 1 : kFreeSector;
    if (found >= count_ || used_.test(found)) {
        found = static_cast<Sector>(used_.first_clear(lowest_free_, count_));
        lowest_free_ = found;
        if (found >= count_) found = ODC_TRY(grow());
    }
    used_.set(found);
    fresh_.set(found);
    return found;
}

/// One more sector at the end. A new FAT sector lies within what it speaks of, unless all of that is held or pending.
Result<Sector> SectorSpace::grow() {
    for (;;) {
        const Sector sector = count_;
        if (sector >= limit_)
            return fail(STG_E_DOCFILETOOLARGE, version_ == Version::v3 ? "a version 3 file ends at 2 GB" : "file too large");
        if (sector / per_ == fat_.size()) {
            auto place = static_cast<Sector>(used_.first_clear(sector, limit_));
            if (place == range_lock_) place = static_cast<Sector>(used_.first_clear(place + 1, limit_));
            if (place >= limit_) return fail(STG_E_DOCFILETOOLARGE, "no room for a FAT sector");
            fat_.push_back(place);
            note_fat_place(fat_.size() - 1);
            used_.set(place);
            fresh_.set(place);
            std::uint8_t* page = ODC_TRY(cache_.fresh(place, 0xFF));
            if (place / per_ + 1 == fat_.size())
                store(page, place % per_, kFatSector);
            else
                marks_.emplace_back(place, kFatSector);  // its FAT sector comes before the sector that is returned
        }
        ++count_;
        if (sector == range_lock_) {
            used_.set(sector);
            marks_.emplace_back(sector, kEndOfChain);
            continue;
        }
        if (used_.test(sector)) continue;  // the FAT sector itself, or a sector that is free only after the next commit
        return sector;
    }
}

/// Writes the marks. A FAT sector that is not fresh moves first, which makes two more marks.
Result<> SectorSpace::settle() {
    while (!marks_.empty()) {
        const auto [sector, value] = marks_.back();
        const std::size_t index = sector / per_;
        const Sector place = fat_[index];
        if (!fresh_.test(place)) [[unlikely]] {
            const auto moved = ODC_TRY(take(place));
            ODC_TRY(cache_.move(place, moved));
            fat_[index] = moved;
            note_fat_place(index);
            pending_.set(place);
            any_pending_ = true;
            marks_.insert(marks_.begin(), {{moved, kFatSector}, {place, kFreeSector}});
            continue;
        }
        marks_.pop_back();
        store(ODC_TRY(cache_.change(place)), sector % per_, value);
    }
    return {};
}

Result<> SectorSpace::link(Sector sector, Sector next) {
    if (sector >= count_) return corrupt("sector " + std::to_string(sector) + " lies outside the file");
    const Sector place = fat_[sector / per_];
    if (marks_.empty() && fresh_.test(place)) [[likely]] {
        store(ODC_TRY(cache_.change(place)), sector % per_, next);
        return {};
    }
    marks_.emplace_back(sector, next);
    return settle();
}

Result<Sector> SectorSpace::allocate(Sector near) {
    const auto sector = ODC_TRY(take(near));
    ODC_TRY(link(sector, kEndOfChain));
    return sector;
}

Result<Sector> SectorSpace::append(Sector last) {
    const auto sector = ODC_TRY(take(last));
    if (last != kEndOfChain) ODC_TRY(link(last, sector));
    return sector;
}

Result<> SectorSpace::release(Sector sector) {
    if (sector >= count_) return corrupt("sector " + std::to_string(sector) + " lies outside the file");
    cache_.drop(sector);
    if (fresh_.test(sector)) {
        fresh_.clear(sector);
        used_.clear(sector);
        lowest_free_ = std::min(lowest_free_, sector);
    } else {
        pending_.set(sector);
        any_pending_ = true;
    }
    return link(sector, kFreeSector);
}

Result<> SectorSpace::release_chain(Sector first, std::uint64_t most) {
    for (std::uint64_t n = 0; first != kEndOfChain; ++n) {
        if (n >= most) return corrupt("a chain is longer than its stream");
        const auto following = ODC_TRY(next(first));
        ODC_TRY(release(first));
        first = following;
    }
    return {};
}

Result<Sector> SectorSpace::replace(Sector old, Sector previous, Content content) {
    const auto following = ODC_TRY(next(old));
    const auto sector = ODC_TRY(take(previous == kEndOfChain || content == Content::sinks ? kFreeSector : previous));
    if (content != Content::is_lost) ODC_TRY(cache_.move(old, sector));
    ODC_TRY(link(sector, following));
    if (previous != kEndOfChain) ODC_TRY(link(previous, sector));
    ODC_TRY(release(old));
    return sector;
}

/// Whether the last FAT sector speaks of nothing but itself (and the range lock sector).
Result<bool> SectorSpace::last_fat_sector_is_idle() {
    if (fat_.size() <= 1) return false;
    const Sector place = fat_.back();
    const auto first = static_cast<Sector>((fat_.size() - 1) * per_);
    const std::uint8_t* page = ODC_TRY(cache_.read(place));
    for (std::uint32_t i = 0; i < per_; ++i) {
        if (load(page, i) == kFreeSector || first + i == place || first + i == range_lock_) continue;
        return false;
    }
    for (Sector s = first; s < count_; ++s)
        if (pending_.test(s) || held_.test(s)) return false;
    return true;
}

Result<> SectorSpace::trim() {
    while (ODC_TRY(last_fat_sector_is_idle())) {
        const Sector place = fat_.back();
        const auto first = static_cast<Sector>((fat_.size() - 1) * per_);
        fat_.pop_back();
        note_fat_place(fat_.size());
        count_ = std::min(count_, first);
        if (range_lock_ != kFreeSector && range_lock_ >= first) used_.clear(range_lock_);
        if (place < first) {
            ODC_TRY(release(place));
            continue;
        }
        cache_.drop(place);
        if (fresh_.test(place)) {
            fresh_.clear(place);
            used_.clear(place);
        } else {
            pending_.set(place);
            any_pending_ = true;
        }
    }
    return {};
}

Result<> SectorSpace::finish(Header& header) {
    ODC_TRY(trim());
    return finish_difat(header);
}

void SectorSpace::committed(bool hold) {
    drop_twins();
    if (hold) {
        held_.add(pending_);
    } else if (any_pending_ || holds_any()) {
        used_.remove(pending_);
        used_.remove(held_);
        held_.clear_all();
        lowest_free_ = 0;
    }
    if (any_pending_) pending_.clear_all();
    any_pending_ = false;
    fresh_.clear_all();
    changed_places_ = 0;
    count_ = static_cast<Sector>(std::min<std::uint64_t>(count_, used_.end()));
}

Result<> SectorSpace::revert(const Header& header) {
    const bool keep = prepared_;
    drop_twins();
    used_.remove(fresh_);
    fresh_.clear_all();
    pending_.clear_all();
    any_pending_ = false;
    lowest_free_ = 0;
    ODC_TRY(open(header));
    prepared_ = keep;
    if (keep) reserve_twins();
    return {};
}

Sector SectorSpace::packed_end() const {
    const std::uint64_t used = used_.count();
    return count_ > 64 && used * 2 < count_ ? static_cast<Sector>(used) : kFreeSector;
}

bool SectorSpace::keeps_tables_at(Sector sector) const {
    return twins_.test(sector) || std::find(fat_.begin(), fat_.end(), sector) != fat_.end() ||
           std::find(difat_.begin(), difat_.end(), sector) != difat_.end();
}

Result<> SectorSpace::sink(Sector limit) {
    drop_twins();
    sinking_ = true;
    for (std::size_t i = 0; i < fat_.size(); ++i) {
        const Sector place = fat_[i];
        if (place < limit || fresh_.test(place)) continue;
        const auto moved = ODC_TRY(take(kFreeSector));
        ODC_TRY(cache_.move(place, moved));
        fat_[i] = moved;
        note_fat_place(i);
        ODC_TRY(link(moved, kFatSector));
        ODC_TRY(release(place));
    }
    if (std::any_of(difat_.begin(), difat_.end(), [&](Sector s) { return s >= limit; })) note_fat_place(fat_.size() - 1);
    return {};
}

Result<bool> SectorSpace::can_shrink() { return last_fat_sector_is_idle(); }

}  // namespace odc::compound_file
