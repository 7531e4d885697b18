// What tests of asynchronous calls begin with.
#pragma once

#include <gtest/gtest.h>

#include <fstream>

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

/// A call of Keep with something in each of its arguments, and what came back.
struct Keeping {
    explicit Keeping(IUnknown* object) : call(create_call<AsyncIKeeping>(object)) {}
    HRESULT begin(IWork* helper) {
        note.text = Work::copy(u"note");
        return call->Begin_Keep(helper, 20, 3, reinterpret_cast<LPCOLESTR>(u"text"), &note, 3, numbers);
    }
    HRESULT finish() { return call->Finish_Keep(&note, numbers, &twice, &sum); }
    ~Keeping() {
        CoTaskMemFree(note.text);
        CoTaskMemFree(twice);
    }
    void expect_results() const {
        EXPECT_EQ(sum, 23);
        EXPECT_EQ(numbers[0], 3);
        EXPECT_EQ(numbers[2], 1);
        EXPECT_EQ(note.number, 8);
        EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(note.text)), u"note!");
        EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(twice)), u"texttext");
    }
    ComPtr<AsyncIKeeping> call;
    Note note{7, nullptr};
    LONG numbers[3] = {1, 2, 3};
    OLECHAR* twice = nullptr;
    LONG sum = 0;
};

/// How many threads the process has that `thread` is one of.
inline int threads_of(LONG thread) {
    std::ifstream status("/proc/" + std::to_string(thread) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
    return -1;
}

/// Both halves of Next and Clones of IMoreWork, which have other forms on the wire.
inline void check_call_as_halves(IUnknown* work) {
    const auto call = create_call<AsyncIMoreWork>(work);
    LONG numbers[7] = {};
    ULONG fetched = 0;
    ASSERT_EQ(call->Begin_Next(7), S_OK);
    LONG sum = 0;
    EXPECT_EQ(call->Finish_Add(&sum), E_UNEXPECTED);
    EXPECT_EQ(call->Begin_Clones(nullptr), RPC_S_CALLPENDING) << "and nothing is lost of what Begin_Next kept";
    EXPECT_EQ(call->Finish_Next(numbers, &fetched), S_FALSE);
    EXPECT_EQ(fetched, 5u);
    EXPECT_EQ(numbers[4], 4);
    EXPECT_EQ(call->Finish_Next(numbers, &fetched), RPC_E_CALL_COMPLETE);
    ASSERT_EQ(call->Begin_Next(1), S_OK);
    EXPECT_EQ(call->Finish_Next(numbers, nullptr), S_OK);
    const ULONG n = 2;
    IWork* clones[2] = {};
    ASSERT_EQ(call->Begin_Clones(&n), S_OK);
    ASSERT_EQ(call->Finish_Clones(clones), S_OK);
    for (IWork* clone : clones) {
        EXPECT_EQ(clone->Add(2, 3, &sum), S_OK);
        clone->Release();
    }
    const auto base = create_call<AsyncIWork>(work);
    ASSERT_EQ(base->Begin_Next(3), S_OK);
    EXPECT_EQ(base->Finish_Next(numbers, &fetched), S_OK);
    EXPECT_EQ(fetched, 3u);
}

}  // namespace odc::test
