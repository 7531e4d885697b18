// Property values as JSON and as one line of text.
#pragma once

#include <optional>

#include "property_set/property_set.h"
#include "tools/json.h"

namespace odc::tools {

/// Integers and FILETIMEs as numbers, blobs in base64, GUIDs in braces; see docs/compound-files.md. Nothing for a type
/// that the specification does not know.
std::optional<Json> value_to_json(const property_set::Value& value);
/// Errors: E_INVALIDARG.
Result<property_set::Value> value_from_json(property_set::Type type, const Json& json);

std::string to_base64(const property_set::Bytes& bytes);
/// Padding may be left out. Errors: E_INVALIDARG.
Result<property_set::Bytes> from_base64(std::string_view text);

/// For people: times as dates, long blobs shortened.
std::string show_value(const property_set::Value& value);
/// One line of text as a value: numbers, true or false, dates, GUIDs, hexadecimal bytes. Errors: E_INVALIDARG.
Result<property_set::Value> value_from_text(property_set::Type type, std::string_view text);

}  // namespace odc::tools
