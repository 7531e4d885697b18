#include "com/exporter.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/log.h"
#include "com/process_endpoint.h"
#include "com/resolver.h"
#include "orpc/orpc_this.h"

namespace odc::com {
namespace {

class ExporterTable {
  public:
    static ExporterTable& instance() {
        static auto* table = new ExporterTable;
        return *table;
    }
    Ref<Exporter> find(orpc::Oxid oxid, std::span<const std::uint8_t> resolver) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        auto found = find_locked(oxid, resolver);
        if (found) found->used.store(true, std::memory_order_relaxed);
        return found;
    }
    /// The one that is in the table afterwards: the first to come stays.
    Ref<Exporter> put(const Ref<Exporter>& exporter) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (auto known = find_locked(exporter->oxid, exporter->resolver_packet)) return known;
        exporters_.emplace(static_cast<std::uint64_t>(exporter->oxid), exporter);
        return exporter;
    }
    void sweep() ODC_EXCLUDES(mutex_) {
        std::vector<Ref<Exporter>> dropped;  // released after the lock
        Lock lock(mutex_);
        for (auto at = exporters_.begin(); at != exporters_.end();) {
            // One that proxies hold stays: an object has one identity here, whenever its references came.
            if (at->second->used.exchange(false, std::memory_order_relaxed) || at->second->shared()) {
                ++at;
                continue;
            }
            dropped.push_back(at->second);
            at = exporters_.erase(at);
        }
    }

  private:
    Ref<Exporter> find_locked(orpc::Oxid oxid, std::span<const std::uint8_t> resolver) ODC_REQUIRES(mutex_) {
        const auto [first, last] = exporters_.equal_range(static_cast<std::uint64_t>(oxid));
        for (auto at = first; at != last; ++at)
            if (at->second->is_behind(resolver)) return at->second;
        return {};
    }
    Mutex mutex_;
    std::unordered_multimap<std::uint64_t, Ref<Exporter>> exporters_ ODC_GUARDED_BY(mutex_);
};

std::vector<std::uint8_t> packet_of(const orpc::DualStringArray& resolver) {
    ByteWriter packet;
    resolver.write(packet);
    return packet.take();
}

/// The bindings to try, best first: the local socket when the exporter is on this machine, then TCP in the server's order.
Result<std::shared_ptr<rpc::Association>> connect_any(const orpc::DualStringArray& bindings, bool same_machine) {
    for (const auto& binding : bindings.strings) {
        const auto endpoint = binding.endpoint("");
        if (!endpoint || endpoint->endpoint.empty()) continue;
        if (endpoint->protocol == rpc::Endpoint::Protocol::ncalrpc && !same_machine) continue;
        return association_with(*endpoint);
    }
    return fail_win32(RPC_S_SERVER_UNAVAILABLE, "no string binding of the object exporter can be used");
}

}  // namespace

std::shared_ptr<rpc::Association> association_with(const rpc::Endpoint& endpoint) {
    static Mutex mutex;
    static auto* associations = new std::map<std::string, std::weak_ptr<rpc::Association>>;
    Lock lock(mutex);
    auto& entry = (*associations)[endpoint.to_string()];
    if (auto known = entry.lock()) return known;
    auto made = rpc::Association::create(endpoint);
    entry = made;
    return made;
}

Result<Ref<Exporter>> Exporter::resolve(orpc::Oxid oxid, std::span<const std::uint8_t> resolver_packet) {
    auto& table = ExporterTable::instance();
    if (auto known = table.find(oxid, resolver_packet)) return known;
    auto made = Ref<Exporter>::adopt(new Exporter);
    made->oxid = oxid;
    if (orpc::process_tag_of(oxid) == process_tag()) {
        made->apartment = Apartment::find(static_cast<std::uint16_t>(static_cast<std::uint64_t>(oxid)));
        if (!made->apartment) return fail(CO_E_OBJNOTCONNECTED, "apartment has ended");
        return table.put(made);
    }
    ByteReader packet(resolver_packet);
    const auto resolver = ODC_TRY(orpc::DualStringArray::read(packet));
    const auto answer = ODC_TRY(resolve_oxid(oxid, resolver));
    return learn(oxid, answer.bindings, answer.rem_unknown, answer.version, resolver);
}

Result<Ref<Exporter>> Exporter::learn(orpc::Oxid oxid, const orpc::DualStringArray& bindings, const orpc::Ipid& rem_unknown,
                                      orpc::ComVersion version, const orpc::DualStringArray& resolver) {
    auto& table = ExporterTable::instance();
    auto packet = packet_of(resolver);
    if (auto known = table.find(oxid, packet)) return known;
    if (!orpc::accepts_version({version.major, 0}) || version.major != orpc::kComVersion.major)
        return fail(RPC_E_VERSION_MISMATCH, "object exporter speaks another major version");
    auto made = Ref<Exporter>::adopt(new Exporter);
    made->oxid = oxid;
    made->rem_unknown = rem_unknown;
    made->version = std::min(version, orpc::kComVersion);
    made->same_machine = is_own_resolver(resolver);
    made->resolver = resolver;
    made->resolver_packet = std::move(packet);
    made->association = ODC_TRY(connect_any(bindings, made->same_machine));
    if (made->same_machine) made->process = process_of_socket(made->association->endpoint().endpoint);
    return table.put(made);
}

Ref<Exporter> Exporter::find(orpc::Oxid oxid, std::span<const std::uint8_t> resolver_packet) {
    return ExporterTable::instance().find(oxid, resolver_packet);
}

bool Exporter::is_behind(std::span<const std::uint8_t> bindings) const {
    if (in_process() || std::ranges::equal(bindings, resolver_packet)) return true;
    ByteReader packet(bindings);
    const auto other = orpc::DualStringArray::read(packet);
    return other && std::ranges::any_of(other->strings, [&](const auto& one) { return std::ranges::find(resolver.strings, one) != resolver.strings.end(); });
}

void Exporter::forget_unused() { ExporterTable::instance().sweep(); }

Result<> orpc_call(Exporter& exporter, const orpc::Ipid& ipid, const Guid& iid, std::uint16_t opnum,
                   const std::function<void(ndr::Writer&)>& write, const std::function<void(ndr::Reader&)>& read) {
    rpc::ClientCall call(*exporter.association, {iid, 0, 0}, opnum);
    call.set_object(ipid.guid);
    orpc::write_orpc_this(call.request(), {exporter.version, 0, current_causality()});
    write(call.request());
    ODC_TRY(call.invoke());
    orpc::read_orpc_that(call.reply());
    read(call.reply());
    if (call.reply().failed()) return fail_win32(RPC_X_BAD_STUB_DATA);
    return {};
}

}  // namespace odc::com
