// One open compound file, and which of its elements are open. Shared by all storage and stream objects of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "coml2api.h"
#include "compound_file/compound_file.h"

namespace odc::storage {

/// An element that some object has open. An element is open at most once (a clone of a stream shares its opening);
/// it is *reverted* when it or a storage above it was destroyed, released or reverted.
struct Opening {
    compound_file::EntryId id = compound_file::kRoot;
    DWORD mode = 0;
    bool reverted = false;
    std::vector<std::weak_ptr<Opening>> below;

    bool can_write() const { return (mode & 3) != STGM_READ; }
    bool can_read() const { return (mode & 3) != STGM_WRITE; }
    /// The opening of a child, when it is open now.
    std::shared_ptr<Opening> find(compound_file::EntryId child);
    std::shared_ptr<Opening> add(compound_file::EntryId child, DWORD child_mode);
    void revert_below();
};

struct Document {
    Mutex mutex;
    std::unique_ptr<compound_file::CompoundFile> file ODC_GUARDED_BY(mutex);
    std::u16string name;      ///< full path; empty on an ILockBytes
    bool transacted = false;  ///< changes are written by Commit alone
    bool on_lock_bytes = false;

    /// In direct mode what was changed is written; in transacted mode it is dropped.
    ~Document() ODC_NO_THREAD_SAFETY_ANALYSIS;
};

FILETIME to_filetime(compound_file::FileTime time);
compound_file::FileTime from_filetime(const FILETIME& time);
compound_file::FileTime now();
/// A copy from CoTaskMemAlloc; null when there is no memory.
LPOLESTR task_string(std::u16string_view text);
std::u16string_view view(const OLECHAR* text);

/// The object of a storage that was just opened.
HRESULT make_storage(std::shared_ptr<Document> document, std::shared_ptr<Opening> opening, IStorage** storage);

}  // namespace odc::storage
