// The registry of one instance: keys and values under HKLM, HKU, HKCU and HKCR, kept in one file that several processes share.
//
//   const auto registry = ODC_TRY(Registry::current());
//   const auto key = ODC_TRY(KeyPath::parse("HKCR\\CLSID\\{6B29FC40-CA47-1067-B31D-00DD010662DA}\\LocalServer32"));
//   ODC_TRY(registry->set_value(key, Value::text("", "/usr/libexec/pager-server")));
//
// What the object runtime asks of it (classes, interfaces, ProgIDs, hosts) is `registry/class_records.h`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "registry/key_path.h"
#include "registry/store.h"
#include "registry/value.h"

namespace odc::registry {

/// One step of `Registry::apply`.
struct CreateKey {
    KeyPath key;
};
/// Removes the key with all below it; no error when there is none.
struct DeleteKey {
    KeyPath key;
};
/// Creates the key when there is none.
struct SetValue {
    KeyPath key;
    Value value;
};
/// No error when there is none.
struct DeleteValue {
    KeyPath key;
    std::string name;
};
using Change = std::variant<CreateKey, DeleteKey, SetValue, DeleteValue>;

/// A key with what is below it, as one moment showed it.
struct KeyTree {
    std::string name;
    std::vector<Value> values;
    std::vector<KeyTree> keys;

    /// nullptr when there is none; any case.
    const KeyTree* key(std::string_view key_name) const;
    const Value* value(std::string_view value_name) const;
};

/// Thread-safe. Every call is one transaction: other threads and processes see all of it or nothing, and so does a disk after a
/// power cut. Failures of the file: see `Store`; beside them each call names its own.
/// HKCR reads the user's classes in front of the machine's, key by key and value by value; it writes to the user's classes where
/// the key exists there, otherwise to the machine's.
class Registry {
  public:
    /// `user_sid` names the key below HKU that is HKCU; empty: the caller's, S-1-22-1-<effective uid>.
    static Result<std::shared_ptr<Registry>> open(const std::string& file, std::string user_sid = {});
    /// The registry of `Instance::current()`, opened once per process.
    static Result<std::shared_ptr<Registry>> current();
    /// Another registry for `current`; null: opened anew at the next call. For tests and for programs that change $OPENDCOM_HOME.
    static void set_current(std::shared_ptr<Registry> registry);

    bool writable() const { return writable_; }
    const std::string& user_sid() const { return user_sid_; }

    Result<bool> exists(const KeyPath& key) const ODC_EXCLUDES(mutex_);
    /// nullopt: no such key or no such value.
    Result<std::optional<Value>> value(const KeyPath& key, std::string_view name) const ODC_EXCLUDES(mutex_);
    /// In the order of the folded names. Errors: ERROR_FILE_NOT_FOUND when there is no such key.
    Result<std::vector<Value>> values(const KeyPath& key) const ODC_EXCLUDES(mutex_);
    /// Names as they were spelled when created, in the order of the folded names. Errors: ERROR_FILE_NOT_FOUND.
    Result<std::vector<std::string>> subkeys(const KeyPath& key) const ODC_EXCLUDES(mutex_);
    /// The key and `depth` levels of keys below it, each with its values. Errors: ERROR_FILE_NOT_FOUND.
    Result<KeyTree> tree(const KeyPath& key, std::size_t depth = kMaxDepth) const ODC_EXCLUDES(mutex_);
    /// Seconds since 1970. Errors: ERROR_FILE_NOT_FOUND.
    Result<std::int64_t> modified(const KeyPath& key) const ODC_EXCLUDES(mutex_);

    /// true: the key is new.
    Result<bool> create_key(const KeyPath& key) ODC_EXCLUDES(mutex_);
    Result<> set_value(const KeyPath& key, const Value& value) ODC_EXCLUDES(mutex_);
    /// Removes a key without subkeys. Errors: ERROR_FILE_NOT_FOUND; ERROR_ACCESS_DENIED when it has subkeys or is a root.
    Result<> delete_key(const KeyPath& key) ODC_EXCLUDES(mutex_);
    /// Removes a key and all below it. Errors: ERROR_FILE_NOT_FOUND; ERROR_ACCESS_DENIED for a root.
    Result<> delete_tree(const KeyPath& key) ODC_EXCLUDES(mutex_);
    /// Errors: ERROR_FILE_NOT_FOUND when there is no such value.
    Result<> delete_value(const KeyPath& key, std::string_view name) ODC_EXCLUDES(mutex_);
    /// All changes in one transaction, or none.
    Result<> apply(const std::vector<Change>& changes) ODC_EXCLUDES(mutex_);

    /// Differs when anything changed; costs no system call. nullopt: not known, do not cache.
    std::optional<ChangeStamp> change_stamp() const { return store_->change_stamp(); }

  private:
    struct Place;  // one key of the store that a path may mean
    class Transaction;

    Registry(std::unique_ptr<Store> store, std::string user_sid);
    std::vector<Place> places(const KeyPath& key) const;
    Result<std::optional<KeyId>> find(const Place& place) const ODC_REQUIRES(mutex_);
    Result<std::vector<KeyId>> find_all(const KeyPath& key) const ODC_REQUIRES(mutex_);
    Result<> read_tree(KeyTree& into, const std::vector<KeyId>& ids, std::size_t depth) const ODC_REQUIRES(mutex_);
    Result<KeyId> make(const KeyPath& key, bool* created) ODC_REQUIRES(mutex_);
    Result<> remove(const KeyPath& key, bool with_subkeys) ODC_REQUIRES(mutex_);
    Result<bool> remove_value(const KeyPath& key, std::string_view name) ODC_REQUIRES(mutex_);
    Result<> apply_one(const Change& change) ODC_REQUIRES(mutex_);

    mutable Mutex mutex_;
    const std::unique_ptr<Store> store_;  ///< used under mutex_, but for change_stamp
    const std::string user_sid_;
    const bool writable_;
};

}  // namespace odc::registry
