// What a storage in transacted mode has changed since its last commit, over the tree that it was opened in.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "compound_file/name.h"
#include "storage/changed_stream.h"

namespace odc::storage {

/// The tree below sees nothing of a transaction until `publish`; a transaction may itself be the tree below another one.
/// What nobody touched is read from below, so memory grows with the number of elements that were looked at or changed, and the
/// bytes written lie in `scratch`. The part of the tree below that is seen here may not change meanwhile.
///
/// `publish` has two steps, so that a caller can undo what it did to a tree below that failed half-way: after `publish` the
/// tree below has the changes, after `settle` this transaction is over it with none of its own; without `settle` it is as before.
/// (Over another transaction `publish` only moves blocks and cannot fail half-way but for want of memory.)
class Transaction final : public Tree {
  public:
    /// A view of `storage` of the tree below; its id here is kRoot.
    Transaction(Tree& below, EntryId storage, Scratch& scratch);
    ~Transaction() override;

    bool changed() const { return changed_; }
    Result<> publish();
    void settle();
    /// Back to what lies below. Ids other than kRoot are no longer good.
    void revert();
    /// The same elements, by name, now lie in another tree; what is not found there counts as made here. Only while nothing is changed.
    Result<> rebase(Tree& below, EntryId storage);

    Result<Entry> stat(EntryId id) override;
    Result<EntryId> find(EntryId storage, std::u16string_view name) override;
    Result<std::optional<Entry>> entry_after(EntryId storage, std::u16string_view name) override;
    Result<std::size_t> read(EntryId stream, std::uint64_t offset, std::span<std::uint8_t> into) override;
    Result<EntryId> create_stream(EntryId storage, std::u16string_view name) override;
    Result<EntryId> create_storage(EntryId storage, std::u16string_view name, FileTime now) override;
    Result<> remove(EntryId storage, std::u16string_view name) override;
    Result<> rename(EntryId storage, std::u16string_view name, std::u16string_view new_name) override;
    Result<> write(EntryId stream, std::uint64_t offset, std::span<const std::uint8_t> from) override;
    Result<> resize(EntryId stream, std::uint64_t size) override;
    Result<> set_class_id(EntryId storage, const Guid& class_id) override;
    Result<> set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask) override;
    Result<> set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified) override;
    Result<> put(EntryId stream, ChangedStream& changed) override;

  private:
    struct NameOrder {
        using is_transparent = void;
        bool operator()(std::u16string_view a, std::u16string_view b) const { return compound_file::compare_names(a, b) < 0; }
    };
    using Children = std::map<std::u16string, EntryId, NameOrder>;
    struct Element {
        EntryId below = kNoEntry;  ///< its id in the tree below; kNoEntry: made here
        EntryId made = kNoEntry;   ///< its id in the tree below after `publish`, before `settle`
        bool is_storage = false;
        std::u16string name;
        std::u16string name_below;
        // What was set here.
        std::optional<Guid> class_id;
        std::optional<std::uint32_t> state_bits;
        std::optional<FileTime> created, modified;
        // Storages.
        Children known;                             ///< children that were looked at or made
        std::set<std::u16string, NameOrder> hidden;  ///< names of the storage below that are not seen here
        std::vector<std::u16string> removed;        ///< names of the storage below whose elements are to go
        // Streams.
        std::unique_ptr<ChangedStream> content;
    };

    Result<Element*> element(EntryId id);
    Result<Element*> storage_element(EntryId id);
    Result<Element*> stream_element(EntryId id);
    ChangedStream::Below below_of(const Element& element) { return {element.below == kNoEntry ? nullptr : below_, element.below}; }
    Result<ChangedStream*> content_of(Element& element);
    Result<EntryId> create(EntryId storage, std::u16string_view name, Element made);
    void forget(EntryId id);
    Result<> publish_names(Element& storage, EntryId below);
    Result<> publish_renames(Element& storage, EntryId below);
    Result<> publish_values(Element& storage, EntryId below);
    Result<> publish_storage(EntryId id, EntryId below);

    Tree* below_;
    Scratch& scratch_;
    std::unordered_map<std::uint32_t, Element> elements_;
    std::uint32_t next_id_ = 1;
    bool changed_ = false;
};

}  // namespace odc::storage
