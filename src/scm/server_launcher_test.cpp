#include "scm/server_launcher.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

namespace odc::scm {
namespace {

struct ServerLauncherTest : testing::Test {
    std::string folder = [] {
        char name[] = "/tmp/odc-launcher-XXXXXX";
        return std::string(::mkdtemp(name));
    }();
    ProcessWatch watch;
    ServerLauncher launcher{watch, folder, folder + "/servers.log"};
    std::promise<std::string> ended;

    ~ServerLauncherTest() override {
        launcher.end_all(std::chrono::seconds(0));
        watch.stop();
        std::filesystem::remove_all(folder);
    }
    std::string script(const std::string& body) {
        const auto path = folder + "/my server";
        std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
        ::chmod(path.c_str(), 0755);
        return path;
    }
    Result<pid_t> start(const std::string& command_line, std::uint32_t uid = ::geteuid()) {
        return launcher.start({command_line, "", uid, [this](const std::string& how) { ended.set_value(how); }});
    }
    std::string log() {
        std::ifstream in(folder + "/servers.log");
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

TEST_F(ServerLauncherTest, ServerGetsEmbeddingHomeAndASessionOfItsOwn) {
    const auto path = script("echo \"$1|$2|$OPENDCOM_HOME|$(ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat)|$(pwd)\"; exit 3");
    const auto pid = start("\"" + path + "\" \"a b\"");
    ASSERT_TRUE(pid.ok()) << pid.error().text();
    EXPECT_EQ(ended.get_future().get(), "exited with status 3");
    const auto said = log();
    EXPECT_EQ(said.find("a b|-Embedding|" + folder + "|"), 0u) << said;
    EXPECT_NE(said.find(std::to_string(*pid) + "|/"), std::string::npos) << said;
}

TEST_F(ServerLauncherTest, UnquotedPathWithABlankIsFound) {
    const auto path = script("exit 0");
    ASSERT_TRUE(start(path).ok());
    EXPECT_EQ(ended.get_future().get(), "exited with status 0");
}

TEST_F(ServerLauncherTest, MissingProgramIsAnExecFailure) {
    const auto result = start("/no/such/program");
    EXPECT_EQ(result.code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_NE(result.error().text().find("/no/such/program"), std::string::npos);
}

TEST_F(ServerLauncherTest, ProgramThatCannotBeExecutedIsAnExecFailure) {
    const auto path = folder + "/broken";
    std::ofstream(path) << "#!/no/such/interpreter\n";
    ::chmod(path.c_str(), 0755);
    EXPECT_EQ(start(path).code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_EQ(ended.get_future().get(), "exited with status 127");
}

TEST_F(ServerLauncherTest, UnknownUserIsNotReplacedByOurs) {
    EXPECT_EQ(start("/bin/true", 4000000).code(), CO_E_RUNAS_LOGON_FAILURE);
    EXPECT_EQ(launcher.running(), 0u);
}

TEST_F(ServerLauncherTest, EndAllEndsWhatStillRuns) {
    const auto pid = start(script("exec sleep 1000"));
    ASSERT_TRUE(pid.ok());
    launcher.end_all(std::chrono::seconds(30));
    EXPECT_EQ(launcher.running(), 0u);
    EXPECT_EQ(ended.get_future().get(), "was ended by signal 15");
    watch.stop();  // behind its last callback the child is reaped
    EXPECT_EQ(::kill(*pid, 0), -1);
}

TEST_F(ServerLauncherTest, EndGroupEndsTheChildrenToo) {
    const auto path = script("trap '' TERM; sleep 1000 & echo $!; wait");
    const auto pid = start(path);
    ASSERT_TRUE(pid.ok());
    ServerLauncher::end_group(*pid);
    EXPECT_EQ(ended.get_future().get(), "was ended by signal 9");
}

TEST(ProcessWatchTest, ProcessThatIsNotAChildIsWatchedToo) {
    ProcessWatch watch;
    std::promise<void> seen;
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char c;
        ::close(pipe[1]);
        (void)!::read(pipe[0], &c, 1);
        ::_exit(0);
    }
    ASSERT_TRUE(watch.watch(child, [&] { seen.set_value(); }).ok());
    ::close(pipe[1]);
    ::close(pipe[0]);
    seen.get_future().wait();
    ASSERT_TRUE(watch.watch_child(child, [](const std::string&) {}).ok());
    watch.stop();
}

TEST(ProcessWatchTest, EndedProcessCannotBeWatched) {
    ProcessWatch watch;
    EXPECT_EQ(watch.watch(999999999, [] {}).code(), E_FAIL);
}

}  // namespace
}  // namespace odc::scm
