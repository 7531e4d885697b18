// What the services make of an RPC call's peer, and of results and bindings for the wire.
#pragma once

#include <span>

#include "dcom.h"
#include "opendcom/rpc/server.h"
#include "orpc/dual_string_array.h"
#include "scm/activator.h"

namespace odc::scm {

Caller caller_of(const rpc::ServerCall& call);

/// The Win32 code that error_status_t methods return for a failure.
error_status_t wire_status(const Error& error);
inline error_status_t wire_status(const Result<>& result) { return result ? 0 : wire_status(result.error()); }

/// For an [out] pointer: in the call's arena (`call.frame().arena`), which ends behind the response.
DUALSTRINGARRAY* to_wire(const orpc::DualStringArray& bindings, ndr::Arena& arena);
MInterfacePointer* to_wire(std::span<const std::uint8_t> objref, ndr::Arena& arena);
Result<orpc::DualStringArray> from_wire(const DUALSTRINGARRAY& bindings);
COMVERSION to_wire(orpc::ComVersion version);

}  // namespace odc::scm
