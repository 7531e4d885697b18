// SAFEARRAY: descriptors, data, shape.
#include "automation/safe_array.h"

#include <algorithm>
#include <cstring>

using namespace odc::automation;

namespace odc::automation {

std::uint64_t element_count(const SAFEARRAY& array) {
    std::uint64_t count = 1;
    for (USHORT i = 0; i < array.cDims; ++i) {
        count *= array.rgsabound[i].cElements;
        if (count > kMaxArrayBytes) count = kMaxArrayBytes + 1;  // stays too large unless a later dimension is empty
    }
    return count;
}

void describe(SAFEARRAY* array, VARTYPE vt) {
    array->cbElements = static_cast<ULONG>(size_of_type(vt));
    switch (vt) {
        case VT_BSTR: array->fFeatures |= FADF_BSTR; break;
        case VT_VARIANT: array->fFeatures |= FADF_VARIANT; break;
        case VT_UNKNOWN: array->fFeatures |= FADF_UNKNOWN | FADF_HAVEIID; break;
        case VT_DISPATCH: array->fFeatures |= FADF_DISPATCH | FADF_HAVEIID; break;
        case VT_RECORD: array->fFeatures |= FADF_RECORD; break;
        default: break;
    }
    if (array->fFeatures & FADF_HAVEIID) {
        hidden_iid(array) = vt == VT_DISPATCH ? IID_IDispatch : IID_IUnknown;
    } else if (!(array->fFeatures & FADF_RECORD)) {
        array->fFeatures |= FADF_HAVEVARTYPE;
        hidden_type(array) = vt;
    }
}

VARTYPE type_by_features(USHORT features) {
    if (features & FADF_RECORD) return VT_RECORD;
    if (features & FADF_DISPATCH) return VT_DISPATCH;
    if (features & FADF_UNKNOWN) return VT_UNKNOWN;
    if (features & FADF_VARIANT) return VT_VARIANT;
    if (features & FADF_BSTR) return VT_BSTR;
    return VT_EMPTY;
}

}  // namespace odc::automation

namespace {

constexpr USHORT kNotOwned = FADF_AUTO | FADF_STATIC | FADF_EMBEDDED;

std::uint8_t* element_at(SAFEARRAY* array, std::uint64_t index) { return static_cast<std::uint8_t*>(array->pvData) + index * array->cbElements; }

/// Gives up what elements own; their memory is zero afterwards.
void clear_elements(SAFEARRAY* array, std::uint64_t first, std::uint64_t count) {
    if (!array->pvData || !count) return;
    std::uint8_t* at = element_at(array, first);
    const std::size_t bytes = static_cast<std::size_t>(count) * array->cbElements;
    switch (type_by_features(array->fFeatures)) {
        case VT_BSTR:
            for (std::uint64_t i = 0; i < count; ++i) SysFreeString(reinterpret_cast<BSTR*>(at)[i]);
            break;
        case VT_DISPATCH: case VT_UNKNOWN:
            for (std::uint64_t i = 0; i < count; ++i)
                if (auto* object = reinterpret_cast<IUnknown**>(at)[i]) object->Release();
            break;
        case VT_VARIANT:
            for (std::uint64_t i = 0; i < count; ++i) VariantClear(reinterpret_cast<VARIANT*>(at) + i);
            break;
        case VT_RECORD:
            if (IRecordInfo* info = hidden_record(array))
                for (std::uint64_t i = 0; i < count; ++i) info->RecordClear(at + i * array->cbElements);
            break;
        default: break;
    }
    std::memset(at, 0, bytes);
}

/// Copies `count` elements, own copies of what they own, over zeroed memory of the same type. After a failure the elements behind it are zero.
HRESULT copy_elements(SAFEARRAY* from, SAFEARRAY* to, std::uint64_t count) {
    if (!count) return S_OK;
    if (!from->pvData || !to->pvData) return E_INVALIDARG;
    const VARTYPE type = type_by_features(from->fFeatures);
    if (type == VT_EMPTY) {
        std::memcpy(to->pvData, from->pvData, static_cast<std::size_t>(count) * from->cbElements);
        return S_OK;
    }
    IRecordInfo* info = type == VT_RECORD ? hidden_record(from) : nullptr;
    for (std::uint64_t i = 0; i < count; ++i) {
        const void* source = element_at(from, i);
        void* target = element_at(to, i);
        switch (type) {
            case VT_BSTR: {
                BSTR text = *static_cast<BSTR const*>(source);
                if (!text) break;
                BSTR copy = SysAllocStringByteLen(reinterpret_cast<LPCSTR>(text), SysStringByteLen(text));
                if (!copy) return E_OUTOFMEMORY;
                *static_cast<BSTR*>(target) = copy;
                break;
            }
            case VT_VARIANT:
                if (const HRESULT hr = VariantCopy(static_cast<VARIANT*>(target), static_cast<const VARIANT*>(source)); FAILED(hr)) return hr;
                break;
            case VT_RECORD:
                if (!info) return E_INVALIDARG;
                if (const HRESULT hr = info->RecordCopy(const_cast<void*>(source), target); FAILED(hr)) return hr;
                break;
            default: {
                auto* object = *static_cast<IUnknown* const*>(source);
                if (object) object->AddRef();
                *static_cast<IUnknown**>(target) = object;
            }
        }
    }
    return S_OK;
}

SAFEARRAY* create(VARTYPE vt, UINT dimensions, const SAFEARRAYBOUND* bounds, void* extra) {
    if (!bounds || (vt == VT_RECORD && !extra)) return nullptr;
    SAFEARRAY* array = nullptr;
    if (FAILED(SafeArrayAllocDescriptorEx(vt, dimensions, &array))) return nullptr;
    if (vt == VT_RECORD) {
        auto* info = static_cast<IRecordInfo*>(extra);
        ULONG size = 0;
        if (FAILED(info->GetSize(&size)) || size == 0 || FAILED(SafeArraySetRecordInfo(array, info))) {
            SafeArrayDestroyDescriptor(array);
            return nullptr;
        }
        array->cbElements = size;
    } else if (extra && (array->fFeatures & FADF_HAVEIID)) {
        hidden_iid(array) = *static_cast<const IID*>(extra);
    }
    for (UINT i = 0; i < dimensions; ++i) array->rgsabound[i] = bounds[dimensions - 1 - i];
    if (FAILED(SafeArrayAllocData(array))) {
        SafeArrayDestroyDescriptor(array);
        return nullptr;
    }
    return array;
}

bool same_shape(const SAFEARRAY& a, const SAFEARRAY& b) {
    if (a.cDims != b.cDims || a.cbElements != b.cbElements) return false;
    for (USHORT i = 0; i < a.cDims; ++i)
        if (a.rgsabound[i].cElements != b.rgsabound[i].cElements) return false;
    return true;
}

}  // namespace

