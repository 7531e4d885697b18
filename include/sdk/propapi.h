/* Property sets: the functions beside the interfaces of propidl.h, which includes this. Semantics: Microsoft's documentation of the function
   of that name; docs/property-sets.md says where OpenDCOM does more or less. Errors are HRESULTs unless the comment says otherwise. */
#pragma once

#include "winbase_types.h"
#include "guiddef.h"

/* Format ids ------------------------------------------------------------------------------------------------------------- */
EXTERN_C ODC_API const FMTID FMTID_SummaryInformation;
EXTERN_C ODC_API const FMTID FMTID_DocSummaryInformation;
EXTERN_C ODC_API const FMTID FMTID_UserDefinedProperties; /* the second set in the stream of document summary information */
EXTERN_C ODC_API const FMTID FMTID_DiscardableInformation;
EXTERN_C ODC_API const FMTID FMTID_ImageSummaryInformation;
EXTERN_C ODC_API const FMTID FMTID_AudioSummaryInformation;
EXTERN_C ODC_API const FMTID FMTID_VideoSummaryInformation;
EXTERN_C ODC_API const FMTID FMTID_MediaFileSummaryInformation;

/* PROPVARIANT. What hangs on one is task memory, a BSTR or SAFEARRAY, or a counted reference; VT_LPSTR is UTF-8 (see
   docs/property-sets.md). -------------------------------------------------------------------------------------------------- */
WINOLEAPI PropVariantCopy(PROPVARIANT* to, const PROPVARIANT* from);
WINOLEAPI PropVariantClear(PROPVARIANT* value);
WINOLEAPI FreePropVariantArray(ULONG count, PROPVARIANT* values);
#define _PROPVARIANTINIT_DEFINED_
#ifdef __cplusplus
inline void PropVariantInit(PROPVARIANT* value) { memset(static_cast<void*>(value), 0, sizeof(PROPVARIANT)); }
#else
#define PropVariantInit(value) memset((value), 0, sizeof(PROPVARIANT))
#endif

/* Property sets without IPropertySetStorage: in an IStream, or (PROPSETFLAG_NONSIMPLE) in an IStorage. ------------------------ */
WINOLEAPI StgCreatePropStg(IUnknown* place, REFFMTID format, const CLSID* clsid, DWORD flags, DWORD reserved, IPropertyStorage** properties);
WINOLEAPI StgOpenPropStg(IUnknown* place, REFFMTID format, DWORD flags, DWORD reserved, IPropertyStorage** properties);
WINOLEAPI StgCreatePropSetStg(IStorage* storage, DWORD reserved, IPropertySetStorage** sets);

/* The name of the element that holds the property set of a format; `name` has room for CCH_MAX_PROPSTG_NAME + 1 characters. */
#define CCH_MAX_PROPSTG_NAME 31
WINOLEAPI FmtIdToPropStgName(const FMTID* format, LPOLESTR name);
WINOLEAPI PropStgNameToFmtId(const LPOLESTR name, FMTID* format);

/* One value as its bytes in a property set. ---------------------------------------------------------------------------------- */
#ifndef _SERIALIZEDPROPERTYVALUE_DEFINED_
#define _SERIALIZEDPROPERTYVALUE_DEFINED_
typedef struct tagSERIALIZEDPROPERTYVALUE {
    DWORD dwType;
    BYTE rgb[1];
} SERIALIZEDPROPERTYVALUE;
#endif
/* `*size`: room at `property` (which may be null), then the bytes needed. Null when the value does not fit its type, when there is too little
   room, or on any other failure; then `*size` tells the bytes needed, 0 for a value that cannot be written. For streams and storages
   `*indirect` is 1, and the value says "prop<id>". */
EXTERN_C ODC_API SERIALIZEDPROPERTYVALUE* STDAPICALLTYPE StgConvertVariantToProperty(const PROPVARIANT* value, USHORT codePage,
                                                                                    SERIALIZEDPROPERTYVALUE* property, ULONG* size, PROPID id,
                                                                                    BOOLEAN reserved, ULONG* indirect);
/* The bytes are believed: what they say of their length is not checked against anything. `memory` is null for task memory, or points to an
   object whose first two virtual functions are `void* Allocate(ULONG)` and `void Free(void*)`. TRUE for a value that is a stream or storage:
   then pwszVal is the element's name. VT_ILLEGAL in `value` for bytes that are no value. */
EXTERN_C ODC_API BOOLEAN STDAPICALLTYPE StgConvertPropertyToVariant(const SERIALIZEDPROPERTYVALUE* property, USHORT codePage, PROPVARIANT* value,
                                                                   void* memory);
/* Bytes of memory that StgConvertPropertyToVariant would take beside the PROPVARIANT; 0 also for what is no value within `size` bytes. */
WINOLEAPI_(ULONG) StgPropertyLengthAsVariant(const SERIALIZEDPROPERTYVALUE* property, ULONG size, USHORT codePage, BYTE reserved);
