// Between PROPVARIANT, which programs hold, and property_set::Value, which property sets hold.
#pragma once

#include <memory>

#include "objbase.h"
#include "opendcom/base/result.h"
#include "property_set/value.h"

namespace odc::storage {

/// Where the blocks of a PROPVARIANT come from.
class Memory {
  public:
    virtual ~Memory() = default;
    virtual void* allocate(std::size_t size) = 0;
    virtual void free(void* block) = 0;
    /// CoTaskMemAlloc.
    static Memory& task();
};

/// Text of a VT_LPSTR as programs hold it, which is UTF-8. What is not UTF-8 is taken as Windows-1252.
std::u16string from_narrow(const char* text);

/// A copy of the value. Streams and storages are not copied: such a value gets an empty name, for the caller to fill in.
/// Errors: STG_E_INVALIDPARAMETER for types that no property set holds (VT_BYREF, VT_UNKNOWN, ...), null pointers where data must be,
/// arrays of another type than said.
Result<property_set::Value> to_value(const PROPVARIANT& given);

/// Fills `result`, whose content is overwritten. Streams and storages become their element's name in pwszVal.
/// Errors: E_OUTOFMEMORY; STG_E_INVALIDPARAMETER for a value of an unknown type; then `result` is empty and nothing is allocated.
Result<> to_propvariant(const property_set::Value& value, PROPVARIANT& result, Memory& memory = Memory::task());

}  // namespace odc::storage
