// HGLOBAL and CLIPFORMAT on the wire: what is in the block, and the name of the format.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "com/wire_context.h"
#include "combaseapi.h"
#include "winbase.h"

namespace odc::com {
namespace {

constexpr CLIPFORMAT kFirstRegistered = 0xC000;
constexpr std::size_t kLongestName = 256;  // with the terminator

/// Registered formats by their name, since each process numbers them anew; the fixed ones by number. Errors: DV_E_CLIPFORMAT for a number
/// that was never registered.
void write_format(ndr::Writer& out, const void* value) {
    const auto format = value_as<CLIPFORMAT>(value);
    align_as_pointer(out);
    if (format < kFirstRegistered) {
        out.u32(WDT_INPROC_CALL);
        if (out.ndr64()) out.align(8);
        return out.u32(format);
    }
    std::array<WCHAR, kLongestName> name{};
    if (GetClipboardFormatNameW(format, name.data(), static_cast<INT>(name.size())) == 0) return out.fail(DV_E_CLIPFORMAT);
    out.u32(WDT_REMOTE_CALL);
    out.unique(name.data());
    out.string(name.data());
}

void read_format(ndr::Reader& in, void* value) {
    align_as_pointer(in);
    const std::uint32_t context = in.u32();
    if (context == WDT_INPROC_CALL) {
        if (in.ndr64()) in.align(8);
        const std::uint32_t format = in.u32();
        in.require(format <= 0xFFFF);
        if (!in.failed()) value_as<CLIPFORMAT>(value) = static_cast<CLIPFORMAT>(format);
        return;
    }
    in.require(context == WDT_REMOTE_CALL && in.unique());
    const WCHAR* name = in.string<WCHAR>(false);
    if (in.failed()) return;
    const UINT format = RegisterClipboardFormatW(name);
    in.require(format != 0);
    value_as<CLIPFORMAT>(value) = static_cast<CLIPFORMAT>(format);
}

}  // namespace

void write_global(ndr::Writer& out, HGLOBAL memory) {
    align_as_pointer(out);
    out.u32(WDT_REMOTE_CALL);
    if (!out.unique(memory)) return;
    std::uint32_t referent = 0;
    std::memcpy(&referent, out.base() + out.own_bytes() - (out.ndr64() ? 8 : 4), sizeof referent);
    if (GlobalFlags(memory) == GMEM_INVALID_HANDLE) return out.fail(E_HANDLE);
    const SIZE_T size = GlobalSize(memory);
    if (size > 0x7FFFFFFF) return out.fail(E_OUTOFMEMORY);
    out.count(size);
    // Elsewhere both are the handle's number, and readers may refuse what differs (Wine's does: RPC_X_BAD_STUB_DATA).
    out.u32(referent);
    out.u32(static_cast<std::uint32_t>(size));
    if (size == 0) return;
    const void* bytes = GlobalLock(memory);
    if (!bytes) return out.fail(E_HANDLE);
    out.copy(bytes, size);
    GlobalUnlock(memory);
}

HGLOBAL read_global(ndr::Reader& in) {
    align_as_pointer(in);
    const std::uint32_t context = in.u32();
    if (context != WDT_REMOTE_CALL) {
        // A handle of another process; Windows sends them between threads of one only.
        in.require(read_local_number(in, context) == 0);
        return nullptr;
    }
    if (!in.unique()) return nullptr;
    const std::size_t count = in.count(1);
    in.u32();
    in.require(in.u32() == count);
    const std::uint8_t* bytes = in.view(count);
    if (in.failed()) return nullptr;
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, count);
    void* to = memory && count ? GlobalLock(memory) : nullptr;
    if (!memory || (count && !to)) {
        in.fail_now();
        return nullptr;
    }
    if (count) std::memcpy(to, bytes, count);
    if (count) GlobalUnlock(memory);
    in.own(memory, [](void* block) { GlobalFree(block); });
    return memory;
}

}  // namespace odc::com

using odc::com::value_as;

extern "C" {
extern ODC_API const odc::ndr::UserType CLIPFORMAT_wire, HGLOBAL_wire;
const odc::ndr::UserType CLIPFORMAT_wire = {odc::com::write_format, odc::com::read_format, [](void*) {}};
const odc::ndr::UserType HGLOBAL_wire = {
    [](odc::ndr::Writer& out, const void* value) { odc::com::write_global(out, value_as<HGLOBAL>(value)); },
    [](odc::ndr::Reader& in, void* value) {
        HGLOBAL made = odc::com::read_global(in);
        if (!in.failed()) value_as<HGLOBAL>(value) = made;
    },
    [](void* value) { GlobalFree(value_as<HGLOBAL>(value)); },
};
}
