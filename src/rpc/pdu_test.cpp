// Values and bytes of the PDUs, read and written.
#include "rpc/pdu.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/guid.h"

namespace odc::rpc {
namespace {

const SyntaxId kPager{{0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}}, 1, 2};

template <class Value>
struct Case {
    const char* name;
    const char* bytes;
    PduType type;
    std::uint8_t flags;
    std::uint32_t call_id;
    Value value;
    bool big_endian = false;  ///< read only: we write the machine's order
};

template <class Value, class Parse>
void check_both_ways(const Case<Value>& wanted, Parse parse) {
    SCOPED_TRACE(wanted.name);
    const auto bytes = annotated_bytes(wanted.bytes);
    const PduHeader header = read_header(bytes.data());
    EXPECT_EQ(header_flaw(header), nullptr);
    EXPECT_EQ(header.frag_length, bytes.size());
    EXPECT_EQ(header.type, wanted.type);
    EXPECT_EQ(header.flags, wanted.flags);
    EXPECT_EQ(header.call_id, wanted.call_id);
    auto value = parse(header, bytes);
    ASSERT_TRUE(value) << value.error().text();
    EXPECT_EQ(*value, wanted.value);
    if (!wanted.big_endian) {
        EXPECT_EQ(hex(encode(Envelope{wanted.type, wanted.call_id, wanted.flags}, wanted.value)), hex(bytes));
    }
    for (std::size_t cut = kPduHeaderSize; cut < bytes.size(); ++cut) (void)parse(header, std::span(bytes).first(cut));
}

TEST(Pdu, Bind) {
    const Bind one{5840, 5840, 0x11223344, {{7, kPager, {kNdr20}}}};
    const Bind two{4280, 4280, 0, {{0, kPager, {kNdr20, kNdr64}}, {1, kPager, {feature_syntax(3)}}}};
    const Case<Bind> cases[] = {
        {"one context",
         R"(05 00 0b 13 10 00 00 00  // 5.0, bind, whole and multiplexed, little-endian
            48 00 00 00 2a 00 00 00  // frag_length 72, no verifier, call 42
            d0 16 d0 16              // max_xmit, max_recv
            44 33 22 11              // association group
            01 00 00 00              // one context
            07 00 01 00              // id 7, one transfer syntax
            40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da  // IPager
            01 00 02 00              // 1.2
            04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60  // NDR
            02 00 00 00              // 2.0)",
         PduType::bind, kWhole | kConcMpx, 42, one},
        {"the same from a big-endian machine",
         R"(05 00 0b 13 00 00 00 00
            00 48 00 00 00 00 00 2a
            16 d0 16 d0 11 22 33 44
            01 00 00 00
            00 07 01 00
            6b 29 fc 40 ca 47 10 67 b3 1d 00 dd 01 06 62 da
            00 02 00 01
            8a 88 5d 04 1c eb 11 c9 9f e8 08 00 2b 10 48 60
            00 00 00 02)",
         PduType::bind, kWhole | kConcMpx, 42, one, true},
        {"NDR64 offered, and the features of bind time",
         R"(05 00 0e 03 10 00 00 00  // alter_context
            88 00 00 00 01 00 00 00  // frag_length 136
            b8 10 b8 10 00 00 00 00
            02 00 00 00              // two contexts
            00 00 02 00              // id 0, two transfer syntaxes
            40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da 01 00 02 00
            04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00
            33 05 71 71 ba be 37 49 83 19 b5 db ef 9c cc 36 01 00 00 00
            01 00 01 00              // id 1
            40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da 01 00 02 00
            2c 1c b7 6c 12 98 40 45  // 6CB71C2C-9812-4540-
            03 00 00 00 00 00 00 00  // both features
            01 00 00 00)",
         PduType::alter_context, kWhole, 1, two},
    };
    for (const auto& wanted : cases) check_both_ways(wanted, parse_bind);
}

