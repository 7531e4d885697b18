// Readers of an older state, consolidation, and files made over bytes that stay until the first commit.
#include <gtest/gtest.h>

#include <random>

#include "base/utf16.h"
#include "compound_file/compound_file.h"

namespace odc::compound_file {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes noise(unsigned seed, std::size_t size) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}
Bytes all_of(CompoundFile& file, std::u16string_view name) {
    const auto id = file.find(kRoot, name).take();
    if (id == kNoEntry) return {};
    Bytes bytes(file.stat(id).take().size);
    EXPECT_EQ(file.read(id, 0, bytes).take(), bytes.size());
    return bytes;
}
void put(CompoundFile& file, std::u16string_view name, const Bytes& bytes) {
    auto id = file.find(kRoot, name).take();
    if (id == kNoEntry) id = file.create_stream(kRoot, name).take();
    ASSERT_TRUE(file.resize(id, 0));
    ASSERT_TRUE(file.write(id, 0, bytes));
}

class Sharing : public testing::TestWithParam<Version> {
  protected:
    std::unique_ptr<CompoundFile> open(bool writable) {
        return CompoundFile::open(std::make_unique<BorrowedBytes>(bytes_),
                                  {.writable = writable, .count_transactions = true, .cache_bytes = 4096, .others_look = [this] { return look_; }})
            .take();
    }
    void expect_sound() {
        const auto report = check(bytes_);
        for (const auto& finding : report->findings) ADD_FAILURE() << finding.where << ": " << finding.what;
    }
    MemoryBytes bytes_;
    bool look_ = true;
};

TEST_P(Sharing, ReadersKeepTheStateThatTheyOpened) {
    {
        auto first = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_), {.version = GetParam()}).take();
        put(*first, u"a", noise(1, 50000));
        put(*first, u"small", noise(2, 100));
        put(*first, u"gone", noise(3, 90000));
        ASSERT_TRUE(first->commit());
        ASSERT_TRUE(first->remove(kRoot, u"gone"));  // leaves free sectors
        ASSERT_TRUE(first->commit());
    }
    std::vector<std::unique_ptr<CompoundFile>> readers;
    readers.push_back(open(false));
    for (unsigned session = 0; session < 3; ++session) {  // each a writer that knows nothing of the ones before
        auto writer = open(true);
        for (unsigned i = 0; i < 4; ++i) {
            const unsigned seed = 100 + session * 10 + i;
            put(*writer, u"a", noise(seed, 30000 + 7000 * i));
            put(*writer, u"small", noise(seed + 50, 100 + i));
            ASSERT_TRUE(writer->commit());
            readers.push_back(open(false));
        }
        put(*writer, u"a", noise(9, 200000));  // and one that goes without a commit
        ASSERT_TRUE(writer->revert());
    }
    expect_sound();
    EXPECT_EQ(all_of(*readers[0], u"a"), noise(1, 50000));
    EXPECT_EQ(all_of(*readers[0], u"small"), noise(2, 100));
    for (unsigned n = 1; n < readers.size(); ++n) {
        const unsigned i = (n - 1) % 4;
        const unsigned seed = 100 + (n - 1) / 4 * 10 + i;
        EXPECT_EQ(all_of(*readers[n], u"a"), noise(seed, 30000 + 7000 * i)) << n;
        EXPECT_EQ(all_of(*readers[n], u"small"), noise(seed + 50, 100 + i)) << n;
    }
    // When nobody looks any more, the room is used again.
    readers.clear();
    look_ = false;
    auto writer = open(true);
    const auto size = bytes_.bytes().size();
    for (unsigned i = 0; i < 3; ++i) {
        put(*writer, u"a", noise(i, 60000));
        ASSERT_TRUE(writer->commit());
    }
    EXPECT_LE(bytes_.bytes().size(), size);
    expect_sound();
}

