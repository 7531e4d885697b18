// In-process servers: shared libraries with DllGetClassObject.
#pragma once

#include <string>

#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "registry/class_records.h"

namespace odc::com {

/// The class object of an in-process class, in the calling apartment: directly when the threading model fits, through a proxy from a
/// host apartment when not. Errors: CO_E_DLLNOTFOUND, CO_E_ERRORINDLL, what DllGetClassObject said (unchanged).
Result<ComPtr<IUnknown>> library_class_object(const Guid& clsid, const std::string& path, registry::ThreadingModel model, const Guid& iid);

}  // namespace odc::com
