#include "base/guid.h"

#include <gtest/gtest.h>

namespace odc {
namespace {

constexpr Guid kSample = {0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}};

TEST(Guid, PrintsWithBracesInUpperCase) { EXPECT_EQ(to_string(kSample), "{6B29FC40-CA47-1067-B31D-00DD010662DA}"); }
TEST(Guid, PrintsBareInLowerCase) { EXPECT_EQ(to_bare_string(kSample), "6b29fc40-ca47-1067-b31d-00dd010662da"); }

TEST(Guid, ParsesBothForms) {
    EXPECT_EQ(parse_guid("{6b29fc40-ca47-1067-B31D-00DD010662DA}"), kSample);
    EXPECT_EQ(parse_guid("6B29FC40-CA47-1067-B31D-00DD010662DA"), kSample);
}

TEST(Guid, RefusesAnythingElse) {
    for (const char* text : {"", "{", "6B29FC40-CA47-1067-B31D-00DD010662D", "6B29FC40-CA47-1067-B31D-00DD010662DG",
                             "6B29FC40xCA47-1067-B31D-00DD010662DA", "{6B29FC40-CA47-1067-B31D-00DD010662DA",
                             "6B29FC40-CA47-1067-B31D-00DD010662DA "})
        EXPECT_FALSE(parse_guid(text)) << text;
}

TEST(Guid, NewOnesDifferAndAreVersionFour) {
    const Guid a = new_guid();
    EXPECT_FALSE(a == new_guid());
    EXPECT_EQ(a.Data3 >> 12, 4);
    EXPECT_EQ(a.Data4[0] >> 6, 2);
}

}  // namespace
}  // namespace odc
