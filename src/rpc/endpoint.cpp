#include <string_view>

#include "opendcom/rpc/server.h"

namespace odc::rpc {

std::string Endpoint::to_string() const {
    if (protocol == Protocol::ncalrpc) return "ncalrpc:[" + endpoint + "]";
    return "ncacn_ip_tcp:" + host + (endpoint.empty() ? "" : "[" + endpoint + "]");
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return fail_win32(RPC_S_INVALID_STRING_BINDING, "no protocol sequence: " + std::string(text));
    const std::string_view protocol = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 1);
    Endpoint result;
    if (protocol == "ncalrpc") result.protocol = Protocol::ncalrpc;
    else if (protocol == "ncacn_ip_tcp") result.protocol = Protocol::ncacn_ip_tcp;
    else return fail_win32(RPC_S_PROTSEQ_NOT_SUPPORTED, "protocol sequence not supported: " + std::string(protocol));
    if (const auto open = rest.find('['); open != std::string_view::npos) {
        if (!rest.ends_with(']')) return fail_win32(RPC_S_INVALID_STRING_BINDING, "no closing bracket: " + std::string(text));
        result.endpoint = rest.substr(open + 1, rest.size() - open - 2);
        rest = rest.substr(0, open);
    }
    result.host = rest;
    return result;
}

}  // namespace odc::rpc
