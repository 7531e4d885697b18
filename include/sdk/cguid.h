/* Ids of classes that the runtime itself implements. */
#ifndef ODC_CGUID_H
#define ODC_CGUID_H

#include "combaseapi.h"

/// Class of ISynchronizeContainer, whose objects must have ISynchronizeHandle.
EXTERN_C const CLSID CLSID_SynchronizeContainer;

#endif
