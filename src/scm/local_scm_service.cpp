#include "scm/local_scm_service.h"

#include <sys/stat.h>

#include "base/log.h"
#include "base/utf16.h"
#include "scm/callers.h"
#include "scm/local_server_calls.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "scm";

error_status_t refuse(const char* method, const rpc::ServerCall& call, const Error& why) {
    log::warning(kRoom, "{} refused to {}: {}", method, caller_of(call).to_string(), why.text());
    return wire_status(why);
}

/// We will connect to this path: it must be a socket, and the caller's own.
Result<> check_endpoint(const std::string& path, std::uint32_t uid) {
    struct stat info {};
    if (path.empty() || path.front() != '/' || ::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
        return fail_win32(ERROR_INVALID_PARAMETER, "its endpoint is no socket: " + path);
    if (info.st_uid != uid) return fail_win32(ERROR_ACCESS_DENIED, "its endpoint belongs to another user: " + path);
    return {};
}

}  // namespace

error_status_t LocalScmService::check(const rpc::ServerCall& call, const char* method) {
    scm_.used();
    const auto caller = caller_of(call);
    if (scm_.may_connect(caller) && caller.pid != 0) return 0;
    log::warning(kRoom, "{} refused to {}: only this user's processes may register here", method, caller.to_string());
    return ERROR_ACCESS_DENIED;
}

error_status_t LocalScmService::ConnectProcess(rpc::ServerCall& call, LPCOLESTR endpoint, ULONGLONG processTag,
                                               DUALSTRINGARRAY** resolverBindings) {
    if (const auto denied = check(call, "ConnectProcess")) return denied;
    const auto path = to_utf8_z(endpoint);
    const auto& peer = call.peer();
    if (const auto ours = check_endpoint(path, peer.uid); !ours) return refuse("ConnectProcess", call, ours.error());
    if (processTag == 0 || processTag >> 48 != 0)
        return refuse("ConnectProcess", call, fail_win32(OR_INVALID_OXID, "a process tag has 48 bits and is not 0"));
    const auto process = std::make_shared<ServerProcess>(peer.pid, peer.uid, processTag, path, std::make_unique<LocalServerCalls>(path));
    if (const auto connected = scm_.connect(process); !connected) return refuse("ConnectProcess", call, connected.error());
    *resolverBindings = to_wire(scm_.resolver_bindings(), call.frame().arena);
    return 0;
}

error_status_t LocalScmService::RegisterOxid(rpc::ServerCall& call, OXID oxid, REFIPID remUnknown, DWORD authenticationHint) {
    if (const auto denied = check(call, "RegisterOxid")) return denied;
    const auto added = scm_.processes.add_apartment(call.peer().pid, orpc::Oxid{oxid}, orpc::Ipid{remUnknown}, authenticationHint);
    return added ? 0 : refuse("RegisterOxid", call, added.error());
}

error_status_t LocalScmService::RevokeOxid(rpc::ServerCall& call, OXID oxid) {
    if (const auto denied = check(call, "RevokeOxid")) return denied;
    const auto removed = scm_.processes.remove_apartment(call.peer().pid, orpc::Oxid{oxid});
    if (!removed) return wire_status(removed);
    scm_.classes.remove_apartment(orpc::Oxid{oxid});
    return 0;
}

error_status_t LocalScmService::RegisterClass(rpc::ServerCall& call, REFCLSID clsid, OXID apartment, DWORD flags, DWORD* cookie) {
    if (const auto denied = check(call, "RegisterClass")) return denied;
    const auto& peer = call.peer();
    const auto exporter = scm_.processes.exporter(orpc::Oxid{apartment});
    if (!exporter) return refuse("RegisterClass", call, exporter.error());
    if (exporter->process->pid() != peer.pid)
        return refuse("RegisterClass", call, fail_win32(OR_INVALID_OXID, "the apartment belongs to another process"));
    const auto added = scm_.classes.add(clsid, orpc::Oxid{apartment}, flags, peer.pid, peer.uid);
    if (!added) return refuse("RegisterClass", call, added.error());
    *cookie = added->cookie;
    log::info(kRoom, "{} registered {} (REGCLS {})", caller_of(call).to_string(), to_string(clsid), flags);
    scm_.activator().class_registered(*added);
    return 0;
}

error_status_t LocalScmService::RevokeClass(rpc::ServerCall& call, DWORD cookie) {
    if (const auto denied = check(call, "RevokeClass")) return denied;
    return wire_status(scm_.classes.revoke(cookie, call.peer().pid));
}

error_status_t LocalScmService::ResumeClasses(rpc::ServerCall& call) {
    if (const auto denied = check(call, "ResumeClasses")) return denied;
    for (const auto& resumed : scm_.classes.resume(call.peer().pid)) scm_.activator().class_registered(resumed);
    return 0;
}

error_status_t LocalScmService::SuspendClasses(rpc::ServerCall& call) {
    if (const auto denied = check(call, "SuspendClasses")) return denied;
    scm_.classes.suspend(call.peer().pid);
    return 0;
}

error_status_t LocalScmService::QueryPinged(rpc::ServerCall& call, DWORD count, OID* oids, byte* alive) {
    if (const auto denied = check(call, "QueryPinged")) return denied;
    const auto process = scm_.processes.find(call.peer().pid);
    if (!process) return refuse("QueryPinged", call, fail_win32(OR_INVALID_OXID, "the process has not connected"));
    static_assert(sizeof(OID) == sizeof(orpc::Oid));
    const std::span<const orpc::Oid> asked{reinterpret_cast<const orpc::Oid*>(oids), count};
    for (const auto oid : asked)
        if (orpc::process_part_of(oid) != process->oid_part())
            return refuse("QueryPinged", call, fail_win32(OR_INVALID_OID, "an object of another process"));
    const auto answer = scm_.pings.alive(asked);
    for (DWORD i = 0; i < count; ++i) alive[i] = answer[i] ? 1 : 0;
    return 0;
}

error_status_t LocalScmService::GetPingTimes(rpc::ServerCall& call, DWORD* periodSeconds, DWORD* periodsToTimeout) {
    if (const auto denied = check(call, "GetPingTimes")) return denied;
    *periodSeconds = static_cast<DWORD>(scm_.pings.limits().period.count());
    *periodsToTimeout = scm_.pings.limits().periods_to_timeout;
    return 0;
}

}  // namespace odc::scm
