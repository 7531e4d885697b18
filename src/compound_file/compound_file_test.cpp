#include "compound_file/compound_file.h"

#include <gtest/gtest.h>

#include <map>
#include "base/utf16.h"

namespace odc::compound_file {
namespace {

std::u16string numbered(char16_t letter, std::size_t number) {
    std::u16string name(1, letter);
    return name.append(to_utf16(std::to_string(number)));
}

std::vector<std::uint8_t> pattern(std::size_t size, std::uint8_t seed = 1) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(seed + i * 7 + (i >> 8));
    return bytes;
}

std::unique_ptr<CompoundFile> make(ByteStorage& bytes, Version version, Overwrite overwrite = Overwrite::copy) {
    auto file = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes), {.version = version, .overwrite = overwrite});
    EXPECT_TRUE(file) << file.error().text();
    return file.take();
}

Result<std::unique_ptr<CompoundFile>> reopen(ByteStorage& bytes, bool writable = false) {
    return CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = writable});
}

std::vector<std::uint8_t> content(CompoundFile& file, EntryId id) {
    std::vector<std::uint8_t> bytes(file.stat(id)->size);
    const auto got = file.read(id, 0, bytes);
    EXPECT_TRUE(got) << got.error().text();
    EXPECT_EQ(*got, bytes.size());
    return bytes;
}

std::string complaints(ByteStorage& bytes) {
    const auto report = check(bytes);
    if (!report) return report.error().text();
    std::string text;
    for (const Finding& finding : report->findings) text += finding.where + ": " + finding.what + "\n";
    return text;
}

class BothVersions : public testing::TestWithParam<Version> {};
INSTANTIATE_TEST_SUITE_P(CompoundFile, BothVersions, testing::Values(Version::v3, Version::v4),
                         [](const auto& version) { return version.param == Version::v3 ? "V3" : "V4"; });

TEST_P(BothVersions, EmptyFileHasThreeSectorsAndNoFaults) {
    MemoryBytes bytes;
    make(bytes, GetParam());
    EXPECT_EQ(bytes.bytes().size(), 3u << sector_shift(GetParam()));
    EXPECT_EQ(complaints(bytes), "");
}

TEST_P(BothVersions, StreamsOfEverySizeComeBack) {
    MemoryBytes bytes;
    std::vector<std::size_t> sizes{0, 1, 63, 64, 65, 511, 512, 4095, 4096, 4097, 8192, 70000, 1 << 20};
    {
        auto file = make(bytes, GetParam());
        for (const auto size : sizes) {
            const auto id = file->create_stream(kRoot, numbered(u's', size));
            ASSERT_TRUE(id);
            ASSERT_TRUE(file->write(*id, 0, pattern(size)));
        }
        ASSERT_TRUE(file->commit());
    }
    EXPECT_EQ(complaints(bytes), "");
    auto file = reopen(bytes).take();
    for (const auto size : sizes) {
        const auto id = *file->find(kRoot, numbered(u'S', size));
        ASSERT_NE(id, kNoEntry) << size;
        EXPECT_EQ(content(*file, id), pattern(size)) << size;
    }
}

TEST_P(BothVersions, UncommittedChangesAreNotInTheFile) {
    MemoryBytes bytes;
    auto file = make(bytes, GetParam());
    const auto id = *file->create_stream(kRoot, u"a");
    ASSERT_TRUE(file->write(id, 0, pattern(100000)));
    ASSERT_TRUE(file->commit());
    ASSERT_TRUE(file->write(id, 5, pattern(9000, 77)));
    ASSERT_TRUE(file->create_storage(kRoot, u"new"));
    EXPECT_EQ(content(*reopen(bytes).take(), id), pattern(100000));
    ASSERT_TRUE(file->revert());
    EXPECT_EQ(content(*file, id), pattern(100000));
    EXPECT_EQ(*file->find(kRoot, u"new"), kNoEntry);
}

TEST_P(BothVersions, RemovedSpaceIsUsedAgainAndGivenBack) {
    MemoryBytes bytes;
    auto file = make(bytes, GetParam());
    const auto empty = bytes.bytes().size();
    for (int round = 0; round < 20; ++round) {
        const auto storage = *file->create_storage(kRoot, u"box");
        for (int i = 0; i < 10; ++i) {
            const auto id = *file->create_stream(storage, numbered(u's', static_cast<std::size_t>(i)));
            ASSERT_TRUE(file->write(id, 0, pattern(i % 2 ? 700 : 300000)));
        }
        ASSERT_TRUE(file->commit());
        EXPECT_LT(bytes.bytes().size(), 2'000'000u);
        ASSERT_TRUE(file->remove(kRoot, u"box"));
        ASSERT_TRUE(file->commit());
    }
    EXPECT_LE(bytes.bytes().size(), 4 * empty);
    EXPECT_EQ(complaints(bytes), "");
}

