// What ODL files, and libraries that import stdole, know without an import statement.
#pragma once

#include "midl/ast.h"
#include "midl/parser.h"

namespace odc::midl {

/// Adds a file with these names, when they are wanted and not there.
void add_built_in_names(Ast& ast, const ParseOptions& options, Diagnostics& diagnostics);

}  // namespace odc::midl
