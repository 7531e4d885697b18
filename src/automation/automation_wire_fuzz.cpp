// A message with a text, a variant, an array and an EXCEPINFO in it. The first byte chooses syntax, byte order and what is read.
#include <cstdint>
#include <cstring>
#include <vector>

#include "automation/wire.h"
#include "oleauto.h"

extern "C" const odc::ndr::UserType BSTR_wire, VARIANT_wire, LPSAFEARRAY_wire, EXCEPINFO_wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace odc;
    if (size == 0) return 0;
    const auto choice = data[0];
    std::vector<std::uint64_t> aligned(size / 8 + 1);
    auto* at = reinterpret_cast<std::uint8_t*>(aligned.data());
    std::memcpy(at, data + 1, size - 1);
    ndr::Arena arena;
    ndr::Reader in;
    in.begin({at, size - 1}, choice & 2, choice & 1 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20, arena);
    BSTR text = nullptr;
    VARIANT variant{};
    SAFEARRAY* array = nullptr;
    EXCEPINFO exception{};
    switch (choice >> 2 & 3) {
        case 0: BSTR_wire.read(in, &text); break;
        case 1: VARIANT_wire.read(in, &variant); break;
        case 2: LPSAFEARRAY_wire.read(in, &array); break;
        default: EXCEPINFO_wire.read(in, &exception); break;
    }
    if (in.failed()) {
        in.abandon();
        return 0;
    }
    in.end();
    // What was read well can be copied, changed, written, and freed.
    VARIANT copy{};
    if (!(variant.vt & VT_BYREF) && SUCCEEDED(VariantCopyInd(&copy, &variant))) {
        VARIANT other{};
        if (SUCCEEDED(VariantChangeType(&other, &copy, 0, VT_BSTR))) VariantClear(&other);
        VariantClear(&copy);
    }
    ndr::Writer out;
    out.begin(0, in.syntax());
    VARIANT_wire.write(out, &variant);
    LPSAFEARRAY_wire.write(out, &array);
    if (out.failed()) __builtin_trap();
    BSTR_wire.release(&text);
    VARIANT_wire.release(&variant);
    LPSAFEARRAY_wire.release(&array);
    EXCEPINFO_wire.release(&exception);
    return 0;
}
