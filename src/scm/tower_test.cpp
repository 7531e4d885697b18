#include "scm/tower.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace odc::scm {
namespace {

const rpc::SyntaxId kObjectExporter{{0x99FCFEC4, 0x5260, 0x101B, {0xBB, 0xCB, 0x00, 0xAA, 0x00, 0x21, 0x34, 0x7A}}, 0, 0};

constexpr const char* kHead = R"(
    c4 fe fc 99 60 52 1b 10 bb cb 00 aa 00 21 34 7a  // interface
)";

const std::string kTcp = std::string(R"(05 00        // five floors
    13 00 0d)") + kHead + R"( 00 00                  // version 0.0
    02 00 00 00
    13 00 0d 04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00  // NDR 2.0
    02 00 00 00
    01 00 0b 02 00 00 00                             // connection-oriented RPC
    01 00 07 02 00 00 87                             // TCP port 135, network order
    01 00 09 04 00 0a 00 00 02                       // 10.0.0.2
)";

TEST(Tower, TcpHasFiveFloors) {
    const auto tower = Tower::tcp(kObjectExporter, 135, "10.0.0.2");
    EXPECT_EQ(hex(encode(tower)), hex(annotated_bytes(kTcp)));
    const auto back = decode(annotated_bytes(kTcp));
    ASSERT_TRUE(back.ok()) << back.error().text();
    EXPECT_EQ(*back, tower);
    EXPECT_EQ(back->endpoint()->host, "10.0.0.2");
    EXPECT_EQ(back->endpoint()->endpoint, "135");
}

TEST(Tower, LocalHasFourFloorsAndATerminatedName) {
    const auto tower = Tower::local(kObjectExporter, "/run/x.sock");
    const auto octets = encode(tower);
    EXPECT_EQ(octets[0], 4);
    EXPECT_EQ(octets.back(), 0);
    const auto back = decode(octets);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->endpoint()->endpoint, "/run/x.sock");
}

TEST(Tower, HostNameIsEncodedAsNoAddress) {
    EXPECT_EQ(Tower::tcp(kObjectExporter, 1, "lola").endpoint()->host, "0.0.0.0");
}

TEST(Tower, TcpAndLocalTowersHaveDifferentProtocols) {
    EXPECT_FALSE(Tower::tcp(kObjectExporter, 1, "").same_protocols(Tower::local(kObjectExporter, "x")));
    EXPECT_TRUE(Tower::tcp(kObjectExporter, 1, "").same_protocols(Tower::tcp(kObjectExporter, 2, "1.2.3.4")));
}

TEST(Tower, RefusesEveryTruncation) {
    const auto octets = annotated_bytes(kTcp);
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_EQ(decode(std::span(octets).first(n)).code(), HRESULT_FROM_WIN32(EPT_S_INVALID_ENTRY)) << n;
}

TEST(Tower, RefusesBytesBehindTheLastFloor) {
    auto octets = annotated_bytes(kTcp);
    octets.push_back(0);
    EXPECT_FALSE(decode(octets).ok());
}

TEST(Tower, RefusesFloorCountsOutOfRange) {
    for (const std::uint8_t n : {0, 2, 9, 255}) {
        auto octets = annotated_bytes(kTcp);
        octets[0] = n;
        EXPECT_FALSE(decode(octets).ok()) << int{n};
    }
}

TEST(Tower, RefusesLengthsThatLie) {
    auto octets = annotated_bytes(kTcp);
    octets[2] = 0xFF;  // left side of the first floor
    EXPECT_FALSE(decode(octets).ok());
    octets = annotated_bytes(kTcp);
    octets[octets.size() - 6] = 0xFF;  // right side of the last floor
    EXPECT_FALSE(decode(octets).ok());
}

TEST(Tower, RefusesMoreThanTheMaximum) { EXPECT_FALSE(decode(std::vector<std::uint8_t>(kMaxTowerBytes + 1)).ok()); }

}  // namespace
}  // namespace odc::scm
