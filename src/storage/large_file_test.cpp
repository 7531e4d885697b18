// Files beyond 2 GB and streams beyond 4 GB; holes on disk, so they are quick.
#include "compound_file/check.h"
#include "compound_file/byte_storage.h"
#include "storage/storage_fixture.h"

namespace odc::storage {
namespace {

constexpr std::uint64_t kGigabyte = std::uint64_t{1} << 30;

class LargeFiles : public StorageTest {
  protected:
    ComPtr<IStorage> create_large(DWORD mode, ULONG sector_size = 4096) {
        STGOPTIONS options{1, 0, sector_size, nullptr};
        ComPtr<IStorage> made;
        EXPECT_EQ(StgCreateStorageEx(path(), mode | STGM_CREATE, STGFMT_DOCFILE, 0, &options, nullptr, IID_IStorage, made.put_void()), S_OK);
        return made;
    }
    static std::string read_at(IStream* stream, std::uint64_t at, ULONG size) {
        std::string bytes(size, '?');
        seek(stream, at);
        ULONG got = 0;
        EXPECT_EQ(stream->Read(bytes.data(), size, &got), S_OK);
        bytes.resize(got);
        return bytes;
    }
};

TEST_F(LargeFiles, AStreamOfMoreThanFourGigabytes) {
    {
        auto root = create_large(kFull);
        auto big = stream(root.get(), OLESTR("big"));
        resize(big.get(), 5 * kGigabyte);
        write_at(big.get(), 4 * kGigabyte + 77, "behind 4 GB");
        write_at(big.get(), 2 * kGigabyte - 5000, std::string(10000, 'l'));  // across the range lock sector's place
        write(stream(root.get(), OLESTR("small")).get(), "small");
    }
    EXPECT_GT(fs::file_size(folder_ / "file"), 5 * kGigabyte);
    auto root = open();
    auto big = open_stream(root.get(), OLESTR("big"));
    EXPECT_EQ(size_of(big.get()), 5 * kGigabyte);
    EXPECT_EQ(read_at(big.get(), 4 * kGigabyte + 77, 11), "behind 4 GB");
    EXPECT_EQ(read_at(big.get(), 2 * kGigabyte - 5000, 10000), std::string(10000, 'l'));
    EXPECT_EQ(read_at(big.get(), 5 * kGigabyte - 3, 100), std::string(3, '\0'));
    EXPECT_EQ(read(root.get(), OLESTR("small")), "small");
    const auto file = compound_file::FileBytes::open((folder_ / "file").string(), compound_file::FileBytes::Mode::read).take();
    // Nothing but zeros where other implementations lock bytes.
    std::string locks(256, '?');
    EXPECT_TRUE(file->read_at(compound_file::kRangeLockOffset, {reinterpret_cast<std::uint8_t*>(locks.data()), locks.size()}));
    EXPECT_EQ(locks, std::string(256, '\0'));
    // Back below 2 GB.
    resize(big.get(), 10);
    EXPECT_EQ(root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE), S_OK);
    EXPECT_LT(fs::file_size(folder_ / "file"), 2 * kGigabyte);
}

TEST_F(LargeFiles, ATransactionOverALargeStreamKeepsOnlyWhatChanged) {
    auto root = create_large(kFull | STGM_TRANSACTED);
    {
        auto box = child(root.get(), OLESTR("box"));
        resize(stream(box.get(), OLESTR("big")).get(), 5 * kGigabyte);
    }
    EXPECT_EQ(root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE), S_OK);
    auto box = open_child(root.get(), OLESTR("box"), kFull | STGM_TRANSACTED);
    auto big = open_stream(box.get(), OLESTR("big"));
    write_at(big.get(), 4 * kGigabyte + 1, "changed");
    resize(big.get(), 6 * kGigabyte);
    write_at(big.get(), 6 * kGigabyte - 3, "end");
    EXPECT_EQ(read_at(big.get(), 4 * kGigabyte, 9), std::string("\0changed\0", 9));
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE), S_OK);
    EXPECT_EQ(read_at(big.get(), 4 * kGigabyte, 9), std::string("\0changed\0", 9));
    EXPECT_EQ(read_at(big.get(), 6 * kGigabyte - 4, 9), std::string("\0end", 4));
}

TEST_F(LargeFiles, VersionThreeEndsAtTwoGigabytesAndStaysUsable) {
    auto root = create_large(kFull, 512);
    auto big = stream(root.get(), OLESTR("big"));
    ULARGE_INTEGER size;
    size.QuadPart = 2 * kGigabyte;
    EXPECT_EQ(big->SetSize(size), STG_E_DOCFILETOOLARGE);
    write_at(big.get(), 0, "still there");
    EXPECT_EQ(root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE), S_OK);
    EXPECT_EQ(content(big.get()), "still there");
}

}  // namespace
}  // namespace odc::storage
