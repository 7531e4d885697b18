// The content of a stream that a transaction has changed: changed blocks over the stream of the tree below.
#pragma once

#include <functional>
#include <map>

#include "storage/scratch.h"
#include "storage/tree.h"

namespace odc::storage {

/// Memory grows with the number of places that were changed, not with their length.
class ChangedStream {
  public:
    /// The stream that lies below; `tree` is null when there is none.
    struct Below {
        Tree* tree = nullptr;
        EntryId id = kNoEntry;
    };

    ChangedStream(Scratch& scratch, std::uint64_t size) : scratch_(scratch), size_(size), size_below_(size) {}
    ~ChangedStream() { drop_from(0); }
    ChangedStream(const ChangedStream&) = delete;
    ChangedStream& operator=(const ChangedStream&) = delete;

    std::uint64_t size() const { return size_; }
    /// Bytes of the stream below that are still seen where no block was changed.
    std::uint64_t size_below() const { return size_below_; }

    Result<std::size_t> read(const Below& below, std::uint64_t offset, std::span<std::uint8_t> into);
    Result<> write(const Below& below, std::uint64_t offset, std::span<const std::uint8_t> from);
    Result<> resize(std::uint64_t size);
    /// `newer` lies over this: its blocks become ours, without a copy. It is then as if it had never changed.
    Result<> take_over(ChangedStream& newer);

    using Piece = std::function<Result<>(std::uint64_t offset, std::span<const std::uint8_t> bytes)>;
    /// The changed bytes in ascending order, in pieces of at most 64 KB.
    Result<> for_each_piece(const Piece& piece);

  private:
    static constexpr std::uint64_t kBlock = Scratch::kSlot;
    struct Extent {
        std::uint64_t count;  ///< blocks
        std::uint64_t slot;   ///< of the first one
    };
    using Extents = std::map<std::uint64_t, Extent>;  // by first block

    Extents::iterator extent_of(std::uint64_t block);
    Result<> read_below(const Below& below, std::uint64_t offset, std::span<std::uint8_t> into);
    Result<> write_new(const Below& below, std::uint64_t offset, std::span<const std::uint8_t>& from, std::uint64_t room);
    void insert(std::uint64_t block, Extent extent);
    void drop(std::uint64_t block, std::uint64_t end);
    void drop_from(std::uint64_t block) { drop(block, UINT64_MAX); }

    Scratch& scratch_;
    Extents extents_;
    std::uint64_t size_;
    std::uint64_t size_below_;
};

}  // namespace odc::storage
