// Files that are damaged, or made to make their reader run for ever.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "typelib/cycles.h"
#include "typelib/format.h"
#include "typelib/idl.h"
#include "typelib/reader.h"
#include "typelib/test_library.h"
#include "typelib/writer.h"

namespace odc::typelib {
namespace {

using namespace format;

std::vector<std::uint8_t> everything() { return *serialize(library_of_everything()); }

std::uint32_t get(const std::vector<std::uint8_t>& bytes, std::size_t at) {
    std::uint32_t v;
    std::memcpy(&v, bytes.data() + at, 4);
    return v;
}
void put(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t v) { std::memcpy(bytes.data() + at, &v, 4); }

/// Where a table stands in the file.
std::size_t segment(const std::vector<std::uint8_t>& bytes, Segment s) {
    const std::size_t help_dll = get(bytes, 0x14) & kHasHelpDll ? 4 : 0;
    return get(bytes, kHeaderSize + help_dll + get(bytes, 0x20) * 4 + s * 16);
}

TEST(HostileTypelib, CutOffAnywhereIsRefused) {
    const auto whole = everything();
    ASSERT_TRUE(parse(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = parse({whole.data(), size});
        ASSERT_FALSE(cut) << size;
        EXPECT_EQ(cut.code(), TYPE_E_INVDATAREAD) << size;
    }
}

TEST(HostileTypelib, AnyByteChangedIsReadOrRefused) {
    const auto whole = everything();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const std::uint8_t with : {0x00, 0x7f, 0x80, 0xff}) {
            auto bytes = whole;
            bytes[at] = with;
            const auto library = parse(bytes);
            if (!library) {
                EXPECT_TRUE(library.code() == TYPE_E_INVDATAREAD || library.code() == TYPE_E_UNSUPFORMAT) << at;
            } else {
                (void)to_idl(*library);
                (void)serialize(*library);
            }
        }
    }
}

TEST(HostileTypelib, CustomDataThatLeadBackToThemselvesAreRefused) {
    auto bytes = everything();
    put(bytes, segment(bytes, kCustomLists) + 8, 0);  // the first list's entry is its own successor
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, HashChainsAreNotFollowed) {
    // Readers that look names up by hash can be led in circles; this one goes by offsets alone.
    auto bytes = everything();
    const auto names = segment(bytes, kNames);
    put(bytes, names + 4, 0);
    const auto buckets = segment(bytes, kNameHash);
    for (std::size_t i = 0; i < 128; ++i) put(bytes, buckets + i * 4, 0);
    EXPECT_TRUE(parse(bytes));
}

TEST(HostileTypelib, TypesNestedInThemselvesAreRefused) {
    auto bytes = everything();
    const auto types = segment(bytes, kTypeDescs);
    put(bytes, types, 0x7ffe0000 | kVtPtr);
    put(bytes, types + 4, 0);  // the pointer at 0 points to the type at 0
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
}

TypeInfo alias_of(std::uint32_t index, const char* name) {
    TypeInfo alias;
    alias.kind = TypeKind::alias;
    alias.name = name;
    alias.alias = TypeDesc::of(kVtPtr, TypeDesc::user({index, false}));
    return alias;
}

TEST(HostileTypelib, PointersToNothingAreRefused) {
    Library library;
    library.types = {alias_of(0, "A")};
    library.types[0].alias = TypeDesc::of(kVtPtr, TypeDesc::simple(kVtI4));
    auto bytes = *serialize(library);
    const auto pointee = segment(bytes, kTypeDescs) + 4;
    for (const std::uint32_t alone : {kVtPtr, kVtSafeArray, kVtCArray, kVtUserDefined}) {
        put(bytes, pointee, 0x80000000 | alone);
        EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD) << alone;
    }
    put(bytes, pointee, 0x80000000 | kVtI2);
    EXPECT_TRUE(parse(bytes));
}

/// Points the only description of a written library at another type.
Result<Library> parse_with_reference(const Library& library, std::uint32_t to) {
    auto bytes = *serialize(library);
    put(bytes, segment(bytes, kTypeDescs) + 4, to * kTypeInfoSize);
    return parse(bytes);
}

TEST(HostileTypelib, AnAliasOfItselfIsRefused) {
    Library library;
    TypeInfo target;
    target.kind = TypeKind::enumeration;
    library.types = {target, alias_of(0, "A")};
    EXPECT_TRUE(parse_with_reference(library, 0));
    EXPECT_EQ(parse_with_reference(library, 1).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, AStructureInsideItselfIsRefused) {
    Library library;
    TypeInfo target, outer;
    target.kind = TypeKind::enumeration;
    outer.kind = TypeKind::record;
    Variable field;
    field.type = TypeDesc::user({0, false});
    outer.variables = {field};
    library.types = {target, outer};
    EXPECT_TRUE(parse_with_reference(library, 0));
    EXPECT_EQ(parse_with_reference(library, 1).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, InheritanceInARingIsRefused) {
    Library library;
    TypeInfo base, derived;
    derived.implements = {{{0, false}, 0, {}}};
    library.types = {base, derived};
    auto bytes = *serialize(library);
    ASSERT_TRUE(parse(bytes));
    const auto infos = segment(bytes, kTypeInfos);
    put(bytes, infos + 0x54, kTypeInfoSize);  // the base derives from the derived
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
    put(bytes, infos + 0x54, 0);  // from itself
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, TypesThatShareOneLongListAreRefusedBeforeTheyCostMuch) {
    // n types that all name the same list of n custom data would cost n * n.
    Library library;
    for (std::uint32_t i = 0; i < 3000; ++i) library.custom.push_back({guid_number(i), {kVtI4, i, {}}});
    library.types.resize(3000);
    auto bytes = *serialize(library);
    ASSERT_TRUE(parse(bytes));
    const auto list = get(bytes, 0x40);
    const auto infos = segment(bytes, kTypeInfos);
    for (std::size_t i = 0; i < 3000; ++i) put(bytes, infos + i * kTypeInfoSize + 0x48, list);
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, MoreTypesThanTheFileHoldsAreRefused) {
    auto bytes = everything();
    put(bytes, 0x20, 0x7fffffff);
    EXPECT_EQ(parse(bytes).code(), TYPE_E_INVDATAREAD);
}

TEST(HostileTypelib, AChainOfBasesAsLongAsTheLibraryIsRead) {
    Library library;
    library.types.resize(20000);
    for (std::uint32_t i = 1; i < 20000; ++i) library.types[i].implements = {{{i - 1, false}, 0, {}}};
    EXPECT_TRUE(parse(*serialize(library)));
}

TEST(HostileTypelib, OlderAndOtherFormatsAreNamed) {
    const std::uint8_t sltg[] = {'S', 'L', 'T', 'G', 0, 0, 0, 0};
    EXPECT_EQ(parse(sltg).code(), TYPE_E_UNSUPFORMAT);
    EXPECT_NE(parse(sltg).error().text().find("SLTG"), std::string::npos);
    const std::uint8_t text[] = {'t', 'e', 'x', 't'};
    EXPECT_EQ(parse(text).code(), TYPE_E_UNSUPFORMAT);
    const std::uint8_t program[] = {'M', 'Z', 0, 0};
    EXPECT_EQ(parse(program).code(), TYPE_E_INVDATAREAD);
}

}  // namespace
}  // namespace odc::typelib
