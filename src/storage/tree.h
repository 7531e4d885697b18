// A tree of storages and streams as one opener sees it: the compound file itself, or a transaction over another tree.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "compound_file/compound_file.h"

namespace odc::storage {

using compound_file::Entry;
using compound_file::EntryId;
using compound_file::FileTime;
using compound_file::kNoEntry;
using compound_file::kRoot;

class ChangedStream;

/// Elements are known by ids of this tree, good until the element is removed. Errors are those of CompoundFile.
/// One thread at a time.
class Tree {
  public:
    virtual ~Tree() = default;

    virtual Result<Entry> stat(EntryId id) = 0;
    /// kNoEntry when the storage has no such child.
    virtual Result<EntryId> find(EntryId storage, std::u16string_view name) = 0;
    /// The child that follows `name` in the storage's order.
    virtual Result<std::optional<Entry>> entry_after(EntryId storage, std::u16string_view name) = 0;
    /// Fewer bytes than asked for at the end of the stream; 0 behind it.
    virtual Result<std::size_t> read(EntryId stream, std::uint64_t offset, std::span<std::uint8_t> into) = 0;

    virtual Result<EntryId> create_stream(EntryId storage, std::u16string_view name) = 0;
    virtual Result<EntryId> create_storage(EntryId storage, std::u16string_view name, FileTime now) = 0;
    virtual Result<> remove(EntryId storage, std::u16string_view name) = 0;
    virtual Result<> rename(EntryId storage, std::u16string_view name, std::u16string_view new_name) = 0;
    virtual Result<> write(EntryId stream, std::uint64_t offset, std::span<const std::uint8_t> from) = 0;
    virtual Result<> resize(EntryId stream, std::uint64_t size) = 0;
    virtual Result<> set_class_id(EntryId storage, const Guid& class_id) = 0;
    virtual Result<> set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask) = 0;
    virtual Result<> set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified) = 0;
    /// The stream gets the content of `changed`, which lies over this very stream. A tree that keeps changed blocks itself
    /// takes them out of `changed`.
    virtual Result<> put(EntryId stream, ChangedStream& changed) = 0;
};

}  // namespace odc::storage
