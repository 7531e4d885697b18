// IRemUnknown: how others count references on our objects and ask them for more interfaces (MS-DCOM 3.1.1.5.6).
#pragma once

#include <span>
#include <vector>

#include "com/export_table.h"

namespace odc::com {

struct RemQiResult {
    HRESULT hr = E_NOINTERFACE;
    orpc::StdObjRef std;
};

/// QueryInterface for others: `refs` references on each interface found. Any thread.
/// Errors: RPC_E_INVALID_OBJECT when there is no such IPID.
Result<std::vector<RemQiResult>> rem_query_interface(const orpc::Ipid& ipid, std::uint32_t refs, std::span<const Guid> iids);

/// The IRemUnknown2 object of one apartment's exporter; reached by an IPID of its own, on any thread.
ComPtr<IUnknown> make_rem_unknown();

}  // namespace odc::com
