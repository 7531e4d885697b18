// A compound file as a tree.
#pragma once

#include "storage/tree.h"

namespace odc::storage {

class FileTree final : public Tree {
  public:
    explicit FileTree(compound_file::CompoundFile& file) : file_(&file) {}
    /// From now on the tree is that of another file.
    void show(compound_file::CompoundFile& file) { file_ = &file; }

    Result<Entry> stat(EntryId id) override { return file_->stat(id); }
    Result<EntryId> find(EntryId storage, std::u16string_view name) override { return file_->find(storage, name); }
    Result<std::optional<Entry>> entry_after(EntryId storage, std::u16string_view name) override;
    Result<std::size_t> read(EntryId stream, std::uint64_t offset, std::span<std::uint8_t> into) override {
        return file_->read(stream, offset, into);
    }
    Result<EntryId> create_stream(EntryId storage, std::u16string_view name) override { return file_->create_stream(storage, name); }
    Result<EntryId> create_storage(EntryId storage, std::u16string_view name, FileTime now) override {
        return file_->create_storage(storage, name, now);
    }
    Result<> remove(EntryId storage, std::u16string_view name) override { return file_->remove(storage, name); }
    Result<> rename(EntryId storage, std::u16string_view name, std::u16string_view new_name) override {
        return file_->rename(storage, name, new_name);
    }
    Result<> write(EntryId stream, std::uint64_t offset, std::span<const std::uint8_t> from) override {
        return file_->write(stream, offset, from);
    }
    Result<> resize(EntryId stream, std::uint64_t size) override { return file_->resize(stream, size); }
    Result<> set_class_id(EntryId storage, const Guid& class_id) override { return file_->set_class_id(storage, class_id); }
    Result<> set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask) override {
        return file_->set_state_bits(storage, bits, mask);
    }
    Result<> set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified) override {
        return file_->set_times(storage, created, modified);
    }
    Result<> put(EntryId stream, ChangedStream& changed) override;

  private:
    compound_file::CompoundFile* file_;
};

}  // namespace odc::storage
