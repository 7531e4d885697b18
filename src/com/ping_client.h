// Keeps the objects of others alive that this process uses (MS-DCOM 3.2.6.1), and finds out which of its own objects have lost their
// clients (3.1.1.6.2).
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <string>

#include "base/mutex.h"
#include "com/exporter.h"

class IObjectExporter_client;

namespace odc::com {

class PingClient {
  public:
    static PingClient& instance();
    /// An import came or went, or an export left the process. Cheap: at most arms the housekeeper.
    void changed();
    /// Does what is due; called by the housekeeper. Returns when it wants to be called again.
    std::chrono::steady_clock::time_point work() ODC_EXCLUDES(mutex_);
    static std::uint64_t ping_count();

  private:
    using Clock = std::chrono::steady_clock;
    /// One ping set at one resolver.
    struct PingSet {
        orpc::DualStringArray resolver;
        std::uint64_t id = 0;
        std::uint16_t sequence = 0;
        std::set<std::uint64_t> members;  ///< as the resolver knows them
        /// Pings that still have to name all members, after the resolver lost the set: its host's programs may be on their way back
        /// to it as well, and it leaves out of a set what it does not know.
        unsigned rebuilds = 0;
        /// Just made: a resolver leaves out of a new set what it does not know (yet: its programs may be registering with it again) and
        /// says nothing. The second ping names all members once more; of a set that exists the resolver says what it misses.
        bool unproven = false;
        void forget(unsigned periods);
    };
    void learn_times() ODC_REQUIRES(mutex_);
    void ping_imports() ODC_REQUIRES(mutex_);
    static Result<> change_set(IObjectExporter_client& client, PingSet& set, const std::set<std::uint64_t>& wanted);
    void ping(PingSet& set, const std::set<std::uint64_t>& wanted) ODC_REQUIRES(mutex_);
    void run_down_exports() ODC_REQUIRES(mutex_);

    std::atomic<bool> armed_{false};
    Mutex mutex_;
    bool times_known_ ODC_GUARDED_BY(mutex_) = false;
    Clock::duration period_ ODC_GUARDED_BY(mutex_) = std::chrono::seconds(120);
    unsigned periods_to_timeout_ ODC_GUARDED_BY(mutex_) = 3;
    Clock::time_point next_ ODC_GUARDED_BY(mutex_) = Clock::time_point::min();
    std::map<std::string, PingSet> sets_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
