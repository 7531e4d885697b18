// What the file survives: several processes, a killed writer, a full disk, users who may only read. Each test forks before
// this process opens the file, because an SQLite connection must not cross a fork.
#include "registry/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/unique_fd.h"
#include "registry/registry.h"

namespace odc::registry {
namespace {

KeyPath path(std::string_view text) { return KeyPath::parse(text).take(); }

/// Two ends to tell another process "now".
struct Signal {
    Signal() {
        int ends[2];
        if (::pipe(ends) != 0) std::abort();
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
    void give() const { (void)!::write(writer.get(), "x", 1); }
    /// false: all writers are gone.
    bool take() const {
        char byte;
        return ::read(reader.get(), &byte, 1) == 1;
    }
    UniqueFd reader, writer;
};

class StoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto name = (std::filesystem::temp_directory_path() / "odc-store-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override {
        ::chmod(folder_.c_str(), 0700);
        std::filesystem::remove_all(folder_);
    }
    std::string file() const { return folder_ / "registry.db"; }
    const std::filesystem::path& folder() const { return folder_; }

    /// Runs `body` in a process of its own, whose exit status it gives.
    static ::pid_t start(const std::function<int()>& body) {
        const ::pid_t child = ::fork();
        if (child == 0) ::_exit(body());
        return child;
    }
    static int status_of(::pid_t child) {
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    /// What SQLite itself says of the file.
    std::string integrity() const {
        sqlite3* connection = nullptr;
        std::string verdict;
        sqlite3_open_v2(file().c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr);
        sqlite3_exec(
            connection, "PRAGMA integrity_check; PRAGMA foreign_key_check;",
            [](void* text, int, char** columns, char**) {
                *static_cast<std::string*>(text) += columns[0];
                return 0;
            },
            &verdict, nullptr);
        sqlite3_close(connection);
        return verdict;
    }

  private:
    std::filesystem::path folder_;
};

TEST_F(StoreTest, TheFileIsTheUsersOwn) {
    ASSERT_TRUE(Registry::open(file()));
    struct stat about {};
    ASSERT_EQ(::stat(file().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, ::geteuid() == 0 ? 0644u : 0600u);
}

TEST_F(StoreTest, NothingIsCreatedWhereNobodyMayWrite) {
    EXPECT_EQ(Registry::open("/proc/nowhere/registry.db").code(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
}

TEST_F(StoreTest, AForeignFileIsRefused) {
    std::ofstream(file()) << "this is no database, though long enough to be looked at; " << std::string(4096, 'x');
    EXPECT_EQ(Registry::open(file()).code(), HRESULT_FROM_WIN32(ERROR_REGISTRY_CORRUPT));
    std::filesystem::remove(file());
    sqlite3* connection = nullptr;
    sqlite3_open(file().c_str(), &connection);
    sqlite3_exec(connection, "CREATE TABLE t(x); PRAGMA user_version = 7", nullptr, nullptr, nullptr);
    sqlite3_close(connection);
    EXPECT_EQ(Registry::open(file()).code(), HRESULT_FROM_WIN32(ERROR_REGISTRY_CORRUPT));
}

TEST_F(StoreTest, WritersInSeveralProcessesLoseNothing) {
    constexpr int kProcesses = 4, kKeys = 40;
    std::vector<::pid_t> children;
    for (int process = 0; process < kProcesses; ++process) {
        children.push_back(start([&] {
            const auto registry = Registry::open(file());  // the file does not exist yet: they race for its creation too
            if (!registry) return 1;
            for (int i = 0; i < kKeys; ++i) {
                const auto key = path("HKLM\\shared\\" + std::to_string(process) + "-" + std::to_string(i));
                if (!(*registry)->set_value(key, Value::dword("x", static_cast<std::uint32_t>(i)))) return 2;
                if (!(*registry)->set_value(path("HKLM\\shared"), Value::dword("last", static_cast<std::uint32_t>(i)))) return 3;
            }
            return 0;
        }));
    }
    for (const auto child : children) EXPECT_EQ(status_of(child), 0);
    EXPECT_EQ(Registry::open(file()).take()->subkeys(path("HKLM\\shared"))->size(), std::size_t{kProcesses} * kKeys);
    EXPECT_EQ(integrity(), "ok");
    for (const auto& left : std::filesystem::directory_iterator(folder()))
        EXPECT_EQ(left.path().filename().string().find(".new-"), std::string::npos) << left.path();
}

TEST_F(StoreTest, AKilledWriterLeavesTheLastCommit) {
    for (int round = 0; round < 8; ++round) {
        Signal committed;
        const auto child = start([&] {
            const auto registry = Registry::open(file());
            if (!registry) return 1;
            for (std::uint32_t i = 1;; ++i) {
                if (!(*registry)->apply({SetValue{path("HKLM\\a"), Value::dword("x", i)},
                                         SetValue{path("HKLM\\b"), Value::dword("x", i)},
                                         CreateKey{path("HKLM\\keys\\" + std::to_string(i))}}))
                    return 2;
                committed.give();
            }
        });
        committed.writer.reset();
        const std::uint32_t wanted = 5 + static_cast<std::uint32_t>(round) * 3;
        for (std::uint32_t i = 0; i < wanted; ++i) ASSERT_TRUE(committed.take());
        ::kill(child, SIGKILL);
        EXPECT_EQ(status_of(child), 128 + SIGKILL);
        EXPECT_EQ(integrity(), "ok");
        const auto registry = Registry::open(file()).take();
        const auto a = registry->value(path("HKLM\\a"), "x").take()->as_dword();
        const auto b = registry->value(path("HKLM\\b"), "x").take()->as_dword();
        EXPECT_EQ(a, b) << "both values of a commit or none";
        EXPECT_GE(*a, wanted) << "what was committed stays";
        EXPECT_GE(registry->subkeys(path("HKLM\\keys"))->size(), wanted);
        EXPECT_TRUE(registry->delete_tree(path("HKLM\\keys")));
    }
}

TEST_F(StoreTest, AFullDiskLeavesTheLastCommit) {
    Signal committed;
    const auto child = start([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{512 * 1024, 512 * 1024};  // no file may become larger: as if the disk were full then
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto registry = Registry::open(file());
        if (!registry) return 1;
        for (int i = 0; i < 1000; ++i) {
            const auto name = "v" + std::to_string(i);
            const auto done = (*registry)->set_value(path("HKLM\\a"), Value::binary(name, std::vector<std::uint8_t>(10'000)));
            if (!done) {
                const bool said = done.code() == ERROR_DISK_FULL || done.code() == HRESULT_FROM_WIN32(ERROR_REGISTRY_IO_FAILED);
                const auto still_read = (*registry)->value(path("HKLM\\a"), "v0");
                return said && still_read && *still_read ? 0 : 3;
            }
            committed.give();
        }
        return 4;
    });
    committed.writer.reset();
    std::size_t count = 0;
    while (committed.take()) ++count;
    EXPECT_EQ(status_of(child), 0);
    EXPECT_GT(count, 10u);
    EXPECT_EQ(integrity(), "ok");
    const auto registry = Registry::open(file()).take();
    EXPECT_EQ(registry->values(path("HKLM\\a"))->size(), count);
    EXPECT_TRUE(registry->set_value(path("HKLM\\b"), Value::text("", "room again")));
}

/// Becomes somebody who may read the folder but not write it.
bool become_reader(const std::filesystem::path& folder) {
    if (::geteuid() == 0) return ::setgid(65534) == 0 && ::setuid(65534) == 0;
    return ::chmod((folder / "registry.db").c_str(), 0400) == 0 && ::chmod(folder.c_str(), 0500) == 0;
}

TEST_F(StoreTest, AReaderWithoutWriteAccessSeesWhatTheWriterDoes) {
    ASSERT_TRUE(Registry::open(file()).take()->set_value(path("HKLM\\a"), Value::text("x", "one")));
    ::chmod(folder().c_str(), 0755);
    Signal reader_ready, written;
    const auto child = start([&] {
        reader_ready.reader.reset();
        written.writer.reset();
        if (!become_reader(folder())) return 1;
        const auto registry = Registry::open(file());
        if (!registry) return 2;
        const auto text = [&] {
            const auto value = (*registry)->value(path("HKLM\\a"), "x");
            return value && *value ? (*value)->as_text() : "(none)";
        };
        if (text() != "one") return 3;
        if ((*registry)->writable() || (*registry)->create_key(path("HKLM\\b")).code() != HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED))
            return 4;
        const auto before = (*registry)->change_stamp();
        reader_ready.give();
        if (!written.take()) return 5;
        if (text() != "two") return 6;
        if (before && (*registry)->change_stamp() == before) return 7;
        return 0;
    });
    reader_ready.writer.reset();
    EXPECT_TRUE(reader_ready.take());
    if (::geteuid() != 0) ::chmod(folder().c_str(), 0700), ::chmod(file().c_str(), 0600);
    const auto registry = Registry::open(file());
    EXPECT_TRUE(registry) << registry.error().text();
    EXPECT_TRUE((*registry)->set_value(path("HKLM\\a"), Value::text("x", "two")));
    written.give();
    EXPECT_EQ(status_of(child), 0);
}

TEST_F(StoreTest, ACopyWithoutItsWalCanBeRead) {
    ASSERT_TRUE(Registry::open(file()).take()->set_value(path("HKLM\\a"), Value::text("x", "one")));
    std::filesystem::remove(file() + "-wal");
    std::filesystem::remove(file() + "-shm");
    ::chmod(folder().c_str(), 0755);
    const auto child = start([&] {
        if (!become_reader(folder())) return 1;
        const auto registry = Registry::open(file());
        if (!registry) return 2;
        const auto value = (*registry)->value(path("HKLM\\a"), "x");
        return value && *value && (*value)->as_text() == "one" ? 0 : 3;
    });
    EXPECT_EQ(status_of(child), 0);
}

}  // namespace
}  // namespace odc::registry
