// The PDUs of connection-oriented RPC: values and bytes. Knows nothing of sockets, contexts or calls.
// Spec: C706 chapter 12.6, MS-RPCE 2.2.2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "opendcom/rpc/server.h"

namespace odc::rpc {

enum class PduType : std::uint8_t {
    request = 0,
    response = 2,
    fault = 3,
    bind = 11,
    bind_ack = 12,
    bind_nak = 13,
    alter_context = 14,
    alter_context_resp = 15,
    auth3 = 16,
    shutdown = 17,
    co_cancel = 18,
    orphaned = 19,
};

/// pfc_flags.
enum PduFlag : std::uint8_t {
    kFirstFrag = 0x01,
    kLastFrag = 0x02,
    kSupportHeaderSign = 0x04,  ///< in bind, alter_context and their answers, auth3 (MS-RPCE 2.2.2.3)
    kPendingCancel = 0x04,      ///< in all others
    kConcMpx = 0x10,
    kDidNotExecute = 0x20,
    kMaybe = 0x40,
    kObjectUuid = 0x80,
};
inline constexpr std::uint8_t kWhole = kFirstFrag | kLastFrag;

inline constexpr std::size_t kPduHeaderSize = 16;
inline constexpr std::size_t kRequestHeaderSize = 24;        ///< also of responses
inline constexpr std::size_t kObjectRequestHeaderSize = 40;  ///< with an object UUID
inline constexpr std::size_t kSecTrailerSize = 8;
/// Writers start their arguments here, so that every header fits in front of them.
inline constexpr std::size_t kHeadroom = kObjectRequestHeaderSize;
/// C706 12.6.3.1 MustRecvFragSize: nobody may negotiate less.
inline constexpr std::size_t kMinFragment = 1432;
inline constexpr std::size_t kMaxFragment = 65535;

inline constexpr HRESULT kProtocolError = HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);

/// The data representation label of this machine (C706 14.1): ASCII, IEEE, its own byte order.
inline constexpr std::uint8_t kOwnDataRepresentation = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0x10 : 0x00;

/// The 16 bytes that all PDUs start with, numbers in the machine's order.
struct PduHeader {
    std::uint8_t version = 5;
    std::uint8_t version_minor = 0;
    PduType type = PduType::request;
    std::uint8_t flags = kWhole;
    std::uint8_t representation[4] = {kOwnDataRepresentation, 0, 0, 0};
    std::uint16_t frag_length = 0;
    std::uint16_t auth_length = 0;
    std::uint32_t call_id = 0;

    /// The sender's integers are not in this machine's byte order.
    bool swapped() const { return (representation[0] & 0xF0) != kOwnDataRepresentation; }
    bool has(PduFlag flag) const { return (flags & flag) != 0; }
    friend bool operator==(const PduHeader&, const PduHeader&) = default;
};
static_assert(sizeof(PduHeader) == kPduHeaderSize);

/// Reads the 16 bytes at `at`; checks nothing.
PduHeader read_header(const std::uint8_t* at);
/// What no PDU may be: another version, EBCDIC or foreign floats, frag_length below header and trailer. 0 or a reason.
const char* header_flaw(const PduHeader& header);

/// The sec_trailer at the end of a PDU (MS-RPCE 2.2.2.11) and the token behind it, a view.
struct AuthVerifier {
    std::uint8_t type = 0;
    std::uint8_t level = 0;
    std::uint8_t pad_length = 0;
    std::uint32_t context_id = 0;
    std::span<const std::uint8_t> token;
};
/// The verifier of a whole PDU whose auth_length is not 0. Errors: kProtocolError.
Result<AuthVerifier> parse_auth_verifier(const PduHeader& header, std::span<const std::uint8_t> pdu);

/// p_cont_elem_t.
struct ContextElement {
    std::uint16_t id = 0;
    SyntaxId abstract;
    std::vector<SyntaxId> transfers;
    friend bool operator==(const ContextElement&, const ContextElement&) = default;
};

/// bind and alter_context.
struct Bind {
    std::uint16_t max_xmit = 0;
    std::uint16_t max_recv = 0;
    std::uint32_t association_group = 0;
    std::vector<ContextElement> contexts;
    friend bool operator==(const Bind&, const Bind&) = default;
};

/// p_cont_def_result_t.
enum class ContextVerdict : std::uint16_t { acceptance = 0, user_rejection = 1, provider_rejection = 2, negotiate_ack = 3 };
/// p_provider_reason_t.
enum ContextReason : std::uint16_t {
    kReasonNotSpecified = 0,
    kAbstractSyntaxNotSupported = 1,
    kTransferSyntaxesNotSupported = 2,
    kLocalLimitExceeded = 3,
};
/// p_result_t.
struct ContextResult {
    ContextVerdict verdict = ContextVerdict::acceptance;
    std::uint16_t reason = 0;  ///< the feature bits when the verdict is negotiate_ack (MS-RPCE 2.2.2.15)
    SyntaxId transfer;
    friend bool operator==(const ContextResult&, const ContextResult&) = default;
};

