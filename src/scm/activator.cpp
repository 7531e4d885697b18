#include "scm/activator.h"

#include <fmt/format.h>

#include "base/guid.h"
#include "base/log.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "activator";

bool server_is_gone(HRESULT code) {
    return code == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || code == HRESULT_FROM_WIN32(OR_INVALID_OXID);
}

/// The class object said that it is on its way out: the registration may not be used again (idl/localscm.idl).
bool class_is_gone(HRESULT hr) { return hr == CO_E_SERVER_STOPPING || hr == CO_E_OBJNOTREG; }

}  // namespace

std::string Caller::payer() const {
    if (local) return fmt::format("uid {}", uid);
    return principal.empty() ? address : principal;
}

std::string Caller::to_string() const {
    if (local) return fmt::format("uid {} (process {}, local)", uid, pid);
    return fmt::format("{} from {} (authentication level {})", principal.empty() ? "anonymous" : principal, address, authentication_level);
}

Activator::Activator(ActivatorOptions options, ClassTable& classes, ProcessTable& processes, World world)
    : options_(std::move(options)), classes_(classes), processes_(processes), world_(std::move(world)),
      launches_(options_.launch, world_.end_group) {}

Result<> Activator::may_activate(const Caller& caller) const {
    if (caller.local || caller.authentication_level >= options_.minimum_level) return {};
    log::warning(kRoom, "activation refused to {}: authentication level {} is needed (--activation-level)", caller.to_string(),
                 options_.minimum_level);
    return fail(E_ACCESSDENIED, "authentication level too low for activation");
}

std::uint32_t Activator::launch_uid(const Caller& caller) const {
    if (!caller.local) return options_.remote_uid.value_or(options_.daemon_uid);
    return options_.daemon_uid == 0 ? caller.uid : options_.daemon_uid;
}

Result<> Activator::may_launch(const ServerRecord& server, const Caller& caller) const {
    if (caller.local || !server.run_as.empty() || options_.remote_uid || options_.daemon_uid != 0) return {};
    return fail(E_ACCESSDENIED, "its server would run as root for a client of another host; --remote-user, or RunAs of its AppID, names the user");
}

Result<> Activator::check(const Activation& activation) const {
    if (!orpc::accepts_version(activation.client_version))
        return fail(RPC_E_VERSION_MISMATCH, fmt::format("client speaks COM version {}.{}", activation.client_version.major,
                                                        activation.client_version.minor));
    if (activation.iids.empty() || activation.iids.size() > orpc::kMaxRequestedInterfaces)
        return fail_win32(RPC_X_BAD_STUB_DATA, "number of interfaces");
    if (activation.session_id != 0xFFFFFFFF && activation.session_id != 0 && !activation.console_session)
        return fail(CO_E_RUNAS_LOGON_FAILURE, fmt::format("there is no logon session {} here", activation.session_id));
    if ((activation.flags & orpc::kActivate32Bit) && !(activation.flags & orpc::kActivate64Bit) && sizeof(void*) == 8)
        return fail(REGDB_E_CLASSNOTREG, "no 32-bit servers on this host");
    return {};
}

Result<orpc::ActivationReply> Activator::activate(const Activation& activation) {
    const auto checked = check(activation);
    auto reply = checked ? find_and_activate(activation) : Result<orpc::ActivationReply>(checked.error());
    if (!reply) {
        const auto quiet = (activation.flags & orpc::kActivateNoFailureLog) != 0;
        const auto level = quiet ? log::Level::debug : log::Level::warning;
        if (log::enabled(level))
            log::write(level, kRoom,
                       fmt::format("activation of {} failed for {}: {:#010x} {}", to_string(activation.clsid), activation.caller.to_string(),
                                   static_cast<std::uint32_t>(reply.code()), reply.error().text()));
    } else {
        log::debug(kRoom, "activated {} for {}", to_string(activation.clsid), activation.caller.to_string());
    }
    return reply;
}

Result<orpc::ActivationReply> Activator::find_and_activate(const Activation& activation) {
    // Each turn somebody got an instance or a dead registration went, but a server that registers and vanishes again
    // and again must not keep its client for ever.
    const auto deadline = std::chrono::steady_clock::now() + 4 * options_.launch.timeout;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto registration = ODC_TRY(find_or_launch(activation));
        auto reply = ODC_TRY(activate_in(registration, activation));
        if (reply) return std::move(*reply);
    }
    return fail(CO_E_SERVER_EXEC_FAILURE, "servers register the class and vanish again");
}

