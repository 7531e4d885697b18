// The proxies and stubs of objects that MIDL writes: the first byte chooses side, byte order and syntax, the second the method, the rest is
// the message.
#include "hostile_object.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::span<const std::uint8_t> message{data + 2, size - 2};
    const bool swap = (data[0] & 1) != 0;
    const auto syntax = (data[0] & 2) != 0 ? odc::ndr::Syntax::ndr64 : odc::ndr::Syntax::ndr20;
    if ((data[0] & 4) != 0) (void)odc::test::read_object_answer(data[1], message, swap, syntax);
    else (void)odc::test::serve_object(data[1], message, swap, syntax);
    return 0;
}
