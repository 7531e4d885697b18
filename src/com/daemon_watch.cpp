#include "com/daemon_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/instance.h"
#include "base/log.h"
#include "base/unique_fd.h"

namespace odc::com {
namespace {

/// The process that listens on a local socket, as something to wait for its end with. Empty when nobody listens, or when it is process 1,
/// which listens for others.
UniqueFd listener_of(const std::string& path) {
    UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    ucred listener{};
    socklen_t size = sizeof listener;
    if (::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0 || listener.pid <= 1) return {};
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, listener.pid, 0)));
}

class Watch {
  public:
    Watch(std::string folder, std::string socket, std::function<void()> back)
        : socket_(std::move(socket)), back_(std::move(back)), changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
        if (changes_) (void)::inotify_add_watch(changes_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO);
        daemon_ = listener_of(socket_);
    }
    void run() {
        while (changes_) {
            if (daemon_) wait_for(daemon_.get());
            daemon_ = UniqueFd();
            // It may be back already: the folder is watched since before the old one ended.
            while (!is_back()) wait_for(changes_.get());
            back_();
        }
    }

  private:
    static void wait_for(int fd) {
        pollfd event{fd, POLLIN, 0};
        while (::poll(&event, 1, -1) < 0 && errno == EINTR) {}
    }
    /// Whether the daemon's socket was made since the last time; other files of the folder do not matter.
    bool socket_was_made() const {
        alignas(inotify_event) char events[4096];
        bool made = false;
        for (ssize_t size; (size = ::read(changes_.get(), events, sizeof events)) > 0;)
            for (ssize_t at = 0; at < size;) {
                const auto* event = reinterpret_cast<const inotify_event*>(events + at);
                made = made || (event->mask & IN_Q_OVERFLOW) || (event->len != 0 && socket_.ends_with("/" + std::string(event->name)));
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        return made;
    }
    /// A socket file appears before its owner listens: that takes the owner no time worth mentioning, but it may take it any.
    bool is_back() {
        const bool changed = socket_was_made();
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(changed ? 2 : 0);
        do {
            daemon_ = listener_of(socket_);
            if (daemon_) return true;
            if (changed) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        } while (std::chrono::steady_clock::now() < give_up);
        return false;
    }
    const std::string socket_;
    const std::function<void()> back_;
    UniqueFd changes_, daemon_;
};

}  // namespace

DaemonWatch::DaemonWatch(std::function<void()> back) {
    const auto here = Instance::current();
    if (!here) return;
    const std::string socket = here->daemon_socket();
    std::thread([socket, folder = socket.substr(0, socket.rfind('/')), back = std::move(back)]() mutable {
        Watch(folder, socket, std::move(back)).run();
    }).detach();
}

}  // namespace odc::com