TEST_P(BothVersions, GapsReadAsZeros) {
    MemoryBytes bytes;
    auto file = make(bytes, GetParam());
    const auto junk = *file->create_stream(kRoot, u"junk");
    ASSERT_TRUE(file->write(junk, 0, pattern(200000)));
    ASSERT_TRUE(file->commit());
    ASSERT_TRUE(file->remove(kRoot, u"junk"));
    ASSERT_TRUE(file->commit());
    const auto id = *file->create_stream(kRoot, u"a");
    std::vector<std::uint8_t> model;
    const auto put = [&](std::size_t offset, std::size_t size) {
        const auto data = pattern(size, 9);
        if (model.size() < offset + size) model.resize(offset + size);
        std::copy(data.begin(), data.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
        ASSERT_TRUE(file->write(id, offset, data));
        EXPECT_EQ(content(*file, id), model);
    };
    put(100, 10);
    put(3000, 50);
    put(20000, 3000);
    put(90001, 7);
    model.resize(4100);
    ASSERT_TRUE(file->resize(id, 4100));
    put(60000, 1);
    model.resize(50);
    ASSERT_TRUE(file->resize(id, 50));
    model.resize(100000);
    ASSERT_TRUE(file->resize(id, 100000));
    EXPECT_EQ(content(*file, id), model);
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(content(*reopen(bytes).take(), id), model);
    EXPECT_EQ(complaints(bytes), "");
}

TEST(CompoundFile, NamesIgnoreCaseAndSortByLengthFirst) {
    MemoryBytes bytes;
    auto file = make(bytes, Version::v3);
    for (const auto* name : {u"zz", u"B", u"äA", u"longer", u"a"}) ASSERT_TRUE(file->create_stream(kRoot, name));
    EXPECT_EQ(file->create_stream(kRoot, u"ÄA").code(), STG_E_FILEALREADYEXISTS);
    std::vector<std::u16string> names;
    for (const auto id : file->children(kRoot).take()) names.emplace_back(file->stat(id)->name());
    EXPECT_EQ(names, (std::vector<std::u16string>{u"a", u"B", u"zz", u"äA", u"longer"}));
    EXPECT_EQ(file->create_stream(kRoot, u"a/b").code(), STG_E_INVALIDNAME);
    EXPECT_EQ(file->create_stream(kRoot, u"").code(), STG_E_INVALIDNAME);
    EXPECT_EQ(file->create_stream(kRoot, std::u16string(32, u'x')).code(), STG_E_INVALIDNAME);
    EXPECT_TRUE(file->create_stream(kRoot, std::u16string(31, u'x')));
}

TEST(CompoundFile, RenameAndMoveKeepTheId) {
    MemoryBytes bytes;
    auto file = make(bytes, Version::v4);
    const auto a = *file->create_storage(kRoot, u"a", 5);
    const auto b = *file->create_storage(a, u"b");
    const auto s = *file->create_stream(a, u"s");
    ASSERT_TRUE(file->write(s, 0, pattern(10)));
    ASSERT_TRUE(file->rename(a, u"s", u"S"));
    EXPECT_EQ(file->stat(s)->name(), u"S");
    EXPECT_EQ(file->rename(a, u"S", u"B").code(), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(file->move(kRoot, u"a", b, u"c").code(), STG_E_ACCESSDENIED);
    ASSERT_TRUE(file->move(a, u"s", b, u"t"));
    EXPECT_EQ(*file->find(b, u"t"), s);
    EXPECT_EQ(*file->find(a, u"s"), kNoEntry);
    EXPECT_EQ(content(*file, s), pattern(10));
}

TEST(CompoundFile, ReadOnlyRefusesChanges) {
    MemoryBytes bytes;
    make(bytes, Version::v3);
    auto file = reopen(bytes).take();
    EXPECT_EQ(file->create_stream(kRoot, u"a").code(), STG_E_ACCESSDENIED);
    EXPECT_EQ(file->set_class_id(kRoot, Guid{}).code(), STG_E_ACCESSDENIED);
}

// Kills the process (the byte storage) at each write of a transaction: the file is the old or the new one.
TEST_P(BothVersions, KilledAtAnyWriteTheFileIsOldOrNew) {
    const auto build = [&](ByteStorage& bytes) {
        auto file = make(bytes, GetParam());
        for (int i = 0; i < 30; ++i) {
            const auto id = *file->create_stream(kRoot, numbered(u's', static_cast<std::size_t>(i)));
            EXPECT_TRUE(file->write(id, 0, pattern(i % 3 ? 1000 : 40000, static_cast<std::uint8_t>(i))));
        }
        EXPECT_TRUE(file->commit());
    };
    const auto transaction = [](CompoundFile& file) -> Result<> {
        const auto named = [&](std::u16string_view name) { return file.find(kRoot, name); };
        const auto s0 = ODC_TRY(named(u"s0"));
        const auto s2 = ODC_TRY(named(u"s2"));
        const auto s6 = ODC_TRY(named(u"s6"));
        ODC_TRY(file.write(s0, 20000, pattern(5000, 200)));
        ODC_TRY(file.remove(kRoot, u"s1"));
        ODC_TRY(file.remove(kRoot, u"s3"));
        ODC_TRY(file.resize(s2, 100000));
        ODC_TRY(file.resize(s6, 100));
        const auto box = ODC_TRY(file.create_storage(kRoot, u"box"));
        const auto fresh = ODC_TRY(file.create_stream(box, u"new"));
        ODC_TRY(file.write(fresh, 0, pattern(30000, 90)));
        ODC_TRY(file.commit());
        return file.revert();
    };
    const auto snapshot = [](ByteStorage& bytes) {
        auto file = reopen(bytes);
        EXPECT_TRUE(file) << file.error().text();
        std::map<std::string, std::vector<std::uint8_t>> all;
        std::vector<std::pair<EntryId, std::string>> storages{{kRoot, ""}};
        for (std::size_t i = 0; file && i < storages.size(); ++i)
            for (const auto id : (*file)->children(storages[i].first).take()) {
                const auto entry = *(*file)->stat(id);
                const auto path = storages[i].second + "/" + to_utf8(entry.name());
                if (entry.is_storage()) storages.emplace_back(id, path);
                all[path] = entry.is_stream() ? content(**file, id) : std::vector<std::uint8_t>{};
            }
        return all;
    };
    MemoryBytes original;
    build(original);
    const auto old_state = snapshot(original);
    MemoryBytes changed(original.bytes());
    {
        FaultyBytes counting(changed);
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(counting), {.writable = true, .cache_bytes = 16384}).take();
        ASSERT_TRUE(transaction(*file));
        ASSERT_GT(counting.changes(), 5u);
    }
    const auto new_state = snapshot(changed);
    ASSERT_NE(old_state, new_state);
    bool seen_new = false;
    for (std::uint64_t allowed = 0; !seen_new || allowed < 1000; ++allowed) {
        MemoryBytes bytes(original.bytes());
        FaultyBytes faulty(bytes, allowed);
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(faulty), {.writable = true, .cache_bytes = 16384}).take();
        const bool done = transaction(*file).ok();
        const auto state = snapshot(bytes);
        ASSERT_TRUE(state == old_state || state == new_state) << "killed at write " << allowed;
        ASSERT_TRUE(check(bytes)->sound()) << complaints(bytes);
        seen_new = seen_new || state == new_state;
        ASSERT_TRUE(!seen_new || state == new_state);
        if (done) break;
    }
    EXPECT_TRUE(seen_new);
}

