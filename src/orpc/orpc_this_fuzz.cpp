#include "orpc/orpc_this.h"

/// The first byte chooses ORPCTHIS or ORPCTHAT and the byte order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::vector<std::uint64_t> aligned(size / 8 + 1);
    auto* bytes = reinterpret_cast<std::uint8_t*>(aligned.data());
    std::copy(data + 1, data + size, bytes);
    odc::ndr::Arena arena;
    odc::ndr::Reader in;
    in.begin({bytes, size - 1}, (data[0] & 2) != 0, odc::ndr::Syntax::ndr20, arena);
    std::vector<odc::orpc::Extension> extensions;
    if (data[0] & 1) odc::orpc::read_orpc_that(in, &extensions);
    else (void)odc::orpc::read_orpc_this(in, &extensions);
    in.end();
    return 0;
}
