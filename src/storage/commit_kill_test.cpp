// A process that is killed at any write of a commit leaves the old content or the new one.
#include <functional>

#include "storage/storage_fixture.h"
#include "storage/test_lock_bytes.h"

namespace odc::storage {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr DWORD kTransacted = kFull | STGM_TRANSACTED;
constexpr DWORD kAnyone = STGM_READWRITE | STGM_SHARE_DENY_NONE | STGM_TRANSACTED;

/// Bytes that a test looks at from outside.
class SharedBytes final : public compound_file::ByteStorage {
  public:
    explicit SharedBytes(compound_file::MemoryBytes& bytes) : bytes_(bytes) {}
    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override { return bytes_.read_at(offset, into); }
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override { return bytes_.write_at(offset, from); }
    Result<std::uint64_t> size() override { return bytes_.size(); }
    Result<> resize(std::uint64_t size) override { return bytes_.resize(size); }
    Result<> sync() override { return {}; }

  private:
    compound_file::MemoryBytes& bytes_;
};

class KilledCommit : public StorageTest {
  protected:
    using Step = std::function<HRESULT(IStorage* root, ILockBytes* bytes)>;

    static ComPtr<TestLockBytes> on(compound_file::MemoryBytes& bytes) {
        return ComPtr<TestLockBytes>::attach(new TestLockBytes(std::make_unique<SharedBytes>(bytes)));
    }
    static ComPtr<IStorage> open_on(ILockBytes* bytes, DWORD mode) {
        ComPtr<IStorage> root;
        EXPECT_EQ(StgOpenStorageOnILockBytes(bytes, nullptr, mode, nullptr, 0, root.put()), S_OK);
        return root;
    }
    /// Everything that a storage holds, as text.
    static void describe(IStorage* storage, std::string& text) {
        STATSTG stat{};
        EXPECT_EQ(storage->Stat(&stat, STATFLAG_NONAME), S_OK);
        text += "{" + std::to_string(stat.grfStateBits) + " ";
        ComPtr<IEnumSTATSTG> elements;
        EXPECT_EQ(storage->EnumElements(0, nullptr, 0, elements.put()), S_OK);
        while (elements->Next(1, &stat, nullptr) == S_OK) {
            text += to_utf8_z(stat.pwcsName);
            if (stat.type == STGTY_STORAGE) describe(open_child(storage, stat.pwcsName, kRead).get(), text);
            else text += "=" + content(open_stream(storage, stat.pwcsName, kRead).get()) + ";";
            CoTaskMemFree(stat.pwcsName);
        }
        text += "}";
    }
    static std::string describe(const Bytes& bytes) {
        compound_file::MemoryBytes copy(bytes);
        std::string text;
        describe(open_on(on(copy).get(), kRead).get(), text);
        return text;
    }

    /// A file with storages and streams, short and long.
    static Bytes sample() {
        compound_file::MemoryBytes bytes;
        {
            ComPtr<IStorage> root;
            EXPECT_EQ(StgCreateDocfileOnILockBytes(on(bytes).get(), kFull | STGM_CREATE, 0, root.put()), S_OK);
            write(stream(root.get(), OLESTR("short")).get(), "short");
            write(stream(root.get(), OLESTR("long")).get(), std::string(9000, 'l'));
            auto box = child(root.get(), OLESTR("box"));
            write(stream(box.get(), OLESTR("a")).get(), std::string(5000, 'a'));
            write(stream(box.get(), OLESTR("b")).get(), "b");
            child(box.get(), OLESTR("inner"));
        }
        return bytes.bytes();
    }
    static void change(IStorage* storage) {
        write_at(open_stream(storage, OLESTR("a")).get(), 4000, std::string(3000, 'A'));
        write(open_stream(storage, OLESTR("b")).get(), std::string(6000, 'B'));
        EXPECT_EQ(storage->RenameElement(OLESTR("inner"), OLESTR("outer")), S_OK);
        EXPECT_EQ(storage->SetStateBits(7, 7), S_OK);
        write(stream(storage, OLESTR("c")).get(), "new");
    }

