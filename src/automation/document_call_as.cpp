// What stands between the local methods of oleidl.idl and servprov.idl and their forms on the wire.
#pragma GCC visibility push(default)
#include "oleidl.h"
#include "servprov.h"
#pragma GCC visibility pop

#include <atomic>
#include <new>

#include "com/enum_call_as.h"
#include "opendcom/com_ptr.h"

using odc::com::next_proxy;
using odc::com::next_stub;

namespace {

using Continue = BOOL(STDMETHODCALLTYPE*)(ULONG_PTR);

/// The caller's function and its argument, for the time of one Draw.
class ContinueFunction final : public IContinue {
  public:
    ContinueFunction(Continue function, ULONG_PTR argument) : function_(function), argument_(argument) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        const bool known = iid == IID_IUnknown || iid == IID_IContinue;
        *object = known ? static_cast<IContinue*>(this) : nullptr;
        if (!known) return E_NOINTERFACE;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete this;
        return left;
    }
    HRESULT STDMETHODCALLTYPE FContinue() override { return function_(argument_) ? S_OK : S_FALSE; }

  private:
    ~ContinueFunction() = default;
    std::atomic<ULONG> references_{1};
    Continue function_;
    ULONG_PTR argument_;
};

BOOL STDMETHODCALLTYPE ask_to_continue(ULONG_PTR object) { return reinterpret_cast<IContinue*>(object)->FContinue() == S_OK; }

}  // namespace

extern "C" {

// Messages do not travel, so an object elsewhere translates none. ------------------------------------------------------------
HRESULT IOleInPlaceActiveObject_TranslateAccelerator_Proxy(IOleInPlaceActiveObject* This, LPMSG) {
    return IOleInPlaceActiveObject_RemoteTranslateAccelerator_Proxy(This);
}
HRESULT IOleInPlaceActiveObject_TranslateAccelerator_Stub(IOleInPlaceActiveObject*) { return S_FALSE; }

HRESULT IOleInPlaceActiveObject_ResizeBorder_Proxy(IOleInPlaceActiveObject* This, LPCRECT border, IOleInPlaceUIWindow* window, BOOL frame) {
    return IOleInPlaceActiveObject_RemoteResizeBorder_Proxy(This, border, frame ? IID_IOleInPlaceFrame : IID_IOleInPlaceUIWindow, window, frame);
}
HRESULT IOleInPlaceActiveObject_ResizeBorder_Stub(IOleInPlaceActiveObject* This, LPCRECT border, REFIID, IOleInPlaceUIWindow* window, BOOL frame) {
    return This->ResizeBorder(border, window, frame);
}

HRESULT IOleCache2_UpdateCache_Proxy(IOleCache2* This, LPDATAOBJECT object, DWORD flags, LPVOID reserved) {
    if (reserved) return E_INVALIDARG;
    return IOleCache2_RemoteUpdateCache_Proxy(This, object, flags, 0);
}
HRESULT IOleCache2_UpdateCache_Stub(IOleCache2* This, LPDATAOBJECT object, DWORD flags, LONG_PTR reserved) {
    if (reserved) return E_INVALIDARG;
    return This->UpdateCache(object, flags, nullptr);
}

HRESULT IEnumOLEVERB_Next_Proxy(IEnumOLEVERB* This, ULONG count, LPOLEVERB elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumOLEVERB_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumOLEVERB_Next_Stub(IEnumOLEVERB* This, ULONG count, LPOLEVERB elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

// Views: a device context and what an aspect points to mean nothing to another process. ---------------------------------------
HRESULT IViewObject_Draw_Proxy(IViewObject* This, DWORD aspect, LONG index, void* aspect_data, DVTARGETDEVICE* device, HDC target, HDC draw,
                               LPCRECTL bounds, LPCRECTL window_bounds, Continue go_on, ULONG_PTR argument) {
    if (aspect_data) return E_INVALIDARG;
    if (target || draw) return E_HANDLE;
    odc::ComPtr<IContinue> asked;
    if (go_on) asked = odc::ComPtr<IContinue>::attach(new (std::nothrow) ContinueFunction(go_on, argument));
    if (go_on && !asked) return E_OUTOFMEMORY;
    return IViewObject_RemoteDraw_Proxy(This, aspect, index, 0, device, 0, 0, bounds, window_bounds, asked.get());
}
HRESULT IViewObject_Draw_Stub(IViewObject* This, DWORD aspect, LONG index, ULONG_PTR aspect_data, DVTARGETDEVICE* device, ULONG_PTR target,
                              ULONG_PTR draw, LPCRECTL bounds, LPCRECTL window_bounds, IContinue* go_on) {
    if (aspect_data) return E_INVALIDARG;
    if (target || draw) return E_HANDLE;
    return This->Draw(aspect, index, nullptr, device, nullptr, nullptr, bounds, window_bounds, go_on ? ask_to_continue : nullptr,
                      reinterpret_cast<ULONG_PTR>(go_on));
}
HRESULT IViewObject_GetColorSet_Proxy(IViewObject* This, DWORD aspect, LONG index, void* aspect_data, DVTARGETDEVICE* device, HDC target,
                                      LOGPALETTE** colors) {
    if (aspect_data) return E_INVALIDARG;
    if (target) return E_HANDLE;
    return IViewObject_RemoteGetColorSet_Proxy(This, aspect, index, 0, device, 0, colors);
}
HRESULT IViewObject_GetColorSet_Stub(IViewObject* This, DWORD aspect, LONG index, ULONG_PTR aspect_data, DVTARGETDEVICE* device, ULONG_PTR target,
                                     LOGPALETTE** colors) {
    if (aspect_data) return E_INVALIDARG;
    if (target) return E_HANDLE;
    return This->GetColorSet(aspect, index, nullptr, device, nullptr, colors);
}
HRESULT IViewObject_Freeze_Proxy(IViewObject* This, DWORD aspect, LONG index, void* aspect_data, DWORD* cookie) {
    if (aspect_data) return E_INVALIDARG;
    DWORD unused = 0;
    return IViewObject_RemoteFreeze_Proxy(This, aspect, index, 0, cookie ? cookie : &unused);
}
HRESULT IViewObject_Freeze_Stub(IViewObject* This, DWORD aspect, LONG index, ULONG_PTR aspect_data, DWORD* cookie) {
    return aspect_data ? E_INVALIDARG : This->Freeze(aspect, index, nullptr, cookie);
}
HRESULT IViewObject_GetAdvise_Proxy(IViewObject* This, DWORD* aspects, DWORD* flags, IAdviseSink** sink) {
    DWORD no_aspects = 0, no_flags = 0;
    IAdviseSink* unwanted = nullptr;
    const HRESULT hr = IViewObject_RemoteGetAdvise_Proxy(This, aspects ? aspects : &no_aspects, flags ? flags : &no_flags, sink ? sink : &unwanted);
    if (unwanted) unwanted->Release();
    return hr;
}
HRESULT IViewObject_GetAdvise_Stub(IViewObject* This, DWORD* aspects, DWORD* flags, IAdviseSink** sink) {
    return This->GetAdvise(aspects, flags, sink);
}

HRESULT IServiceProvider_QueryService_Proxy(IServiceProvider* This, REFGUID service, REFIID iid, void** object) {
    if (!object) return E_POINTER;
    return IServiceProvider_RemoteQueryService_Proxy(This, service, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IServiceProvider_QueryService_Stub(IServiceProvider* This, REFGUID service, REFIID iid, IUnknown** object) {
    const HRESULT hr = This->QueryService(service, iid, reinterpret_cast<void**>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}

}  // extern "C"
