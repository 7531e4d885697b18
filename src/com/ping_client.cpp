#include "com/ping_client.h"

#include <algorithm>

#include "base/log.h"
#include "com/export_table.h"
#include "com/housekeeper.h"
#include "com/import_table.h"
#include "com/process_endpoint.h"
#include "com/resolver.h"
#include "localscm.h"
#include "objectexporter.h"

namespace odc::com {
namespace {

std::atomic<std::uint64_t> pings{0};
constexpr std::size_t kMaxDelta = 0xFFFF;

std::vector<OID> difference(const std::set<std::uint64_t>& a, const std::set<std::uint64_t>& b) {
    std::vector<OID> only;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    if (only.size() > kMaxDelta) only.resize(kMaxDelta);  // the rest goes with the next ping
    return only;
}

}  // namespace

PingClient& PingClient::instance() {
    static auto* client = new PingClient;
    return *client;
}

std::uint64_t PingClient::ping_count() { return pings.load(); }

void PingClient::changed() {
    // Objects that live shorter than this never cost a ping.
    constexpr auto kFirstPing = std::chrono::milliseconds(1000);
    if (!armed_.exchange(true, std::memory_order_relaxed)) Housekeeper::instance().wake_within(kFirstPing);
}

void PingClient::learn_times() {
    if (times_known_) return;
    times_known_ = true;
    const auto* endpoint = ProcessEndpoint::if_started();
    Result<rpc::Binding> daemon = fail(E_FAIL);
    if (endpoint) daemon = endpoint->scm();
    else if (daemon_is_running()) daemon = daemon_binding();  // a pure client needs none: nothing is started for this
    if (!daemon) return;
    DWORD seconds = 0, count = 0;
    const auto status = ILocalScm_client(*daemon).GetPingTimes(&seconds, &count);
    if (!status || *status != ERROR_SUCCESS || seconds == 0 || count == 0) return;
    period_ = std::chrono::seconds(seconds);
    periods_to_timeout_ = count;
}

PingClient::Clock::time_point PingClient::work() {
    Lock lock(mutex_);
    // Disarmed first: what comes behind this line and is not seen below arms us again.
    armed_ = false;
    const bool imports = ImportTable::count() != 0 || !sets_.empty();
    const bool exports = ProcessEndpoint::if_started() != nullptr && ExportTable::count() != 0;
    if (!imports && !exports) return Clock::time_point::max();
    armed_ = true;
    learn_times();
    if (Clock::now() < next_) return next_;
    if (imports) ping_imports();
    if (exports) run_down_exports();
    next_ = Clock::now() + period_;
    return next_;
}

void PingClient::ping_imports() {
    std::map<std::string, std::set<std::uint64_t>> wanted;
    for (const auto& apartment : all_apartments()) {
        for (ProxyManager* manager : apartment->imports().all_referenced()) {
            const Exporter& exporter = manager->exporter();
            if (!exporter.in_process() && manager->pings() && manager->connected()) {
                const std::string key(exporter.resolver_packet.begin(), exporter.resolver_packet.end());
                wanted[key].insert(static_cast<std::uint64_t>(manager->oid()));
                sets_.try_emplace(key, PingSet{exporter.resolver, 0, 0, {}});
            }
            manager->Release();
        }
    }
    for (auto at = sets_.begin(); at != sets_.end();) {
        const auto found = wanted.find(at->first);
        static const std::set<std::uint64_t> kNone;
        ping(at->second, found == wanted.end() ? kNone : found->second);
        at = at->second.members.empty() ? sets_.erase(at) : std::next(at);
    }
}

void PingClient::ping(PingSet& set, const std::set<std::uint64_t>& wanted) {
    const auto binding = resolver_binding(set.resolver);
    if (!binding) {
        log::warning("com", "cannot ping the resolver of {} objects: {}", wanted.size(), binding.error().text());
        set.members.clear();  // a new set when it is back
        set.id = 0;
        return;
    }
    IObjectExporter_client client(*binding);
    pings.fetch_add(1);
    if (set.id != 0 && wanted == set.members) {
        SETID id = set.id;
        const auto status = client.SimplePing(&id);
        if (status && *status == ERROR_SUCCESS) return;
        set.members.clear();  // the resolver lost the set (it was restarted, or we were asleep): build it anew
        set.id = 0;
    }
    auto add = difference(wanted, set.members);
    auto remove = difference(set.members, wanted);
    SETID id = set.id;
    USHORT backoff = 0;
    const auto status =
        client.ComplexPing(&id, ++set.sequence, static_cast<USHORT>(add.size()), static_cast<USHORT>(remove.size()),
                           add.empty() ? nullptr : add.data(), remove.empty() ? nullptr : remove.data(), &backoff);
    if (!status || (*status != ERROR_SUCCESS && *status != static_cast<error_status_t>(OR_INVALID_OID))) {
        log::warning("com", "ComplexPing failed: {}", status ? std::to_string(*status) : status.error().text());
        set.members.clear();
        set.id = 0;
        return;
    }
    set.id = id;
    for (const auto oid : remove) set.members.erase(oid);
    set.members.insert(add.begin(), add.end());
}

void PingClient::run_down_exports() {
    const auto* endpoint = ProcessEndpoint::if_started();
    std::vector<Ref<Export>> idle;
    std::vector<OID> oids;
    for (auto& entry : ExportTable::everything()) {
        if (!entry->left_process() || !entry->has_remote_refs() || entry->idle_time() < period_ * periods_to_timeout_) continue;
        oids.push_back(static_cast<std::uint64_t>(entry->oid()));
        idle.push_back(std::move(entry));
    }
    if (oids.empty()) return;
    std::vector<byte> alive(oids.size(), 1);
    const auto status =
        ILocalScm_client(endpoint->scm()).QueryPinged(static_cast<DWORD>(oids.size()), oids.data(), alive.data());
    if (!status || *status != ERROR_SUCCESS) return;
    for (std::size_t i = 0; i < idle.size(); ++i) {
        if (alive[i] || idle[i]->idle_time() < period_ * periods_to_timeout_) continue;
        log::info("com", "object {:#x} has lost its clients: no ping in {} periods", oids[i], periods_to_timeout_);
        idle[i]->disconnect();
    }
}

}  // namespace odc::com
