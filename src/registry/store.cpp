#include "registry/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "registry/key_path.h"

namespace odc::registry {
namespace {

constexpr int kBusyMilliseconds = 10'000;

constexpr const char* kSchema = R"sql(
    CREATE TABLE key(
        id INTEGER PRIMARY KEY,
        parent INTEGER NOT NULL REFERENCES key(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        modified INTEGER NOT NULL,
        UNIQUE(parent, folded));
    CREATE TABLE value(
        key INTEGER NOT NULL REFERENCES key(id) ON DELETE CASCADE,
        folded TEXT NOT NULL,
        name TEXT NOT NULL,
        type INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY(key, folded)) WITHOUT ROWID;
    INSERT INTO key VALUES(1, 1, 'HKEY_LOCAL_MACHINE', 'HKEY_LOCAL_MACHINE', 0);
    INSERT INTO key VALUES(2, 2, 'HKEY_USERS', 'HKEY_USERS', 0);
    PRAGMA application_id = 0x4F444352;
    PRAGMA user_version = 1;
)sql";
constexpr int kSchemaVersion = 1;

// In the order of Store::Statement.
constexpr const char* kStatements[] = {
    "SELECT id FROM key WHERE parent = ?1 AND folded = ?2 AND id <> parent",
    "INSERT INTO key(parent, name, folded, modified) VALUES(?1, ?2, ?3, ?4)",
    "SELECT name FROM key WHERE parent = ?1 AND id <> parent ORDER BY folded",
    "DELETE FROM key WHERE id = ?1",
    "SELECT name, type, data FROM value WHERE key = ?1 AND folded = ?2",
    "SELECT name, type, data FROM value WHERE key = ?1 ORDER BY folded",
    R"sql(INSERT INTO value(key, folded, name, type, data) VALUES(?1, ?2, ?3, ?4, ?5)
          ON CONFLICT(key, folded) DO UPDATE SET type = excluded.type, data = excluded.data)sql",
    "DELETE FROM value WHERE key = ?1 AND folded = ?2",
    "UPDATE key SET modified = ?2 WHERE id = ?1",
    "SELECT modified FROM key WHERE id = ?1",
};

long win32_of(int sqlite_code) {
    switch (sqlite_code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ERROR_BUSY;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return ERROR_ACCESS_DENIED;
        case SQLITE_FULL:
            return ERROR_DISK_FULL;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ERROR_REGISTRY_CORRUPT;
        case SQLITE_CANTOPEN:
            return ERROR_FILE_NOT_FOUND;
        case SQLITE_NOMEM:
            return E_OUTOFMEMORY;
        default:
            return ERROR_REGISTRY_IO_FAILED;
    }
}

Error sqlite_failure(sqlite3* connection, const std::string& what) {
    const int code = connection ? sqlite3_extended_errcode(connection) : SQLITE_NOMEM;
    return fail_win32(win32_of(code), what + ": " + (connection ? sqlite3_errmsg(connection) : "out of memory"));
}

Value row_value(sqlite3_stmt* row) {
    Value value;
    value.name.assign(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)),
                      static_cast<std::size_t>(sqlite3_column_bytes(row, 0)));
    value.type = static_cast<ValueType>(static_cast<std::uint32_t>(sqlite3_column_int64(row, 1)));
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, 2));
    value.data.assign(data, data + sqlite3_column_bytes(row, 2));
    return value;
}

