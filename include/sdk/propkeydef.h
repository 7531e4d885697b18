/* Keys of properties. In the one file that includes <initguid.h> first they are defined; elsewhere only declared. */
#pragma once

#include "wtypes.h"

#ifndef PID_FIRST_USABLE
#define PID_FIRST_USABLE 2
#endif
#ifdef INITGUID
#ifdef __cplusplus
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid) \
    extern "C" const PROPERTYKEY name __attribute__((weak, visibility("default"))) = {{l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}, pid}
#else
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid) \
    const PROPERTYKEY name __attribute__((weak, visibility("default"))) = {{l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}, pid}
#endif
#else
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid) EXTERN_C const PROPERTYKEY name
#endif

#ifndef IsEqualPropertyKey
#define IsEqualPropertyKey(a, b) (((a).pid == (b).pid) && !memcmp(&(a).fmtid, &(b).fmtid, sizeof(GUID)))
#endif
#ifdef __cplusplus
#ifndef REFPROPERTYKEY
#define REFPROPERTYKEY const PROPERTYKEY&
#endif
inline bool operator==(const PROPERTYKEY& a, const PROPERTYKEY& b) { return IsEqualPropertyKey(a, b); }
inline bool operator!=(const PROPERTYKEY& a, const PROPERTYKEY& b) { return !(a == b); }
#else
#ifndef REFPROPERTYKEY
#define REFPROPERTYKEY const PROPERTYKEY*
#endif
#endif
