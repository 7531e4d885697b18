// Behaviours 11, 12, 31, 32: the task allocator and its spy, identifiers as text.
#include "marshaling.h"

namespace odc::test {
namespace {

LPCOLESTR text(const char16_t* characters) { return reinterpret_cast<LPCOLESTR>(characters); }

/// Counts, and hands on what it is given.
class MallocSpy final : public implements<IMallocSpy> {
  public:
    SIZE_T STDMETHODCALLTYPE PreAlloc(SIZE_T bytes) override {
        ++allocated;
        return bytes;
    }
    void* STDMETHODCALLTYPE PostAlloc(void* block) override { return block; }
    void* STDMETHODCALLTYPE PreFree(void* block, BOOL) override {
        ++freed;
        return block;
    }
    void STDMETHODCALLTYPE PostFree(BOOL) override {}
    SIZE_T STDMETHODCALLTYPE PreRealloc(void* block, SIZE_T bytes, void** real, BOOL) override {
        *real = block;
        return bytes;
    }
    void* STDMETHODCALLTYPE PostRealloc(void* block, BOOL) override { return block; }
    void* STDMETHODCALLTYPE PreGetSize(void* block, BOOL) override { return block; }
    SIZE_T STDMETHODCALLTYPE PostGetSize(SIZE_T size, BOOL) override { return size; }
    void* STDMETHODCALLTYPE PreDidAlloc(void* block, BOOL) override { return block; }
    int STDMETHODCALLTYPE PostDidAlloc(void*, BOOL, int answer) override { return answer; }
    void STDMETHODCALLTYPE PreHeapMinimize() override {}
    void STDMETHODCALLTYPE PostHeapMinimize() override {}
    int allocated = 0, freed = 0;
};

TEST(TaskMemory, B11_OneSpyAtATimeSeesAllocations) {
    auto spy = ComPtr<MallocSpy>::attach(new MallocSpy), second = ComPtr<MallocSpy>::attach(new MallocSpy);
    EXPECT_EQ(CoRegisterMallocSpy(nullptr), E_INVALIDARG);
    EXPECT_EQ(CoRevokeMallocSpy(), CO_E_OBJNOTREG);
    EXPECT_EQ(CoRegisterMallocSpy(spy.get()), S_OK);
    EXPECT_EQ(CoRegisterMallocSpy(second.get()), CO_E_OBJISREG);
    CoTaskMemFree(CoTaskMemAlloc(10));
    EXPECT_EQ(CoRevokeMallocSpy(), S_OK);
    CoTaskMemFree(CoTaskMemAlloc(10));
    EXPECT_EQ(spy->allocated, 1);
    EXPECT_EQ(spy->freed, 1);
    EXPECT_EQ(second->allocated, 0);
    EXPECT_EQ(CoRevokeMallocSpy(), CO_E_OBJNOTREG);
}

TEST(TaskMemory, B12_OnlyTheTaskAllocatorIsThere) {
    for (const DWORD context : {DWORD{0}, DWORD{2}, DWORD{3}, DWORD{4}, DWORD{5}, DWORD{MEMCTX_TASK}}) {
        IMalloc* allocator = reinterpret_cast<IMalloc*>(this);
        const bool task = context == MEMCTX_TASK;
        EXPECT_EQ(CoGetMalloc(context, &allocator), task ? S_OK : E_INVALIDARG) << context;
        EXPECT_EQ(allocator != nullptr, task);
    }
    EXPECT_EQ(CoGetMalloc(MEMCTX_TASK, nullptr), E_INVALIDARG);
}

TEST(TaskMemory, B12_NullHasNoSizeAndIsNobodysAndABlockHoldsWhatWasAskedFor) {
    IMalloc* allocator = nullptr;
    ASSERT_EQ(CoGetMalloc(MEMCTX_TASK, &allocator), S_OK);
    EXPECT_EQ(allocator->GetSize(nullptr), ~SIZE_T{0});
    EXPECT_EQ(allocator->DidAlloc(nullptr), -1);
    void* block = allocator->Alloc(100);
    EXPECT_GE(allocator->GetSize(block), 100u);  // the C library's blocks may be larger
    block = allocator->Realloc(block, 200);
    EXPECT_GE(allocator->GetSize(block), 200u);
    allocator->Free(block);
}

TEST(Identifiers, B31_ClassIdsFromText) {
    const CLSID expected = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};
    CLSID clsid = expected;
    EXPECT_EQ(CLSIDFromString(nullptr, &clsid), S_OK);
    EXPECT_EQ(clsid, CLSID_NULL);
    EXPECT_EQ(CLSIDFromString(text(u"{12345678-9abc-DEF0-0102-030405060708}"), &clsid), S_OK);
    EXPECT_EQ(clsid, expected);
    clsid = {};
    EXPECT_EQ(CLSIDFromString(text(u"{12345678-9abc-XEF0-0102-030405060708}"), &clsid), CO_E_CLASSSTRING);
    EXPECT_EQ(clsid.Data1, expected.Data1) << "what was read before the error is stored";
    EXPECT_EQ(clsid.Data2, expected.Data2);
    EXPECT_EQ(CLSIDFromString(text(u"12345678-9abc-def0-0102-030405060708"), &clsid), CO_E_CLASSSTRING) << "tried as a ProgID, and is none";
}

TEST(Identifiers, B31_InterfaceIdsFromText) {
    IID iid{};
    EXPECT_EQ(IIDFromString(text(u"{00000001-0000-0000-C000-000000000046}"), &iid), S_OK);
    EXPECT_EQ(iid, IID_IClassFactory);
    EXPECT_EQ(IIDFromString(text(u"{00000001-0000-0000-C000-00000000004}"), &iid), E_INVALIDARG) << "too short";
    EXPECT_EQ(IIDFromString(text(u"Some.ProgID"), &iid), E_INVALIDARG);
    EXPECT_EQ(IIDFromString(text(u"{00000001-0000-0000-C000-00000000004x}"), &iid), CO_E_IIDSTRING);
    EXPECT_EQ(IIDFromString(nullptr, &iid), S_OK);
    EXPECT_EQ(iid, IID_NULL);
}

TEST(Identifiers, B32_TooSmallABufferGetsNothing) {
    OLECHAR buffer[40];
    buffer[0] = 7;
    EXPECT_EQ(StringFromGUID2(IID_IClassFactory, buffer, 38), 0);
    EXPECT_EQ(buffer[0], 7);
    EXPECT_EQ(StringFromGUID2(IID_IClassFactory, buffer, 39), 39);
    EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(buffer)), u"{00000001-0000-0000-C000-000000000046}");
}

}  // namespace
}  // namespace odc::test
