// A message with an HSTRING in it. The first byte chooses syntax and byte order; what was read well is written back and read again.
#include <cstdint>
#include <cstdlib>

#include "ndr/fuzz_message.h"
#include "opendcom/ndr/generated.h"
#include "winstring.h"

extern "C" const odc::ndr::UserType HSTRING_wire;

namespace {

/// Whether the bytes were good; the text is null when not.
bool read(std::uint8_t choice, const std::uint8_t* data, std::size_t size, HSTRING* text) {
    odc::ndr::test::FuzzMessage message(choice, data, size);
    HSTRING_wire.read(message.in(), text);
    if (message.in().failed()) {
        if (*text) std::abort();
        message.in().abandon();
        return false;
    }
    message.in().end();
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using odc::ndr::Syntax;
    if (size == 0) return 0;
    const Syntax syntax = data[0] & 1 ? Syntax::ndr64 : Syntax::ndr20;
    HSTRING text = nullptr, again = nullptr;
    if (!read(data[0], data + 1, size - 1, &text)) return 0;
    odc::ndr::Writer out;
    out.begin(0, syntax);
    HSTRING_wire.write(out, &text);
    if (out.failed() || !read(data[0] & 1, out.base(), out.own_bytes(), &again)) std::abort();
    INT32 order = 1;
    if (FAILED(WindowsCompareStringOrdinal(text, again, &order)) || order != 0) std::abort();
    WindowsDeleteString(text);
    WindowsDeleteString(again);
    return 0;
}
