#include "storage/file_tree.h"

#include "storage/changed_stream.h"

namespace odc::storage {

Result<std::optional<Entry>> FileTree::entry_after(EntryId storage, std::u16string_view name) {
    const auto id = ODC_TRY(file_->successor(storage, name));
    if (id == kNoEntry) return std::optional<Entry>();
    return std::optional<Entry>(ODC_TRY(file_->stat(id)));
}

Result<> FileTree::put(EntryId stream, ChangedStream& changed) {
    const auto entry = ODC_TRY(file_->stat(stream));
    if (changed.size_below() < entry.size) ODC_TRY(file_->resize(stream, changed.size_below()));
    ODC_TRY(changed.for_each_piece([&](std::uint64_t offset, std::span<const std::uint8_t> bytes) { return file_->write(stream, offset, bytes); }));
    return file_->resize(stream, changed.size());
}

}  // namespace odc::storage
