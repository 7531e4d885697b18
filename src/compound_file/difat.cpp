// The part of SectorSpace that keeps the DIFAT: where the FAT sectors are.
//
// The DIFAT is linked forwards only, and a commit changes nothing in place: where one of its sectors moves, all before it are
// written again. For a version 3 file of a gigabyte that is 66 KB for one byte. So a long DIFAT has a twin: the other sector of
// the even and odd pair in which each of its sectors lies is free, nobody else gets it, and its bytes are those of two commits
// ago. The next commit writes there what has become different, and the twin is the DIFAT. Nothing in the file says that there is
// a twin: what a free sector holds is read and compared, never believed.
#include <algorithm>
#include <array>
#include <cstring>

#include "compound_file/sector_space.h"
#include "compound_file/table_entry.h"

namespace odc::compound_file {

namespace {

/// From this many DIFAT sectors on; below, a chain costs no more than what its twin's places cost in the FAT.
constexpr std::size_t kTwinsFrom = 4;

constexpr Sector twin_of(Sector sector) { return sector ^ 1; }

}  // namespace

bool SectorSpace::difat_has_twins() const { return difat_.size() >= kTwinsFrom && !sinking_ && !holds_any(); }

void SectorSpace::reserve_twins() {
    sinking_ = false;
    if (!difat_has_twins()) return;
    for (const Sector sector : difat_) {
        const Sector twin = twin_of(sector);
        if (twin >= count_ || used_.test(twin)) continue;
        used_.set(twin);
        twins_.set(twin);
    }
}

void SectorSpace::drop_twins() {
    if (twins_.end() == 0) return;
    used_.remove(twins_);
    twins_.clear_all();
    lowest_free_ = 0;
}

std::size_t SectorSpace::difat_needed() const {
    return fat_.size() <= kHeaderDifat ? 0 : (fat_.size() - kHeaderDifat + per_ - 2) / (per_ - 1);
}

/// How many sectors from the first one on no longer say where the FAT is.
std::size_t SectorSpace::difat_to_rewrite() const {
    if (changed_places_ <= kHeaderDifat) return 0;
    const std::size_t changed = (changed_places_ - kHeaderDifat + per_ - 2) / (per_ - 1);
    return difat_has_twins() ? difat_.size() : std::min(difat_.size(), changed);
}

/// Two free sectors, each the other's twin: the one that is returned is fresh, the other reserved.
Result<Sector> SectorSpace::take_pair() {
    Sector first = kFreeSector;
    for (auto s = used_.first_clear(lowest_free_, count_); s < count_ && first == kFreeSector;
         s = used_.first_clear(s + 1, count_))
        if (s % 2 == 0 && twin_of(static_cast<Sector>(s)) < count_ && !used_.test(s + 1)) first = static_cast<Sector>(s);
    for (Sector before = kFreeSector; first == kFreeSector;) {
        const auto sector = ODC_TRY(grow());
        if (before != kFreeSector && sector == twin_of(before)) first = before;
        before = sector % 2 == 0 ? sector : kFreeSector;
    }
    used_.set(first);
    fresh_.set(first);
    used_.set(twin_of(first));
    twins_.set(twin_of(first));
    return first;
}

/// The place that follows `old` (kEndOfChain: none).
Result<Sector> SectorSpace::take_difat_sector(Sector old) {
    if (!difat_has_twins()) return take(kFreeSector);
    if (old == kEndOfChain || !twins_.test(twin_of(old))) return take_pair();
    twins_.clear(twin_of(old));
    fresh_.set(twin_of(old));
    return twin_of(old);
}

/// Gives every DIFAT sector that changes a fresh place; how many there are. To move one changes FAT sectors, which may then move
/// themselves, and may make one more necessary.
Result<std::size_t> SectorSpace::place_difat() {
    std::size_t rewritten = 0;
    for (bool steady = false; !steady;) {
        steady = true;
        const bool resized = difat_.size() != difat_needed();
        while (difat_.size() > difat_needed()) {
            const Sector last = difat_.back();
            difat_.pop_back();
            ODC_TRY(release(last));
        }
        while (difat_.size() < difat_needed()) {
            const auto sector = ODC_TRY(take_difat_sector(kEndOfChain));
            difat_.push_back(sector);
            ODC_TRY(link(sector, kDifatSector));
        }
        if (resized) rewritten = difat_.size();
        rewritten = std::min(difat_.size(), std::max(rewritten, difat_to_rewrite()));
        for (std::size_t i = 0; i < rewritten; ++i) {
            if (fresh_.test(difat_[i])) continue;
            const Sector old = difat_[i];
            difat_[i] = ODC_TRY(take_difat_sector(old));
            ODC_TRY(link(difat_[i], kDifatSector));
            ODC_TRY(release(old));
            steady = false;
        }
        if (difat_.size() != difat_needed() || difat_to_rewrite() > rewritten) steady = false;
    }
    return rewritten;
}

/// What the DIFAT's sector `index` shall say goes to `place`, unless it is there.
Result<> SectorSpace::write_difat(std::size_t index, Sector place, Sector next) {
    std::array<std::uint8_t, 1 << sector_shift(Version::v4)> wanted;
    const std::size_t first = kHeaderDifat + index * (per_ - 1);
    for (std::uint32_t k = 0; k + 1 < per_; ++k) store(wanted.data(), k, first + k < fat_.size() ? fat_[first + k] : kFreeSector);
    store(wanted.data(), per_ - 1, next);
    const std::uint8_t* page = ODC_TRY(cache_.read(place));
    if (std::memcmp(page, wanted.data(), cache_.sector_size()) == 0) return {};
    std::memcpy(ODC_TRY(cache_.change(place)), wanted.data(), cache_.sector_size());
    return {};
}

Result<> SectorSpace::finish_difat(Header& header) {
    const std::size_t rewritten = ODC_TRY(place_difat());
    for (std::size_t i = 0; i < rewritten; ++i) {
        const Sector place = difat_[i];
        const Sector next = i + 1 < difat_.size() ? difat_[i + 1] : kEndOfChain;
        ODC_TRY(write_difat(i, place, next));
        // A pair that is new: its twin is made as well, while much is written anyway.
        if (twins_.test(twin_of(place))) ODC_TRY(write_difat(i, twin_of(place), next == kEndOfChain ? next : twin_of(next)));
    }
    header.fat_sectors = static_cast<std::uint32_t>(fat_.size());
    header.difat_sectors = static_cast<std::uint32_t>(difat_.size());
    header.first_difat = difat_.empty() ? kEndOfChain : difat_.front();
    for (std::size_t i = 0; i < kHeaderDifat; ++i) header.difat[i] = i < fat_.size() ? fat_[i] : kFreeSector;
    return {};
}

}  // namespace odc::compound_file
