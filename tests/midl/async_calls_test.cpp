// What [async_uuid] makes of an interface: AsyncIFoo with a Begin_ and a Finish_ of each method, implemented here by hand.
#include <gtest/gtest.h>

#include <type_traits>

#include "async_calls.h"

// Written by hand: what the local form's halves make of the remote form's. The header declares them.
void ISink_Tell_Proxy(ISink*, const OLECHAR*, LONG*) {}
HRESULT ISink_Tell_Stub(ISink*, const OLECHAR*, LONG, LONG*) { return S_OK; }
void AsyncISink_Begin_Tell_Proxy(AsyncISink* This, const OLECHAR* what) { (void)AsyncISink_Begin_RemoteTell_Proxy(This, what, 7); }
void AsyncISink_Finish_Tell_Proxy(AsyncISink* This, LONG* heard) { (void)AsyncISink_Finish_RemoteTell_Proxy(This, heard); }
HRESULT AsyncISink_Begin_Tell_Stub(AsyncISink* This, const OLECHAR* what, LONG) { return This->Begin_Tell(what), S_OK; }
HRESULT AsyncISink_Finish_Tell_Stub(AsyncISink* This, LONG* heard) { return This->Finish_Tell(heard), S_OK; }

namespace {

class Call final : public AsyncISlower {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override { return *object = nullptr, E_NOINTERFACE; }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    HRESULT STDMETHODCALLTYPE Begin_Work(LONG a, LONG* b) override {
        sum_ = a + *b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Finish_Work(LONG* b, hyper* c) override {
        *b = 0;
        *c = sum_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Begin_Rest() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Finish_Rest() override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Begin_Think(const OLECHAR*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Finish_Think(OLECHAR** result) override { return *result = nullptr, S_OK; }

  private:
    LONG sum_ = 0;
};

TEST(AsyncInterface, BeginsAndFinishesEachMethod) {
    Call call;
    AsyncISlow* slow = &call;  // the base's async form is the base
    LONG b = 2;
    hyper c = 0;
    EXPECT_EQ(slow->Begin_Work(1, &b), S_OK);
    EXPECT_EQ(slow->Finish_Work(&b, &c), S_OK);
    EXPECT_EQ(c, 3);
    EXPECT_EQ(slow->Finish_Rest(), S_FALSE);
}

TEST(AsyncInterface, HalvesOfLocalMethodsHaveTheLocalShapeAndThoseOfTheirCallAsFormTheRemoteOne) {
    static_assert(std::is_same_v<decltype(&AsyncISink::Begin_Tell), void (AsyncISink::*)(const OLECHAR*)>);
    static_assert(std::is_same_v<decltype(&AsyncISink::Finish_Tell), void (AsyncISink::*)(LONG*)>);
    static_assert(std::is_same_v<decltype(AsyncISink_Begin_RemoteTell_Proxy), HRESULT(AsyncISink*, const OLECHAR*, LONG)>);
    static_assert(std::is_same_v<decltype(AsyncISink_Finish_RemoteTell_Proxy), HRESULT(AsyncISink*, LONG*)>);
    static_assert(std::is_same_v<decltype(AsyncISink_Begin_Tell_Proxy), void(AsyncISink*, const OLECHAR*)>);
    static_assert(std::is_same_v<decltype(AsyncISink_Finish_Tell_Stub), HRESULT(AsyncISink*, LONG*)>);
    static_assert(sizeof(AsyncISink) == sizeof(void*));
}

TEST(AsyncInterface, HasTheGivenId) {
    EXPECT_EQ(IID_AsyncISlow.Data4[7], 0x07);
    EXPECT_EQ(__uuidof(AsyncISlower).Data4[7], 0x09);
}

}  // namespace
