#include "rpc/server_state.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <random>

#include "base/log.h"
#include "rpc/server_connection.h"

namespace odc::rpc {
namespace {
/// How often running calls are looked at: one that is seen twice no longer keeps its connection from being read.
constexpr std::chrono::milliseconds kTick{4};
/// A connection on which nothing came for this long gives its thread back.
constexpr std::chrono::milliseconds kThreadPatience{1000};
/// A peer that does not take its response for this long is gone.
constexpr std::chrono::seconds kSendPatience{30};

/// Deadlines are kept to within this many milliseconds.
constexpr int kDeadlineGranularity = 250;

constexpr std::uint64_t kWakeTag = 0;
std::uint64_t listener_tag(int socket) { return static_cast<std::uint64_t>(socket) << 1 | 1; }
std::uint64_t connection_tag(const ServerConnection* connection) { return reinterpret_cast<std::uintptr_t>(connection); }

void add_to(Statistics& sum, const Statistics& more) {
    sum.calls_in += more.calls_in;
    sum.packets_in += more.packets_in;
    sum.packets_out += more.packets_out;
}

std::uint32_t random_group() {
    std::random_device device;
    return device() & 0x7FFFFFFF;
}
}  // namespace

Server::State::State(ServerLimits given)
    : limits(given), last_group_(random_group()), epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeTag;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
    interfaces.serve(kManagementSpec, static_cast<Managed*>(this), 0);
    monitor_ = std::thread([this] { monitor_main(); });
}

Statistics Server::State::statistics() const {
    Lock lock(mutex_);
    Statistics sum = past_;
    for (const auto& [key, entry] : connections_) add_to(sum, entry.connection->statistics());
    return sum;
}

std::string Server::State::principal_name(std::uint32_t authentication_service) const {
    const auto provider = providers.find(static_cast<std::uint8_t>(authentication_service));
    return provider && authentication_service < 256 ? provider->server_principal() : std::string();
}

Server::State::~State() { stop(); }

void Server::State::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

Result<Endpoint> Server::State::add(Listener listener) {
    const int socket = listener.socket.get();
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    const Endpoint endpoint = listener.endpoint;
    {
        Lock lock(mutex_);
        if (stopping_) return fail_win32(RPC_S_CANT_CREATE_ENDPOINT, "the server is stopped");
        listeners_.push_back(std::move(listener));
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = listener_tag(socket);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);
    return endpoint;
}

void Server::State::stop() {
    {
        Lock lock(mutex_);
        if (stopping_) return;
        stopping_ = true;
    }
    wake();
    monitor_.join();
    std::vector<Listener> listeners;
    std::vector<std::shared_ptr<ServerConnection>> connections;
    {
        Lock lock(mutex_);
        listeners.swap(listeners_);
        for (auto& [key, entry] : connections_) connections.push_back(entry.connection);
    }
    for (const Listener& listener : listeners)
        if (!listener.unlink.empty()) ::unlink(listener.unlink.c_str());
    listeners.clear();
    for (const auto& connection : connections) connection->disconnect();
    workers_.stop();
    {
        Lock lock(mutex_);
        connections_.clear();
        active_.clear();
        deadlines_.clear();
    }
    connections.clear();
    // Deferred calls do not keep their connections; what is answered right now does.
    Lock lock(mutex_);
    while (alive_ != 0) ended_.wait(lock);
}

void Server::State::connection_ended() {
    Lock lock(mutex_);
    --alive_;
    ended_.notify_all();
}

bool Server::State::arm(ServerConnection& connection, int operation) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
    event.data.u64 = connection_tag(&connection);
    return ::epoll_ctl(epoll_.get(), operation, connection.socket(), &event) == 0;
}

void Server::State::park(ServerConnection& connection) {
    Lock lock(mutex_);
    const auto found = connections_.find(&connection);
    if (found == connections_.end()) return;
    active_.erase(&connection);
    if (!stopping_) arm(connection, EPOLL_CTL_MOD);
}

