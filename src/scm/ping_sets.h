// Ping sets: which objects of this host still have clients elsewhere (MS-DCOM 3.1.2.1, 3.1.2.5.1.2, .3, 3.1.2.6).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"
#include "opendcom/base/result.h"
#include "orpc/ids.h"

namespace odc::scm {

/// A clock that does not run while the machine sleeps and is never set (CLOCK_MONOTONIC); tests put their own in.
using Clock = std::function<std::chrono::steady_clock::time_point()>;
Clock monotonic_clock();

struct PingLimits {
    std::chrono::seconds period{120};
    unsigned periods_to_timeout = 3;
    std::size_t sets_per_principal = 64;
    std::size_t oids_per_principal = 65536;
    std::size_t sets = 4096;          ///< of all principals
    std::size_t oids = 1u << 20;
    std::size_t watched_oids_per_process = 65536;
};

struct PingDelta {
    orpc::SetId set{};  ///< 0: a new one
    std::uint16_t sequence = 0;
    std::span<const orpc::Oid> add;
    std::span<const orpc::Oid> remove;
};

/// May be used from any thread. A principal is whoever a quota counts for: a user, a security principal or an address.
class PingSets {
  public:
    /// `exists` says whether an OID can be one of this host's; called without the lock.
    PingSets(PingLimits limits, Clock clock, std::function<bool(orpc::Oid)> exists);

    /// Errors (Win32): OR_INVALID_SET when the set is unknown or expired.
    Result<> simple_ping(orpc::SetId set) ODC_EXCLUDES(mutex_);
    /// Creates or changes a set. A sequence number older than the set's (modulo 2^16) changes nothing and succeeds.
    /// Errors (Win32): OR_INVALID_SET; OR_INVALID_OID for an added object that is none of ours (an existing set keeps what was
    /// added before it, and is not pinged); RPC_S_OUT_OF_RESOURCES over a quota.
    Result<orpc::SetId> complex_ping(const PingDelta& ping, const std::string& principal) ODC_EXCLUDES(mutex_);

    /// For each object of a process: does it have a living client, or is it too early to say so (asked for the first time less
    /// than the timeout ago and never pinged)? Objects found dead are forgotten.
    std::vector<bool> alive(std::span<const orpc::Oid> oids) ODC_EXCLUDES(mutex_);
    /// Drops the sets whose time is over. Called now and then, at least once a period; after a gap (the daemon was stopped
    /// or starved) all sets get that time on top.
    void sweep() ODC_EXCLUDES(mutex_);
    /// The process with this part of its OIDs is gone: its objects leave all sets.
    void forget_process(std::uint32_t process_part) ODC_EXCLUDES(mutex_);

    std::chrono::seconds timeout() const { return limits_.period * limits_.periods_to_timeout; }
    const PingLimits& limits() const { return limits_; }
    std::size_t set_count() const ODC_EXCLUDES(mutex_);
    std::size_t oid_count() const ODC_EXCLUDES(mutex_);

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Set {
        std::string principal;
        std::uint16_t sequence = 0;
        Time pinged;
        std::unordered_set<std::uint64_t> oids;
    };
    struct Use {
        std::size_t sets = 0;
        std::size_t oids = 0;
    };
    void expire(Time now) ODC_REQUIRES(mutex_);
    void add(Set& set, std::uint64_t oid) ODC_REQUIRES(mutex_);
    void remove(Set& set, std::uint64_t oid, Time now, bool grace) ODC_REQUIRES(mutex_);
    void drop_use(const std::string& principal, std::size_t sets, std::size_t oids) ODC_REQUIRES(mutex_);

    const PingLimits limits_;
    const Clock clock_;
    const std::function<bool(orpc::Oid)> exists_;
    mutable Mutex mutex_;
    std::unordered_map<std::uint64_t, Set> sets_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, std::uint32_t> pinned_ ODC_GUARDED_BY(mutex_);  ///< OID → number of sets it is in
    /// Objects in no set, and until when they count as alive all the same; by process part, then OID.
    std::unordered_map<std::uint32_t, std::unordered_map<std::uint64_t, Time>> unpinned_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::string, Use> use_ ODC_GUARDED_BY(mutex_);
    std::size_t oids_in_sets_ ODC_GUARDED_BY(mutex_) = 0;
    Time last_seen_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::scm
