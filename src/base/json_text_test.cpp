#include "base/json_text.h"

#include <gtest/gtest.h>

namespace odc {
namespace {

TEST(JsonText, QuotesWhatWouldEndTheTextAndWhatIsNoCharacter) {
    EXPECT_EQ(quoted_json("plain \xC3\xA9"), "\"plain \xC3\xA9\"");
    EXPECT_EQ(quoted_json("\"\\\n\r\t"), R"("\"\\\n\r\t")");
    EXPECT_EQ(quoted_json(std::string_view("\0\x1F", 2)), R"("\u0000\u001f")");
}

}  // namespace
}  // namespace odc
