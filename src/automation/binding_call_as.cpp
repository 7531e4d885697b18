// What stands between the local methods of urlmon.idl and comcat.idl and their forms on the wire.
#pragma GCC visibility push(default)
#include "comcat.h"
#include "urlmon.h"
#pragma GCC visibility pop

#include "com/enum_call_as.h"

namespace {

constexpr ULONG kAnyCategory = 0xFFFFFFFF;

/// With no list there is none to send, whatever its length says; "any" stands for no list.
CATID* sent_list(ULONG count, const CATID* list) {
    if (list && count != kAnyCategory) return const_cast<CATID*>(list);
    return nullptr;
}

}  // namespace

extern "C" {

HRESULT IBinding_GetBindResult_Proxy(IBinding* This, CLSID* protocol, DWORD* result, LPOLESTR* text, DWORD* reserved) {
    if (!protocol || !result || !text || reserved) return E_INVALIDARG;
    return IBinding_RemoteGetBindResult_Proxy(This, protocol, result, text, 0);
}
HRESULT IBinding_GetBindResult_Stub(IBinding* This, CLSID* protocol, DWORD* result, LPOLESTR* text, DWORD) {
    return This->GetBindResult(protocol, result, text, nullptr);
}

HRESULT IBindHost_MonikerBindToStorage_Proxy(IBindHost* This, IMoniker* moniker, IBindCtx* context, IBindStatusCallback* callback, REFIID iid,
                                             void** object) {
    if (!object) return E_POINTER;
    return IBindHost_RemoteMonikerBindToStorage_Proxy(This, moniker, context, callback, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IBindHost_MonikerBindToStorage_Stub(IBindHost* This, IMoniker* moniker, IBindCtx* context, IBindStatusCallback* callback, REFIID iid,
                                            IUnknown** object) {
    const HRESULT hr = This->MonikerBindToStorage(moniker, context, callback, iid, reinterpret_cast<void**>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}
HRESULT IBindHost_MonikerBindToObject_Proxy(IBindHost* This, IMoniker* moniker, IBindCtx* context, IBindStatusCallback* callback, REFIID iid,
                                            void** object) {
    if (!object) return E_POINTER;
    return IBindHost_RemoteMonikerBindToObject_Proxy(This, moniker, context, callback, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IBindHost_MonikerBindToObject_Stub(IBindHost* This, IMoniker* moniker, IBindCtx* context, IBindStatusCallback* callback, REFIID iid,
                                           IUnknown** object) {
    const HRESULT hr = This->MonikerBindToObject(moniker, context, callback, iid, reinterpret_cast<void**>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}

HRESULT IWinInetInfo_QueryOption_Proxy(IWinInetInfo* This, DWORD option, LPVOID buffer, DWORD* size) {
    if (!size || (!buffer && *size)) return E_INVALIDARG;
    BYTE nothing = 0;
    return IWinInetInfo_RemoteQueryOption_Proxy(This, option, buffer ? static_cast<BYTE*>(buffer) : &nothing, size);
}
HRESULT IWinInetInfo_QueryOption_Stub(IWinInetInfo* This, DWORD option, BYTE* buffer, DWORD* size) {
    return This->QueryOption(option, buffer, size);
}
HRESULT IWinInetHttpInfo_QueryInfo_Proxy(IWinInetHttpInfo* This, DWORD option, LPVOID buffer, DWORD* size, DWORD* flags, DWORD* reserved) {
    if (!size || (!buffer && *size)) return E_INVALIDARG;
    BYTE nothing = 0;
    DWORD no_flags = 0, no_reserved = 0;
    return IWinInetHttpInfo_RemoteQueryInfo_Proxy(This, option, buffer ? static_cast<BYTE*>(buffer) : &nothing, size, flags ? flags : &no_flags,
                                                  reserved ? reserved : &no_reserved);
}
HRESULT IWinInetHttpInfo_QueryInfo_Stub(IWinInetHttpInfo* This, DWORD option, BYTE* buffer, DWORD* size, DWORD* flags, DWORD* reserved) {
    return This->QueryInfo(option, buffer, size, flags, reserved);
}

// Component categories ------------------------------------------------------------------------------------------------------

HRESULT ICatInformation_EnumClassesOfCategories_Proxy(ICatInformation* This, ULONG implemented_count, CATID implemented[], ULONG required_count,
                                                      CATID required[], IEnumGUID** classes) {
    if (!classes) return E_POINTER;
    return ICatInformation_RemoteEnumClassesOfCategories_Proxy(This, implemented_count, sent_list(implemented_count, implemented), required_count,
                                                               sent_list(required_count, required), classes);
}
HRESULT ICatInformation_EnumClassesOfCategories_Stub(ICatInformation* This, ULONG implemented_count, CATID implemented[], ULONG required_count,
                                                     CATID required[], IEnumGUID** classes) {
    return This->EnumClassesOfCategories(implemented_count, implemented, required_count, required, classes);
}
HRESULT ICatInformation_IsClassOfCategories_Proxy(ICatInformation* This, REFCLSID clsid, ULONG implemented_count, CATID implemented[],
                                                  ULONG required_count, CATID required[]) {
    return ICatInformation_RemoteIsClassOfCategories_Proxy(This, clsid, implemented_count, sent_list(implemented_count, implemented), required_count,
                                                           sent_list(required_count, required));
}
HRESULT ICatInformation_IsClassOfCategories_Stub(ICatInformation* This, REFCLSID clsid, ULONG implemented_count, CATID implemented[],
                                                 ULONG required_count, CATID required[]) {
    return This->IsClassOfCategories(clsid, implemented_count, implemented, required_count, required);
}

}  // extern "C"
