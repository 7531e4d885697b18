// The inside of a Server: listeners, connections, association groups, the thread that watches what nobody reads.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/unique_fd.h"
#include "rpc/context_table.h"
#include "rpc/interface_table.h"
#include "rpc/management.h"
#include "rpc/server_security.h"
#include "rpc/socket.h"
#include "rpc/worker_pool.h"

namespace odc::rpc {

class ServerConnection;

/// Who may join an association group: connections of the same host, or of the same user of this machine.
struct GroupOwner {
    std::string address;
    std::uint32_t uid = 0;
    friend bool operator==(const GroupOwner&, const GroupOwner&) = default;
};

class Server::State final : public Managed {
  public:
    explicit State(ServerLimits limits);
    ~State() override;

    Result<Endpoint> add(Listener listener) ODC_EXCLUDES(mutex_);
    void stop() ODC_EXCLUDES(mutex_);

    std::vector<SyntaxId> served_interfaces() const override { return interfaces.ids(); }
    Statistics statistics() const override ODC_EXCLUDES(mutex_);
    std::string principal_name(std::uint32_t authentication_service) const override;

    // For connections -------------------------------------------------------------------------------------------------
    /// Nobody reads the connection any more; when bytes come, a worker will. The caller must not touch it afterwards.
    void park(ServerConnection& connection) ODC_EXCLUDES(mutex_);
    /// The call of `turn` waits for something: others go on reading its connection.
    void take_over(ServerConnection& connection, std::uint64_t turn) ODC_EXCLUDES(mutex_);
    /// The connection is over.
    void forget(ServerConnection& connection) ODC_EXCLUDES(mutex_);
    /// The connection's memory goes; the last thing that it does to the server.
    void connection_ended() ODC_EXCLUDES(mutex_);
    /// The connection has bound, or has authenticated its peer: its deadline and its place among the unknown end.
    void bound(ServerConnection& connection) ODC_EXCLUDES(mutex_);
    /// The connection has begun to authenticate its peer, which must end in time too.
    void authenticating(ServerConnection& connection) ODC_EXCLUDES(mutex_);
    void authenticated(ServerConnection& connection) ODC_EXCLUDES(mutex_);

    /// A new association group (id 0), or one more connection in an existing one. 0: there is none, or it is not the owner's.
    std::uint32_t join_group(std::uint32_t id, const GroupOwner& owner) ODC_EXCLUDES(mutex_);
    /// The last connection that leaves ends the association: its contexts are run down, on this thread.
    void leave_group(std::uint32_t id) ODC_EXCLUDES(mutex_);
    /// The context handles of a group, which live as long as it has connections.
    ContextTable* contexts_of(std::uint32_t group) ODC_EXCLUDES(mutex_);

    const ServerLimits limits;
    InterfaceTable interfaces;
    ProviderTable providers;
    std::atomic<bool> prefer_ndr64{false};

  private:
    using Clock = std::chrono::steady_clock;
    struct Group {
        GroupOwner owner;
        unsigned connections = 0;
        std::unique_ptr<ContextTable> contexts;  // made when it is first needed
    };
    /// What the monitor knows of a connection.
    struct Entry {
        std::shared_ptr<ServerConnection> connection;
        Clock::time_point deadline = Clock::time_point::max();
        bool unknown_peer = false;   // counts against the limits of unauthenticated connections
        std::uint64_t seen_turn = 0;
    };

    void monitor_main() ODC_EXCLUDES(mutex_);
    void accept_from(int listener, Endpoint endpoint) ODC_EXCLUDES(mutex_);
    void activate(ServerConnection* connection) ODC_EXCLUDES(mutex_);
    void no_longer_unknown(Entry& entry, const std::string& address) ODC_REQUIRES(mutex_);
    bool arm(ServerConnection& connection, int operation);
    void tick() ODC_EXCLUDES(mutex_);
    void end_overdue() ODC_REQUIRES(mutex_);
    /// Takes the reading from calls that take long; the connections on which somebody has to go on at once.
    std::vector<std::shared_ptr<Work>> take_over_long_calls() ODC_REQUIRES(mutex_);
    int wait_time() ODC_EXCLUDES(mutex_);
    void wake();

    mutable Mutex mutex_;
    std::vector<Listener> listeners_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<ServerConnection*, Entry> connections_ ODC_GUARDED_BY(mutex_);
    std::map<std::uint32_t, Group> groups_ ODC_GUARDED_BY(mutex_);
    std::map<std::string, unsigned> unknown_by_address_ ODC_GUARDED_BY(mutex_);
    std::size_t unknown_ ODC_GUARDED_BY(mutex_) = 0;
    std::unordered_set<ServerConnection*> active_ ODC_GUARDED_BY(mutex_);     // those that a worker reads
    std::unordered_set<ServerConnection*> deadlines_ ODC_GUARDED_BY(mutex_);  // those that have one
    std::size_t alive_ ODC_GUARDED_BY(mutex_) = 0;  // connections in memory: more than the table's while somebody answers on one
    std::condition_variable_any ended_;
    std::uint32_t last_group_ ODC_GUARDED_BY(mutex_);
    bool stopping_ ODC_GUARDED_BY(mutex_) = false;
    Statistics past_ ODC_GUARDED_BY(mutex_);  // of connections that are over

    UniqueFd epoll_;
    UniqueFd wake_;
    UniqueFd spare_;  // given up for a moment to refuse a connection when there are no more file descriptors
    WorkerPool workers_;
    std::thread monitor_;
};

}  // namespace odc::rpc
