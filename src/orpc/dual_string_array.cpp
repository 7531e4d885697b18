#include "orpc/dual_string_array.h"

#include "base/utf16.h"

namespace odc::orpc {
namespace {

void append_text(std::vector<std::uint16_t>& units, const std::string& text) {
    for (const char16_t unit : to_utf16(text)) units.push_back(unit);
    units.push_back(0);
}

/// Takes a null-terminated string off `units`; nothing when the terminator is missing.
std::optional<std::string> take_text(std::span<const std::uint16_t>& units) {
    std::u16string text;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i] == 0) {
            units = units.subspan(i + 1);
            return to_utf8(text);
        }
        text += static_cast<char16_t>(units[i]);
    }
    return std::nullopt;
}

Error bad(const char* why) { return fail(RPC_E_INVALID_OBJREF, std::string("DUALSTRINGARRAY: ") + why); }

}  // namespace

std::optional<rpc::Endpoint> StringBinding::endpoint(const std::string& default_port) const {
    rpc::Endpoint where;
    where.host = address;
    where.endpoint = default_port;
    if (const auto open = address.find('['); open != std::string::npos) {
        if (address.back() != ']') return std::nullopt;
        where.host = address.substr(0, open);
        where.endpoint = address.substr(open + 1, address.size() - open - 2);
    }
    if (tower == kTowerLocal) {
        where.protocol = rpc::Endpoint::Protocol::ncalrpc;
        where.host.clear();
    } else if (tower != kTowerTcp || where.host.empty()) {
        return std::nullopt;
    }
    return where;
}

StringBinding StringBinding::of(const rpc::Endpoint& endpoint) {
    if (endpoint.protocol == rpc::Endpoint::Protocol::ncalrpc) return {kTowerLocal, "[" + endpoint.endpoint + "]"};
    return {kTowerTcp, endpoint.host + "[" + endpoint.endpoint + "]"};
}

std::vector<std::uint16_t> DualStringArray::units(std::uint16_t& security_offset) const {
    std::vector<std::uint16_t> out;
    for (const auto& binding : strings) {
        out.push_back(binding.tower);
        append_text(out, binding.address);
    }
    if (strings.empty()) out.push_back(0);  // the smallest array is four zeros
    out.push_back(0);
    security_offset = static_cast<std::uint16_t>(out.size());
    for (const auto& binding : securities) {
        out.push_back(binding.authentication_service);
        if (binding.authentication_service == 0) continue;
        out.push_back(0xFFFF);
        append_text(out, binding.principal);
    }
    // Readers that go by terminators (tshark, Samba) take a lone zero for an empty list, and a second one for what follows.
    if (securities.empty() && strings.empty()) out.push_back(0);
    out.push_back(0);
    return out;
}

Result<DualStringArray> DualStringArray::from_units(std::span<const std::uint16_t> units, std::uint16_t security_offset) {
    DualStringArray array;
    if (units.empty()) return array;
    if (security_offset > units.size()) return bad("security offset outside");
    auto strings = units.first(security_offset);
    for (;;) {
        if (strings.empty()) return bad("string bindings without terminator");
        const std::uint16_t tower = strings.front();
        strings = strings.subspan(1);
        if (tower == 0) break;
        auto address = take_text(strings);
        if (!address) return bad("network address without terminator");
        array.strings.push_back({tower, std::move(*address)});
    }
    auto securities = units.subspan(security_offset);
    for (;;) {
        if (securities.empty()) return bad("security bindings without terminator");
        const std::uint16_t service = securities.front();
        securities = securities.subspan(1);
        if (service == 0) break;
        if (securities.empty()) return bad("security binding ends too early");
        securities = securities.subspan(1);  // Reserved, ignored on receipt
        auto principal = take_text(securities);
        if (!principal) return bad("principal name without terminator");
        array.securities.push_back({service, std::move(*principal)});
    }
    return array;
}

void DualStringArray::write(ByteWriter& out) const {
    std::uint16_t security_offset = 0;
    const auto all = units(security_offset);
    out.u16(static_cast<std::uint16_t>(all.size()));
    out.u16(security_offset);
    for (const auto unit : all) out.u16(unit);
}

Result<DualStringArray> DualStringArray::read(ByteReader& in) {
    const std::size_t count = in.u16();
    const std::uint16_t security_offset = in.u16();
    if (in.failed() || count > in.left() / 2) return bad("more units than bytes");
    std::vector<std::uint16_t> units(count);
    for (auto& unit : units) unit = in.u16();
    return from_units(units, security_offset);
}

}  // namespace odc::orpc
