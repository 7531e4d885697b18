#include "orpc/orpc_this.h"

namespace odc::orpc {

void skip_orpc_extensions(ndr::Reader& in) {
    // ORPC_EXTENT_ARRAY { size; reserved; [size_is((size+1)&~1,), unique] ORPC_EXTENT** extent; }
    (void)in.u32();
    (void)in.u32();
    if (!in.unique()) return;
    const std::size_t pointers = in.count(4);
    std::size_t present = 0;
    for (std::size_t i = 0; i < pointers; ++i) present += in.unique() ? 1 : 0;
    for (std::size_t i = 0; i < present && !in.failed(); ++i) {
        // ORPC_EXTENT { GUID id; unsigned long size; [size_is((size+7)&~7)] byte data[]; }
        const std::size_t bytes = in.count(1);
        (void)in.guid();
        const std::uint32_t size = in.u32();
        in.require(((std::uint64_t{size} + 7) & ~std::uint64_t{7}) == bytes);
        (void)in.view(bytes);
    }
}

}  // namespace odc::orpc
