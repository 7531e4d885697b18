// STGMEDIUM: what one owns, and how it ends.
#pragma once

#include "objidl.h"

namespace odc::com {

/// Whose file a TYMED_FILE medium names: ReleaseStgMedium deletes it, the end of a copy that went over a wire does not.
enum class File { keep, remove };

/// Frees what `medium` owns, calls Release of pUnkForRelease, and leaves an empty one. What pUnkForRelease looks after is left to it.
void release_medium(STGMEDIUM& medium, File file);

}  // namespace odc::com
