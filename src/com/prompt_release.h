// Which objects are told at once that their last reference is gone.
#pragma once

#include "base/guid.h"

namespace odc::com {

/// References usually go back in batches, milliseconds after the last Release. An open stream or storage is open exclusively until then, and a
/// byte array may be a file: there the caller's next call must find it closed, as it does in one process.
bool is_released_at_once(const Guid& iid);

}  // namespace odc::com
