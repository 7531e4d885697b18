#include <gtest/gtest.h>

#include "automation/counted.h"

namespace {

using odc::test::Counted;
using odc::test::TextRecord;
using odc::test::TextRecordInfo;

SAFEARRAY* of(VARTYPE vt, std::initializer_list<SAFEARRAYBOUND> bounds) {
    std::vector<SAFEARRAYBOUND> copy(bounds);
    return SafeArrayCreate(vt, static_cast<UINT>(copy.size()), copy.data());
}

TEST(SafeArray, HasOneToManyDimensions) {
    SAFEARRAY* array = nullptr;
    EXPECT_EQ(SafeArrayAllocDescriptor(0, &array), E_INVALIDARG);
    EXPECT_EQ(SafeArrayAllocDescriptor(65536, &array), E_INVALIDARG);
    EXPECT_EQ(SafeArrayAllocDescriptor(1, nullptr), E_POINTER);
    ASSERT_EQ(SafeArrayAllocDescriptor(65535, &array), S_OK);
    EXPECT_EQ(SafeArrayGetDim(array), 65535u);
    EXPECT_EQ(SafeArrayDestroyDescriptor(array), S_OK);
    EXPECT_EQ(of(VT_I4, {}), nullptr);
    EXPECT_EQ(of(VT_RECORD, {{1, 0}}), nullptr);
    EXPECT_EQ(of(VT_EMPTY, {{1, 0}}), nullptr);
    EXPECT_EQ(of(VT_I4, {{0xFFFFFFFF, 0}, {0xFFFFFFFF, 0}}), nullptr);  // 64 bits are not enough
}

TEST(SafeArray, TheHiddenPrefixTellsTypeOrInterface) {
    SAFEARRAY* array = of(VT_CY, {{2, 0}});
    EXPECT_EQ(array->fFeatures, FADF_HAVEVARTYPE);
    EXPECT_EQ(reinterpret_cast<DWORD*>(array)[-1], DWORD{VT_CY});
    EXPECT_EQ(SafeArrayGetElemsize(array), 8u);
    IID iid{};
    EXPECT_EQ(SafeArrayGetIID(array, &iid), E_INVALIDARG);
    SafeArrayDestroy(array);
    array = of(VT_DISPATCH, {{2, 0}});
    EXPECT_EQ(array->fFeatures, FADF_DISPATCH | FADF_HAVEIID);
    EXPECT_EQ(SafeArrayGetIID(array, &iid), S_OK);
    EXPECT_EQ(iid, IID_IDispatch);
    EXPECT_EQ(*(reinterpret_cast<IID*>(array) - 1), IID_IDispatch);
    VARTYPE vt = 0;
    EXPECT_EQ(SafeArrayGetVartype(array, &vt), S_OK);
    EXPECT_EQ(vt, VT_DISPATCH);
    SafeArrayDestroy(array);
}

TEST(SafeArray, BoundsLieInReverseAndTheFirstIndexVariesFastest) {
    SAFEARRAY* array = of(VT_I4, {{2, 1}, {3, -1}});  // [1..2][-1..1]
    EXPECT_EQ(array->rgsabound[0].cElements, 3u);
    EXPECT_EQ(array->rgsabound[1].cElements, 2u);
    LONG low = 0, high = 0;
    EXPECT_EQ(SafeArrayGetLBound(array, 1, &low), S_OK);
    EXPECT_EQ(SafeArrayGetUBound(array, 1, &high), S_OK);
    EXPECT_EQ(low, 1);
    EXPECT_EQ(high, 2);
    EXPECT_EQ(SafeArrayGetUBound(array, 2, &high), S_OK);
    EXPECT_EQ(high, 1);
    EXPECT_EQ(SafeArrayGetUBound(array, 3, &high), DISP_E_BADINDEX);
    EXPECT_EQ(SafeArrayGetLBound(array, 0, &low), DISP_E_BADINDEX);
    LONG value = 42;
    LONG indices[] = {2, -1};
    EXPECT_EQ(SafeArrayPutElement(array, indices, &value), S_OK);
    EXPECT_EQ(static_cast<LONG*>(array->pvData)[1], 42);
    indices[1] = 1;
    void* at = nullptr;
    EXPECT_EQ(SafeArrayPtrOfIndex(array, indices, &at), S_OK);
    EXPECT_EQ(at, static_cast<LONG*>(array->pvData) + 5);
    for (const LONG bad : {0, 3}) {
        LONG wrong[] = {bad, 0};
        EXPECT_EQ(SafeArrayGetElement(array, wrong, &value), DISP_E_BADINDEX);
    }
    LONG wrong[] = {1, INT32_MIN};
    EXPECT_EQ(SafeArrayPtrOfIndex(array, wrong, &at), DISP_E_BADINDEX);
    SafeArrayDestroy(array);
}

TEST(SafeArray, ElementsAreOwnCopies) {
    SAFEARRAY* array = of(VT_BSTR, {{1, 0}});
    LONG index = 0;
    BSTR text = SysAllocString(u"one"), read = nullptr;
    ASSERT_EQ(SafeArrayPutElement(array, &index, text), S_OK);
    ASSERT_EQ(SafeArrayGetElement(array, &index, &read), S_OK);
    EXPECT_NE(read, text);
    EXPECT_EQ(SysStringLen(read), 3u);
    EXPECT_EQ(SafeArrayPutElement(array, &index, nullptr), S_OK);
    EXPECT_EQ(*static_cast<BSTR*>(array->pvData), nullptr);
    SysFreeString(text);
    SysFreeString(read);
    SafeArrayDestroy(array);
    Counted object;
    array = of(VT_UNKNOWN, {{2, 0}});
    ASSERT_EQ(SafeArrayPutElement(array, &index, &object), S_OK);
    EXPECT_EQ(object.references, 2u);
    SAFEARRAY* copy = nullptr;
    ASSERT_EQ(SafeArrayCopy(array, &copy), S_OK);
    EXPECT_EQ(object.references, 3u);
    SafeArrayDestroy(copy);
    EXPECT_EQ(object.references, 2u);
    SafeArrayDestroy(array);
    EXPECT_EQ(object.references, 1u);
}

TEST(SafeArray, RedimReleasesWhatItCutsOff) {
    Counted object;
    SAFEARRAY* array = of(VT_UNKNOWN, {{3, 0}});
    for (LONG i = 0; i < 3; ++i) SafeArrayPutElement(array, &i, &object);
    EXPECT_EQ(object.references, 4u);
    SAFEARRAYBOUND bound{1, 5};
    EXPECT_EQ(SafeArrayRedim(array, &bound), S_OK);
    EXPECT_EQ(object.references, 2u);
    LONG low = 0;
    SafeArrayGetLBound(array, 1, &low);
    EXPECT_EQ(low, 5);
    bound.cElements = 4;
    EXPECT_EQ(SafeArrayRedim(array, &bound), S_OK);
    EXPECT_EQ(static_cast<IUnknown**>(array->pvData)[0], &object);
    EXPECT_EQ(static_cast<IUnknown**>(array->pvData)[3], nullptr);
    bound.cElements = 0xFFFFFFFF;
    EXPECT_EQ(SafeArrayRedim(array, &bound), E_OUTOFMEMORY);
    EXPECT_EQ(array->rgsabound[0].cElements, 4u);
    SafeArrayLock(array);
    EXPECT_EQ(SafeArrayRedim(array, &bound), DISP_E_ARRAYISLOCKED);
    EXPECT_EQ(SafeArrayDestroy(array), DISP_E_ARRAYISLOCKED);
    EXPECT_EQ(SafeArrayDestroyData(array), DISP_E_ARRAYISLOCKED);
    SafeArrayUnlock(array);
    array->fFeatures |= FADF_FIXEDSIZE;
    EXPECT_EQ(SafeArrayRedim(array, &bound), DISP_E_ARRAYISLOCKED);
    EXPECT_EQ(SafeArrayDestroy(array), S_OK);
    EXPECT_EQ(object.references, 1u);
}

TEST(SafeArray, CopyDataWantsTheSameShape) {
    SAFEARRAY* a = of(VT_I4, {{2, 0}, {3, 0}});
    SAFEARRAY* b = of(VT_I4, {{2, 7}, {3, 9}});  // other bounds, same counts
    SAFEARRAY* c = of(VT_I4, {{3, 0}, {2, 0}});
    SAFEARRAY* d = of(VT_I2, {{2, 0}, {3, 0}});
    static_cast<LONG*>(a->pvData)[5] = 9;
    EXPECT_EQ(SafeArrayCopyData(a, b), S_OK);
    EXPECT_EQ(static_cast<LONG*>(b->pvData)[5], 9);
    EXPECT_EQ(SafeArrayCopyData(a, c), E_INVALIDARG);
    EXPECT_EQ(SafeArrayCopyData(a, d), E_INVALIDARG);
    EXPECT_EQ(SafeArrayCopyData(a, nullptr), E_INVALIDARG);
    for (SAFEARRAY* array : {a, b, c, d}) SafeArrayDestroy(array);
}

TEST(SafeArray, LocksAreCounted) {
    SAFEARRAY* array = of(VT_UI1, {{1, 0}});
    EXPECT_EQ(SafeArrayUnlock(array), E_UNEXPECTED);
    for (int i = 0; i < 0xFFFF; ++i) ASSERT_EQ(SafeArrayLock(array), S_OK);
    EXPECT_EQ(SafeArrayLock(array), E_UNEXPECTED);
    for (int i = 0; i < 0xFFFF; ++i) ASSERT_EQ(SafeArrayUnaccessData(array), S_OK);
    EXPECT_EQ(SafeArrayDestroy(array), S_OK);
}

TEST(SafeArray, RecordsBelongToTheirInformation) {
    TextRecordInfo info;
    SAFEARRAYBOUND bound{2, 0};
    SAFEARRAY* array = SafeArrayCreateEx(VT_RECORD, 1, &bound, &info);
    ASSERT_NE(array, nullptr);
    EXPECT_EQ(array->cbElements, sizeof(TextRecord));
    EXPECT_EQ(info.references, 2u);
    TextRecord record{SysAllocString(u"r"), 3}, read{};
    LONG index = 1;
    ASSERT_EQ(SafeArrayPutElement(array, &index, &record), S_OK);
    ASSERT_EQ(SafeArrayGetElement(array, &index, &read), S_OK);
    EXPECT_EQ(read.number, 3);
    SAFEARRAY* copy = nullptr;
    ASSERT_EQ(SafeArrayCopy(array, &copy), S_OK);
    EXPECT_EQ(info.references, 3u);
    IRecordInfo* found = nullptr;
    EXPECT_EQ(SafeArrayGetRecordInfo(copy, &found), S_OK);
    found->Release();
    info.RecordClear(&record);
    info.RecordClear(&read);
    SafeArrayDestroy(copy);
    SafeArrayDestroy(array);
    EXPECT_EQ(info.references, 1u);
}

TEST(SafeArray, BytesAndTextsTurnIntoEachOther) {
    BSTR text = SysAllocStringByteLen("abc", 3), back = nullptr;
    SAFEARRAY* array = nullptr;
    ASSERT_EQ(VectorFromBstr(text, &array), S_OK);
    EXPECT_EQ(array->rgsabound[0].cElements, 3u);
    ASSERT_EQ(BstrFromVector(array, &back), S_OK);
    EXPECT_EQ(SysStringByteLen(back), 3u);
    SysFreeString(text);
    SysFreeString(back);
    SafeArrayDestroy(array);
}

}  // namespace
