#include "registry/registry.h"

#include <unistd.h>

#include <algorithm>

#include "base/instance.h"
#include "base/utf16.h"

namespace odc::registry {
namespace {

struct CurrentRegistry {
    Mutex mutex;
    std::shared_ptr<Registry> registry ODC_GUARDED_BY(mutex);
};
CurrentRegistry& current_registry() {
    static auto* the_current = new CurrentRegistry;  // never destroyed: threads may ask while the process ends
    return *the_current;
}

Error no_such_key(const KeyPath& key) { return fail_win32(ERROR_FILE_NOT_FOUND, "no registry key " + key.to_string()); }

Result<> check(const Value& value) {
    if (value.data.size() > kMaxValueSize)
        return fail_win32(ERROR_INVALID_PARAMETER, "registry value larger than 1 MiB: " + value.name);
    if (value.name.size() > kMaxValueName && to_utf16(value.name).size() > kMaxValueName)
        return fail_win32(ERROR_INVALID_PARAMETER, "registry value name longer than 16383 characters");
    return {};
}

/// Appends what is not yet there, so that earlier lists win, and sorts by folded name.
template <class Item, class NameOf>
void merge(std::vector<Item>& all, std::vector<Item> more, NameOf name_of) {
    const auto less = [&](const Item& a, const Item& b) { return fold_name(name_of(a)) < fold_name(name_of(b)); };
    if (all.empty()) {
        all = std::move(more);
        return;
    }
    std::vector<Item> merged;
    std::merge(all.begin(), all.end(), more.begin(), more.end(), std::back_inserter(merged), less);  // stable: `all` first
    merged.erase(std::unique(merged.begin(), merged.end(),
                             [&](const Item& a, const Item& b) { return fold_name(name_of(a)) == fold_name(name_of(b)); }),
                 merged.end());
    all = std::move(merged);
}

}  // namespace

struct Registry::Place {
    KeyId root;
    std::vector<std::string> names;
};

/// Ends the store's transaction on every way out.
class Registry::Transaction {
  public:
    explicit Transaction(Store& store) : store_(store) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() { store_.end(); }

  private:
    Store& store_;
};

Registry::Registry(std::unique_ptr<Store> store, std::string user_sid)
    : store_(std::move(store)), user_sid_(std::move(user_sid)), writable_(store_->writable()) {}

Result<std::shared_ptr<Registry>> Registry::open(const std::string& file, std::string user_sid) {
    if (user_sid.empty()) user_sid = "S-1-22-1-" + std::to_string(::geteuid());
    auto store = ODC_TRY(Store::open(file));
    return std::shared_ptr<Registry>(new Registry(std::move(store), std::move(user_sid)));
}

Result<std::shared_ptr<Registry>> Registry::current() {
    Lock lock(current_registry().mutex);
    auto& registry = current_registry().registry;
    if (!registry) {
        const auto instance = ODC_TRY(Instance::current());
        registry = ODC_TRY(open(instance.registry_file()));
    }
    return registry;
}

void Registry::set_current(std::shared_ptr<Registry> registry) {
    Lock lock(current_registry().mutex);
    std::swap(current_registry().registry, registry);
}

/// In the order in which they are read.
std::vector<Registry::Place> Registry::places(const KeyPath& key) const {
    const auto below = [&](std::vector<std::string> names) {
        names.insert(names.end(), key.names.begin(), key.names.end());
        return names;
    };
    switch (key.root) {
        case Root::local_machine:
            return {{KeyId::local_machine, key.names}};
        case Root::users:
            return {{KeyId::users, key.names}};
        case Root::current_user:
            return {{KeyId::users, below({user_sid_})}};
        case Root::classes_root:
            break;
    }
    return {{KeyId::users, below({user_sid_, "SOFTWARE", "Classes"})}, {KeyId::local_machine, below({"SOFTWARE", "Classes"})}};
}

Result<std::optional<KeyId>> Registry::find(const Place& place) const {
    std::optional<KeyId> at = place.root;
    for (const auto& name : place.names) {
        at = ODC_TRY(store_->child(*at, name));
        if (!at) break;
    }
    return at;
}

Result<std::vector<KeyId>> Registry::find_all(const KeyPath& key) const {
    std::vector<KeyId> found;
    for (const auto& place : places(key))
        if (const auto id = ODC_TRY(find(place))) found.push_back(*id);
    return found;
}

Result<KeyId> Registry::make(const KeyPath& key, bool* created) {
    const auto all = places(key);
    if (all.size() > 1)
        if (const auto existing = ODC_TRY(find(all.front()))) return *existing;
    KeyId at = all.back().root;
    for (const auto& name : all.back().names) at = ODC_TRY(store_->make_child(at, name, created));
    return at;
}

Result<bool> Registry::exists(const KeyPath& key) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    // Roots and views of roots are there before anything was written below them.
    return key.names.empty() || !ODC_TRY(find_all(key))
    .empty();
}

Result<std::optional<Value>> Registry::value(const KeyPath& key, std::string_view name) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    for (const KeyId id : ODC_TRY(find_all(key))) {
        auto found = ODC_TRY(store_->value(id, name));
        if (found) return found;
    }
    return std::optional<Value>();
}