WINOLEAPI SafeArrayAllocDescriptor(UINT dimensions, SAFEARRAY** array) {
    if (!array) return E_POINTER;
    *array = nullptr;
    if (dimensions == 0 || dimensions > kMaxDimensions) return E_INVALIDARG;
    const std::size_t size = kArrayPrefix + descriptor_size(dimensions);
    void* block = CoTaskMemAlloc(size);
    if (!block) return E_OUTOFMEMORY;
    std::memset(block, 0, size);
    *array = descriptor_in(block, dimensions);
    return S_OK;
}

WINOLEAPI SafeArrayAllocDescriptorEx(VARTYPE vt, UINT dimensions, SAFEARRAY** array) {
    if (!array) return E_POINTER;
    *array = nullptr;
    if (vt != VT_RECORD && size_of_type(vt) == 0) return DISP_E_BADVARTYPE;
    if (const HRESULT hr = SafeArrayAllocDescriptor(dimensions, array); FAILED(hr)) return hr;
    describe(*array, vt);
    return S_OK;
}

WINOLEAPI SafeArrayAllocData(SAFEARRAY* array) {
    if (!array) return E_INVALIDARG;
    const std::uint64_t count = element_count(*array);
    const std::uint64_t bytes = count * array->cbElements;
    if (count > kMaxArrayBytes || bytes > kMaxArrayBytes) return E_OUTOFMEMORY;
    void* data = CoTaskMemAlloc(static_cast<std::size_t>(bytes));
    if (!data) return E_OUTOFMEMORY;
    std::memset(data, 0, static_cast<std::size_t>(bytes));
    array->pvData = data;
    return S_OK;
}

WINOLEAPI_(SAFEARRAY*) SafeArrayCreate(VARTYPE vt, UINT dimensions, SAFEARRAYBOUND* bounds) {
    return vt == VT_RECORD ? nullptr : create(vt, dimensions, bounds, nullptr);
}
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateEx(VARTYPE vt, UINT dimensions, SAFEARRAYBOUND* bounds, PVOID extra) {
    return create(vt, dimensions, bounds, extra);
}
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateVector(VARTYPE vt, LONG lowerBound, ULONG elements) {
    SAFEARRAYBOUND bound{elements, lowerBound};
    return SafeArrayCreate(vt, 1, &bound);
}
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateVectorEx(VARTYPE vt, LONG lowerBound, ULONG elements, PVOID extra) {
    SAFEARRAYBOUND bound{elements, lowerBound};
    return SafeArrayCreateEx(vt, 1, &bound, extra);
}

