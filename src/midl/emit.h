// The back ends. Each makes the text of one output file from the finished model; an empty text means: no such file.
#pragma once

#include <string>

#include "midl/model.h"
#include "midl/output.h"

namespace odc::midl {

/// Names that the outputs of one IDL file share.
struct OutputNames {
    std::string idl;     ///< foo.idl, as it shall appear in comments
    std::string stem;    ///< foo
    std::string header;  ///< foo.h, as the other outputs include it
};

std::string emit_header(const Model& model, const OutputNames& names);
std::string emit_iids(const Model& model, const OutputNames& names);
/// Gives parameters that have the name of something in generated code (`call`, `in`, `out`, `result`, …) another one. After the outputs that
/// show names to people, before those that are code.
void rename_clashing_parameters(Model& model);
Pieces emit_proxies(const Model& model, const OutputNames& names, Diagnostics& diagnostics);
std::string emit_clients(const Model& model, const OutputNames& names, Diagnostics& diagnostics);
std::string emit_servers(const Model& model, const OutputNames& names, Diagnostics& diagnostics);
std::string emit_serialization_header(const Model& model, const OutputNames& names);
std::string emit_serialization(const Model& model, const OutputNames& names, Diagnostics& diagnostics);
/// The model as JSON; docs/midl.md describes it.
std::string emit_json(const Model& model, const OutputNames& names);
std::string emit_dlldata(const Model& model, const OutputNames& names);

/// The interfaces that the compiled file itself defines, those inside its library statements included.
std::vector<const Interface*> own_interfaces(const Model& model);

}  // namespace odc::midl
