// A message with an HSTRING in it. The first byte chooses syntax and byte order; what was read well is written back and read again.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "opendcom/ndr/generated.h"
#include "winstring.h"

extern "C" const odc::ndr::UserType HSTRING_wire;

namespace {

/// Whether the bytes were good; the text is null when not.
bool read(const std::uint8_t* data, std::size_t size, bool swap, odc::ndr::Syntax syntax, HSTRING* text) {
    std::vector<std::uint64_t> aligned(size / 8 + 1);
    auto* at = reinterpret_cast<std::uint8_t*>(aligned.data());
    if (size) std::memcpy(at, data, size);
    odc::ndr::Arena arena;
    odc::ndr::Reader in;
    in.begin({at, size}, swap, syntax, arena);
    HSTRING_wire.read(in, text);
    if (in.failed()) {
        if (*text) std::abort();
        in.abandon();
        return false;
    }
    in.end();
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using odc::ndr::Syntax;
    if (size == 0) return 0;
    const Syntax syntax = data[0] & 1 ? Syntax::ndr64 : Syntax::ndr20;
    HSTRING text = nullptr, again = nullptr;
    if (!read(data + 1, size - 1, data[0] & 2, syntax, &text)) return 0;
    odc::ndr::Writer out;
    out.begin(0, syntax);
    HSTRING_wire.write(out, &text);
    if (out.failed() || !read(out.base(), out.own_bytes(), false, syntax, &again)) std::abort();
    INT32 order = 1;
    if (FAILED(WindowsCompareStringOrdinal(text, again, &order)) || order != 0) std::abort();
    WindowsDeleteString(text);
    WindowsDeleteString(again);
    return 0;
}
