#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "storage/propvariant_samples.h"

namespace odc::storage {
namespace {

using namespace samples;

/// Behaviour 106, as Wine's ole32 answers for all 65,536 types, and VT_VERSIONED_STREAM.
std::vector<VARTYPE> known_types() {
    std::vector<VARTYPE> known;
    for (const VARTYPE vt : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 30, 31, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73})
        known.push_back(vt);
    for (const VARTYPE vt : {2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 16, 17, 18, 19, 20, 21, 30, 31, 64, 71, 72}) known.push_back(vt | VT_VECTOR);
    for (const VARTYPE vt : {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 22, 23}) known.push_back(vt | VT_ARRAY);
    return known;
}

TEST(PropVariant, ClearAcceptsAnExactSetOfTypes) {
    const auto known = known_types();
    for (unsigned vt = 0; vt <= 0xFFFF; ++vt) {
        PROPVARIANT value{};
        value.vt = static_cast<VARTYPE>(vt);
        value.wReserved1 = 7;
        const bool valid = std::find(known.begin(), known.end(), vt) != known.end();
        ASSERT_EQ(PropVariantClear(&value), valid ? S_OK : STG_E_INVALIDPARAMETER) << vt;
        ASSERT_EQ(value.vt, VT_EMPTY);
        ASSERT_EQ(value.wReserved1, 0);
    }
}

TEST(PropVariant, ClearOfAnUnknownTypeZeroesTypeAndValue) {
    PROPVARIANT value{};
    value.vt = 0x0F0F;
    value.uhVal.QuadPart = 0x1234;
    EXPECT_EQ(PropVariantClear(&value), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(value.vt, VT_EMPTY);
    EXPECT_EQ(value.uhVal.QuadPart, 0u);
    EXPECT_EQ(PropVariantClear(nullptr), S_OK);
}

TEST(PropVariant, CopyAcceptsWhatClearAcceptsAndLeavesTheTargetOtherwise) {
    const auto known = known_types();
    for (unsigned vt = 0; vt <= 0xFFFF; ++vt) {
        const bool valid = std::find(known.begin(), known.end(), vt) != known.end();
        if (valid && vt == VT_CLSID) continue;  // needs one
        PROPVARIANT value{};
        value.vt = static_cast<VARTYPE>(vt);
        PROPVARIANT copy{};
        copy.lVal = 77;
        ASSERT_EQ(PropVariantCopy(&copy, &value), valid ? S_OK : DISP_E_BADVARTYPE) << vt;
        ASSERT_EQ(copy.vt, valid ? vt : 0u);
        if (!valid) {
            ASSERT_EQ(copy.lVal, 77);
        }
    }
}

TEST(PropVariant, CopyIsDeep) {
    for (const Variant& value : simple()) {
        Variant copy;
        ASSERT_EQ(PropVariantCopy(&copy, &value), S_OK) << value.vt;
        EXPECT_TRUE(equal(copy, value)) << value.vt;
        if (value.vt == VT_LPSTR || value.vt == VT_BSTR || value.vt == VT_CLSID || value.vt & VT_ARRAY) {
            EXPECT_NE(copy.pszVal, value.pszVal) << value.vt;
        }
    }
}

TEST(PropVariant, CopyOfABstrStopsAtTheFirstNul) {
    Variant value, copy;
    value.vt = VT_BSTR;
    value.bstrVal = SysAllocStringLen(OLESTR("a\0b"), 3);
    ASSERT_EQ(PropVariantCopy(&copy, &value), S_OK);
    EXPECT_EQ(SysStringLen(copy.bstrVal), 1u);
}

struct Counted final : implements<IUnknown> {
    ULONG count() { return AddRef(), Release(); }
};

TEST(PropVariant, InterfacesAreCountedAndSafeArraysCopied) {
    auto object = ComPtr<Counted>::attach(new Counted);
    {
        Variant value, copy;
        value.vt = VT_UNKNOWN;
        value.punkVal = ComPtr<Counted>(object).detach();
        ASSERT_EQ(PropVariantCopy(&copy, &value), S_OK);
        EXPECT_EQ(object->count(), 3u);
        EXPECT_EQ(copy.punkVal, value.punkVal);
    }
    EXPECT_EQ(object->count(), 1u);
    {
        Variant value, copy;
        value.vt = VT_ARRAY | VT_UNKNOWN;
        value.parray = SafeArrayCreateVector(VT_UNKNOWN, 0, 1);
        LONG index = 0;
        ASSERT_EQ(SafeArrayPutElement(value.parray, &index, object.get()), S_OK);
        ASSERT_EQ(PropVariantCopy(&copy, &value), S_OK);
        EXPECT_NE(copy.parray, value.parray);
        EXPECT_EQ(object->count(), 3u);
    }
    EXPECT_EQ(object->count(), 1u);
}

TEST(PropVariant, FreeingAnArrayFreesAllOfItAlsoBehindAnUnknownType) {
    PROPVARIANT values[3] = {};
    values[0].vt = 0x777;
    values[1].vt = VT_I4;
    values[2].vt = VT_LPSTR;
    values[2].pszVal = narrow("freed");
    EXPECT_EQ(FreePropVariantArray(3, values), STG_E_INVALIDPARAMETER);
    for (const auto& value : values) EXPECT_EQ(value.vt, VT_EMPTY);
    EXPECT_EQ(FreePropVariantArray(2, values), S_OK);
    EXPECT_EQ(FreePropVariantArray(1, nullptr), E_INVALIDARG);
}

TEST(PropVariant, LiesInMemoryAsOnWindows) {
    EXPECT_EQ(sizeof(PROPVARIANT), 24u);
    EXPECT_EQ(offsetof(PROPVARIANT, lVal), 8u);
    EXPECT_EQ(offsetof(PROPVARIANT, decVal), 0u);
    EXPECT_EQ(offsetof(PROPSPEC, propid), 8u);
}

// Conversions ---------------------------------------------------------------------------------------------------------------

std::vector<std::uint8_t> serialized(const PROPVARIANT& value, USHORT code_page, ULONG* indirect = nullptr) {
    ULONG size = 0;
    EXPECT_EQ(StgConvertVariantToProperty(&value, code_page, nullptr, &size, 5, FALSE, indirect), nullptr);
    std::vector<std::uint8_t> bytes(size);
    if (size == 0) return bytes;
    auto* property = reinterpret_cast<SERIALIZEDPROPERTYVALUE*>(bytes.data());
    EXPECT_EQ(StgConvertVariantToProperty(&value, code_page, property, &size, 5, FALSE, indirect), property);
    EXPECT_EQ(size, bytes.size());
    return bytes;
}

TEST(PropertyConversion, EveryTypeThereAndBack) {
    for (const USHORT code_page : {1200, 65001})
        for (const Variant& value : simple()) {
            auto bytes = serialized(value, code_page);
            ASSERT_FALSE(bytes.empty()) << value.vt;
            EXPECT_EQ(bytes.size() % 4, 0u);
            Variant back;
            const auto* property = reinterpret_cast<const SERIALIZEDPROPERTYVALUE*>(bytes.data());
            EXPECT_EQ(StgConvertPropertyToVariant(property, code_page, &back, nullptr), FALSE);
            EXPECT_TRUE(equal(back, value)) << value.vt;
        }
}

TEST(PropertyConversion, WritesTheBytesThatTheSpecificationShows) {
    Variant text;
    text.vt = VT_LPSTR;
    text.pszVal = narrow("Joe");
    EXPECT_EQ(serialized(text, 1252), annotated_bytes("1e 00 00 00  04 00 00 00  4a 6f 65 00"));
    EXPECT_EQ(serialized(text, 1200), annotated_bytes("1e 00 00 00  08 00 00 00  4a 00 6f 00 65 00 00 00"));
    Variant time;
    time.vt = VT_FILETIME;
    time.filetime = {0xA2D96E00, 0x42};
    EXPECT_EQ(serialized(time, 1252), annotated_bytes("40 00 00 00  00 6e d9 a2 42 00 00 00"));
}

TEST(PropertyConversion, TellsTheRoomNeededAndWritesNothingIntoLess) {
    Variant number;
    number.vt = VT_I4;
    ULONG size = 4;
    std::uint8_t small[4] = {0xEE, 0xEE, 0xEE, 0xEE};
    EXPECT_EQ(StgConvertVariantToProperty(&number, 1200, reinterpret_cast<SERIALIZEDPROPERTYVALUE*>(small), &size, 2, FALSE, nullptr), nullptr);
    EXPECT_EQ(size, 8u);
    EXPECT_EQ(small[0], 0xEE);
    number.vt = VT_UNKNOWN;
    EXPECT_TRUE(serialized(number, 1200).empty());
    number.vt = VT_I4;
    EXPECT_TRUE(serialized(number, 4711).empty());
}

TEST(PropertyConversion, StreamsBecomeTheNameOfTheirElement) {
    Variant stream;
    stream.vt = VT_STREAM;
    ULONG indirect = 0;
    auto bytes = serialized(stream, 1200, &indirect);
    EXPECT_EQ(indirect, 1u);
    EXPECT_EQ(bytes, annotated_bytes("42 00 00 00  0c 00 00 00  70 00 72 00 6f 00 70 00 35 00 00 00"));  // prop5
    PROPVARIANT back;
    EXPECT_EQ(StgConvertPropertyToVariant(reinterpret_cast<SERIALIZEDPROPERTYVALUE*>(bytes.data()), 1200, &back, nullptr), TRUE);
    EXPECT_EQ(back.vt, VT_STREAM);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(back.pwszVal)), u"prop5");
    CoTaskMemFree(back.pwszVal);
}

