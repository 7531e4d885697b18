// SNB, a block of names, on the wire: the structure RemSNB of objidl.idl.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "combaseapi.h"
#include "opendcom/ndr/generated.h"

namespace {

/// A null block has no names.
void write_names(odc::ndr::Writer& out, SNB names) {
    std::size_t count = 0, characters = 0;
    for (SNB name = names; name && *name; ++name, ++count)
        characters += std::u16string_view(reinterpret_cast<const char16_t*>(*name)).size() + 1;
    out.count(characters);
    out.u32(static_cast<std::uint32_t>(count));
    out.u32(static_cast<std::uint32_t>(characters));
    for (SNB name = names; name && *name; ++name) {
        const OLECHAR* unit = *name;
        do out.u16(static_cast<std::uint16_t>(*unit));
        while (*unit++);
    }
}

/// One block of task memory: the pointers with a null behind them, then the characters. As many names must end in the characters as
/// the message says there are, and the last one at the last.
SNB read_names(odc::ndr::Reader& in) {
    const std::size_t characters = in.count(sizeof(OLECHAR));
    const std::size_t count = in.u32();
    in.require(in.u32() == characters && count <= characters);
    if (in.failed() || count == 0) {
        in.require(characters == 0);
        return nullptr;
    }
    auto* block = in.task<std::uint8_t>((count + 1) * sizeof(LPOLESTR) + characters * sizeof(OLECHAR));
    if (in.failed()) return nullptr;
    SNB names = reinterpret_cast<SNB>(block);
    OLECHAR* unit = reinterpret_cast<OLECHAR*>(names + count + 1);
    std::size_t found = 0;
    for (std::size_t i = 0; i < characters; ++i) {
        if (i == 0 || unit[i - 1] == 0) {
            if (found == count) in.require(false);
            if (in.failed()) return nullptr;
            names[found++] = unit + i;
        }
        unit[i] = static_cast<OLECHAR>(in.u16());
    }
    in.require(found == count && unit[characters - 1] == 0);
    return in.failed() ? nullptr : names;
}

}  // namespace

extern "C" {
extern ODC_API const odc::ndr::UserType SNB_wire;
const odc::ndr::UserType SNB_wire = {
    [](odc::ndr::Writer& out, const void* value) { write_names(out, *static_cast<const SNB*>(value)); },
    [](odc::ndr::Reader& in, void* value) { *static_cast<SNB*>(value) = read_names(in); },
    [](void* value) { CoTaskMemFree(*static_cast<SNB*>(value)); },
};
}
