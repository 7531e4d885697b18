// What the types that VARIANT and SAFEARRAY hold have in common: which there are, how large they are, what they own.
#pragma once

#include <cstddef>

#include "oaidl.h"

namespace odc::automation {

/// The base type of a VARTYPE, without VT_BYREF, VT_ARRAY and other flags.
inline VARTYPE base_of(VARTYPE vt) { return vt & VT_TYPEMASK; }

/// Whether a VARIANT may have this type at all.
bool is_variant_type(VARTYPE vt);
/// Bytes of an element of a SAFEARRAY (and of what VT_BYREF points to); 0 for types that no element has, and for VT_RECORD, whose
/// size its IRecordInfo knows.
std::size_t size_of_type(VARTYPE vt);
/// Whether values of the type own something: text, references, variants, records.
bool owns(VARTYPE vt);

}  // namespace odc::automation
