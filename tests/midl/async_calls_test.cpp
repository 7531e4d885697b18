// What [async_uuid] makes of an interface: AsyncIFoo with a Begin_ and a Finish_ of each method, implemented here by hand.
#include <gtest/gtest.h>

#include "async_calls.h"

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

TEST(AsyncInterface, HasTheGivenId) {
    EXPECT_EQ(IID_AsyncISlow.Data4[7], 0x07);
    EXPECT_EQ(__uuidof(AsyncISlower).Data4[7], 0x09);
}

}  // namespace
