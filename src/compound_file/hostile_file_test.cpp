// Files that were cut, bent or made to hurt (threats 35).
#include <gtest/gtest.h>

#include <cstring>

#include "base/utf16.h"
#include "compound_file/compound_file.h"

namespace odc::compound_file {
namespace {

/// A small file with a storage, a mini stream, three short streams and two long ones.
std::vector<std::uint8_t> sample(Version version = Version::v3) {
    MemoryBytes bytes;
    auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes), {.version = version}).take();
    const auto box = file->create_storage(kRoot, u"box").take();
    for (const auto& [storage, name, size] : {std::tuple{kRoot, u"a", 10u}, {kRoot, u"bb", 300u}, {box, u"c", 700u},
                                              {box, u"long", 9000u}, {kRoot, u"longer", 5000u}}) {
        const auto id = file->create_stream(storage, name).take();
        EXPECT_TRUE(file->write(id, 0, std::vector<std::uint8_t>(size, 0xAB)));
    }
    EXPECT_TRUE(file->commit());
    return bytes.bytes();
}

std::uint32_t get(const std::vector<std::uint8_t>& bytes, std::size_t at) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + at, 4);
    return value;
}
void put(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t value) { std::memcpy(bytes.data() + at, &value, 4); }
std::size_t place(Sector sector) { return (std::size_t{sector} + 1) * 512; }
std::size_t fat_entry(const std::vector<std::uint8_t>& bytes, Sector sector) { return place(get(bytes, 76)) + 4 * sector; }
/// Byte offset of a version 3 file's directory entry.
std::size_t entry_place(const std::vector<std::uint8_t>& bytes, std::uint32_t id) {
    Sector sector = get(bytes, 48);
    for (; id >= 4; id -= 4) sector = get(bytes, fat_entry(bytes, sector));
    return place(sector) + id * 128;
}
std::uint32_t entry_named(const std::vector<std::uint8_t>& bytes, std::u16string_view name) {
    for (std::uint32_t id = 0; id < 8; ++id)
        if (std::memcmp(bytes.data() + entry_place(bytes, id), name.data(), 2 * name.size()) == 0 &&
            bytes[entry_place(bytes, id) + 64] == 2 * (name.size() + 1))
            return id;
    ADD_FAILURE() << "no such entry";
    return 0;
}

HRESULT open_code(const std::vector<std::uint8_t>& file, std::string* text = nullptr) {
    MemoryBytes bytes(file);
    auto opened = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true});
    if (!opened && text) *text = opened.error().text();
    return opened.code();
}

/// Refused at once, and before the first change where the file is opened unchecked; unchanged in both cases.
void expect_corrupt(const std::vector<std::uint8_t>& file) {
    EXPECT_EQ(open_code(file), STG_E_DOCFILECORRUPT);
    MemoryBytes bytes(file);
    EXPECT_FALSE(check(bytes)->sound());
    auto lazy = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true, .check_at_once = 0});
    if (lazy) {
        EXPECT_EQ((*lazy)->create_stream(kRoot, u"x").code(), STG_E_DOCFILECORRUPT);
        EXPECT_TRUE((*lazy)->commit());
    }
    EXPECT_EQ(bytes.bytes(), file);
}

TEST(HostileCompoundFile, TheSampleIsSound) { EXPECT_EQ(open_code(sample()), S_OK); }

TEST(HostileCompoundFile, RefusesTruncationAtEveryByte) {
    for (const Version version : {Version::v3, Version::v4}) {
        const auto whole = sample(version);
        for (std::size_t size = 0; size < whole.size(); size += version == Version::v3 ? 1 : 37) {
            const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const auto code = open_code(cut);
            ASSERT_TRUE(code == STG_E_DOCFILECORRUPT || code == STG_E_INVALIDHEADER) << size;
            MemoryBytes bytes(cut);
            ASSERT_FALSE(CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.check_at_once = 0})) << size;
        }
    }
}

TEST(HostileCompoundFile, RefusesImpossibleHeaders) {
    for (const auto& [at, value] : {std::pair<std::size_t, std::uint8_t>{30, 0}, {30, 31}, {30, 12}, {26, 5}, {28, 0xFF}, {32, 7}, {57, 0x20}}) {
        auto bytes = sample();
        bytes[at] = value;
        expect_corrupt(bytes);
    }
    for (const std::uint32_t count : {0u, 2u, 0xFFFFFFFFu}) {
        auto bytes = sample();
        put(bytes, 44, count);
        expect_corrupt(bytes);
    }
    auto bytes = sample();
    bytes[0] = 0;
    EXPECT_EQ(open_code(bytes), STG_E_INVALIDHEADER);
}

TEST(HostileCompoundFile, RefusesCycleInFat) {
    auto bytes = sample();
    const auto start = get(bytes, entry_place(bytes, entry_named(bytes, u"long")) + 116);
    put(bytes, fat_entry(bytes, start + 3), start);
    expect_corrupt(bytes);
}

TEST(HostileCompoundFile, RefusesCrossLinkedChains) {
    auto bytes = sample();
    const auto other = get(bytes, entry_place(bytes, entry_named(bytes, u"longer")) + 116);
    const auto start = get(bytes, entry_place(bytes, entry_named(bytes, u"long")) + 116);
    put(bytes, fat_entry(bytes, start), other);
    expect_corrupt(bytes);
}

