// String bindings, the form in which users write where an interface is: "object@ncacn_ip_tcp:host[135,option=value]".
// Spec: C706 3.1.
#pragma once

#include "opendcom/rpc/client.h"

namespace odc::rpc {

struct StringBinding {
    std::optional<Guid> object;
    Endpoint endpoint;  ///< its endpoint part may be empty: the endpoint mapper knows it
    std::vector<std::pair<std::string, std::string>> options;

    /// `\` takes the meaning from the character behind it. Errors: RPC_S_INVALID_STRING_BINDING, RPC_S_INVALID_STRING_UUID,
    /// RPC_S_PROTSEQ_NOT_SUPPORTED.
    ODC_API static Result<StringBinding> parse(std::string_view text);
    ODC_API std::string to_string() const;
};

}  // namespace odc::rpc
