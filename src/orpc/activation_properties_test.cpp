#include "orpc/activation_properties.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "orpc/objref.h"

namespace odc::orpc {
namespace {

const HRESULT kBadStubData = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
const Guid kPager{0x11223344, 0x5566, 0x7788, {1, 2, 3, 4, 5, 6, 7, 8}};
const Guid kUnknown{0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

ActivationRequest sample_request() {
    ActivationRequest request;
    request.clsid = kPager;
    request.iids = {kUnknown, kPager};
    request.flags = kActivateNoFailureLog;
    request.protseqs = {kTowerTcp, kTowerLocal};
    return request;
}

ActivationReply sample_reply() {
    ActivationReply reply;
    reply.oxid = Oxid{0x0102030405060708};
    reply.bindings.strings = {{kTowerTcp, "10.0.0.2[4711]"}};
    reply.bindings.securities = {{10, ""}};
    reply.rem_unknown = Ipid{kPager};
    reply.authentication_hint = 5;
    reply.interfaces = {{kUnknown, S_OK, {1, 2, 3}}, {kPager, E_NOINTERFACE, {}}, {kPager, S_OK, ObjrefBytes(10000, 7)}};
    return reply;
}

/// The annotated form of a minimal request: what a client must at least send (MS-DCOM 3.1.2.5.2.3.3).
const char* const kObjrefHead = R"(
    4d 45 4f 57 04 00 00 00                          // MEOW, custom
    a2 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46  // IID_IActivationPropertiesIn
    38 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46  // CLSID_ActivationPropertiesIn
    00 00 00 00                                      // cbExtension
)";
const char* const kHeader = R"(
    01 10 08 00 cc cc cc cc                          // common header: version 1, little-endian
    60 00 00 00 00 00 00 00                          // private header: 96 bytes
    00 01 00 00                                      // totalSize 256
    70 00 00 00                                      // headerSize 112
    00 00 00 00                                      // dwReserved
    02 00 00 00                                      // destCtx
    02 00 00 00                                      // cIfs
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // classInfoClsid
    00 00 02 00 04 00 02 00 00 00 00 00              // pclsid, pSizes, pdwReserved
    02 00 00 00                                      // two class ids
    ab 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46  // InstantiationInfo
    aa 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46  // ScmRequestInfo
    02 00 00 00                                      // two sizes
    58 00 00 00                                      // 88
    38 00 00 00                                      // 56
)";
const char* const kInstantiation = R"(
    01 10 08 00 cc cc cc cc 48 00 00 00 00 00 00 00  // headers: 72 bytes
    44 33 22 11 66 55 88 77 01 02 03 04 05 06 07 08  // classId
    14 00 00 00                                      // classCtx
    00 00 00 00 00 00 00 00                          // actvflags, fIsSurrogate
    01 00 00 00 00 00 00 00                          // cIID, instFlag
    00 00 02 00                                      // pIID
    58 00 00 00                                      // thisSize
    05 00 07 00                                      // 5.7
    01 00 00 00                                      // one IID
    00 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46  // IUnknown
    00 00 00 00                                      // padding
)";
const char* const kScmRequest = R"(
    01 10 08 00 cc cc cc cc 28 00 00 00 00 00 00 00  // headers: 40 bytes
    00 00 00 00 00 00 02 00                          // pdwReserved, remoteRequest
    02 00 00 00 01 00 00 00                          // ClientImpLevel, cRequestedProtseqs, padding
    04 00 02 00                                      // pRequestedProtseqs
    01 00 00 00 07 00                                // one: TCP
    00 00 00 00 00 00 00 00 00 00 00 00 00 00        // padding, longer than needed
)";

ObjrefBytes request_bytes(const std::string& body, std::uint32_t size = 256) {
    auto objref = annotated_bytes(kObjrefHead);
    const auto blob = annotated_bytes(body);
    ByteWriter sizes;
    sizes.u32(static_cast<std::uint32_t>(blob.size() + 8));
    sizes.u32(size);
    sizes.u32(0);
    objref.insert(objref.end(), sizes.data().begin(), sizes.data().end());
    objref.insert(objref.end(), blob.begin(), blob.end());
    return objref;
}
std::string body() { return std::string(kHeader) + kInstantiation + kScmRequest; }
constexpr std::size_t kBlob = 48;             // dwSize in the objref
constexpr std::size_t kHeaderValue = kBlob + 8 + 16;
constexpr std::size_t kSizes = kHeaderValue + 84;
constexpr std::size_t kFirst = kBlob + 8 + 112;  // the first property
constexpr std::size_t kSecond = kFirst + 88;

TEST(ActivationRequest, MinimalRequestIsRead) {
    const auto request = read_activation_request(request_bytes(body()));
    ASSERT_TRUE(request.ok()) << request.error().text();
    EXPECT_EQ(request->clsid, kPager);
    EXPECT_EQ(request->iids, std::vector{kUnknown});
    EXPECT_EQ(request->protseqs, std::vector<std::uint16_t>{kTowerTcp});
    EXPECT_EQ(request->session_id, 0xFFFFFFFFu);
    EXPECT_EQ(request->client_version, (ComVersion{5, 7}));
}

