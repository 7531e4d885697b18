// Copies of the structures by which type information describes types. An object's own belong to it; a caller in another process gets
// a copy, which goes over the wire as [out] data and is freed by the proxy of the Release method.
#pragma once

#include "oaidl.h"

namespace odc::automation {

/// A copy in task memory, all parts of it. Null when memory is short, or the description nests deeper than a message may.
TYPEATTR* copy_description(const TYPEATTR& from);
FUNCDESC* copy_description(const FUNCDESC& from);
VARDESC* copy_description(const VARDESC& from);
TLIBATTR* copy_description(const TLIBATTR& from);
/// Frees a copy, or what a proxy received; null is fine.
void free_description(TYPEATTR* attributes);
void free_description(FUNCDESC* function);
void free_description(VARDESC* variable);
void free_description(TLIBATTR* attributes);

}  // namespace odc::automation