WINOLEAPI SafeArrayDestroyDescriptor(SAFEARRAY* array) {
    if (!array) return S_OK;
    if (array->cLocks) return DISP_E_ARRAYISLOCKED;
    if (array->fFeatures & FADF_RECORD) SafeArraySetRecordInfo(array, nullptr);
    if (!(array->fFeatures & kNotOwned)) CoTaskMemFree(block_of(array));
    return S_OK;
}

WINOLEAPI SafeArrayDestroyData(SAFEARRAY* array) {
    if (!array) return E_INVALIDARG;
    if (array->cLocks) return DISP_E_ARRAYISLOCKED;
    if (!array->pvData) return S_OK;
    clear_elements(array, 0, element_count(*array));
    if (!(array->fFeatures & kNotOwned)) {
        CoTaskMemFree(array->pvData);
        array->pvData = nullptr;
    }
    return S_OK;
}

WINOLEAPI SafeArrayDestroy(SAFEARRAY* array) {
    if (!array) return S_OK;
    if (array->cLocks) return DISP_E_ARRAYISLOCKED;
    SafeArrayDestroyData(array);
    return SafeArrayDestroyDescriptor(array);
}

WINOLEAPI SafeArrayRedim(SAFEARRAY* array, SAFEARRAYBOUND* lastBound) {
    if (!array || !lastBound || array->cDims == 0) return E_INVALIDARG;
    if ((array->fFeatures & (FADF_FIXEDSIZE | kNotOwned)) || array->cLocks) return DISP_E_ARRAYISLOCKED;
    const SAFEARRAYBOUND before = array->rgsabound[0];
    const std::uint64_t old_count = element_count(*array);
    array->rgsabound[0] = *lastBound;
    const std::uint64_t new_count = element_count(*array);
    const std::uint64_t new_bytes = new_count * array->cbElements;
    if (new_count > kMaxArrayBytes || new_bytes > kMaxArrayBytes) {
        array->rgsabound[0] = before;
        return E_OUTOFMEMORY;
    }
    // Elements of the other dimensions vary faster, so the array keeps its front whatever the last dimension becomes.
    void* data = CoTaskMemAlloc(static_cast<std::size_t>(new_bytes));
    if (!data) {
        array->rgsabound[0] = before;
        return E_OUTOFMEMORY;
    }
    const std::uint64_t kept = array->pvData ? std::min(old_count, new_count) : 0;
    if (old_count > kept) clear_elements(array, kept, old_count - kept);
    const std::size_t kept_bytes = static_cast<std::size_t>(kept) * array->cbElements;
    if (kept_bytes) std::memcpy(data, array->pvData, kept_bytes);
    std::memset(static_cast<std::uint8_t*>(data) + kept_bytes, 0, static_cast<std::size_t>(new_bytes) - kept_bytes);
    CoTaskMemFree(array->pvData);
    array->pvData = data;
    return S_OK;
}

WINOLEAPI SafeArrayCopy(SAFEARRAY* array, SAFEARRAY** copy) {
    if (!copy) return E_INVALIDARG;
    *copy = nullptr;
    if (!array) return S_OK;
    if (array->cDims == 0 || array->cbElements == 0) return E_INVALIDARG;
    SAFEARRAY* made = nullptr;
    if (const HRESULT hr = SafeArrayAllocDescriptor(array->cDims, &made); FAILED(hr)) return hr;
    std::memcpy(made, array, descriptor_size(array->cDims));
    made->fFeatures = array->fFeatures & static_cast<USHORT>(~(kNotOwned | FADF_FIXEDSIZE));
    made->cLocks = 0;
    made->pvData = nullptr;
    if (made->fFeatures & FADF_RECORD) {
        IRecordInfo* info = hidden_record(array);
        hidden_record(made) = info;
        if (info) info->AddRef();
    } else if (made->fFeatures & FADF_HAVEIID) {
        hidden_iid(made) = hidden_iid(array);
    } else if (made->fFeatures & FADF_HAVEVARTYPE) {
        hidden_type(made) = hidden_type(array);
    }
    HRESULT hr = SafeArrayAllocData(made);
    if (SUCCEEDED(hr)) hr = copy_elements(array, made, element_count(*array));
    if (FAILED(hr)) {
        SafeArrayDestroy(made);
        return hr;
    }
    *copy = made;
    return S_OK;
}

WINOLEAPI SafeArrayCopyData(SAFEARRAY* from, SAFEARRAY* to) {
    if (!from || !to || !same_shape(*from, *to)) return E_INVALIDARG;
    if (from == to) return S_OK;
    if (type_by_features(from->fFeatures) != type_by_features(to->fFeatures)) return E_INVALIDARG;
    if (!from->pvData || !to->pvData) return E_INVALIDARG;
    clear_elements(to, 0, element_count(*to));
    return copy_elements(from, to, element_count(*from));
}
