#include "orpc/orpc_this.h"

namespace odc::orpc {
namespace {

std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

/// ORPC_EXTENT { GUID id; unsigned long size; [size_is((size + 7) & ~7)] byte data[]; }
void write_extension(ndr::Writer& out, const Extension& extension) {
    static constexpr std::uint8_t kZeros[8] = {};
    out.count(padded(extension.data.size()));
    out.guid(extension.id);
    out.u32(static_cast<std::uint32_t>(extension.data.size()));
    out.copy(extension.data.data(), extension.data.size());
    out.copy(kZeros, padded(extension.data.size()) - extension.data.size());
}

void read_extension(ndr::Reader& in, std::vector<Extension>* extensions) {
    const std::size_t bytes = in.count(1);
    const Guid id = in.guid();
    const std::uint32_t size = in.u32();
    in.require(padded(size) == bytes);
    const std::uint8_t* data = in.view(bytes);
    if (extensions && !in.failed()) extensions->push_back({id, {data, data + size}});
}

}  // namespace

// ORPC_EXTENT_ARRAY { unsigned long size, reserved; [size_is((size + 1) & ~1,), unique] ORPC_EXTENT** extent; }

void write_extensions(ndr::Writer& out, std::span<const Extension> extensions) {
    const std::size_t places = (extensions.size() + 1) & ~std::size_t{1};
    (void)out.unique(&extensions);
    out.u32(static_cast<std::uint32_t>(extensions.size()));
    out.u32(0);
    (void)out.unique(&extensions);
    out.count(places);
    for (std::size_t i = 0; i < places; ++i) (void)out.unique(i < extensions.size() ? &extensions[i] : nullptr);
    for (const auto& extension : extensions) write_extension(out, extension);
}

void read_extensions(ndr::Reader& in, std::vector<Extension>* extensions) {
    (void)in.u32();
    (void)in.u32();
    if (!in.unique()) return;
    const std::size_t pointers = in.count(4);
    std::size_t present = 0;
    for (std::size_t i = 0; i < pointers; ++i) present += in.unique() ? 1 : 0;
    for (std::size_t i = 0; i < present && !in.failed(); ++i) read_extension(in, extensions);
}

}  // namespace odc::orpc
