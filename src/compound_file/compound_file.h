// A compound file: storages and streams in one array of bytes. The class to start at in this room.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compound_file/byte_storage.h"
#include "compound_file/check.h"
#include "compound_file/directory.h"
#include "compound_file/mini_space.h"

namespace odc::compound_file {

/// What happens to bytes of a stream that are on disk and are written again.
enum class Overwrite {
    copy,      ///< they go to a free sector: until the commit, the file on disk is the old one in every byte
    in_place,  ///< they are replaced at once; the file's structure still changes only with a commit
};

/// Whether somebody may still look at a state of the file before its last commit. Then what that state refers to is neither
/// used again nor cut off. Asked before the first change and after each commit; none: nobody does.
using OthersLook = std::function<bool()>;

struct CreateOptions {
    Version version = Version::v3;
    Overwrite overwrite = Overwrite::copy;
    bool count_transactions = false;  ///< keep the header's transaction signature number
    bool write_at_once = true;        ///< an empty file is there when `create` returns, not only after the first commit
    /// The bytes that are there stay as they are until the first commit; then they are free. Excludes `write_at_once`.
    bool keep_bytes = false;
    std::size_t cache_bytes = std::size_t{1} << 20;
    OthersLook others_look = {};
};

struct OpenOptions {
    bool writable = false;
    Overwrite overwrite = Overwrite::copy;
    bool count_transactions = false;
    std::size_t cache_bytes = std::size_t{1} << 20;
    /// A file up to this many bytes is checked as a whole when it is opened; a larger one before its first change.
    /// Reading never leaves the file and always ends, checked or not.
    std::uint64_t check_at_once = std::uint64_t{64} << 20;
    OthersLook others_look = {};
};

struct CommitOptions {
    bool durable = false;  ///< survives a power cut, not only the end of the process
};

/// All or nothing: what was changed since the last commit is in the file after `commit`, and not at all before; a process
/// that ends in between leaves the old file. Nothing is written to a file that failed its checks (STG_E_DOCFILECORRUPT).
/// Memory is bounded by the cache, the directory's and the mini stream's sector numbers and one bit per sector.
/// One thread at a time. Entries are known by id; an id is good until its entry is removed.
/// After a change that failed half-way (disk full, I/O error) only `revert` is possible.
class CompoundFile {
  public:
    /// Empties `bytes` and, unless told otherwise, writes a file with an empty root storage.
    static Result<std::unique_ptr<CompoundFile>> create(std::unique_ptr<ByteStorage> bytes, const CreateOptions& options = {});
    /// Errors: STG_E_INVALIDHEADER (no compound file), STG_E_OLDFORMAT, STG_E_DOCFILECORRUPT.
    static Result<std::unique_ptr<CompoundFile>> open(std::unique_ptr<ByteStorage> bytes, const OpenOptions& options = {});
    ~CompoundFile();

    Version version() const { return header_.version; }
    bool writable() const { return writable_; }
    bool changed() const { return changed_; }
    /// The transaction signature number of the state that is seen here; another writer's commit raises the one on disk.
    std::uint32_t transaction() const { return header_.transaction; }
    Result<std::uint32_t> transaction_on_disk();
    /// Bytes of the file after the last commit; what lies behind them is not committed.
    std::uint64_t committed_extent() const { return committed_extent_; }
    /// Another writer may have made the file longer; what this one adds comes behind that. Only while nothing is changed.
    Result<> refresh_extent();
    /// Writes what is changed and only in memory so far; uncommitted it remains.
    Result<> flush() { return cache_.flush(); }
    ByteStorage& bytes() { return *bytes_; }
    Overwrite overwrite() const { return overwrite_; }
    void set_overwrite(Overwrite overwrite) { overwrite_ = overwrite; }

    // ---- looking
    Result<Entry> stat(EntryId id) { return directory_.load(id); }
    /// kNoEntry when the storage has no such child. Logarithmic in the number of children.
    Result<EntryId> find(EntryId storage, std::u16string_view name);
    Result<std::vector<EntryId>> children(EntryId storage);
    /// The child that follows `name` in the storage's order, or kNoEntry.
    Result<EntryId> successor(EntryId storage, std::u16string_view name);
    /// Fewer bytes than asked for at the end of the stream; 0 behind it.
    Result<std::size_t> read(EntryId stream, std::uint64_t offset, std::span<std::uint8_t> into);