struct Blocks {
    virtual void* Allocate(ULONG size) {
        void* made = ::operator new(size);
        sizes[made] = size;
        return made;
    }
    virtual void Free(void* block) {
        sizes.erase(block);
        ::operator delete(block);
    }
    std::map<void*, ULONG> sizes;
    virtual ~Blocks() = default;
};

TEST(PropertyConversion, TakesMemoryFromTheCallerAndTellsHowMuch) {
    Variant value;
    value.vt = VT_VECTOR | VT_LPWSTR;
    fill<CALPWSTR, LPWSTR>(value.calpwstr, {wide(u"ab"), wide(u"c")});
    auto bytes = serialized(value, 1200);
    const auto* property = reinterpret_cast<const SERIALIZEDPROPERTYVALUE*>(bytes.data());
    Blocks blocks;
    PROPVARIANT back;
    EXPECT_EQ(StgConvertPropertyToVariant(property, 1200, &back, &blocks), FALSE);
    EXPECT_TRUE(equal(back, value));
    ULONG total = 0;
    for (const auto& [block, size] : blocks.sizes) total += size;
    EXPECT_EQ(total, 2 * sizeof(void*) + 6 + 4);
    EXPECT_EQ(StgPropertyLengthAsVariant(property, static_cast<ULONG>(bytes.size()), 1200, 0), total);
    EXPECT_EQ(StgPropertyLengthAsVariant(property, 7, 1200, 0), 0u);
    while (!blocks.sizes.empty()) blocks.Free(blocks.sizes.begin()->first);
}

