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
    bool first = true;             ///< nothing of the message has gone out before
    bool last = true;              ///< nothing of it comes later
};
/// With `last` all that is in the writer. Otherwise what fills fragments, but never all: the writer keeps the rest only. Nothing may be
/// external then.
Sent send_message(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t max_fragment);
/// How many bytes of a message that goes on are sent by now, by fragments that carry `payload`.
inline std::size_t whole_fragments(std::size_t bytes, std::size_t payload) { return bytes == 0 ? 0 : (bytes - 1) / payload * payload; }
Sent send_bytes(int fd, std::span<const std::uint8_t> bytes);

}  // namespace odc::rpc
