#include "hosts.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/guid.h"
#include "opendcom/com/interface_info.h"

extern char** environ;
extern "C" const odc::com::ProxyFile calc_ProxyFile;

namespace odc::test {
namespace {

std::unique_ptr<Host> own;

class World final : public ::testing::Environment {
  public:
    void SetUp() override {
        com::register_proxy_file(calc_ProxyFile);
        ::setenv("OPENDCOM_LOG", "info", 1);
        own = std::make_unique<Host>(own_host_options());
        ::setenv("OPENDCOM_HOME", own->home().c_str(), 1);
    }
    void TearDown() override { own.reset(); }
};
[[maybe_unused]] const auto* const world = ::testing::AddGlobalTestEnvironment(new World);

int run(const std::vector<std::string>& command, const std::string& home) {
    return Child(command, {"OPENDCOM_HOME=" + home}).wait();
}

std::string contents(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::vector<std::string>& variables) {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    std::vector<char*> arguments, environment;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    for (const auto& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
    for (char** v = environ; *v; ++v) {
        const std::string name(*v, std::strcspn(*v, "=") + 1);
        bool replaced = false;
        for (const auto& variable : variables) replaced = replaced || variable.starts_with(name);
        if (!replaced) environment.push_back(*v);
    }
    environment.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nobody behind
        ::dup2(pipe[1], 1);
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(pipe[1]);
    output_ = pipe[0];
}

Child::~Child() {
    ::close(output_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string Child::read_line() {
    std::string line;
    char c;
    while (::read(output_, &c, 1) == 1 && c != '\n') line += c;
    return line;
}

void Child::signal(int number) const { ::kill(pid_, number); }

int Child::wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
}

Watched::Watched(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) { EXPECT_GE(fd_, 0) << "process " << pid; }
Watched::~Watched() { ::close(fd_); }

bool Watched::ends_within(std::chrono::milliseconds limit) const {
    pollfd wait{fd_, POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(limit.count())) == 1;
}

void Watched::kill() const { ::syscall(SYS_pidfd_send_signal, fd_, SIGKILL, nullptr, 0); }

Host::Host(const std::vector<std::string>& options) : options_(options) {
    char name[] = "/tmp/odc-host-XXXXXX";
    home_ = ::mkdtemp(name);
    start("0");
}

Host::~Host() {
    daemon_->signal(SIGTERM);
    EXPECT_EQ(daemon_->wait(), 0);
    std::filesystem::remove_all(home_);
}

void Host::start(const std::string& port) {
    std::vector<std::string> command = {ODC_DCOMD, "--home", home_, "--listen", "127.0.0.1:" + port, "--allow-unauthenticated",
                                        "--remote-user", ::getpwuid(::geteuid())->pw_name};
    command.insert(command.end(), options_.begin(), options_.end());
    daemon_ = std::make_unique<Child>(command, std::vector<std::string>{"OPENDCOM_LOG=info"});
    daemon_->read_line();  // the local socket
    const std::string listening = daemon_->read_line();
    const auto open = listening.find('[');
    if (open == std::string::npos) throw std::runtime_error("dcomd does not listen: " + log());
    port_ = listening.substr(open + 1, listening.size() - open - 2);
}

void Host::restart() {
    daemon_->signal(SIGKILL);
    daemon_->wait();
    start(port_);
}

rpc::Binding Host::tcp() const { return rpc::Binding(rpc::Endpoint{rpc::Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", port_}); }
rpc::Binding Host::local() const { return rpc::Binding(rpc::Endpoint{rpc::Endpoint::Protocol::ncalrpc, "", home_ + "/dcomd.sock"}); }

void Host::register_peer(const std::string& mode) {
    register_command("\"" + std::string(ODC_PEER) + "\" " + mode + " " + to_string(kPeerClass));
}

void Host::unregister_peer() {
    ASSERT_EQ(run({ODC_DCOM, "reg", "delete", "HKCR\\CLSID\\" + to_string(kPeerClass)}, home_), 0);
}

void Host::register_command(const std::string& command) {
    ASSERT_EQ(run({ODC_DCOM, "reg", "add", "HKCR\\CLSID\\" + to_string(kPeerClass) + "\\LocalServer32", "-d", command}, home_), 0);
}

std::string Host::log() const { return contents(home_ + "/dcomd.log"); }
std::string Host::servers_log() const { return contents(home_ + "/servers.log"); }

int Host::logged(const std::string& text) const {
    const auto whole = log();
    int found = 0;
    for (std::size_t at = whole.find(text); at != std::string::npos; at = whole.find(text, at + 1)) ++found;
    return found;
}

std::uint32_t Host::requests() const {
    // rpc_mgmt_inq_stats (C706 appendix Q): calls in, calls out, packets in, packets out.
    const rpc::SyntaxId management{{0xAFA8BD80, 0x7D8A, 0x11C9, {0xBE, 0xF4, 0x08, 0x00, 0x2B, 0x10, 0x29, 0x89}}, 1, 0};
    auto binding = local();
    rpc::ClientCall call(binding.association(), management, 1);
    call.request().u32(4);
    if (!call.invoke()) return ~0u;
    (void)call.reply().u32();      // count
    (void)call.reply().count(4);
    const auto calls_in = call.reply().u32();
    return calls_in - 1 - questions_++;
}

Host& own_host() { return *own; }

}  // namespace odc::test
