// Automation: BSTR, VARIANT, SAFEARRAY, error information. Semantics: Microsoft's documentation of the function of that name;
// docs/automation.md says where OpenDCOM does more or less. Functions on one value are as safe as the value: no locks.
#pragma once

#include "combaseapi.h"
#include "oaidl.h"

/* BSTR: characters behind a 32-bit length in bytes, which lies directly before them, and a terminator that is not counted. Blocks come
   from CoTaskMemAlloc. A null pointer is a text of length 0 everywhere. ------------------------------------------------------- */
WINOLEAPI_(BSTR) SysAllocString(const OLECHAR* text);
WINOLEAPI_(BSTR) SysAllocStringLen(const OLECHAR* text, UINT characters);
WINOLEAPI_(BSTR) SysAllocStringByteLen(LPCSTR bytes, UINT size);
WINOLEAPI_(INT) SysReAllocString(BSTR* text, const OLECHAR* value);
WINOLEAPI_(INT) SysReAllocStringLen(BSTR* text, const OLECHAR* value, UINT characters);
WINOLEAPI_(void) SysFreeString(BSTR text);
WINOLEAPI_(UINT) SysStringLen(BSTR text);
WINOLEAPI_(UINT) SysStringByteLen(BSTR text);

/* SAFEARRAY ---------------------------------------------------------------------------------------------------------------- */
WINOLEAPI SafeArrayAllocDescriptor(UINT dimensions, SAFEARRAY** array);
WINOLEAPI SafeArrayAllocDescriptorEx(VARTYPE vt, UINT dimensions, SAFEARRAY** array);
WINOLEAPI SafeArrayAllocData(SAFEARRAY* array);
WINOLEAPI_(SAFEARRAY*) SafeArrayCreate(VARTYPE vt, UINT dimensions, SAFEARRAYBOUND* bounds);
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateEx(VARTYPE vt, UINT dimensions, SAFEARRAYBOUND* bounds, PVOID extra);
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateVector(VARTYPE vt, LONG lowerBound, ULONG elements);
WINOLEAPI_(SAFEARRAY*) SafeArrayCreateVectorEx(VARTYPE vt, LONG lowerBound, ULONG elements, PVOID extra);
WINOLEAPI SafeArrayDestroyDescriptor(SAFEARRAY* array);
WINOLEAPI SafeArrayDestroyData(SAFEARRAY* array);
WINOLEAPI SafeArrayDestroy(SAFEARRAY* array);
WINOLEAPI SafeArrayRedim(SAFEARRAY* array, SAFEARRAYBOUND* lastBound);
WINOLEAPI SafeArrayCopy(SAFEARRAY* array, SAFEARRAY** copy);
WINOLEAPI SafeArrayCopyData(SAFEARRAY* from, SAFEARRAY* to);
WINOLEAPI_(UINT) SafeArrayGetDim(SAFEARRAY* array);
WINOLEAPI_(UINT) SafeArrayGetElemsize(SAFEARRAY* array);
WINOLEAPI SafeArrayGetUBound(SAFEARRAY* array, UINT dimension, LONG* bound);
WINOLEAPI SafeArrayGetLBound(SAFEARRAY* array, UINT dimension, LONG* bound);
WINOLEAPI SafeArrayLock(SAFEARRAY* array);
WINOLEAPI SafeArrayUnlock(SAFEARRAY* array);
WINOLEAPI SafeArrayAccessData(SAFEARRAY* array, void** data);
WINOLEAPI SafeArrayUnaccessData(SAFEARRAY* array);
WINOLEAPI SafeArrayGetElement(SAFEARRAY* array, LONG* indices, void* value);
WINOLEAPI SafeArrayPutElement(SAFEARRAY* array, LONG* indices, void* value);
WINOLEAPI SafeArrayPtrOfIndex(SAFEARRAY* array, LONG* indices, void** element);
WINOLEAPI SafeArrayGetVartype(SAFEARRAY* array, VARTYPE* vt);
WINOLEAPI SafeArraySetIID(SAFEARRAY* array, REFGUID iid);
WINOLEAPI SafeArrayGetIID(SAFEARRAY* array, GUID* iid);
WINOLEAPI SafeArraySetRecordInfo(SAFEARRAY* array, IRecordInfo* info);
WINOLEAPI SafeArrayGetRecordInfo(SAFEARRAY* array, IRecordInfo** info);
WINOLEAPI VectorFromBstr(BSTR bytes, SAFEARRAY** array);
WINOLEAPI BstrFromVector(SAFEARRAY* array, BSTR* bytes);

