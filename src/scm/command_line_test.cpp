#include "scm/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace odc::scm {
namespace {

using testing::ElementsAre;

TEST(CommandLine, QuotesGroupAndVanish) {
    EXPECT_THAT(split_command_line(R"("/opt/my server/pager" -v "a b" c)"), ElementsAre("/opt/my server/pager", "-v", "a b", "c"));
    EXPECT_THAT(split_command_line(R"(  /bin/x   "" end)"), ElementsAre("/bin/x", "", "end"));
}

TEST(CommandLine, BackslashesMatterOnlyBeforeQuotes) {
    EXPECT_THAT(split_command_line(R"(x a\b c\\d)"), ElementsAre("x", R"(a\b)", R"(c\\d)"));
    EXPECT_THAT(split_command_line(R"(x "a\"b" c\\"d e")"), ElementsAre("x", R"(a"b)", R"(c\d e)"));
    EXPECT_THAT(split_command_line(R"(x a\\\"b)"), ElementsAre("x", R"(a\"b)"));
}

TEST(CommandLine, TwoQuotesInsideOfQuotesAreOne) { EXPECT_THAT(split_command_line(R"(x "a""b")"), ElementsAre("x", R"(a"b)")); }

TEST(CommandLine, BackslashesInTheProgramAreOrdinary) {
    EXPECT_THAT(split_command_line(R"("C:\dir\" y)"), ElementsAre(R"(C:\dir\)", "y"));
}

TEST(CommandLine, OpenQuoteRunsToTheEnd) { EXPECT_THAT(split_command_line(R"(x "a b)"), ElementsAre("x", "a b")); }

TEST(CommandLine, ShortestBeginningThatIsAProgramWins) {
    const auto is = [](std::vector<std::string> programs) {
        return [programs](const std::string& name) { return std::find(programs.begin(), programs.end(), name) != programs.end(); };
    };
    EXPECT_THAT(*parse_server_command("/opt/my server/pager -v x", is({"/opt/my server/pager"})),
                ElementsAre("/opt/my server/pager", "-v", "x"));
    EXPECT_THAT(*parse_server_command("/opt/my server/pager", is({"/opt/my server/pager"})), ElementsAre("/opt/my server/pager"));
    EXPECT_THAT(*parse_server_command("/opt/my server/pager", is({"/opt/my", "/opt/my server/pager"})),
                ElementsAre("/opt/my", "server/pager"));
    EXPECT_THAT(*parse_server_command("/opt/my server/pager", is({})), ElementsAre("/opt/my", "server/pager"));
    EXPECT_THAT(*parse_server_command(R"("/opt/my" server)", is({"/opt/my server"})), ElementsAre("/opt/my", "server"));
}

TEST(CommandLine, BlankLineIsRefused) {
    EXPECT_EQ(parse_server_command("  ", [](const auto&) { return true; }).code(), CO_E_SERVER_EXEC_FAILURE);
}

TEST(CommandLine, FindProgramTakesPathsAndNames) {
    EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
    EXPECT_FALSE(find_program("sh").empty());
    EXPECT_EQ(find_program("/etc/passwd"), "");
    EXPECT_EQ(find_program("no-such-program-anywhere"), "");
}

}  // namespace
}  // namespace odc::scm
