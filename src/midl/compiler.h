// The whole way of one IDL file through the stages; `midl`'s main only turns its command line into these options.
#pragma once

#include <string>
#include <vector>

#include "midl/source.h"

namespace odc::midl {

struct CompileOptions {
    std::string input;
    PreprocessorOptions preprocessor;
    std::string out_folder = ".";
    // Paths of outputs relative to out_folder; empty: the default name, "-": none.
    std::string header, iids, proxy, client, server, serialization, dlldata;
    std::string json;  ///< the compiled model; empty: none
    bool serialize = false;
    bool make_dlldata = false;
    bool make_proxy = true, make_client = true, make_server = true, make_header = true, make_iids = true;
    bool mktyplib203 = false;
    bool empty_outputs = false;  ///< write files that would have nothing in them too (for builds with fixed lists)
    bool syntax_check = false;
    std::string depfile, deptarget;
};

/// Compiles one file. Messages are in `diagnostics`; false when there were errors, and then nothing is written.
bool compile(const CompileOptions& options, Diagnostics& diagnostics);

}  // namespace odc::midl
