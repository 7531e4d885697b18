// Where this host says that it can be reached: the string bindings of its object resolver (MS-DCOM 2.2.19.3, 3.1.2.5.1.6).
#pragma once

#include <string>
#include <vector>

#include "orpc/dual_string_array.h"

namespace odc::scm {

/// Numeric addresses of the interfaces that are up: IPv4 first, without loopback and link-local ones; 127.0.0.1 when there is
/// nothing else.
std::vector<std::string> host_addresses();

/// Is it an address that means all of them?
bool is_any_address(const std::string& host);

/// Bindings of a resolver that listens on these endpoints. The port is left out where it is 135, as the protocol wants; a
/// resolver on another port could not be found without it. The local socket stands in only where there is no TCP: its path
/// means nothing to other hosts.
orpc::DualStringArray resolver_bindings(const std::vector<rpc::Endpoint>& endpoints, const std::vector<std::string>& addresses);

/// The address to give to a caller for a program that listens on all addresses.
std::string address_towards(const std::string& peer, const std::vector<std::string>& addresses);

}  // namespace odc::scm
