// What the tests of marshaling and of proxies share: objects that are watched, packets made and used.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>

#include "calc_object.h"
#include "ole2.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile calc_ProxyFile;

namespace odc::test {

/// Joins an apartment for a scope.
struct Joined {
    explicit Joined(DWORD kind) : hr(CoInitializeEx(nullptr, kind)) {}
    ~Joined() {
        if (SUCCEEDED(hr)) CoUninitialize();
    }
    HRESULT hr;
};

template <class Body>
void on_thread(Body body) {
    std::async(std::launch::async, body).get();
}

/// An object that counts its external connections, and lets a test do something at the moments when COM calls it.
class Watching final : public implements<ICalc, IExternalConnection> {
  public:
    ~Watching() override {
        if (on_end) on_end();
    }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (iid == IID_ICalc && on_query) std::exchange(on_query, nullptr)();
        return implements::QueryInterface(iid, object);
    }
    DWORD STDMETHODCALLTYPE AddConnection(DWORD, DWORD) override { return static_cast<DWORD>(++connections); }
    DWORD STDMETHODCALLTYPE ReleaseConnection(DWORD, DWORD, BOOL last_closes) override {
        --connections;
        closes = last_closes != FALSE;
        if (on_last_release) std::exchange(on_last_release, nullptr)();
        return static_cast<DWORD>(connections.load());
    }
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc*, LONG, LONG, LONG*) override {
        if (on_call) on_call();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Throw() override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Child(ICalc**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Thread(LONG*) override { return E_NOTIMPL; }

    std::atomic<int> connections{0};
    bool closes = false;
    std::function<void()> on_query, on_last_release, on_call, on_end;
};

inline ComPtr<IStream> marshal(IUnknown* object, REFIID iid = IID_ICalc, DWORD flags = MSHLFLAGS_NORMAL, DWORD destination = MSHCTX_INPROC) {
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    EXPECT_EQ(CoMarshalInterface(stream.get(), iid, object, destination, nullptr, flags), S_OK);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    return stream;
}

template <class T = ICalc>
ComPtr<T> unmarshal(IStream* stream, HRESULT expected = S_OK) {
    ComPtr<T> out;
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoUnmarshalInterface(stream, __uuidof(T), out.put_void()), expected);
    return out;
}

inline void release(IStream* stream) {
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoReleaseMarshalData(stream), S_OK);
}

class Marshaling : public ::testing::Test {
  protected:
    void SetUp() override {
        com::register_proxy_file(calc_ProxyFile);
        Calc::alive = 0;
    }
    Joined joined{COINIT_MULTITHREADED};
};

}  // namespace odc::test
