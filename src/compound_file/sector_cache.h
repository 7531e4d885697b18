// A bounded window of sectors in memory, between the byte storage and everything above it.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "compound_file/byte_storage.h"
#include "compound_file/format.h"

namespace odc::compound_file {

/// Least recently used sectors leave when `capacity` is full; changed ones are written first, neighbours together.
/// A returned pointer is good until the next call of any member.
class SectorCache {
  public:
    /// `capacity` counts sectors, at least 8.
    SectorCache(ByteStorage& bytes, unsigned shift, std::size_t capacity);

    std::uint32_t sector_size() const { return 1u << shift_; }
    std::uint64_t offset(Sector sector) const { return (std::uint64_t{sector} + 1) << shift_; }

    Result<const std::uint8_t*> read(Sector sector) {
        if (last_ != kNone && pages_[last_].sector == sector) [[likely]] return data(last_);
        const auto page = ODC_TRY(load(sector, true));
        return data(page);
    }
    /// The same, and the sector counts as changed.
    Result<std::uint8_t*> change(Sector sector);
    /// A sector whose former content does not matter, filled with `fill`, changed.
    Result<std::uint8_t*> fresh(Sector sector, std::uint8_t fill);
    /// The content of `from` becomes that of `to`, changed; `from` is forgotten.
    Result<> move(Sector from, Sector to);
    /// Forgets a sector and its changes.
    void drop(Sector sector);
    /// Forgets everything.
    void clear();
    Result<> flush();

    /// Whole sectors past the cache: `count` sectors from `first`, `size` bytes, changed pages included.
    Result<> read_run(Sector first, std::uint32_t skip, std::span<std::uint8_t> into);
    /// Whole sectors past the cache; `from` is a multiple of the sector size.
    Result<> write_run(Sector first, std::span<const std::uint8_t> from);
    /// Makes sectors read as zeros without keeping them in memory. What lies at `zeros_from` (bytes) and behind was never written, and
    /// what is past the end of the file does already.
    Result<> write_zeros(Sector first, std::uint32_t count, std::uint64_t zeros_from);

    ByteStorage& bytes() { return bytes_; }
    /// Bytes in the storage now, writes of this cache included.
    std::uint64_t extent() const { return extent_; }
    Result<> set_extent(std::uint64_t size);
    Result<> refresh_extent();

  private:
    using Index = std::uint32_t;
    static constexpr Index kNone = 0xFFFFFFFF;
    struct Page {
        Sector sector = kFreeSector;
        Index newer = kNone;
        Index older = kNone;
        bool changed = false;
    };

    std::uint8_t* data(Index page) { return memory_[page / kPagesPerBlock].get() + (page % kPagesPerBlock << shift_); }
    Result<Index> load(Sector sector, bool from_storage);
    Result<Index> vacant();
    void unlink(Index page);
    void make_newest(Index page);
    void mark(Index page) {
        changed_ += !pages_[page].changed;
        pages_[page].changed = true;
    }
    void forget(Index page);

    static constexpr std::size_t kPagesPerBlock = 16;
    ByteStorage& bytes_;
    unsigned shift_;
    std::size_t capacity_;
    std::vector<std::unique_ptr<std::uint8_t[]>> memory_;
    std::vector<Page> pages_;
    std::vector<Index> vacant_;
    std::unordered_map<Sector, Index> by_sector_;
    Index newest_ = kNone;
    Index oldest_ = kNone;
    Index last_ = kNone;
    std::size_t changed_ = 0;
    std::uint64_t extent_ = 0;
};

}  // namespace odc::compound_file
