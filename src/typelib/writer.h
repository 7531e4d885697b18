// Writes type libraries in the MSFT format.
#pragma once

#include <cstdint>
#include <vector>

#include "opendcom/base/result.h"
#include "typelib/model.h"

namespace odc::typelib {

/// The bytes of a library. `parse` gives the same model back, except that names which differ only in the case of letters become one
/// (the first one's spelling): the format keeps a single table of names, where case does not count.
/// Errors: E_INVALIDARG for what the format cannot say: a name over 255 bytes, a value of a type that it has no form for, more than
/// 65535 members or bases, references to types that the model does not have; TYPE_E_INVDATAREAD for types that contain themselves.
Result<std::vector<std::uint8_t>> serialize(const Library& library);

}  // namespace odc::typelib