TEST(ActivationRequest, WhatIsWrittenIsRead) {
    auto request = sample_request();
    request.file_name = u"/tmp/pager.doc";
    request.file_mode = 2;
    request.storage = {9, 8, 7};
    const auto bytes = write_activation_request(request);
    ASSERT_TRUE(bytes.ok());
    auto back = read_activation_request(*bytes);
    ASSERT_TRUE(back.ok()) << back.error().text();
    EXPECT_FALSE(back->client_context.empty());
    request.client_context = back->client_context;
    EXPECT_EQ(*back, request);
}

TEST(ActivationRequest, SizesAreWhatTheFirstPropertyOfAWindowsClientSays) {
    auto request = sample_request();
    request.iids = {kUnknown};
    const auto bytes = *write_activation_request(request);
    const auto instantiation = annotated_bytes(kInstantiation);
    // Up to actvflags the property is the same as in the annotated request.
    EXPECT_NE(std::search(bytes.begin(), bytes.end(), instantiation.begin(), instantiation.begin() + 36), bytes.end());
}

TEST(ActivationRequest, ManyInterfacesAreRead) {
    auto request = sample_request();
    request.iids.assign(kMaxRequestedInterfaces, kUnknown);
    EXPECT_EQ(read_activation_request(*write_activation_request(request))->iids.size(), kMaxRequestedInterfaces);
    request.iids.push_back(kUnknown);
    EXPECT_EQ(write_activation_request(request).code(), E_INVALIDARG);
    request.iids.clear();
    EXPECT_EQ(write_activation_request(request).code(), E_INVALIDARG);
}

TEST(ActivationRequest, RefusesEveryTruncation) {
    const auto bytes = *write_activation_request(sample_request());
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(read_activation_request(std::span(bytes).first(n)).ok()) << n;
}

TEST(ActivationRequest, RefusesOtherObjrefs) {
    EXPECT_EQ(read_activation_request({}).code(), RPC_E_INVALID_OBJREF);
    EXPECT_EQ(read_activation_request(*write_activation_reply(sample_reply())).code(), RPC_E_INVALID_OBJREF);
    ByteWriter standard;
    ObjRef{kUnknown, StandardRef{}}.write(standard);
    EXPECT_EQ(read_activation_request(standard.data()).code(), RPC_E_INVALID_OBJREF);
}

struct Lie {
    const char* what;
    std::size_t at;
    std::uint32_t value;
};
class ActivationRequestLies : public testing::TestWithParam<Lie> {};

TEST_P(ActivationRequestLies, IsRefused) {
    auto bytes = request_bytes(body());
    const auto [what, at, value] = GetParam();
    for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = static_cast<std::uint8_t>(value >> 8 * i);
    EXPECT_EQ(read_activation_request(bytes).code(), kBadStubData) << what;
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, ActivationRequestLies,
    testing::Values(Lie{"dwSize longer than the data", kBlob, 257}, Lie{"dwSize of 4 GiB", kBlob, 0xFFFFFFFF},
                    Lie{"dwSize shorter", kBlob, 200}, Lie{"version of the serialization", kBlob + 8, 0x00081002},
                    Lie{"length of the common header", kBlob + 8, 0x00101001},
                    Lie{"header's private length", kBlob + 16, 0x7FFFFFFF},
                    Lie{"totalSize", kHeaderValue, 264}, Lie{"headerSize beyond the BLOB", kHeaderValue + 4, 0x80000000},
                    Lie{"headerSize into the header", kHeaderValue + 4, 104}, Lie{"headerSize into a property", kHeaderValue + 4, 120},
                    Lie{"no property", kHeaderValue + 16, 0}, Lie{"eleven properties", kHeaderValue + 16, 11},
                    Lie{"more properties than class ids", kHeaderValue + 16, 3}, Lie{"no class ids", kHeaderValue + 36, 0},
                    Lie{"no sizes", kHeaderValue + 40, 0}, Lie{"first size negative", kSizes + 4, 0xFFFFFFF8},
                    Lie{"first size overlaps the second property", kSizes + 4, 96}, Lie{"second size too long", kSizes + 8, 64},
                    Lie{"second size too short", kSizes + 8, 48}, Lie{"property twice", kHeaderValue + 68, 0x1AB},
                    Lie{"required property unknown", kHeaderValue + 68, 0x7777},
                    Lie{"no interface asked", kFirst + 16 + 28, 0}, Lie{"32769 interfaces", kFirst + 16 + 28, 0x8001},
                    Lie{"two interfaces, one IID", kFirst + 16 + 28, 2},
                    Lie{"conformance of the IIDs", kFirst + 16 + 48, 0xFFFFFFFF},
                    Lie{"no request", kSecond + 20, 0},
                    Lie{"more protocol sequences than are there", kSecond + 28, 0x7FFF}));

