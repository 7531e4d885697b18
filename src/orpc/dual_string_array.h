// DUALSTRINGARRAY: where an object exporter or resolver listens, and which security it takes (MS-DCOM 2.2.19).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "opendcom/rpc/server.h"

namespace odc::orpc {

/// C706 appendix I, MS-DCOM 2.2.19.3.
enum TowerId : std::uint16_t { kTowerTcp = 0x0007, kTowerLocal = 0x0010 };

struct StringBinding {
    std::uint16_t tower = kTowerTcp;
    std::string address;  ///< "host", "host[endpoint]"; for kTowerLocal "[path]"
    /// The RPC endpoint, when the protocol is one that we speak. `default_port` stands in where the address names none.
    std::optional<rpc::Endpoint> endpoint(const std::string& default_port = "135") const;
    static StringBinding of(const rpc::Endpoint& endpoint);
    friend bool operator==(const StringBinding&, const StringBinding&) = default;
};

struct SecurityBinding {
    std::uint16_t authentication_service = 0;
    std::string principal;
    friend bool operator==(const SecurityBinding&, const SecurityBinding&) = default;
};

struct DualStringArray {
    std::vector<StringBinding> strings;
    std::vector<SecurityBinding> securities;

    /// The array part (wNumEntries 16-bit units) and the offset; the same for the packet and the IDL version.
    std::vector<std::uint16_t> units(std::uint16_t& security_offset) const;
    /// Checks terminators and offset (MS-DCOM 2.2.19.1). An array with no units at all is empty bindings.
    /// Errors: RPC_E_INVALID_OBJREF.
    static Result<DualStringArray> from_units(std::span<const std::uint16_t> units, std::uint16_t security_offset);

    /// The packet version, little-endian, as in OBJREFs.
    void write(ByteWriter& out) const;
    static Result<DualStringArray> read(ByteReader& in);
    friend bool operator==(const DualStringArray&, const DualStringArray&) = default;
};

}  // namespace odc::orpc
