#include "rpc/pdu.h"

#include <algorithm>
#include <cstring>

namespace odc::rpc {
namespace {

/// Reads a PDU in its sender's byte order. Remembers that it went past the end, and gives zeros from then on.
class PduReader {
  public:
    PduReader(const PduHeader& header, std::span<const std::uint8_t> pdu, std::size_t at)
        : bytes_(pdu.first(std::min<std::size_t>(pdu.size(), header.frag_length))), at_(at), swap_(header.swapped()) {
        if (header.auth_length) {
            const std::size_t trailer = header.auth_length + kSecTrailerSize;
            bytes_ = bytes_.first(bytes_.size() < trailer ? 0 : bytes_.size() - trailer);
        }
        if (at_ > bytes_.size()) fail();
    }
    std::uint8_t u8() { return number<std::uint8_t>(); }
    std::uint16_t u16() {
        const auto v = number<std::uint16_t>();
        return swap_ ? __builtin_bswap16(v) : v;
    }
    std::uint32_t u32() {
        const auto v = number<std::uint32_t>();
        return swap_ ? __builtin_bswap32(v) : v;
    }
    Guid guid() {
        Guid v{};
        v.Data1 = u32();
        v.Data2 = u16();
        v.Data3 = u16();
        for (auto& byte : v.Data4) byte = u8();
        return v;
    }
    SyntaxId syntax() {
        SyntaxId v;
        v.uuid = guid();
        const std::uint32_t version = u32();
        v.major = static_cast<std::uint16_t>(version);
        v.minor = static_cast<std::uint16_t>(version >> 16);
        return v;
    }
    void skip(std::size_t n) {
        if (left() < n) return fail();
        at_ += n;
    }
    void align4() { skip((0 - at_) & 3); }
    const char* text(std::size_t n) {
        if (left() < n) {
            fail();
            return "";
        }
        const char* from = reinterpret_cast<const char*>(bytes_.data() + at_);
        at_ += n;
        return from;
    }
    std::size_t left() const { return bytes_.size() - at_; }
    bool failed() const { return failed_; }

  private:
    void fail() {
        failed_ = true;
        at_ = bytes_.size();
    }
    template <class T>
    T number() {
        T v{};
        if (left() < sizeof(T)) {
            fail();
            return v;
        }
        std::memcpy(&v, bytes_.data() + at_, sizeof(T));
        at_ += sizeof(T);
        return v;
    }
    std::span<const std::uint8_t> bytes_;
    std::size_t at_;
    bool swap_;
    bool failed_ = false;
};

/// Builds a PDU in the machine's byte order.
class PduWriter {
  public:
    explicit PduWriter(const Envelope& envelope) : envelope_(envelope) {
        header_.type = envelope.type;
        header_.flags = envelope.flags;
        header_.call_id = envelope.call_id;
        out_.resize(kPduHeaderSize);
    }
    void u8(std::uint8_t v) { out_.push_back(v); }
    void u16(std::uint16_t v) { raw(&v, sizeof v); }
    void u32(std::uint32_t v) { raw(&v, sizeof v); }
    void syntax(const SyntaxId& v) {
        raw(&v.uuid, sizeof v.uuid);
        u32(v.major | static_cast<std::uint32_t>(v.minor) << 16);
    }
    void raw(const void* data, std::size_t size) {
        const auto* from = static_cast<const std::uint8_t*>(data);
        out_.insert(out_.end(), from, from + size);
    }
    void align4() { out_.resize((out_.size() + 3) & ~std::size_t{3}); }
    std::vector<std::uint8_t> finish() {
        if (envelope_.auth) {
            const std::size_t before = out_.size();
            align4();
            u8(envelope_.auth->type);
            u8(envelope_.auth->level);
            u8(static_cast<std::uint8_t>(out_.size() - 2 - before));
            u8(0);
            u32(envelope_.auth->context_id);
            raw(envelope_.auth->token.data(), envelope_.auth->token.size());
            header_.auth_length = static_cast<std::uint16_t>(envelope_.auth->token.size());
        }
        header_.frag_length = static_cast<std::uint16_t>(out_.size());
        std::memcpy(out_.data(), &header_, sizeof header_);
        return std::move(out_);
    }

