// What a commit costs in a file of a gigabyte, counted in writes and bytes.
#include <sys/mman.h>

#include "compound_file/compound_file.h"
#include "storage/storage_fixture.h"
#include "storage/test_lock_bytes.h"

namespace odc::storage {
namespace {

constexpr DWORD kTransacted = kFull | STGM_TRANSACTED;
constexpr std::uint64_t kGigabyte = std::uint64_t{1} << 30;

class CommitCost : public StorageTest, public testing::WithParamInterface<int> {
  protected:
    /// A file with one stream of a gigabyte, in a storage of its own; holes on disk where nothing was written.
    ComPtr<TestLockBytes> gigabyte() {
        // In memory: a busy disk would say more about the machine than about the commit.
        std::unique_ptr<compound_file::ByteStorage> bytes =
            std::make_unique<compound_file::FileBytes>(UniqueFd(::memfd_create("gigabyte", MFD_CLOEXEC)));
        {
            auto file = compound_file::CompoundFile::create(std::make_unique<compound_file::BorrowedBytes>(*bytes),
                                                            {.version = static_cast<compound_file::Version>(GetParam())})
                            .take();
            const auto box = file->create_storage(compound_file::kRoot, u"box").take();
            const auto big = file->create_stream(box, u"big").take();
            EXPECT_TRUE(file->resize(big, kGigabyte));
            EXPECT_TRUE(file->commit());
        }
        return ComPtr<TestLockBytes>::attach(new TestLockBytes(std::move(bytes)));
    }
    /// Version 3 lists its 16,513 FAT sectors in a chain of 130 sectors, each of which moves with a FAT sector near the end.
    static constexpr std::uint64_t kMostBytes = 32 << 10;
    static ComPtr<IStorage> open_on(ILockBytes* bytes) {
        ComPtr<IStorage> root;
        EXPECT_EQ(StgOpenStorageOnILockBytes(bytes, nullptr, kTransacted, nullptr, 0, root.put()), S_OK);
        return root;
    }
};

TEST_P(CommitCost, OneByteOfAGigabyteInATransactedRoot) {
    const auto bytes = gigabyte();
    auto root = open_on(bytes.get());
    auto box = open_child(root.get(), OLESTR("box"));
    auto big = open_stream(box.get(), OLESTR("big"));
    bytes->allow(UINT64_MAX);
    write_at(big.get(), 0, "x");  // the first change checks the file
    char byte = 0;
    seek(big.get(), kGigabyte / 2 + 12345);  // the first look at a place walks the stream's chain to it
    EXPECT_EQ(big->Read(&byte, 1, nullptr), S_OK);
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    EXPECT_LT(bytes->bytes_written(), kMostBytes);
    bytes->allow(UINT64_MAX);
    const auto read_before = bytes->bytes_read();
    write_at(big.get(), kGigabyte / 2 + 12345, "y");
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    EXPECT_LT(bytes->bytes_written(), kMostBytes);
    EXPECT_LE(bytes->changes(), 40u);
    EXPECT_LT(bytes->bytes_read() - read_before, 1u << 20);
    seek(big.get(), kGigabyte / 2 + 12345);
    EXPECT_EQ(big->Read(&byte, 1, nullptr), S_OK);
    EXPECT_EQ(byte, 'y');
}

TEST_P(CommitCost, OneByteOfAGigabyteThroughANestedTransaction) {
    const auto bytes = gigabyte();
    auto root = open_on(bytes.get());
    auto box = open_child(root.get(), OLESTR("box"), kTransacted);
    auto big = open_stream(box.get(), OLESTR("big"));
    write_at(big.get(), 0, "x");
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    bytes->allow(UINT64_MAX);
    write_at(big.get(), kGigabyte / 2 + 12345, "y");
    EXPECT_EQ(bytes->changes(), 0u);  // so far it is in memory
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    EXPECT_LT(bytes->bytes_written(), kMostBytes);
    EXPECT_LE(bytes->changes(), 40u);
}

INSTANTIATE_TEST_SUITE_P(Versions, CommitCost, testing::Values(3, 4),
                         [](const auto& one) { return "V" + std::to_string(one.param); });

}  // namespace
}  // namespace odc::storage
