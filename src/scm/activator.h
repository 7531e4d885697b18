// Activation: from a CLSID to references to a new object or a class object, starting its server where needed
// (MS-DCOM 3.1.2.5.2.3).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orpc/activation_properties.h"
#include "scm/class_table.h"
#include "scm/launches.h"
#include "scm/processes.h"

namespace odc::scm {

/// Who asks, as far as quotas, identities and the log need it.
struct Caller {
    bool local = false;         ///< over the local socket
    std::uint32_t uid = ~0u;    ///< of a local caller
    std::int32_t pid = 0;       ///< of a local caller
    std::string address;        ///< of a remote one
    unsigned authentication_level = 1;
    std::string principal;      ///< empty: not authenticated

    /// Whom a quota counts for: "uid 1000", the principal, or the address.
    std::string payer() const;
    /// For the log: level, address, principal.
    std::string to_string() const;
};

struct Activation {
    Caller caller;
    Guid clsid{};
    bool class_object = false;
    std::vector<Guid> iids;
    std::vector<std::uint16_t> protseqs;
    std::uint32_t flags = 0;  ///< orpc::ActivationFlags
    std::uint32_t session_id = 0xFFFFFFFF;
    bool console_session = false;
    orpc::ComVersion client_version = orpc::kComVersion;
};

/// What the registry says of a class's server, as far as it concerns the daemon.
struct ServerRecord {
    std::string command_line;
    std::string program;  ///< ServerExecutable, mostly empty
    std::string run_as;   ///< a user's name, or empty
};

struct ActivatorOptions {
    unsigned minimum_level = 5;       ///< RPC_C_AUTHN_LEVEL_PKT_INTEGRITY; ncalrpc counts as privacy
    std::uint32_t daemon_uid = 0;
    /// The user that servers run as when remote clients start them. Nothing: the daemon's own, but never root.
    std::optional<std::uint32_t> remote_uid;
    std::string tcp_address;          ///< where servers shall listen for remote clients
    LaunchLimits launch;
};

/// May be used from any thread; `activate` blocks while a server starts and while it answers.
class Activator {
  public:
    /// Where the world begins: the registry and fork.
    struct World {
        /// Errors: REGDB_E_CLASSNOTREG.
        std::function<Result<ServerRecord>(const Guid& clsid)> find_server;
        std::function<Result<pid_t>(const ServerRecord& server, std::uint32_t uid, std::function<void(const std::string&)> on_end)> launch;
        std::function<void(pid_t)> end_group;
        /// A user's number by name. Errors: CO_E_RUNAS_LOGON_FAILURE.
        std::function<Result<std::uint32_t>(const std::string& name)> find_user;
    };
    Activator(ActivatorOptions options, ClassTable& classes, ProcessTable& processes, World world);

    /// Errors: E_ACCESSDENIED below the minimum level, and where a client of another host would start a server as root that nobody said
    /// shall run so; RPC_E_VERSION_MISMATCH; REGDB_E_CLASSNOTREG; CO_E_SERVER_EXEC_FAILURE;
    /// CO_E_RUNAS_LOGON_FAILURE; RPC_S_SERVER_TOO_BUSY; what the class object said. Each is logged once, here.
    Result<orpc::ActivationReply> activate(const Activation& activation);

    /// Check and log a caller's level, before anything that the caller sent is looked at.
    Result<> may_activate(const Caller& caller) const;
    /// Bindings of an exporter for a caller that speaks `protseqs`.
    Result<orpc::DualStringArray> bindings_for(const Exporter& exporter, bool local) const;

    /// A class was registered or resumed: clients may be waiting for it. A suspended one is still none.
    void class_registered(const ClassRegistration& registration);
    /// Fails the clients that wait for servers.
    void shut_down() { launches_.shut_down(); }
    std::size_t pending_launches() const { return launches_.pending(); }

  private:
    /// Nothing: the registration turned out to be dead, and is gone now.
    using Attempt = Result<std::optional<orpc::ActivationReply>>;

    std::uint32_t launch_uid(const Caller& caller) const;
    Result<> may_launch(const ServerRecord& server, const Caller& caller) const;
    Result<> check(const Activation& activation) const;
    Result<orpc::ActivationReply> find_and_activate(const Activation& activation);
    Result<ClassRegistration> find_or_launch(const Activation& activation);
    Attempt activate_in(const ClassRegistration& registration, const Activation& activation);

    const ActivatorOptions options_;
    ClassTable& classes_;
    ProcessTable& processes_;
    const World world_;
    Launches launches_;
};

}  // namespace odc::scm
