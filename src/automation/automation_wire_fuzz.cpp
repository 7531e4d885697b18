// A message with a text, a variant, an array and an EXCEPINFO in it. The first byte chooses syntax, byte order and what is read.
#include <cstdint>

#include "automation/wire.h"
#include "ndr/fuzz_message.h"
#include "oleauto.h"

extern "C" const odc::ndr::UserType BSTR_wire, VARIANT_wire, LPSAFEARRAY_wire, EXCEPINFO_wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace odc;
    if (size == 0) return 0;
    const auto choice = data[0];
    ndr::test::FuzzMessage message(choice, data + 1, size - 1);
    ndr::Reader& in = message.in();
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
