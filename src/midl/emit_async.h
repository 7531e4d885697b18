// Call objects of interfaces with [async_uuid]: a part of foo_p.cpp.
#pragma once

#include <functional>

#include "midl/emit_call.h"

namespace odc::midl {

/// AsyncIFoo of IFoo; null for an interface without [async_uuid].
const Interface* async_form(const Model& model, const Interface& interface);

/// `class AsyncIFoo_Call`, beside the proxy of IFoo: Begin_ writes the request of the synchronous method, Finish_ reads its reply.
/// `laid_out` gives the wire form of a method.
void emit_call_object(const Model& model, const Interface& interface, const Interface& async,
                      const std::function<const Call&(const Function&, const Interface& owner)>& laid_out, Diagnostics& diagnostics, Output& out);

}  // namespace odc::midl
