// The test object: counts its instances, so that a test can see when COM lets go of one.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "calc.h"
#include "opendcom/com_ptr.h"

namespace odc::test {

/// What tests derive from whose subject is not the calls: adds, and has nothing else to offer.
template <class... More>
class AddingCalc : public implements<ICalc, More...> {
  public:
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc*, LONG, LONG, LONG*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Throw() override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Child(ICalc**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Thread(LONG*) override { return E_NOTIMPL; }
};

class Calc final : public implements<ICalc2, ICalc, IUnmarshalable> {
  public:
    Calc() { ++alive; }
    ~Calc() override { --alive; }

    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc* helper, LONG a, LONG b, LONG* sum) override {
        return helper ? helper->Add(a, b, sum) : Add(a, b, sum);
    }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Throw() override { throw std::runtime_error("thrown on purpose"); }
    HRESULT STDMETHODCALLTYPE Child(ICalc** child) override {
        *child = static_cast<ICalc2*>(new Calc);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Thread(LONG* thread) override {
        *thread = static_cast<LONG>(::syscall(SYS_gettid));
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Twice(LONG* value) override {
        *value *= 2;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Nothing() override { return S_OK; }

    static inline std::atomic<int> alive{0};
};

}  // namespace odc::test
