// VARIANT without conversions: what a variant owns, and copies of it.
#include <cstring>

#include "automation/types.h"
#include "oleauto.h"

namespace {

using odc::automation::base_of;
using odc::automation::is_variant_type;
using odc::automation::size_of_type;

/// Copies what `value` owns, for a variant that has its bits already. On failure it owns nothing (VT_EMPTY).
HRESULT own_copy(VARIANT& value) {
    const VARTYPE vt = value.vt;
    if (vt & VT_BYREF) return S_OK;
    HRESULT hr = S_OK;
    if (vt & VT_ARRAY) {
        SAFEARRAY* copy = nullptr;
        hr = SafeArrayCopy(value.parray, &copy);
        value.parray = copy;
    } else if (vt == VT_BSTR) {
        if (value.bstrVal) {
            value.bstrVal = SysAllocStringByteLen(reinterpret_cast<LPCSTR>(value.bstrVal), SysStringByteLen(value.bstrVal));
            if (!value.bstrVal) hr = E_OUTOFMEMORY;
        }
    } else if (vt == VT_DISPATCH || vt == VT_UNKNOWN) {
        if (value.punkVal) value.punkVal->AddRef();
    } else if (vt == VT_RECORD) {
        IRecordInfo* const info = value.pRecInfo;
        PVOID const record = value.pvRecord;
        value.pvRecord = nullptr;
        if (!info) hr = record ? E_INVALIDARG : S_OK;
        else {
            if (record) hr = info->RecordCreateCopy(record, &value.pvRecord);
            if (SUCCEEDED(hr)) info->AddRef();
        }
    }
    if (FAILED(hr)) value.vt = VT_EMPTY;
    return hr;
}

HRESULT take_copy(VARIANT& to, const VARIANT& bits) {
    VARIANT made = bits;
    const HRESULT hr = own_copy(made);
    if (FAILED(hr)) return hr;
    if (const HRESULT cleared = VariantClear(&to); FAILED(cleared)) {
        VariantClear(&made);
        return cleared;
    }
    to = made;
    return S_OK;
}

}  // namespace

// Only the type: callers of every age write values without it into variants that were not initialized.
WINOLEAPI_(void) VariantInit(VARIANTARG* value) {
    if (value) std::memset(static_cast<void*>(value), 0, sizeof *value);
}

WINOLEAPI VariantClear(VARIANTARG* value) {
    if (!value) return E_INVALIDARG;
    const VARTYPE vt = value->vt;
    if (!is_variant_type(vt)) return DISP_E_BADVARTYPE;
    if (!(vt & VT_BYREF)) {
        if (vt & VT_ARRAY) {
            if (const HRESULT hr = SafeArrayDestroy(value->parray); FAILED(hr)) return hr;
        } else if (vt == VT_BSTR) {
            SysFreeString(value->bstrVal);
        } else if (vt == VT_DISPATCH || vt == VT_UNKNOWN) {
            if (value->punkVal) value->punkVal->Release();
        } else if (vt == VT_RECORD && value->pRecInfo) {
            if (value->pvRecord) value->pRecInfo->RecordDestroy(value->pvRecord);
            value->pRecInfo->Release();
        }
    }
    value->vt = VT_EMPTY;
    return S_OK;
}

WINOLEAPI VariantCopy(VARIANTARG* to, const VARIANTARG* from) {
    if (!to || !from) return E_INVALIDARG;
    if (!is_variant_type(from->vt)) return DISP_E_BADVARTYPE;
    if (to == from) return S_OK;
    return take_copy(*to, *from);
}

WINOLEAPI VariantCopyInd(VARIANT* to, const VARIANTARG* from) {
    if (!to || !from) return E_INVALIDARG;
    if (!is_variant_type(from->vt)) return DISP_E_BADVARTYPE;
    if (!(from->vt & VT_BYREF)) return VariantCopy(to, from);
    const VARTYPE vt = static_cast<VARTYPE>(from->vt & ~VT_BYREF);
    VARIANT bits;
    VariantInit(&bits);
    if (vt == VT_RECORD) {  // the record itself lies behind the same two pointers
        bits = *from;
        bits.vt = VT_RECORD;
    } else if (!from->byref) {
        return E_INVALIDARG;
    } else if (vt == VT_VARIANT) {
        const VARIANT* inner = from->pvarVal;
        if (!is_variant_type(inner->vt)) return DISP_E_BADVARTYPE;
        if (inner->vt == (VT_VARIANT | VT_BYREF)) return E_INVALIDARG;  // one level is all that the documentation knows
        return inner->vt & VT_BYREF ? VariantCopyInd(to, inner) : take_copy(*to, *inner);
    } else if (vt == VT_DECIMAL) {
        bits.decVal = *from->pdecVal;
        bits.vt = VT_DECIMAL;  // lies where DECIMAL has its reserved field
    } else {
        bits.vt = vt;
        std::memcpy(&bits.llVal, from->byref, vt & VT_ARRAY ? sizeof(SAFEARRAY*) : size_of_type(vt));
    }
    return take_copy(*to, bits);
}
