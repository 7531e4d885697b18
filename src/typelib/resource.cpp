// The little of the PE format that is needed to find a TYPELIB resource.
#include "base/bytes.h"
#include "typelib/reader.h"

namespace odc::typelib {
namespace {

Error damaged() { return fail(TYPE_E_INVDATAREAD, "the file around the library is damaged"); }
Error missing() { return fail(TYPE_E_CANTLOADLIBRARY, "the file holds no such type library"); }

using Bytes = std::span<const std::uint8_t>;

struct Section {
    std::uint32_t address, size, offset;
};

/// One level of the resource tree: the entry with this number, or named "TYPELIB", or (number 0) the first. 0 when there is none.
Result<std::uint32_t> entry(Bytes resources, std::uint32_t directory, std::uint32_t number, bool by_name) {
    if (directory > resources.size() || resources.size() - directory < 16) return damaged();
    ByteReader in(resources.subspan(directory + 12));
    const auto named = in.u16();
    const std::uint32_t count = named + in.u16();
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = in.u32(), target = in.u32();
        if (in.failed()) return damaged();
        if (by_name) {
            const auto at = id & 0x7fffffff;
            if (!(id & 0x80000000)) continue;
            if (at > resources.size() || resources.size() - at < 16) return damaged();
            ByteReader name(resources.subspan(at));
            constexpr std::u16string_view kName = u"TYPELIB";
            bool same = name.u16() == kName.size();
            for (const auto c : kName) same = name.u16() == c && same;
            if (same) return target;
        } else if (number == 0 || id == number) {
            return target;
        }
    }
    return missing();
}

}  // namespace

Result<std::span<const std::uint8_t>> typelib_resource(std::span<const std::uint8_t> file, std::uint32_t number) {
    if (file.size() < 0x40) return damaged();
    ByteReader dos(file.subspan(0x3c));
    const auto pe = dos.u32();
    if (pe > file.size() || file.size() - pe < 24) return damaged();
    ByteReader in(file.subspan(pe));
    if (in.u32() != 0x4550) return missing();  // "PE": an older executable has no such resources
    in.skip(2);
    const auto section_count = in.u16();
    in.skip(12);
    const auto optional_size = in.u16();
    in.skip(2);
    ByteReader optional(in.bytes(optional_size));
    const bool wide = optional.u16() == 0x20b;
    optional.skip((wide ? 112 : 96) - 2 + 2 * 8);  // the third data directory is the resources'
    const auto address = optional.u32();
    if (in.failed() || optional.failed()) return damaged();
    Section found{};
    for (int i = 0; i < section_count; ++i) {
        in.skip(8);
        const auto virtual_size = in.u32(), virtual_address = in.u32(), size = in.u32(), offset = in.u32();
        in.skip(16);
        if (in.failed()) return damaged();
        (void)virtual_size;
        if (address >= virtual_address && address - virtual_address < size) found = {virtual_address, size, offset};
    }
    if (address == 0 || found.size == 0) return missing();
    if (found.offset > file.size() || found.size > file.size() - found.offset) return damaged();
    const auto section = file.subspan(found.offset, found.size);
    const auto resources = section.subspan(address - found.address);
    const auto type = ODC_TRY(entry(resources, 0, 0, true));
    const auto item = ODC_TRY(entry(resources, type & 0x7fffffff, number, false));
    const auto language = ODC_TRY(entry(resources, item & 0x7fffffff, 0, false));
    if (language > resources.size() || resources.size() - language < 8) return damaged();
    ByteReader data(resources.subspan(language));
    const auto where = data.u32(), size = data.u32();
    if (where < found.address || where - found.address > section.size() || size > section.size() - (where - found.address)) return damaged();
    return section.subspan(where - found.address, size);
}

}  // namespace odc::typelib
