// What stands between the local methods of ocidl.idl and their forms on the wire.
#pragma GCC visibility push(default)
#include "ocidl.h"
#pragma GCC visibility pop

#include "com/enum_call_as.h"
#include "oleauto.h"

using odc::com::next_proxy;
using odc::com::next_stub;

extern "C" {

HRESULT IEnumConnections_Next_Proxy(IEnumConnections* This, ULONG count, LPCONNECTDATA elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumConnections_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumConnections_Next_Stub(IEnumConnections* This, ULONG count, LPCONNECTDATA elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumConnectionPoints_Next_Proxy(IEnumConnectionPoints* This, ULONG count, LPCONNECTIONPOINT* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumConnectionPoints_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumConnectionPoints_Next_Stub(IEnumConnectionPoints* This, ULONG count, LPCONNECTIONPOINT* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

HRESULT IClassFactory2_CreateInstanceLic_Proxy(IClassFactory2* This, IUnknown* outer, IUnknown*, REFIID iid, BSTR key, PVOID* object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;  // an aggregate cannot span processes
    return IClassFactory2_RemoteCreateInstanceLic_Proxy(This, iid, key, reinterpret_cast<IUnknown**>(object));
}
HRESULT IClassFactory2_CreateInstanceLic_Stub(IClassFactory2* This, REFIID iid, BSTR key, IUnknown** object) {
    const HRESULT hr = This->CreateInstanceLic(nullptr, nullptr, iid, key, reinterpret_cast<PVOID*>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}

HRESULT IPersistMemory_Load_Proxy(IPersistMemory* This, PVOID memory, ULONG size) {
    return IPersistMemory_RemoteLoad_Proxy(This, static_cast<BYTE*>(memory), size);
}
HRESULT IPersistMemory_Load_Stub(IPersistMemory* This, BYTE* memory, ULONG size) { return This->Load(memory, size); }
HRESULT IPersistMemory_Save_Proxy(IPersistMemory* This, PVOID memory, BOOL clear_dirty, ULONG size) {
    return IPersistMemory_RemoteSave_Proxy(This, static_cast<BYTE*>(memory), clear_dirty, size);
}
HRESULT IPersistMemory_Save_Stub(IPersistMemory* This, BYTE* memory, BOOL clear_dirty, ULONG size) {
    return This->Save(memory, clear_dirty, size);
}

void IAdviseSinkEx_OnViewStatusChange_Proxy(IAdviseSinkEx* This, DWORD status) {
    (void)IAdviseSinkEx_RemoteOnViewStatusChange_Proxy(This, status);  // nobody hears of a call that did not get through
}
HRESULT IAdviseSinkEx_OnViewStatusChange_Stub(IAdviseSinkEx* This, DWORD status) {
    This->OnViewStatusChange(status);
    return S_OK;
}

HRESULT IEnumOleUndoUnits_Next_Proxy(IEnumOleUndoUnits* This, ULONG count, IOleUndoUnit** elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumOleUndoUnits_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumOleUndoUnits_Next_Stub(IEnumOleUndoUnits* This, ULONG count, IOleUndoUnit** elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

// The caller says in cbSize how much it knows; the one structure there is travels whole.
HRESULT IQuickActivate_QuickActivate_Proxy(IQuickActivate* This, QACONTAINER* container, QACONTROL* control) {
    if (!container || !control) return E_POINTER;
    if (control->cbSize != sizeof(QACONTROL)) return E_INVALIDARG;
    const HRESULT hr = IQuickActivate_RemoteQuickActivate_Proxy(This, container, control);
    control->cbSize = sizeof(QACONTROL);
    return hr;
}
HRESULT IQuickActivate_QuickActivate_Stub(IQuickActivate* This, QACONTAINER* container, QACONTROL* control) {
    control->cbSize = sizeof(QACONTROL);
    return This->QuickActivate(container, control);
}

}  // extern "C"
