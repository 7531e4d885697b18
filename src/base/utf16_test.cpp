#include "base/utf16.h"

#include <gtest/gtest.h>

namespace odc {
namespace {

TEST(Utf16, RoundTripsEveryPlane) {
    const std::string text = "pager \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x93\x9F";
    EXPECT_EQ(to_utf16(text), u"pager \u00e9 \u20ac \U0001F4DF");
    EXPECT_EQ(to_utf8(to_utf16(text)), text);
}

TEST(Utf16, ReplacesMalformedInput) {
    EXPECT_EQ(to_utf16("\x80"), u"\uFFFD");
    EXPECT_EQ(to_utf16("\xC0\x80"), u"\uFFFD\uFFFD");
    EXPECT_EQ(to_utf16("\xE2\x82"), u"\uFFFD");
    EXPECT_EQ(to_utf16("\xED\xA0\x80"), u"\uFFFD");
    const char16_t lone[] = {0xD800, u'x', 0};
    EXPECT_EQ(to_utf8(lone), "\xEF\xBF\xBDx");
}

TEST(Utf16, ComparesAsciiWithoutCase) {
    EXPECT_TRUE(equal_ignoring_case("LocalServer32", "LOCALSERVER32"));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
}

}  // namespace
}  // namespace odc
