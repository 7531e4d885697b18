// Attribute configuration files (C706 4.3): what the IDL file leaves to each side of the wire. Parsed into entries and then
// merged into the tree as if the attributes stood in the IDL file.
#pragma once

#include "midl/lexer.h"
#include "midl/model.h"

namespace odc::midl {

struct Acf {
    struct Named {
        std::string name;
        Place place;
        Attributes attributes;
    };
    struct Operation : Named {
        std::vector<Named> parameters;
    };
    struct Interface : Named {
        std::vector<std::string> includes;  ///< headers that the ACF's local types come from
        std::vector<Named> types;
        std::vector<Operation> operations;
    };
    std::vector<Interface> interfaces;
};

/// `ast` takes the nodes of attribute values.
Acf parse_acf(Ast& ast, const Tokens& tokens, Diagnostics& diagnostics);
/// Names that the IDL file does not have are reported, but for operation parameters with comm_status or fault_status: those are
/// added (C706 4.3.5).
void apply_acf(const Acf& acf, Ast& ast, Diagnostics& diagnostics);

}  // namespace odc::midl
