// [async_uuid]: beside IFoo stands AsyncIFoo, whose methods begin and finish those of IFoo.
#pragma once

#include "midl/ast.h"

namespace odc::midl {

/// Adds AsyncIFoo behind each IFoo with async_uuid: Begin_Method takes the [in] parameters, Finish_Method gives the [out] ones; a
/// base with async_uuid makes AsyncIBase the base. The interfaces are [local]: they are call objects' (emit_async.cpp), which send the calls of IFoo.
void add_async_interfaces(Ast& ast);

}  // namespace odc::midl
