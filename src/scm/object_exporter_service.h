// IObjectExporter: the object resolver of the host (MS-DCOM 3.1.2.5.1).
#pragma once

#include "objectexporter.h"
#include "scm/scm.h"

namespace odc::scm {

class ObjectExporterService final : public IObjectExporter_server {
  public:
    explicit ObjectExporterService(Scm& scm) : scm_(scm) {}

    error_status_t ResolveOxid(rpc::ServerCall& call, OXID* pOxid, unsigned short cRequestedProtseqs,
                               unsigned short* arRequestedProtseqs, DUALSTRINGARRAY** ppdsaOxidBindings, IPID* pipidRemUnknown,
                               DWORD* pAuthnHint) override;
    error_status_t SimplePing(rpc::ServerCall& call, SETID* pSetId) override;
    error_status_t ComplexPing(rpc::ServerCall& call, SETID* pSetId, unsigned short SequenceNum, unsigned short cAddToSet,
                               unsigned short cDelFromSet, OID* AddToSet, OID* DelFromSet, unsigned short* pPingBackoffFactor) override;
    error_status_t ServerAlive(rpc::ServerCall& call) override;
    error_status_t ResolveOxid2(rpc::ServerCall& call, OXID* pOxid, unsigned short cRequestedProtseqs,
                                unsigned short* arRequestedProtseqs, DUALSTRINGARRAY** ppdsaOxidBindings, IPID* pipidRemUnknown,
                                DWORD* pAuthnHint, COMVERSION* pComVersion) override;
    error_status_t ServerAlive2(rpc::ServerCall& call, COMVERSION* pComVersion, DUALSTRINGARRAY** ppdsaOrBindings,
                                DWORD* pReserved) override;

  private:
    Scm& scm_;
};

}  // namespace odc::scm
