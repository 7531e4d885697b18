// The Windows SDK types, under the names that C++ code of OpenDCOM uses.
#pragma once

#include "guiddef.h"
#include "winerror.h"

namespace odc {
using Guid = ::GUID;
}
