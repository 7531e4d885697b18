#include "rpc/reply_watch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <thread>

#include "rpc/association.h"

namespace odc::rpc {

ReplyWatch& ReplyWatch::instance() {
    static auto* watch = new ReplyWatch;  // its thread lives as long as the process
    return *watch;
}

bool ReplyWatch::open() {
    if (epoll_) return true;
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    epoll_event event{EPOLLIN, {.fd = wake.get()}};
    if (!epoll || !wake || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) return false;
    epoll_ = std::move(epoll);
    wake_ = std::move(wake);
    std::thread([this] { run(); }).detach();
    return true;
}

bool ReplyWatch::add(std::shared_ptr<AssociationImpl> association, std::shared_ptr<Connection> connection) {
    const int socket = connection->socket.get();
    Lock lock(mutex_);
    epoll_event event{EPOLLIN, {.fd = socket}};
    if (!open() || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) != 0) return false;
    by_socket_[socket] = {std::move(association), std::move(connection)};
    return true;
}

void ReplyWatch::look_again() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

std::vector<ReplyWatch::Watched> ReplyWatch::all() {
    std::vector<Watched> copies;
    Lock lock(mutex_);
    for (const auto& [socket, watched] : by_socket_) copies.push_back(watched);
    return copies;
}

void ReplyWatch::serve(const Watched& watched) {
    if (!watched.association->end_watch(*watched.connection)) return;
    {
        Lock lock(mutex_);
        const int socket = watched.connection->socket.get();
        by_socket_.erase(socket);
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    }
    watched.association->give_back(watched.connection);
}

void ReplyWatch::run() {
    epoll_event events[32];
    for (;;) {
        const int ready = ::epoll_wait(epoll_.get(), events, std::size(events), -1);
        for (int i = 0; i < ready; ++i) {
            if (events[i].data.fd == wake_.get()) {
                std::uint64_t count;
                (void)!::read(wake_.get(), &count, sizeof count);
                for (const Watched& watched : all()) serve(watched);
                continue;
            }
            Watched watched;
            {
                Lock lock(mutex_);
                const auto found = by_socket_.find(events[i].data.fd);
                if (found == by_socket_.end()) continue;
                watched = found->second;
            }
            watched.association->read_watched(watched.connection);
            serve(watched);
        }
    }
}

}  // namespace odc::rpc