  private:
    Envelope envelope_;
    PduHeader header_;
    std::vector<std::uint8_t> out_;
};

void swap_header(PduHeader& header) {
    header.frag_length = __builtin_bswap16(header.frag_length);
    header.auth_length = __builtin_bswap16(header.auth_length);
    header.call_id = __builtin_bswap32(header.call_id);
}

Error bad(const char* what) { return fail(kProtocolError, what); }

}  // namespace

PduHeader read_header(const std::uint8_t* at) {
    PduHeader header;
    std::memcpy(&header, at, sizeof header);
    if (header.swapped()) [[unlikely]] swap_header(header);
    return header;
}

const char* header_flaw(const PduHeader& header) {
    if ((header.representation[0] & 0x0F) != 0 || (header.representation[0] & 0xE0) != 0) return "data representation is not ASCII";
    if (header.representation[1] != 0) return "floating point representation is not IEEE";
    if (header.frag_length < kPduHeaderSize) return "frag_length is below the header";
    if (header.auth_length && header.frag_length < kPduHeaderSize + kSecTrailerSize + header.auth_length)
        return "auth_length is more than frag_length holds";
    return nullptr;
}

Result<AuthVerifier> parse_auth_verifier(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    const std::size_t size = header.auth_length + kSecTrailerSize;
    if (pdu.size() < header.frag_length || header.frag_length < kPduHeaderSize + size) return bad("no room for the auth verifier");
    const std::uint8_t* at = pdu.data() + header.frag_length - size;
    AuthVerifier verifier;
    verifier.type = at[0];
    verifier.level = at[1];
    verifier.pad_length = at[2];
    std::memcpy(&verifier.context_id, at + 4, 4);
    if (header.swapped()) verifier.context_id = __builtin_bswap32(verifier.context_id);
    verifier.token = {at + kSecTrailerSize, header.auth_length};
    if (header.frag_length - size - kPduHeaderSize < verifier.pad_length) return bad("auth_pad_length is more than the body");
    return verifier;
}

RequestHeader read_request_header(const PduHeader& header, const std::uint8_t* at) {
    RequestHeader request;
    std::memcpy(&request.alloc_hint, at + 16, 4);
    std::memcpy(&request.context_id, at + 20, 2);
    std::memcpy(&request.opnum, at + 22, 2);
    if (header.has(kObjectUuid)) std::memcpy(&request.object.emplace(), at + 24, sizeof(Guid));
    if (header.swapped()) [[unlikely]] {
        request.alloc_hint = __builtin_bswap32(request.alloc_hint);
        request.context_id = __builtin_bswap16(request.context_id);
        request.opnum = __builtin_bswap16(request.opnum);
        if (request.object) {
            request.object->Data1 = __builtin_bswap32(request.object->Data1);
            request.object->Data2 = __builtin_bswap16(request.object->Data2);
            request.object->Data3 = __builtin_bswap16(request.object->Data3);
        }
    }
    return request;
}

ResponseHeader read_response_header(const PduHeader& header, const std::uint8_t* at) {
    ResponseHeader response;
    std::memcpy(&response.alloc_hint, at + 16, 4);
    std::memcpy(&response.context_id, at + 20, 2);
    response.cancel_count = at[22];
    if (header.swapped()) [[unlikely]] {
        response.alloc_hint = __builtin_bswap32(response.alloc_hint);
        response.context_id = __builtin_bswap16(response.context_id);
    }
    return response;
}

Result<Bind> parse_bind(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    PduReader in(header, pdu, kPduHeaderSize);
    Bind bind;
    bind.max_xmit = in.u16();
    bind.max_recv = in.u16();
    bind.association_group = in.u32();
    const std::size_t contexts = in.u8();
    in.skip(3);
    for (std::size_t i = 0; i < contexts && !in.failed(); ++i) {
        ContextElement& element = bind.contexts.emplace_back();
        element.id = in.u16();
        const std::size_t transfers = in.u8();
        in.skip(1);
        element.abstract = in.syntax();
        if (in.left() < transfers * 20) return bad("bind ends within a transfer syntax");
        for (std::size_t t = 0; t < transfers; ++t) element.transfers.push_back(in.syntax());
    }
    if (in.failed()) return bad("bind ends early");
    return bind;
}

Result<BindAck> parse_bind_ack(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    PduReader in(header, pdu, kPduHeaderSize);
    BindAck ack;
    ack.max_xmit = in.u16();
    ack.max_recv = in.u16();
    ack.association_group = in.u32();
    const std::size_t length = in.u16();
    const char* text = in.text(length);
    if (!in.failed() && length) ack.secondary_address.assign(text, strnlen(text, length));
    in.align4();
    const std::size_t results = in.u8();
    in.skip(3);
    if (in.failed() || in.left() < results * 24) return bad("bind_ack ends early");
    for (std::size_t i = 0; i < results; ++i) {
        ContextResult& result = ack.results.emplace_back();
        result.verdict = static_cast<ContextVerdict>(in.u16());
        result.reason = in.u16();
        result.transfer = in.syntax();
    }
    return ack;
}

Result<BindNak> parse_bind_nak(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    PduReader in(header, pdu, kPduHeaderSize);
    BindNak nak;
    nak.reason = in.u16();
    if (in.failed()) return bad("bind_nak ends early");
    const std::size_t versions = in.left() ? in.u8() : 0;
    for (std::size_t i = 0; i < versions && in.left() >= 2; ++i) {
        const std::uint8_t major = in.u8();
        nak.versions.emplace_back(major, in.u8());
    }
    return nak;
}

Result<Fault> parse_fault(const PduHeader& header, std::span<const std::uint8_t> pdu) {
    PduReader in(header, pdu, kPduHeaderSize);
    Fault fault;
    in.skip(4);  // alloc_hint: what follows the status is extended error information, not read
    fault.context_id = in.u16();
    fault.cancel_count = in.u8();
    in.skip(1);
    fault.status = in.u32();
    if (in.failed()) return bad("fault ends early");
    return fault;
}

std::vector<std::uint8_t> encode(const Envelope& envelope, const Bind& body) {
    PduWriter out(envelope);
    out.u16(body.max_xmit);
    out.u16(body.max_recv);
    out.u32(body.association_group);
    out.u8(static_cast<std::uint8_t>(body.contexts.size()));
    out.u8(0);
    out.u16(0);
    for (const ContextElement& element : body.contexts) {
        out.u16(element.id);
        out.u8(static_cast<std::uint8_t>(element.transfers.size()));
        out.u8(0);
        out.syntax(element.abstract);
        for (const SyntaxId& transfer : element.transfers) out.syntax(transfer);
    }
    return out.finish();
}

std::vector<std::uint8_t> encode(const Envelope& envelope, const BindAck& body) {
    PduWriter out(envelope);
    out.u16(body.max_xmit);
    out.u16(body.max_recv);
    out.u32(body.association_group);
    if (body.secondary_address.empty()) {
        out.u16(0);
    } else {
        out.u16(static_cast<std::uint16_t>(body.secondary_address.size() + 1));
        out.raw(body.secondary_address.c_str(), body.secondary_address.size() + 1);
    }
    out.align4();
    out.u8(static_cast<std::uint8_t>(body.results.size()));
    out.u8(0);
    out.u16(0);
    for (const ContextResult& result : body.results) {
        out.u16(static_cast<std::uint16_t>(result.verdict));
        out.u16(result.reason);
        out.syntax(result.transfer);
    }
    return out.finish();
}

std::vector<std::uint8_t> encode(const Envelope& envelope, const BindNak& body) {
    PduWriter out(envelope);
    out.u16(body.reason);
    out.u8(static_cast<std::uint8_t>(body.versions.size()));
    for (const auto& [major, minor] : body.versions) {
        out.u8(major);
        out.u8(minor);
    }
    out.align4();
    return out.finish();
}

std::vector<std::uint8_t> encode(const Envelope& envelope, const Fault& body) {
    PduWriter out(envelope);
    out.u32(0);
    out.u16(body.context_id);
    out.u8(body.cancel_count);
    out.u8(0);
    out.u32(body.status);
    out.u32(0);
    return out.finish();
}

std::vector<std::uint8_t> encode(const Envelope& envelope) {
    PduWriter out(envelope);
    if (envelope.type == PduType::auth3) out.u32(0);
    return out.finish();
}

void write_request_header(std::uint8_t* to, PduHeader header, const RequestHeader& request) {
    std::memcpy(to, &header, sizeof header);
    std::memcpy(to + 16, &request.alloc_hint, 4);
    std::memcpy(to + 20, &request.context_id, 2);
    std::memcpy(to + 22, &request.opnum, 2);
    if (request.object) std::memcpy(to + 24, &*request.object, sizeof(Guid));
}

void write_response_header(std::uint8_t* to, PduHeader header, const ResponseHeader& response) {
    std::memcpy(to, &header, sizeof header);
    std::memcpy(to + 16, &response.alloc_hint, 4);
    std::memcpy(to + 20, &response.context_id, 2);
    to[22] = response.cancel_count;
    to[23] = 0;
}

SyntaxId feature_syntax(std::uint8_t features) {
    SyntaxId id{{0x6CB71C2C, 0x9812, 0x4540, {}}, 1, 0};
    id.uuid.Data4[0] = features;
    return id;
}

std::optional<std::uint8_t> features_of(const SyntaxId& transfer) {
    const Guid& id = transfer.uuid;
    if (id.Data1 != 0x6CB71C2C || id.Data2 != 0x9812 || id.Data3 != 0x4540 || transfer.major != 1) return std::nullopt;
    return id.Data4[0];
}

}  // namespace odc::rpc
