#include "scm/object_exporter_service.h"

#include "base/log.h"
#include "scm/callers.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "resolver";

error_status_t refuse(const char* method, const rpc::ServerCall& call, const Error& why) {
    log::warning(kRoom, "{} refused to {}: {}", method, caller_of(call).to_string(), why.text());
    return wire_status(why);
}

/// OIDs where the caller's array is, without a copy.
std::span<const orpc::Oid> as_oids(const OID* oids, std::size_t count) {
    static_assert(sizeof(OID) == sizeof(orpc::Oid) && alignof(OID) == alignof(orpc::Oid));
    return {reinterpret_cast<const orpc::Oid*>(oids), oids ? count : 0};
}

}  // namespace

error_status_t ObjectExporterService::ResolveOxid(rpc::ServerCall& call, OXID* pOxid, unsigned short cRequestedProtseqs,
                                                  unsigned short* arRequestedProtseqs, DUALSTRINGARRAY** ppdsaOxidBindings,
                                                  IPID* pipidRemUnknown, DWORD* pAuthnHint) {
    COMVERSION version;
    return ResolveOxid2(call, pOxid, cRequestedProtseqs, arRequestedProtseqs, ppdsaOxidBindings, pipidRemUnknown, pAuthnHint, &version);
}

error_status_t ObjectExporterService::ResolveOxid2(rpc::ServerCall& call, OXID* pOxid, unsigned short, unsigned short*,
                                                   DUALSTRINGARRAY** ppdsaOxidBindings, IPID* pipidRemUnknown, DWORD* pAuthnHint,
                                                   COMVERSION* pComVersion) {
    scm_.used();
    *pComVersion = to_wire(orpc::kComVersion);
    auto exporter = scm_.processes.exporter(orpc::Oxid{*pOxid});
    if (!exporter) return refuse("ResolveOxid", call, exporter.error());
    auto bindings = scm_.activator().bindings_for(*exporter, call.peer().local);
    if (!bindings) return refuse("ResolveOxid", call, bindings.error());
    *ppdsaOxidBindings = to_wire(*bindings, call.frame().arena);
    *pipidRemUnknown = exporter->rem_unknown.guid;
    *pAuthnHint = exporter->authentication_hint;
    return 0;
}

error_status_t ObjectExporterService::SimplePing(rpc::ServerCall& call, SETID* pSetId) {
    scm_.used();
    const auto pinged = scm_.pings.simple_ping(orpc::SetId{*pSetId});
    return pinged ? 0 : refuse("SimplePing", call, pinged.error());
}

error_status_t ObjectExporterService::ComplexPing(rpc::ServerCall& call, SETID* pSetId, unsigned short SequenceNum,
                                                  unsigned short cAddToSet, unsigned short cDelFromSet, OID* AddToSet,
                                                  OID* DelFromSet, unsigned short* pPingBackoffFactor) {
    scm_.used();
    *pPingBackoffFactor = 0;
    const PingDelta ping{orpc::SetId{*pSetId}, SequenceNum, as_oids(AddToSet, cAddToSet), as_oids(DelFromSet, cDelFromSet)};
    const auto set = scm_.pings.complex_ping(ping, caller_of(call).payer());
    if (!set) return refuse("ComplexPing", call, set.error());
    *pSetId = static_cast<SETID>(*set);
    return 0;
}

error_status_t ObjectExporterService::ServerAlive(rpc::ServerCall&) {
    scm_.used();
    return 0;
}

error_status_t ObjectExporterService::ServerAlive2(rpc::ServerCall& call, COMVERSION* pComVersion, DUALSTRINGARRAY** ppdsaOrBindings,
                                                   DWORD* pReserved) {
    scm_.used();
    *pComVersion = to_wire(orpc::kComVersion);
    *ppdsaOrBindings = to_wire(scm_.resolver_bindings(), call.frame().arena);
    *pReserved = 0;
    return 0;
}

}  // namespace odc::scm
