// The greeter and its class factory; in-process and local server use the same.
#pragma once

#include <cstring>
#include <string>

#include "greeter.h"
#include "opendcom/com_ptr.h"

const CLSID kClsidGreeter = {0x8D1F0C5A, 0x3B62, 0x4E0A, {0x9C, 0x47, 0x2F, 0x6D, 0x1E, 0x8A, 0x7B, 0x02}};

class GreeterObject final : public odc::implements<IGreeter> {
  public:
    GreeterObject() { CoAddRefServerProcess(); }
    ~GreeterObject() override;

    HRESULT STDMETHODCALLTYPE Greet(LPCOLESTR name, LPOLESTR* greeting) override {
        if (!name || !greeting) return E_POINTER;
        const std::u16string text = std::u16string(u"Hello, ") + name + u"!";
        *greeting = static_cast<LPOLESTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(OLECHAR)));
        if (!*greeting) return E_OUTOFMEMORY;
        std::memcpy(*greeting, text.c_str(), (text.size() + 1) * sizeof(OLECHAR));
        return S_OK;
    }
};

class GreeterFactory final : public odc::implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (outer) return CLASS_E_NOAGGREGATION;
        return odc::ComPtr<GreeterObject>::attach(new GreeterObject)->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};
