// How roots come to be: on files and on ILockBytes, made and opened, in each of their modes.
#pragma once

#include "coml2api.h"
#include "compound_file/format.h"

namespace odc::storage {

/// What StgCreateDocfile does; STG_S_CONVERTED when the file's former content is now the stream CONTENTS.
HRESULT create_file(const WCHAR* name, DWORD mode, compound_file::Version version, IStorage** storage);
HRESULT create_on_bytes(ILockBytes* bytes, DWORD mode, IStorage** storage);
/// What StgOpenStorage does. `priority` (may be null): a root in priority mode, whose file is opened anew and which ends with that;
/// `exclude` (may be null): elements of the root that are empty in what is opened.
HRESULT open_file(const WCHAR* name, IStorage* priority, DWORD mode, SNB exclude, IStorage** storage);
HRESULT open_on_bytes(ILockBytes* bytes, IStorage* priority, DWORD mode, SNB exclude, IStorage** storage);

}  // namespace odc::storage
