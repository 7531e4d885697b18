// dcomd: the service control manager of a host. See docs/dcomd.md.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/log.h"
#include "registry/registry.h"
#include "scm/daemon.h"
#include "scm/user.h"

namespace {

using namespace odc;

constexpr const char* kRoom = "dcomd";
constexpr int kFirstListenFd = 3;  // sd_listen_fds(3)

struct CommandLine {
    std::string home, log_file, ready_file, remote_user;
    std::vector<std::string> listen;
    bool is_private = false;
    bool allow_unauthenticated = false;
    unsigned activation_level = 0;  // 0: what the registry says, else 5
    unsigned ping_period = 120, ping_count = 3, launch_timeout = 30, idle_minutes = 10;
};

int parse(int argc, char** argv, CommandLine& line) {
    CLI::App app{"The service control manager of a host: endpoint mapper, object resolver, activator", "dcomd"};
    app.add_option("--home", line.home, "Directory of the instance (default: $OPENDCOM_HOME, or the user's)");
    app.add_option("--listen", line.listen, "ADDR[:PORT] to listen on besides the local socket; may be repeated; port 0 picks one");
    app.add_flag("--private", line.is_private, "Started on demand by a program: end quietly when another one serves, and when idle");
    app.add_option("--idle-minutes", line.idle_minutes, "With --private: end after so long without clients and classes (0: never)");
    app.add_option("--ping-period", line.ping_period, "Seconds between two pings of a client")->check(CLI::Range(1, 120));
    app.add_option("--ping-count", line.ping_count, "Missed pings after which a client counts as dead")->check(CLI::Range(1, 100));
    app.add_option("--launch-timeout", line.launch_timeout, "Seconds that a server has to register its class")->check(CLI::Range(1, 120));
    app.add_option("--activation-level", line.activation_level, "Lowest authentication level for activation from other hosts")
        ->check(CLI::Range(1, 6));
    app.add_flag("--allow-unauthenticated", line.allow_unauthenticated, "Short for --activation-level 1");
    app.add_option("--remote-user", line.remote_user, "User that servers run as when clients of other hosts start them (default: our own, but never root)");
    app.add_option("--ready-file", line.ready_file, "File that gets the endpoints, one per line, once they are served");
    app.add_option("--log", line.log_file, "Log file (default: dcomd.log in the instance; - is standard error)");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? -1 : 2;
    }
    if (line.allow_unauthenticated) line.activation_level = 1;
    return 0;
}

/// HKLM\SOFTWARE\OpenDCOM, value ActivationLevel.
unsigned level_from_registry() {
    const auto registry = registry::Registry::current();
    const auto key = registry::KeyPath::parse("HKLM\\SOFTWARE\\OpenDCOM");
    if (!registry || !key) return 0;
    const auto value = (*registry)->value(*key, "ActivationLevel");
    if (!value || !*value) return 0;
    const auto level = (**value).as_dword().value_or(0);
    return level >= 1 && level <= 6 ? level : 0;
}

/// The sockets that systemd hands over (sd_listen_fds(3)).
std::vector<int> sockets_from_systemd() {
    const char* pid = std::getenv("LISTEN_PID");
    const char* count = std::getenv("LISTEN_FDS");
    std::vector<int> sockets;
    if (!pid || !count || std::atol(pid) != ::getpid()) return sockets;
    for (int i = 0; i < std::atoi(count); ++i) {
        ::fcntl(kFirstListenFd + i, F_SETFD, FD_CLOEXEC);
        sockets.push_back(kFirstListenFd + i);
    }
    return sockets;
}

/// sd_notify(3).
void notify_systemd(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!path || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof address.sun_path) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    std::memcpy(address.sun_path, path, std::strlen(path));
    if (path[0] == '@') address.sun_path[0] = 0;
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    (void)::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
}

/// Appears with its whole content at once.
bool write_ready_file(const std::string& path, const std::string& content) {
    const auto unfinished = path + ".new";
    std::FILE* file = std::fopen(unfinished.c_str(), "we");
    if (!file) return false;
    std::fputs(content.c_str(), file);
    return std::fclose(file) == 0 && std::rename(unfinished.c_str(), path.c_str()) == 0;
}

