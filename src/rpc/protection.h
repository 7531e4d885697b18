// PDUs under a security context: verifiers behind them, padding before, fragments cut so that both fit.
// Spec: MS-RPCE 2.2.2.11, 3.3.1.5.2.2.
#pragma once

#include "rpc/sender.h"
#include "security/security_provider.h"

namespace odc::rpc {

/// How one security context is used on a connection.
struct Protection {
    security::Context* context = nullptr;
    std::uint8_t type = 0;
    security::Level level = security::Level::none;
    std::uint32_t context_id = 0;
    bool sign_header = false;

    /// The verifier of a PDU that this protection covers names it.
    bool is_named_by(const AuthVerifier& verifier) const {
        return verifier.type == type && verifier.level == static_cast<std::uint8_t>(level) && verifier.context_id == context_id;
    }
};

/// As send_message, every fragment protected. `scratch` is kept for the next message.
Sent send_protected(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t max_fragment, const Protection& protection,
                    std::vector<std::uint8_t>& scratch);

/// Checks and decrypts a whole request or response PDU with a verifier, in place; its stub data.
/// Errors: kProtocolError for a malformed verifier or one that names another context, the provider's for a wrong one.
Result<std::span<std::uint8_t>> unprotect(const PduHeader& header, std::span<std::uint8_t> pdu, std::size_t headers, const Protection& protection);

}  // namespace odc::rpc
