// What stands between the local methods of data transfer in objidl.idl and their forms on the wire.
#include <algorithm>
#include <cstring>

#include "com/enum_call_as.h"
#include "com/medium.h"
#include "combaseapi.h"
#include "winbase.h"

using odc::com::next_proxy;
using odc::com::next_stub;

namespace {

/// The bytes of a caller's block, to be sent in its place. Null when there is no memory for them.
HGLOBAL duplicate(HGLOBAL memory) {
    const SIZE_T size = GlobalSize(memory);
    HGLOBAL copy = GlobalAlloc(GMEM_MOVEABLE, size);
    if (!copy || size == 0) return copy;
    void* const to = GlobalLock(copy);
    const void* const from = GlobalLock(memory);
    if (to && from) std::memcpy(to, from, size);
    if (from) GlobalUnlock(memory);
    if (to) GlobalUnlock(copy);
    return copy;
}

/// What came back, into the caller's block, which keeps its size. Errors: STG_E_MEDIUMFULL.
HRESULT copy_back(HGLOBAL to, HGLOBAL from) {
    const SIZE_T size = GlobalSize(from);
    if (size > GlobalSize(to)) return STG_E_MEDIUMFULL;
    void* const target = GlobalLock(to);
    const void* const source = GlobalLock(from);
    if (target && source) std::memcpy(target, source, size);
    if (source) GlobalUnlock(from);
    if (target) GlobalUnlock(to);
    return S_OK;
}

/// What GetDataHere sends of the caller's medium: the same stream or storage, a copy of memory and of a name.
HRESULT sent_of(const STGMEDIUM& medium, STGMEDIUM& sent) {
    sent = {};
    switch (medium.tymed) {
        case TYMED_HGLOBAL:
            if (medium.hGlobal && !(sent.hGlobal = duplicate(medium.hGlobal))) return E_OUTOFMEMORY;
            break;
        case TYMED_FILE:
            if (medium.lpszFileName) {
                std::size_t length = 1;
                while (medium.lpszFileName[length - 1]) ++length;
                sent.lpszFileName = static_cast<LPOLESTR>(CoTaskMemAlloc(length * sizeof(OLECHAR)));
                if (!sent.lpszFileName) return E_OUTOFMEMORY;
                std::copy_n(medium.lpszFileName, length, sent.lpszFileName);
            }
            break;
        case TYMED_ISTREAM:
            if ((sent.pstm = medium.pstm)) sent.pstm->AddRef();
            break;
        case TYMED_ISTORAGE:
            if ((sent.pstg = medium.pstg)) sent.pstg->AddRef();
            break;
        default:
            return DV_E_TYMED;
    }
    sent.tymed = medium.tymed;
    return S_OK;
}

}  // namespace

