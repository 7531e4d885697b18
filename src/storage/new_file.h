// The files that roots are made in.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "coml2api.h"
#include "opendcom/base/result.h"

namespace odc::storage {

struct NewFile {
    std::string path;
    UniqueFd fd;
};
/// Opens a file to read and write it; null: one with a new name in TMPDIR. STGM_CREATE and STGM_CONVERT in `mode` take one that is
/// there, without emptying it. Errors: STG_E_FILEALREADYEXISTS, STG_E_PATHNOTFOUND, STG_E_TOOMANYOPENFILES, STG_E_ACCESSDENIED.
Result<NewFile> make_file(const OLECHAR* name, DWORD mode);

}  // namespace odc::storage
