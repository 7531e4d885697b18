// Types that would have to know themselves to be known: an alias of itself, a structure inside itself, interfaces that inherit in a ring.
#pragma once

#include "opendcom/base/result.h"
#include "typelib/model.h"

namespace odc::typelib {

/// TYPE_E_INVDATAREAD when following bases, aliases or members by value from some type of the library leads back to it.
/// Linear in the size of the library.
Result<> refuse_cycles(const Library& library);

}  // namespace odc::typelib
