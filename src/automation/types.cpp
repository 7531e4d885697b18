#include "automation/types.h"

namespace odc::automation {

bool is_variant_type(VARTYPE vt) {
    if (vt & (VT_VECTOR | VT_RESERVED)) return false;
    const VARTYPE base = base_of(vt);
    if (base == VT_EMPTY || base == VT_NULL) return !(vt & (VT_ARRAY | VT_BYREF));
    if (base == VT_RECORD || base == VT_VARIANT) return true;
    return size_of_type(base) != 0;
}

std::size_t size_of_type(VARTYPE vt) {
    switch (vt) {
        case VT_I1: case VT_UI1: return 1;
        case VT_I2: case VT_UI2: case VT_BOOL: return 2;
        case VT_I4: case VT_UI4: case VT_INT: case VT_UINT: case VT_R4: case VT_ERROR: return 4;
        case VT_I8: case VT_UI8: case VT_R8: case VT_CY: case VT_DATE: return 8;
        case VT_BSTR: case VT_UNKNOWN: case VT_DISPATCH: return sizeof(void*);
        case VT_DECIMAL: return sizeof(DECIMAL);
        case VT_VARIANT: return sizeof(VARIANT);
        default: return 0;
    }
}

bool owns(VARTYPE vt) {
    switch (vt) {
        case VT_BSTR: case VT_UNKNOWN: case VT_DISPATCH: case VT_VARIANT: case VT_RECORD: return true;
        default: return false;
    }
}

}  // namespace odc::automation
