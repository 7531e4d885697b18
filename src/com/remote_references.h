// References on interfaces of other apartments: given back, asked for, exchanged for other interfaces (IRemUnknown, MS-DCOM 3.1.1.5.6).
#pragma once

#include "com/exporter.h"
#include "com/rem_unknown.h"

namespace odc::com {

/// Gives references on one IPID back: in the process at once, elsewhere in a batch.
void give_back(const Ref<Exporter>& exporter, const orpc::Ipid& ipid, std::uint32_t refs);
/// RemAddRef. Errors: CO_E_OBJNOTREG when the object is gone.
Result<> ask_for_refs(Exporter& exporter, const orpc::Ipid& ipid, std::uint32_t refs);
/// RemQueryInterface: STDOBJREFs with kMarshaledRefs references each.
Result<std::vector<RemQiResult>> ask_for_interfaces(Exporter& exporter, const orpc::Ipid& ipid, std::span<const Guid> iids);

}  // namespace odc::com
