// OBJREF: an interface pointer as bytes (MS-DCOM 2.2.18), the packet form that MInterfacePointer and streams carry.
#pragma once

#include <variant>

#include "orpc/dual_string_array.h"
#include "orpc/ids.h"

namespace odc::orpc {

inline constexpr std::uint32_t kObjrefSignature = 0x574F454D;  ///< "MEOW"
enum ObjrefFlags : std::uint32_t { kObjrefStandard = 1, kObjrefHandler = 2, kObjrefCustom = 4, kObjrefExtended = 8 };
inline constexpr std::uint32_t kSorfNoPing = 0x1000;

/// STDOBJREF. `public_refs` counts the references that whoever unmarshals this takes over; 0 means none yet.
struct StdObjRef {
    std::uint32_t flags = 0;
    std::uint32_t public_refs = 0;
    Oxid oxid{};
    Oid oid{};
    Ipid ipid;
    static constexpr std::size_t kSize = 40;
    /// 40 bytes, always little-endian, no padding (2.2.18.2).
    void write(ByteWriter& out) const;
    static StdObjRef read(ByteReader& in);
    friend bool operator==(const StdObjRef&, const StdObjRef&) = default;
};

struct StandardRef {
    StdObjRef std;
    DualStringArray resolver;
};
struct HandlerRef {
    StdObjRef std;
    Guid clsid{};
    DualStringArray resolver;
};
struct CustomRef {
    Guid clsid{};
    std::vector<std::uint8_t> data;
};
/// The envoy context of an extended reference is kept as it came.
struct ExtendedRef {
    StdObjRef std;
    DualStringArray resolver;
    Guid context_id{};
    std::vector<std::uint8_t> context;
};

struct ObjRef {
    Guid iid{};
    std::variant<StandardRef, HandlerRef, CustomRef, ExtendedRef> body;

    void write(ByteWriter& out) const;
    /// Reads one OBJREF off `in`, which may hold more. A custom reference takes its size from pObjectData's length field
    /// when it has one, otherwise the rest of `in`.
    /// Errors: RPC_E_INVALID_OBJREF (signature, flags, sizes), STG_E_READFAULT is the caller's for a short stream.
    static Result<ObjRef> read(ByteReader& in);

    /// The STDOBJREF of the three forms that have one.
    const StdObjRef* standard() const;
    const DualStringArray* resolver() const;
};

}  // namespace odc::orpc
