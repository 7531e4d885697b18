// The directory: an array of entries, and for each storage the tree of its children.
// Spec: MS-CFB 2.6.
#pragma once

#include <functional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compound_file/name.h"
#include "compound_file/sector_chain.h"

namespace odc::compound_file {

/// The children of a storage are a red-black tree ordered by `compare_names`. Trees of other writers that are out of order
/// or out of balance are read by walking them whole, and put right before the first change of that storage.
class Directory {
  public:
    Directory(SectorSpace& space, SectorCache& cache, Version version)
        : chain_(space, cache), version_(version), per_(cache.sector_size() / kEntrySize) {}

    Result<> open(Sector first);
    /// A root entry and nothing else.
    Result<> format();

    std::uint32_t capacity() const { return static_cast<std::uint32_t>(chain_.size() * per_); }
    Sector first_sector() const { return chain_.first(); }
    std::uint32_t sector_count() const { return static_cast<std::uint32_t>(chain_.size()); }

    Result<> sink(Sector limit) { return chain_.sink(limit); }
    bool reaches(Sector sector) const { return chain_.reaches(sector); }

    /// Errors: STG_E_DOCFILECORRUPT outside the directory or for an impossible entry.
    Result<Entry> load(EntryId id);
    Result<> store(EntryId id, const Entry& entry);

    /// kNoEntry when there is none. O(log n), unless the tree is another writer's and out of order.
    Result<EntryId> find(EntryId storage, std::u16string_view name);
    /// The child that follows `name` in order; kNoEntry after the last one.
    Result<EntryId> successor(EntryId storage, std::u16string_view name);
    /// All children, in order.
    Result<std::vector<EntryId>> children(EntryId storage);
    /// Takes a free entry, fills it and puts it into the storage's tree. The name must not exist there.
    Result<EntryId> insert(EntryId storage, Entry entry);
    /// Puts an entry that has no place in any tree (see `detach`) into a storage.
    Result<> attach(EntryId storage, EntryId id);
    /// Takes an entry out of its storage's tree; it keeps its id and content.
    Result<> detach(EntryId storage, EntryId id);
    /// Makes a detached entry a free one.
    Result<> release(EntryId id);

    /// The storages whose trees are not as the specification demands, as found by `audit`.
    void set_unsound(std::unordered_set<std::uint32_t> storages) {
        unsound_ = std::move(storages);
        soundness_known_ = true;
    }

  private:
    struct Step {
        EntryId id;
        bool went_right;
    };
    using Path = std::vector<Step>;

    Result<Entry> child_of(EntryId storage, EntryId id);
    Result<bool> sound(EntryId storage);
    Result<> rebuild(EntryId storage);
    Result<EntryId> build(const std::vector<EntryId>& order, std::size_t from, std::size_t to, unsigned depth, unsigned red_depth);
    Result<> set_child(EntryId storage, const Path& path, std::size_t level, EntryId id);
    Result<> rotate(EntryId storage, Path& path, std::size_t level, bool to_right);
    Result<bool> is_red(EntryId id);
    Result<EntryId> take_free();

    SectorChain chain_;
    Version version_;
    std::uint32_t per_;
    std::vector<std::uint32_t> free_;  ///< free entries, highest first
    bool free_known_ = false;
    std::unordered_set<std::uint32_t> unsound_;
    std::unordered_set<std::uint32_t> checked_;  ///< storages whose tree is known to be in order
    bool soundness_known_ = false;
};

}  // namespace odc::compound_file