TEST(HostileCompoundFile, RefusesChainsOutsideTheFileShortOrFree) {
    for (const std::uint32_t link : {0x00FFFFFFu, 0xFFFFFFFCu, kEndOfChain, kFreeSector}) {
        auto bytes = sample();
        const auto start = get(bytes, entry_place(bytes, entry_named(bytes, u"long")) + 116);
        put(bytes, fat_entry(bytes, start), link);
        expect_corrupt(bytes);
    }
}

TEST(HostileCompoundFile, RefusesCycleInDirectoryChain) {
    auto bytes = sample();
    put(bytes, fat_entry(bytes, get(bytes, 48)), get(bytes, 48));
    expect_corrupt(bytes);
}

TEST(HostileCompoundFile, RefusesCycleInTree) {
    for (const std::size_t link : {68u, 72u, 76u}) {
        auto bytes = sample();
        const auto box = entry_named(bytes, u"box");
        put(bytes, entry_place(bytes, box) + link, box);
        expect_corrupt(bytes);
        put(bytes, entry_place(bytes, box) + link, 0);
        expect_corrupt(bytes);
        put(bytes, entry_place(bytes, box) + link, 1000);
        expect_corrupt(bytes);
    }
}

TEST(HostileCompoundFile, RefusesCycleInMiniFat) {
    auto bytes = sample();
    const auto start = get(bytes, entry_place(bytes, entry_named(bytes, u"c")) + 116);
    put(bytes, place(get(bytes, 60)) + 4 * (start + 2), start);
    expect_corrupt(bytes);
}

TEST(HostileCompoundFile, RefusesCycleInDifat) {
    MemoryBytes bytes;
    {
        auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes)).take();
        const auto id = file->create_stream(kRoot, u"big").take();
        ASSERT_TRUE(file->resize(id, 20 << 20));
        ASSERT_TRUE(file->commit());
    }
    auto raw = bytes.bytes();
    ASSERT_GE(get(raw, 72), 2u);
    EXPECT_EQ(open_code(raw), S_OK);
    const auto first = get(raw, 68);
    put(raw, place(first) + 508, first);
    expect_corrupt(raw);
    put(raw, 72, 0xFFFFFF);
    expect_corrupt(raw);
}

TEST(HostileCompoundFile, RefusesSizesThatTheFileCannotHold) {
    auto bytes = sample();
    put(bytes, entry_place(bytes, entry_named(bytes, u"long")) + 120, 0x7FFFFFFF);
    expect_corrupt(bytes);
}

TEST(HostileCompoundFile, TakesTheHighHalfOfSizesThatOldWritersLeave) {
    auto bytes = sample();
    put(bytes, entry_place(bytes, entry_named(bytes, u"long")) + 124, 0xDEADBEEF);
    EXPECT_EQ(open_code(bytes), S_OK);
}

TEST(HostileCompoundFile, ReadsAndRepairsTreesOutOfOrder) {
    auto raw = sample();
    // Swap the children of the top: every name is on the wrong side.
    const auto top = get(raw, entry_place(raw, 0) + 76);
    const auto at = entry_place(raw, top);
    const auto left = get(raw, at + 68);
    put(raw, at + 68, get(raw, at + 72));
    put(raw, at + 72, left);
    MemoryBytes bytes(raw);
    EXPECT_TRUE(check(bytes)->sound());
    EXPECT_GT(check(bytes)->notes, 0u);
    for (const std::uint64_t at_once : {0u, 1u << 30}) {
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.check_at_once = at_once}).take();
        for (const auto* name : {u"a", u"bb", u"box", u"longer"}) EXPECT_NE(file->find(kRoot, name).take(), kNoEntry);
        EXPECT_EQ(file->find(kRoot, u"missing").take(), kNoEntry);
    }
    auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true, .check_at_once = 0}).take();
    ASSERT_TRUE(file->create_stream(kRoot, u"new"));
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(check(bytes)->notes, 0u);
}

TEST(HostileCompoundFile, EveryBentByteIsRefusedOrHarmless) {
    const auto good = sample();
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const std::uint8_t value : {0x00, 0x01, 0xFF}) {
            auto raw = good;
            if (raw[at] == value) continue;
            raw[at] = value;
            MemoryBytes bytes(raw);
            auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true});
            if (!file) continue;
            const auto made = (*file)->create_stream(kRoot, u"new stream");
            if (!made) continue;
            ASSERT_TRUE((*file)->write(*made, 0, std::vector<std::uint8_t>(6000))) << at;
            ASSERT_TRUE((*file)->commit()) << at;
            const auto report = check(bytes);
            ASSERT_TRUE(report->sound()) << at << " " << report->first_error()->where << " " << report->first_error()->what;
        }
    }
}

TEST(HostileCompoundFile, CheckReadsTheTablesOnceAndNoStreams) {
    MemoryBytes bytes;
    auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes)).take();
    for (int i = 0; i < 200; ++i) {
        const auto id = file->create_stream(kRoot, to_utf16(std::to_string(i))).take();
        ASSERT_TRUE(file->resize(id, 200 << 10));
    }
    ASSERT_TRUE(file->commit());
    ASSERT_TRUE(check(bytes)->sound());
    FaultyBytes counting(bytes);
    ASSERT_TRUE(check(counting));
    EXPECT_LT(counting.bytes_read(), bytes.bytes().size() / 25);
}

}  // namespace
}  // namespace odc::compound_file
