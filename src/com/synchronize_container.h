// CLSID_SynchronizeContainer: waiting for whichever of several calls ends first.
#pragma once

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

/// An ISynchronizeContainer without objects.
ComPtr<IUnknown> synchronize_container();

}  // namespace odc::com