    /// `commit` runs after `prepare` with ever more writes allowed, until it succeeds; what is left must be what `prepare` left
    /// or what the whole leaves. `opens` says how the root is opened.
    static void kill_at_each_write(DWORD mode, const Step& prepare, const Step& commit) {
        const Bytes start = sample();
        const auto run = [&](std::uint64_t allowed, bool commits, Bytes& left) {
            compound_file::MemoryBytes bytes(start);
            const auto locked = on(bytes);
            HRESULT hr = S_OK;
            {
                auto root = open_on(locked.get(), mode);
                EXPECT_EQ(prepare(root.get(), locked.get()), S_OK);
                locked->allow(allowed);
                if (commits) hr = commit(root.get(), locked.get());
                if (FAILED(hr)) locked->allow(0);  // the process is gone: nothing more is written
                left = bytes.bytes();
            }
            return hr;
        };
        Bytes left;
        run(UINT64_MAX, false, left);
        const std::string before = describe(left);
        ASSERT_TRUE(SUCCEEDED(run(UINT64_MAX, true, left)));
        const std::string after = describe(left);
        ASSERT_NE(before, after);
        std::uint64_t allowed = 0;
        for (;; ++allowed) {
            const HRESULT hr = run(allowed, true, left);
            const std::string found = describe(left);
            if (SUCCEEDED(hr)) {
                ASSERT_EQ(found, after);
                break;
            }
            ASSERT_TRUE(found == before || found == after) << "killed at write " << allowed;
        }
        EXPECT_GE(allowed, 2u);
    }
};

TEST_F(KilledCommit, OfATransactedRoot) {
    for (const DWORD flags : {DWORD{STGC_DEFAULT}, DWORD{STGC_OVERWRITE}, DWORD{STGC_ONLYIFCURRENT},
                              DWORD{STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE}, DWORD{STGC_CONSOLIDATE}})
        kill_at_each_write(
            kTransacted,
            [](IStorage* root, ILockBytes*) {
                change(open_child(root, OLESTR("box")).get());
                return root->DestroyElement(OLESTR("long"));
            },
            [flags](IStorage* root, ILockBytes*) { return root->Commit(flags); });
}

TEST_F(KilledCommit, OfARootThatOthersMayCommitToo) {
    for (const DWORD flags : {DWORD{STGC_DEFAULT}, DWORD{STGC_OVERWRITE}, DWORD{STGC_CONSOLIDATE}})
        kill_at_each_write(
            kAnyone,
            [](IStorage* root, ILockBytes*) {
                change(open_child(root, OLESTR("box")).get());
                return root->DestroyElement(OLESTR("long"));
            },
            [flags](IStorage* root, ILockBytes*) { return root->Commit(flags); });
}

TEST_F(KilledCommit, OfAStorageInADirectRoot) {
    ComPtr<IStorage> box;  // outlives the steps, as an object of the killed process
    kill_at_each_write(
        kFull,
        [&](IStorage* root, ILockBytes*) {
            box = open_child(root, OLESTR("box"), kTransacted);
            change(box.get());
            return S_OK;
        },
        [&](IStorage*, ILockBytes*) {
            const HRESULT hr = box->Commit(STGC_DEFAULT);
            box.reset();
            return hr;
        });
}

TEST_F(KilledCommit, ThroughTwoLevels) {
    ComPtr<IStorage> box;
    kill_at_each_write(
        kTransacted,
        [&](IStorage* root, ILockBytes*) {
            box = open_child(root, OLESTR("box"), kTransacted);
            change(box.get());
            return S_OK;
        },
        [&](IStorage* root, ILockBytes*) {
            HRESULT hr = box->Commit(STGC_DEFAULT);
            if (SUCCEEDED(hr)) hr = root->Commit(STGC_DEFAULT);
            box.reset();
            return hr;
        });
}

TEST_F(KilledCommit, OfAStaleRootThatOverwrites) {
    kill_at_each_write(
        kAnyone,
        [](IStorage* root, ILockBytes* bytes) {
            write(stream(root, OLESTR("mine")).get(), std::string(7000, 'm'));
            auto other = open_on(bytes, kAnyone);
            write(stream(other.get(), OLESTR("others")).get(), std::string(8000, 'o'));
            return other->Commit(STGC_DEFAULT);
        },
        [](IStorage* root, ILockBytes*) { return root->Commit(STGC_OVERWRITE); });
}

TEST_F(KilledCommit, OfAConversion) {
    const Bytes old(20000, 'o');
    std::string after;
    for (std::uint64_t allowed = UINT64_MAX;; allowed = allowed == UINT64_MAX ? 0 : allowed + 1) {
        compound_file::MemoryBytes bytes(old);
        const auto locked = on(bytes);
        locked->allow(allowed);
        Bytes left;
        HRESULT hr;
        {
            ComPtr<IStorage> root;
            hr = StgCreateDocfileOnILockBytes(locked.get(), kFull | STGM_CONVERT, 0, root.put());
            if (FAILED(hr)) locked->allow(0);
            left = bytes.bytes();
        }
        if (allowed == UINT64_MAX) {
            ASSERT_EQ(hr, STG_S_CONVERTED);
            after = describe(left);
            continue;
        }
        if (left.size() >= old.size() && std::equal(old.begin(), old.end(), left.begin())) {
            ASSERT_TRUE(FAILED(hr));
            continue;
        }
        ASSERT_EQ(describe(left), after) << allowed;
        if (SUCCEEDED(hr)) break;
    }
}

}  // namespace
}  // namespace odc::storage
