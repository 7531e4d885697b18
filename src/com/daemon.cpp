// Reaching the host's daemon, and starting a private one for the user when there is none (design: one daemon, many instances).
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "base/instance.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "com/exporter.h"
#include "com/process_endpoint.h"

extern char** environ;

namespace odc::com {
namespace {

constexpr auto kStartTimeout = std::chrono::seconds(10);

bool accepts(const std::string& socket_path) {
    UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
    return ::connect(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

/// $OPENDCOM_DCOMD, else beside the library's folder (bin/ next to lib/), else the PATH.
std::string daemon_program() {
    if (const char* named = std::getenv("OPENDCOM_DCOMD")) return named;
    Dl_info own;
    if (::dladdr(reinterpret_cast<void*>(&accepts), &own) && own.dli_fname) {
        const std::string file = own.dli_fname;
        const auto folder = file.substr(0, file.rfind('/') == std::string::npos ? 0 : file.rfind('/'));
        for (const char* beside : {"/../bin/dcomd", "/dcomd", "/../../bin/dcomd"})
            if (::access((folder + beside).c_str(), X_OK) == 0) return folder + beside;
    }
    return "dcomd";
}

Result<> start_private(const Instance& here) {
    // One starter at a time; whoever comes second finds the daemon running.
    UniqueFd lock(::open((here.run + "/start.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return fail(E_FAIL, "cannot lock " + here.run + "/start.lock");
    if (accepts(here.daemon_socket())) return {};
    const std::string program = daemon_program();
    const char* arguments[] = {program.c_str(), "--private", nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, program.c_str(), &actions, &attributes, const_cast<char**>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed) return fail_win32(RPC_S_SERVER_UNAVAILABLE, "cannot start " + program + ": " + std::strerror(failed));
    log::info("com", "started {} for {} as process {}", program, here.run, child);
    // Ready is when the socket accepts; there is no other sign that works for every way the daemon may be started.
    const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
    while (std::chrono::steady_clock::now() < deadline) {
        if (accepts(here.daemon_socket())) return {};
        int status = 0;
        if (::waitpid(child, &status, WNOHANG) == child && !accepts(here.daemon_socket()))
            return fail_win32(RPC_S_SERVER_UNAVAILABLE, program + " ended at once; see " + here.log_file());
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return fail_win32(RPC_S_SERVER_UNAVAILABLE, program + " does not answer on " + here.daemon_socket());
}

}  // namespace

bool daemon_is_running() {
    const auto here = Instance::current();
    return here && accepts(here->daemon_socket());
}

Result<rpc::Binding> daemon_binding() {
    const auto here = ODC_TRY(Instance::current());
    static Mutex mutex;
    static auto* kept = new std::pair<std::string, std::shared_ptr<rpc::Association>>;
    Lock lock(mutex);
    if (kept->second && kept->first == here.daemon_socket() && !kept->second->broken()) return rpc::Binding(kept->second);
    if (!accepts(here.daemon_socket())) ODC_TRY(start_private(here));
    kept->first = here.daemon_socket();
    kept->second = association_with({rpc::Endpoint::Protocol::ncalrpc, "", here.daemon_socket()});
    return rpc::Binding(kept->second);
}

}  // namespace odc::com
