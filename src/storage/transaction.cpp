#include "storage/transaction.h"

#include <algorithm>

namespace odc::storage {

using compound_file::EntryType;
using compound_file::number;

Transaction::Transaction(Tree& below, EntryId storage, Scratch& scratch) : below_(&below), scratch_(scratch) {
    Element& root = elements_[number(kRoot)];
    root.below = storage;
    root.is_storage = true;
}

Transaction::~Transaction() = default;

void Transaction::revert() {
    const EntryId below = elements_[number(kRoot)].below;
    elements_.clear();
    Element& root = elements_[number(kRoot)];
    root.below = below;
    root.is_storage = true;
    changed_ = false;
}

Result<Transaction::Element*> Transaction::element(EntryId id) {
    const auto known = elements_.find(number(id));
    if (known == elements_.end()) return fail(STG_E_REVERTED, "no such element in this transaction");
    return &known->second;
}
Result<Transaction::Element*> Transaction::storage_element(EntryId id) {
    auto* found = ODC_TRY(element(id));
    if (!found->is_storage) return fail(STG_E_INVALIDFUNCTION, "not a storage");
    return found;
}
Result<Transaction::Element*> Transaction::stream_element(EntryId id) {
    auto* found = ODC_TRY(element(id));
    if (found->is_storage) return fail(STG_E_INVALIDFUNCTION, "not a stream");
    return found;
}

// ---- looking -------------------------------------------------------------------------------------------------------

Result<Entry> Transaction::stat(EntryId id) {
    const auto* found = ODC_TRY(element(id));
    Entry entry;
    if (found->below != kNoEntry) entry = ODC_TRY(below_->stat(found->below));
    else entry.type = found->is_storage ? EntryType::storage : EntryType::stream;
    if (id != kRoot) entry.set_name(found->name);
    if (found->class_id) entry.class_id = *found->class_id;
    if (found->state_bits) entry.state_bits = *found->state_bits;
    if (found->created) entry.created = *found->created;
    if (found->modified) entry.modified = *found->modified;
    if (found->content) entry.size = found->content->size();
    return entry;
}

Result<EntryId> Transaction::find(EntryId storage, std::u16string_view name) {
    auto* parent = ODC_TRY(storage_element(storage));
    if (const auto known = parent->known.find(name); known != parent->known.end()) return known->second;
    if (parent->below == kNoEntry || parent->hidden.contains(name)) return kNoEntry;
    const auto below = ODC_TRY(below_->find(parent->below, name));
    if (below == kNoEntry) return kNoEntry;
    const auto entry = ODC_TRY(below_->stat(below));
    Element found;
    found.below = below;
    found.is_storage = entry.is_storage();
    found.name = found.name_below = entry.name();
    const EntryId id{next_id_++};
    parent->known.emplace(found.name, id);
    elements_.emplace(number(id), std::move(found));
    return id;
}

Result<std::optional<Entry>> Transaction::entry_after(EntryId storage, std::u16string_view name) {
    auto* parent = ODC_TRY(storage_element(storage));
    const auto known = parent->known.upper_bound(name);
    std::u16string at(name);
    while (parent->below != kNoEntry) {
        auto next = ODC_TRY(below_->entry_after(parent->below, at));
        if (!next) break;
        if (known != parent->known.end() && compound_file::compare_names(known->first, next->name()) <= 0) break;
        if (!parent->hidden.contains(next->name())) return next;
        at = next->name();
    }
    if (known == parent->known.end()) return std::optional<Entry>();
    return std::optional<Entry>(ODC_TRY(stat(known->second)));
}

Result<std::size_t> Transaction::read(EntryId stream, std::uint64_t offset, std::span<std::uint8_t> into) {
    auto* found = ODC_TRY(stream_element(stream));
    if (found->content) return found->content->read(below_of(*found), offset, into);
    return found->below == kNoEntry ? Result<std::size_t>(std::size_t{0}) : below_->read(found->below, offset, into);
}

// ---- changing ------------------------------------------------------------------------------------------------------

Result<EntryId> Transaction::create(EntryId storage, std::u16string_view name, Element made) {
    ODC_TRY(compound_file::validate_name(name));
    if (ODC_TRY(find(storage, name)) != kNoEntry) return fail(STG_E_FILEALREADYEXISTS, "the name exists");
    auto* parent = ODC_TRY(storage_element(storage));
    made.name = name;
    const EntryId id{next_id_++};
    parent->known.emplace(made.name, id);
    elements_.emplace(number(id), std::move(made));
    changed_ = true;
    return id;
}

Result<EntryId> Transaction::create_stream(EntryId storage, std::u16string_view name) { return create(storage, name, Element{}); }

Result<EntryId> Transaction::create_storage(EntryId storage, std::u16string_view name, FileTime now) {
    Element made;
    made.is_storage = true;
    made.created = made.modified = now;
    return create(storage, name, std::move(made));
}

/// Drops an element and all that is known below it.
void Transaction::forget(EntryId id) {
    std::vector<EntryId> doomed{id};
    for (std::size_t i = 0; i < doomed.size(); ++i) {
        const auto at = elements_.find(number(doomed[i]));
        for (const auto& [name, child] : at->second.known) doomed.push_back(child);
        elements_.erase(at);
    }
}

Result<> Transaction::remove(EntryId storage, std::u16string_view name) {
    const auto id = ODC_TRY(find(storage, name));
    if (id == kNoEntry) return fail(STG_E_FILENOTFOUND, "no such element");
    auto* parent = ODC_TRY(storage_element(storage));
    const auto* doomed = ODC_TRY(element(id));
    if (doomed->below != kNoEntry) {
        parent->hidden.insert(doomed->name_below);
        parent->removed.push_back(doomed->name_below);
    }
    parent->known.erase(doomed->name);
    forget(id);
    changed_ = true;
    return {};
}

Result<> Transaction::rename(EntryId storage, std::u16string_view name, std::u16string_view new_name) {
    ODC_TRY(compound_file::validate_name(new_name));
    const auto id = ODC_TRY(find(storage, name));
    if (id == kNoEntry) return fail(STG_E_FILENOTFOUND, "no such element");
    const auto taken = ODC_TRY(find(storage, new_name));
    if (taken != kNoEntry && taken != id) return fail(STG_E_FILEALREADYEXISTS, "the new name exists");
    auto* parent = ODC_TRY(storage_element(storage));
    auto* renamed = ODC_TRY(element(id));
    if (renamed->below != kNoEntry) parent->hidden.insert(renamed->name_below);
    parent->known.erase(renamed->name);
    renamed->name = new_name;
    parent->known.emplace(renamed->name, id);
    changed_ = true;
    return {};
}

Result<ChangedStream*> Transaction::content_of(Element& changed) {
    if (!changed.content) {
        const std::uint64_t size = changed.below == kNoEntry ? 0 : ODC_TRY(below_->stat(changed.below)).size;
        changed.content = std::make_unique<ChangedStream>(scratch_, size);
    }
    changed_ = true;
    return changed.content.get();
}

Result<> Transaction::write(EntryId stream, std::uint64_t offset, std::span<const std::uint8_t> from) {
    auto* found = ODC_TRY(stream_element(stream));
    if (from.empty()) return {};
    if (offset + from.size() < offset) return fail(STG_E_DOCFILETOOLARGE, "past the largest size of a stream");
    return ODC_TRY(content_of(*found))->write(below_of(*found), offset, from);
}

Result<> Transaction::resize(EntryId stream, std::uint64_t size) {
    auto* found = ODC_TRY(stream_element(stream));
    return ODC_TRY(content_of(*found))->resize(size);
}

Result<> Transaction::put(EntryId stream, ChangedStream& changed) {
    auto* found = ODC_TRY(stream_element(stream));
    return ODC_TRY(content_of(*found))->take_over(changed);
}

Result<> Transaction::set_class_id(EntryId storage, const Guid& class_id) {
    ODC_TRY(storage_element(storage))->class_id = class_id;
    changed_ = true;
    return {};
}

Result<> Transaction::set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask) {
    const auto before = ODC_TRY(stat(storage)).state_bits;
    ODC_TRY(storage_element(storage))->state_bits = (before & ~mask) | (bits & mask);
    changed_ = true;
    return {};
}

Result<> Transaction::set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified) {
    auto* found = ODC_TRY(storage_element(storage));
    if (created) found->created = created;
    if (modified) found->modified = modified;
    changed_ = true;
    return {};
}

}  // namespace odc::storage
