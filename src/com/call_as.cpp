// What stands between local methods and their [call_as] forms in unknwn.idl and objidl.idl: null pointers that the documentation
// allows get a place to point to, untyped memory gets its type. The proxies and stubs themselves are MIDL's.
#include <algorithm>
#include <cstring>
#include <new>

#include "com/enum_call_as.h"
#include "objidl.h"

using odc::com::next_proxy;
using odc::com::next_stub;

namespace {

template <class T>
T* or_else(T* given, T& otherwise) {
    return given ? given : &otherwise;
}

}  // namespace

extern "C" {

// IClassFactory ----------------------------------------------------------------------------------------------------------

HRESULT IClassFactory_CreateInstance_Proxy(IClassFactory* This, IUnknown* outer, REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;  // an aggregate cannot span processes
    return IClassFactory_RemoteCreateInstance_Proxy(This, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IClassFactory_CreateInstance_Stub(IClassFactory* This, REFIID iid, IUnknown** object) {
    *object = nullptr;
    const HRESULT hr = This->CreateInstance(nullptr, iid, reinterpret_cast<void**>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}
HRESULT IClassFactory_LockServer_Proxy(IClassFactory* This, BOOL lock) { return IClassFactory_RemoteLockServer_Proxy(This, lock); }
HRESULT IClassFactory_LockServer_Stub(IClassFactory* This, BOOL lock) { return This->LockServer(lock); }

// Enumerators ------------------------------------------------------------------------------------------------------------

HRESULT IEnumUnknown_Next_Proxy(IEnumUnknown* This, ULONG count, IUnknown** elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumUnknown_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumUnknown_Next_Stub(IEnumUnknown* This, ULONG count, IUnknown** elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumString_Next_Proxy(IEnumString* This, ULONG count, LPOLESTR* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumString_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumString_Next_Stub(IEnumString* This, ULONG count, LPOLESTR* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumMoniker_Next_Proxy(IEnumMoniker* This, ULONG count, IMoniker** elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumMoniker_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumMoniker_Next_Stub(IEnumMoniker* This, ULONG count, IMoniker** elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumSTATSTG_Next_Proxy(IEnumSTATSTG* This, ULONG count, STATSTG* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumSTATSTG_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumSTATSTG_Next_Stub(IEnumSTATSTG* This, ULONG count, STATSTG* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

// Streams and byte arrays --------------------------------------------------------------------------------------------------

HRESULT ISequentialStream_Read_Proxy(ISequentialStream* This, void* data, ULONG size, ULONG* read) {
    ULONG unused = 0;
    return ISequentialStream_RemoteRead_Proxy(This, static_cast<byte*>(data), size, or_else(read, unused));
}
HRESULT ISequentialStream_Read_Stub(ISequentialStream* This, byte* data, ULONG size, ULONG* read) {
    const HRESULT hr = This->Read(data, size, read);
    *read = FAILED(hr) ? 0 : std::min(*read, size);
    return hr;
}
HRESULT ISequentialStream_Write_Proxy(ISequentialStream* This, const void* data, ULONG size, ULONG* written) {
    ULONG unused = 0;
    return ISequentialStream_RemoteWrite_Proxy(This, static_cast<const byte*>(data), size, or_else(written, unused));
}
HRESULT ISequentialStream_Write_Stub(ISequentialStream* This, const byte* data, ULONG size, ULONG* written) {
    return This->Write(data, size, written);
}
HRESULT IStream_Seek_Proxy(IStream* This, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) {
    ULARGE_INTEGER unused{};
    return IStream_RemoteSeek_Proxy(This, move, origin, or_else(position, unused));
}
HRESULT IStream_Seek_Stub(IStream* This, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) {
    return This->Seek(move, origin, position);
}
HRESULT IStream_CopyTo_Proxy(IStream* This, IStream* target, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) {
    ULARGE_INTEGER unused_read{}, unused_written{};
    return IStream_RemoteCopyTo_Proxy(This, target, size, or_else(read, unused_read), or_else(written, unused_written));
}
HRESULT IStream_CopyTo_Stub(IStream* This, IStream* target, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) {
    return This->CopyTo(target, size, read, written);
}
HRESULT ILockBytes_ReadAt_Proxy(ILockBytes* This, ULARGE_INTEGER offset, void* data, ULONG size, ULONG* read) {
    ULONG unused = 0;
    return ILockBytes_RemoteReadAt_Proxy(This, offset, static_cast<byte*>(data), size, or_else(read, unused));
}
HRESULT ILockBytes_ReadAt_Stub(ILockBytes* This, ULARGE_INTEGER offset, byte* data, ULONG size, ULONG* read) {
    const HRESULT hr = This->ReadAt(offset, data, size, read);
    *read = FAILED(hr) ? 0 : std::min(*read, size);
    return hr;
}
HRESULT ILockBytes_WriteAt_Proxy(ILockBytes* This, ULARGE_INTEGER offset, const void* data, ULONG size, ULONG* written) {
    ULONG unused = 0;
    return ILockBytes_RemoteWriteAt_Proxy(This, offset, static_cast<const byte*>(data), size, or_else(written, unused));
}
HRESULT ILockBytes_WriteAt_Stub(ILockBytes* This, ULARGE_INTEGER offset, const byte* data, ULONG size, ULONG* written) {
    return This->WriteAt(offset, data, size, written);
}

// Storages: the reserved parameters are null by definition -----------------------------------------------------------------

HRESULT IStorage_OpenStream_Proxy(IStorage* This, const OLECHAR* name, void* reserved1, DWORD mode, DWORD reserved2, IStream** stream) {
    if (reserved1) return STG_E_INVALIDPARAMETER;
    return IStorage_RemoteOpenStream_Proxy(This, name, 0, nullptr, mode, reserved2, stream);
}
HRESULT IStorage_OpenStream_Stub(IStorage* This, const OLECHAR* name, ULONG, byte*, DWORD mode, DWORD reserved2, IStream** stream) {
    return This->OpenStream(name, nullptr, mode, reserved2, stream);
}
HRESULT IStorage_EnumElements_Proxy(IStorage* This, DWORD reserved1, void* reserved2, DWORD reserved3, IEnumSTATSTG** elements) {
    if (reserved2) return STG_E_INVALIDPARAMETER;
    return IStorage_RemoteEnumElements_Proxy(This, reserved1, 0, nullptr, reserved3, elements);
}
HRESULT IStorage_EnumElements_Stub(IStorage* This, DWORD reserved1, ULONG, byte*, DWORD reserved3, IEnumSTATSTG** elements) {
    return This->EnumElements(reserved1, nullptr, reserved3, elements);
}

// Bind contexts: programs may give the shorter, older structure --------------------------------------------------------------

HRESULT IBindCtx_SetBindOptions_Proxy(IBindCtx* This, BIND_OPTS* options) {
    if (!options || options->cbStruct < sizeof(BIND_OPTS)) return E_INVALIDARG;
    BIND_OPTS2 sent{};
    std::memcpy(&sent, options, std::min<std::size_t>(options->cbStruct, sizeof sent));
    sent.cbStruct = sizeof sent;
    sent.pServerInfo = nullptr;  // names a server for this machine's activation only
    return IBindCtx_RemoteSetBindOptions_Proxy(This, &sent);
}
HRESULT IBindCtx_SetBindOptions_Stub(IBindCtx* This, BIND_OPTS2* options) {
    options->cbStruct = sizeof *options;
    return This->SetBindOptions(reinterpret_cast<BIND_OPTS*>(options));
}
HRESULT IBindCtx_GetBindOptions_Proxy(IBindCtx* This, BIND_OPTS* options) {
    if (!options || options->cbStruct < sizeof(BIND_OPTS)) return E_INVALIDARG;
    const DWORD size = std::min<DWORD>(options->cbStruct, sizeof(BIND_OPTS2));
    BIND_OPTS2 received{};
    received.cbStruct = sizeof received;
    const HRESULT hr = IBindCtx_RemoteGetBindOptions_Proxy(This, &received);
    if (FAILED(hr)) return hr;
    std::memcpy(options, &received, size);
    options->cbStruct = size;
    return hr;
}
HRESULT IBindCtx_GetBindOptions_Stub(IBindCtx* This, BIND_OPTS2* options) {
    options->cbStruct = sizeof *options;
    const HRESULT hr = This->GetBindOptions(reinterpret_cast<BIND_OPTS*>(options));
    options->pServerInfo = nullptr;
    return hr;
}

// Monikers ---------------------------------------------------------------------------------------------------------------

HRESULT IMoniker_BindToObject_Proxy(IMoniker* This, IBindCtx* context, IMoniker* left, REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    return IMoniker_RemoteBindToObject_Proxy(This, context, left, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IMoniker_BindToObject_Stub(IMoniker* This, IBindCtx* context, IMoniker* left, REFIID iid, IUnknown** object) {
    return This->BindToObject(context, left, iid, reinterpret_cast<void**>(object));
}
HRESULT IMoniker_BindToStorage_Proxy(IMoniker* This, IBindCtx* context, IMoniker* left, REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    return IMoniker_RemoteBindToStorage_Proxy(This, context, left, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT IMoniker_BindToStorage_Stub(IMoniker* This, IBindCtx* context, IMoniker* left, REFIID iid, IUnknown** object) {
    return This->BindToStorage(context, left, iid, reinterpret_cast<void**>(object));
}

}  // extern "C"
