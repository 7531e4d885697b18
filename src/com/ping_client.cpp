#include "com/ping_client.h"

#include <algorithm>

#include "base/log.h"
#include "com/class_table.h"
#include "com/export_table.h"
#include "com/housekeeper.h"
#include "com/import_table.h"
#include "com/proxy_manager.h"
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

/// One ComplexPing. Errors: what the resolver said, as HRESULT.
Result<> complex_ping(IObjectExporter_client& client, SETID& id, std::uint16_t sequence, std::vector<OID> add, std::vector<OID> remove) {
    USHORT backoff = 0;
    const auto status =
        ODC_TRY(client.ComplexPing(&id, sequence, static_cast<USHORT>(add.size()), static_cast<USHORT>(remove.size()),
                                   add.empty() ? nullptr : add.data(), remove.empty() ? nullptr : remove.data(), &backoff));
    if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "ComplexPing");
    return {};
}

bool is_unknown_object(const Result<>& result) { return result.code() == HRESULT_FROM_WIN32(OR_INVALID_OID); }

}  // namespace

/// Makes the resolver's set what is wanted. One unknown object (its server has ended) hides those behind it from a resolver that does as
/// MS-DCOM 3.1.2.5.1.3 says; then a new set takes them one by one.
Result<> PingClient::change_set(IObjectExporter_client& client, PingSet& set, const std::set<std::uint64_t>& wanted) {
    auto add = difference(wanted, set.unproven ? std::set<std::uint64_t>{} : set.members);
    const auto remove = difference(set.members, wanted);
    SETID id = set.id;
    auto done = complex_ping(client, id, ++set.sequence, add, remove);
    if (is_unknown_object(done) && set.id != 0) {
        set.forget(set.rebuilds);
        id = 0;
        add = difference(wanted, set.members);
        done = complex_ping(client, id, ++set.sequence, add, {});
    }
    if (is_unknown_object(done)) {
        id = 0;
        done = complex_ping(client, id, ++set.sequence, {}, {});
        for (const OID oid : add) {
            if (!done) break;
            done = complex_ping(client, id, ++set.sequence, {oid}, {});
            if (is_unknown_object(done)) done = {};
        }
    }
    ODC_TRY(done);
    set.unproven = id != set.id && !set.unproven;  // once: an object that stays unknown is not asked for again and again
    set.id = id;
    for (const auto oid : remove) set.members.erase(oid);
    set.members.insert(add.begin(), add.end());
    return {};
}

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
    auto* const endpoint = ProcessEndpoint::if_started();
    const bool exports = endpoint != nullptr && (ExportTable::count() != 0 || ClassTable::instance().serves_others());
    if (!imports && !exports) return Clock::time_point::max();
    armed_ = true;
    learn_times();
    if (Clock::now() < next_) return next_;
    if (exports) endpoint->stay_registered();
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
                sets_.try_emplace(key, PingSet{exporter.resolver, 0, 0, {}, 0, false});
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

void PingClient::PingSet::forget(unsigned periods) {
    id = 0;
    sequence = 0;
    members.clear();
    rebuilds = periods;
}

void PingClient::ping(PingSet& set, const std::set<std::uint64_t>& wanted) {
    const auto binding = resolver_binding(set.resolver);
    if (!binding) {
        log::warning("com", "cannot ping the resolver of {} objects: {}", wanted.size(), binding.error().text());
        set.forget(periods_to_timeout_);
        return;
    }
    IObjectExporter_client client(*binding);
    pings.fetch_add(1);
    if (set.id != 0 && !set.unproven && set.rebuilds == 0 && wanted == set.members) {
        SETID id = set.id;
        const auto status = client.SimplePing(&id);
        if (status && *status == ERROR_SUCCESS) return;
        log::info("com", "{} has lost our ping set ({}): it is built anew", binding->association().endpoint().to_string(),
                  status ? "error " + std::to_string(*status) : status.error().text());
        set.forget(periods_to_timeout_);
    }
    if (set.rebuilds != 0) set.forget(set.rebuilds - 1);
    if (const auto done = change_set(client, set, wanted); !done) {
        log::warning("com", "cannot ping {} objects at {}: {}", wanted.size(), binding->association().endpoint().to_string(), done.error().text());
        set.forget(periods_to_timeout_);
    }
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
