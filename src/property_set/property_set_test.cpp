#include "property_set/property_set.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/guid.h"
#include "base/utf16.h"
#include "property_set/value_codec.h"

namespace odc::property_set {
namespace {

using V = Value;

std::vector<std::uint8_t> written(const Value& value, std::uint16_t code_page) {
    ByteWriter out;
    const auto done = write_value(value, code_page, out);
    EXPECT_TRUE(done) << done.error().text();
    return out.take();
}

struct Form {
    const char* name;
    Value value;
    const char* bytes;
    std::uint16_t code_page = kUtf16CodePage;
};

// Each type of MS-OLEPS 2.2, its value and its bytes.
const std::vector<Form>& forms() {
    static const std::vector<Form> all{
        {"empty", {type::kEmpty, {}, {}}, "00 00 00 00"},
        {"null", {type::kNull, {}, {}}, "01 00 00 00"},
        {"i1", {type::kI1, std::int64_t{-2}, {}}, "10 00 00 00  fe 00 00 00"},
        {"i2", {type::kI2, std::int64_t{-2}, {}}, "02 00 00 00  fe ff 00 00"},
        {"i4", V::i4(-2), "03 00 00 00  fe ff ff ff"},
        {"i8", {type::kI8, std::int64_t{-2}, {}}, "14 00 00 00  fe ff ff ff ff ff ff ff"},
        {"int", {type::kInt, std::int64_t{-2}, {}}, "16 00 00 00  fe ff ff ff"},
        {"ui1", {type::kUi1, std::uint64_t{200}, {}}, "11 00 00 00  c8 00 00 00"},
        {"ui2", {type::kUi2, std::uint64_t{60000}, {}}, "12 00 00 00  60 ea 00 00"},
        {"ui4", {type::kUi4, std::uint64_t{0xFFFFFFFE}, {}}, "13 00 00 00  fe ff ff ff"},
        {"ui8", {type::kUi8, ~std::uint64_t{1}, {}}, "15 00 00 00  fe ff ff ff ff ff ff ff"},
        {"uint", {type::kUint, std::uint64_t{7}, {}}, "17 00 00 00  07 00 00 00"},
        {"r4", {type::kR4, 1.5, {}}, "04 00 00 00  00 00 c0 3f"},
        {"r8", {type::kR8, 1.5, {}}, "05 00 00 00  00 00 00 00 00 00 f8 3f"},
        {"date", {type::kDate, 2.0, {}}, "07 00 00 00  00 00 00 00 00 00 00 40"},
        {"cy", {type::kCy, std::int64_t{12345}, {}}, "06 00 00 00  39 30 00 00 00 00 00 00"},
        {"error", {type::kError, std::int64_t{static_cast<std::int32_t>(0x80004005)}, {}}, "0a 00 00 00  05 40 00 80"},
        {"true", V::boolean(true), "0b 00 00 00  ff ff 00 00"},
        {"decimal", {type::kDecimal, Decimal{2, 0x80, 1, 5}, {}}, "0e 00 00 00  00 00 02 80 01 00 00 00 05 00 00 00 00 00 00 00"},
        {"bstr, Unicode", V::text(u"ab", type::kBstr), "08 00 00 00  06 00 00 00  61 00 62 00 00 00  00 00"},
        {"bstr with a NUL", V::text({u"a\0b", 3}, type::kBstr), "08 00 00 00  04 00 00 00  61 00 62 00", 1252},
        {"lpstr, ANSI", V::text(u"J\u00f6", type::kLpstr), "1e 00 00 00  03 00 00 00  4a f6 00  00", 1252},
        {"lpstr, Cyrillic", V::text(u"\u0416", type::kLpstr), "1e 00 00 00  02 00 00 00  c6 00  00 00", 1251},
        {"lpstr, Japanese", V::text(u"\u65e5", type::kLpstr), "1e 00 00 00  03 00 00 00  93 fa 00  00", 932},
        {"lpstr, UTF-8", V::text(u"\u20ac", type::kLpstr), "1e 00 00 00  04 00 00 00  e2 82 ac 00", 65001},
        {"lpwstr", V::text(u"\u0416"), "1f 00 00 00  02 00 00 00  16 04 00 00", 1252},
        {"filetime", V::file_time(0x0102030405060708), "40 00 00 00  08 07 06 05 04 03 02 01"},
        {"blob", {type::kBlob, Bytes{1, 2, 3}, {}}, "41 00 00 00  03 00 00 00  01 02 03  00"},
        {"blob object", {type::kBlobObject, Bytes{}, {}}, "46 00 00 00  00 00 00 00"},
        {"stream", V::text(u"prop6", type::kStream), "42 00 00 00  06 00 00 00  70 72 6f 70 36 00  00 00", 1252},
        {"storage", V::text(u"prop6", type::kStorage), "43 00 00 00  06 00 00 00  70 72 6f 70 36 00  00 00", 1252},
        {"streamed object", V::text(u"prop6", type::kStreamedObject), "44 00 00 00  06 00 00 00  70 72 6f 70 36 00  00 00", 1252},
        {"stored object", V::text(u"prop6", type::kStoredObject), "45 00 00 00  06 00 00 00  70 72 6f 70 36 00  00 00", 1252},
        {"versioned stream",
         {type::kVersionedStream, VersionedStream{kPropertyBag, u"p"}, {}},
         "49 00 00 00  01 18 00 20 e6 5d d1 11 8e 38 00 c0 4f b9 38 6d  02 00 00 00  70 00  00 00",
         1252},
        {"clipboard", {type::kClipboard, Clipboard{-1, {9, 8}}, {}}, "47 00 00 00  06 00 00 00  ff ff ff ff  09 08  00 00"},
        {"clsid", {type::kGuid, kPropertyBag, {}}, "48 00 00 00  01 18 00 20 e6 5d d1 11 8e 38 00 c0 4f b9 38 6d"},
        {"vector of i2", {type::kVector | type::kI2, std::vector<std::int64_t>{1, -1, 2}, {}}, "02 10 00 00  03 00 00 00  01 00 ff ff 02 00  00 00"},
        {"vector of i4", {type::kVector | type::kI4, std::vector<std::int64_t>{1}, {}}, "03 10 00 00  01 00 00 00  01 00 00 00"},
        {"vector of i8", {type::kVector | type::kI8, std::vector<std::int64_t>{1}, {}}, "14 10 00 00  01 00 00 00  01 00 00 00 00 00 00 00"},
        {"vector of bool", {type::kVector | type::kBool, std::vector<std::int64_t>{-1}, {}}, "0b 10 00 00  01 00 00 00  ff ff  00 00"},
        {"vector of error", {type::kVector | type::kError, std::vector<std::int64_t>{1}, {}}, "0a 10 00 00  01 00 00 00  01 00 00 00"},
        {"vector of cy", {type::kVector | type::kCy, std::vector<std::int64_t>{1}, {}}, "06 10 00 00  01 00 00 00  01 00 00 00 00 00 00 00"},
        {"vector of ui1", {type::kVector | type::kUi1, Bytes{1, 2, 3, 4, 5}, {}}, "11 10 00 00  05 00 00 00  01 02 03 04 05  00 00 00"},
        {"vector of i1", {type::kVector | type::kI1, Bytes{0xFF}, {}}, "10 10 00 00  01 00 00 00  ff  00 00 00"},
        {"vector of ui2", {type::kVector | type::kUi2, std::vector<std::uint64_t>{1}, {}}, "12 10 00 00  01 00 00 00  01 00  00 00"},
        {"vector of ui4", {type::kVector | type::kUi4, std::vector<std::uint64_t>{}, {}}, "13 10 00 00  00 00 00 00"},
        {"vector of ui8", {type::kVector | type::kUi8, std::vector<std::uint64_t>{1}, {}}, "15 10 00 00  01 00 00 00  01 00 00 00 00 00 00 00"},
        {"vector of filetime", {type::kVector | type::kFileTime, std::vector<std::uint64_t>{1}, {}}, "40 10 00 00  01 00 00 00  01 00 00 00 00 00 00 00"},
        {"vector of r4", {type::kVector | type::kR4, std::vector<double>{1.5}, {}}, "04 10 00 00  01 00 00 00  00 00 c0 3f"},
        {"vector of r8", {type::kVector | type::kR8, std::vector<double>{1.5}, {}}, "05 10 00 00  01 00 00 00  00 00 00 00 00 00 f8 3f"},
        {"vector of date", {type::kVector | type::kDate, std::vector<double>{1.5}, {}}, "07 10 00 00  01 00 00 00  00 00 00 00 00 00 f8 3f"},
        {"vector of lpstr",
         {type::kVector | type::kLpstr, std::vector<std::u16string>{u"a", u"bcd"}, {}},
         "1e 10 00 00  02 00 00 00  02 00 00 00  61 00  00 00  04 00 00 00  62 63 64 00",
         1252},
        {"vector of bstr",
         {type::kVector | type::kBstr, std::vector<std::u16string>{u"a"}, {}},
         "08 10 00 00  01 00 00 00  04 00 00 00  61 00 00 00"},
        {"vector of lpwstr",
         {type::kVector | type::kLpwstr, std::vector<std::u16string>{u"", u"ab"}, {}},
         "1f 10 00 00  02 00 00 00  01 00 00 00  00 00  00 00  03 00 00 00  61 00 62 00 00 00  00 00"},
        {"vector of clsid", {type::kVector | type::kGuid, std::vector<Guid>{kPropertyBag}, {}}, "48 10 00 00  01 00 00 00  01 18 00 20 e6 5d d1 11 8e 38 00 c0 4f b9 38 6d"},
        {"vector of clipboard", {type::kVector | type::kClipboard, std::vector<Clipboard>{{1, {7}}}, {}}, "47 10 00 00  01 00 00 00  05 00 00 00  01 00 00 00  07  00 00 00"},
        {"vector of variants",
         {type::kVector | type::kVariant, std::vector<Value>{V::i4(1), V::boolean(true), V::text(u"x", type::kLpstr)}, {}},
         "0c 10 00 00  03 00 00 00  03 00 00 00 01 00 00 00  0b 00 00 00 ff ff 00 00  1e 00 00 00 02 00 00 00 78 00 00 00",
         1252},
        {"array of i4, 2 by 1 from 5",
         {type::kArray | type::kI4, std::vector<std::int64_t>{1, 2}, {{2, 0}, {1, 5}}},
         "03 20 00 00  03 00 00 00  02 00 00 00  02 00 00 00 00 00 00 00  01 00 00 00 05 00 00 00  01 00 00 00  02 00 00 00"},
        {"array of i1", {type::kArray | type::kI1, Bytes{1, 2, 3}, {{3, 0}}}, "10 20 00 00  10 00 00 00  01 00 00 00  03 00 00 00 00 00 00 00  01 02 03  00"},
        {"array of decimal", {type::kArray | type::kDecimal, std::vector<Decimal>{{1, 0, 0, 9}}, {{1, 0}}}, "0e 20 00 00  0e 00 00 00  01 00 00 00  01 00 00 00 00 00 00 00  00 00 01 00 00 00 00 00 09 00 00 00 00 00 00 00"},
        {"array of bstr", {type::kArray | type::kBstr, std::vector<std::u16string>{u"a"}, {{1, 0}}}, "08 20 00 00  08 00 00 00  01 00 00 00  01 00 00 00 00 00 00 00  02 00 00 00  61 00  00 00", 1252},
        {"array of variants",
         {type::kArray | type::kVariant, std::vector<Value>{{type::kInt, std::int64_t{4}, {}}}, {{1, 0}}},
         "0c 20 00 00  0c 00 00 00  01 00 00 00  01 00 00 00 00 00 00 00  16 00 00 00 04 00 00 00"},
    };
    return all;
}

TEST(PropertyValue, EveryTypeHasItsBytesInBothDirections) {
    for (const Form& form : forms()) {
        SCOPED_TRACE(form.name);
        const auto bytes = annotated_bytes(form.bytes);
        if (std::string_view(form.name) != "bstr with a NUL") {
            EXPECT_EQ(hex(written(form.value, form.code_page)), hex(bytes));
        }
        const auto parsed = read_value(bytes, form.code_page);
        ASSERT_TRUE(parsed) << parsed.error().text();
        if (std::string_view(form.name) != "bstr with a NUL") {
            EXPECT_TRUE(*parsed == form.value);
        }
        const auto again = written(*parsed, form.code_page);
        EXPECT_TRUE(*read_value(again, form.code_page) == *parsed);
    }
}

TEST(PropertyValue, RefusesEveryTruncation) {
    for (const Form& form : forms()) {
        const auto bytes = annotated_bytes(form.bytes);
        for (std::size_t size = 0; size + 4 <= bytes.size(); ++size) {
            const auto parsed = read_value({bytes.data(), size}, form.code_page);
            if (parsed) {
                EXPECT_FALSE(*parsed == form.value && written(*parsed, form.code_page).size() > (size + 3) / 4 * 4) << form.name << size;
            }
        }
    }
}

TEST(PropertyValue, RefusesLies) {
    for (const char* text : {
             "1e 00 00 00  ff ff ff ff  61 62 63 00",                                      // string past the end
             "03 10 00 00  ff ff ff 3f  01 00 00 00",                                      // 2^30 elements
             "0c 10 00 00  01 00 00 00  0c 10 00 00 01 00 00 00 0c 10 00 00 00 00 00 00",  // vector in a vector
             "03 20 00 00  03 00 00 00  20 00 00 00  01 00 00 00 00 00 00 00",             // 32 dimensions
             "03 20 00 00  03 00 00 00  00 00 00 00",                                      // none
             "03 20 00 00  02 00 00 00  01 00 00 00  00 00 00 00 00 00 00 00",             // another type inside
             "03 20 00 00  03 00 00 00  02 00 00 00  ff ff ff ff 00 00 00 00  ff ff ff ff 00 00 00 00",
             "0c 00 00 00  00 00 00 00",                                                   // a lone variant
             "03 30 00 00  01 00 00 00  01 00 00 00",                                      // vector and array
             "1e 00 00 00  03 00 00 00  61 00 00 00",                                      // odd size in Unicode
             "47 00 00 00  02 00 00 00  00 00 00 00",                                      // clipboard without format
             "03 00 01 00  00 00 00 00",                                                   // padding in use
         })
        EXPECT_EQ(read_value(annotated_bytes(text), kUtf16CodePage).code(), STG_E_INVALIDHEADER) << text;
}

TEST(PropertyValue, TakesVectorsOfStringsWithoutPadding) {
    const auto bytes = annotated_bytes("1e 10 00 00  02 00 00 00  02 00 00 00  61 00  04 00 00 00  62 63 64 00  00 00");
    const auto value = read_value(bytes, 1252);
    ASSERT_TRUE(value) << value.error().text();
    EXPECT_EQ(std::get<std::vector<std::u16string>>(value->data), (std::vector<std::u16string>{u"a", u"bcd"}));
}

const char* const kSummaryExample =  // MS-OLEPS 3.1
    "fe ff 00 00 06 00 02 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 01 00 00 00 e0 85 9f f2 "
    "f9 4f 68 10 ab 91 08 00 2b 27 b3 d9 30 00 00 00 "
    "8c 01 00 00 12 00 00 00 01 00 00 00 98 00 00 00 "
    "02 00 00 00 a0 00 00 00 03 00 00 00 b8 00 00 00 "
    "04 00 00 00 c4 00 00 00 05 00 00 00 d0 00 00 00 "
    "06 00 00 00 dc 00 00 00 07 00 00 00 e8 00 00 00 "
    "08 00 00 00 fc 00 00 00 09 00 00 00 10 01 00 00 "
    "12 00 00 00 1c 01 00 00 0a 00 00 00 3c 01 00 00 "
    "0b 00 00 00 48 01 00 00 0c 00 00 00 54 01 00 00 "
    "0d 00 00 00 60 01 00 00 0e 00 00 00 6c 01 00 00 "
    "0f 00 00 00 74 01 00 00 10 00 00 00 7c 01 00 00 "
    "13 00 00 00 84 01 00 00 02 00 00 00 e4 04 00 00 "
    "1e 00 00 00 0f 00 00 00 4a 6f 65 27 73 20 64 6f "
    "63 75 6d 65 6e 74 00 00 1e 00 00 00 04 00 00 00 "
    "4a 6f 62 00 1e 00 00 00 04 00 00 00 4a 6f 65 00 "
    "1e 00 00 00 04 00 00 00 00 00 00 00 1e 00 00 00 "
    "04 00 00 00 00 00 00 00 1e 00 00 00 0c 00 00 00 "
    "4e 6f 72 6d 61 6c 2e 64 6f 74 6d 00 1e 00 00 00 "
    "0a 00 00 00 43 6f 72 6e 65 6c 69 75 73 00 00 00 "
    "1e 00 00 00 04 00 00 00 36 36 00 00 1e 00 00 00 "
    "18 00 00 00 4d 69 63 72 6f 73 6f 66 74 20 4f 66 "
    "66 69 63 65 20 57 6f 72 64 00 00 00 40 00 00 00 "
    "00 6e d9 a2 42 00 00 00 40 00 00 00 00 16 d0 a1 "
    "4e 8e c6 01 40 00 00 00 00 1c f2 d5 2a ce c6 01 "
    "40 00 00 00 00 3c dc 73 dd 80 c8 01 03 00 00 00 "
    "0e 00 00 00 03 00 00 00 e5 0d 00 00 03 00 00 00 "
    "38 4f 00 00 03 00 00 00 00 00 00 00 ";

const char* const kBagExample =  // MS-OLEPS 3.2.2.1, with the identifier of Behavior that 2.18.4 gives
    "fe ff 01 00 06 00 02 00 53 ff 4b 99 f9 dd ad 42 "
    "a5 6a ff ea 36 17 ac 16 01 00 00 00 01 18 00 20 "
    "e6 5d d1 11 8e 38 00 c0 4f b9 38 6d 30 00 00 00 "
    "dc 01 00 00 0a 00 00 00 01 00 00 00 58 00 00 00 "
    "00 00 00 80 60 00 00 00 03 00 00 80 68 00 00 00 "
    "00 00 00 00 70 00 00 00 04 00 00 00 38 01 00 00 "
    "06 00 00 00 4c 01 00 00 07 00 00 00 70 01 00 00 "
    "0c 00 00 00 7c 01 00 00 27 00 00 00 94 01 00 00 "
    "92 00 00 00 c0 01 00 00 02 00 00 00 b0 04 00 00 "
    "13 00 00 00 00 00 09 08 13 00 00 00 01 00 00 00 "
    "06 00 00 00 04 00 00 00 0e 00 00 00 44 00 69 00 "
    "73 00 70 00 6c 00 61 00 79 00 43 00 6f 00 6c 00 "
    "6f 00 75 00 72 00 00 00 06 00 00 00 09 00 00 00 "
    "4d 00 79 00 53 00 74 00 72 00 65 00 61 00 6d 00 "
    "00 00 00 00 07 00 00 00 0b 00 00 00 50 00 72 00 "
    "69 00 63 00 65 00 28 00 47 00 42 00 50 00 29 00 "
    "00 00 00 00 0c 00 00 00 0a 00 00 00 4d 00 79 00 "
    "53 00 74 00 6f 00 72 00 61 00 67 00 65 00 00 00 "
    "27 00 00 00 0e 00 00 00 43 00 61 00 73 00 65 00 "
    "53 00 65 00 6e 00 73 00 69 00 74 00 69 00 76 00 "
    "65 00 00 00 92 00 00 00 0e 00 00 00 43 00 41 00 "
    "53 00 45 00 53 00 45 00 4e 00 53 00 49 00 54 00 "
    "49 00 56 00 45 00 00 00 08 00 00 00 0a 00 00 00 "
    "47 00 72 00 65 00 79 00 00 00 00 00 49 00 00 00 "
    "ca 84 95 f9 23 ca 0b 47 83 94 22 01 77 90 7a ad "
    "0c 00 00 00 70 00 72 00 6f 00 70 00 36 00 00 00 "
    "06 00 00 00 00 50 14 00 00 00 00 00 45 00 00 00 "
    "0e 00 00 00 70 00 72 00 6f 00 70 00 31 00 32 00 "
    "00 00 00 00 10 20 00 00 10 00 00 00 02 00 00 00 "
    "03 00 00 00 ff ff ff ff 05 00 00 00 00 00 00 00 "
    "03 f8 14 17 12 87 45 29 25 11 33 56 79 a2 9c 00 "
    "0c 10 00 00 02 00 00 00 11 00 00 00 a9 00 00 00 "
    "14 00 00 00 a9 00 76 99 3b 22 10 9c ";

TEST(PropertySet, ReadsTheSpecificationsSummaryInformation) {
    const auto bytes = annotated_bytes(kSummaryExample);
    const auto stream = PropertySetStream::parse(bytes);
    ASSERT_TRUE(stream) << stream.error().text();
    const PropertySet* set = stream->find(kSummaryInformation);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->code_page(), 1252);
    EXPECT_EQ(std::get<std::u16string>(set->find(2)->data), u"Joe's document");
    EXPECT_EQ(std::get<std::u16string>(set->find(4)->data), u"Joe");
    EXPECT_EQ(std::get<std::u16string>(set->find(18)->data), u"Microsoft Office Word");
    EXPECT_EQ(std::get<std::int64_t>(set->find(14)->data), 14);
    EXPECT_EQ(set->ids().size(), 17u);
    const auto again = PropertySetStream::parse(*stream->serialize());
    ASSERT_TRUE(again);
    for (const auto id : set->ids()) EXPECT_TRUE(*again->sets[0].find(id) == *set->find(id)) << id;
}

TEST(PropertySet, ReadsTheSpecificationsPropertyBag) {
    const auto bytes = annotated_bytes(kBagExample);
    const auto stream = PropertySetStream::parse(bytes);
    ASSERT_TRUE(stream) << stream.error().text();
    EXPECT_EQ(stream->version, 1);
    EXPECT_EQ(to_string(stream->class_id), "{994BFF53-DDF9-42AD-A56A-FFEA3617AC16}");
    const PropertySet& set = stream->sets[0];
    EXPECT_TRUE(same(set.format_id(), kPropertyBag));
    EXPECT_EQ(set.locale(), 0x08090000u);
    EXPECT_TRUE(set.case_sensitive());
    EXPECT_EQ(set.id_of(u"DisplayColour"), 4u);
    EXPECT_EQ(std::get<std::u16string>(set.find(4)->data), u"Grey");
    EXPECT_EQ(std::get<VersionedStream>(set.find(6)->data).name, u"prop6");
    EXPECT_EQ(std::get<std::int64_t>(set.find(7)->data), 1331200);
    EXPECT_EQ(set.find(12)->type, type::kStoredObject);
    EXPECT_NE(set.id_of(u"CaseSensitive"), set.id_of(u"CASESENSITIVE"));
    const Value* array = set.find(*set.id_of(u"CaseSensitive"));
    EXPECT_EQ(array->type, type::kArray | type::kI1);
    EXPECT_EQ(array->dimensions.size(), 2u);
    const auto again = PropertySetStream::parse(*stream->serialize());
    ASSERT_TRUE(again) << again.error().text();
    for (const auto id : set.ids()) EXPECT_TRUE(*again->sets[0].find(id) == *set.find(id)) << id;
    EXPECT_EQ(again->sets[0].names(), set.names());
}

TEST(PropertySet, WritesEveryTypeAndReadsItAgain) {
    for (const std::uint16_t code_page : {kUtf16CodePage, std::uint16_t{65001}}) {
        PropertySetStream stream;
        stream.sets.emplace_back(kPropertyBag, code_page);
        PropertySet& set = stream.sets[0];
        PropertyId id = 2;
        for (const Form& form : forms()) {
            ASSERT_TRUE(set.set(id, form.value)) << form.name;
            ASSERT_TRUE(set.set_name(id, to_utf16(form.name)));
            ++id;
        }
        const auto again = PropertySetStream::parse(*stream.serialize());
        ASSERT_TRUE(again) << again.error().text();
        EXPECT_EQ(again->version, 1);
        id = 2;
        for (const Form& form : forms()) {
            EXPECT_TRUE(*again->sets[0].find(id) == form.value) << form.name;
            EXPECT_EQ(again->sets[0].id_of(to_utf16(form.name)), id);
            ++id;
        }
    }
}

TEST(PropertySet, NamesIgnoreCaseUnlessTheSetSaysOtherwise) {
    PropertySet set(kPropertyBag);
    EXPECT_EQ(*set.id_for(u"Price"), 2u);
    EXPECT_EQ(*set.id_for(u"PRICE"), 2u);
    ASSERT_TRUE(set.set_case_sensitive(true));
    EXPECT_EQ(*set.id_for(u"PRICE"), 3u);
    EXPECT_FALSE(set.set_case_sensitive(false));
    EXPECT_TRUE(set.case_sensitive());
    EXPECT_EQ(set.set(kDictionaryId, V::i4(1)).code(), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(set.set(kCodePageId, V::i4(1)).code(), STG_E_INVALIDPARAMETER);
}

TEST(PropertySet, UserDefinedPropertiesShareTheStreamOfDocumentSummary) {
    PropertySetStream stream;
    stream.sets.emplace_back(kDocSummaryInformation, std::uint16_t{1252});
    stream.sets.emplace_back(kUserDefinedProperties, std::uint16_t{1252});
    ASSERT_TRUE(stream.sets[0].set(15, V::text(u"Figure 13", type::kLpstr)));
    const auto id = *stream.sets[1].id_for(u"Reviewer");
    ASSERT_TRUE(stream.sets[1].set(id, V::text(u"me", type::kLpstr)));
    const auto again = PropertySetStream::parse(*stream.serialize());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->version, 0);
    EXPECT_EQ(std::get<std::u16string>(again->find(kUserDefinedProperties)->find(id)->data), u"me");
}

TEST(PropertySet, ChangingTheCodePageWritesStringsAnew) {
    auto stream = *PropertySetStream::parse(annotated_bytes(kSummaryExample));
    ASSERT_TRUE(stream.sets[0].set_code_page(65001));
    const auto again = PropertySetStream::parse(*stream.serialize());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->sets[0].code_page(), 65001);
    EXPECT_EQ(std::get<std::u16string>(again->sets[0].find(2)->data), u"Joe's document");
    EXPECT_EQ(stream.sets[0].set_code_page(4711).code(), STG_E_INVALIDPARAMETER);
}