TEST(PropertyConversion, WhatIsNoValueBecomesIllegal) {
    for (const char* text : {"03 30 00 00  01 00 00 00  01 00 00 00", "0c 10 00 00  01 00 00 00  0c 10 00 00  01 00 00 00", "03 00 01 00  00 00 00 00"}) {
        const auto bytes = annotated_bytes(text);
        PROPVARIANT back;
        EXPECT_EQ(StgConvertPropertyToVariant(reinterpret_cast<const SERIALIZEDPROPERTYVALUE*>(bytes.data()), 1200, &back, nullptr), FALSE);
        EXPECT_EQ(back.vt, VT_ILLEGAL) << text;
    }
}

TEST(PropertyConversion, NarrowTextThatIsNotUtf8IsWindows1252) {
    Variant text;
    text.vt = VT_LPSTR;
    text.pszVal = narrow("Jos\xE9");
    EXPECT_EQ(serialized(text, 1252), annotated_bytes("1e 00 00 00  05 00 00 00  4a 6f 73 e9 00  00 00 00"));
}

TEST(PropertyConversion, RefusesNullPointersWhereDataMustBe) {
    for (const int vt : {int{VT_CLSID}, int{VT_CF}, int{VT_VERSIONED_STREAM}, VT_ARRAY | VT_I4}) {
        PROPVARIANT value{};
        value.vt = static_cast<VARTYPE>(vt);
        EXPECT_TRUE(serialized(value, 1200).empty()) << vt;
    }
    PROPVARIANT vector{};
    vector.vt = VT_VECTOR | VT_I4;
    vector.cal.cElems = 3;
    EXPECT_TRUE(serialized(vector, 1200).empty());
    vector.vt = VT_BLOB;
    vector.blob.cbSize = 3;
    EXPECT_TRUE(serialized(vector, 1200).empty());
    Variant mismatched;
    mismatched.vt = VT_ARRAY | VT_I4;
    mismatched.parray = SafeArrayCreateVector(VT_I2, 0, 3);
    EXPECT_TRUE(serialized(mismatched, 1200).empty());
}

}  // namespace
}  // namespace odc::storage
