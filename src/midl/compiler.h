// The whole way of one IDL file through the stages; `midl`'s main only turns its command line into these options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "midl/source.h"
#include "typelib/model.h"

namespace odc::midl {

struct CompileOptions {
    std::string input;
    PreprocessorOptions preprocessor;
    std::string out_folder = ".";
    // Paths of outputs relative to out_folder; empty: the default name, "-": none.
    std::vector<std::string> library_folders;  ///< where importlib looks, after the include folders
    std::string header, iids, proxy, client, server, serialization, dlldata, typelib;
    std::string json;  ///< the compiled model; empty: none
    bool serialize = false;
    bool make_dlldata = false;
    bool make_proxy = true, make_client = true, make_server = true, make_header = true, make_iids = true;
    bool make_typelib = true;  ///< of a library statement, when there is one
    typelib::SysKind system = typelib::SysKind::win64;
    bool mktyplib203 = false;
    bool winrt = false;        ///< Windows Runtime: namespaces and what they hold
    bool abi_prefix = false;   ///< … in C++ inside namespace ABI, without `#pragma winrt ns_prefix` too
    bool bare_char = false;    ///< `char` of the source becomes C's char, whatever its sign (/char ascii7)
    std::uint8_t pack = 0;  ///< largest alignment of a field where the source does not say; 0: none
    std::string client_prefix, server_prefix, switch_prefix;  ///< of the names of a raw interface's routines; switch: of one more prototype
    bool save_preprocessed = false;  ///< file.i: the text that the preprocessor made of the file
    bool empty_outputs = false;  ///< write files that would have nothing in them too (for builds with fixed lists)
    bool syntax_check = false;
    bool process_ends = false;   ///< right after this: the tree is not taken down node by node
    std::string depfile, deptarget;
    std::string acf;             ///< attribute configuration file; empty: the one beside the input, if there is one
};

/// Compiles one file. Messages are in `diagnostics`; false when there were errors, and then nothing is written.
bool compile(const CompileOptions& options, Diagnostics& diagnostics);

}  // namespace odc::midl
