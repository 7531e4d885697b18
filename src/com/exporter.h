// Exporter: an apartment somewhere else that exports objects, as an importer sees it (MS-DCOM's client OXID table, 3.2.1).
#pragma once

#include <memory>

#include "com/apartment.h"
#include "opendcom/rpc/client.h"
#include "orpc/dual_string_array.h"
#include "orpc/ids.h"

namespace odc::com {

class Exporter : public RefCounted<Exporter> {
  public:
    orpc::Oxid oxid{};
    orpc::Ipid rem_unknown;
    orpc::ComVersion version;
    Ref<Apartment> apartment;                        ///< set when it is in this process; then nothing below is
    std::shared_ptr<rpc::Association> association;   ///< to the server process
    bool same_machine = false;
    orpc::DualStringArray resolver;                  ///< of its host, for marshaling on and for pings
    std::vector<std::uint8_t> resolver_packet;       ///< the same as bytes

    bool in_process() const { return static_cast<bool>(apartment); }
    DWORD destination() const { return in_process() ? MSHCTX_INPROC : same_machine ? MSHCTX_LOCAL : MSHCTX_DIFFERENTMACHINE; }

    /// The exporter with this OXID. `resolver_packet`: the DUALSTRINGARRAY of an OBJREF, packet form, looked at only when the OXID is new
    /// to this process; its resolver is then asked (ResolveOxid2).
    /// Errors: CO_E_OBJNOTCONNECTED (own process, apartment gone), OR_INVALID_OXID, RPC_S_SERVER_UNAVAILABLE as HRESULT.
    static Result<Ref<Exporter>> resolve(orpc::Oxid oxid, std::span<const std::uint8_t> resolver_packet);
    /// What an activation's reply says about an OXID, so that nobody has to ask again (MS-DCOM 3.2.4.1.1.3).
    static Result<Ref<Exporter>> learn(orpc::Oxid oxid, const orpc::DualStringArray& bindings, const orpc::Ipid& rem_unknown,
                                       orpc::ComVersion version, const orpc::DualStringArray& resolver);
    /// Forgets an exporter that cannot be reached, so that a later OBJREF asks again.
    static void forget(orpc::Oxid oxid);
    /// Drops those that nobody uses since the last time this was called.
    static void forget_unused();

    mutable std::atomic<bool> used{true};
};

/// The one association of this process with an endpoint.
std::shared_ptr<rpc::Association> association_with(const rpc::Endpoint& endpoint);

/// Makes one ORPC call on an object of `exporter` by hand: `write` the arguments, `read` the results (the HRESULT too).
/// For the runtime's own calls (IRemUnknown); objects' calls go through channels.
Result<> orpc_call(Exporter& exporter, const orpc::Ipid& ipid, const Guid& iid, std::uint16_t opnum,
                   const std::function<void(ndr::Writer&)>& write, const std::function<void(ndr::Reader&)>& read);

}  // namespace odc::com
