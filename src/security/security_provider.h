// What RPC asks of an authentication service: exchange tokens until both ends know each other, then protect PDUs.
// NTLM, Kerberos and SPNEGO are providers; RPC knows none of them. Spec: MS-RPCE 3.3.1.5.2.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::security {

/// RPC_C_AUTHN_LEVEL_xxx (MS-RPCE 2.2.1.1.8).
enum class Level : std::uint8_t { none = 1, connect = 2, call = 3, packet = 4, integrity = 5, privacy = 6 };

/// Whether PDUs carry a verifier at this level.
inline bool protects_messages(Level level) { return level >= Level::call; }

/// The parts of one PDU, in wire order.
struct PduParts {
    std::span<std::uint8_t> header;   ///< common and specific header
    std::span<std::uint8_t> body;     ///< stub data and padding; encrypted in place at Level::privacy
    std::span<std::uint8_t> trailer;  ///< the sec_trailer
    bool sign_header = false;         ///< header signing was negotiated: header and trailer are under the signature too
};

/// One end of one conversation. `protect` and `unprotect` may run at the same time on two threads, each in wire order.
class Context {
  public:
    virtual ~Context() = default;

    struct Step {
        std::vector<std::uint8_t> token;  ///< for the other end; may be empty
        bool complete = false;            ///< this end knows all it needs
        bool wants_answer = false;        ///< of a client that is not in its first step: the token is answered (alter_context), or not (auth3)
    };
    /// Takes the other end's token (empty at the client's start). Errors: the peer is not who it says, or not welcome.
    virtual Result<Step> step(std::span<const std::uint8_t> token) = 0;

    /// Bytes of the verifier behind every PDU.
    virtual std::size_t verifier_size(Level level) const = 0;
    virtual Result<> protect(const PduParts& pdu, Level level, std::span<std::uint8_t> verifier) = 0;
    /// Errors: the PDU is not what the peer sent, or not in its place.
    virtual Result<> unprotect(const PduParts& pdu, Level level, std::span<const std::uint8_t> verifier) = 0;

    /// Once complete: the name of the other end.
    virtual std::string peer_principal() const = 0;
};

class SecurityProvider {
  public:
    virtual ~SecurityProvider() = default;
    /// RPC_C_AUTHN_xxx, the auth_type of PDUs (MS-RPCE 2.2.1.1.7); 0 is no authentication.
    virtual std::uint8_t type() const = 0;
    virtual Result<std::unique_ptr<Context>> client_context(const std::string& target_principal, Level level) = 0;
    virtual Result<std::unique_ptr<Context>> server_context(Level level) = 0;
    /// What clients ask tickets for (rpc_mgmt_inq_princ_name); empty if there is no such thing.
    virtual std::string server_principal() const { return {}; }
};

/// No authentication: PDUs carry no verifier, peers are who the transport says.
std::shared_ptr<SecurityProvider> null_provider();

}  // namespace odc::security
