#include "base/bytes.h"

#include <gtest/gtest.h>

namespace odc {
namespace {

TEST(ByteReader, RemembersItsFirstError) {
    const auto bytes = annotated_bytes("01 00 02 00 // two halves");
    ByteReader in(bytes);
    EXPECT_EQ(in.u16(), 1);
    EXPECT_EQ(in.u32(), 0u);
    EXPECT_EQ(in.u16(), 0) << "zero after the error, although two bytes are left";
    EXPECT_EQ(in.finish(E_FAIL, "record").code(), E_FAIL);
}

TEST(ByteReader, RefusesACountThatTheBytesCannotHold) {
    const auto bytes = annotated_bytes("ff ff ff ff  00 00 00 00");
    ByteReader in(bytes);
    EXPECT_EQ(in.count(2), 0u);
    EXPECT_TRUE(in.failed());
}

TEST(ByteWriter, WritesLittleEndianWithoutPadding) {
    ByteWriter out;
    out.u8(1);
    out.u32(0x12345678);
    out.guid({0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}});
    EXPECT_EQ(hex(out.data()), "01 78 56 34 12 40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da");
    ByteReader in(out.data());
    in.skip(5);
    EXPECT_EQ(in.guid().Data2, 0xCA47);
}

}  // namespace
}  // namespace odc