Result<ClassRegistration> Activator::find_or_launch(const Activation& activation) {
    const Identity identity{launch_uid(activation.caller), options_.daemon_uid};
    if (const auto running = classes_.take(activation.clsid, identity)) return *running;

    const auto server = ODC_TRY(world_.find_server(activation.clsid));
    ODC_TRY(may_launch(server, activation.caller));
    Identity as = identity;
    if (!server.run_as.empty()) as.uid = ODC_TRY(world_.find_user(server.run_as));
    const bool as_client = server.run_as.empty() && activation.caller.local && options_.daemon_uid == 0;
    if ((activation.flags & orpc::kActivateDisableAaa) && as_client)
        return fail(E_ACCESSDENIED, "the server would run as the client, which the client does not want");

    const auto deadline = std::chrono::steady_clock::now() + 4 * options_.launch.timeout;
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto running = classes_.take(activation.clsid, as)) return *running;
        const Launches::Request request{
            activation.caller.local ? std::string() : activation.caller.payer(),
            [&] { return classes_.available(activation.clsid, as); },
            [&](LaunchId id) -> Result<pid_t> {
                const auto pid = ODC_TRY(world_.launch(server, as.uid, [this, id](const std::string& how) { launches_.exited(id, how); }));
                log::info(kRoom, "started process {} as uid {} for {} ({}), asked by {}", pid, as.uid, to_string(activation.clsid),
                          server.command_line, activation.caller.to_string());
                return pid;
            }};
        ODC_TRY(launches_.await({activation.clsid, as.uid}, request));
    }
    return fail(CO_E_SERVER_EXEC_FAILURE, "others were faster with each server that was started");
}

Activator::Attempt Activator::activate_in(const ClassRegistration& registration, const Activation& activation) {
    const auto exporter = processes_.exporter(registration.apartment);
    if (!exporter) {
        (void)classes_.revoke(registration.cookie, registration.pid);
        return Attempt(std::optional<orpc::ActivationReply>());
    }
    const auto gone = [&](const Error& why) -> Attempt {
        log::info(kRoom, "process {} registered {} but is gone: {}", registration.pid, to_string(activation.clsid), why.text());
        (void)classes_.revoke(registration.cookie, registration.pid);
        return Attempt(std::optional<orpc::ActivationReply>());
    };
    auto bindings = bindings_for(*exporter, activation.caller.local);
    if (!bindings) {
        if (server_is_gone(bindings.code())) return gone(bindings.error());
        return std::move(bindings.error());
    }
    auto answer = exporter->process->calls().activate(
        {registration.cookie, activation.clsid, activation.class_object, !activation.caller.local, activation.iids});
    if (!answer) {
        if (server_is_gone(answer.code())) return gone(answer.error());
        return std::move(answer.error()).in("the server did not answer");
    }
    if (class_is_gone(answer->hr)) return gone(fail(answer->hr, "its class object is stopping"));
    if (FAILED(answer->hr)) return fail(answer->hr, "the class object's own error");
    if (answer->interfaces.size() != activation.iids.size()) return fail_win32(RPC_X_BAD_STUB_DATA, "the server's answer is malformed");

    orpc::ActivationReply reply;
    reply.oxid = exporter->oxid;
    reply.bindings = std::move(*bindings);
    reply.rem_unknown = exporter->rem_unknown;
    reply.authentication_hint = exporter->authentication_hint;
    reply.interfaces = std::move(answer->interfaces);
    return std::optional(std::move(reply));
}

Result<orpc::DualStringArray> Activator::bindings_for(const Exporter& exporter, bool local) const {
    if (local) return exporter.process->local_bindings();
    return exporter.process->remote_bindings(options_.tcp_address);
}

void Activator::class_registered(const ClassRegistration& registration) {
    if (registration.flags & kSuspended) return;
    launches_.registered(registration.clsid, [&](std::uint32_t uid) {
        return Identity{uid, options_.daemon_uid}.may_use(registration.uid);
    });
}

}  // namespace odc::scm
