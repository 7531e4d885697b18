// Long DIFATs: what commits write, and that nothing of it can be lost half-way.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "compound_file/compound_file.h"

namespace odc::compound_file {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

/// A version 3 file of 60 MB has 120,000 sectors, 950 FAT sectors and seven DIFAT sectors.
class LongDifat : public testing::Test {
  protected:
    using File = std::unique_ptr<CompoundFile>;

    void SetUp() override {
        auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_)).take();
        const auto id = file->create_stream(kRoot, u"big").take();
        ASSERT_TRUE(file->resize(id, 60 * kMegabyte));
        ASSERT_TRUE(file->commit());
    }
    static File open(ByteStorage& bytes) {
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true, .check_at_once = 0});
        EXPECT_TRUE(file) << file.error().text();
        return file.take();
    }
    static EntryId big(CompoundFile& file) { return file.find(kRoot, u"big").take(); }
    static Result<> put(CompoundFile& file, std::uint64_t offset, std::uint8_t byte) {
        return file.write(big(file), offset, {&byte, 1});
    }
    static int get(CompoundFile& file, std::uint64_t offset) {
        std::uint8_t byte = 0;
        EXPECT_EQ(file.read(big(file), offset, {&byte, 1}).take(), 1u);
        return byte;
    }
    static std::string errors(ByteStorage& bytes) {
        std::string text;
        for (const Finding& finding : check(bytes).take().findings) text += finding.where + ": " + finding.what + "\n";
        return text;
    }
    /// Bytes that a commit of one byte at `offset` writes.
    std::uint64_t cost(CompoundFile& file, FaultyBytes& counted, std::uint64_t offset) {
        counted.allow(UINT64_MAX);
        EXPECT_TRUE(put(file, offset, ++last_));
        EXPECT_TRUE(file.commit());
        EXPECT_EQ(get(file, offset), last_);
        return counted.bytes_written();
    }
    static std::uint32_t header_field(const MemoryBytes& bytes, std::size_t offset) {
        std::uint32_t value;
        std::memcpy(&value, bytes.bytes().data() + offset, 4);
        return value;
    }
    static std::uint32_t difat_sectors(const MemoryBytes& bytes) { return header_field(bytes, 0x48); }
    static std::uint32_t first_difat(const MemoryBytes& bytes) { return header_field(bytes, 0x44); }

    MemoryBytes bytes_;
    std::uint8_t last_ = 0;
};

TEST_F(LongDifat, EachCommitMovesItToItsTwinAndBack) {
    ASSERT_GE(difat_sectors(bytes_), 7u);
    auto file = open(bytes_);
    ASSERT_TRUE(put(*file, 59 * kMegabyte, 1));
    ASSERT_TRUE(file->commit());
    const auto first = first_difat(bytes_);
    for (int i = 1; i < 6; ++i) {
        ASSERT_TRUE(put(*file, 59 * kMegabyte, static_cast<std::uint8_t>(i)));
        ASSERT_TRUE(file->commit());
        EXPECT_EQ(first_difat(bytes_), i % 2 == 1 ? first ^ 1 : first);
        EXPECT_EQ(errors(bytes_), "");
    }
}

TEST_F(LongDifat, ACommitWritesOfItWhatIsDifferent) {
    FaultyBytes counted(bytes_);
    auto file = open(counted);
    cost(*file, counted, 0);
    // The byte, at most six FAT sectors, the DIFAT sectors that list these and those of the commit before, and the header.
    for (int i = 0; i < 4; ++i) EXPECT_LE(cost(*file, counted, 59 * kMegabyte), 14 * 512u);
}

TEST_F(LongDifat, ATwinIsFoundAgainWhenTheFileIsOpened) {
    FaultyBytes counted(bytes_);
    for (int i = 0; i < 3; ++i) {
        auto file = open(counted);
        EXPECT_LE(cost(*file, counted, 59 * kMegabyte + 1), 16 * 512u);
    }
}

