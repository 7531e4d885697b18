// Which sector follows which, and which are free: FAT and DIFAT.
// Spec: MS-CFB 2.3 (FAT), 2.5 (DIFAT), 2.8 (range lock sector), 2.9 (limits).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "compound_file/bitmap.h"
#include "compound_file/sector_cache.h"

namespace odc::compound_file {

/// Never overwrites what the file on disk refers to: a FAT sector that changes moves to a free sector first, and a sector
/// that is given back stays untouched until the header of the next commit is on disk. So until that header is written
/// the file is the old one, and after it the new one.
///
/// States of a sector: free; *committed* (the header on disk refers to it); *fresh* (taken since, may be written);
/// *pending* (committed, given back since, free after the next commit); *held* (free, and not to be used: somebody may still
/// look at an older state of the file that refers to it); *reserved* (free, kept for the DIFAT's next move: difat.cpp).
class SectorSpace {
  public:
    SectorSpace(SectorCache& cache, Version version);

    /// Reads the DIFAT. Errors: STG_E_DOCFILECORRUPT for cycles, numbers outside the file, sectors listed twice, or a
    /// file that ends before its last used sector.
    Result<> open(const Header& header);
    /// Starts an empty file: no sector is used, nothing is committed.
    void format();
    /// The same, before bytes that are there and stay until the first commit: the first `kept` sectors are pending.
    void format_behind(Sector kept);

    /// Sectors that the FAT speaks of, used or not.
    Sector count() const { return count_; }
    std::uint32_t per_sector() const { return per_; }
    std::size_t fat_sector_count() const { return fat_.size(); }

    Result<Sector> next(Sector sector);
    struct Run {
        Sector first;         ///< consecutive sectors, each linked to the one after it
        std::uint32_t count;  ///< at least 1
        Sector next;          ///< what the last one links to
    };
    /// Errors: STG_E_DOCFILECORRUPT when `first` is no sector of the file.
    Result<Run> run(Sector first, std::uint32_t most);

    /// Makes the members below usable; `used` has a bit for each sector whose FAT entry is not free.
    void prepare(Bitmap used);
    bool prepared() const { return prepared_; }
    /// Everything that is free becomes held.
    void hold_free();
    bool is_fresh(Sector sector) const { return fresh_.test(sector); }
    /// A fresh sector that ends a chain; close behind `near` when that is free. Its content is undefined.
    /// Errors: STG_E_DOCFILETOOLARGE at the version's limit.
    Result<Sector> allocate(Sector near);
    /// A fresh sector behind `last` (kEndOfChain: none), linked from it. The caller links what it appended last to kEndOfChain.
    Result<Sector> append(Sector last);
    Result<> link(Sector sector, Sector next);
    Result<> release(Sector sector);
    /// Gives back a whole chain. Errors: STG_E_DOCFILECORRUPT when it has more than `most` sectors.
    Result<> release_chain(Sector first, std::uint64_t most);
    /// A fresh sector takes the place of `old` in its chain, behind `previous` (kEndOfChain: `old` is the first).
    enum class Content {
        moves,
        sinks,  ///< moves, to the lowest free place
        is_lost,
    };
    Result<Sector> replace(Sector old, Sector previous, Content content);

    /// Brings FAT and DIFAT into the cache as they shall be on disk, and their places into `header`.
    Result<> finish(Header& header);
    /// The header of `finish` is on disk: fresh becomes committed; pending and held become free, or with `hold` held.
    void committed(bool hold);
    bool holds_any() const { return held_.end() > 0; }
    /// What is free beside the sectors of a long DIFAT is kept for its next move; called when all commits of a change are done.
    void reserve_twins();
    /// Keeps nothing for it.
    void drop_twins();
    /// Forgets everything since the last commit, whose header this is.
    Result<> revert(const Header& header);
    /// Sectors at the end could be given back by one more commit.
    Result<bool> can_shrink();
    /// At least half of the file is free: where it would end if it were packed; otherwise kFreeSector.
    Sector packed_end() const;
    Sector last_used() const { return static_cast<Sector>(used_.end()) - 1; }
    bool keeps_tables_at(Sector sector) const;
    /// Moves FAT and DIFAT sectors at or above `limit` to the lowest free places.
    Result<> sink(Sector limit);
    std::uint64_t free_sectors() const { return count_ - std::min<std::uint64_t>(count_, used_.count()); }

  private:
    Result<Sector> take(Sector near);
    Result<Sector> grow();
    Result<> settle();
    Result<> trim();
    Result<bool> last_fat_sector_is_idle();
    void note_fat_place(std::size_t index) { changed_places_ = std::max(changed_places_, index + 1); }
    std::size_t difat_needed() const;
    std::size_t difat_to_rewrite() const;
    Result<> finish_difat(Header& header);
    Result<std::size_t> place_difat();
    Result<Sector> take_difat_sector(Sector old);
    Result<Sector> take_pair();
    Result<> write_difat(std::size_t index, Sector place, Sector next);
    bool difat_has_twins() const;

    SectorCache& cache_;
    Version version_;
    std::uint32_t per_;  ///< FAT entries in a sector
    Sector limit_;       ///< no sector number at or above
    Sector range_lock_;  ///< kFreeSector in version 3
    Sector count_ = 0;
    std::vector<Sector> fat_;         ///< place of each FAT sector
    std::vector<Sector> difat_;       ///< place of each DIFAT sector
    std::size_t changed_places_ = 0;  ///< DIFAT entries at and above are as on disk
    bool prepared_ = false;
    Bitmap used_;  ///< committed, fresh, pending, held or reserved
    Bitmap fresh_;
    Bitmap pending_;
    Bitmap held_;
    Bitmap twins_;          ///< reserved
    bool sinking_ = false;  ///< until its commit, what moves goes as low as it can
    bool any_pending_ = false;
    Sector lowest_free_ = 0;                        ///< all below are used
    std::vector<std::pair<Sector, Sector>> marks_;  ///< FAT entries still to be written
};

}  // namespace odc::compound_file
