// What the status of a fault PDU means for the caller.
#pragma once

#include <cstdint>

#include "opendcom/base/sdk_types.h"

namespace odc::rpc {

/// nca_s_xxx codes (C706 appendix E) become the RPC_S_ errors that a Windows client sees, as HRESULT_FROM_WIN32;
/// Win32 codes are wrapped likewise; failure HRESULTs stay what they are.
HRESULT hresult_of_fault(std::uint32_t status);

}  // namespace odc::rpc
