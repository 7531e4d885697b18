// Sends whole messages: PDU headers laid in front of the arguments, large ones cut into fragments without copying.
#pragma once

#include "opendcom/ndr/writer.h"
#include "rpc/pdu.h"

namespace odc::rpc {

/// How far a send came. After `partly` the connection is useless.
enum class Sent : std::uint8_t { all, nothing, partly };

/// The request or response whose arguments are in a writer (begun with kHeadroom).
struct Outgoing {
    PduType type = PduType::request;
    std::uint32_t call_id = 0;
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;       ///< of a request; a response has its cancel count here
    const Guid* object = nullptr;  ///< of a request
};
Sent send_message(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t max_fragment);
Sent send_bytes(int fd, std::span<const std::uint8_t> bytes);

}  // namespace odc::rpc