TEST(PropertySet, RefusesLies) {
    const auto good = annotated_bytes(kSummaryExample);
    const auto bent = [&](std::size_t at, std::vector<std::uint8_t> value) {
        auto bytes = good;
        std::copy(value.begin(), value.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        return PropertySetStream::parse(bytes).code();
    };
    EXPECT_EQ(bent(0, {0xFF}), STG_E_INVALIDHEADER);                       // byte order
    EXPECT_EQ(bent(2, {2}), STG_E_INVALIDHEADER);                          // version
    EXPECT_EQ(bent(24, {3}), STG_E_INVALIDHEADER);                         // three sets
    EXPECT_EQ(bent(44, {0xFF, 0xFF, 0, 0}), STG_E_INVALIDHEADER);          // set outside the stream
    EXPECT_EQ(bent(44, {0, 0, 0, 0}), STG_E_INVALIDHEADER);                // set inside the header
    EXPECT_EQ(bent(0x34, {0xFF, 0xFF, 0xFF, 0xFF}), STG_E_INVALIDHEADER);  // number of properties
    EXPECT_EQ(bent(0x44, {0xF0, 0xFF, 0, 0}), STG_E_INVALIDHEADER);        // property outside the set
    EXPECT_EQ(bent(0x44, {0xB8, 0, 0, 0}), STG_E_INVALIDHEADER);           // two at one place
    EXPECT_EQ(bent(0x44, {0x08, 0, 0, 0}), STG_E_INVALIDHEADER);           // inside its own table
    EXPECT_EQ(bent(0x40, {3, 0, 0, 0}), STG_E_INVALIDHEADER);              // an id twice
    EXPECT_EQ(bent(0xCC, {0x67, 0x12}), STG_E_INVALIDHEADER);              // code page 4711
    EXPECT_EQ(bent(0xCC, {0xB0, 0x04}), STG_E_INVALIDHEADER);              // says Unicode, has odd strings
    auto bag = annotated_bytes(kBagExample);
    bag[0xA0] = bag[0xA1] = bag[0xA2] = bag[0xA3] = 0xFF;                  // dictionary of 2^32 entries
    EXPECT_EQ(PropertySetStream::parse(bag).code(), STG_E_INVALIDHEADER);
}

TEST(PropertySet, SurvivesTruncationAtEveryByte) {
    for (const char* example : {kSummaryExample, kBagExample}) {
        const auto bytes = annotated_bytes(example);
        for (std::size_t size = 0; size + 3 < bytes.size(); ++size)
            EXPECT_EQ(PropertySetStream::parse({bytes.data(), size}).code(), STG_E_INVALIDHEADER) << size;
    }
}

TEST(FormatName, SpellsFormatIdsIn26Letters) {
    EXPECT_EQ(name_of_format(kPropertyBag), u"\x05" u"Bagaaqy23kudbhchAaq5u2chNd");
    EXPECT_EQ(name_of_format(kSummaryInformation), u"\x05SummaryInformation");
    EXPECT_EQ(name_of_format(kUserDefinedProperties), u"\x05" u"DocumentSummaryInformation");
    EXPECT_TRUE(same(*format_of_name(u"\x05" u"dOCUMENTSUMMARYINFORMATION"), kDocSummaryInformation));
    EXPECT_FALSE(format_of_name(u"SummaryInformation"));
    EXPECT_FALSE(format_of_name(u"\x05" u"Bagaaqy23kudbhchAaq5u2ch9d"));
    for (int i = 0; i < 200; ++i) {
        const auto id = new_guid();
        auto name = name_of_format(id);
        EXPECT_EQ(name.size(), 27u);
        EXPECT_TRUE(same(*format_of_name(name), id));
        for (auto& c : name) c = c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 32) : c;
        EXPECT_TRUE(same(*format_of_name(name), id));
    }
}

TEST(FormatName, KnowsTheNamesOfSummaryProperties) {
    EXPECT_EQ(known_property_name(kSummaryInformation, 4), "Author");
    EXPECT_EQ(known_property_id(kSummaryInformation, "title"), 2u);
    EXPECT_EQ(known_property_id(kDocSummaryInformation, "Company"), 15u);
    EXPECT_FALSE(known_property_id(kUserDefinedProperties, "Title"));
}

TEST(CodePage, WhatIsMissingBecomesAQuestionMark) {
    EXPECT_EQ(*encode(u"a\u0416b", 1252), (std::vector<std::uint8_t>{'a', '?', 'b'}));
    EXPECT_EQ(*decode(std::vector<std::uint8_t>{'a', 0x81, 'b'}, 1252), u"a\ufffdb");
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{'a'}, 4711));
}

}  // namespace
}  // namespace odc::property_set
