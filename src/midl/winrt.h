// Windows Runtime: names become those of the header, parameterized interfaces get their instances and identities.
#pragma once

#include <string>
#include <vector>

#include "midl/ast.h"
#include "midl/cxx.h"
#include "midl/output.h"

namespace odc::midl {

class Model;

/// After parsing, before the steps of analyse(): looks up every name written in a namespace; makes an interface of each instance of a
/// parameterized one, behind the other items of the file that first mentions it.
void lower_runtime(Ast& ast, Diagnostics& diagnostics);

/// Gives the arrays of IVector and its like, in a method of an instance, the size_is and length_is that `pattern` may leave out.
void complete_collection(const Interface& pattern, Function& method, Ast& ast);

/// The signature of a type in the Windows Runtime's type system, "pinterface({…};string)"; empty when it is none of its types.
std::string runtime_signature(const Type* type, const Ast& ast);
std::string runtime_signature(const RuntimeEntity& entity, const Ast& ast);
/// The identity that follows from a signature: UUID version 5 (RFC 4122 4.3) in the type system's own name space.
Guid runtime_identity(const std::string& signature);

/// A type as an argument of C++ templates: HSTRING, ABI::A::B*. `inner`: with what crosses the binary interface beside it
/// (AggregateType), as the templates' implementations take it.
std::string runtime_argument(const Type* type, bool inner);

// The header's parts (emit_winrt_header.cpp).
void forward_runtime(const RuntimeEntity& entity, Output& out);
void emit_runtime_class(const RuntimeClass& one, const Ast& ast, Output& out);
void emit_contract(const ApiContract& contract, Output& out);
void emit_generic(const GenericInterface& generic, const Ast& ast, Output& out);
/// `body` is the definition with the plain name, inside its C++ namespaces.
void in_namespaces(const RuntimeEntity& entity, const std::string& body, Output& out);
/// The condition that [contract] puts around a definition; false when there is none, and then nothing was written.
bool open_contract(const Attributes& attributes, const RuntimeEntity& entity, const Ast& ast, Output& out);
/// Whether the header has to bring the templates that the sources of Windows quote.
bool needs_internal_templates(const Ast& ast);
void emit_internal_templates(Output& out);

}  // namespace odc::midl
