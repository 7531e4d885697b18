#include "rpc/protection.h"

#include <algorithm>

namespace odc::rpc {
namespace {

constexpr std::size_t kVerifierAlignment = 16;

/// The arguments as one run of bytes; they are encrypted in place, so externals have to be copied.
std::vector<std::uint8_t> gathered(ndr::Writer& arguments) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(arguments.position());
    std::size_t at = arguments.headroom();
    for (const auto& external : arguments.externals()) {
        bytes.insert(bytes.end(), arguments.base() + at, arguments.base() + external.at);
        bytes.insert(bytes.end(), external.data, external.data + external.size);
        at = external.at;
    }
    bytes.insert(bytes.end(), arguments.base() + at, arguments.base() + arguments.own_bytes());
    return bytes;
}

}  // namespace

Sent send_protected(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t max_fragment, const Protection& protection,
                    std::vector<std::uint8_t>& scratch) {
    std::vector<std::uint8_t> gathered_bytes;
    std::span<const std::uint8_t> rest(arguments.base() + arguments.headroom(), arguments.own_bytes() - arguments.headroom());
    if (!arguments.externals().empty()) {
        gathered_bytes = gathered(arguments);
        rest = gathered_bytes;
    }
    const std::size_t headers = what.object ? kObjectRequestHeaderSize : kRequestHeaderSize;
    const std::size_t verifier = protection.context->verifier_size(protection.level);
    const std::size_t max_payload = (max_fragment - headers - kSecTrailerSize - verifier) & ~(kVerifierAlignment - 1);
    const std::size_t all = rest.size();
    if (!what.last) rest = rest.first(whole_fragments(all, max_payload));
    const std::size_t behind = all - rest.size();
    if (rest.empty() && !what.last) return Sent::all;
    bool first = true;
    do {
        const std::size_t payload = std::min(rest.size(), max_payload);
        const std::size_t padding = (0 - payload) & (kVerifierAlignment - 1);
        const std::size_t size = headers + payload + padding + kSecTrailerSize + verifier;
        scratch.assign(size, 0);
        PduHeader header;
        header.type = what.type;
        header.flags = static_cast<std::uint8_t>((first && what.first ? kFirstFrag : 0) | (payload == rest.size() && what.last ? kLastFrag : 0) |
                                                 (what.object ? kObjectUuid : 0));
        header.call_id = what.call_id;
        header.frag_length = static_cast<std::uint16_t>(size);
        header.auth_length = static_cast<std::uint16_t>(verifier);
        RequestHeader request{static_cast<std::uint32_t>(std::min<std::size_t>(rest.size() + behind, 0xFFFFFFFFu)), what.context_id, what.opnum, {}};
        if (what.object) request.object = *what.object;
        write_request_header(scratch.data(), header, request);
        if (payload) std::memcpy(scratch.data() + headers, rest.data(), payload);
        std::uint8_t* trailer = scratch.data() + headers + payload + padding;
        trailer[0] = protection.type;
        trailer[1] = static_cast<std::uint8_t>(protection.level);
        trailer[2] = static_cast<std::uint8_t>(padding);
        std::memcpy(trailer + 4, &protection.context_id, 4);
        const security::PduParts parts{std::span(scratch).first(headers), std::span(scratch).subspan(headers, payload + padding),
                                       {trailer, kSecTrailerSize}, protection.sign_header};
        if (!protection.context->protect(parts, protection.level, {trailer + kSecTrailerSize, verifier})) return first ? Sent::nothing : Sent::partly;
        if (const Sent sent = send_bytes(fd, scratch); sent != Sent::all) return first ? sent : Sent::partly;
        rest = rest.subspan(payload);
        first = false;
    } while (!rest.empty());
    if (!what.last) arguments.drop_front(all - behind);
    return Sent::all;
}

Result<std::span<std::uint8_t>> unprotect(const PduHeader& header, std::span<std::uint8_t> pdu, std::size_t headers, const Protection& protection) {
    const AuthVerifier verifier = ODC_TRY(parse_auth_verifier(header, pdu));
    if (!protection.is_named_by(verifier)) return fail(kProtocolError, "authentication type, level or context changed");
    const std::size_t behind = kSecTrailerSize + verifier.token.size();
    if (pdu.size() < headers + behind + verifier.pad_length) return fail(kProtocolError, "no room for verifier and padding");
    const std::size_t body = pdu.size() - headers - behind;
    const security::PduParts parts{pdu.first(headers), pdu.subspan(headers, body), pdu.subspan(headers + body, kSecTrailerSize),
                                   protection.sign_header};
    ODC_TRY(protection.context->unprotect(parts, protection.level, verifier.token));
    return pdu.subspan(headers, body - verifier.pad_length);
}

}  // namespace odc::rpc