TEST_F(LongDifat, WhatAFreeSectorHoldsIsNotBelieved) {
    {
        auto file = open(bytes_);
        ASSERT_TRUE(put(*file, 59 * kMegabyte, 1));
        ASSERT_TRUE(file->commit());
    }
    const std::size_t twin = (std::size_t{first_difat(bytes_) ^ 1} + 1) * 512;
    std::fill_n(bytes_.bytes().begin() + static_cast<std::ptrdiff_t>(twin), 512, std::uint8_t{0xAA});
    auto file = open(bytes_);
    ASSERT_TRUE(put(*file, 59 * kMegabyte, 2));
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(errors(bytes_), "");
    EXPECT_EQ(get(*open(bytes_), 59 * kMegabyte), 2);
}

TEST_F(LongDifat, TwoCommitsThatAreKilledAtEachWriteLeaveTheOldFileOrTheNew) {
    {
        auto file = open(bytes_);
        ASSERT_TRUE(put(*file, 59 * kMegabyte, 1));
        ASSERT_TRUE(file->commit());
    }
    const MemoryBytes start(bytes_.bytes());
    for (std::uint64_t allowed = 0;; ++allowed) {
        MemoryBytes copy(start.bytes());
        int committed = 1;
        {
            FaultyBytes faulty(copy, allowed);
            auto file = open(faulty);
            for (std::uint8_t value = 2; value <= 3; ++value)
                if (put(*file, 59 * kMegabyte, value) && file->commit()) committed = value;
        }
        const int found = get(*open(copy), 59 * kMegabyte);
        EXPECT_TRUE(found == committed || found == committed + 1) << "killed at write " << allowed;
        EXPECT_EQ(errors(copy), "") << "killed at write " << allowed;
        if (committed == 3) break;
        ASSERT_LT(allowed, 200u);
    }
}

TEST_F(LongDifat, GrowsAndShrinksWithTheFile) {
    std::mt19937 random(7);
    auto file = open(bytes_);
    for (int i = 0; i < 60; ++i) {
        const std::uint64_t size = (30 + random() % 90) * kMegabyte + random() % 100000;
        ASSERT_TRUE(file->resize(big(*file), size));
        ASSERT_TRUE(put(*file, size - 1, static_cast<std::uint8_t>(i)));
        const bool reverts = i % 7 == 3;
        ASSERT_TRUE(reverts ? file->revert() : file->commit());
        ASSERT_EQ(errors(bytes_), "") << i;
        if (i % 5 == 4) file = open(bytes_);
        if (!reverts) {
            EXPECT_EQ(get(*file, size - 1), i);
        }
    }
}

TEST_F(LongDifat, ConsolidationKeepsNoPlacesForTwins) {
    auto file = open(bytes_);
    const auto gap = file->create_stream(kRoot, u"gap").take();
    ASSERT_TRUE(file->resize(gap, 20 * kMegabyte));
    ASSERT_TRUE(file->commit());
    ASSERT_TRUE(file->resize(big(*file), 50 * kMegabyte));
    ASSERT_TRUE(file->commit());
    ASSERT_TRUE(file->consolidate());
    EXPECT_EQ(errors(bytes_), "");
    EXPECT_LT(check(bytes_).take().free_sectors, 40u);  // the FAT sectors that the last moves changed left these behind
    // And what comes next works on.
    ASSERT_TRUE(put(*file, 49 * kMegabyte, 9));
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(errors(bytes_), "");
    EXPECT_EQ(get(*file, 49 * kMegabyte), 9);
}

TEST_F(LongDifat, WhileOthersLookAtOlderStatesItMovesToFreshPlaces) {
    auto file =
        CompoundFile::open(std::make_unique<BorrowedBytes>(bytes_), {.writable = true, .others_look = [] { return true; }})
            .take();
    std::vector<MemoryBytes> states;
    for (std::uint8_t i = 1; i < 4; ++i) {
        ASSERT_TRUE(put(*file, 59 * kMegabyte, i));
        ASSERT_TRUE(file->commit());
        EXPECT_EQ(errors(bytes_), "");
        // Whoever opened the file at an earlier commit finds it in today's bytes.
        std::vector<std::uint8_t> header(bytes_.bytes().begin(), bytes_.bytes().begin() + 512);
        states.emplace_back(header);
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        MemoryBytes then(bytes_.bytes());
        ASSERT_TRUE(then.write_at(0, states[i].bytes()));
        EXPECT_EQ(get(*open(then), 59 * kMegabyte), static_cast<int>(i) + 1);
    }
}

}  // namespace
}  // namespace odc::compound_file
