// The mini stream and its mini FAT: the home of streams shorter than 4096 bytes, in units of 64 bytes.
// Spec: MS-CFB 2.4.
#pragma once

#include <cstdint>

#include "compound_file/bitmap.h"
#include "compound_file/sector_chain.h"

namespace odc::compound_file {

/// "Mini sectors" are numbered within the mini stream. A mini sector may be reused at once, since the sectors of the
/// mini stream move before they change.
class MiniSpace {
  public:
    MiniSpace(SectorSpace& space, SectorCache& cache)
        : fat_(space, cache), stream_(space, cache), per_(cache.sector_size() / 4), shift_(0) {
        while ((kMiniSize << shift_) < cache.sector_size()) ++shift_;
    }

    Result<> open(Sector first_fat, Sector first_stream, std::uint64_t stream_size);
    void format();

    /// Copies from and to the chain of a stream; `offset + bytes` lie within its `size`.
    /// Errors: STG_E_DOCFILECORRUPT when the chain is too short.
    Result<> read(Sector first, std::uint64_t offset, std::span<std::uint8_t> into);
    Result<> write(Sector first, std::uint64_t offset, std::span<const std::uint8_t> from);
    /// Makes the chain `bytes` long, new bytes zero; returns its new first mini sector (kEndOfChain for 0 bytes).
    Result<Sector> resize(Sector first, std::uint32_t bytes_before, std::uint32_t bytes);

    /// Gives back sectors at the end that hold nothing.
    Result<> trim();
    Result<> sink(Sector limit) {
        ODC_TRY(fat_.sink(limit));
        return stream_.sink(limit);
    }
    bool reaches(Sector sector) const { return fat_.reaches(sector) || stream_.reaches(sector); }
    Sector first_fat_sector() const { return fat_.first(); }
    std::uint32_t fat_sector_count() const { return static_cast<std::uint32_t>(fat_.size()); }
    Sector first_stream_sector() const { return stream_.first(); }
    std::uint64_t stream_size() const { return std::uint64_t{count_} << kMiniShift; }

  private:
    Result<Sector> next(Sector mini);
    Result<> link(Sector mini, Sector next);
    Result<Sector> allocate(Sector near);
    Result<> load_used();
    Result<Sector> walk(Sector first, std::uint64_t steps);

    SectorChain fat_;
    SectorChain stream_;
    std::uint32_t per_;   ///< mini FAT entries in a sector
    unsigned shift_;      ///< log2 of mini sectors in a sector
    Sector count_ = 0;    ///< mini sectors in the mini stream
    bool used_known_ = false;
    Bitmap used_;
    Sector lowest_free_ = 0;
};

}  // namespace odc::compound_file
