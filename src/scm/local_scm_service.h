// ILocalScm: what the processes of this host register with the daemon, over its local socket (idl/localscm.idl).
#pragma once

#include "localscm.h"
#include "scm/scm.h"

namespace odc::scm {

class LocalScmService final : public ILocalScm_server {
  public:
    explicit LocalScmService(Scm& scm) : scm_(scm) {}

    error_status_t ConnectProcess(rpc::ServerCall& call, LPCOLESTR endpoint, ULONGLONG processTag,
                                  DUALSTRINGARRAY** resolverBindings) override;
    error_status_t RegisterOxid(rpc::ServerCall& call, OXID oxid, REFIPID remUnknown, DWORD authenticationHint) override;
    error_status_t RevokeOxid(rpc::ServerCall& call, OXID oxid) override;
    error_status_t RegisterClass(rpc::ServerCall& call, REFCLSID clsid, OXID apartment, DWORD flags, DWORD* cookie) override;
    error_status_t RevokeClass(rpc::ServerCall& call, DWORD cookie) override;
    error_status_t ResumeClasses(rpc::ServerCall& call) override;
    error_status_t SuspendClasses(rpc::ServerCall& call) override;
    error_status_t QueryPinged(rpc::ServerCall& call, DWORD count, OID* oids, byte* alive) override;
    error_status_t GetPingTimes(rpc::ServerCall& call, DWORD* periodSeconds, DWORD* periodsToTimeout) override;

  private:
    /// ERROR_ACCESS_DENIED for callers that may not register here; notes that the daemon is in use.
    error_status_t check(const rpc::ServerCall& call, const char* method);
    Scm& scm_;
};

}  // namespace odc::scm
