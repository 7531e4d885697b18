// The SQLite file under a registry: a tree of keys with values, nothing of roots, users or merging.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "opendcom/base/result.h"
#include "registry/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace odc::registry {

enum class KeyId : std::int64_t { local_machine = 1, users = 2 };

/// Differs between two moments when anything was committed to the file between them, by whichever process.
/// A copy of the first 48 bytes of the WAL index (sqlite.org/walformat.html), which every commit rewrites.
using ChangeStamp = std::array<std::uint32_t, 12>;

/// One connection. Not thread-safe. Several processes may have one each: a writer waits for another (up to 10 s, then
/// ERROR_BUSY), readers wait for nobody.
/// Failures of any call: ERROR_BUSY, ERROR_ACCESS_DENIED, ERROR_DISK_FULL, ERROR_REGISTRY_CORRUPT, ERROR_REGISTRY_IO_FAILED;
/// the file then holds the state after the last commit.
class Store {
  public:
    /// Opens for writing, and creates the file (mode 0600, 0644 for root) when there is none; where the caller may not
    /// write, opens for reading. Errors also: ERROR_FILE_NOT_FOUND when there is none and none can be created.
    static Result<std::unique_ptr<Store>> open(const std::string& file);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    bool writable() const { return writable_; }
    /// Reads shared memory only. nullopt where SQLite keeps no shared memory: then nothing may be cached.
    /// Taken before a read, it is never newer than what was read.
    std::optional<ChangeStamp> change_stamp() const;

    /// Reads between begin_read and end see one state; begin_write takes the write lock, commit ends it.
    Result<> begin_read();
    Result<> begin_write();
    Result<> commit();
    /// Ends a transaction without effect; never fails, does nothing outside a transaction.
    void end();

    Result<std::optional<KeyId>> child(KeyId parent, std::string_view name);
    /// `created`, when given, says whether the key is new.
    Result<KeyId> make_child(KeyId parent, std::string_view name, bool* created = nullptr);
    /// Spelled as they were created, in the order of their folded names.
    Result<std::vector<std::string>> children(KeyId key);
    /// Removes the key and all below it.
    Result<> remove_tree(KeyId key);
    Result<std::optional<Value>> value(KeyId key, std::string_view name);
    Result<std::vector<Value>> values(KeyId key);
    Result<> set_value(KeyId key, const Value& value);
    Result<bool> remove_value(KeyId key, std::string_view name);
    /// Seconds since 1970 of the last change of the key or its values.
    Result<std::int64_t> modified(KeyId key);

  private:
    enum Statement {
        find_child,
        insert_child,
        list_children,
        delete_tree,
        find_value,
        list_values,
        put_value,
        delete_value,
        touch,
        when_modified,
        statement_count
    };

    Store() = default;
    Result<> open_connection(const std::string& location, int flags);
    Result<> prepare();
    Result<> map_change_stamp();
    Result<> execute(const char* sql);
    Result<> run(Statement which);
    Error failure(const char* what) const;
    sqlite3_stmt* bound(Statement which, KeyId key);

    sqlite3* connection_ = nullptr;
    std::array<sqlite3_stmt*, statement_count> statements_{};
    const std::uint32_t* index_header_ = nullptr;  ///< SQLite's own mapping, alive as long as the connection
    bool writable_ = false;
    bool in_transaction_ = false;
};

}  // namespace odc::registry
