// The identifiers of DCOM, each a type of its own so that a mix-up does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "base/guid.h"

namespace odc::orpc {

enum class Oxid : std::uint64_t {};   ///< object exporter: one apartment (MS-DCOM 2.2.10)
enum class Oid : std::uint64_t {};    ///< one object of an exporter (2.2.1)
enum class SetId : std::uint64_t {};  ///< a ping set (2.2.2)

/// One interface of one object (MS-DCOM 2.2.9).
struct Ipid {
    Guid guid{};
    friend bool operator==(const Ipid& a, const Ipid& b) { return a.guid == b.guid; }
    bool is_null() const { return guid == Guid{}; }
};

/// MS-DCOM 2.2.11.
struct ComVersion {
    std::uint16_t major = 5;
    std::uint16_t minor = 7;
    friend auto operator<=>(const ComVersion&, const ComVersion&) = default;
};
inline constexpr ComVersion kComVersion{5, 7};

/// The rule of MS-DCOM 1.7: another major version or a higher minor one is refused.
inline bool accepts_version(ComVersion client) { return client.major == kComVersion.major && client.minor <= kComVersion.minor; }

/// OXIDs and OIDs of a process are made from the tag that it chose (idl/localscm.idl).
constexpr Oxid make_oxid(std::uint64_t process_tag, std::uint16_t apartment) { return Oxid{process_tag << 16 | apartment}; }
constexpr std::uint64_t process_tag_of(Oxid oxid) { return static_cast<std::uint64_t>(oxid) >> 16; }
constexpr Oid make_oid(std::uint64_t process_tag, std::uint32_t number) {
    return Oid{(process_tag & 0xFFFFFFFFu) << 32 | number};
}
constexpr std::uint32_t process_part_of(Oid oid) { return static_cast<std::uint32_t>(static_cast<std::uint64_t>(oid) >> 32); }

}  // namespace odc::orpc