TEST(Pdu, BindAck) {
    const Case<BindAck> cases[] = {
        {"accepted, rejected, features",
         R"(05 00 0c 03 10 00 00 00
            6c 00 00 00 01 00 00 00  // frag_length 108
            d0 16 d0 16 05 00 00 00  // sizes, group 5
            04 00 31 33 35 00        // secondary address "135"
            00 00                    // to a multiple of 4
            03 00 00 00              // three results
            00 00 00 00              // acceptance
            04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00
            02 00 01 00              // provider_rejection: abstract_syntax_not_supported
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            03 00 02 00              // negotiate_ack: keep connection on orphan
            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00)",
         PduType::bind_ack, kWhole, 1,
         BindAck{5840, 5840, 5, "135", {{ContextVerdict::acceptance, 0, kNdr20}, {ContextVerdict::provider_rejection, 1, {}},
                                        {ContextVerdict::negotiate_ack, 2, {}}}}},
        {"no address",
         R"(05 00 0f 03 10 00 00 00
            38 00 00 00 09 00 00 00
            d0 16 d0 16 05 00 00 00
            00 00 00 00              // no secondary address, padding
            01 00 00 00
            00 00 00 00 04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00)",
         PduType::alter_context_resp, kWhole, 9, BindAck{5840, 5840, 5, "", {{ContextVerdict::acceptance, 0, kNdr20}}}},
    };
    for (const auto& wanted : cases) check_both_ways(wanted, parse_bind_ack);
}

TEST(Pdu, BindNak) {
    check_both_ways(Case<BindNak>{"protocol version",
                                  R"(05 00 0d 03 10 00 00 00
                                     18 00 00 00 01 00 00 00
                                     04 00        // protocol_version_not_supported
                                     02 05 00 05 01 00  // two versions: 5.0, 5.1; padding)",
                                  PduType::bind_nak, kWhole, 1, BindNak{kRejectProtocolVersion, {{5, 0}, {5, 1}}}},
                    parse_bind_nak);
}

TEST(Pdu, Fault) {
    check_both_ways(Case<Fault>{"nca_s_op_rng_error",
                                R"(05 00 03 03 10 00 00 00
                                   20 00 00 00 02 00 00 00
                                   00 00 00 00 01 00 00 00  // alloc_hint, context 1, no cancels
                                   02 00 01 1c 00 00 00 00  // status, reserved)",
                                PduType::fault, kWhole, 2, Fault{1, 0, kFaultOpRange}},
                    parse_fault);
    check_both_ways(Case<Fault>{"big-endian", "05 00 03 03 00 00 00 00  00 20 00 00 00 00 00 02  00 00 00 00 00 01 00 00  1c 01 00 02 00 00 00 00",
                                PduType::fault, kWhole, 2, Fault{1, 0, kFaultOpRange}, true},
                    parse_fault);
}

