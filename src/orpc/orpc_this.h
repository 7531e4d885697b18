// ORPCTHIS and ORPCTHAT: the implicit first arguments of every call on an object (MS-DCOM 2.2.13).
#pragma once

#include <span>
#include <vector>

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

/// What a channel hook lets travel with a call (ORPC_EXTENT, 2.2.21.2).
struct Extension {
    Guid id{};
    std::vector<std::uint8_t> data;
};

/// The pointer to an ORPC_EXTENT_ARRAY and the array behind it. Its size is a multiple of 8, so arguments behind it keep their alignment.
void write_extensions(ndr::Writer& out, std::span<const Extension> extensions);
/// Reads the array behind its pointer; `extensions` may be null, for whom they do not matter (2.2.13.1).
void read_extensions(ndr::Reader& in, std::vector<Extension>* extensions);

inline void write_orpc_this(ndr::Writer& out, const OrpcThis& head, std::span<const Extension> extensions = {}) {
    out.u16(head.version.major);
    out.u16(head.version.minor);
    out.u32(head.flags);
    out.u32(0);  // reserved1
    out.guid(head.causality);
    if (extensions.empty()) [[likely]] (void)out.unique(nullptr);
    else write_extensions(out, extensions);
}

inline void write_orpc_that(ndr::Writer& out, std::span<const Extension> extensions = {}) {
    out.u32(0);
    if (extensions.empty()) [[likely]] (void)out.unique(nullptr);
    else write_extensions(out, extensions);
}

inline OrpcThis read_orpc_this(ndr::Reader& in, std::vector<Extension>* extensions = nullptr) {
    OrpcThis head;
    head.version.major = in.u16();
    head.version.minor = in.u16();
    head.flags = in.u32();
    (void)in.u32();
    head.causality = in.guid();
    if (in.unique()) [[unlikely]] read_extensions(in, extensions);
    return head;
}

inline void read_orpc_that(ndr::Reader& in, std::vector<Extension>* extensions = nullptr) {
    (void)in.u32();
    if (in.unique()) [[unlikely]] read_extensions(in, extensions);
}

}  // namespace odc::orpc
