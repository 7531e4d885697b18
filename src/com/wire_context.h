// What the wire forms of handles begin with (wtypes.idl: RemotableHandle, userHGLOBAL, userCLIPFORMAT and others): a word that says whether a number
// of this host follows or the data behind it. The structures are aligned as their first pointer is.
#pragma once

#include "opendcom/ndr/generated.h"
#include "wtypes.h"

namespace odc::com {

inline void align_as_pointer(ndr::Writer& out) { out.align(out.ndr64() ? 8 : 4); }
inline void align_as_pointer(ndr::Reader& in) { in.align(in.ndr64() ? 8 : 4); }

/// The number behind WDT_INPROC_CALL or WDT_INPROC64_CALL; fails the reader for other contexts.
inline std::int64_t read_local_number(ndr::Reader& in, std::uint32_t context) {
    in.require(context == WDT_INPROC_CALL || context == WDT_INPROC64_CALL);
    return context == WDT_INPROC64_CALL ? in.i64() : in.i32();
}

template <class T>
T& value_as(void* value) {
    return *static_cast<T*>(value);
}
template <class T>
const T& value_as(const void* value) {
    return *static_cast<const T*>(value);
}

/// The pointee of a wireHGLOBAL: the bytes of the block. Reading makes a movable block, which is freed when the call fails later on; null stays null.
void write_global(ndr::Writer& out, HGLOBAL memory);
HGLOBAL read_global(ndr::Reader& in);

}  // namespace odc::com
