// Server starts under way: one per class and identity, however many clients wait for it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/guid.h"
#include "base/mutex.h"
#include "opendcom/base/result.h"

namespace odc::scm {

struct LaunchLimits {
    std::chrono::milliseconds timeout{30000};  ///< until the class is registered; the option goes up to 120 s
    unsigned pending = 32;
    unsigned pending_per_principal = 4;
};

/// What is started: a class, under a Unix user.
struct LaunchKey {
    Guid clsid{};
    std::uint32_t uid = 0;
    bool operator<(const LaunchKey& other) const {
        if (clsid != other.clsid) return GuidLess{}(clsid, other.clsid);
        return uid < other.uid;
    }
};
enum class LaunchId : std::uint64_t {};

/// May be used from any thread; `await` blocks the thread of the client's call.
class Launches {
  public:
    /// `end_group` ends a process group; called without the lock.
    Launches(LaunchLimits limits, std::function<void(pid_t)> end_group);

    /// What one client brings: who it is for the quota (empty: a local one, which only the total limits), how to see whether
    /// the class is there already, and how to start its server.
    struct Request {
        std::string principal;
        std::function<bool()> available;
        std::function<Result<pid_t>(LaunchId)> start;
    };
    /// Returns when the class has been registered since the call began: by the launch it joined or started, or by somebody else.
    /// Errors: what `start` said; CO_E_SERVER_EXEC_FAILURE when the server ended or the time was over before its class was there;
    /// HRESULT_FROM_WIN32(RPC_S_SERVER_TOO_BUSY) over a quota. Clients that join a launch take nothing of a quota.
    Result<> await(const LaunchKey& key, const Request& request) ODC_EXCLUDES(mutex_);

    /// A class became visible to clients whose servers run as the users that `serves` takes.
    void registered(const Guid& clsid, const std::function<bool(std::uint32_t uid)>& serves) ODC_EXCLUDES(mutex_);
    /// The process of this launch has ended; `how` says with which status. Nothing happens when its class was registered in time.
    void exited(LaunchId id, const std::string& how) ODC_EXCLUDES(mutex_);
    /// Fails all waiting clients, now and later.
    void shut_down() ODC_EXCLUDES(mutex_);
    std::size_t pending() const ODC_EXCLUDES(mutex_);

  private:
    struct Launch {
        LaunchId id{};
        std::string principal;
        std::chrono::steady_clock::time_point deadline;
        pid_t pid = 0;  ///< 0 while it is being started
        bool over = false;
        HRESULT hr = S_OK;
        std::string why;
        std::condition_variable_any ended;
    };
    void end(const LaunchKey& key, Launch& launch, HRESULT hr, std::string why) ODC_REQUIRES(mutex_);
    Result<std::shared_ptr<Launch>> begin(const LaunchKey& key, const Request& request) ODC_REQUIRES(mutex_);

    const LaunchLimits limits_;
    const std::function<void(pid_t)> end_group_;
    mutable Mutex mutex_;
    std::map<LaunchKey, std::shared_ptr<Launch>> launches_ ODC_GUARDED_BY(mutex_);
    std::uint64_t last_id_ ODC_GUARDED_BY(mutex_) = 0;
    bool shut_down_ ODC_GUARDED_BY(mutex_) = false;
};

}  // namespace odc::scm
