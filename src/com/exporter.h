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
    DWORD process = 0;                               ///< its server, where it is on this machine
    orpc::DualStringArray resolver;                  ///< of its host, for marshaling on and for pings
    std::vector<std::uint8_t> resolver_packet;       ///< the same as bytes

    bool in_process() const { return static_cast<bool>(apartment); }
    DWORD destination() const { return in_process() ? MSHCTX_INPROC : same_machine ? MSHCTX_LOCAL : MSHCTX_DIFFERENTMACHINE; }

    /// The exporter with this OXID behind this resolver. `resolver_packet`: the DUALSTRINGARRAY of an OBJREF, packet form. One that is new
    /// to this process is asked for (ResolveOxid2). OXIDs are unique with one resolver only (2.2.1).
    /// Errors: CO_E_OBJNOTCONNECTED (own process, apartment gone), OR_INVALID_OXID, RPC_S_SERVER_UNAVAILABLE as HRESULT.
    static Result<Ref<Exporter>> resolve(orpc::Oxid oxid, std::span<const std::uint8_t> resolver_packet);
    /// What an activation's reply says about an OXID, so that nobody has to ask again (MS-DCOM 3.2.4.1.1.3).
    static Result<Ref<Exporter>> learn(orpc::Oxid oxid, const orpc::DualStringArray& bindings, const orpc::Ipid& rem_unknown,
                                       orpc::ComVersion version, const orpc::DualStringArray& resolver);
    /// The same if this process knows it, otherwise null.
    static Ref<Exporter> find(orpc::Oxid oxid, std::span<const std::uint8_t> resolver_packet);
    /// Drops those that no proxy holds and nobody asked for since the last time this was called.
    static void forget_unused();

    /// Whether this exporter is of the host whose resolver has these bindings: any of them is its own. A host may name more or fewer of
    /// its addresses from one reference to the next.
    bool is_behind(std::span<const std::uint8_t> bindings) const;

    mutable std::atomic<bool> used{true};
};

/// The one association of this process with an endpoint.
std::shared_ptr<rpc::Association> association_with(const rpc::Endpoint& endpoint);

/// Makes one ORPC call on an object of `exporter` by hand: `write` the arguments, `read` the results (the HRESULT too).
/// For the runtime's own calls (IRemUnknown); objects' calls go through channels.
Result<> orpc_call(Exporter& exporter, const orpc::Ipid& ipid, const Guid& iid, std::uint16_t opnum,
                   const std::function<void(ndr::Writer&)>& write, const std::function<void(ndr::Reader&)>& read);

}  // namespace odc::com