TEST(ActivationRequest, UnknownPropertiesAreSkipped) {
    // A third property of 8 bytes that nobody knows, after the two.
    const auto with_three = std::string(R"(
        01 10 08 00 cc cc cc cc 80 00 00 00 00 00 00 00
        28 01 00 00 90 00 00 00 00 00 00 00 02 00 00 00 03 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 02 00 04 00 02 00 00 00 00 00
        03 00 00 00
        ab 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
        aa 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
        99 99 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
        03 00 00 00 58 00 00 00 38 00 00 00 08 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 // padding, counted
    )") + kInstantiation + kScmRequest + " ff ff ff ff ff ff ff ff";
    const auto request = read_activation_request(request_bytes(with_three, 296));
    EXPECT_TRUE(request.ok()) << request.error().text();
}

TEST(ActivationRequest, BigEndianRequestIsRead) {
    const auto request = read_activation_request(request_bytes(R"(
        01 00 08 00 cc cc cc cc  00 00 00 60  00 00 00 00
        00 00 01 00  00 00 00 70  00 00 00 00  00 00 00 02  00 00 00 02
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 02 00 00  00 02 00 04  00 00 00 00
        00 00 00 02
        00 00 01 ab 00 00 00 00 c0 00 00 00 00 00 00 46
        00 00 01 aa 00 00 00 00 c0 00 00 00 00 00 00 46
        00 00 00 02  00 00 00 58  00 00 00 38
        01 00 08 00 cc cc cc cc  00 00 00 48  00 00 00 00
        11 22 33 44 55 66 77 88 01 02 03 04 05 06 07 08
        00 00 00 14  00 00 00 00  00 00 00 00  00 00 00 01  00 00 00 00
        00 02 00 00  00 00 00 58  00 05 00 07
        00 00 00 01
        00 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
        00 00 00 00
        01 00 08 00 cc cc cc cc  00 00 00 28  00 00 00 00
        00 00 00 00  00 02 00 00
        00 00 00 02  00 01 00 00
        00 02 00 04
        00 00 00 01  00 07
        00 00 00 00 00 00 00 00 00 00 00 00 00 00
    )"));
    ASSERT_TRUE(request.ok()) << request.error().text();
    EXPECT_EQ(request->clsid, kPager);
    EXPECT_EQ(request->protseqs, std::vector<std::uint16_t>{kTowerTcp});
}

TEST(ActivationRequest, ContextThatIsNoneIsAnInvalidObjref) {
    auto request = sample_request();
    request.client_context = {1, 2, 3};
    EXPECT_EQ(read_activation_request(*write_activation_request(request)).code(), RPC_E_INVALID_OBJREF);
    request = sample_request();
    auto context = read_activation_request(*write_activation_request(request))->client_context;
    context.at(48 + 28) = 1;  // dwNumExtents
    request.client_context = context;
    EXPECT_EQ(read_activation_request(*write_activation_request(request)).code(), RPC_E_INVALID_OBJREF);
    request.client_context = {};
    request.prototype_context = context;
    EXPECT_EQ(read_activation_request(*write_activation_request(request)).code(), RPC_E_INVALID_OBJREF);
}

TEST(ActivationRequest, NullClientContextIsTaken) {
    auto bytes = request_bytes(body());
    constexpr std::size_t kSecondId = kHeaderValue + 68;
    bytes.at(kSecondId) = 0xA5;  // the second property becomes ActivationContextInfoData, which is all zeros but for headers
    std::fill(bytes.begin() + kSecond + 16, bytes.end(), std::uint8_t{0});
    // The context is read, so what is missing now is the ScmRequestInfoData that it replaced.
    const auto request = read_activation_request(bytes);
    EXPECT_EQ(request.code(), kBadStubData);
    EXPECT_NE(request.error().text().find("ScmRequestInfoData"), std::string::npos);
}

TEST(ActivationReply, WhatIsWrittenIsRead) {
    const auto reply = sample_reply();
    const auto back = read_activation_reply(*write_activation_reply(reply));
    ASSERT_TRUE(back.ok()) << back.error().text();
    EXPECT_EQ(*back, reply);
}

TEST(ActivationReply, RefusesEveryTruncation) {
    auto reply = sample_reply();
    reply.interfaces.pop_back();
    const auto bytes = *write_activation_reply(reply);
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(read_activation_reply(std::span(bytes).first(n)).ok()) << n;
}

TEST(ActivationReply, ResultAndReferenceMustAgree) {
    auto reply = sample_reply();
    reply.interfaces = {{kUnknown, E_NOINTERFACE, {1}}};
    EXPECT_EQ(read_activation_reply(*write_activation_reply(reply)).code(), kBadStubData);
    reply.interfaces = {{kUnknown, S_OK, {}}};
    EXPECT_EQ(read_activation_reply(*write_activation_reply(reply)).code(), kBadStubData);
}

}  // namespace
}  // namespace odc::orpc
