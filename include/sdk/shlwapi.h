// The stream functions of Windows' shell library. File names are UTF-16 paths of this system.
#pragma once

#include "coml2api.h"

/* A stream over a file. `mode`: STGM_ access, sharing, STGM_CREATE (a file that is there is emptied); without STGM_CREATE and with `create` a
   file that is there is an error, without `create` one that is not. `attributes` and `template_stream` have no meaning here: 0 and null.
   Sharing is enforced among the programs that use this library. Errors: HRESULT_FROM_WIN32 of ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND,
   ERROR_FILE_EXISTS, ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION; E_INVALIDARG for STGM_TRANSACTED and STGM_DELETEONRELEASE. */
WINOLEAPI SHCreateStreamOnFileEx(LPCWSTR file, DWORD mode, DWORD attributes, BOOL create, IStream* template_stream, IStream** stream);
/* Opens a file that is there, or makes one with STGM_CREATE. */
WINOLEAPI SHCreateStreamOnFileW(LPCWSTR file, DWORD mode, IStream** stream);
#define SHCreateStreamOnFile SHCreateStreamOnFileW

/* A stream in memory that starts with a copy of `size` bytes at `data` (which may be null), at position 0; null when there is no memory. */
EXTERN_C ODC_API IStream* STDAPICALLTYPE SHCreateMemStream(const BYTE* data, UINT size);
