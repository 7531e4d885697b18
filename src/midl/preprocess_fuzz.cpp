// Any text through the preprocessor and the lexer. What stands behind the first zero byte is a file that the text may include.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "midl/lexer.h"
#include "midl/preprocess.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace odc::midl;
    constexpr std::size_t kMost = 1 << 20;
    if (size > (1u << 16)) return 0;
    const std::string whole(reinterpret_cast<const char*>(data), size);
    const auto end = whole.find('\0');
    FileTexts files;
    files.hold("a.idl", whole.substr(0, end));
    if (end != std::string::npos) files.hold("b.h", whole.substr(end + 1));
    std::string text;
    (void)preprocess({"a.idl", {}, {"-DGIVEN=1"}, kMost}, files, text);
    if (text.size() > kMost) std::abort();
    Diagnostics diagnostics;
    (void)lex(text, diagnostics);
    return 0;
}