/// bind_ack and alter_context_resp.
struct BindAck {
    std::uint16_t max_xmit = 0;
    std::uint16_t max_recv = 0;
    std::uint32_t association_group = 0;
    std::string secondary_address;  ///< without the terminator that the wire has
    std::vector<ContextResult> results;
    friend bool operator==(const BindAck&, const BindAck&) = default;
};

/// p_reject_reason_t (MS-RPCE 2.2.2.5).
enum BindReject : std::uint16_t {
    kRejectNotSpecified = 0,
    kRejectTemporaryCongestion = 1,
    kRejectLocalLimitExceeded = 2,
    kRejectProtocolVersion = 4,
    kRejectAuthenticationType = 8,
    kRejectInvalidChecksum = 9,
};
struct BindNak {
    std::uint16_t reason = 0;
    std::vector<std::pair<std::uint8_t, std::uint8_t>> versions;  ///< major, minor
    friend bool operator==(const BindNak&, const BindNak&) = default;
};

/// The fixed part of request PDUs behind the common header.
struct RequestHeader {
    std::uint32_t alloc_hint = 0;
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;
    std::optional<Guid> object;
    std::size_t size() const { return object ? kObjectRequestHeaderSize : kRequestHeaderSize; }
    friend bool operator==(const RequestHeader&, const RequestHeader&) = default;
};
struct ResponseHeader {
    std::uint32_t alloc_hint = 0;
    std::uint16_t context_id = 0;
    std::uint8_t cancel_count = 0;
    friend bool operator==(const ResponseHeader&, const ResponseHeader&) = default;
};
struct Fault {
    std::uint16_t context_id = 0;
    std::uint8_t cancel_count = 0;
    std::uint32_t status = 0;
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// The fixed part at `at`, where `header.frag_length` is known to cover it (see `request_header_size`).
RequestHeader read_request_header(const PduHeader& header, const std::uint8_t* at);
ResponseHeader read_response_header(const PduHeader& header, const std::uint8_t* at);
inline std::size_t request_header_size(const PduHeader& header) {
    return header.has(kObjectUuid) ? kObjectRequestHeaderSize : kRequestHeaderSize;
}
/// Whole PDUs, common header included. Errors: kProtocolError.
Result<Bind> parse_bind(const PduHeader& header, std::span<const std::uint8_t> pdu);
Result<BindAck> parse_bind_ack(const PduHeader& header, std::span<const std::uint8_t> pdu);
Result<BindNak> parse_bind_nak(const PduHeader& header, std::span<const std::uint8_t> pdu);
Result<Fault> parse_fault(const PduHeader& header, std::span<const std::uint8_t> pdu);

/// What is common to the PDUs that are encoded whole. `frag_length` and `auth_length` are filled in.
struct Envelope {
    PduType type;
    std::uint32_t call_id = 0;
    std::uint8_t flags = kWhole;
    const AuthVerifier* auth = nullptr;  ///< appended behind padding to a multiple of 4; its pad_length is ignored
};
std::vector<std::uint8_t> encode(const Envelope& envelope, const Bind& body);
std::vector<std::uint8_t> encode(const Envelope& envelope, const BindAck& body);
std::vector<std::uint8_t> encode(const Envelope& envelope, const BindNak& body);
std::vector<std::uint8_t> encode(const Envelope& envelope, const Fault& body);
/// co_cancel, orphaned, shutdown, auth3 (which carries four bytes of nothing before its verifier).
std::vector<std::uint8_t> encode(const Envelope& envelope);
/// Writes a request's or response's header of `request_header_size` bytes at `to`.
void write_request_header(std::uint8_t* to, PduHeader header, const RequestHeader& request);
void write_response_header(std::uint8_t* to, PduHeader header, const ResponseHeader& response);

/// The transfer syntaxes and the pseudo syntax of bind-time feature negotiation (MS-RPCE 3.3.1.5.3).
inline constexpr SyntaxId kNdr20 = {{0x8A885D04, 0x1CEB, 0x11C9, {0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10, 0x48, 0x60}}, 2, 0};
inline constexpr SyntaxId kNdr64 = {{0x71710533, 0xBEBA, 0x4937, {0x83, 0x19, 0xB5, 0xDB, 0xEF, 0x9C, 0xCC, 0x36}}, 1, 0};
enum BindFeature : std::uint8_t { kSecurityContextMultiplexing = 0x01, kKeepConnectionOnOrphan = 0x02 };
SyntaxId feature_syntax(std::uint8_t features);
/// The features that a transfer syntax proposes, if it is that pseudo syntax.
std::optional<std::uint8_t> features_of(const SyntaxId& transfer);

}  // namespace odc::rpc
