#include "scm/activation_service.h"

#include "base/log.h"
#include "scm/callers.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "activator";
constexpr DWORD kModeClassObject = 0xFFFFFFFF;

orpc::ComVersion version_of(const ORPCTHIS& head) { return {head.version.MajorVersion, head.version.MinorVersion}; }

}  // namespace

error_status_t ActivationService::RemoteActivation(rpc::ServerCall& call, ORPCTHIS* ORPCthis, ORPCTHAT* ORPCthat, GUID* Clsid, WCHAR*,
                                                   MInterfacePointer*, DWORD, DWORD Mode, DWORD Interfaces, IID* pIIDs,
                                                   unsigned short cRequestedProtseqs, unsigned short* aRequestedProtseqs, OXID* pOxid,
                                                   DUALSTRINGARRAY** ppdsaOxidBindings, IPID* pipidRemUnknown, DWORD* pAuthnHint,
                                                   COMVERSION* pServerVersion, HRESULT* phr, MInterfacePointer** ppInterfaceData,
                                                   HRESULT* pResults) {
    scm_.used();
    *ORPCthat = {};
    *pServerVersion = to_wire(orpc::kComVersion);
    Activation activation;
    activation.caller = caller_of(call);
    if (const auto allowed = scm_.activator().may_activate(activation.caller); !allowed) {
        *phr = allowed.code();
        return wire_status(allowed);
    }
    activation.clsid = *Clsid;
    activation.class_object = Mode == kModeClassObject;
    if (pIIDs) activation.iids.assign(pIIDs, pIIDs + Interfaces);
    activation.protseqs.assign(aRequestedProtseqs, aRequestedProtseqs + cRequestedProtseqs);
    activation.client_version = version_of(*ORPCthis);
    const auto reply = scm_.activator().activate(activation);
    *phr = reply.code();
    if (!reply) return reply.code() == RPC_E_VERSION_MISMATCH ? static_cast<error_status_t>(RPC_E_VERSION_MISMATCH) : 0;
    *pOxid = static_cast<OXID>(reply->oxid);
    *ppdsaOxidBindings = to_wire(reply->bindings, call.frame().arena);
    *pipidRemUnknown = reply->rem_unknown.guid;
    *pAuthnHint = reply->authentication_hint;
    for (DWORD i = 0; i < Interfaces; ++i) {
        const auto& one = reply->interfaces[i];
        pResults[i] = one.hr;
        ppInterfaceData[i] = one.objref.empty() ? nullptr : to_wire(one.objref, call.frame().arena);
    }
    return 0;
}

HRESULT ScmActivatorService::RemoteGetClassObject(rpc::ServerCall& call, ORPCTHIS* orpcthis, ORPCTHAT* orpcthat,
                                                  MInterfacePointer* pActProperties, MInterfacePointer** ppActProperties) {
    *orpcthat = {};
    return activate(call, *orpcthis, pActProperties, ppActProperties, true);
}

HRESULT ScmActivatorService::RemoteCreateInstance(rpc::ServerCall& call, ORPCTHIS* orpcthis, ORPCTHAT* orpcthat, MInterfacePointer*,
                                                  MInterfacePointer* pActProperties, MInterfacePointer** ppActProperties) {
    *orpcthat = {};
    return activate(call, *orpcthis, pActProperties, ppActProperties, false);
}

HRESULT ScmActivatorService::activate(rpc::ServerCall& call, const ORPCTHIS& head, const MInterfacePointer* in, MInterfacePointer** out,
                                      bool class_object) {
    scm_.used();
    *out = nullptr;
    Activation activation;
    activation.caller = caller_of(call);
    if (const auto allowed = scm_.activator().may_activate(activation.caller); !allowed) return allowed.code();
    const auto request = in ? orpc::read_activation_request({in->abData, in->ulCntData})
                            : Result<orpc::ActivationRequest>(fail(RPC_E_INVALID_OBJREF, "no activation properties"));
    if (!request) {
        log::warning(kRoom, "activation request of {} refused: {}", activation.caller.to_string(), request.error().text());
        return request.code();
    }
    activation.clsid = request->clsid;
    activation.class_object = class_object;
    activation.iids = request->iids;
    activation.protseqs = request->protseqs;
    activation.flags = request->flags;
    activation.session_id = request->session_id;
    activation.console_session = request->console_session;
    activation.client_version = version_of(head);
    const auto reply = scm_.activator().activate(activation);
    if (!reply) return reply.code();
    const auto properties = orpc::write_activation_reply(*reply);
    if (!properties) return properties.code();
    *out = to_wire(*properties, call.frame().arena);
    return S_OK;
}

}  // namespace odc::scm