extern "C" {

HRESULT IFillLockBytes_FillAppend_Proxy(IFillLockBytes* This, const void* data, ULONG size, ULONG* written) {
    ULONG unused = 0;
    return IFillLockBytes_RemoteFillAppend_Proxy(This, static_cast<const byte*>(data), size, written ? written : &unused);
}
HRESULT IFillLockBytes_FillAppend_Stub(IFillLockBytes* This, const byte* data, ULONG size, ULONG* written) {
    *written = 0;
    return This->FillAppend(data, size, written);
}
HRESULT IFillLockBytes_FillAt_Proxy(IFillLockBytes* This, ULARGE_INTEGER offset, const void* data, ULONG size, ULONG* written) {
    ULONG unused = 0;
    return IFillLockBytes_RemoteFillAt_Proxy(This, offset, static_cast<const byte*>(data), size, written ? written : &unused);
}
HRESULT IFillLockBytes_FillAt_Stub(IFillLockBytes* This, ULARGE_INTEGER offset, const byte* data, ULONG size, ULONG* written) {
    *written = 0;
    return This->FillAt(offset, data, size, written);
}

HRESULT IEnumFORMATETC_Next_Proxy(IEnumFORMATETC* This, ULONG count, FORMATETC* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumFORMATETC_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumFORMATETC_Next_Stub(IEnumFORMATETC* This, ULONG count, FORMATETC* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumSTATDATA_Next_Proxy(IEnumSTATDATA* This, ULONG count, STATDATA* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumSTATDATA_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumSTATDATA_Next_Stub(IEnumSTATDATA* This, ULONG count, STATDATA* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

// Sinks: the methods return nothing, so nobody hears of a call that did not get through. --------------------------------------

void IAdviseSink_OnDataChange_Proxy(IAdviseSink* This, FORMATETC* format, STGMEDIUM* medium) {
    (void)IAdviseSink_RemoteOnDataChange_Proxy(This, format, medium);
}
HRESULT IAdviseSink_OnDataChange_Stub(IAdviseSink* This, FORMATETC* format, ASYNC_STGMEDIUM* medium) {
    This->OnDataChange(format, medium);
    return S_OK;
}
void IAdviseSink_OnViewChange_Proxy(IAdviseSink* This, DWORD aspect, LONG index) {
    (void)IAdviseSink_RemoteOnViewChange_Proxy(This, aspect, index);
}
HRESULT IAdviseSink_OnViewChange_Stub(IAdviseSink* This, DWORD aspect, LONG index) {
    This->OnViewChange(aspect, index);
    return S_OK;
}
void IAdviseSink_OnRename_Proxy(IAdviseSink* This, IMoniker* moniker) { (void)IAdviseSink_RemoteOnRename_Proxy(This, moniker); }
HRESULT IAdviseSink_OnRename_Stub(IAdviseSink* This, IMoniker* moniker) {
    This->OnRename(moniker);
    return S_OK;
}
void IAdviseSink_OnSave_Proxy(IAdviseSink* This) { (void)IAdviseSink_RemoteOnSave_Proxy(This); }
HRESULT IAdviseSink_OnSave_Stub(IAdviseSink* This) {
    This->OnSave();
    return S_OK;
}
void IAdviseSink_OnClose_Proxy(IAdviseSink* This) { (void)IAdviseSink_RemoteOnClose_Proxy(This); }
HRESULT IAdviseSink_OnClose_Stub(IAdviseSink* This) {
    This->OnClose();
    return S_OK;
}
void IAdviseSink2_OnLinkSrcChange_Proxy(IAdviseSink2* This, IMoniker* moniker) { (void)IAdviseSink2_RemoteOnLinkSrcChange_Proxy(This, moniker); }
HRESULT IAdviseSink2_OnLinkSrcChange_Stub(IAdviseSink2* This, IMoniker* moniker) {
    This->OnLinkSrcChange(moniker);
    return S_OK;
}

// IDataObject -------------------------------------------------------------------------------------------------------------

HRESULT IDataObject_GetData_Proxy(IDataObject* This, FORMATETC* format, STGMEDIUM* medium) {
    if (!medium) return E_INVALIDARG;
    return IDataObject_RemoteGetData_Proxy(This, format, medium);
}
HRESULT IDataObject_GetData_Stub(IDataObject* This, FORMATETC* format, STGMEDIUM* medium) {
    const HRESULT hr = This->GetData(format, medium);
    if (FAILED(hr)) *medium = {};
    return hr;
}

/// The caller's medium stays what it is and gets what came back.
HRESULT IDataObject_GetDataHere_Proxy(IDataObject* This, FORMATETC* format, STGMEDIUM* medium) {
    if (!medium) return E_INVALIDARG;
    STGMEDIUM remote;
    HRESULT hr = sent_of(*medium, remote);
    if (SUCCEEDED(hr)) hr = IDataObject_RemoteGetDataHere_Proxy(This, format, &remote);
    if (SUCCEEDED(hr) && remote.tymed != medium->tymed) hr = DV_E_TYMED;
    if (SUCCEEDED(hr) && remote.tymed == TYMED_HGLOBAL && remote.hGlobal && medium->hGlobal) {
        const HRESULT copied = copy_back(medium->hGlobal, remote.hGlobal);
        if (FAILED(copied)) hr = copied;
    }
    odc::com::release_medium(remote, odc::com::File::keep);
    return hr;
}
HRESULT IDataObject_GetDataHere_Stub(IDataObject* This, FORMATETC* format, STGMEDIUM* medium) { return This->GetDataHere(format, medium); }

/// With `release` the object owns the medium once it has taken it; a file goes over to it, what else there is was copied.
HRESULT IDataObject_SetData_Proxy(IDataObject* This, FORMATETC* format, STGMEDIUM* medium, BOOL release) {
    if (!medium) return IDataObject_RemoteSetData_Proxy(This, format, nullptr, release);
    FLAG_STGMEDIUM flagged{};
    flagged.fPassOwnership = release;
    flagged.Stgmed = *medium;
    const HRESULT hr = IDataObject_RemoteSetData_Proxy(This, format, &flagged, release);
    if (SUCCEEDED(hr) && release) odc::com::release_medium(*medium, odc::com::File::keep);
    return hr;
}
HRESULT IDataObject_SetData_Stub(IDataObject* This, FORMATETC* format, FLAG_STGMEDIUM* medium, BOOL release) {
    const HRESULT hr = This->SetData(format, medium ? &medium->Stgmed : nullptr, release);
    if (medium && SUCCEEDED(hr) && release) medium->Stgmed = {};
    return hr;
}

}  // extern "C"
