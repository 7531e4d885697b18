// Handles of windows, devices and pictures on the wire. This system has none of its own: a program's HWND is a number that it makes up (a window of
// X11, say) and travels as such; of the others only null does. What other systems send arrives as the number that it is there.
#include <limits>

#include "com/wire_context.h"
#include "combaseapi.h"

namespace odc::com {
namespace {

/// A RemotableHandle. Errors: E_HANDLE for what does not fit into its 32 bits.
void write_number(ndr::Writer& out, const void* value) {
    const auto number = reinterpret_cast<std::intptr_t>(value_as<void*>(value));
    if (number != static_cast<std::int32_t>(number)) return out.fail(E_HANDLE);
    out.u32(WDT_INPROC_CALL);
    out.i32(static_cast<std::int32_t>(number));
}

/// The same for what means nothing outside of its process. Errors: E_HANDLE.
void write_null(ndr::Writer& out, const void* value) {
    if (value_as<void*>(value)) return out.fail(E_HANDLE);
    write_number(out, value);
}

void read_number(ndr::Reader& in, void* value) {
    const std::uint32_t context = in.u32();
    in.require(context == WDT_INPROC_CALL || context == WDT_REMOTE_CALL);
    const std::intptr_t number = in.i32();
    if (!in.failed()) value_as<void*>(value) = reinterpret_cast<void*>(number);
}

/// Pictures, palettes and metafiles, which travel as what is in them. Errors: E_HANDLE.
void write_no_picture(ndr::Writer& out, const void* value) {
    if (value_as<void*>(value)) return out.fail(E_HANDLE);
    align_as_pointer(out);
    out.u32(WDT_REMOTE_CALL);
    out.unique(nullptr);
}

void read_no_picture(ndr::Reader& in, void* value) {
    align_as_pointer(in);
    const std::uint32_t context = in.u32();
    if (context == WDT_REMOTE_CALL) in.require(!in.unique());
    else in.require(read_local_number(in, context) == 0);
    if (!in.failed()) value_as<void*>(value) = nullptr;
}

void nothing_to_free(void*) {}

constexpr ndr::UserType kNumber = {write_number, read_number, nothing_to_free};
constexpr ndr::UserType kNull = {write_null, read_number, nothing_to_free};
constexpr ndr::UserType kPicture = {write_no_picture, read_no_picture, nothing_to_free};

}  // namespace
}  // namespace odc::com

using odc::com::kNull;
using odc::com::kNumber;
using odc::com::kPicture;

extern "C" {
extern ODC_API const odc::ndr::UserType HWND_wire, HMENU_wire, HACCEL_wire, HBRUSH_wire, HFONT_wire, HDC_wire, HICON_wire, HMONITOR_wire,
    HPALETTE_wire, HBITMAP_wire, HMETAFILE_wire, HMETAFILEPICT_wire, HENHMETAFILE_wire;
const odc::ndr::UserType HWND_wire = kNumber;
const odc::ndr::UserType HMENU_wire = kNull;
const odc::ndr::UserType HACCEL_wire = kNull;
const odc::ndr::UserType HBRUSH_wire = kNull;
const odc::ndr::UserType HFONT_wire = kNull;
const odc::ndr::UserType HDC_wire = kNull;
const odc::ndr::UserType HICON_wire = kNull;
const odc::ndr::UserType HMONITOR_wire = kNull;
const odc::ndr::UserType HPALETTE_wire = kPicture;
const odc::ndr::UserType HBITMAP_wire = kPicture;
const odc::ndr::UserType HMETAFILE_wire = kPicture;
const odc::ndr::UserType HMETAFILEPICT_wire = kPicture;
const odc::ndr::UserType HENHMETAFILE_wire = kPicture;
}
