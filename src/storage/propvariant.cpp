// PROPVARIANT in memory: what it owns, PropVariantClear, PropVariantCopy, FreePropVariantArray.
#include <cstring>

#include "oleauto.h"
#include "opendcom/com_ptr.h"
#include "storage/propvariant_type.h"

namespace odc::storage {

Content content_of(VARTYPE vt) {
    switch (vt) {
        case VT_EMPTY: case VT_NULL: case VT_I1: case VT_UI1: case VT_I2: case VT_UI2: case VT_I4: case VT_UI4: case VT_INT: case VT_UINT:
        case VT_I8: case VT_UI8: case VT_R4: case VT_R8: case VT_CY: case VT_DATE: case VT_BOOL: case VT_ERROR: case VT_FILETIME:
        case VT_DECIMAL: return Content::number;
        case VT_BSTR: return Content::bstr;
        case VT_LPSTR: return Content::text;
        case VT_LPWSTR: return Content::wide_text;
        case VT_CLSID: return Content::guid;
        case VT_BLOB: case VT_BLOB_OBJECT: return Content::blob;
        case VT_CF: return Content::clipboard;
        case VT_UNKNOWN: case VT_DISPATCH: case VT_STREAM: case VT_STREAMED_OBJECT: case VT_STORAGE: case VT_STORED_OBJECT:
            return Content::reference;
        case VT_VERSIONED_STREAM: return Content::versioned;
        case VT_VARIANT: return Content::variant;
        default: return Content::none;
    }
}

std::size_t element_size(VARTYPE vt) {
    switch (vt) {
        case VT_I1: case VT_UI1: return 1;
        case VT_I2: case VT_UI2: case VT_BOOL: return 2;
        case VT_I4: case VT_UI4: case VT_R4: case VT_ERROR: return 4;
        case VT_I8: case VT_UI8: case VT_R8: case VT_CY: case VT_DATE: case VT_FILETIME: return 8;
        case VT_CLSID: return sizeof(CLSID);
        case VT_CF: return sizeof(CLIPDATA);
        case VT_BSTR: case VT_LPSTR: case VT_LPWSTR: return sizeof(void*);
        case VT_VARIANT: return sizeof(PROPVARIANT);
        default: return 0;
    }
}

namespace {

bool has_arrays(VARTYPE vt) {
    switch (vt) {
        case VT_I1: case VT_UI1: case VT_I2: case VT_UI2: case VT_I4: case VT_UI4: case VT_INT: case VT_UINT: case VT_R4: case VT_R8:
        case VT_CY: case VT_DATE: case VT_BSTR: case VT_BOOL: case VT_DECIMAL: case VT_DISPATCH: case VT_UNKNOWN: case VT_ERROR:
        case VT_VARIANT: return true;
        default: return false;
    }
}

void free_clipboard(CLIPDATA& value) { CoTaskMemFree(value.pClipData); }

void free_element(VARTYPE vt, void* element) {
    switch (content_of(vt)) {
        case Content::text:
        case Content::wide_text: CoTaskMemFree(*static_cast<void**>(element)); break;
        case Content::bstr: SysFreeString(*static_cast<BSTR*>(element)); break;
        case Content::clipboard: free_clipboard(*static_cast<CLIPDATA*>(element)); break;
        case Content::variant: PropVariantClear(static_cast<PROPVARIANT*>(element)); break;
        default: break;
    }
}

/// Task memory with a copy of `size` bytes; null for none, and with `ok` cleared when there is no memory or nothing to copy from.
void* copy_bytes(const void* from, std::size_t size, bool& ok) {
    if (size == 0) return nullptr;
    void* to = from ? CoTaskMemAlloc(size) : nullptr;
    if (to) std::memcpy(to, from, size);
    else ok = false;
    return to;
}

template <class Char>
std::size_t bytes_of_text(const Char* text) {
    std::size_t length = 0;
    while (text[length]) ++length;
    return (length + 1) * sizeof(Char);
}

/// Copies what `element`, whose bits were copied already, owns.
bool own_element(VARTYPE vt, void* element) {
    bool ok = true;
    switch (content_of(vt)) {
        case Content::text: {
            auto& text = *static_cast<LPSTR*>(element);
            if (text) text = static_cast<LPSTR>(copy_bytes(text, bytes_of_text(text), ok));
            break;
        }
        case Content::wide_text: {
            auto& text = *static_cast<LPWSTR*>(element);
            if (text) text = static_cast<LPWSTR>(copy_bytes(text, bytes_of_text(text), ok));
            break;
        }
        case Content::bstr: {
            auto& text = *static_cast<BSTR*>(element);
            if (text && !(text = SysAllocString(text))) ok = false;  // behaviour: up to the first NUL
            break;
        }
        case Content::clipboard: {
            auto& clip = *static_cast<CLIPDATA*>(element);
            const std::size_t size = clip.cbSize > sizeof clip.ulClipFmt ? CBPCLIPDATA(clip) : 0;
            clip.pClipData = static_cast<BYTE*>(copy_bytes(clip.pClipData, size, ok));
            break;
        }
        case Content::variant: {
            PROPVARIANT copy{};
            ok = SUCCEEDED(PropVariantCopy(&copy, static_cast<PROPVARIANT*>(element)));
            std::memcpy(element, &copy, sizeof copy);
            break;
        }
        default: break;
    }
    return ok;
}

bool own_vector(VARTYPE vt, CountedArray& vector) {
    const std::size_t size = element_size(vt);
    const ULONG count = vector.count;
    bool ok = true;
    vector.data = copy_bytes(vector.data, std::size_t{count} * size, ok);
    vector.count = ok ? count : 0;
    for (ULONG i = 0; ok && i < count; ++i) {
        ok = own_element(vt, static_cast<std::uint8_t*>(vector.data) + i * size);
        if (!ok) {  // the elements behind still belong to the original
            std::memset(static_cast<std::uint8_t*>(vector.data) + (i + 1) * size, 0, (count - i - 1) * size);
        }
    }
    return ok;
}

/// Turns a copy of the bits into a value of its own. On failure it owns no more than what PropVariantClear frees.
bool own(PROPVARIANT& value) {
    bool ok = true;
    if (value.vt & VT_ARRAY) {
        SAFEARRAY* copy = nullptr;
        ok = !value.parray || SUCCEEDED(SafeArrayCopy(value.parray, &copy));
        value.parray = copy;
        return ok;
    }
    if (value.vt & VT_VECTOR) {
        CountedArray vector = counted(value);
        ok = own_vector(value.vt & VT_TYPEMASK, vector);
        set_counted(value, vector);
        return ok;
    }
    switch (content_of(value.vt)) {
        case Content::text:
        case Content::wide_text:
        case Content::bstr: return own_element(value.vt, &value.pszVal);
        case Content::guid: value.puuid = static_cast<CLSID*>(copy_bytes(value.puuid, sizeof(CLSID), ok)); return ok;
        case Content::blob: {
            value.blob.pBlobData = static_cast<BYTE*>(copy_bytes(value.blob.pBlobData, value.blob.cbSize, ok));
            return ok;
        }
        case Content::clipboard:
            if (!value.pclipdata) return true;
            value.pclipdata = static_cast<CLIPDATA*>(copy_bytes(value.pclipdata, sizeof(CLIPDATA), ok));
            return ok && own_element(value.vt, value.pclipdata);
        case Content::reference:
            if (value.punkVal) value.punkVal->AddRef();
            return true;
        case Content::versioned:
            if (!value.pVersionedStream) return true;
            value.pVersionedStream = static_cast<VERSIONEDSTREAM*>(copy_bytes(value.pVersionedStream, sizeof(VERSIONEDSTREAM), ok));
            if (ok && value.pVersionedStream->pStream) value.pVersionedStream->pStream->AddRef();
            return ok;
        default: return true;
    }
}

}  // namespace

bool is_propvariant_type(VARTYPE vt) {
    const VARTYPE base = vt & VT_TYPEMASK;
    if (vt == base) return content_of(base) != Content::none && content_of(base) != Content::variant;
    if (vt == (base | VT_VECTOR)) return element_size(base) != 0;
    return vt == (base | VT_ARRAY) && has_arrays(base);
}

bool holds_stream(VARTYPE vt) { return vt == VT_STREAM || vt == VT_STREAMED_OBJECT || vt == VT_VERSIONED_STREAM; }
bool is_indirect(VARTYPE vt) { return holds_stream(vt) || vt == VT_STORAGE || vt == VT_STORED_OBJECT; }

}  // namespace odc::storage

