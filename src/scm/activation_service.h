// IActivation and IRemoteSCMActivator: activation as clients of this host and of others ask for it (MS-DCOM 3.1.2.5.2).
#pragma once

#include "remoteactivation.h"
#include "scm/scm.h"

namespace odc::scm {

class ActivationService final : public IActivation_server {
  public:
    explicit ActivationService(Scm& scm) : scm_(scm) {}
    error_status_t RemoteActivation(rpc::ServerCall& call, ORPCTHIS* ORPCthis, ORPCTHAT* ORPCthat, GUID* Clsid, WCHAR* pwszObjectName,
                                    MInterfacePointer* pObjectStorage, DWORD ClientImpLevel, DWORD Mode, DWORD Interfaces, IID* pIIDs,
                                    unsigned short cRequestedProtseqs, unsigned short* aRequestedProtseqs, OXID* pOxid,
                                    DUALSTRINGARRAY** ppdsaOxidBindings, IPID* pipidRemUnknown, DWORD* pAuthnHint,
                                    COMVERSION* pServerVersion, HRESULT* phr, MInterfacePointer** ppInterfaceData,
                                    HRESULT* pResults) override;

  private:
    Scm& scm_;
};

class ScmActivatorService final : public IRemoteSCMActivator_server {
  public:
    explicit ScmActivatorService(Scm& scm) : scm_(scm) {}
    void Opnum0NotUsedOnWire(rpc::ServerCall&) override {}
    void Opnum1NotUsedOnWire(rpc::ServerCall&) override {}
    void Opnum2NotUsedOnWire(rpc::ServerCall&) override {}
    HRESULT RemoteGetClassObject(rpc::ServerCall& call, ORPCTHIS* orpcthis, ORPCTHAT* orpcthat, MInterfacePointer* pActProperties,
                                 MInterfacePointer** ppActProperties) override;
    HRESULT RemoteCreateInstance(rpc::ServerCall& call, ORPCTHIS* orpcthis, ORPCTHAT* orpcthat, MInterfacePointer* pUnkOuter,
                                 MInterfacePointer* pActProperties, MInterfacePointer** ppActProperties) override;

  private:
    HRESULT activate(rpc::ServerCall& call, const ORPCTHIS& head, const MInterfacePointer* in, MInterfacePointer** out, bool class_object);
    Scm& scm_;
};

}  // namespace odc::scm
