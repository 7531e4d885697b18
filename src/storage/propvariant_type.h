// What the types of a PROPVARIANT own, and how large they are: one table for copying, freeing and conversion.
#pragma once

#include <cstddef>
#include <cstring>

#include "objbase.h"

namespace odc::storage {

/// What a value of a base type is made of.
enum class Content {
    none,        ///< not the type of a value
    number,      ///< all of it lies in the PROPVARIANT, or in an element
    text,        ///< LPSTR, in task memory
    wide_text,   ///< LPWSTR, in task memory
    bstr,
    guid,        ///< alone a pointer to it, in a vector itself
    blob,
    clipboard,   ///< alone a pointer to it, in a vector itself
    reference,   ///< of a COM object
    versioned,
    variant,     ///< elements of vectors only
};

/// `vt` without VT_VECTOR.
Content content_of(VARTYPE vt);
/// Bytes of an element of a vector of this base type; 0 when there is no such vector.
std::size_t element_size(VARTYPE vt);
/// Whether PropVariantClear and PropVariantCopy know the type.
bool is_propvariant_type(VARTYPE vt);
/// The types that need an element of their own beside the values (VT_STREAM and its kin).
bool is_indirect(VARTYPE vt);
bool holds_stream(VARTYPE vt);

/// All vectors have this shape; `data` points to elements of element_size bytes.
struct CountedArray {
    ULONG count;
    void* data;
};
static_assert(sizeof(CountedArray) == sizeof(CAC) && sizeof(CountedArray) == sizeof(CAPROPVARIANT));
inline CountedArray counted(const PROPVARIANT& value) {
    CountedArray array;
    std::memcpy(&array, &value.cac, sizeof array);
    return array;
}
inline void set_counted(PROPVARIANT& value, const CountedArray& array) { std::memcpy(&value.cac, &array, sizeof array); }

}  // namespace odc::storage
