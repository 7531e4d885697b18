// What tests of asynchronous calls begin with.
#pragma once

#include <gtest/gtest.h>

#include "work_object.h"

namespace odc::test {

/// A call object of `work` for Async, which nobody aggregates.
template <class Async>
ComPtr<Async> create_call(IUnknown* work, HRESULT expected = S_OK) {
    ComPtr<ICallFactory> factory;
    HRESULT hr = work->QueryInterface(IID_ICallFactory, factory.put_void());
    ComPtr<Async> call;
    if (SUCCEEDED(hr)) hr = factory->CreateCall(__uuidof(Async), nullptr, __uuidof(Async), reinterpret_cast<IUnknown**>(call.put_void()));
    EXPECT_EQ(hr, expected);
    return call;
}

}  // namespace odc::test
