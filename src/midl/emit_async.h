// Call objects of interfaces with [async_uuid]: a part of foo_p.cpp.
#pragma once

#include <functional>

#include "midl/emit_call.h"

namespace odc::midl {

/// AsyncIFoo of IFoo; null for an interface without [async_uuid].
const Interface* async_form(const Model& model, const Interface& interface);

/// Gives the wire form of a method.
using LaidOut = std::function<const Call&(const Function&, const Interface& owner)>;

/// `class AsyncIFoo_Call`, beside the proxy of IFoo: Begin_ writes the request of the synchronous method, Finish_ reads its reply.
void emit_call_object(const Model& model, const Interface& interface, const Interface& async, const LaidOut& laid_out, Diagnostics& diagnostics,
                      Output& out);
/// AsyncIFoo_Begin_RemoteMethod_Proxy and AsyncIFoo_Finish_RemoteMethod_Proxy of IFoo's own [call_as] forms; to stand outside of any namespace.
void emit_remote_halves(const Model& model, const Interface& interface, const Interface& async, const LaidOut& laid_out, Diagnostics& diagnostics,
                        Output& out);

}  // namespace odc::midl
