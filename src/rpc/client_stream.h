// A call with pipes at the client: its request goes out, and its reply comes in, in parts.
#pragma once

#include "rpc/client_connection.h"

namespace odc::rpc {

/// Used by the call's thread.
class ClientStream final : public ndr::Source {
  public:
    ClientStream(ClientCall& call, bool output) : output(output), call_(call) {}
    std::span<std::uint8_t> more(std::span<std::uint8_t> unread, std::size_t least, bool in_place) override;

    const bool output;                       ///< the reply is read while it arrives
    std::shared_ptr<Connection> connection;  ///< from the first part that is sent until the end of the reply; the call has it alone
    Result<> outcome;                        ///< a failure once the call is over

  private:
    ClientCall& call_;
};

}  // namespace odc::rpc