    // ---- changing. All: STG_E_ACCESSDENIED when not writable, STG_E_DOCFILECORRUPT when the file failed its checks.
    /// Errors: STG_E_INVALIDNAME, STG_E_FILEALREADYEXISTS.
    Result<EntryId> create_stream(EntryId storage, std::u16string_view name);
    Result<EntryId> create_storage(EntryId storage, std::u16string_view name, FileTime now = 0);
    /// With all that is below. Errors: STG_E_FILENOTFOUND.
    Result<> remove(EntryId storage, std::u16string_view name);
    Result<> rename(EntryId storage, std::u16string_view name, std::u16string_view new_name);
    /// Errors: STG_E_ACCESSDENIED when `target` is the element itself or lies below it.
    Result<> move(EntryId storage, std::u16string_view name, EntryId target, std::u16string_view new_name);
    /// Grows the stream when it ends behind its end; a gap reads as zeros.
    Result<> write(EntryId stream, std::uint64_t offset, std::span<const std::uint8_t> from);
    Result<> resize(EntryId stream, std::uint64_t size);
    Result<> set_class_id(EntryId storage, const Guid& class_id);
    Result<> set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask);
    /// The creation time of the root is not kept in the file (MS-CFB 2.6.2), and is ignored.
    Result<> set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified);

    Result<> commit(const CommitOptions& options = {});
    /// Back to the last commit. Ids of entries made since are no longer good.
    /// Also makes a file that is only read show what others have committed; ids may then mean other entries.
    Result<> revert();
    /// Moves sectors from the end of the file to free places, and commits that, until what is free is what the FAT sectors left that
    /// moved last (in long files a few dozen). What was changed before must have been committed.
    Result<> consolidate(const CommitOptions& options = {});

  private:
    CompoundFile(std::unique_ptr<ByteStorage> bytes, Version version, std::size_t cache_bytes);

    /// Remembered places in the chains of streams lately used.
    struct StreamMap {
        std::vector<Sector> marks;  ///< sector number of every kStride-th sector
        std::uint64_t at_index = 0;
        Sector at_sector = kEndOfChain;  ///< kEndOfChain: not known
        void forget_from(std::uint64_t index);
        void moved(std::uint64_t index, Sector to);
    };
    static constexpr std::uint64_t kStride = 256;
    static constexpr std::size_t kMostMaps = 256;

    Result<> load();
    Result<> begin_change();
    /// Runs the part of a change that may not stop in its middle.
    template <class Body>
    auto change(Body body) -> decltype(body()) {
        ODC_TRY(begin_change());
        auto result = body();
        if (!result) broken_ = true;
        return result;
    }
    Result<Entry> stream_entry(EntryId id);
    Result<Entry> storage_entry(EntryId id);
    Result<EntryId> create(EntryId storage, std::u16string_view name, Entry entry);
    Result<std::pair<EntryId, Entry>> existing(EntryId storage, std::u16string_view name);

    StreamMap& map_of(EntryId id, const Entry& entry);
    Result<Sector> sector_at(StreamMap& map, std::uint64_t index);
    std::uint64_t sectors(std::uint64_t size) const { return (size >> header_.shift()) + ((size & (sector_size() - 1)) != 0); }
    std::uint32_t sector_size() const { return header_.sector_size(); }
    Result<> read_regular(EntryId id, const Entry& entry, std::uint64_t offset, std::span<std::uint8_t> into);
    /// Writes within the size; sectors at index `virgin` and above were never written.
    Result<> overwrite(EntryId id, Entry& entry, std::uint64_t offset, std::span<const std::uint8_t> from, std::uint64_t virgin);
    Result<> own_sector(EntryId id, Entry& entry, std::uint64_t index, SectorSpace::Content content);
    /// Makes the stream longer; bytes from the old size to `zero_until` become zero, those behind are the caller's to write.
    /// Returns the index of the first sector that was never written.
    Result<std::uint64_t> grow(EntryId id, Entry& entry, std::uint64_t size, std::uint64_t zero_until);
    Result<> extend_chain(EntryId id, Entry& entry, std::uint64_t from, std::uint64_t to);
    Result<> shrink(EntryId id, Entry& entry, std::uint64_t size);
    Result<> free_content(const Entry& entry);
    Result<> commit_once(const CommitOptions& options);
    Result<bool> make_end_free();
    Result<> sink_streams(Sector limit);
    bool others_look() const { return others_look_ && others_look_(); }
    void prepare(Audit& found);

    std::unique_ptr<ByteStorage> bytes_;
    Header header_;
    SectorCache cache_;
    SectorSpace space_;
    Directory directory_;
    MiniSpace mini_;
    std::unordered_map<std::uint32_t, StreamMap> maps_;
    Overwrite overwrite_ = Overwrite::copy;
    bool count_transactions_ = false;
    bool writable_ = false;
    bool changed_ = false;
    bool broken_ = false;  ///< a change failed half-way
    bool counted_ = false;  ///< this transaction has raised the signature number
    OthersLook others_look_;
    std::uint64_t committed_extent_ = 0;  ///< bytes of the file after the last commit
};

/// Copies everything below `from` into the empty storage `to`, stream by stream, with classes, state bits and times.
/// A copy is free of holes and fragments: that is how a file is defragmented. Both files may not be the same.
Result<> copy_storage(CompoundFile& source, EntryId from, CompoundFile& target, EntryId to);

}  // namespace odc::compound_file
