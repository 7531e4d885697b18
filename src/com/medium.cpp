#include "com/medium.h"

#include <unistd.h>

#include "base/utf16.h"
#include "ole2.h"
#include "winbase.h"

namespace odc::com {

void release_medium(STGMEDIUM& medium, File file) {
    IUnknown* const provider = medium.pUnkForRelease;
    switch (medium.tymed) {
        case TYMED_HGLOBAL:
            if (!provider) GlobalFree(medium.hGlobal);
            break;
        case TYMED_FILE:
            if (!provider && file == File::remove && medium.lpszFileName) (void)unlink(to_utf8_z(medium.lpszFileName).c_str());
            CoTaskMemFree(medium.lpszFileName);
            break;
        case TYMED_ISTREAM:
            if (medium.pstm) medium.pstm->Release();
            break;
        case TYMED_ISTORAGE:
            if (medium.pstg) medium.pstg->Release();
            break;
        default:
            break;  // pictures and metafiles are not this system's to free
    }
    if (provider) provider->Release();
    medium = {};
}

}  // namespace odc::com

WINOLEAPI_(void) ReleaseStgMedium(STGMEDIUM* medium) {
    if (medium) odc::com::release_medium(*medium, odc::com::File::remove);
}
