// Protocol towers: how the endpoint map says which interface can be reached how (C706 appendix L; MS-RPCE 2.2.1.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "opendcom/rpc/server.h"

namespace odc::scm {

/// C706 appendix I: the first byte of a floor's left side.
enum class Protocol : std::uint8_t {
    tcp = 0x07,
    udp = 0x08,
    ip = 0x09,
    datagram_rpc = 0x0A,
    connection_rpc = 0x0B,
    local_rpc = 0x0C,
    uuid = 0x0D,
    named_pipe = 0x0F,
    local_endpoint = 0x10,
    netbios = 0x11,
    http = 0x1F,
};

/// One floor: a protocol and what it needs to know.
struct Floor {
    std::uint8_t protocol = 0;
    std::vector<std::uint8_t> left;   ///< behind the protocol byte
    std::vector<std::uint8_t> right;
    friend bool operator==(const Floor&, const Floor&) = default;
};

/// NDR 2.0, the transfer syntax of nearly every tower.
inline constexpr rpc::SyntaxId kNdr20{{0x8A885D04, 0x1CEB, 0x11C9, {0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10, 0x48, 0x60}}, 2, 0};

struct Tower {
    rpc::SyntaxId interface;
    rpc::SyntaxId transfer = kNdr20;
    std::vector<Floor> lower;  ///< from the RPC protocol's floor down

    /// ncacn_ip_tcp. A host that is no IPv4 address is encoded as 0.0.0.0, as Windows does.
    static Tower tcp(const rpc::SyntaxId& interface, std::uint16_t port, const std::string& host);
    /// ncalrpc: `path` of the Unix socket.
    static Tower local(const rpc::SyntaxId& interface, const std::string& path);
    static Tower of(const rpc::SyntaxId& interface, const rpc::Endpoint& endpoint);

    std::optional<std::uint16_t> tcp_port() const;
    /// The endpoint, when the protocol is one of the two that we speak.
    std::optional<rpc::Endpoint> endpoint() const;
    /// Same protocols floor by floor, whatever the addresses.
    bool same_protocols(const Tower& other) const;
    friend bool operator==(const Tower&, const Tower&) = default;
};

/// The tower_octet_string of a twr_t. Always little-endian but for ports and addresses.
std::vector<std::uint8_t> encode(const Tower& tower);

/// Errors: HRESULT_FROM_WIN32(EPT_S_INVALID_ENTRY) when floors are missing, overlap the end or leave bytes over, or the first
/// two are no UUID floors. At most kMaxFloors floors and kMaxTowerBytes bytes.
Result<Tower> decode(std::span<const std::uint8_t> octets);

inline constexpr std::size_t kMaxTowerBytes = 2000;  ///< MS-RPCE 2.2.1.2.2
inline constexpr std::size_t kMaxFloors = 8;

}  // namespace odc::scm
