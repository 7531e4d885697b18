// ORPCTHIS and ORPCTHAT: the implicit first arguments of every call on an object (MS-DCOM 2.2.13).
#pragma once

#include "opendcom/ndr/reader.h"
#include "orpc/ids.h"

namespace odc::orpc {

struct OrpcThis {
    ComVersion version = kComVersion;
    std::uint32_t flags = 0;
    Guid causality{};
};

/// Bytes of ORPCTHIS without extensions; a multiple of 4, so the arguments behind it stay aligned as in the message.
inline constexpr std::size_t kOrpcThisSize = 32;
inline constexpr std::size_t kOrpcThatSize = 8;

inline void write_orpc_this(ndr::Writer& out, const OrpcThis& head) {
    out.u16(head.version.major);
    out.u16(head.version.minor);
    out.u32(head.flags);
    out.u32(0);  // reserved1
    out.guid(head.causality);
    (void)out.unique(nullptr);  // extensions
}

inline void write_orpc_that(ndr::Writer& out) {
    out.u32(0);
    (void)out.unique(nullptr);
}

/// Reads past an ORPC_EXTENT_ARRAY; unknown extensions are ignored (2.2.13.1).
void skip_orpc_extensions(ndr::Reader& in);

inline OrpcThis read_orpc_this(ndr::Reader& in) {
    OrpcThis head;
    head.version.major = in.u16();
    head.version.minor = in.u16();
    head.flags = in.u32();
    (void)in.u32();
    head.causality = in.guid();
    if (in.unique()) [[unlikely]] skip_orpc_extensions(in);
    return head;
}

inline void read_orpc_that(ndr::Reader& in) {
    (void)in.u32();
    if (in.unique()) [[unlikely]] skip_orpc_extensions(in);
}

}  // namespace odc::orpc
