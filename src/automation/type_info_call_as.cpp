// What stands between the local methods of ITypeComp, ITypeInfo, ITypeLib and their successors and their forms on the wire (MS-OAUT 3.5 to 3.13).
// Proxies and stubs of interfaces that derive from these, in other programs, call the same functions.
#pragma GCC visibility push(default)
#include "oaidl.h"
#pragma GCC visibility pop

#include <cstring>
#include <utility>
#include <vector>

#include "automation/type_description.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"

namespace {

using odc::automation::copy_description;
using odc::automation::free_description;

template <class T>
T* or_else(T* given, T& otherwise) {
    return given ? given : &otherwise;
}

/// refPtrFlags: which of the [out] parameters the caller wants, from bit 0 on.
template <class... Pointers>
DWORD wanted(Pointers*... pointers) {
    DWORD flags = 0, bit = 1;
    ((flags |= pointers ? bit : 0, bit <<= 1), ...);
    return flags;
}

/// [out] texts of a call: those that nobody wants are freed.
class Texts {
  public:
    ~Texts() {
        for (BSTR text : unwanted_) SysFreeString(text);
    }
    BSTR* place(BSTR* given) { return given ? given : &unwanted_[used_++]; }

  private:
    BSTR unwanted_[4] = {};
    int used_ = 0;
};

/// Copies a description that belongs to `owner` into [out] data, and gives it back.
template <class T, class Owner>
HRESULT hand_out(Owner* owner, void (Owner::*release)(T*), HRESULT hr, T* own, T** copy) {
    *copy = nullptr;
    if (FAILED(hr) || !own) return FAILED(hr) ? hr : E_UNEXPECTED;
    *copy = copy_description(*own);
    (owner->*release)(own);
    return *copy ? hr : E_OUTOFMEMORY;
}

/// A name that came back in the spelling of the library goes where the caller's was, if it fits there.
void respell(LPOLESTR name, BSTR found) {
    if (!found) return;
    std::size_t n = 0;
    while (name[n]) ++n;
    if (SysStringLen(found) == n) std::memcpy(name, found, n * sizeof(OLECHAR));
}

}  // namespace

