#include <gtest/gtest.h>

#include "automation/counted.h"

namespace {

using odc::test::Counted;
using odc::test::TextRecord;
using odc::test::TextRecordInfo;

VARIANT of(VARTYPE vt) {
    VARIANT value;
    VariantInit(&value);
    value.vt = vt;
    return value;
}

TEST(Variant, IsTwentyFourBytesAndItsTypeLiesFirst) {
    static_assert(sizeof(VARIANT) == 24);
    static_assert(offsetof(VARIANT, vt) == 0 && offsetof(VARIANT, lVal) == 8 && offsetof(VARIANT, pRecInfo) == 16);
    static_assert(offsetof(VARIANT, decVal) == 0);
}

TEST(Variant, ClearGivesUpWhatItOwns) {
    Counted object;
    VARIANT value = of(VT_UNKNOWN);
    value.punkVal = &object;
    object.AddRef();
    EXPECT_EQ(VariantClear(&value), S_OK);
    EXPECT_EQ(value.vt, VT_EMPTY);
    EXPECT_EQ(object.references, 1u);
    value = of(VT_UNKNOWN | VT_BYREF);
    IUnknown* borrowed = &object;
    value.ppunkVal = &borrowed;
    EXPECT_EQ(VariantClear(&value), S_OK);
    EXPECT_EQ(object.references, 1u);
    EXPECT_EQ(VariantClear(nullptr), E_INVALIDARG);
}

TEST(Variant, TypesThatDoNotExistAreRefused) {
    for (const VARTYPE vt : {VARTYPE{15}, VARTYPE{VT_VECTOR | VT_I4}, VARTYPE{VT_RESERVED | VT_I4}, VARTYPE{0xFFFF}, VARTYPE{VT_ARRAY}}) {
        VARIANT value = of(vt), copy = of(VT_I4);
        EXPECT_EQ(VariantClear(&value), DISP_E_BADVARTYPE) << vt;
        EXPECT_EQ(VariantCopy(&copy, &value), DISP_E_BADVARTYPE) << vt;
        EXPECT_EQ(copy.vt, VT_I4);
    }
}

TEST(Variant, CopiesOwnTheirParts) {
    VARIANT value = of(VT_BSTR), copy = of(VT_EMPTY);
    value.bstrVal = SysAllocStringByteLen("odd", 3);
    ASSERT_EQ(VariantCopy(&copy, &value), S_OK);
    EXPECT_NE(copy.bstrVal, value.bstrVal);
    EXPECT_EQ(SysStringByteLen(copy.bstrVal), 3u);
    EXPECT_EQ(VariantCopy(&value, &value), S_OK);
    VariantClear(&value);
    Counted object;
    value = of(VT_UNKNOWN);
    value.punkVal = &object;
    ASSERT_EQ(VariantCopy(&copy, &value), S_OK);  // frees the text
    EXPECT_EQ(object.references, 2u);
    VariantClear(&copy);
}

TEST(Variant, CopyIndFollowsReferences) {
    LONG number = 7;
    VARIANT inner = of(VT_I4 | VT_BYREF), outer = of(VT_VARIANT | VT_BYREF), copy = of(VT_EMPTY);
    inner.plVal = &number;
    outer.pvarVal = &inner;
    ASSERT_EQ(VariantCopyInd(&copy, &outer), S_OK);
    EXPECT_EQ(copy.vt, VT_I4);
    EXPECT_EQ(copy.lVal, 7);
    DECIMAL decimal{};
    decimal.scale = 2;
    decimal.Lo64 = 1234;
    inner = of(VT_DECIMAL | VT_BYREF);
    inner.pdecVal = &decimal;
    ASSERT_EQ(VariantCopyInd(&copy, &inner), S_OK);
    EXPECT_EQ(copy.vt, VT_DECIMAL);
    EXPECT_EQ(copy.decVal.Lo64, 1234u);
    EXPECT_EQ(copy.decVal.scale, 2);
    outer.pvarVal = &outer;  // a ring
    EXPECT_EQ(VariantCopyInd(&copy, &outer), E_INVALIDARG);
    inner.pdecVal = nullptr;
    EXPECT_EQ(VariantCopyInd(&copy, &inner), E_INVALIDARG);
}

TEST(Variant, RecordsAreCopiedByTheirInformation) {
    TextRecordInfo info;
    VARIANT value = of(VT_RECORD), copy = of(VT_EMPTY);
    value.pRecInfo = &info;
    info.AddRef();
    value.pvRecord = info.RecordCreate();
    *static_cast<TextRecord*>(value.pvRecord) = {SysAllocString(u"x"), 5};
    ASSERT_EQ(VariantCopy(&copy, &value), S_OK);
    EXPECT_NE(copy.pvRecord, value.pvRecord);
    EXPECT_EQ(static_cast<TextRecord*>(copy.pvRecord)->number, 5);
    EXPECT_EQ(info.references, 3u);
    VariantClear(&copy);
    VariantClear(&value);
    EXPECT_EQ(info.references, 1u);
}

TEST(Variant, LockedArraysStay) {
    VARIANT value = of(VT_ARRAY | VT_I4);
    value.parray = SafeArrayCreateVector(VT_I4, 0, 1);
    SafeArrayLock(value.parray);
    EXPECT_EQ(VariantClear(&value), DISP_E_ARRAYISLOCKED);
    EXPECT_EQ(value.vt, VT_ARRAY | VT_I4);
    SafeArrayUnlock(value.parray);
    EXPECT_EQ(VariantClear(&value), S_OK);
}

}  // namespace
