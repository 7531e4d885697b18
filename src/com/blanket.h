// The security blanket of a proxy: how its calls prove who makes them (CoQueryProxyBlanket, CoSetProxyBlanket).
#pragma once

#include <string>

#include "objbase.h"
#include "opendcom/base/result.h"

namespace odc::com {

class Exporter;

struct Blanket {
    DWORD service = RPC_C_AUTHN_NONE;
    DWORD authorization = RPC_C_AUTHZ_NONE;
    DWORD level = RPC_C_AUTHN_LEVEL_NONE;
    DWORD impersonation = RPC_C_IMP_LEVEL_IMPERSONATE;
    DWORD capabilities = EOAC_NONE;
    std::u16string principal;
};

/// What calls to an exporter have when nobody says otherwise. On this machine: WINNT and packet privacy, as on Windows, since the kernel
/// vouches for the caller and keeps the bytes. Elsewhere: no authentication, as long as there is no security provider.
Blanket default_blanket(const Exporter& exporter);

/// CoSetProxyBlanket's arguments with the defaults filled in. Errors: E_INVALIDARG (a service that this exporter cannot be reached with, a
/// level or capability that does not exist).
Result<Blanket> make_blanket(const Exporter& exporter, DWORD service, DWORD authorization, const OLECHAR* principal, DWORD level,
                             DWORD impersonation, DWORD capabilities);

}  // namespace odc::com
