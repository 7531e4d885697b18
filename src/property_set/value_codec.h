// A typed property value as bytes.
// Spec: MS-OLEPS 2.3 - 2.15.
#pragma once

#include <span>

#include "base/bytes.h"
#include "property_set/value.h"

namespace odc::property_set {

/// Reads type and value from the start of `bytes`, which ends where the next property begins. Values of types that the
/// specification does not know come back without data. Strings end at their first NUL, except VT_BSTR.
/// Takes both ways in which strings inside vectors are written: each filled up to four bytes, and (as Office does) not.
/// Errors: STG_E_INVALIDHEADER.
Result<Value> read_value(std::span<const std::uint8_t> bytes, std::uint16_t code_page);

/// The same for bytes that go on behind the value, which is written as the specification says; `used` becomes the size of it, with its
/// padding.
Result<Value> read_value_prefix(std::span<const std::uint8_t> bytes, std::uint16_t code_page, std::size_t& used);

/// Appends type, value and padding to a multiple of four. Errors: STG_E_INVALIDPARAMETER when the data does not fit the type.
Result<> write_value(const Value& value, std::uint16_t code_page, ByteWriter& out);

/// Version 1 types (VT_I1, VT_INT, arrays, ...) make the whole stream a version 1 one.
bool needs_version_1(Type type);

}  // namespace odc::property_set
