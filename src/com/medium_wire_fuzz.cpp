// A message with a format, a handle, a block of memory or a medium in it. The first byte chooses syntax, byte order and what is read.
#include <cstdint>

#include "ndr/fuzz_message.h"
#include "objidl.h"
#include "opendcom/ndr/generated.h"

extern "C" const odc::ndr::UserType CLIPFORMAT_wire, HGLOBAL_wire, HWND_wire, HBITMAP_wire, STGMEDIUM_wire, FLAG_STGMEDIUM_wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace odc;
    if (size == 0) return 0;
    const auto choice = data[0];
    ndr::test::FuzzMessage message(choice, data + 1, size - 1);
    ndr::Reader& in = message.in();
    const ndr::UserType* const types[] = {&CLIPFORMAT_wire, &HGLOBAL_wire, &HWND_wire, &HBITMAP_wire, &STGMEDIUM_wire, &FLAG_STGMEDIUM_wire};
    const ndr::UserType& type = *types[(choice >> 2) % 6];
    FLAG_STGMEDIUM value{};
    type.read(in, &value);
    if (in.failed()) {
        in.abandon();
        return 0;
    }
    // What was read well can be written and freed.
    in.end();
    ndr::Writer out;
    out.begin(0, in.syntax());
    type.write(out, &value);
    type.release(&value);
    return 0;
}
