#include "scm/server_launcher.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "scm/command_line.h"
#include "scm/user.h"

extern char** environ;

namespace odc::scm {
namespace {

/// Ours for our own user; for another one only what says where and who.
std::vector<std::string> environment_for(const std::optional<User>& user, const std::string& home) {
    std::vector<std::string> variables;
    if (user) {
        variables = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + user->home,
                     "USER=" + user->name, "LOGNAME=" + user->name};
        if (const char* language = std::getenv("LANG")) variables.push_back(std::string("LANG=") + language);
    } else {
        for (char** v = environ; *v; ++v) {
            const std::string_view text = *v;
            if (text.starts_with("LISTEN_") || text.starts_with("NOTIFY_SOCKET=") || text.starts_with("WATCHDOG_")) continue;
            if (!home.empty() && text.starts_with("OPENDCOM_HOME=")) continue;
            variables.emplace_back(text);
        }
    }
    if (!home.empty()) variables.push_back("OPENDCOM_HOME=" + home);
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (auto& s : strings) out.push_back(s.data());
    out.push_back(nullptr);
    return out;
}

struct Image {
    const char* program;
    char* const* arguments;
    char* const* variables;
    const User* user;
    int input, output, report;
};

/// Between fork and exec: only calls that are safe while other threads held locks at the fork.
[[noreturn]] void become(const Image& image) {
    ::setsid();
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int n = 1; n < NSIG; ++n) ::sigaction(n, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    int step = 0;
    const bool ready = ::dup2(image.input, 0) >= 0 && ::dup2(image.output, 1) >= 0 && ::dup2(image.output, 2) >= 0 &&
                       ::syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC) == 0 && ::chdir("/") == 0;
    bool changed = true;
    if (ready && image.user) {
        step = 1;
        changed = ::setgroups(image.user->groups.size(), image.user->groups.data()) == 0 && ::setgid(image.user->gid) == 0 &&
                  ::setuid(image.user->uid) == 0;
    }
    if (ready && changed) {
        step = 2;
        ::execve(image.program, image.arguments, image.variables);
    }
    const int report[2] = {step, errno};
    (void)!::write(image.report, report, sizeof report);
    ::_exit(127);
}

}  // namespace

ServerLauncher::ServerLauncher(ProcessWatch& watch, std::string home, std::string output)
    : watch_(watch), home_(std::move(home)), output_(std::move(output)) {}

Result<pid_t> ServerLauncher::start(ServerStart start) {
    auto words = ODC_TRY(parse_server_command(start.command_line, [](const auto& name) { return !find_program(name).empty(); }));
    const std::string wanted = start.program.empty() ? words.front() : start.program;
    const std::string program = find_program(wanted);
    if (program.empty()) return fail(CO_E_SERVER_EXEC_FAILURE, "no executable program " + wanted);
    words.emplace_back("-Embedding");

    std::optional<User> user;
    if (start.uid != ::geteuid()) {
        user = ODC_TRY(find_user(start.uid));
        if (::geteuid() != 0) return fail(CO_E_RUNAS_LOGON_FAILURE, "only root's daemon starts servers as " + user->name);
    }
    auto variables = environment_for(user, home_);

    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) return fail(CO_E_SERVER_EXEC_FAILURE, std::string("pipe: ") + std::strerror(errno));
    const UniqueFd report(pipe[0]);
    UniqueFd write_end(pipe[1]);
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const UniqueFd output(output_.empty() ? -1 : ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    const auto argument_pointers = pointers(words);
    const auto variable_pointers = pointers(variables);
    const Image image{program.c_str(), argument_pointers.data(), variable_pointers.data(), user ? &*user : nullptr,
                      null.get(), output ? output.get() : null.get(), write_end.get()};

    const pid_t pid = ::fork();
    if (pid < 0) return fail(CO_E_SERVER_EXEC_FAILURE, std::string("fork: ") + std::strerror(errno));
    if (pid == 0) become(image);
    write_end.reset();
    {
        Lock lock(mutex_);
        running_.insert(pid);
    }
    auto watched = watch_.watch_child(pid, [this, pid, on_end = std::move(start.on_end)](const std::string& how) {
        if (on_end) on_end(how);
        Lock lock(mutex_);
        running_.erase(pid);
        fewer_.notify_all();
    });
    int failed[2] = {0, 0};
    ssize_t got = 0;
    do got = ::read(report.get(), failed, sizeof failed);
    while (got < 0 && errno == EINTR);
    if (got == sizeof failed) {
        const auto why = std::string(std::strerror(failed[1]));
        if (failed[0] == 1) return fail(CO_E_RUNAS_LOGON_FAILURE, "cannot become " + user->name + ": " + why);
        return fail(CO_E_SERVER_EXEC_FAILURE, "cannot execute " + program + ": " + why);
    }
    if (!watched) {
        end_group(pid);
        (void)::waitpid(pid, nullptr, 0);
        Lock lock(mutex_);
        running_.erase(pid);
        return std::move(watched.error());
    }
    return pid;
}

void ServerLauncher::end_group(pid_t group) { (void)::kill(-group, SIGKILL); }

void ServerLauncher::end_all(std::chrono::milliseconds grace) {
    const auto until = std::chrono::steady_clock::now() + grace;
    Lock lock(mutex_);
    for (const pid_t pid : running_) (void)::kill(-pid, SIGTERM);
    while (!running_.empty())
        if (fewer_.wait_until(lock, until) == std::cv_status::timeout) break;
    for (const pid_t pid : running_) end_group(pid);
    while (!running_.empty()) fewer_.wait(lock);
}

std::size_t ServerLauncher::running() const {
    Lock lock(mutex_);
    return running_.size();
}

}  // namespace odc::scm
