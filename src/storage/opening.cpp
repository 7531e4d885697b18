#include "storage/opening.h"

#include <algorithm>

namespace odc::storage {

using compound_file::number;

std::shared_ptr<Opening> Opening::find(EntryId child) {
    const auto known = below_.find(number(child));
    if (known == below_.end()) return nullptr;
    auto one = known->second.lock();
    if (one && !one->reverted) return one;
    below_.erase(known);
    return nullptr;
}

std::shared_ptr<Opening> Opening::add(EntryId child, std::u16string_view child_name, DWORD child_mode, Scratch& scratch) {
    if (below_.size() >= sweep_at_) {
        std::erase_if(below_, [](const auto& one) { return one.second.expired(); });
        sweep_at_ = std::max<std::size_t>(16, below_.size() * 2);
    }
    auto one = std::make_shared<Opening>();
    one->above = weak_from_this();
    one->outer = tree;
    one->name = child_name;
    one->mode = child_mode;
    if (child_mode & STGM_TRANSACTED) {
        one->transaction = std::make_unique<Transaction>(*tree, child, scratch);
        one->tree = one->transaction.get();
    } else {
        one->tree = tree;
        one->id = child;
    }
    below_[number(child)] = one;
    return one;
}

bool Opening::lies_in(const Opening& storage) const {
    if (this == &storage) return true;
    const auto higher = above.lock();
    return higher && higher->lies_in(storage);
}

void Opening::find_again() {
    auto before = std::exchange(below_, {});
    for (const auto& [old_id, weak] : before) {
        const auto one = weak.lock();
        if (!one || one->reverted) continue;
        const auto found = tree->find(id, one->name);
        const bool there = !one->transaction && found && *found != kNoEntry;
        const auto entry = there ? tree->stat(*found) : Result<Entry>(Entry{});
        if (!there || !entry || entry->is_storage() != one->is_storage) {
            one->revert();
            continue;
        }
        one->id = *found;
        below_[number(*found)] = one;
        one->find_again();
    }
}

void Opening::revert() {
    reverted = true;
    revert_below();
    transaction.reset();
}

void Opening::revert_below() {
    for (const auto& [id, weak] : below_)
        if (auto one = weak.lock()) one->revert();
    below_.clear();
}

}  // namespace odc::storage