TEST_P(Sharing, ARevertCutsOffWhatWasWritten) {
    auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_), {.version = GetParam(), .cache_bytes = 4096}).take();
    put(*file, u"a", noise(1, 5000));
    ASSERT_TRUE(file->commit());
    const auto before = bytes_.bytes();
    put(*file, u"b", noise(2, 500000));
    EXPECT_GT(bytes_.bytes().size(), before.size());
    ASSERT_TRUE(file->revert());
    EXPECT_EQ(bytes_.bytes().size(), before.size());
    EXPECT_EQ(all_of(*file, u"a"), noise(1, 5000));
}

TEST_P(Sharing, ConsolidationLeavesNothingFree) {
    look_ = false;
    auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_), {.version = GetParam()}).take();
    for (unsigned i = 0; i < 60; ++i) put(*file, to_utf16("s" + std::to_string(i)), noise(i, 9000 + 997 * (i % 7)));
    put(*file, u"small", noise(99, 300));
    ASSERT_TRUE(file->commit());
    for (unsigned i = 0; i < 60; ++i)
        if (i % 5 != 4) {
            ASSERT_TRUE(file->remove(kRoot, to_utf16("s" + std::to_string(i))));
        }
    ASSERT_TRUE(file->commit());
    const auto size = bytes_.bytes().size();
    ASSERT_TRUE(file->consolidate());
    EXPECT_LT(bytes_.bytes().size(), size / 2);
    expect_sound();
    EXPECT_LE(check(bytes_)->free_sectors, 4u);
    for (unsigned i = 4; i < 60; i += 5) EXPECT_EQ(all_of(*file, to_utf16("s" + std::to_string(i))), noise(i, 9000 + 997 * (i % 7)));
    file = open(true);
    for (unsigned i = 4; i < 60; i += 5) EXPECT_EQ(all_of(*file, to_utf16("s" + std::to_string(i))), noise(i, 9000 + 997 * (i % 7)));
    EXPECT_EQ(all_of(*file, u"small"), noise(99, 300));
}

TEST_P(Sharing, ConsolidationIsOldOrNewAtEachWrite) {
    const auto make = [&] {
        bytes_.bytes().clear();
        auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_), {.version = GetParam()}).take();
        for (unsigned i = 0; i < 12; ++i) put(*file, to_utf16("s" + std::to_string(i)), noise(i, 9000));
        (void)file->commit();
        for (unsigned i = 0; i < 12; i += 2) (void)file->remove(kRoot, to_utf16("s" + std::to_string(i)));
        (void)file->commit();
    };
    for (std::uint64_t allowed = 0;; ++allowed) {
        make();
        FaultyBytes faulty(bytes_, allowed);
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(faulty), {.writable = true}).take();
        const bool done = static_cast<bool>(file->consolidate());
        file.reset();
        expect_sound();
        auto again = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes_)).take();
        for (unsigned i = 1; i < 12; i += 2) ASSERT_EQ(all_of(*again, to_utf16("s" + std::to_string(i))), noise(i, 9000)) << allowed;
        if (done) break;
    }
}

TEST_P(Sharing, AFileMadeOverOtherBytesLeavesThemUntilItsCommit) {
    for (const std::size_t size : {0u, 100u, 512u, 5000u, 100000u, 3000000u}) {
        const Bytes old = noise(5, size);
        bytes_.bytes() = old;
        auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_), {.version = GetParam(), .keep_bytes = true, .cache_bytes = 4096}).take();
        put(*file, u"CONTENTS", noise(6, size + 1000));
        EXPECT_EQ(Bytes(bytes_.bytes().begin(), bytes_.bytes().begin() + static_cast<std::ptrdiff_t>(size)), old);
        ASSERT_TRUE(file->commit());
        EXPECT_EQ(all_of(*file, u"CONTENTS"), noise(6, size + 1000));
        expect_sound();
        ASSERT_TRUE(file->consolidate());
        expect_sound();
        EXPECT_LE(check(bytes_)->free_sectors, 4u);
        EXPECT_EQ(all_of(*open(false), u"CONTENTS"), noise(6, size + 1000));
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, Sharing, testing::Values(Version::v3, Version::v4),
                         [](const auto& one) { return one.param == Version::v3 ? "V3" : "V4"; });

}  // namespace
}  // namespace odc::compound_file
