// An element that some object has open, and what it sees.
#pragma once

#include <memory>
#include <unordered_map>

#include "coml2api.h"
#include "storage/transaction.h"

namespace odc::storage {

/// An element is open at most once (a clone of a stream shares its opening); it is *reverted* when it or a storage above it was
/// destroyed, released or reverted. All members are used under the document's mutex.
struct Opening : std::enable_shared_from_this<Opening> {
    Tree* tree = nullptr;   ///< what is seen through it: the tree of the storage above, or `transaction`; dangles once reverted
    EntryId id = kRoot;     ///< in `tree`
    Tree* outer = nullptr;  ///< the tree of the storage above; for a root in transacted mode the file's; null for other roots
    std::u16string name;    ///< when it was opened
    std::weak_ptr<Opening> above;
    DWORD mode = 0;
    bool is_root = false;
    bool is_storage = true;
    bool reverted = false;
    std::unique_ptr<Transaction> transaction;  ///< of a storage with changes of its own, over `outer`

    /// A storage in transacted mode may be changed even when it was opened for reading; only its Commit is refused.
    bool can_write() const { return (mode & 3) != STGM_READ || transaction; }
    bool can_commit() const { return (mode & 3) != STGM_READ || !(mode & STGM_TRANSACTED); }
    bool can_read() const { return (mode & 3) != STGM_WRITE; }

    /// The opening of a child, when it is open now.
    std::shared_ptr<Opening> find(EntryId child);
    /// A direct child is seen through the same tree; a transacted one through a transaction of its own.
    std::shared_ptr<Opening> add(EntryId child, std::u16string_view child_name, DWORD child_mode, Scratch& scratch);
    /// The file below was read again: what is open below is found by its names. What is gone, and every transaction, is reverted.
    void find_again();
    bool lies_in(const Opening& storage) const;
    /// What is open below loses its element and its changes.
    void revert_below();
    void revert();

  private:
    std::unordered_map<std::uint32_t, std::weak_ptr<Opening>> below_;  ///< by id in `tree`
    std::size_t sweep_at_ = 16;
};

}  // namespace odc::storage
