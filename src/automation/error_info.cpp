// Error information: one object per thread, which reading takes away.
#include <new>
#include <utility>

#include "oleauto.h"
#include "opendcom/com_ptr.h"

namespace odc::automation {
namespace {

ComPtr<IErrorInfo>& current() {
    static thread_local ComPtr<IErrorInfo> info;
    return info;
}

class ErrorInfo final : public implements<IErrorInfo, ICreateErrorInfo> {
  public:
    HRESULT STDMETHODCALLTYPE GetGUID(GUID* guid) override {
        if (!guid) return E_POINTER;
        *guid = guid_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetSource(BSTR* text) override { return give(source_, text); }
    HRESULT STDMETHODCALLTYPE GetDescription(BSTR* text) override { return give(description_, text); }
    HRESULT STDMETHODCALLTYPE GetHelpFile(BSTR* text) override { return give(help_file_, text); }
    HRESULT STDMETHODCALLTYPE GetHelpContext(DWORD* context) override {
        if (!context) return E_POINTER;
        *context = help_context_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetGUID(REFGUID guid) override {
        guid_ = guid;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetSource(LPOLESTR text) override { return take(source_, text); }
    HRESULT STDMETHODCALLTYPE SetDescription(LPOLESTR text) override { return take(description_, text); }
    HRESULT STDMETHODCALLTYPE SetHelpFile(LPOLESTR text) override { return take(help_file_, text); }
    HRESULT STDMETHODCALLTYPE SetHelpContext(DWORD context) override {
        help_context_ = context;
        return S_OK;
    }
    ~ErrorInfo() override {
        for (BSTR text : {source_, description_, help_file_}) SysFreeString(text);
    }

  private:
    static HRESULT give(BSTR from, BSTR* to) {
        if (!to) return E_POINTER;
        *to = SysAllocString(from);
        return from && !*to ? E_OUTOFMEMORY : S_OK;
    }
    static HRESULT take(BSTR& to, LPOLESTR from) { return SysReAllocString(&to, from) ? S_OK : E_OUTOFMEMORY; }
    GUID guid_{};
    BSTR source_ = nullptr, description_ = nullptr, help_file_ = nullptr;
    DWORD help_context_ = 0;
};

}  // namespace
}  // namespace odc::automation

using namespace odc::automation;

WINOLEAPI SetErrorInfo(ULONG reserved, IErrorInfo* info) {
    if (reserved) return E_INVALIDARG;
    // The old one is released after the new one stands, since it may do anything.
    auto before = std::exchange(current(), odc::ComPtr<IErrorInfo>::share(info));
    return S_OK;
}
WINOLEAPI GetErrorInfo(ULONG reserved, IErrorInfo** info) {
    if (!info) return E_INVALIDARG;
    *info = nullptr;
    if (reserved) return E_INVALIDARG;
    *info = current().detach();
    return *info ? S_OK : S_FALSE;
}
WINOLEAPI CreateErrorInfo(ICreateErrorInfo** info) {
    if (!info) return E_INVALIDARG;
    *info = new (std::nothrow) ErrorInfo;
    return *info ? S_OK : E_OUTOFMEMORY;
}
