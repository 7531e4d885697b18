// One open compound file. Shared by all storage and stream objects of it.
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "storage/file_tree.h"
#include "storage/opening.h"

namespace odc::storage {

struct Document {
    Mutex mutex;
    std::unique_ptr<compound_file::CompoundFile> file ODC_GUARDED_BY(mutex);
    std::unique_ptr<FileTree> tree ODC_GUARDED_BY(mutex);
    Scratch scratch ODC_GUARDED_BY(mutex);  ///< of all transactions below the root
    std::u16string name;      ///< full path; empty on an ILockBytes
    bool transacted = false;  ///< changes of the root are written by Commit alone
    bool on_lock_bytes = false;

    /// In direct mode what was changed is written; in transacted mode it is dropped.
    ~Document() ODC_NO_THREAD_SAFETY_ANALYSIS;

    /// What IStorage::Commit does, for a storage that may commit. All or nothing.
    HRESULT commit(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    /// What IStorage::Revert does.
    HRESULT revert(Opening& opening) ODC_REQUIRES(mutex);

  private:
    Result<> commit_root(DWORD flags) ODC_REQUIRES(mutex);
    Result<> publish(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
};

FILETIME to_filetime(FileTime time);
FileTime from_filetime(const FILETIME& time);
FileTime now();
/// A copy from CoTaskMemAlloc; null when there is no memory.
LPOLESTR task_string(std::u16string_view text);
std::u16string_view view(const OLECHAR* text);

/// The object of a storage that was just opened.
HRESULT make_storage(std::shared_ptr<Document> document, std::shared_ptr<Opening> opening, IStorage** storage);

}  // namespace odc::storage
