#include <gtest/gtest.h>

#include <cstring>
#include <string_view>

#include "oleauto.h"

namespace {

std::u16string_view text(BSTR value) { return {reinterpret_cast<const char16_t*>(value), SysStringLen(value)}; }
std::uint32_t prefix(BSTR value) {
    std::uint32_t length;
    std::memcpy(&length, reinterpret_cast<const char*>(value) - 4, 4);
    return length;
}

TEST(Bstr, TheLengthInBytesStandsDirectlyBeforeTheText) {
    BSTR value = SysAllocString(u"abc");
    EXPECT_EQ(prefix(value), 6u);
    EXPECT_EQ(SysStringLen(value), 3u);
    EXPECT_EQ(SysStringByteLen(value), 6u);
    EXPECT_EQ(value[3], 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(value) % 8, 0u);
    SysFreeString(value);
}

TEST(Bstr, NullIsATextOfNoLength) {
    EXPECT_EQ(SysAllocString(nullptr), nullptr);
    EXPECT_EQ(SysStringLen(nullptr), 0u);
    EXPECT_EQ(SysStringByteLen(nullptr), 0u);
    SysFreeString(nullptr);
}

TEST(Bstr, MayHoldZerosAndOddLengths) {
    BSTR value = SysAllocStringLen(u"a\0b", 3);
    EXPECT_EQ(text(value), std::u16string_view(u"a\0b", 3));
    SysFreeString(value);
    value = SysAllocStringByteLen("xyz", 3);
    EXPECT_EQ(SysStringByteLen(value), 3u);
    EXPECT_EQ(SysStringLen(value), 1u);
    EXPECT_EQ(std::memcmp(value, "xyz\0\0", 5), 0);
    SysFreeString(value);
}

TEST(Bstr, WithoutASourceItIsZerosToFillIn) {
    BSTR value = SysAllocStringLen(nullptr, 4);
    for (int i = 0; i <= 4; ++i) EXPECT_EQ(value[i], 0);
    SysFreeString(value);
}

TEST(Bstr, LengthsBeyondTheAddressableAreRefused) {
    EXPECT_EQ(SysAllocStringLen(nullptr, 0xFFFFFFFFu), nullptr);
    EXPECT_EQ(SysAllocStringLen(nullptr, 0x7FFFFFFFu), nullptr);
    EXPECT_EQ(SysAllocStringByteLen(nullptr, 0xFFFFFFFFu), nullptr);
}

TEST(Bstr, ReallocationReplacesTheText) {
    BSTR value = SysAllocString(u"before");
    ASSERT_TRUE(SysReAllocString(&value, u"after"));
    EXPECT_EQ(text(value), u"after");
    ASSERT_TRUE(SysReAllocStringLen(&value, value + 1, 3));  // of itself
    EXPECT_EQ(text(value), u"fte");
    ASSERT_TRUE(SysReAllocStringLen(&value, nullptr, 5));  // keeps what fits
    EXPECT_EQ(text(value), std::u16string_view(u"fte\0\0", 5));
    EXPECT_FALSE(SysReAllocStringLen(&value, nullptr, 0xFFFFFFFFu));
    EXPECT_EQ(SysStringLen(value), 5u);
    SysFreeString(value);
}

}  // namespace
