// Parses one preprocessed IDL file into the tree. Names are not looked up here, except for imports, which are loaded through
// a callback at the place where they stand.
#pragma once

#include <functional>

#include "midl/ast.h"
#include "midl/lexer.h"

namespace odc::midl {

struct ParseOptions {
    bool mktyplib203 = false;
    std::uint8_t pack = 0;  ///< until the source says something else
    bool bare_char = false; ///< /char ascii7: `char` becomes C's char, whatever its sign
    bool winrt = false;     ///< namespaces and what they hold
    bool abi_prefix = false;  ///< … inside namespace ABI, whether the source says so or not
};

/// Fills `ast.files[file]`. `load_import` gets each import's name and place and returns the imported file's index (or npos).
void parse(Ast& ast, std::uint32_t file, const Tokens& tokens, const ParseOptions& options, Diagnostics& diagnostics,
           const std::function<std::uint32_t(const std::string& name, Place place)>& load_import);

}  // namespace odc::midl
