#include "com/resolver.h"

#include <unistd.h>

#include <optional>
#include <set>

#include "base/log.h"
#include "base/mutex.h"
#include "base/utf16.h"
#include "com/exporter.h"
#include "com/process_endpoint.h"
#include "objectexporter.h"
#include "registry/class_records.h"

namespace odc::com {
namespace {

struct OwnResolver {
    Mutex mutex;
    std::optional<orpc::DualStringArray> bindings ODC_GUARDED_BY(mutex);
};
OwnResolver& own_resolver() {
    static auto* own = new OwnResolver;
    return *own;
}

Result<orpc::DualStringArray> from_idl(DUALSTRINGARRAY* array) {
    if (!array) return orpc::DualStringArray{};
    auto parsed = orpc::DualStringArray::from_units({array->aStringArray, array->wNumEntries}, array->wSecurityOffset);
    ndr::task_memory().release(array);
    return parsed;
}

/// ServerAlive2: is the resolver there, which version does it speak, what are its bindings?
Result<orpc::DualStringArray> server_alive(const rpc::Binding& binding) {
    COMVERSION version{};
    DUALSTRINGARRAY* bindings = nullptr;
    DWORD reserved = 0;
    const auto status = ODC_TRY(IObjectExporter_client(binding).ServerAlive2(&version, &bindings, &reserved));
    auto parsed = from_idl(bindings);
    if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "ServerAlive2");
    if (version.MajorVersion != orpc::kComVersion.major) return fail(RPC_E_VERSION_MISMATCH, "resolver of another major version");
    return parsed;
}

/// Once per host and process.
Result<> first_contact(const rpc::Binding& binding) {
    static Mutex mutex;
    static auto* met = new std::set<std::string>;
    const auto name = binding.association().endpoint().to_string();
    {
        Lock lock(mutex);
        if (met->contains(name)) return {};
    }
    ODC_TRY(server_alive(binding));
    Lock lock(mutex);
    met->insert(name);
    return {};
}

}  // namespace

void note_own_resolver(const orpc::DualStringArray& resolver) {
    auto& own = own_resolver();
    Lock lock(own.mutex);
    own.bindings = resolver;
}

bool is_own_resolver(const orpc::DualStringArray& resolver) {
    if (const auto* endpoint = ProcessEndpoint::if_started()) return endpoint->resolver().strings == resolver.strings;
    auto& own = own_resolver();
    {
        Lock lock(own.mutex);
        if (own.bindings) return own.bindings->strings == resolver.strings;
    }
    // Asked once per process; a host without a daemon has no resolver.
    if (!daemon_is_running()) return false;
    const auto daemon = daemon_binding();
    if (!daemon) return false;
    auto alive = server_alive(*daemon);
    if (!alive) return false;
    note_own_resolver(*alive);
    return alive->strings == resolver.strings;
}

Result<rpc::Binding> resolver_binding(const orpc::DualStringArray& resolver) {
    if (is_own_resolver(resolver)) return daemon_binding();
    Error last = fail_win32(RPC_S_SERVER_UNAVAILABLE, "the OBJREF names no resolver that can be used");
    for (const auto& binding : resolver.strings) {
        const auto endpoint = binding.endpoint("135");
        if (!endpoint || endpoint->protocol != rpc::Endpoint::Protocol::ncacn_ip_tcp) continue;
        rpc::Binding candidate(association_with(*endpoint));
        auto met = first_contact(candidate);
        if (met) return candidate;
        last = std::move(met.error());
    }
    return last;
}

Result<OxidResolution> resolve_oxid(orpc::Oxid oxid, const orpc::DualStringArray& resolver) {
    const auto binding = ODC_TRY(resolver_binding(resolver));
    OXID wanted = static_cast<std::uint64_t>(oxid);
    USHORT protseqs[] = {orpc::kTowerTcp, orpc::kTowerLocal};
    DUALSTRINGARRAY* bindings = nullptr;
    IPID rem_unknown{};
    DWORD hint = 0;
    COMVERSION version{};
    const auto status = ODC_TRY(
        IObjectExporter_client(binding).ResolveOxid2(&wanted, is_own_resolver(resolver) ? 2 : 1, protseqs, &bindings, &rem_unknown, &hint, &version));
    auto parsed = from_idl(bindings);
    if (status != ERROR_SUCCESS)
        return fail(status == OR_INVALID_OXID ? CO_E_OBJNOTCONNECTED : HRESULT_FROM_WIN32(static_cast<long>(status)), "ResolveOxid2");
    return OxidResolution{ODC_TRY(std::move(parsed)), {rem_unknown}, {version.MajorVersion, version.MinorVersion}};
}

Result<rpc::Endpoint> scm_endpoint(const std::string& host) {
    std::string name = host;
    while (!name.empty() && name.front() == '\\') name.erase(name.begin());
    if (name.empty()) return fail(E_INVALIDARG, "empty host name");
    if (auto listed = registry::host_address(name)) name = *listed;
    auto endpoint = orpc::StringBinding{orpc::kTowerTcp, name}.endpoint("135");
    if (!endpoint) return fail(E_INVALIDARG, "not a host name: " + host);
    return *endpoint;
}

bool is_this_host(const std::string& host) {
    if (host.empty() || equal_ignoring_case(host, "localhost")) return !registry::host_address(host.empty() ? "localhost" : host);
    char own[256] = {};
    return ::gethostname(own, sizeof own - 1) == 0 && equal_ignoring_case(host, own) && !registry::host_address(host);
}

}  // namespace odc::com
