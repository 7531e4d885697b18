// Any text through lexer, parser, semantic steps and all back ends; imports find nothing, no preprocessor runs.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "midl/emit.h"
#include "midl/parser.h"
#include "midl/winrt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace odc::midl;
    if (size > (1u << 16)) return 0;
    Diagnostics diagnostics;
    Model model;
    model.ast.files.emplace_back();
    model.ast.files[0].text.assign(reinterpret_cast<const char*>(data), size);
    const Tokens tokens = lex(model.ast.files[0].text, diagnostics);
    ParseOptions options;
    options.winrt = model.ast.files[0].text.starts_with("#pragma winrt");
    parse(model.ast, 0, tokens, options, diagnostics, [](const std::string&, Place) { return UINT32_MAX; });
    if (options.winrt && !diagnostics.failed()) lower_runtime(model.ast, diagnostics);
    if (!analyse(model, diagnostics)) return 0;
    const OutputNames names{"fuzz.idl", "fuzz", "fuzz.h"};
    if (!diagnostics.failed()) {
        (void)emit_header(model, names);
        (void)emit_iids(model, names);
        (void)emit_json(model, names);
    }
    (void)emit_proxies(model, names, diagnostics);
    (void)emit_clients(model, names, diagnostics);
    (void)emit_servers(model, names, diagnostics);
    (void)emit_serialization(model, names, diagnostics);
    return 0;
}
