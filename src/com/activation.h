// Asking an SCM, this host's or another's, for a class object or an instance (MS-DCOM 3.2.4.1.1).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

struct ActivatedObject {
    HRESULT hr = E_NOINTERFACE;
    ComPtr<IUnknown> object;  ///< an interface pointer of the interface asked for
};

struct ActivationCall {
    Guid clsid{};
    DWORD class_context = 0;
    bool class_object = false;         ///< RemoteGetClassObject instead of RemoteCreateInstance
    std::vector<Guid> iids;
    std::string host;                  ///< empty: this host's daemon
};

/// One exchange with the SCM. The results are unmarshaled in the calling apartment, which pumps meanwhile if it is single-threaded.
/// Errors: REGDB_E_CLASSNOTREG, CO_E_SERVER_EXEC_FAILURE, RPC_S_SERVER_UNAVAILABLE as HRESULT, what the factory said.
Result<std::vector<ActivatedObject>> activate(const ActivationCall& call);

std::uint64_t remote_activation_count();
std::uint64_t local_activation_count();

}  // namespace odc::com
