// Interface pointers inside arguments: NDR's MInterfacePointer around an OBJREF.
#pragma once

#include "opendcom/ndr/reader.h"

namespace odc::com {

/// `destination`: an MSHCTX value, for whom pointers are written. Reading is the same for all.
ndr::InterfaceCodec& codec_for(DWORD destination);

}  // namespace odc::com
