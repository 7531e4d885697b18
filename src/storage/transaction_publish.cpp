// The part of Transaction that brings its changes into the tree below.
#include <algorithm>

#include "base/utf16.h"
#include "storage/transaction.h"

namespace odc::storage {

using compound_file::number;

Result<> Transaction::publish() {
    for (auto& [id, one] : elements_) one.made = kNoEntry;
    if (!changed_) return {};
    return publish_storage(kRoot, elements_[number(kRoot)].below);
}

/// Depth is that of the tree; what was not touched costs a look at each known element.
Result<> Transaction::publish_storage(EntryId id, EntryId below) {
    Element& storage = elements_.at(number(id));
    ODC_TRY(publish_names(storage, below));
    ODC_TRY(publish_values(storage, below));
    for (const auto& [name, child_id] : storage.known) {
        Element& child = elements_.at(number(child_id));
        const EntryId child_below = child.below != kNoEntry ? child.below : child.made;
        if (child.is_storage) ODC_TRY(publish_storage(child_id, child_below));
        else if (child.content) ODC_TRY(below_->put(child_below, *child.content));
    }
    return {};
}

Result<> Transaction::publish_names(Element& storage, EntryId below) {
    for (const auto& name : storage.removed) ODC_TRY(below_->remove(below, name));
    ODC_TRY(publish_renames(storage, below));
    for (const auto& [name, id] : storage.known) {
        Element& child = elements_.at(number(id));
        if (child.below != kNoEntry) continue;
        child.made = child.is_storage ? ODC_TRY(below_->create_storage(below, name, child.created.value_or(0)))
                                      : ODC_TRY(below_->create_stream(below, name));
    }
    return {};
}

/// Names may have been exchanged; where each waits for another, one steps aside under a name that nobody has.
Result<> Transaction::publish_renames(Element& storage, EntryId below) {
    struct Rename {
        std::u16string from;
        const Element* element;
    };
    std::vector<Rename> waiting;
    for (const auto& [name, id] : storage.known) {
        const Element& child = elements_.at(number(id));
        if (child.below != kNoEntry && child.name != child.name_below) waiting.push_back({child.name_below, &child});
    }
    std::uint32_t aside = 0;
    while (!waiting.empty()) {
        const std::size_t before = waiting.size();
        for (std::size_t i = 0; i < waiting.size();) {
            const auto holder = ODC_TRY(below_->find(below, waiting[i].element->name));
            if (holder != kNoEntry && holder != waiting[i].element->below) {
                ++i;
                continue;
            }
            ODC_TRY(below_->rename(below, waiting[i].from, waiting[i].element->name));
            waiting[i] = std::move(waiting.back());
            waiting.pop_back();
        }
        if (waiting.size() < before) continue;
        std::u16string name;
        do name = u"~" + to_utf16(std::to_string(aside++));
        while (ODC_TRY(below_->find(below, name)) != kNoEntry);
        ODC_TRY(below_->rename(below, waiting.front().from, name));
        waiting.front().from = name;
    }
    return {};
}

Result<> Transaction::publish_values(Element& storage, EntryId below) {
    if (storage.class_id) ODC_TRY(below_->set_class_id(below, *storage.class_id));
    if (storage.state_bits) ODC_TRY(below_->set_state_bits(below, *storage.state_bits, 0xFFFFFFFF));
    if (storage.created || storage.modified) ODC_TRY(below_->set_times(below, storage.created, storage.modified));
    return {};
}

void Transaction::settle() {
    for (auto& [id, one] : elements_) {
        if (one.below == kNoEntry) one.below = one.made;
        one.made = kNoEntry;
        one.name_below = one.name;
        one.class_id.reset();
        one.state_bits.reset();
        one.created.reset();
        one.modified.reset();
        one.hidden.clear();
        one.removed.clear();
        one.content.reset();
    }
    changed_ = false;
}

Result<> Transaction::rebase(Tree& below, EntryId storage) {
    below_ = &below;
    elements_[number(kRoot)].below = storage;
    std::vector<EntryId> storages{kRoot};
    for (std::size_t i = 0; i < storages.size(); ++i) {
        const Element& parent = elements_.at(number(storages[i]));
        for (const auto& [name, id] : parent.known) {
            Element& child = elements_.at(number(id));
            child.below = ODC_TRY(below.find(parent.below, name));
            if (child.is_storage) storages.push_back(id);
        }
    }
    return {};
}

}  // namespace odc::storage
