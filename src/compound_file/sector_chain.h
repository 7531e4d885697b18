// The chains that the file keeps for itself: directory, mini FAT, mini stream. Their sector numbers are held in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "compound_file/sector_space.h"

namespace odc::compound_file {

class SectorChain {
  public:
    SectorChain(SectorSpace& space, SectorCache& cache) : space_(space), cache_(cache) {}

    /// Walks the chain. Errors: STG_E_DOCFILECORRUPT for a cycle or a number outside the file.
    Result<> open(Sector first);
    void clear() { sectors_.clear(); }

    std::size_t size() const { return sectors_.size(); }
    Sector first() const { return sectors_.empty() ? kEndOfChain : sectors_.front(); }
    Sector sector(std::size_t index) const { return sectors_[index]; }

    /// Pointers are good until the next call that touches the cache.
    Result<const std::uint8_t*> read(std::size_t index) { return cache_.read(sectors_[index]); }
    /// Moves the sector first when the file on disk refers to it.
    Result<std::uint8_t*> change(std::size_t index);
    /// Moves every sector at or above `limit` to the lowest free place.
    Result<> sink(Sector limit);
    bool reaches(Sector sector) const { return std::find(sectors_.begin(), sectors_.end(), sector) != sectors_.end(); }
    Result<> append(std::uint8_t fill);
    /// Drops sectors from the end until `size` are left.
    Result<> shorten(std::size_t size);

  private:
    SectorSpace& space_;
    SectorCache& cache_;
    std::vector<Sector> sectors_;
};

}  // namespace odc::compound_file