using namespace odc::storage;

WINOLEAPI PropVariantClear(PROPVARIANT* value) {
    if (!value) return S_OK;
    const PROPVARIANT old = *value;
    PropVariantInit(value);
    if (!is_propvariant_type(old.vt)) return STG_E_INVALIDPARAMETER;
    if (old.vt & VT_ARRAY) return old.parray ? SafeArrayDestroy(old.parray) : S_OK;
    if (old.vt & VT_VECTOR) {
        const VARTYPE base = old.vt & VT_TYPEMASK;
        const CountedArray vector = counted(old);
        for (ULONG i = 0; vector.data && i < vector.count; ++i)
            free_element(base, static_cast<std::uint8_t*>(vector.data) + i * element_size(base));
        CoTaskMemFree(vector.data);
        return S_OK;
    }
    switch (content_of(old.vt)) {
        case Content::text:
        case Content::wide_text:
        case Content::guid: CoTaskMemFree(old.puuid); break;
        case Content::bstr: SysFreeString(old.bstrVal); break;
        case Content::blob: CoTaskMemFree(old.blob.pBlobData); break;
        case Content::clipboard:
            if (old.pclipdata) free_clipboard(*old.pclipdata);
            CoTaskMemFree(old.pclipdata);
            break;
        case Content::reference:
            if (old.punkVal) old.punkVal->Release();
            break;
        case Content::versioned:
            if (old.pVersionedStream && old.pVersionedStream->pStream) old.pVersionedStream->pStream->Release();
            CoTaskMemFree(old.pVersionedStream);
            break;
        default: break;
    }
    return S_OK;
}

WINOLEAPI PropVariantCopy(PROPVARIANT* to, const PROPVARIANT* from) {
    if (!to || !from) return E_INVALIDARG;
    if (!is_propvariant_type(from->vt)) return DISP_E_BADVARTYPE;
    PROPVARIANT copy = *from;
    if (!own(copy)) {
        PropVariantClear(&copy);
        return E_OUTOFMEMORY;
    }
    *to = copy;
    return S_OK;
}

WINOLEAPI FreePropVariantArray(ULONG count, PROPVARIANT* values) {
    if (!values) return E_INVALIDARG;
    HRESULT result = S_OK;
    for (ULONG i = 0; i < count; ++i)
        if (const HRESULT hr = PropVariantClear(&values[i]); FAILED(hr)) result = hr;
    return result;
}
