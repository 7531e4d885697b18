#include "scm/tower.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/bytes.h"

namespace odc::scm {
namespace {

constexpr std::size_t kUuidLeft = 19;  // protocol byte, UUID, major version

Floor floor_of(Protocol protocol, std::vector<std::uint8_t> right) { return {static_cast<std::uint8_t>(protocol), {}, std::move(right)}; }

void write_syntax(ByteWriter& out, const rpc::SyntaxId& syntax) {
    out.u16(kUuidLeft);
    out.u8(static_cast<std::uint8_t>(Protocol::uuid));
    out.guid(syntax.uuid);
    out.u16(syntax.major);
    out.u16(2);
    out.u16(syntax.minor);
}

bool read_syntax(ByteReader& in, rpc::SyntaxId& syntax) {
    if (in.u16() != kUuidLeft || in.u8() != static_cast<std::uint8_t>(Protocol::uuid)) return false;
    syntax.uuid = in.guid();
    syntax.major = in.u16();
    if (in.u16() != 2) return false;
    syntax.minor = in.u16();
    return !in.failed();
}

std::vector<std::uint8_t> owned(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Tower Tower::tcp(const rpc::SyntaxId& interface, std::uint16_t port, const std::string& host) {
    in_addr address{};
    if (::inet_pton(AF_INET, host.c_str(), &address) != 1) address.s_addr = 0;
    std::vector<std::uint8_t> ip(4);
    std::memcpy(ip.data(), &address, 4);
    Tower tower;
    tower.interface = interface;
    tower.lower.push_back(floor_of(Protocol::connection_rpc, {0, 0}));
    tower.lower.push_back(floor_of(Protocol::tcp, {static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port)}));
    tower.lower.push_back(floor_of(Protocol::ip, std::move(ip)));
    return tower;
}

Tower Tower::local(const rpc::SyntaxId& interface, const std::string& path) {
    Tower tower;
    tower.interface = interface;
    tower.lower.push_back(floor_of(Protocol::local_rpc, {0, 0}));
    std::vector<std::uint8_t> name(path.begin(), path.end());
    name.push_back(0);
    tower.lower.push_back(floor_of(Protocol::local_endpoint, std::move(name)));
    return tower;
}

Tower Tower::of(const rpc::SyntaxId& interface, const rpc::Endpoint& endpoint) {
    if (endpoint.protocol == rpc::Endpoint::Protocol::ncalrpc) return local(interface, endpoint.endpoint);
    std::uint16_t port = 0;
    std::from_chars(endpoint.endpoint.data(), endpoint.endpoint.data() + endpoint.endpoint.size(), port);
    return tcp(interface, port, endpoint.host);
}

std::optional<std::uint16_t> Tower::tcp_port() const {
    if (lower.size() < 3 || lower[0].protocol != static_cast<std::uint8_t>(Protocol::connection_rpc) ||
        lower[1].protocol != static_cast<std::uint8_t>(Protocol::tcp) || lower[1].right.size() != 2)
        return std::nullopt;
    return static_cast<std::uint16_t>(lower[1].right[0] << 8 | lower[1].right[1]);
}

std::optional<rpc::Endpoint> Tower::endpoint() const {
    if (const auto port = tcp_port()) {
        if (lower[2].protocol != static_cast<std::uint8_t>(Protocol::ip) || lower[2].right.size() != 4) return std::nullopt;
        char text[INET_ADDRSTRLEN];
        ::inet_ntop(AF_INET, lower[2].right.data(), text, sizeof text);
        return rpc::Endpoint{rpc::Endpoint::Protocol::ncacn_ip_tcp, text, std::to_string(*port)};
    }
    if (lower.size() >= 2 && lower[0].protocol == static_cast<std::uint8_t>(Protocol::local_rpc) &&
        lower[1].protocol == static_cast<std::uint8_t>(Protocol::local_endpoint)) {
        std::string path(lower[1].right.begin(), lower[1].right.end());
        while (!path.empty() && path.back() == '\0') path.pop_back();
        return rpc::Endpoint{rpc::Endpoint::Protocol::ncalrpc, "", std::move(path)};
    }
    return std::nullopt;
}

bool Tower::same_protocols(const Tower& other) const {
    if (lower.size() != other.lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i)
        if (lower[i].protocol != other.lower[i].protocol) return false;
    return true;
}

std::vector<std::uint8_t> encode(const Tower& tower) {
    ByteWriter out;
    out.u16(static_cast<std::uint16_t>(2 + tower.lower.size()));
    write_syntax(out, tower.interface);
    write_syntax(out, tower.transfer);
    for (const Floor& floor : tower.lower) {
        out.u16(static_cast<std::uint16_t>(1 + floor.left.size()));
        out.u8(floor.protocol);
        out.bytes(floor.left);
        out.u16(static_cast<std::uint16_t>(floor.right.size()));
        out.bytes(floor.right);
    }
    return out.take();
}

Result<Tower> decode(std::span<const std::uint8_t> octets) {
    const auto refuse = [](const char* why) { return fail_win32(EPT_S_INVALID_ENTRY, std::string("tower: ") + why); };
    if (octets.size() > kMaxTowerBytes) return refuse("too long");
    ByteReader in(octets);
    const std::size_t floors = in.u16();
    if (floors < 3 || floors > kMaxFloors) return refuse("number of floors");
    Tower tower;
    if (!read_syntax(in, tower.interface)) return refuse("first floor is no interface");
    if (!read_syntax(in, tower.transfer)) return refuse("second floor is no transfer syntax");
    for (std::size_t i = 2; i < floors; ++i) {
        const std::size_t left = in.u16();
        if (in.failed() || left == 0) return refuse("floor without protocol");
        Floor floor;
        floor.protocol = in.u8();
        floor.left = owned(in.bytes(left - 1));
        floor.right = owned(in.bytes(in.u16()));
        if (in.failed()) return refuse("cut off");
        tower.lower.push_back(std::move(floor));
    }
    if (in.left() != 0) return refuse("bytes behind the last floor");
    return tower;
}

}  // namespace odc::scm
