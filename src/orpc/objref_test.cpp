#include "orpc/objref.h"

#include <gtest/gtest.h>

namespace odc::orpc {
namespace {

ObjRef sample() {
    StandardRef body;
    body.std = {0, 5, Oxid{0x1122334455667788}, Oid{0x99AABBCCDDEEFF00}, {{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}}}};
    body.resolver.strings = {{kTowerTcp, "lola"}};
    body.resolver.securities = {{0x0A, ""}};
    return {{0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}}, body};
}

constexpr const char* kSampleBytes =
    "4d 45 4f 57 // MEOW\n"
    "01 00 00 00 // OBJREF_STANDARD\n"
    "00 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 // iid\n"
    "00 00 00 00 // std.flags\n"
    "05 00 00 00 // cPublicRefs\n"
    "88 77 66 55 44 33 22 11 // oxid\n"
    "00 ff ee dd cc bb aa 99 // oid\n"
    "01 00 00 00 02 00 03 00 04 05 06 07 08 09 0a 0b // ipid\n"
    "0b 00 // wNumEntries\n"
    "07 00 // wSecurityOffset\n"
    "07 00 6c 00 6f 00 6c 00 61 00 00 00 // ncacn_ip_tcp, lola\n"
    "00 00 // end of string bindings\n"
    "0a 00 ff ff 00 00 // NTLM, no principal\n"
    "00 00 // end of security bindings\n";

TEST(ObjRef, WritesTheStandardFormByteForByte) {
    ByteWriter out;
    sample().write(out);
    EXPECT_EQ(hex(out.data()), hex(annotated_bytes(kSampleBytes)));
}

TEST(ObjRef, ReadsWhatItWrites) {
    const auto bytes = annotated_bytes(kSampleBytes);
    ByteReader in(bytes);
    const auto ref = ObjRef::read(in);
    ASSERT_TRUE(ref);
    ASSERT_TRUE(ref->standard());
    EXPECT_EQ(*ref->standard(), *sample().standard());
    EXPECT_EQ(*ref->resolver(), *sample().resolver());
    EXPECT_EQ(in.left(), 0u);
}

TEST(ObjRef, RefusesEveryTruncation) {
    const auto bytes = annotated_bytes(kSampleBytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader in{std::span<const std::uint8_t>(bytes).first(size)};
        EXPECT_FALSE(ObjRef::read(in)) << size;
    }
}

TEST(ObjRef, RoundTripsHandlerCustomAndExtended) {
    const auto base = std::get<StandardRef>(sample().body);
    const Guid clsid{7, 7, 7, {7}};
    const ObjRef forms[] = {{clsid, HandlerRef{base.std, clsid, base.resolver}},
                            {clsid, CustomRef{clsid, {1, 2, 3}}},
                            {clsid, ExtendedRef{base.std, base.resolver, clsid, {1, 2, 3, 4, 5}}}};
    for (const auto& form : forms) {
        ByteWriter out;
        form.write(out);
        ByteReader in(out.data());
        const auto back = ObjRef::read(in);
        ASSERT_TRUE(back) << back.error().text();
        ByteWriter again;
        back->write(again);
        EXPECT_EQ(hex(again.data()), hex(out.data()));
    }
}

// threats: 24
TEST(DualStringArray, RefusesMissingTerminatorsAndBadOffsets) {
    const std::vector<std::uint16_t> good = {7, 'a', 0, 0, 0, 0};
    ASSERT_TRUE(DualStringArray::from_units(good, 4));
    EXPECT_FALSE(DualStringArray::from_units(good, 7)) << "offset past the end";
    EXPECT_FALSE(DualStringArray::from_units(good, 3)) << "string bindings cut";
    EXPECT_FALSE(DualStringArray::from_units(good, 0)) << "no string part";
    EXPECT_FALSE(DualStringArray::from_units(std::vector<std::uint16_t>{7, 'a', 'b', 'c'}, 4));
    EXPECT_FALSE(DualStringArray::from_units(std::vector<std::uint16_t>{0, 0, 10, 0xFFFF, 'x'}, 2));
    EXPECT_FALSE(DualStringArray::from_units(std::vector<std::uint16_t>{0, 0, 10}, 2));
}

TEST(DualStringArray, OfNothingIsFourZeros) {
    std::uint16_t offset = 0;
    EXPECT_EQ(DualStringArray{}.units(offset), (std::vector<std::uint16_t>{0, 0, 0, 0}));
    EXPECT_EQ(offset, 2);
    EXPECT_TRUE(DualStringArray::from_units({}, 0));
}

TEST(StringBinding, NamesHostAndEndpoint) {
    const auto tcp = StringBinding{kTowerTcp, "10.0.0.1[5000]"}.endpoint();
    ASSERT_TRUE(tcp);
    EXPECT_EQ(tcp->host, "10.0.0.1");
    EXPECT_EQ(tcp->endpoint, "5000");
    EXPECT_EQ((StringBinding{kTowerTcp, "lola"}.endpoint()->endpoint), "135");
    const auto local = StringBinding{kTowerLocal, "[/run/x.sock]"}.endpoint();
    ASSERT_TRUE(local);
    EXPECT_EQ(local->endpoint, "/run/x.sock");
    EXPECT_FALSE((StringBinding{0x1F, "http"}.endpoint()));
    EXPECT_FALSE((StringBinding{kTowerTcp, "a[5"}.endpoint()));
}

}  // namespace
}  // namespace odc::orpc
