#include "scm/ping_sets.h"

#include <fmt/format.h>

#include <random>

namespace odc::scm {
namespace {

std::uint64_t raw(orpc::Oid oid) { return static_cast<std::uint64_t>(oid); }

/// Set ids are the only thing that ties a ping to its set, so they must not be guessable.
std::uint64_t random_set_id() {
    std::random_device device;
    std::uint64_t id = 0;
    while (id == 0) id = static_cast<std::uint64_t>(device()) << 32 | device();
    return id;
}

/// RFC 1982 arithmetic: sequence numbers wrap after 65535 changes of a set.
bool older(std::uint16_t given, std::uint16_t known) { return static_cast<std::int16_t>(given - known) < 0; }

}  // namespace

Clock monotonic_clock() {
    return [] { return std::chrono::steady_clock::now(); };
}

PingSets::PingSets(PingLimits limits, Clock clock, std::function<bool(orpc::Oid)> exists)
    : limits_(limits), clock_(std::move(clock)), exists_(std::move(exists)), last_seen_(clock_()) {}

Result<> PingSets::simple_ping(orpc::SetId set) {
    Lock lock(mutex_);
    const Time now = clock_();
    expire(now);
    const auto found = sets_.find(static_cast<std::uint64_t>(set));
    if (found == sets_.end()) return fail_win32(OR_INVALID_SET, fmt::format("no ping set {:016x}", static_cast<std::uint64_t>(set)));
    found->second.pinged = now;
    return {};
}

Result<orpc::SetId> PingSets::complex_ping(const PingDelta& ping, const std::string& principal) {
    std::vector<bool> known(ping.add.size());
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = exists_(ping.add[i]);

    Lock lock(mutex_);
    const Time now = clock_();
    expire(now);
    auto id = static_cast<std::uint64_t>(ping.set);
    auto found = sets_.find(id);
    const bool fresh = id == 0;
    if (!fresh && found == sets_.end()) return fail_win32(OR_INVALID_SET, fmt::format("no ping set {:016x}", id));
    if (!fresh && older(ping.sequence, found->second.sequence)) return ping.set;

    const std::string& payer = fresh ? principal : found->second.principal;
    std::size_t added = 0;
    for (std::size_t i = 0; i < known.size(); ++i)
        if (known[i] && (fresh || !found->second.oids.contains(raw(ping.add[i])))) ++added;
    const auto used = use_.contains(payer) ? use_.at(payer) : Use{};
    if (used.oids + added > limits_.oids_per_principal || oids_in_sets_ + added > limits_.oids ||
        (fresh && (used.sets + 1 > limits_.sets_per_principal || sets_.size() + 1 > limits_.sets)))
        return fail_win32(RPC_S_OUT_OF_RESOURCES, "quota of ping sets or of objects in them reached by " + payer);

    if (fresh) {
        do id = random_set_id();
        while (sets_.contains(id));
        found = sets_.emplace(id, Set{principal, ping.sequence, now, {}}).first;
        ++use_[principal].sets;
    }
    Set& set = found->second;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i]) {
            add(set, raw(ping.add[i]));
        } else if (!fresh) {
            // A new set silently leaves out what is unknown (3.1.2.5.1.3), since its client must still learn its id.
            return fail_win32(OR_INVALID_OID, fmt::format("no object {:016x} on this host", raw(ping.add[i])));
        }
    }
    for (const auto oid : ping.remove) remove(set, raw(oid), now, true);
    set.pinged = now;
    set.sequence = ping.sequence;
    return orpc::SetId{id};
}

std::vector<bool> PingSets::alive(std::span<const orpc::Oid> oids) {
    std::vector<bool> answer(oids.size());
    Lock lock(mutex_);
    const Time now = clock_();
    expire(now);
    for (std::size_t i = 0; i < oids.size(); ++i) {
        if (pinned_.contains(raw(oids[i]))) {
            answer[i] = true;
            continue;
        }
        auto& waiting = unpinned_[orpc::process_part_of(oids[i])];
        const auto found = waiting.find(raw(oids[i]));
        if (found == waiting.end()) {
            answer[i] = true;
            if (waiting.size() < limits_.watched_oids_per_process) waiting.emplace(raw(oids[i]), now + timeout());
        } else if (now < found->second) {
            answer[i] = true;
        } else {
            waiting.erase(found);
        }
    }
    return answer;
}

void PingSets::sweep() {
    Lock lock(mutex_);
    expire(clock_());
}

void PingSets::forget_process(std::uint32_t process_part) {
    Lock lock(mutex_);
    for (auto& [id, set] : sets_) {
        std::vector<std::uint64_t> gone;
        for (const auto oid : set.oids)
            if (orpc::process_part_of(orpc::Oid{oid}) == process_part) gone.push_back(oid);
        for (const auto oid : gone) remove(set, oid, {}, false);
    }
    unpinned_.erase(process_part);
}

void PingSets::expire(Time now) {
    const auto gap = now - last_seen_;
    last_seen_ = now;
    if (gap > limits_.period) {  // nobody could ping us in that time, so nobody may be blamed for it
        for (auto& [id, set] : sets_) set.pinged += gap;
        for (auto& [process, waiting] : unpinned_)
            for (auto& [oid, until] : waiting) until += gap;
        return;
    }
    for (auto it = sets_.begin(); it != sets_.end();) {
        Set& set = it->second;
        if (now - set.pinged < timeout()) {
            ++it;
            continue;
        }
        while (!set.oids.empty()) remove(set, *set.oids.begin(), now, false);
        drop_use(set.principal, 1, 0);
        it = sets_.erase(it);
    }
    for (auto& [process, waiting] : unpinned_)
        std::erase_if(waiting, [&](const auto& entry) { return now - entry.second > 2 * timeout(); });
}

void PingSets::add(Set& set, std::uint64_t oid) {
    if (!set.oids.insert(oid).second) return;
    ++oids_in_sets_;
    ++use_[set.principal].oids;
    if (pinned_[oid]++ != 0) return;
    const auto waiting = unpinned_.find(orpc::process_part_of(orpc::Oid{oid}));
    if (waiting != unpinned_.end()) waiting->second.erase(oid);
}

/// With `grace` the object counts as alive for another timeout: a client that just received it may not have pinged yet.
void PingSets::remove(Set& set, std::uint64_t oid, Time now, bool grace) {
    if (set.oids.erase(oid) == 0) return;
    --oids_in_sets_;
    drop_use(set.principal, 0, 1);
    const auto pinned = pinned_.find(oid);
    if (--pinned->second != 0) return;
    pinned_.erase(pinned);
    auto& waiting = unpinned_[orpc::process_part_of(orpc::Oid{oid})];
    if (waiting.size() < limits_.watched_oids_per_process) waiting[oid] = grace ? now + timeout() : now;
}

void PingSets::drop_use(const std::string& principal, std::size_t sets, std::size_t oids) {
    const auto use = use_.find(principal);
    use->second.sets -= sets;
    use->second.oids -= oids;
    if (use->second.sets == 0 && use->second.oids == 0) use_.erase(use);
}

std::size_t PingSets::set_count() const {
    Lock lock(mutex_);
    return sets_.size();
}

std::size_t PingSets::oid_count() const {
    Lock lock(mutex_);
    return oids_in_sets_;
}

}  // namespace odc::scm
