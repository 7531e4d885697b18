#include "scm/host_bindings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace odc::scm {
namespace {

constexpr const char* kResolverPort = "135";

std::string numeric(int family, const void* address) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(family, address, text, sizeof text);
    return text;
}

}  // namespace

std::vector<std::string> host_addresses() {
    std::vector<std::string> v4;
    std::vector<std::string> v6;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) == 0) {
        const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
        for (const ifaddrs* at = list; at; at = at->ifa_next) {
            if (!at->ifa_addr || !(at->ifa_flags & IFF_UP) || (at->ifa_flags & IFF_LOOPBACK)) continue;
            if (at->ifa_addr->sa_family == AF_INET) {
                sockaddr_in address{};
                std::memcpy(&address, at->ifa_addr, sizeof address);
                v4.push_back(numeric(AF_INET, &address.sin_addr));
            } else if (at->ifa_addr->sa_family == AF_INET6) {
                sockaddr_in6 address{};
                std::memcpy(&address, at->ifa_addr, sizeof address);
                if (!IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) v6.push_back(numeric(AF_INET6, &address.sin6_addr));
            }
        }
    }
    v4.insert(v4.end(), v6.begin(), v6.end());
    if (v4.empty()) v4.emplace_back("127.0.0.1");
    return v4;
}

bool is_any_address(const std::string& host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

orpc::DualStringArray resolver_bindings(const std::vector<rpc::Endpoint>& endpoints, const std::vector<std::string>& addresses) {
    orpc::DualStringArray bindings;
    const auto add = [&](const std::string& host, const std::string& port) {
        const orpc::StringBinding binding{orpc::kTowerTcp, port == kResolverPort ? host : host + "[" + port + "]"};
        if (std::find(bindings.strings.begin(), bindings.strings.end(), binding) == bindings.strings.end())
            bindings.strings.push_back(binding);
    };
    for (const auto& endpoint : endpoints) {
        if (endpoint.protocol != rpc::Endpoint::Protocol::ncacn_ip_tcp) continue;
        if (!is_any_address(endpoint.host)) add(endpoint.host, endpoint.endpoint);
        else
            for (const auto& address : addresses) add(address, endpoint.endpoint);
    }
    if (!bindings.strings.empty()) return bindings;
    for (const auto& endpoint : endpoints) bindings.strings.push_back(orpc::StringBinding::of(endpoint));
    return bindings;
}

std::string address_towards(const std::string& peer, const std::vector<std::string>& addresses) {
    if (peer.starts_with("127.")) return "127.0.0.1";
    const bool v6 = peer.find(':') != std::string::npos;
    const auto fits = std::find_if(addresses.begin(), addresses.end(),
                                   [&](const auto& address) { return (address.find(':') != std::string::npos) == v6; });
    if (fits != addresses.end()) return *fits;
    return addresses.empty() ? "127.0.0.1" : addresses.front();
}

}  // namespace odc::scm
