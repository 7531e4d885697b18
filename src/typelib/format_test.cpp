// What bytes each part of a library becomes, and the way back.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "typelib/dump.h"
#include "typelib/format.h"
#include "typelib/reader.h"
#include "typelib/tables.h"
#include "typelib/test_library.h"
#include "typelib/text.h"
#include "typelib/writer.h"

namespace odc::typelib {
namespace {

std::vector<std::uint8_t> ansi(std::string_view text) { return {text.begin(), text.end()}; }

TEST(NameHash, IsThatOfLHashValOfNameSys) {
    // Measured with LHashValOfNameSys: language in the high word.
    EXPECT_EQ(name_hash(ansi("IFoo"), 0x0409), 0x0010316du);
    EXPECT_EQ(name_hash(ansi("IFoo"), 0x0419), 0x00e0316du);
    EXPECT_EQ(name_hash(ansi("IFoo"), 0x0411), 0x00408763u);
    EXPECT_EQ(name_hash(ansi(""), 0x0404), 0x00707015u);
}

TEST(NameHash, DoesNotSeeCase) { EXPECT_EQ(name_hash(ansi("QueryInterface"), 0), name_hash(ansi("QUERYINTERFACE"), 0)); }

TEST(NameTable, HoldsNamesOnceWhateverTheirCase) {
    NameTable table(1252, 0x0409);
    EXPECT_EQ(table.add("ALib", format::kNone, 0), 0u);
    EXPECT_EQ(table.add("IFoo", 0x64, 0x3800), 0x10u);
    EXPECT_EQ(table.add("ifoo", format::kNone, 0), 0x10u);
    EXPECT_EQ(hex(table.data()), hex(annotated_bytes("ff ff ff ff  // of no type\n"
                                                     "ff ff ff ff  // the last with this hash\n"
                                                     "04 00 2a 23  // four characters, no flags, hash 232a\n"
                                                     "41 4c 69 62  // ALib\n"
                                                     "64 00 00 00  // of the second type\n"
                                                     "ff ff ff ff\n"
                                                     "04 38 6d 31  // four characters, the name of a type, hash 316d\n"
                                                     "49 46 6f 6f  // IFoo\n")));
    EXPECT_EQ(table.count(), 2u);
    EXPECT_EQ(table.characters(), 8u);
}

TEST(GuidTable, ChainsByTheExclusiveOrOfTheirWords) {
    GuidTable table;
    const Guid ones{0x11111111, 0x1111, 0x1111, {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11}};
    const Guid twos{0x22222222, 0x2222, 0x2222, {0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22}};
    EXPECT_EQ(table.add(ones, 0xfffffffe), 0u);
    EXPECT_EQ(table.add(twos, 0), 24u);
    EXPECT_EQ(hex(table.data()), hex(annotated_bytes("11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11\n"
                                                     "fe ff ff ff  // the library's own\n"
                                                     "ff ff ff ff  // nothing after it in its chain\n"
                                                     "22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22\n"
                                                     "00 00 00 00  // of the first type\n"
                                                     "00 00 00 00  // the one at 0 has the same hash\n")));
    EXPECT_EQ(format::guid_bucket(Guid{0x00020430, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}), 18u);
}

TEST(StringTable, PadsToFourAndAtLeastEight) {
    StringTable table(1252);
    EXPECT_EQ(table.add("A lib"), 0u);
    EXPECT_EQ(table.add("d"), 8u);
    EXPECT_EQ(table.add(""), format::kNone);
    EXPECT_EQ(table.add("A lib"), 0u);
    EXPECT_EQ(hex(table.data()), hex(annotated_bytes("05 00 41 20 6c 69 62 57  // five characters, A lib, W\n"
                                                     "01 00 64 57 57 57 57 57  // one character, d\n")));
}

struct ValueCase {
    const char* what;
    Value value;
    std::uint32_t place;
    const char* bytes;
};

TEST(ValueTable, KeepsSmallNumbersInPlace) {
    const ValueCase cases[] = {
        {"a long", {kVtI4, 4, {}}, 0x8c000004, ""},
        {"the largest in place", {kVtI4, 0x3ffffff, {}}, 0x8fffffff, ""},
        {"one more", {kVtI4, 0x4000000, {}}, 0, "03 00 00 00 00 04 57 57"},
        {"a negative long", {kVtI4, static_cast<std::uint64_t>(-5), {}}, 0, "03 00 fb ff ff ff 57 57"},
        {"a negative short", {kVtI2, static_cast<std::uint64_t>(-2), {}}, 0x8800fffe, ""},
        {"true", {kVtBool, static_cast<std::uint64_t>(-1), {}}, 0xac00ffff, ""},
        {"a null object", {kVtUnknown, 0, {}}, 0xb4000000, ""},
        {"text", {kVtBstr, 0, "abc"}, 0, "08 00 03 00 00 00 61 62 63 57 57 57"},
        {"empty text", {kVtBstr, 0, ""}, 0, "08 00 00 00 00 00 57 57"},
        {"a double", {kVtR8, 0x4004000000000000, {}}, 0, "05 00 00 00 00 00 00 00 04 40 57 57"},
    };
    for (const auto& c : cases) {
        GuidTable guids;
        ValueTable table(1252, guids);
        EXPECT_EQ(table.add(c.value), c.place) << c.what;
        EXPECT_EQ(hex(table.values()), hex(annotated_bytes(c.bytes))) << c.what;
        EXPECT_FALSE(table.failed()) << c.what;
    }
}

TEST(ValueTable, RefusesWhatHasNoForm) {
    GuidTable guids;
    ValueTable table(1252, guids);
    (void)table.add({kVtIntPtr, 1, {}});
    EXPECT_TRUE(table.failed());
}

TEST(TypeTable, SaysWhatIsAtTheBottomOfPointers) {
    TypeTable table;
    EXPECT_EQ(table.add(TypeDesc::simple(kVtBstr)), 0x80080008u);
    EXPECT_EQ(table.add(TypeDesc::simple(kVtVoid)), 0x80000018u);
    EXPECT_EQ(table.add(TypeDesc::simple(kVtInt)), 0x80030016u);
    EXPECT_EQ(table.add(TypeDesc::of(kVtPtr, TypeDesc::simple(kVtBstr))), 0u);
    EXPECT_EQ(table.add(TypeDesc::of(kVtPtr, TypeDesc::of(kVtPtr, TypeDesc::simple(kVtBstr)))), 8u);
    EXPECT_EQ(table.add(TypeDesc::of(kVtPtr, TypeDesc::user({2, false}))), 24u);
    EXPECT_EQ(table.add(TypeDesc::of(kVtSafeArray, TypeDesc::simple(kVtVariant))), 32u);
    EXPECT_EQ(hex(table.types()), hex(annotated_bytes("1a 00 08 40 08 00 08 80  // pointer to BSTR\n"
                                                      "1a 00 fe 7f 00 00 00 00  // pointer to the type at 0\n"
                                                      "1d 00 ff 7f c8 00 00 00  // the third type of the library\n"
                                                      "1a 00 ff 7f 10 00 00 00  // pointer to the type at 16\n"
                                                      "1b 00 0c 20 0c 00 0c 80  // SAFEARRAY of VARIANT\n")));
}

TEST(TypeTable, ListsTheDimensionsOfArrays) {
    TypeTable table;
    TypeDesc array;
    array.vt = kVtCArray;
    array.bounds = {{2, 0}, {4, 0}};
    array.element = {TypeDesc::simple(kVtI1)};
    EXPECT_EQ(table.add(array), 0u);
    EXPECT_EQ(hex(table.types()), hex(annotated_bytes("1c 00 fe 7f 00 00 00 00  // the array at 0\n")));
    EXPECT_EQ(hex(table.arrays()), hex(annotated_bytes("10 00 10 80  // of I1\n02 00 10 00  // two dimensions, 16 bytes\n"
                                                       "02 00 00 00 00 00 00 00  // two from 0\n04 00 00 00 00 00 00 00  // four from 0\n")));
}

TEST(Typelib, EverythingComesBack) {
    const auto library = library_of_everything();
    const auto bytes = serialize(library);
    ASSERT_TRUE(bytes) << bytes.error().text();
    const auto again = parse(*bytes);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(dump(*again), dump(library));
    EXPECT_EQ(again->types[4].inherited_functions, 7);
    EXPECT_EQ(*serialize(*again), *bytes);
}

TEST(Typelib, EverythingComesBackFor32Bits) {
    auto library = library_of_everything();
    library.system = SysKind::win32;
    const auto again = parse(*serialize(library));
    ASSERT_TRUE(again);
    EXPECT_EQ(dump(*again), dump(library));
}

TEST(Typelib, TextIsInTheCodePageOfItsLanguage) {
    Library library;
    library.name = "L";
    library.text_lcid = library.lcid = 0x0419;
    library.doc.helpstring = "Привет";
    const auto bytes = *serialize(library);
    const std::string cp1251 = "\xcf\xf0\xe8\xe2\xe5\xf2";
    EXPECT_NE(std::string(bytes.begin(), bytes.end()).find(cp1251), std::string::npos);
    EXPECT_EQ(parse(bytes)->doc.helpstring, "Привет");
}

TEST(Typelib, NamesLongerThanTheFormatHoldsAreRefused) {
    Library library;
    library.name = std::string(255, 'x');
    EXPECT_TRUE(serialize(library));
    library.name += 'x';
    EXPECT_EQ(serialize(library).code(), E_INVALIDARG);
}

TEST(Typelib, ReferencesOutOfTheModelAreRefused) {
    Library library;
    TypeInfo alias;
    alias.kind = TypeKind::alias;
    alias.alias = TypeDesc::user({7, false});
    library.types = {alias};
    EXPECT_EQ(serialize(library).code(), E_INVALIDARG);
}

}  // namespace
}  // namespace odc::typelib
