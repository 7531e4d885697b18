// What raw RPC interfaces have beside their types: client and server classes, and functions that find their server by a handle.
#pragma once

#include <string>
#include <vector>

#include "midl/emit.h"
#include "midl/output.h"

namespace odc::midl {

/// How the functions of an interface find their server (C706 4.2.16.5, 5.1): by IDL or ACF attribute. Only interfaces that have
/// one get functions; the client class has its binding anyway.
struct BindingRule {
    enum class Kind : std::uint8_t { none, explicit_handle, implicit_handle, auto_handle };
    Kind kind = Kind::none;
    std::string type;      ///< implicit: of the variable
    std::string variable;  ///< implicit
};
BindingRule binding_rule(const Interface& interface);
BindingRule binding_rule(const Interface& interface, const Function& function);

/// handle_t parameters: they say where the call goes and are not sent.
bool is_binding_handle(const Parameter& parameter);
/// The typedef with [handle] that a type is written with, or null.
const Typedef* custom_handle(const Type* type);
/// Typedefs with [context_handle] of the interface's methods, in order of their first use.
std::vector<const Typedef*> context_types(const Interface& interface);
/// The typedef with [context_handle] that a type is or points to, or null.
const Typedef* context_type(const Type* type);

/// True when the interface has [callback] methods.
bool has_callbacks(const Interface& interface);

/// The parameters of a method of the client class (binding handles left out), of the server class (those that only the ACF knows
/// left out too), or of a function.
enum class Shape : std::uint8_t { client, server, function };
std::string raw_parameters(const Interface& interface, const Function& function, Shape shape);

/// The hand-written functions of a type with transmit_as or represent_as (C706 4.2.20.5, 4.3.7).
void declare_conversions(const Typedef& named, Output& out);
/// The first lines of a source file that includes `header`.
void write_head(Output& out, const OutputNames& names, const std::string& header);
/// The declarations in the header.
void declare_raw_interface(const Interface& interface, Output& out);
/// The functions in the client's file, over the client class.
void define_raw_functions(const Interface& interface, Output& out);

}  // namespace odc::midl
