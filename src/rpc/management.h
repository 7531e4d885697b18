// The remote management interface that every server serves (C706 appendix Q, MS-RPCE 2.2.1.3).
#pragma once

#include "opendcom/rpc/server.h"

namespace odc::rpc {

/// What rpc_mgmt_inq_stats counts, in its order.
struct Statistics {
    std::uint32_t calls_in = 0, calls_out = 0, packets_in = 0, packets_out = 0;
};

/// Where the answers come from.
class Managed {
  public:
    virtual ~Managed() = default;
    virtual std::vector<SyntaxId> served_interfaces() const = 0;
    virtual Statistics statistics() const = 0;
    /// The name to ask tickets for, or empty: no such authentication service.
    virtual std::string principal_name(std::uint32_t authentication_service) const = 0;
};

/// Its implementation pointer is a Managed.
extern const InterfaceSpec kManagementSpec;

}  // namespace odc::rpc
