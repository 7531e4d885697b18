#include "com/exporter.h"

#include <map>
#include <unordered_map>

#include "base/log.h"
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
    Ref<Exporter> find(orpc::Oxid oxid) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        const auto found = exporters_.find(static_cast<std::uint64_t>(oxid));
        if (found == exporters_.end()) return {};
        found->second->used.store(true, std::memory_order_relaxed);
        return found->second;
    }
    /// The one that is in the table afterwards: the first to come stays.
    Ref<Exporter> put(const Ref<Exporter>& exporter) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        return exporters_.try_emplace(static_cast<std::uint64_t>(exporter->oxid), exporter).first->second;
    }
    void erase(orpc::Oxid oxid) ODC_EXCLUDES(mutex_) {
        Ref<Exporter> dropped;
        Lock lock(mutex_);
        if (const auto found = exporters_.find(static_cast<std::uint64_t>(oxid)); found != exporters_.end()) {
            dropped = found->second;
            exporters_.erase(found);
        }
    }
    void sweep() ODC_EXCLUDES(mutex_) {
        std::vector<Ref<Exporter>> dropped;
        Lock lock(mutex_);
        for (auto at = exporters_.begin(); at != exporters_.end();) {
            if (at->second->used.exchange(false, std::memory_order_relaxed)) {
                ++at;
                continue;
            }
            dropped.push_back(at->second);  // proxies that still use it keep it alive, only the next OBJREF asks again
            at = exporters_.erase(at);
        }
    }

  private:
    Mutex mutex_;
    std::unordered_map<std::uint64_t, Ref<Exporter>> exporters_ ODC_GUARDED_BY(mutex_);
};

void set_resolver(Exporter& exporter, const orpc::DualStringArray& resolver) {
    exporter.resolver = resolver;
    ByteWriter packet;
    resolver.write(packet);
    exporter.resolver_packet = packet.take();
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
    if (auto known = table.find(oxid)) return known;
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
    if (auto known = table.find(oxid)) return known;
    if (!orpc::accepts_version({version.major, 0}) || version.major != orpc::kComVersion.major)
        return fail(RPC_E_VERSION_MISMATCH, "object exporter speaks another major version");
    auto made = Ref<Exporter>::adopt(new Exporter);
    made->oxid = oxid;
    made->rem_unknown = rem_unknown;
    made->version = std::min(version, orpc::kComVersion);
    made->same_machine = is_own_resolver(resolver);
    set_resolver(*made, resolver);
    made->association = ODC_TRY(connect_any(bindings, made->same_machine));
    return table.put(made);
}

void Exporter::forget(orpc::Oxid oxid) { ExporterTable::instance().erase(oxid); }
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
