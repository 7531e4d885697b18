// One open compound file. Shared by all storage and stream objects of it.
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "storage/file_tree.h"
#include "storage/opening.h"
#include "storage/root_bytes.h"
#include "storage/share_locks.h"

namespace odc::storage {

/// How a root was opened, as far as it decides when and how the file is written.
enum class RootKind {
    direct,         ///< alone with the file; changes are written with Commit and the last release
    transacted,     ///< nobody else writes: uncommitted changes lie in free sectors of the file
    shared,         ///< others may write too: uncommitted changes are a transaction over the state that was opened
    simple,         ///< direct; streams only, of at least 4096 bytes
    direct_writer,  ///< the writer of STGM_DIRECT_SWMR: writes when it gives up its access
    direct_reader,  ///< a reader of STGM_DIRECT_SWMR: sees what the writer wrote last
};

struct Document {
    Mutex mutex;
    RootBytes bytes ODC_GUARDED_BY(mutex);
    std::unique_ptr<ShareLocks> locks ODC_GUARDED_BY(mutex);  ///< null: the bytes cannot be locked, nobody knows who uses them
    std::unique_ptr<compound_file::CompoundFile> file ODC_GUARDED_BY(mutex);
    std::unique_ptr<FileTree> tree ODC_GUARDED_BY(mutex);
    Scratch scratch ODC_GUARDED_BY(mutex);  ///< of all transactions
    std::weak_ptr<Opening> root ODC_GUARDED_BY(mutex);
    std::u16string name ODC_GUARDED_BY(mutex);  ///< full path; empty on an ILockBytes
    RootKind kind = RootKind::direct;
    DWORD mode = 0;
    bool on_lock_bytes ODC_GUARDED_BY(mutex) = false;
    bool has_write_access ODC_GUARDED_BY(mutex) = false;  ///< of a direct_writer
    bool hold_all ODC_GUARDED_BY(mutex) = false;          ///< nothing that older states refer to may be used again
    bool keeps_other_bytes ODC_GUARDED_BY(mutex) = false; ///< made over bytes that are there until the first commit
    std::string delete_path ODC_GUARDED_BY(mutex);        ///< the file goes with the last release; empty: it stays

    /// In direct mode what was changed is written; in transacted mode it is dropped.
    ~Document() ODC_NO_THREAD_SAFETY_ANALYSIS;

    bool is_transacted() const { return kind == RootKind::transacted || kind == RootKind::shared; }
    /// Before every use of an opening: STG_E_REVERTED when it is no longer good. A reader beside a direct writer sees what was
    /// written last from here on.
    HRESULT enter(Opening& opening) ODC_REQUIRES(mutex);
    /// Before every change: also STG_E_ACCESSDENIED.
    HRESULT enter_for_writing(Opening& opening) ODC_REQUIRES(mutex);

    /// What IStorage::Commit does, for a storage that may commit. All or nothing.
    HRESULT commit(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    /// What IStorage::Revert does.
    HRESULT revert(Opening& opening) ODC_REQUIRES(mutex);
    /// Others that use the file now or did when it was opened; asked by the compound file.
    bool others_look() ODC_REQUIRES(mutex) { return hold_all || !locks || locks->others_present(); }

    // IDirectWriterLock
    Result<> take_write_access(DWORD milliseconds) ODC_REQUIRES(mutex);
    Result<> give_up_write_access() ODC_REQUIRES(mutex);
    /// IRootStorage::SwitchToFile.
    Result<> switch_to_file(const OLECHAR* path) ODC_REQUIRES(mutex);
    compound_file::OpenOptions open_options() ODC_REQUIRES(mutex);

  private:
    Result<> refresh() ODC_REQUIRES(mutex);
    Result<HRESULT> commit_root(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    Result<> commit_shared(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    Result<> replace_file(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    Result<> publish(Opening& opening, DWORD flags) ODC_REQUIRES(mutex);
    Result<> pad_streams() ODC_REQUIRES(mutex);
    HRESULT consolidate(DWORD flags) ODC_REQUIRES(mutex);
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
