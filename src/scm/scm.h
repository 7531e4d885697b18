// The service control manager of a host: its tables, and what ties them together when a process comes or goes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "scm/activator.h"
#include "scm/endpoint_map.h"
#include "scm/ping_sets.h"
#include "scm/process_watch.h"
#include "scm/processes.h"
#include "scm/server_launcher.h"

namespace odc::scm {

struct ScmOptions {
    ActivatorOptions activation;
    PingLimits pings;
    Clock clock = monotonic_clock();
    std::string servers_home;    ///< OPENDCOM_HOME of the servers it starts; empty: they find the instance as we did
    std::string servers_output;  ///< the file that gets what they write
};

class Scm {
  public:
    explicit Scm(ScmOptions options);
    ~Scm();
    Scm(const Scm&) = delete;
    Scm& operator=(const Scm&) = delete;

    EndpointMap endpoints;
    ClassTable classes;
    ProcessTable processes;
    PingSets pings;

    Activator& activator() { return activator_; }
    /// Waits until they are set: clients may come before the daemon knows the ports it listens on.
    const orpc::DualStringArray& resolver_bindings() const ODC_EXCLUDES(mutex_);
    void set_resolver_bindings(orpc::DualStringArray bindings) ODC_EXCLUDES(mutex_);
    bool may_connect(const Caller& caller) const;

    /// A process starts to export objects. What it had registered before is dropped.
    /// Errors (Win32): OR_INVALID_OXID for a tag in use; ERROR_ACCESS_DENIED when the process cannot be watched.
    Result<> connect(const std::shared_ptr<ServerProcess>& process) ODC_EXCLUDES(mutex_);
    /// The process owns elements of the endpoint map.
    void watch_owner(std::int32_t pid) ODC_EXCLUDES(mutex_);

    /// Notes that somebody used the daemon; `idle_since` is the last time, or nothing as long as somebody needs it.
    void used() { last_use_.store(now(), std::memory_order_relaxed); }
    std::optional<std::chrono::steady_clock::time_point> idle_since() const;

    /// Fails waiting clients and ends the servers that were started: asked first, killed after `grace`.
    void shut_down(std::chrono::milliseconds grace);

  private:
    static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    Activator::World world();
    void drop(const ServerProcess& process);

    const ScmOptions options_;
    ProcessWatch watch_;
    ServerLauncher launcher_;
    Activator activator_;
    std::atomic<std::chrono::steady_clock::time_point> last_use_{now()};
    mutable Mutex mutex_;
    mutable std::condition_variable_any bindings_set_;
    std::optional<orpc::DualStringArray> resolver_bindings_ ODC_GUARDED_BY(mutex_);  ///< set once
    std::set<std::int32_t> watched_owners_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::scm