TEST(CompoundFile, CommitOfOneByteWritesLittle) {
    for (const Version version : {Version::v3, Version::v4}) {
        MemoryBytes bytes;
        {
            auto file = make(bytes, version);
            const auto id = *file->create_stream(kRoot, u"big");
            ASSERT_TRUE(file->write(id, 0, pattern(64 << 20)));
            ASSERT_TRUE(file->commit());
        }
        FaultyBytes counting(bytes);
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(counting), {.writable = true}).take();
        const auto id = *file->find(kRoot, u"big");
        for (const std::uint64_t offset : {0u, 100000u, 30u << 20, (64u << 20) - 1}) {
            counting.allow(UINT64_MAX);
            ASSERT_TRUE(file->write(id, offset, pattern(1, 5)));
            ASSERT_TRUE(file->commit());
            EXPECT_LT(counting.bytes_written(), 65536u) << offset;
        }
        EXPECT_EQ(complaints(bytes), "");
    }
}

TEST(CompoundFile, VersionThreeEndsAtTwoGigabytes) {
    MemoryBytes bytes;
    auto file = make(bytes, Version::v3);
    const auto id = *file->create_stream(kRoot, u"a");
    EXPECT_EQ(file->resize(id, std::uint64_t{1} << 31).code(), STG_E_DOCFILETOOLARGE);
    ASSERT_TRUE(file->write(id, 0, pattern(5000)));
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(complaints(bytes), "");
}

}  // namespace
}  // namespace odc::compound_file
