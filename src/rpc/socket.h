// Stream sockets under the two protocol sequences: ncacn_ip_tcp (IPv4, IPv6) and ncalrpc (a Unix socket).
#pragma once

#include <chrono>

#include "base/unique_fd.h"
#include "opendcom/rpc/server.h"

namespace odc::rpc {

/// A connected, blocking socket. Tries each address of a name. Errors: RPC_S_SERVER_UNAVAILABLE, also when `timeout` has
/// passed; RPC_S_INVALID_NET_ADDR for a name without address, RPC_S_INVALID_ENDPOINT_FORMAT.
Result<UniqueFd> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout);

struct Listener {
    UniqueFd socket;
    Endpoint endpoint;   ///< with the port or path that the system chose
    std::string unlink;  ///< the file to remove at the end, if it is ours
};
/// Errors: RPC_S_CANT_CREATE_ENDPOINT, RPC_S_DUPLICATE_ENDPOINT.
Result<Listener> listen_at(const Endpoint& endpoint);
/// Describes a socket that is listening already.
Result<Listener> listener_of(UniqueFd socket);

/// Who is connected, as far as the kernel knows.
Peer peer_of(int socket);
/// Over TCP: no delay for small packets, and an end when the other host vanishes.
void tune(int socket, Endpoint::Protocol protocol);
void set_receive_timeout(int socket, std::chrono::milliseconds timeout);
void set_send_timeout(int socket, std::chrono::milliseconds timeout);

}  // namespace odc::rpc