void Server::State::no_longer_unknown(Entry& entry, const std::string& address) {
    if (!entry.unknown_peer) return;
    entry.unknown_peer = false;
    --unknown_;
    const auto count = unknown_by_address_.find(address);
    if (--count->second == 0) unknown_by_address_.erase(count);
}

void Server::State::forget(ServerConnection& connection) {
    std::shared_ptr<ServerConnection> last;  // its destructor closes the socket, outside the lock
    Lock lock(mutex_);
    const auto found = connections_.find(&connection);
    if (found == connections_.end()) return;
    active_.erase(&connection);
    deadlines_.erase(&connection);
    no_longer_unknown(found->second, connection.peer().address);
    add_to(past_, connection.statistics());
    last = std::move(found->second.connection);
    connections_.erase(found);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket(), nullptr);
    lock.unlock();
}

void Server::State::bound(ServerConnection& connection) {
    Lock lock(mutex_);
    deadlines_.erase(&connection);
}

void Server::State::authenticating(ServerConnection& connection) {
    Lock lock(mutex_);
    const auto found = connections_.find(&connection);
    if (found == connections_.end()) return;
    deadlines_.insert(&connection);
    found->second.deadline = Clock::now() + std::chrono::seconds(limits.authentication_seconds);
}

void Server::State::authenticated(ServerConnection& connection) {
    Lock lock(mutex_);
    const auto found = connections_.find(&connection);
    if (found != connections_.end()) no_longer_unknown(found->second, connection.peer().address);
}

std::uint32_t Server::State::join_group(std::uint32_t id, const GroupOwner& owner) {
    Lock lock(mutex_);
    if (id != 0) {
        const auto found = groups_.find(id);
        if (found == groups_.end() || found->second.owner != owner) return 0;
        ++found->second.connections;
        return id;
    }
    do {
        ++last_group_;
    } while (last_group_ == 0 || groups_.contains(last_group_));
    groups_[last_group_] = {owner, 1, nullptr};
    return last_group_;
}

void Server::State::leave_group(std::uint32_t id) {
    std::unique_ptr<ContextTable> ended;  // its destructor calls the servers, outside the lock
    Lock lock(mutex_);
    const auto found = groups_.find(id);
    if (found == groups_.end() || --found->second.connections != 0) return;
    ended = std::move(found->second.contexts);
    groups_.erase(found);
    lock.unlock();
}

ContextTable* Server::State::contexts_of(std::uint32_t group) {
    Lock lock(mutex_);
    const auto found = groups_.find(group);
    if (found == groups_.end()) return nullptr;
    if (!found->second.contexts) found->second.contexts = std::make_unique<ContextTable>(limits.context_handles);
    return found->second.contexts.get();
}

void Server::State::activate(ServerConnection* connection) {
    std::shared_ptr<Work> work;
    {
        Lock lock(mutex_);
        const auto found = connections_.find(connection);
        if (found == connections_.end() || stopping_) return;
        active_.insert(connection);
        found->second.seen_turn = 0;
        work = found->second.connection;
    }
    workers_.submit(std::move(work));
}

void Server::State::accept_from(int listener, Endpoint endpoint) {
    for (;;) {
        UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if ((errno == EMFILE || errno == ENFILE) && spare_) {
                log::warning("rpc", "connection to {} refused: no more file descriptors", endpoint.to_string());
                spare_.reset();
                UniqueFd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)).reset();
                spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
                continue;
            }
            return;
        }
        Peer peer = peer_of(socket.get());
        tune(socket.get(), endpoint.protocol);
        set_receive_timeout(socket.get(), kThreadPatience);
        set_send_timeout(socket.get(), kSendPatience);
        const bool unknown = !peer.local;
        Lock lock(mutex_);
        if (unknown) {
            unsigned& from_there = unknown_by_address_[peer.address];
            if (unknown_ >= limits.unauthenticated_connections || from_there >= limits.unauthenticated_per_address) {
                log::warning("rpc", "connection from {} refused: {} unauthenticated connections, {} of them from there", peer.address,
                             unknown_, from_there);
                if (from_there == 0) unknown_by_address_.erase(peer.address);
                continue;
            }
            ++from_there;
            ++unknown_;
        }
        auto connection = std::make_shared<ServerConnection>(*this, std::move(socket), std::move(peer), endpoint);
        ++alive_;
        Entry& entry = connections_[connection.get()];
        entry.connection = connection;
        entry.deadline = Clock::now() + std::chrono::seconds(limits.bind_seconds);
        entry.unknown_peer = unknown;
        deadlines_.insert(connection.get());
        arm(*connection, EPOLL_CTL_ADD);
    }
}

