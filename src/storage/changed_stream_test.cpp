#include "storage/changed_stream.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "storage/file_tree.h"

namespace odc::storage {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A compound file in memory with one stream.
struct BelowTree {
    compound_file::MemoryBytes bytes;
    std::unique_ptr<compound_file::CompoundFile> file =
        compound_file::CompoundFile::create(std::make_unique<compound_file::BorrowedBytes>(bytes)).take();
    FileTree tree{*file};
    EntryId id = file->create_stream(kRoot, u"s").take();
    ChangedStream::Below below{&tree, id};
};

Bytes noise(std::mt19937& random, std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}
Bytes all_of(ChangedStream& stream, const ChangedStream::Below& below) {
    Bytes bytes(stream.size());
    EXPECT_EQ(stream.read(below, 0, bytes).take(), bytes.size());
    return bytes;
}

TEST(Scratch, MovesIntoAFileWhenItIsMuchAndGivesRoomBack) {
    Scratch scratch;
    std::vector<Scratch::Run> runs;
    const Bytes slot(Scratch::kSlot, 7);
    while (scratch.slots_in_use() * Scratch::kSlot < Scratch::kInMemory) runs.push_back(scratch.take(1).take());
    ASSERT_TRUE(scratch.write(0, slot));
    EXPECT_TRUE(scratch.is_in_memory());
    runs.push_back(scratch.take(3).take());
    EXPECT_FALSE(scratch.is_in_memory());
    Bytes got(Scratch::kSlot);
    ASSERT_TRUE(scratch.read(0, got));
    EXPECT_EQ(got, slot);
    scratch.give_back(runs[5]);
    scratch.give_back(runs[7]);
    scratch.give_back(runs[6]);
    const auto again = scratch.take(10).take();  // what was given back in pieces is one place again
    EXPECT_EQ(again.first, runs[5].first);
    EXPECT_EQ(again.count, 3u);
    for (std::size_t i = 0; i < runs.size(); ++i) scratch.give_back(runs[i]);
    EXPECT_EQ(scratch.slots_in_use(), 0u);
}

TEST(ChangedStream, AgreesWithPlainBytesUnderRandomChanges) {
    std::mt19937 random(11);
    for (int round = 0; round < 20; ++round) {
        BelowTree base;
        Scratch scratch;
        Bytes model = noise(random, random() % 60000);
        ASSERT_TRUE(base.file->write(base.id, 0, model));
        const Bytes untouched = model;
        {
            ChangedStream changed(scratch, model.size());
            for (int i = 0; i < 60; ++i) {
                if (random() % 4 == 0) {
                    const std::size_t size = random() % 70000;
                    ASSERT_TRUE(changed.resize(size));
                    model.resize(size);
                } else {
                    const auto piece = noise(random, random() % 9000 + 1);
                    const std::size_t at = random() % (model.size() + 5000);
                    ASSERT_TRUE(changed.write(base.below, at, piece));
                    if (model.size() < at + piece.size()) model.resize(at + piece.size());
                    std::copy(piece.begin(), piece.end(), model.begin() + static_cast<std::ptrdiff_t>(at));
                }
                ASSERT_EQ(all_of(changed, base.below), model) << round << " " << i;
            }
            Bytes below(untouched.size());
            ASSERT_EQ(base.file->read(base.id, 0, below).take(), below.size());
            ASSERT_EQ(below, untouched);
            ASSERT_TRUE(base.tree.put(base.id, changed));
        }
        Bytes after(model.size() + 1);
        ASSERT_EQ(base.file->read(base.id, 0, after).take(), model.size());
        after.pop_back();
        EXPECT_EQ(after, model);
        EXPECT_EQ(scratch.slots_in_use(), 0u);
    }
}

TEST(ChangedStream, TakesOverTheBlocksOfANewerOne) {
    std::mt19937 random(12);
    for (int round = 0; round < 30; ++round) {
        BelowTree base;
        Scratch scratch;
        Bytes model = noise(random, 30000);
        ASSERT_TRUE(base.file->write(base.id, 0, model));
        ChangedStream older(scratch, model.size());
        const auto change = [&](ChangedStream& stream, const ChangedStream::Below& below) {
            for (int i = 0; i < 6; ++i) {
                if (random() % 3 == 0) {
                    const std::size_t size = random() % 40000;
                    ASSERT_TRUE(stream.resize(size));
                    model.resize(size);
                    continue;
                }
                const auto piece = noise(random, random() % 9000 + 1);
                const std::size_t at = random() % (model.size() + 500);
                ASSERT_TRUE(stream.write(below, at, piece));
                if (model.size() < at + piece.size()) model.resize(at + piece.size());
                std::copy(piece.begin(), piece.end(), model.begin() + static_cast<std::ptrdiff_t>(at));
            }
        };
        change(older, base.below);
        // The newer one lies over a tree that shows the older one: here a file that has its content.
        BelowTree shown;
        ASSERT_TRUE(shown.file->write(shown.id, 0, model));
        ChangedStream newer(scratch, model.size());
        change(newer, shown.below);
        ASSERT_EQ(all_of(newer, shown.below), model);
        ASSERT_TRUE(older.take_over(newer));
        EXPECT_EQ(all_of(older, base.below), model) << round;
    }
}

TEST(ChangedStream, OneChangedByteCostsOneBlock) {
    BelowTree base;
    Scratch scratch;
    ASSERT_TRUE(base.file->resize(base.id, 50 << 20));
    ChangedStream changed(scratch, 50 << 20);
    const std::uint8_t byte = 1;
    ASSERT_TRUE(changed.write(base.below, 30 << 20, {&byte, 1}));
    EXPECT_EQ(scratch.slots_in_use(), 1u);
    std::uint64_t pieces = 0;
    ASSERT_TRUE(changed.for_each_piece([&](std::uint64_t, std::span<const std::uint8_t> bytes) -> Result<> {
        pieces += bytes.size();
        return {};
    }));
    EXPECT_EQ(pieces, 4096u);
}

}  // namespace
}  // namespace odc::storage