TEST(Pdu, RequestAndResponseHeaders) {
    const auto plain = annotated_bytes(R"(05 00 00 03 10 00 00 00
                                          18 00 00 00 03 00 00 00
                                          20 00 00 00 05 00 07 00  // alloc_hint 32, context 5, opnum 7)");
    PduHeader header = read_header(plain.data());
    const RequestHeader request{32, 5, 7, std::nullopt};
    EXPECT_EQ(read_request_header(header, plain.data()), request);
    std::uint8_t out[kObjectRequestHeaderSize];
    write_request_header(out, header, request);
    EXPECT_EQ(hex(std::span(out).first(24)), hex(plain));

    const auto with_object = annotated_bytes(R"(05 00 00 83 10 00 00 00  // object UUID
                                                28 00 00 00 03 00 00 00
                                                20 00 00 00 05 00 07 00
                                                40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da)");
    header = read_header(with_object.data());
    EXPECT_EQ(request_header_size(header), 40u);
    const RequestHeader on_object{32, 5, 7, kPager.uuid};
    EXPECT_EQ(read_request_header(header, with_object.data()), on_object);
    write_request_header(out, header, on_object);
    EXPECT_EQ(hex(out), hex(with_object));

    const auto swapped = annotated_bytes(R"(05 00 00 83 00 00 00 00
                                            00 28 00 00 00 00 00 03
                                            00 00 00 20 00 05 00 07
                                            6b 29 fc 40 ca 47 10 67 b3 1d 00 dd 01 06 62 da)");
    EXPECT_EQ(read_request_header(read_header(swapped.data()), swapped.data()), on_object);

    const auto response = annotated_bytes("05 00 02 03 10 00 00 00  18 00 00 00 03 00 00 00  08 00 00 00 05 00 02 00");
    header = read_header(response.data());
    EXPECT_EQ(read_response_header(header, response.data()), (ResponseHeader{8, 5, 2}));
    write_response_header(out, header, {8, 5, 2});
    EXPECT_EQ(hex(std::span(out).first(24)), hex(response));
}

TEST(Pdu, BareOnes) {
    EXPECT_EQ(hex(encode(Envelope{PduType::co_cancel, 3})), hex(annotated_bytes("05 00 12 03 10 00 00 00 10 00 00 00 03 00 00 00")));
    EXPECT_EQ(hex(encode(Envelope{PduType::orphaned, 3})), hex(annotated_bytes("05 00 13 03 10 00 00 00 10 00 00 00 03 00 00 00")));
    EXPECT_EQ(hex(encode(Envelope{PduType::shutdown})), hex(annotated_bytes("05 00 11 03 10 00 00 00 10 00 00 00 00 00 00 00")));
}

TEST(Pdu, AuthVerifier) {
    const std::uint8_t token[] = {0xAA, 0xBB, 0xCC};
    AuthVerifier verifier{10, 5, 0, 0x01020304, token};
    const auto bytes = encode(Envelope{PduType::auth3, 4, kWhole, &verifier});
    EXPECT_EQ(hex(bytes), hex(annotated_bytes(R"(05 00 10 03 10 00 00 00
                                                 1f 00 03 00 04 00 00 00  // frag_length 31, auth_length 3
                                                 00 00 00 00              // auth3's own padding
                                                 0a 05 00 00              // type NTLM, level integrity, no padding
                                                 04 03 02 01              // context id
                                                 aa bb cc)")));
    const auto parsed = parse_auth_verifier(read_header(bytes.data()), bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->type, 10);
    EXPECT_EQ(parsed->level, 5);
    EXPECT_EQ(parsed->context_id, 0x01020304u);
    EXPECT_EQ(hex(parsed->token), "aa bb cc");
    // A bind with 6 odd bytes would be padded: its verifier starts at a multiple of 4.
    const auto nak = encode(Envelope{PduType::bind_nak, 1, kWhole, &verifier}, BindNak{0, {}});
    EXPECT_EQ(parse_auth_verifier(read_header(nak.data()), nak)->pad_length, 0);
    auto lying = bytes;
    lying[22] = 200;  // padding beyond the body
    EXPECT_FALSE(parse_auth_verifier(read_header(lying.data()), lying));
}

TEST(Pdu, HeaderFlaws) {
    const struct {
        const char* bytes;
        bool flawed;
    } cases[] = {
        {"05 00 00 03 10 00 00 00  10 00 00 00 01 00 00 00  // least", false},
        {"05 00 00 03 11 00 00 00  18 00 00 00 01 00 00 00  // EBCDIC", true},
        {"05 00 00 03 10 01 00 00  18 00 00 00 01 00 00 00  // VAX floats", true},
        {"05 00 00 03 20 00 00 00  18 00 00 00 01 00 00 00  // no such integers", true},
        {"05 00 00 03 10 00 00 00  0f 00 00 00 01 00 00 00  // too short", true},
        {"05 00 00 03 10 00 00 00  18 00 01 00 01 00 00 00  // no room for the verifier", true},
        {"05 00 00 03 10 00 00 00  19 00 01 00 01 00 00 00  // just room", false},
        {"05 00 00 03 10 00 00 00  19 00 ff ff 01 00 00 00", true},
    };
    for (const auto& wanted : cases) EXPECT_EQ(header_flaw(read_header(annotated_bytes(wanted.bytes).data())) != nullptr, wanted.flawed) << wanted.bytes;
}

TEST(Pdu, RefusesBodiesThatEndEarly) {
    const auto refused = [](const char* text, auto parse) {
        auto bytes = annotated_bytes(text);
        EXPECT_FALSE(parse(read_header(bytes.data()), bytes)) << text;
    };
    refused("05 00 0b 03 10 00 00 00  1c 00 00 00 01 00 00 00  d0 16 d0 16 00 00 00 00  ff 00 00 00  // 255 contexts, none there", parse_bind);
    refused(R"(05 00 0b 03 10 00 00 00  34 00 00 00 01 00 00 00  d0 16 d0 16 00 00 00 00  01 00 00 00
               00 00 ff 00 40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da 01 00 00 00  // 255 transfer syntaxes)", parse_bind);
    refused("05 00 0c 03 10 00 00 00  1c 00 00 00 01 00 00 00  d0 16 d0 16 00 00 00 00  ff ff 00 00  // an address of 65535", parse_bind_ack);
    refused("05 00 0c 03 10 00 00 00  20 00 00 00 01 00 00 00  d0 16 d0 16 00 00 00 00  00 00 00 00 08 00 00 00", parse_bind_ack);
    refused("05 00 03 03 10 00 00 00  18 00 00 00 01 00 00 00  00 00 00 00 00 00 00 00", parse_fault);
    refused("05 00 0d 03 10 00 00 00  10 00 00 00 01 00 00 00", parse_bind_nak);
}

}  // namespace
}  // namespace odc::rpc
