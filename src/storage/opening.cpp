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

std::shared_ptr<Opening> Opening::add(EntryId child, DWORD child_mode, Scratch& scratch) {
    if (below_.size() >= sweep_at_) {
        std::erase_if(below_, [](const auto& one) { return one.second.expired(); });
        sweep_at_ = std::max<std::size_t>(16, below_.size() * 2);
    }
    auto one = std::make_shared<Opening>();
    one->outer = tree;
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