int Server::State::wait_time() {
    Lock lock(mutex_);
    if (!active_.empty()) return static_cast<int>(kTick.count());
    return deadlines_.empty() ? -1 : kDeadlineGranularity;
}

void Server::State::tick() {
    std::vector<std::shared_ptr<Work>> unread;
    {
        Lock lock(mutex_);
        if (!deadlines_.empty()) end_overdue();
        unread = take_over_long_calls();
    }
    for (auto& work : unread) workers_.submit(std::move(work));
}

void Server::State::end_overdue() {
    const auto now = Clock::now();
    for (auto at = deadlines_.begin(); at != deadlines_.end();) {
        ServerConnection& connection = **at;
        if (connections_.at(&connection).deadline > now) {
            ++at;
            continue;
        }
        log::warning("rpc", "{} did not bind, or not authenticate, in time", connection.peer_name());
        connection.disconnect();
        at = deadlines_.erase(at);
    }
}

std::vector<std::shared_ptr<Work>> Server::State::take_over_long_calls() {
    std::vector<std::shared_ptr<Work>> unread;
    for (auto at = active_.begin(); at != active_.end();) {
        ServerConnection& connection = **at;
        Entry& entry = connections_.at(&connection);
        const std::uint64_t turn = connection.turn();
        ++at;
        if (!ServerConnection::is_call(turn)) continue;
        if (turn != entry.seen_turn) {
            entry.seen_turn = turn;
            continue;
        }
        const auto taken = connection.take_over(turn);
        if (taken == ServerConnection::Taken::with_unread) unread.push_back(entry.connection);
        if (taken != ServerConnection::Taken::yes) continue;
        active_.erase(&connection);
        arm(connection, EPOLL_CTL_MOD);
    }
    return unread;
}

void Server::State::take_over(ServerConnection& connection, std::uint64_t turn) {
    std::shared_ptr<Work> unread;
    {
        Lock lock(mutex_);
        const auto entry = connections_.find(&connection);
        if (entry == connections_.end()) return;
        const auto taken = connection.take_over(turn);
        if (taken == ServerConnection::Taken::no) return;  // the monitor was faster
        if (taken == ServerConnection::Taken::with_unread) {
            unread = entry->second.connection;
        } else {
            active_.erase(&connection);
            arm(connection, EPOLL_CTL_MOD);
        }
    }
    if (unread) workers_.submit(std::move(unread));
}

void Server::State::monitor_main() {
    epoll_event events[64];
    auto last_tick = Clock::now();
    for (;;) {
        const int n = ::epoll_wait(epoll_.get(), events, 64, wait_time());
        for (int i = 0; i < n; ++i) {
            const std::uint64_t tag = events[i].data.u64;
            if (tag == kWakeTag) {
                std::uint64_t count;
                [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
            } else if (tag & 1) {
                const int socket = static_cast<int>(tag >> 1);
                Endpoint endpoint;
                {
                    Lock lock(mutex_);
                    for (const Listener& listener : listeners_)
                        if (listener.socket.get() == socket) endpoint = listener.endpoint;
                }
                accept_from(socket, std::move(endpoint));
            } else {
                activate(reinterpret_cast<ServerConnection*>(static_cast<std::uintptr_t>(tag)));
            }
        }
        {
            Lock lock(mutex_);
            if (stopping_) return;
        }
        if (const auto now = Clock::now(); now - last_tick >= kTick) {
            last_tick = now;
            tick();
        }
    }
}

}  // namespace odc::rpc
