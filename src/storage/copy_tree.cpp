#include "storage/copy_tree.h"

#include <vector>

namespace odc::storage {

namespace {

Result<> copy_stream(Tree& source, EntryId from, Tree& target, EntryId to, std::vector<std::uint8_t>& buffer) {
    for (std::uint64_t at = 0;;) {
        const auto n = ODC_TRY(source.read(from, at, buffer));
        if (n == 0) return {};
        ODC_TRY(target.write(to, at, {buffer.data(), n}));
        at += n;
    }
}

}  // namespace

Result<> copy_tree(Tree& source, EntryId from, Tree& target, EntryId to) {
    std::vector<std::pair<EntryId, EntryId>> storages{{from, to}};
    std::vector<std::uint8_t> buffer(std::size_t{64} << 10);
    for (std::size_t i = 0; i < storages.size(); ++i) {
        const auto [old_id, new_id] = storages[i];
        const auto storage = ODC_TRY(source.stat(old_id));
        ODC_TRY(target.set_class_id(new_id, storage.class_id));
        ODC_TRY(target.set_state_bits(new_id, storage.state_bits, 0xFFFFFFFF));
        std::u16string at;
        for (;;) {
            const auto entry = ODC_TRY(source.entry_after(old_id, at));
            if (!entry) break;
            at = entry->name();
            const auto child = ODC_TRY(source.find(old_id, at));
            if (entry->is_storage()) {
                storages.emplace_back(child, ODC_TRY(target.create_storage(new_id, at, entry->created)));
            } else {
                const auto copy = ODC_TRY(target.create_stream(new_id, at));
                ODC_TRY(copy_stream(source, child, target, copy, buffer));
            }
        }
        ODC_TRY(target.set_times(new_id, storage.created, storage.modified));
    }
    return {};
}

Result<> remove_children(Tree& tree, EntryId storage) {
    for (;;) {
        const auto first = ODC_TRY(tree.entry_after(storage, u""));
        if (!first) return {};
        ODC_TRY(tree.remove(storage, first->name()));
    }
}

}  // namespace odc::storage
