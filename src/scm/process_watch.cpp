#include "scm/process_watch.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace odc::scm {
namespace {

std::string how_it_ended(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) return fmt::format("exited with status {}", info.si_status);
    return fmt::format("was ended by signal {}", info.si_status);
}

}  // namespace

ProcessWatch::ProcessWatch() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_.get();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
    thread_ = std::thread([this] { run(); });
}

ProcessWatch::~ProcessWatch() { stop(); }

void ProcessWatch::stop() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    thread_.join();
}

Result<> ProcessWatch::watch(pid_t pid, std::function<void()> on_end) {
    return add(pid, false, [on_end = std::move(on_end)](const std::string&) { on_end(); });
}

Result<> ProcessWatch::watch_child(pid_t pid, std::function<void(const std::string&)> on_end) {
    return add(pid, true, std::move(on_end));
}

Result<> ProcessWatch::add(pid_t pid, bool child, std::function<void(const std::string&)> on_end) {
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return fail(E_FAIL, fmt::format("cannot watch process {}: {}", pid, std::strerror(errno)));
    const int fd = pidfd.get();
    Lock lock(mutex_);
    watched_[fd] = {std::move(pidfd), pid, child, std::move(on_end)};
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        watched_.erase(fd);
        return fail(E_FAIL, fmt::format("cannot watch process {}: {}", pid, std::strerror(errno)));
    }
    return {};
}

void ProcessWatch::run() {
    std::array<epoll_event, 16> events;
    for (;;) {
        const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        if (n < 0 && errno != EINTR) return;
        for (int i = 0; i < n; ++i) {
            if (events[static_cast<std::size_t>(i)].data.fd == wake_.get()) return;
            ended(events[static_cast<std::size_t>(i)].data.fd);
        }
    }
}

void ProcessWatch::ended(int pidfd) {
    Watched gone;
    {
        Lock lock(mutex_);
        const auto found = watched_.find(pidfd);
        if (found == watched_.end()) return;
        gone = std::move(found->second);
        watched_.erase(found);
    }
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, pidfd, nullptr);
    std::string how = "ended";
    siginfo_t info{};
    // The child is only reaped behind the callback: until then its number cannot belong to another process.
    if (gone.child && ::waitid(P_PID, static_cast<id_t>(gone.pid), &info, WEXITED | WNOWAIT) == 0) how = how_it_ended(info);
    gone.on_end(how);
    if (gone.child) (void)::waitid(P_PID, static_cast<id_t>(gone.pid), &info, WEXITED);
}

}  // namespace odc::scm
