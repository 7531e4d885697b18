#include "scm/callers.h"

#include <cstddef>
#include <cstring>

namespace odc::scm {

Caller caller_of(const rpc::ServerCall& call) {
    const rpc::Peer& peer = call.peer();
    Caller caller;
    caller.local = peer.local;
    caller.uid = peer.uid;
    caller.pid = peer.pid;
    caller.address = peer.address;
    caller.authentication_level = peer.local ? 6 : peer.authentication_level;
    caller.principal = peer.principal;
    return caller;
}

error_status_t wire_status(const Error& error) {
    const auto code = static_cast<std::uint32_t>(error.code());
    return (code & 0xFFFF0000u) == 0x80070000u ? code & 0xFFFFu : code;
}

DUALSTRINGARRAY* to_wire(const orpc::DualStringArray& bindings, ndr::Arena& arena) {
    std::uint16_t security_offset = 0;
    const auto units = bindings.units(security_offset);
    const std::size_t bytes = units.size() * sizeof(std::uint16_t);
    auto* wire = static_cast<DUALSTRINGARRAY*>(
        arena.allocate(std::max(sizeof(DUALSTRINGARRAY), offsetof(DUALSTRINGARRAY, aStringArray) + bytes)));
    wire->wNumEntries = static_cast<unsigned short>(units.size());
    wire->wSecurityOffset = security_offset;
    std::memcpy(reinterpret_cast<std::uint8_t*>(wire) + offsetof(DUALSTRINGARRAY, aStringArray), units.data(), bytes);
    return wire;
}

MInterfacePointer* to_wire(std::span<const std::uint8_t> objref, ndr::Arena& arena) {
    auto* wire = static_cast<MInterfacePointer*>(arena.allocate(
        std::max(sizeof(MInterfacePointer), offsetof(MInterfacePointer, abData) + objref.size())));
    wire->ulCntData = static_cast<ULONG>(objref.size());
    std::memcpy(reinterpret_cast<std::uint8_t*>(wire) + offsetof(MInterfacePointer, abData), objref.data(), objref.size());
    return wire;
}

Result<orpc::DualStringArray> from_wire(const DUALSTRINGARRAY& bindings) {
    const auto* units = reinterpret_cast<const std::uint16_t*>(reinterpret_cast<const std::uint8_t*>(&bindings) +
                                                               offsetof(DUALSTRINGARRAY, aStringArray));
    return orpc::DualStringArray::from_units({units, bindings.wNumEntries}, bindings.wSecurityOffset);
}

COMVERSION to_wire(orpc::ComVersion version) { return {version.major, version.minor}; }

}  // namespace odc::scm
