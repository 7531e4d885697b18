// Where an OpenDCOM instance keeps its state: one directory for registry, log and local socket.
#pragma once

#include <string>

#include "opendcom/base/result.h"

namespace odc {

/// The places of one instance (one "host"). $OPENDCOM_HOME names the directory; without it root uses
/// /var/lib/opendcom and /run/opendcom, other users $XDG_STATE_HOME/opendcom and $XDG_RUNTIME_DIR/opendcom.
struct Instance {
    std::string state;  ///< registry, log
    std::string run;    ///< sockets, locks; short enough for sockaddr_un (fewer than 80 bytes) or `current` fails

    std::string registry_file() const { return state + "/registry.db"; }
    std::string log_file() const { return state + "/dcomd.log"; }
    std::string daemon_socket() const { return run + "/dcomd.sock"; }
    std::string daemon_lock() const { return run + "/dcomd.lock"; }
    /// The ncalrpc endpoint of a server process.
    std::string endpoint_socket(const std::string& endpoint) const { return run + "/" + endpoint; }

    /// Reads the environment each time it is called, and creates the directories (mode 0700 or, for root, 0755).
    static Result<Instance> current();
};

}  // namespace odc