void bind_text(sqlite3_stmt* statement, int at, std::string_view text) {
    sqlite3_bind_text(statement, at, text.empty() ? "" : text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

/// Runs SQL on a connection of its own; for the creation of the file.
Result<> execute_once(const std::string& file, const std::string& sql) {
    sqlite3* connection = nullptr;
    const int opened =
        sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    Result<> result;
    if (opened != SQLITE_OK || sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        result = sqlite_failure(connection, "cannot create the registry " + file);
    sqlite3_close_v2(connection);
    return result;
}

/// Creates the file whole or not at all: it is written under another name and linked into place, so that no other process
/// ever sees it half made, and of two creators one wins.
Result<> create(const std::string& file) {
    static std::atomic<unsigned> serial{0};
    const auto fresh = fmt::format("{}.new-{}-{}", file, ::getpid(), serial++);
    auto result = execute_once(fresh, std::string("BEGIN;") + kSchema + "COMMIT; PRAGMA journal_mode = WAL;");
    if (result && ::chmod(fresh.c_str(), ::geteuid() == 0 ? 0644 : 0600) != 0)
        result = fail_win32(ERROR_ACCESS_DENIED, "cannot set the mode of " + fresh);
    if (result && ::link(fresh.c_str(), file.c_str()) != 0 && errno != EEXIST)
        result = fail_win32(ERROR_ACCESS_DENIED, "cannot create " + file + ": " + std::strerror(errno));
    for (const char* rest : {"", "-wal", "-shm", "-journal"}) ::unlink((fresh + rest).c_str());
    return result;
}

/// "file:" URI of a path, for the `immutable` parameter.
std::string immutable_uri(const std::string& file) {
    std::string uri = "file:";
    for (const char c : file) {
        if (c == '?' || c == '#' || c == '%')
            uri += fmt::format("%{:02x}", c);
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

}  // namespace

Error Store::failure(const char* what) const { return sqlite_failure(connection_, std::string("registry: ") + what); }

Result<std::unique_ptr<Store>> Store::open(const std::string& file) {
    if (::access(file.c_str(), F_OK) != 0) {
        if (auto created = create(file); !created) {
            // A folder where nobody may write is the usual reason.
            if (::access(file.c_str(), F_OK) != 0) return fail_win32(ERROR_FILE_NOT_FOUND, created.error().text());
        }
    }
    std::unique_ptr<Store> store(new Store);
    if (::access(file.c_str(), W_OK) == 0) {
        ODC_TRY(store->open_connection(file, SQLITE_OPEN_READWRITE));
        if (sqlite3_db_readonly(store->connection_, "main") == 0) {
            store->writable_ = true;
            // The WAL files stay when the last process closes: a reader who may not create files still needs them.
            int keep = 1;
            sqlite3_file_control(store->connection_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
            ODC_TRY(store->execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304;"));
        }
    } else {
        ODC_TRY(store->open_connection(file, SQLITE_OPEN_READONLY));
    }
    auto prepared = store->prepare();
    if (!prepared && !store->writable_ && ::access((file + "-wal").c_str(), F_OK) != 0) {
        // A copy without its WAL in a place where we cannot write: nobody else can change it either.
        store.reset(new Store);
        ODC_TRY(store->open_connection(immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
        prepared = store->prepare();
    }
    if (!prepared) return std::move(prepared.error());
    return store;
}

Result<> Store::open_connection(const std::string& location, int flags) {
    if (sqlite3_open_v2(location.c_str(), &connection_, flags | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
        return sqlite_failure(connection_, "cannot open the registry " + location);
    sqlite3_extended_result_codes(connection_, 1);
    sqlite3_busy_timeout(connection_, kBusyMilliseconds);
    return {};
}

Result<> Store::prepare() {
    // Also the first read of the file: it maps the WAL index.
    sqlite3_stmt* version = nullptr;
    if (sqlite3_prepare_v2(connection_, "PRAGMA user_version", -1, &version, nullptr) != SQLITE_OK) return failure("cannot read");
    const int step = sqlite3_step(version);
    const int found = step == SQLITE_ROW ? sqlite3_column_int(version, 0) : -1;
    sqlite3_finalize(version);
    if (step != SQLITE_ROW) return failure("cannot read");
    if (found != kSchemaVersion)
        return fail_win32(ERROR_REGISTRY_CORRUPT,
                          fmt::format("registry: schema version {}, this program knows {}", found, kSchemaVersion));
    for (int i = 0; i < statement_count; ++i) {
        if (sqlite3_prepare_v3(connection_, kStatements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &statements_[static_cast<std::size_t>(i)], nullptr) != SQLITE_OK)
            return failure("not a registry");
    }
    return map_change_stamp();
}

Result<> Store::map_change_stamp() {
    ODC_TRY(begin_read());
    ODC_TRY(child(KeyId::local_machine, "SOFTWARE"));  // a read within the transaction: now the index is mapped
    sqlite3_file* file = nullptr;
    void volatile* region = nullptr;
    sqlite3_file_control(connection_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file && file->pMethods && file->pMethods->iVersion >= 2) {
        constexpr int kRegionSize = 32 * 1024;  // WALINDEX_PGSZ of the file format
        if (file->pMethods->xShmMap(file, 0, kRegionSize, 0, &region) == SQLITE_OK)
            index_header_ = const_cast<const std::uint32_t*>(static_cast<std::uint32_t volatile*>(region));
    }
    end();
    return {};
}

std::optional<ChangeStamp> Store::change_stamp() const {
    if (!index_header_) return std::nullopt;
    ChangeStamp stamp;
    for (std::size_t i = 0; i < stamp.size(); ++i) stamp[i] = __atomic_load_n(index_header_ + i, __ATOMIC_ACQUIRE);
    return stamp;
}

Store::~Store() {
    for (auto* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(connection_);
}

Result<> Store::execute(const char* sql) {
    if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(sql);
    return {};
}

Result<> Store::begin_read() {
    ODC_TRY(execute("BEGIN"));
    in_transaction_ = true;
    return {};
}

Result<> Store::begin_write() {
    if (!writable_) return fail_win32(ERROR_ACCESS_DENIED, "registry: opened for reading only");
    ODC_TRY(execute("BEGIN IMMEDIATE"));
    in_transaction_ = true;
    return {};
}

Result<> Store::commit() {
    auto result = execute("COMMIT");
    if (!result) end();
    in_transaction_ = false;
    return result;
}

void Store::end() {
    if (in_transaction_ && !sqlite3_get_autocommit(connection_)) (void)execute("ROLLBACK");
    in_transaction_ = false;
}

sqlite3_stmt* Store::bound(Statement which, KeyId key) {
    auto* statement = statements_[which];
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    sqlite3_bind_int64(statement, 1, static_cast<std::int64_t>(key));
    return statement;
}

Result<> Store::run(Statement which) {
    auto* statement = statements_[which];
    const int step = sqlite3_step(statement);
    if (step != SQLITE_DONE) {
        auto error = failure("cannot write");
        sqlite3_reset(statement);
        return error;
    }
    sqlite3_reset(statement);
    return {};
}

Result<std::optional<KeyId>> Store::child(KeyId parent, std::string_view name) {
    auto* row = bound(find_child, parent);
    bind_text(row, 2, fold_name(name));
    const int step = sqlite3_step(row);
    std::optional<KeyId> found;
    if (step == SQLITE_ROW)
        found = static_cast<KeyId>(sqlite3_column_int64(row, 0));
    else if (step != SQLITE_DONE) {
        auto error = failure("cannot read a key");
        sqlite3_reset(row);
        return error;
    }
    sqlite3_reset(row);
    return found;
}

Result<KeyId> Store::make_child(KeyId parent, std::string_view name, bool* created) {
    if (created) *created = false;
    if (const auto known = ODC_TRY(child(parent, name))) return *known;
    auto* statement = bound(insert_child, parent);
    bind_text(statement, 2, name);
    bind_text(statement, 3, fold_name(name));
    sqlite3_bind_int64(statement, 4, std::time(nullptr));
    ODC_TRY(run(insert_child));
    if (created) *created = true;
    return static_cast<KeyId>(sqlite3_last_insert_rowid(connection_));
}

Result<std::vector<std::string>> Store::children(KeyId key) {
    auto* row = bound(list_children, key);
    std::vector<std::string> names;
    int step;
    while ((step = sqlite3_step(row)) == SQLITE_ROW)
        names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)),
                           static_cast<std::size_t>(sqlite3_column_bytes(row, 0)));
    if (step != SQLITE_DONE) {
        auto error = failure("cannot list keys");
        sqlite3_reset(row);
        return error;
    }
    sqlite3_reset(row);
    return names;
}

Result<> Store::remove_tree(KeyId key) {
    bound(delete_tree, key);  // the foreign keys take everything below along
    return run(delete_tree);
}

Result<std::optional<Value>> Store::value(KeyId key, std::string_view name) {
    auto* row = bound(find_value, key);
    bind_text(row, 2, fold_name(name));
    const int step = sqlite3_step(row);
    std::optional<Value> found;
    if (step == SQLITE_ROW)
        found = row_value(row);
    else if (step != SQLITE_DONE) {
        auto error = failure("cannot read a value");
        sqlite3_reset(row);
        return error;
    }
    sqlite3_reset(row);
    return found;
}

Result<std::vector<Value>> Store::values(KeyId key) {
    auto* row = bound(list_values, key);
    std::vector<Value> found;
    int step;
    while ((step = sqlite3_step(row)) == SQLITE_ROW) found.push_back(row_value(row));
    if (step != SQLITE_DONE) {
        auto error = failure("cannot list values");
        sqlite3_reset(row);
        return error;
    }
    sqlite3_reset(row);
    return found;
}

Result<> Store::set_value(KeyId key, const Value& value) {
    auto* statement = bound(put_value, key);
    bind_text(statement, 2, fold_name(value.name));
    bind_text(statement, 3, value.name);
    sqlite3_bind_int64(statement, 4, static_cast<std::uint32_t>(value.type));
    sqlite3_bind_blob64(statement, 5, value.data.empty() ? static_cast<const void*>("") : value.data.data(), value.data.size(),
                        SQLITE_TRANSIENT);
    ODC_TRY(run(put_value));
    sqlite3_bind_int64(bound(touch, key), 2, std::time(nullptr));
    return run(touch);
}

Result<bool> Store::remove_value(KeyId key, std::string_view name) {
    bind_text(bound(delete_value, key), 2, fold_name(name));
    ODC_TRY(run(delete_value));
    return sqlite3_changes(connection_) > 0;
}

Result<std::int64_t> Store::modified(KeyId key) {
    auto* row = bound(when_modified, key);
    const int step = sqlite3_step(row);
    const std::int64_t seconds = step == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        auto error = failure("cannot read a key");
        sqlite3_reset(row);
        return error;
    }
    sqlite3_reset(row);
    return seconds;
}

}  // namespace odc::registry