extern "C" {

// ITypeComp ----------------------------------------------------------------------------------------------------------------

HRESULT ITypeComp_Bind_Proxy(ITypeComp* This, LPOLESTR name, ULONG hash, WORD flags, ITypeInfo** info, DESCKIND* kind, BINDPTR* bound) {
    if (!name || !info || !kind || !bound) return E_POINTER;
    FUNCDESC* function = nullptr;
    VARDESC* variable = nullptr;
    ITypeComp* compiler = nullptr;
    CLEANLOCALSTORAGE nothing{};
    const HRESULT hr = ITypeComp_RemoteBind_Proxy(This, name, hash, flags, info, kind, &function, &variable, &compiler, &nothing);
    bound->lpfuncdesc = nullptr;
    if (FAILED(hr)) return hr;
    if (*kind == DESCKIND_FUNCDESC) bound->lpfuncdesc = std::exchange(function, nullptr);
    else if (*kind == DESCKIND_VARDESC || *kind == DESCKIND_IMPLICITAPPOBJ) bound->lpvardesc = std::exchange(variable, nullptr);
    else if (*kind == DESCKIND_TYPECOMP) bound->lptcomp = std::exchange(compiler, nullptr);
    free_description(function);
    free_description(variable);
    if (compiler) compiler->Release();
    return hr;
}
HRESULT ITypeComp_Bind_Stub(ITypeComp* This, LPOLESTR name, ULONG hash, WORD flags, ITypeInfo** info, DESCKIND* kind, LPFUNCDESC* function,
                            LPVARDESC* variable, ITypeComp** compiler, CLEANLOCALSTORAGE*) {
    BINDPTR bound{};
    const HRESULT hr = This->Bind(name, hash, flags, info, kind, &bound);
    if (FAILED(hr)) return hr;
    switch (*kind) {
        case DESCKIND_FUNCDESC: return *info ? hand_out(*info, &ITypeInfo::ReleaseFuncDesc, hr, bound.lpfuncdesc, function) : E_UNEXPECTED;
        case DESCKIND_VARDESC: case DESCKIND_IMPLICITAPPOBJ:
            return *info ? hand_out(*info, &ITypeInfo::ReleaseVarDesc, hr, bound.lpvardesc, variable) : E_UNEXPECTED;
        case DESCKIND_TYPECOMP: *compiler = bound.lptcomp; return hr;
        default: return hr;
    }
}
HRESULT ITypeComp_BindType_Proxy(ITypeComp* This, LPOLESTR name, ULONG hash, ITypeInfo** info, ITypeComp** compiler) {
    if (compiler) *compiler = nullptr;
    return ITypeComp_RemoteBindType_Proxy(This, name, hash, info);
}
HRESULT ITypeComp_BindType_Stub(ITypeComp* This, LPOLESTR name, ULONG hash, ITypeInfo** info) {
    odc::ComPtr<ITypeComp> unused;
    return This->BindType(name, hash, info, unused.put());
}

// ITypeInfo ----------------------------------------------------------------------------------------------------------------

HRESULT ITypeInfo_GetTypeAttr_Proxy(ITypeInfo* This, TYPEATTR** attributes) {
    CLEANLOCALSTORAGE nothing{};
    return ITypeInfo_RemoteGetTypeAttr_Proxy(This, attributes, &nothing);
}
HRESULT ITypeInfo_GetTypeAttr_Stub(ITypeInfo* This, LPTYPEATTR* attributes, CLEANLOCALSTORAGE*) {
    TYPEATTR* own = nullptr;
    const HRESULT hr = This->GetTypeAttr(&own);
    return hand_out(This, &ITypeInfo::ReleaseTypeAttr, hr, own, attributes);
}
HRESULT ITypeInfo_GetFuncDesc_Proxy(ITypeInfo* This, UINT index, FUNCDESC** function) {
    CLEANLOCALSTORAGE nothing{};
    return ITypeInfo_RemoteGetFuncDesc_Proxy(This, index, function, &nothing);
}
HRESULT ITypeInfo_GetFuncDesc_Stub(ITypeInfo* This, UINT index, LPFUNCDESC* function, CLEANLOCALSTORAGE*) {
    FUNCDESC* own = nullptr;
    const HRESULT hr = This->GetFuncDesc(index, &own);
    return hand_out(This, &ITypeInfo::ReleaseFuncDesc, hr, own, function);
}
HRESULT ITypeInfo_GetVarDesc_Proxy(ITypeInfo* This, UINT index, VARDESC** variable) {
    CLEANLOCALSTORAGE nothing{};
    return ITypeInfo_RemoteGetVarDesc_Proxy(This, index, variable, &nothing);
}
HRESULT ITypeInfo_GetVarDesc_Stub(ITypeInfo* This, UINT index, LPVARDESC* variable, CLEANLOCALSTORAGE*) {
    VARDESC* own = nullptr;
    const HRESULT hr = This->GetVarDesc(index, &own);
    return hand_out(This, &ITypeInfo::ReleaseVarDesc, hr, own, variable);
}
HRESULT ITypeInfo_GetNames_Proxy(ITypeInfo* This, MEMBERID member, BSTR* names, UINT room, UINT* count) {
    return ITypeInfo_RemoteGetNames_Proxy(This, member, names, room, count);
}
HRESULT ITypeInfo_GetNames_Stub(ITypeInfo* This, MEMBERID member, BSTR* names, UINT room, UINT* count) {
    *count = 0;
    const HRESULT hr = This->GetNames(member, names, room, count);
    if (FAILED(hr) || *count > room) *count = FAILED(hr) ? 0 : room;
    return hr;
}
// Names, members and instances of the caller's process: nothing that another one could do (opnums 10, 11, 15).
HRESULT ITypeInfo_GetIDsOfNames_Proxy(ITypeInfo*, LPOLESTR*, UINT, MEMBERID*) { return E_NOTIMPL; }
HRESULT ITypeInfo_GetIDsOfNames_Stub(ITypeInfo*) { return E_NOTIMPL; }
HRESULT ITypeInfo_Invoke_Proxy(ITypeInfo*, PVOID, MEMBERID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*, UINT*) { return E_NOTIMPL; }
HRESULT ITypeInfo_Invoke_Stub(ITypeInfo*) { return E_NOTIMPL; }
HRESULT ITypeInfo_AddressOfMember_Proxy(ITypeInfo*, MEMBERID, INVOKEKIND, PVOID*) { return E_NOTIMPL; }
HRESULT ITypeInfo_AddressOfMember_Stub(ITypeInfo*) { return E_NOTIMPL; }

HRESULT ITypeInfo_GetDocumentation_Proxy(ITypeInfo* This, MEMBERID member, BSTR* name, BSTR* text, DWORD* context, BSTR* file) {
    Texts texts;
    DWORD unused = 0;
    return ITypeInfo_RemoteGetDocumentation_Proxy(This, member, wanted(name, text, context, file), texts.place(name), texts.place(text),
                                                  or_else(context, unused), texts.place(file));
}
HRESULT ITypeInfo_GetDocumentation_Stub(ITypeInfo* This, MEMBERID member, DWORD flags, BSTR* name, BSTR* text, DWORD* context, BSTR* file) {
    return This->GetDocumentation(member, flags & 1 ? name : nullptr, flags & 2 ? text : nullptr, flags & 4 ? context : nullptr,
                                  flags & 8 ? file : nullptr);
}
HRESULT ITypeInfo_GetDllEntry_Proxy(ITypeInfo* This, MEMBERID member, INVOKEKIND kind, BSTR* library, BSTR* name, WORD* ordinal) {
    Texts texts;
    WORD unused = 0;
    return ITypeInfo_RemoteGetDllEntry_Proxy(This, member, kind, wanted(library, name, ordinal), texts.place(library), texts.place(name),
                                             or_else(ordinal, unused));
}
HRESULT ITypeInfo_GetDllEntry_Stub(ITypeInfo* This, MEMBERID member, INVOKEKIND kind, DWORD flags, BSTR* library, BSTR* name, WORD* ordinal) {
    return This->GetDllEntry(member, kind, flags & 1 ? library : nullptr, flags & 2 ? name : nullptr, flags & 4 ? ordinal : nullptr);
}
HRESULT ITypeInfo_CreateInstance_Proxy(ITypeInfo* This, IUnknown* outer, REFIID iid, PVOID* object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;  // an aggregate cannot span processes
    return ITypeInfo_RemoteCreateInstance_Proxy(This, iid, reinterpret_cast<IUnknown**>(object));
}
HRESULT ITypeInfo_CreateInstance_Stub(ITypeInfo* This, REFIID iid, IUnknown** object) {
    const HRESULT hr = This->CreateInstance(nullptr, iid, reinterpret_cast<PVOID*>(object));
    if (FAILED(hr)) *object = nullptr;
    return hr;
}
HRESULT ITypeInfo_GetContainingTypeLib_Proxy(ITypeInfo* This, ITypeLib** library, UINT* index) {
    odc::ComPtr<ITypeLib> unwanted;
    UINT unused = 0;
    return ITypeInfo_RemoteGetContainingTypeLib_Proxy(This, library ? library : unwanted.put(), or_else(index, unused));
}
HRESULT ITypeInfo_GetContainingTypeLib_Stub(ITypeInfo* This, ITypeLib** library, UINT* index) {
    return This->GetContainingTypeLib(library, index);
}
void ITypeInfo_ReleaseTypeAttr_Proxy(ITypeInfo*, TYPEATTR* attributes) { free_description(attributes); }
HRESULT ITypeInfo_ReleaseTypeAttr_Stub(ITypeInfo*) { return E_NOTIMPL; }
void ITypeInfo_ReleaseFuncDesc_Proxy(ITypeInfo*, FUNCDESC* function) { free_description(function); }
HRESULT ITypeInfo_ReleaseFuncDesc_Stub(ITypeInfo*) { return E_NOTIMPL; }
void ITypeInfo_ReleaseVarDesc_Proxy(ITypeInfo*, VARDESC* variable) { free_description(variable); }
HRESULT ITypeInfo_ReleaseVarDesc_Stub(ITypeInfo*) { return E_NOTIMPL; }

HRESULT ITypeInfo2_GetDocumentation2_Proxy(ITypeInfo2* This, MEMBERID member, LCID locale, BSTR* text, DWORD* context, BSTR* library) {
    Texts texts;
    DWORD unused = 0;
    return ITypeInfo2_RemoteGetDocumentation2_Proxy(This, member, locale, wanted(text, context, library), texts.place(text),
                                                    or_else(context, unused), texts.place(library));
}
HRESULT ITypeInfo2_GetDocumentation2_Stub(ITypeInfo2* This, MEMBERID member, LCID locale, DWORD flags, BSTR* text, DWORD* context, BSTR* library) {
    return This->GetDocumentation2(member, locale, flags & 1 ? text : nullptr, flags & 2 ? context : nullptr, flags & 4 ? library : nullptr);
}

// ITypeLib -----------------------------------------------------------------------------------------------------------------

UINT ITypeLib_GetTypeInfoCount_Proxy(ITypeLib* This) {
    UINT count = 0;
    return SUCCEEDED(ITypeLib_RemoteGetTypeInfoCount_Proxy(This, &count)) ? count : 0;
}
HRESULT ITypeLib_GetTypeInfoCount_Stub(ITypeLib* This, UINT* count) {
    *count = This->GetTypeInfoCount();
    return S_OK;
}
HRESULT ITypeLib_GetLibAttr_Proxy(ITypeLib* This, TLIBATTR** attributes) {
    CLEANLOCALSTORAGE nothing{};
    return ITypeLib_RemoteGetLibAttr_Proxy(This, attributes, &nothing);
}
HRESULT ITypeLib_GetLibAttr_Stub(ITypeLib* This, LPTLIBATTR* attributes, CLEANLOCALSTORAGE*) {
    TLIBATTR* own = nullptr;
    const HRESULT hr = This->GetLibAttr(&own);
    return hand_out(This, &ITypeLib::ReleaseTLibAttr, hr, own, attributes);
}
HRESULT ITypeLib_GetDocumentation_Proxy(ITypeLib* This, INT index, BSTR* name, BSTR* text, DWORD* context, BSTR* file) {
    Texts texts;
    DWORD unused = 0;
    return ITypeLib_RemoteGetDocumentation_Proxy(This, index, wanted(name, text, context, file), texts.place(name), texts.place(text),
                                                 or_else(context, unused), texts.place(file));
}
HRESULT ITypeLib_GetDocumentation_Stub(ITypeLib* This, INT index, DWORD flags, BSTR* name, BSTR* text, DWORD* context, BSTR* file) {
    return This->GetDocumentation(index, flags & 1 ? name : nullptr, flags & 2 ? text : nullptr, flags & 4 ? context : nullptr,
                                  flags & 8 ? file : nullptr);
}
HRESULT ITypeLib_IsName_Proxy(ITypeLib* This, LPOLESTR name, ULONG hash, BOOL* found) {
    if (!name || !found) return E_POINTER;
    BSTR spelled = nullptr;
    const HRESULT hr = ITypeLib_RemoteIsName_Proxy(This, name, hash, found, &spelled);
    if (SUCCEEDED(hr) && *found) respell(name, spelled);
    SysFreeString(spelled);
    return hr;
}
HRESULT ITypeLib_IsName_Stub(ITypeLib* This, LPOLESTR name, ULONG hash, BOOL* found, BSTR* spelled) {
    const HRESULT hr = This->IsName(name, hash, found);
    if (SUCCEEDED(hr) && *found) *spelled = SysAllocString(name);
    return hr;
}
HRESULT ITypeLib_FindName_Proxy(ITypeLib* This, LPOLESTR name, ULONG hash, ITypeInfo** infos, MEMBERID* members, USHORT* count) {
    if (!name || !infos || !members || !count) return E_POINTER;
    BSTR spelled = nullptr;
    const HRESULT hr = ITypeLib_RemoteFindName_Proxy(This, name, hash, infos, members, count, &spelled);
    if (SUCCEEDED(hr) && *count) respell(name, spelled);
    SysFreeString(spelled);
    return hr;
}
HRESULT ITypeLib_FindName_Stub(ITypeLib* This, LPOLESTR name, ULONG hash, ITypeInfo** infos, MEMBERID* members, USHORT* count, BSTR* spelled) {
    const USHORT room = *count;
    const HRESULT hr = This->FindName(name, hash, infos, members, count);
    if (FAILED(hr) || *count > room) *count = 0;
    if (*count) *spelled = SysAllocString(name);
    return hr;
}
void ITypeLib_ReleaseTLibAttr_Proxy(ITypeLib*, TLIBATTR* attributes) { free_description(attributes); }
HRESULT ITypeLib_ReleaseTLibAttr_Stub(ITypeLib*) { return E_NOTIMPL; }

HRESULT ITypeLib2_GetLibStatistics_Proxy(ITypeLib2* This, ULONG* names, ULONG* characters) {
    ULONG unused[2] = {};
    return ITypeLib2_RemoteGetLibStatistics_Proxy(This, or_else(names, unused[0]), or_else(characters, unused[1]));
}
HRESULT ITypeLib2_GetLibStatistics_Stub(ITypeLib2* This, ULONG* names, ULONG* characters) { return This->GetLibStatistics(names, characters); }
HRESULT ITypeLib2_GetDocumentation2_Proxy(ITypeLib2* This, INT index, LCID locale, BSTR* text, DWORD* context, BSTR* library) {
    Texts texts;
    DWORD unused = 0;
    return ITypeLib2_RemoteGetDocumentation2_Proxy(This, index, locale, wanted(text, context, library), texts.place(text),
                                                   or_else(context, unused), texts.place(library));
}
HRESULT ITypeLib2_GetDocumentation2_Stub(ITypeLib2* This, INT index, LCID locale, DWORD flags, BSTR* text, DWORD* context, BSTR* library) {
    return This->GetDocumentation2(index, locale, flags & 1 ? text : nullptr, flags & 2 ? context : nullptr, flags & 4 ? library : nullptr);
}

}  // extern "C"
