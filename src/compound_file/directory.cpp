#include "compound_file/directory.h"

#include <algorithm>

namespace odc::compound_file {

namespace {

Error corrupt(std::string text) { return fail(STG_E_DOCFILECORRUPT, std::move(text)); }

EntryId& side(Entry& entry, bool right) { return right ? entry.right : entry.left; }

}  // namespace

Result<> Directory::open(Sector first) {
    free_.clear();
    free_known_ = false;
    unsound_.clear();
    checked_.clear();
    soundness_known_ = false;
    ODC_TRY(chain_.open(first));
    if (chain_.size() == 0) return corrupt("no directory");
    const auto root = ODC_TRY(load(kRoot));
    if (root.type != EntryType::root) return corrupt("the first directory entry is not the root");
    return {};
}

Result<> Directory::format() {
    chain_.clear();
    free_.clear();
    free_known_ = true;
    unsound_.clear();
    soundness_known_ = true;
    free_.push_back(0);
    free_.pop_back();
    const auto id = ODC_TRY(take_free());
    Entry root;
    root.type = EntryType::root;
    root.set_name(u"Root Entry");
    root.start = kEndOfChain;
    return store(id, root);
}

Result<Entry> Directory::load(EntryId id) {
    if (number(id) >= capacity()) return corrupt("entry " + std::to_string(number(id)) + " lies outside the directory");
    const std::uint8_t* page = ODC_TRY(chain_.read(number(id) / per_));
    return parse_entry(std::span<const std::uint8_t, kEntrySize>(page + number(id) % per_ * kEntrySize, kEntrySize), version_);
}

Result<> Directory::store(EntryId id, const Entry& entry) {
    std::uint8_t* page = ODC_TRY(chain_.change(number(id) / per_));
    write_entry(entry, std::span<std::uint8_t, kEntrySize>(page + number(id) % per_ * kEntrySize, kEntrySize));
    return {};
}

Result<EntryId> Directory::take_free() {
    if (!free_known_) {
        for (std::uint32_t i = capacity(); i > 0; --i)
            if (ODC_TRY(load(EntryId{i - 1})).type == EntryType::free) free_.push_back(i - 1);
        free_known_ = true;
    }
    if (free_.empty()) {
        const std::uint32_t first = capacity();
        if (first >= kMaxSector - per_) return fail(STG_E_DOCFILETOOLARGE, "the directory is full");
        ODC_TRY(chain_.append(0));
        for (std::uint32_t i = 0; i < per_; ++i) ODC_TRY(store(EntryId{first + i}, Entry{}));
        for (std::uint32_t i = per_; i > 0; --i) free_.push_back(first + i - 1);
    }
    const EntryId id{free_.back()};
    free_.pop_back();
    return id;
}

Result<> Directory::release(EntryId id) {
    ODC_TRY(store(id, Entry{}));
    if (free_known_) free_.push_back(number(id));
    unsound_.erase(number(id));
    checked_.erase(number(id));
    return {};
}

Result<Entry> Directory::child_of(EntryId storage, EntryId id) {
    auto entry = ODC_TRY(load(id));
    if (entry.type != EntryType::stream && entry.type != EntryType::storage)
        return corrupt("entry " + std::to_string(number(id)) + " in the tree of storage " + std::to_string(number(storage)) +
                       " is neither stream nor storage");
    return entry;
}

/// Whether the tree of a storage keeps order and colours. Walks it once, and remembers.
Result<bool> Directory::sound(EntryId storage) {
    if (soundness_known_) return !unsound_.contains(number(storage));
    if (checked_.contains(number(storage))) return true;
    if (unsound_.contains(number(storage))) return false;
    struct Frame {
        EntryId id;
        bool parent_red;
        unsigned black;
        bool entered;
    };
    std::vector<Frame> stack;
    const auto top = ODC_TRY(load(storage)).child;
    std::uint64_t seen = 0;
    bool good = true;
    int black_height = -1;
    std::u16string before;
    bool any = false;
    const auto push = [&](EntryId id, bool parent_red, unsigned black) {
        if (id != kNoEntry) {
            stack.push_back({id, parent_red, black, false});
        } else if (black_height < 0) {
            black_height = static_cast<int>(black);
        } else if (black_height != static_cast<int>(black)) {
            good = false;
        }
    };
    push(top, true, 0);  // the top must be black
    while (!stack.empty()) {
        Frame frame = stack.back();
        stack.pop_back();
        if (frame.entered) {
            const auto entry = ODC_TRY(child_of(storage, frame.id));
            if (any && compare_names(before, entry.name()) >= 0) good = false;
            before = entry.name();
            any = true;
            push(entry.right, entry.red, frame.black + !entry.red);
            continue;
        }
        if (++seen > capacity()) return corrupt("the tree of storage " + std::to_string(number(storage)) + " has a cycle");
        const auto entry = ODC_TRY(child_of(storage, frame.id));
        if (entry.red && frame.parent_red) good = false;
        frame.entered = true;
        stack.push_back(frame);
        push(entry.left, entry.red, frame.black + !entry.red);
    }
    (good ? checked_ : unsound_).insert(number(storage));
    return good;
}

Result<EntryId> Directory::find(EntryId storage, std::u16string_view name) {
    EntryId id = ODC_TRY(load(storage)).child;
    for (std::uint32_t depth = 0; id != kNoEntry; ++depth) {
        if (depth > capacity()) return corrupt("the tree of storage " + std::to_string(number(storage)) + " has a cycle");
        const auto entry = ODC_TRY(child_of(storage, id));
        const auto order = compare_names(name, entry.name());
        if (order == 0) return id;
        id = order > 0 ? entry.right : entry.left;
    }
    if (ODC_TRY(sound(storage))) return kNoEntry;
    for (const EntryId child : ODC_TRY(children(storage)))
        if (compare_names(name, ODC_TRY(load(child)).name()) == 0) return child;
    return kNoEntry;
}

Result<EntryId> Directory::successor(EntryId storage, std::u16string_view name) {
    if (!ODC_TRY(sound(storage))) {
        EntryId best = kNoEntry;
        std::u16string best_name;
        for (const EntryId child : ODC_TRY(children(storage))) {
            const auto entry = ODC_TRY(load(child));
            if (compare_names(entry.name(), name) <= 0) continue;
            if (best != kNoEntry && compare_names(entry.name(), best_name) >= 0) continue;
            best = child;
            best_name = entry.name();
        }
        return best;
    }
    EntryId best = kNoEntry;
    EntryId id = ODC_TRY(load(storage)).child;
    for (std::uint32_t depth = 0; id != kNoEntry; ++depth) {
        if (depth > capacity()) return corrupt("the tree of storage " + std::to_string(number(storage)) + " has a cycle");
        const auto entry = ODC_TRY(child_of(storage, id));
        if (compare_names(name, entry.name()) < 0) {
            best = id;
            id = entry.left;
        } else {
            id = entry.right;
        }
    }
    return best;
}

Result<std::vector<EntryId>> Directory::children(EntryId storage) {
    std::vector<EntryId> order;
    std::vector<EntryId> above;
    std::uint64_t seen = 0;
    EntryId id = ODC_TRY(load(storage)).child;
    while (id != kNoEntry || !above.empty()) {
        while (id != kNoEntry) {
            if (++seen > capacity()) return corrupt("the tree of storage " + std::to_string(number(storage)) + " has a cycle");
            above.push_back(id);
            id = ODC_TRY(child_of(storage, id)).left;
        }
        id = above.back();
        above.pop_back();
        order.push_back(id);
        id = ODC_TRY(load(id)).right;
    }
    return order;
}

// ---- changes -------------------------------------------------------------------------------------------------------

/// Links `id` where the path's step `level` stands: below step level - 1, or at the top of the storage.
Result<> Directory::set_child(EntryId storage, const Path& path, std::size_t level, EntryId id) {
    const EntryId above = level == 0 ? storage : path[level - 1].id;
    auto entry = ODC_TRY(load(above));
    (level == 0 ? entry.child : side(entry, path[level - 1].went_right)) = id;
    return store(above, entry);
}

Result<bool> Directory::is_red(EntryId id) {
    if (id == kNoEntry) return false;
    return ODC_TRY(load(id)).red;
}

/// Rotates the node at path[level]; its child on the other side comes up in its place. The path is left as it was.
Result<> Directory::rotate(EntryId storage, Path& path, std::size_t level, bool to_right) {
    const EntryId down_id = path[level].id;
    auto down = ODC_TRY(load(down_id));
    const EntryId up_id = side(down, !to_right);
    if (up_id == kNoEntry) return corrupt("the tree of storage " + std::to_string(number(storage)) + " is out of balance");
    auto up = ODC_TRY(load(up_id));
    side(down, !to_right) = side(up, to_right);
    side(up, to_right) = down_id;
    ODC_TRY(store(down_id, down));
    ODC_TRY(store(up_id, up));
    return set_child(storage, path, level, up_id);
}

Result<EntryId> Directory::insert(EntryId storage, Entry entry) {
    const auto id = ODC_TRY(take_free());
    ODC_TRY(store(id, entry));
    ODC_TRY(attach(storage, id));
    return id;
}

Result<> Directory::attach(EntryId storage, EntryId id) {
    if (!ODC_TRY(sound(storage))) ODC_TRY(rebuild(storage));
    auto node = ODC_TRY(load(id));
    node.left = node.right = kNoEntry;
    Path path;
    EntryId at = ODC_TRY(load(storage)).child;
    while (at != kNoEntry) {
        const auto entry = ODC_TRY(child_of(storage, at));
        const auto order = compare_names(node.name(), entry.name());
        if (order == 0) return fail(STG_E_FILEALREADYEXISTS, "the name exists");
        path.push_back({at, order > 0});
        at = order > 0 ? entry.right : entry.left;
        if (path.size() > capacity()) return corrupt("the tree of storage " + std::to_string(number(storage)) + " has a cycle");
    }
    node.red = !path.empty();
    ODC_TRY(store(id, node));
    ODC_TRY(set_child(storage, path, path.size(), id));

    // Red below red: recolour while the uncle is red too, then rotate once or twice.
    while (path.size() >= 2) {
        const std::size_t parent = path.size() - 1;
        if (!ODC_TRY(is_red(path[parent].id))) return {};
        const std::size_t grand = parent - 1;
        auto grand_entry = ODC_TRY(load(path[grand].id));
        const bool right = path[grand].went_right;
        const EntryId uncle = side(grand_entry, !right);
        if (ODC_TRY(is_red(uncle))) {
            for (const EntryId black : {path[parent].id, uncle}) {
                auto entry = ODC_TRY(load(black));
                entry.red = false;
                ODC_TRY(store(black, entry));
            }
            grand_entry.red = grand != 0;
            ODC_TRY(store(path[grand].id, grand_entry));
            path.resize(grand);
            continue;
        }
        EntryId up = path[parent].id;
        if (path[parent].went_right != right) {
            auto parent_entry = ODC_TRY(load(path[parent].id));
            up = side(parent_entry, !right);
            ODC_TRY(rotate(storage, path, parent, right));
        }
        ODC_TRY(rotate(storage, path, grand, !right));
        auto up_entry = ODC_TRY(load(up));
        up_entry.red = false;
        ODC_TRY(store(up, up_entry));
        auto down = ODC_TRY(load(path[grand].id));
        down.red = true;
        return store(path[grand].id, down);
    }
    return {};
}

Result<> Directory::detach(EntryId storage, EntryId id) {
    if (!ODC_TRY(sound(storage))) ODC_TRY(rebuild(storage));
    auto node = ODC_TRY(load(id));
    Path path;
    for (EntryId at = ODC_TRY(load(storage)).child; at != id;) {
        if (at == kNoEntry || path.size() > capacity()) return corrupt("an entry is missing in its storage's tree");
        const auto entry = ODC_TRY(child_of(storage, at));
        const bool right = compare_names(node.name(), entry.name()) > 0;
        path.push_back({at, right});
        at = right ? entry.right : entry.left;
    }
    const std::size_t place = path.size();
    if (node.left != kNoEntry && node.right != kNoEntry) {
        // The next one in order takes the place; the entry goes down to where that one was.
        path.push_back({id, true});
        EntryId next_id = node.right;
        for (auto entry = ODC_TRY(load(next_id)); entry.left != kNoEntry; entry = ODC_TRY(load(next_id))) {
            path.push_back({next_id, false});
            next_id = entry.left;
        }
        auto next = ODC_TRY(load(next_id));
        const EntryId next_right = next.right;
        std::swap(next.red, node.red);
        next.left = node.left;
        next.right = node.right == next_id ? id : node.right;
        node.left = kNoEntry;
        node.right = next_right;
        ODC_TRY(store(next_id, next));
        ODC_TRY(store(id, node));
        ODC_TRY(set_child(storage, path, place, next_id));
        path[place].id = next_id;
        ODC_TRY(set_child(storage, path, path.size(), id));
    }
    EntryId hole = node.left != kNoEntry ? node.left : node.right;
    ODC_TRY(set_child(storage, path, path.size(), hole));
    const bool was_red = node.red;
    node.left = node.right = kNoEntry;
    ODC_TRY(store(id, node));
    if (was_red) return {};

    // `hole` is one black short of its sibling.
    while (!path.empty() && !ODC_TRY(is_red(hole))) {
        const bool right = path.back().went_right;
        const EntryId parent_id = path.back().id;
        auto parent = ODC_TRY(load(parent_id));
        EntryId sibling_id = side(parent, !right);
        if (sibling_id == kNoEntry) return corrupt("the tree of storage " + std::to_string(number(storage)) + " is out of balance");
        auto sibling = ODC_TRY(load(sibling_id));
        if (sibling.red) {
            sibling.red = false;
            parent.red = true;
            ODC_TRY(store(sibling_id, sibling));
            ODC_TRY(store(parent_id, parent));
            ODC_TRY(rotate(storage, path, path.size() - 1, right));
            path.back() = {sibling_id, right};
            path.push_back({parent_id, right});
            continue;
        }
        const bool near_red = ODC_TRY(is_red(side(sibling, right)));
        const bool far_red = ODC_TRY(is_red(side(sibling, !right)));
        if (!near_red && !far_red) {
            sibling.red = true;
            ODC_TRY(store(sibling_id, sibling));
            hole = parent_id;
            path.pop_back();
            continue;
        }
        if (!far_red) {
            const EntryId near_id = side(sibling, right);
            auto near = ODC_TRY(load(near_id));
            near.red = false;
            sibling.red = true;
            ODC_TRY(store(near_id, near));
            ODC_TRY(store(sibling_id, sibling));
            Path lower = path;
            lower.back().went_right = !right;
            lower.push_back({sibling_id, right});
            ODC_TRY(rotate(storage, lower, lower.size() - 1, !right));
            sibling_id = near_id;
            sibling = ODC_TRY(load(sibling_id));
        }
        parent = ODC_TRY(load(parent_id));
        sibling.red = parent.red;
        parent.red = false;
        ODC_TRY(store(sibling_id, sibling));
        ODC_TRY(store(parent_id, parent));
        const EntryId far_id = side(sibling, !right);
        auto far = ODC_TRY(load(far_id));
        far.red = false;
        ODC_TRY(store(far_id, far));
        return rotate(storage, path, path.size() - 1, right);
    }
    if (hole != kNoEntry) {
        auto entry = ODC_TRY(load(hole));
        entry.red = false;
        ODC_TRY(store(hole, entry));
    }
    return {};
}

/// Makes the tree of a storage anew from its children: balanced, the lowest incomplete level red.
Result<> Directory::rebuild(EntryId storage) {
    auto order = ODC_TRY(children(storage));
    std::vector<std::pair<std::u16string, EntryId>> named;
    named.reserve(order.size());
    for (const EntryId id : order) named.emplace_back(ODC_TRY(load(id)).name(), id);
    std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return compare_names(a.first, b.first) < 0; });
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (i > 0 && compare_names(named[i - 1].first, named[i].first) == 0)
            return corrupt("storage " + std::to_string(number(storage)) + " has two children of one name");
        order[i] = named[i].second;
    }
    unsigned full = 0;
    while ((std::size_t{1} << (full + 1)) - 1 <= order.size()) ++full;
    auto entry = ODC_TRY(load(storage));
    const auto top = ODC_TRY(build(order, 0, order.size(), 0, full));
    entry.child = top;
    ODC_TRY(store(storage, entry));
    unsound_.erase(number(storage));
    if (!soundness_known_) checked_.insert(number(storage));
    return {};
}

Result<EntryId> Directory::build(const std::vector<EntryId>& order, std::size_t from, std::size_t to, unsigned depth,
                                 unsigned red_depth) {
    if (from == to) return kNoEntry;
    const std::size_t middle = from + (to - from) / 2;
    auto entry = ODC_TRY(load(order[middle]));
    entry.left = ODC_TRY(build(order, from, middle, depth + 1, red_depth));
    entry.right = ODC_TRY(build(order, middle + 1, to, depth + 1, red_depth));
    entry.red = depth == red_depth;
    ODC_TRY(store(order[middle], entry));
    return order[middle];
}

}  // namespace odc::compound_file
