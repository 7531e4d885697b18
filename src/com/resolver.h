// Asking object resolvers where an object exporter listens (MS-DCOM 3.2.4.1.2).
#pragma once

#include "opendcom/rpc/client.h"
#include "orpc/dual_string_array.h"
#include "orpc/ids.h"

namespace odc::com {

struct OxidResolution {
    orpc::DualStringArray bindings;
    orpc::Ipid rem_unknown;
    orpc::ComVersion version;
};

/// ResolveOxid2 at the resolver that the bindings name; ServerAlive2 before the first one at a host.
/// Errors: OR_INVALID_OXID, RPC_S_SERVER_UNAVAILABLE as HRESULT, RPC_E_VERSION_MISMATCH.
Result<OxidResolution> resolve_oxid(orpc::Oxid oxid, const orpc::DualStringArray& resolver);
/// Whether the bindings are those of this host's daemon.
bool is_own_resolver(const orpc::DualStringArray& resolver);
/// Bindings that came from this host's daemon itself: no need to ask for them.
void note_own_resolver(const orpc::DualStringArray& resolver);
/// An RPC binding to the resolver; the local socket for the host's own.
Result<rpc::Binding> resolver_binding(const orpc::DualStringArray& resolver);
/// The binding of a host's SCM by its name, for activation: "lola", "\\lola", "10.0.0.2", "fe80::1", "10.0.0.2[1350]".
/// Names of HKLM\SOFTWARE\OpenDCOM\Hosts come first. Errors: E_INVALIDARG.
Result<rpc::Endpoint> scm_endpoint(const std::string& host);
/// Whether a COSERVERINFO's name means this host.
bool is_this_host(const std::string& host);

}  // namespace odc::com