/* VARIANT ------------------------------------------------------------------------------------------------------------------ */
#define VARIANT_NOVALUEPROP 0x01
#define VARIANT_ALPHABOOL 0x02
#define VARIANT_NOUSEROVERRIDE 0x04
#define VARIANT_CALENDAR_HIJRI 0x08
#define VARIANT_LOCALBOOL 0x10
#define VARIANT_CALENDAR_THAI 0x20
#define VARIANT_CALENDAR_GREGORIAN 0x40
#define VARIANT_USE_NLS 0x80
WINOLEAPI_(void) VariantInit(VARIANTARG* value);
WINOLEAPI VariantClear(VARIANTARG* value);
WINOLEAPI VariantCopy(VARIANTARG* to, const VARIANTARG* from);
WINOLEAPI VariantCopyInd(VARIANT* to, const VARIANTARG* from);
WINOLEAPI VariantChangeType(VARIANTARG* to, const VARIANTARG* from, USHORT flags, VARTYPE vt);
WINOLEAPI VariantChangeTypeEx(VARIANTARG* to, const VARIANTARG* from, LCID locale, USHORT flags, VARTYPE vt);

#define V_UNION(X, Y) ((X)->Y)
#define V_VT(X) ((X)->vt)
#define V_RECORDINFO(X) ((X)->pRecInfo)
#define V_RECORD(X) ((X)->pvRecord)
#define V_ISBYREF(X) (V_VT(X) & VT_BYREF)
#define V_ISARRAY(X) (V_VT(X) & VT_ARRAY)
#define V_ISVECTOR(X) (V_VT(X) & VT_VECTOR)
#define V_NONE(X) V_I2(X)
#define V_UI1(X) V_UNION(X, bVal)
#define V_UI1REF(X) V_UNION(X, pbVal)
#define V_I2(X) V_UNION(X, iVal)
#define V_I2REF(X) V_UNION(X, piVal)
#define V_I4(X) V_UNION(X, lVal)
#define V_I4REF(X) V_UNION(X, plVal)
#define V_I8(X) V_UNION(X, llVal)
#define V_I8REF(X) V_UNION(X, pllVal)
#define V_R4(X) V_UNION(X, fltVal)
#define V_R4REF(X) V_UNION(X, pfltVal)
#define V_R8(X) V_UNION(X, dblVal)
#define V_R8REF(X) V_UNION(X, pdblVal)
#define V_I1(X) V_UNION(X, cVal)
#define V_I1REF(X) V_UNION(X, pcVal)
#define V_UI2(X) V_UNION(X, uiVal)
#define V_UI2REF(X) V_UNION(X, puiVal)
#define V_UI4(X) V_UNION(X, ulVal)
#define V_UI4REF(X) V_UNION(X, pulVal)
#define V_UI8(X) V_UNION(X, ullVal)
#define V_UI8REF(X) V_UNION(X, pullVal)
#define V_INT(X) V_UNION(X, intVal)
#define V_INTREF(X) V_UNION(X, pintVal)
#define V_UINT(X) V_UNION(X, uintVal)
#define V_UINTREF(X) V_UNION(X, puintVal)
#define V_INT_PTR(X) V_UNION(X, llVal)
#define V_UINT_PTR(X) V_UNION(X, ullVal)
#define V_INT_PTRREF(X) V_UNION(X, pllVal)
#define V_UINT_PTRREF(X) V_UNION(X, pullVal)
#define V_CY(X) V_UNION(X, cyVal)
#define V_CYREF(X) V_UNION(X, pcyVal)
#define V_DATE(X) V_UNION(X, date)
#define V_DATEREF(X) V_UNION(X, pdate)
#define V_BSTR(X) V_UNION(X, bstrVal)
#define V_BSTRREF(X) V_UNION(X, pbstrVal)
#define V_DISPATCH(X) V_UNION(X, pdispVal)
#define V_DISPATCHREF(X) V_UNION(X, ppdispVal)
#define V_ERROR(X) V_UNION(X, scode)
#define V_ERRORREF(X) V_UNION(X, pscode)
#define V_BOOL(X) V_UNION(X, boolVal)
#define V_BOOLREF(X) V_UNION(X, pboolVal)
#define V_UNKNOWN(X) V_UNION(X, punkVal)
#define V_UNKNOWNREF(X) V_UNION(X, ppunkVal)
#define V_VARIANTREF(X) V_UNION(X, pvarVal)
#define V_DECIMAL(X) V_UNION(X, decVal)
#define V_DECIMALREF(X) V_UNION(X, pdecVal)
#define V_ARRAY(X) V_UNION(X, parray)
#define V_ARRAYREF(X) V_UNION(X, pparray)
#define V_BYREF(X) V_UNION(X, byref)