Result<std::vector<Value>> Registry::values(const KeyPath& key) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    const auto ids = ODC_TRY(find_all(key));
    if (ids.empty() && !key.names.empty()) return no_such_key(key);
    std::vector<Value> all;
    for (const KeyId id : ids) merge(all, ODC_TRY(store_->values(id)), [](const Value& value) { return value.name; });
    return all;
}

Result<std::vector<std::string>> Registry::subkeys(const KeyPath& key) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    const auto ids = ODC_TRY(find_all(key));
    if (ids.empty() && !key.names.empty()) return no_such_key(key);
    std::vector<std::string> all;
    for (const KeyId id : ids) merge(all, ODC_TRY(store_->children(id)), [](const std::string& name) { return name; });
    return all;
}

const KeyTree* KeyTree::key(std::string_view key_name) const {
    const auto folded = fold_name(key_name);
    for (const auto& candidate : keys)
        if (fold_name(candidate.name) == folded) return &candidate;
    return nullptr;
}

const Value* KeyTree::value(std::string_view value_name) const {
    const auto folded = fold_name(value_name);
    for (const auto& candidate : values)
        if (fold_name(candidate.name) == folded) return &candidate;
    return nullptr;
}

Result<> Registry::read_tree(KeyTree& into, const std::vector<KeyId>& ids, std::size_t depth) const {
    for (const KeyId id : ids) merge(into.values, ODC_TRY(store_->values(id)), [](const Value& value) { return value.name; });
    if (depth == 0) return {};
    std::vector<std::string> names;
    for (const KeyId id : ids) merge(names, ODC_TRY(store_->children(id)), [](const std::string& name) { return name; });
    for (auto& name : names) {
        std::vector<KeyId> below;
        for (const KeyId id : ids)
            if (const auto found = ODC_TRY(store_->child(id, name))) below.push_back(*found);
        into.keys.push_back({std::move(name), {}, {}});
        ODC_TRY(read_tree(into.keys.back(), below, depth - 1));
    }
    return {};
}

Result<KeyTree> Registry::tree(const KeyPath& key, std::size_t depth) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    const auto ids = ODC_TRY(find_all(key));
    if (ids.empty() && !key.names.empty()) return no_such_key(key);
    KeyTree found;
    found.name = key.names.empty() ? std::string(root_name(key.root)) : key.names.back();
    ODC_TRY(read_tree(found, ids, depth));
    return found;
}

Result<std::int64_t> Registry::modified(const KeyPath& key) const {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_read());
    const auto ids = ODC_TRY(find_all(key));
    if (ids.empty()) return no_such_key(key);
    return store_->modified(ids.front());
}

Result<bool> Registry::create_key(const KeyPath& key) {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_write());
    bool created = false;
    ODC_TRY(make(key, &created));
    ODC_TRY(store_->commit());
    return created;
}

Result<> Registry::set_value(const KeyPath& key, const Value& value) { return apply({SetValue{key, value}}); }

Result<> Registry::remove(const KeyPath& key, bool with_subkeys) {
    if (key.names.empty()) return fail_win32(ERROR_ACCESS_DENIED, "a registry root cannot be deleted");
    const auto ids = ODC_TRY(find_all(key));
    if (ids.empty()) return no_such_key(key);
    // As for writing: the user's key goes first, and then shows the machine's.
    if (!with_subkeys && !ODC_TRY(store_->children(ids.front())).empty())
        return fail_win32(ERROR_ACCESS_DENIED, "registry key has subkeys: " + key.to_string());
    return store_->remove_tree(ids.front());
}

Result<bool> Registry::remove_value(const KeyPath& key, std::string_view name) {
    for (const KeyId id : ODC_TRY(find_all(key)))
        if (ODC_TRY(store_->remove_value(id, name))) return true;
    return false;
}

Result<> Registry::delete_key(const KeyPath& key) {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_write());
    ODC_TRY(remove(key, false));
    return store_->commit();
}

Result<> Registry::delete_tree(const KeyPath& key) {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_write());
    ODC_TRY(remove(key, true));
    return store_->commit();
}

Result<> Registry::delete_value(const KeyPath& key, std::string_view name) {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_write());
    if (!ODC_TRY(remove_value(key, name)))
        return fail_win32(ERROR_FILE_NOT_FOUND, "no registry value '" + std::string(name) + "' in " + key.to_string());
    return store_->commit();
}

Result<> Registry::apply(const std::vector<Change>& changes) {
    Lock lock(mutex_);
    const Transaction transaction(*store_);
    ODC_TRY(store_->begin_write());
    for (const auto& change : changes) ODC_TRY(apply_one(change));
    return store_->commit();
}

Result<> Registry::apply_one(const Change& change) {
    if (const auto* create = std::get_if<CreateKey>(&change)) {
        ODC_TRY(make(create->key, nullptr));
    } else if (const auto* set = std::get_if<SetValue>(&change)) {
        ODC_TRY(check(set->value));
        const KeyId key = ODC_TRY(make(set->key, nullptr));
        ODC_TRY(store_->set_value(key, set->value));
    } else if (const auto* gone = std::get_if<DeleteValue>(&change)) {
        ODC_TRY(remove_value(gone->key, gone->name));
    } else {
        auto removed = remove(std::get<DeleteKey>(change).key, true);
        if (!removed && removed.code() != HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)) return removed;
    }
    return {};
}

}  // namespace odc::registry