Result<scm::DaemonOptions> options_of(const CommandLine& line) {
    if (!line.home.empty()) {
        ::mkdir(line.home.c_str(), 0700);
        char* absolute = ::realpath(line.home.c_str(), nullptr);
        if (!absolute) return fail(E_INVALIDARG, "no directory " + line.home);
        ::setenv("OPENDCOM_HOME", absolute, 1);
        std::free(absolute);
    }
    scm::DaemonOptions options;
    options.instance = ODC_TRY(Instance::current());
    if (const char* home = std::getenv("OPENDCOM_HOME")) options.servers_home = home;
    options.listen = line.listen;
    options.listening_sockets = sockets_from_systemd();
    if (options.listen.empty() && options.listening_sockets.empty() && !line.is_private && ::geteuid() == 0) options.listen = {""};
    options.pings.period = std::chrono::seconds(line.ping_period);
    options.pings.periods_to_timeout = line.ping_count;
    options.launch.timeout = std::chrono::seconds(line.launch_timeout);
    options.minimum_activation_level = line.activation_level ? line.activation_level : level_from_registry();
    if (options.minimum_activation_level == 0) options.minimum_activation_level = 5;
    if (!line.remote_user.empty()) options.remote_uid = ODC_TRY(scm::find_user(line.remote_user)).uid;
    return options;
}

/// Waits for a signal that ends us; keeps house meanwhile. With `idle` != 0 it also returns when nobody needed us for so long.
void serve_until_told(scm::Daemon& daemon, const sigset_t& signals, std::chrono::seconds sweep, std::chrono::minutes idle) {
    const timespec tick{static_cast<time_t>(sweep.count()), 0};
    for (;;) {
        const int signal = ::sigtimedwait(&signals, nullptr, &tick);
        if (signal > 0) return log::info(kRoom, "ending: {}", ::strsignal(signal));
        daemon.scm().pings.sweep();
        const auto since = daemon.scm().idle_since();
        if (idle.count() != 0 && since && std::chrono::steady_clock::now() - *since > idle)
            return log::info(kRoom, "ending: nobody needed this daemon for {} minutes", idle.count());
    }
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line;
    if (const int wrong = parse(argc, argv, line)) return wrong < 0 ? 0 : wrong;
    log::set_program("dcomd");
    if (!std::getenv("OPENDCOM_LOG")) log::set_level(log::Level::info);

    // Before the first thread starts, so that all of them leave these signals to us.
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);

    auto options = options_of(line);
    if (!options) {
        std::fprintf(stderr, "dcomd: %s\n", options.error().text().c_str());
        return 1;
    }
    if (line.log_file != "-") log::to_file(line.log_file.empty() ? options->instance.log_file() : line.log_file);
    const auto level = options->minimum_activation_level;
    const bool remote_as_root = options->remote_uid == std::uint32_t{0};
    const auto sweep = std::chrono::seconds(std::max(1u, std::min(line.ping_period / 4, 15u)));

    auto started = scm::Daemon::start(std::move(*options));
    if (!started) {
        if (line.is_private && started.code() == HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)) return 0;
        log::error(kRoom, "{}", started.error().text());
        std::fprintf(stderr, "dcomd: %s\n", started.error().text().c_str());
        return 1;
    }
    scm::Daemon& daemon = **started;
    if (level < 5)
        log::warning(kRoom, "activation is allowed from authentication level {} on{}", level,
                     remote_as_root ? ", and servers started from other hosts run as root (--remote-user)" : "");

    std::string endpoints;
    for (const auto& endpoint : daemon.endpoints()) endpoints += endpoint.to_string() + "\n";
    std::fputs(endpoints.c_str(), stdout);
    std::fflush(stdout);
    if (!line.ready_file.empty() && !write_ready_file(line.ready_file, endpoints)) log::error(kRoom, "cannot write {}", line.ready_file);
    notify_systemd("READY=1");

    serve_until_told(daemon, signals, sweep, std::chrono::minutes(line.is_private ? line.idle_minutes : 0));
    notify_systemd("STOPPING=1");
    daemon.stop(std::chrono::seconds(2));
    return 0;
}
