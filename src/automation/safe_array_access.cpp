// SAFEARRAY: elements, locks, what an array says of itself.
#include <cstring>

#include "automation/safe_array.h"

using namespace odc::automation;

namespace {

const SAFEARRAYBOUND* dimension(const SAFEARRAY* array, UINT number) {
    return number >= 1 && number <= array->cDims ? &array->rgsabound[array->cDims - number] : nullptr;
}

/// Indices stand in the order of the dimensions; the first varies fastest in memory.
HRESULT locate(SAFEARRAY* array, const LONG* indices, std::uint8_t*& element) {
    std::uint64_t at = 0, stride = 1;
    for (UINT i = 0; i < array->cDims; ++i) {
        const SAFEARRAYBOUND& bound = *dimension(array, i + 1);
        const std::int64_t offset = std::int64_t{indices[i]} - bound.lLbound;
        if (offset < 0 || offset >= std::int64_t{bound.cElements}) return DISP_E_BADINDEX;
        at += static_cast<std::uint64_t>(offset) * stride;
        stride *= bound.cElements;
    }
    if (!array->pvData) return E_UNEXPECTED;
    element = static_cast<std::uint8_t*>(array->pvData) + at * array->cbElements;
    return S_OK;
}

/// Holds a lock for the time of one access.
class Locked {
  public:
    explicit Locked(SAFEARRAY* array) : array_(array), result_(SafeArrayLock(array)) {}
    ~Locked() {
        if (SUCCEEDED(result_)) SafeArrayUnlock(array_);
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    HRESULT result() const { return result_; }

  private:
    SAFEARRAY* array_;
    HRESULT result_;
};

HRESULT get(SAFEARRAY* array, const void* element, void* value) {
    switch (type_by_features(array->fFeatures)) {
        case VT_BSTR: {
            BSTR text = *static_cast<BSTR const*>(element);
            BSTR copy = text ? SysAllocStringByteLen(reinterpret_cast<LPCSTR>(text), SysStringByteLen(text)) : nullptr;
            *static_cast<BSTR*>(value) = copy;
            return text && !copy ? E_OUTOFMEMORY : S_OK;
        }
        case VT_UNKNOWN: case VT_DISPATCH: {
            auto* object = *static_cast<IUnknown* const*>(element);
            if (object) object->AddRef();
            *static_cast<IUnknown**>(value) = object;
            return S_OK;
        }
        case VT_VARIANT:
            VariantInit(static_cast<VARIANT*>(value));
            return VariantCopy(static_cast<VARIANT*>(value), static_cast<const VARIANT*>(element));
        case VT_RECORD:
            if (IRecordInfo* info = hidden_record(array)) return info->RecordCopy(const_cast<void*>(element), value);
            return E_INVALIDARG;
        default: std::memcpy(value, element, array->cbElements); return S_OK;
    }
}

HRESULT put(SAFEARRAY* array, void* element, void* value) {
    switch (type_by_features(array->fFeatures)) {
        case VT_BSTR: {
            const auto text = static_cast<BSTR>(value);
            BSTR copy = text ? SysAllocStringByteLen(reinterpret_cast<LPCSTR>(text), SysStringByteLen(text)) : nullptr;
            if (text && !copy) return E_OUTOFMEMORY;
            SysFreeString(*static_cast<BSTR*>(element));
            *static_cast<BSTR*>(element) = copy;
            return S_OK;
        }
        case VT_UNKNOWN: case VT_DISPATCH: {
            auto* object = static_cast<IUnknown*>(value);
            if (object) object->AddRef();
            auto* before = *static_cast<IUnknown**>(element);
            *static_cast<IUnknown**>(element) = object;
            if (before) before->Release();
            return S_OK;
        }
        default: break;
    }
    if (!value) return E_INVALIDARG;
    switch (type_by_features(array->fFeatures)) {
        case VT_VARIANT: return VariantCopy(static_cast<VARIANT*>(element), static_cast<const VARIANT*>(value));
        case VT_RECORD:
            if (IRecordInfo* info = hidden_record(array)) return info->RecordCopy(value, element);
            return E_INVALIDARG;
        default: std::memcpy(element, value, array->cbElements); return S_OK;
    }
}

}  // namespace

WINOLEAPI_(UINT) SafeArrayGetDim(SAFEARRAY* array) { return array ? array->cDims : 0; }
WINOLEAPI_(UINT) SafeArrayGetElemsize(SAFEARRAY* array) { return array ? array->cbElements : 0; }

WINOLEAPI SafeArrayGetUBound(SAFEARRAY* array, UINT number, LONG* bound) {
    if (!array || !bound) return E_INVALIDARG;
    const SAFEARRAYBOUND* found = dimension(array, number);
    if (!found) return DISP_E_BADINDEX;
    *bound = static_cast<LONG>(static_cast<std::uint32_t>(found->lLbound) + found->cElements - 1);
    return S_OK;
}

WINOLEAPI SafeArrayGetLBound(SAFEARRAY* array, UINT number, LONG* bound) {
    if (!array || !bound) return E_INVALIDARG;
    const SAFEARRAYBOUND* found = dimension(array, number);
    if (!found) return DISP_E_BADINDEX;
    *bound = found->lLbound;
    return S_OK;
}

WINOLEAPI SafeArrayLock(SAFEARRAY* array) {
    if (!array) return E_INVALIDARG;
    ULONG locks = __atomic_load_n(&array->cLocks, __ATOMIC_RELAXED);
    do {
        if (locks >= 0xFFFF) return E_UNEXPECTED;
    } while (!__atomic_compare_exchange_n(&array->cLocks, &locks, locks + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return S_OK;
}

WINOLEAPI SafeArrayUnlock(SAFEARRAY* array) {
    if (!array) return E_INVALIDARG;
    ULONG locks = __atomic_load_n(&array->cLocks, __ATOMIC_RELAXED);
    do {
        if (locks == 0) return E_UNEXPECTED;
    } while (!__atomic_compare_exchange_n(&array->cLocks, &locks, locks - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return S_OK;
}

WINOLEAPI SafeArrayAccessData(SAFEARRAY* array, void** data) {
    if (!array || !data) return E_INVALIDARG;
    if (const HRESULT hr = SafeArrayLock(array); FAILED(hr)) {
        *data = nullptr;
        return hr;
    }
    *data = array->pvData;
    return S_OK;
}
WINOLEAPI SafeArrayUnaccessData(SAFEARRAY* array) { return SafeArrayUnlock(array); }

WINOLEAPI SafeArrayGetElement(SAFEARRAY* array, LONG* indices, void* value) {
    if (!array || !indices || !value) return E_INVALIDARG;
    const Locked lock(array);
    if (FAILED(lock.result())) return lock.result();
    std::uint8_t* element = nullptr;
    if (const HRESULT hr = locate(array, indices, element); FAILED(hr)) return hr;
    return get(array, element, value);
}

WINOLEAPI SafeArrayPutElement(SAFEARRAY* array, LONG* indices, void* value) {
    if (!array || !indices) return E_INVALIDARG;
    const Locked lock(array);
    if (FAILED(lock.result())) return lock.result();
    std::uint8_t* element = nullptr;
    if (const HRESULT hr = locate(array, indices, element); FAILED(hr)) return hr;
    return put(array, element, value);
}

WINOLEAPI SafeArrayPtrOfIndex(SAFEARRAY* array, LONG* indices, void** found) {
    if (!array || !indices || !found) return E_INVALIDARG;
    std::uint8_t* element = nullptr;
    if (const HRESULT hr = locate(array, indices, element); FAILED(hr)) return hr;
    *found = element;
    return S_OK;
}

WINOLEAPI SafeArrayGetVartype(SAFEARRAY* array, VARTYPE* vt) {
    if (!array || !vt) return E_INVALIDARG;
    const VARTYPE told = type_by_features(array->fFeatures);
    if (told != VT_EMPTY) *vt = told;
    else if (array->fFeatures & FADF_HAVEVARTYPE) *vt = static_cast<VARTYPE>(hidden_type(array));
    else return E_INVALIDARG;
    return S_OK;
}

WINOLEAPI SafeArraySetIID(SAFEARRAY* array, REFGUID iid) {
    if (!array || !(array->fFeatures & FADF_HAVEIID)) return E_INVALIDARG;
    hidden_iid(array) = iid;
    return S_OK;
}
WINOLEAPI SafeArrayGetIID(SAFEARRAY* array, GUID* iid) {
    if (!array || !iid || !(array->fFeatures & FADF_HAVEIID)) return E_INVALIDARG;
    *iid = hidden_iid(array);
    return S_OK;
}

WINOLEAPI SafeArraySetRecordInfo(SAFEARRAY* array, IRecordInfo* info) {
    if (!array || !(array->fFeatures & FADF_RECORD)) return E_INVALIDARG;
    if (info) info->AddRef();
    if (IRecordInfo* before = hidden_record(array)) before->Release();
    hidden_record(array) = info;
    return S_OK;
}
WINOLEAPI SafeArrayGetRecordInfo(SAFEARRAY* array, IRecordInfo** info) {
    if (!array || !info || !(array->fFeatures & FADF_RECORD)) return E_INVALIDARG;
    *info = hidden_record(array);
    if (*info) (*info)->AddRef();
    return S_OK;
}

WINOLEAPI VectorFromBstr(BSTR bytes, SAFEARRAY** array) {
    if (!array) return E_INVALIDARG;
    *array = SafeArrayCreateVector(VT_UI1, 0, SysStringByteLen(bytes));
    if (!*array) return E_OUTOFMEMORY;
    if (bytes) std::memcpy((*array)->pvData, bytes, SysStringByteLen(bytes));
    return S_OK;
}
WINOLEAPI BstrFromVector(SAFEARRAY* array, BSTR* bytes) {
    if (!bytes) return E_INVALIDARG;
    *bytes = nullptr;
    if (!array || array->cbElements != 1) return E_INVALIDARG;
    if (array->cDims != 1) return E_INVALIDARG;
    *bytes = SysAllocStringByteLen(static_cast<LPCSTR>(array->pvData), array->rgsabound[0].cElements);
    return *bytes ? S_OK : E_OUTOFMEMORY;
}
