// GUID and its kin. In memory the fields are in the machine's order, as on Windows; the wire order is NDR's business.
#pragma once

#include <string.h>
#include "winbase_types.h"

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
#endif

typedef GUID IID;
typedef GUID CLSID;
typedef GUID FMTID;
typedef GUID UUID;
typedef GUID* LPGUID;
typedef IID* LPIID;
typedef CLSID* LPCLSID;
typedef FMTID* LPFMTID;
typedef const GUID* LPCGUID;

#ifdef __cplusplus
typedef const GUID& REFGUID;
typedef const IID& REFIID;
typedef const CLSID& REFCLSID;
typedef const FMTID& REFFMTID;
inline bool operator==(const GUID& a, const GUID& b) { return memcmp(&a, &b, sizeof(GUID)) == 0; }
inline bool operator!=(const GUID& a, const GUID& b) { return !(a == b); }
inline int IsEqualGUID(const GUID& a, const GUID& b) { return a == b; }
#else
typedef const GUID* REFGUID;
typedef const IID* REFIID;
typedef const CLSID* REFCLSID;
typedef const FMTID* REFFMTID;
#define IsEqualGUID(a, b) (!memcmp((a), (b), sizeof(GUID)))
#endif
#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)
#define IsEqualFMTID(a, b) IsEqualGUID(a, b)

/* DEFINE_GUID declares; in the one file that includes <initguid.h> first it defines. */
#ifdef INITGUID
#ifdef __cplusplus
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    extern "C" const GUID name __attribute__((weak, visibility("default"))) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    const GUID name __attribute__((weak, visibility("default"))) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#endif
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
#define DEFINE_OLEGUID(name, l, w1, w2) DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)
EXTERN_C ODC_API const GUID GUID_NULL;
#define IID_NULL GUID_NULL
#define CLSID_NULL GUID_NULL
#define FMTID_NULL GUID_NULL

#ifdef __cplusplus
/* `__uuidof(T)` names the interface id that MIDL attached to T; it also takes expressions, as the Microsoft compiler does. */
namespace odc {
template <class T>
struct UuidOf;
template <class T>
struct UuidOf<T*> : UuidOf<T> {};
template <class T>
struct UuidOf<T&> : UuidOf<T> {};
template <class T>
struct UuidOf<const T> : UuidOf<T> {};
}  // namespace odc
#ifndef _MSC_EXTENSIONS
#define __uuidof(type) (::odc::UuidOf<__typeof__(type)>::value)
#endif
#define ODC_DECLARE_UUID(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                  \
    extern "C++" {                                                                         \
    template <>                                                                            \
    struct odc::UuidOf<type> {                                                             \
        static constexpr GUID value = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}};       \
    };                                                                                     \
    }
#define MIDL_INTERFACE(uuid) struct
#else
#define MIDL_INTERFACE(uuid) struct
#endif
#define EXTERN_GUID DEFINE_GUID
#define DECLSPEC_UUID(x)
#define DECLSPEC_IMPORT
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_NOVTABLE
