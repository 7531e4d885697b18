// Streams and storages that are properties of a non-simple set, as JSON.
#pragma once

#include "compound_file/compound_file.h"
#include "property_set/value.h"
#include "tools/json.h"

namespace odc::tools {

/// Whether the value is an element beside the set's own stream: its data is the element's name.
bool is_element(const property_set::Value& value);
std::u16string element_name(const property_set::Value& value);

/// {"name", "data"} of a stream, {"name", "class", "state", "elements"} of a storage; null when the element is not there.
Result<Json> element_to_json(compound_file::CompoundFile& file, compound_file::EntryId set_storage, const property_set::Value& value);
/// Makes the element `name` in `set_storage`, in the place of what has the name. Errors: E_INVALIDARG for JSON of another shape.
Result<> element_from_json(compound_file::CompoundFile& file, compound_file::EntryId set_storage, std::u16string_view name, const Json& json);

}  // namespace odc::tools
