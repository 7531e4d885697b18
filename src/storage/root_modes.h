// Which modes a root storage may be created and opened in.
#pragma once

#include "storage/element_modes.h"

namespace odc::storage {

/// What the mode of a root asks of the others who have the file open.
struct Sharing {
    bool reads = false;
    bool writes = false;
    bool denies_read = false;
    bool denies_write = false;
    bool priority = false;     ///< nobody commits while this is open
    bool no_snapshot = false;  ///< others must say STGM_NOSNAPSHOT as well
    bool alone() const { return denies_read && denies_write; }
};
Sharing sharing_of(DWORD mode);

/// S_OK or STG_E_INVALIDFLAG, as the tables of STGM combinations say.
HRESULT check_root_mode(DWORD mode, bool creating);

}  // namespace odc::storage
