// What the registry says of a class, an interface, a type library or a host: the answers that activation and marshaling need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "opendcom/base/result.h"
#include "registry/registry.h"

namespace odc::registry {

using odc::to_string;  // of a Guid; our own overloads would hide it

/// The value `ThreadingModel` of InprocServer32 and InprocHandler32.
enum class ThreadingModel {
    single,     ///< absent: the main (first) single-threaded apartment
    apartment,  ///< "Apartment": any single-threaded apartment
    free,       ///< "Free": the multithreaded apartment
    both,       ///< "Both": the creator's apartment
    neutral,    ///< "Neutral"
};
std::string_view to_string(ThreadingModel model);

/// AppID\{…}: what several classes of one server share.
struct AppRecord {
    Guid app_id{};
    std::string name;                ///< the default value
    std::string remote_server_name;  ///< RemoteServerName
    std::string local_service;       ///< LocalService
    std::string service_parameters;  ///< ServiceParameters
    std::string run_as;              ///< RunAs
    std::string dll_surrogate;       ///< DllSurrogate; empty with `has_dll_surrogate`: the system's surrogate
    bool has_dll_surrogate = false;
    bool activate_at_storage = false;                            ///< ActivateAtStorage = "Y"
    std::optional<std::uint32_t> authentication_level;           ///< AuthenticationLevel
    std::optional<std::vector<std::uint8_t>> launch_permission;  ///< LaunchPermission: a self-relative SECURITY_DESCRIPTOR
    std::optional<std::vector<std::uint8_t>> access_permission;  ///< AccessPermission, same form

    friend bool operator==(const AppRecord&, const AppRecord&) = default;
};

/// CLSID\{…}. Empty strings and absent options: not registered. REG_EXPAND_SZ is expanded.
struct ClassRecord {
    Guid clsid{};
    std::string name;           ///< the default value
    std::string inproc_server;  ///< InprocServer32: path of the component library
    ThreadingModel threading_model = ThreadingModel::single;
    std::string inproc_handler;  ///< InprocHandler32
    ThreadingModel handler_threading_model = ThreadingModel::single;
    std::string local_server;       ///< LocalServer32: command line, the program's path may be quoted
    std::string server_executable;  ///< LocalServer32, value ServerExecutable: the program where the command line is ambiguous
    std::string local_service;      ///< LocalService of the class or its AppID
    std::string service_parameters;
    /// The host that activation goes to when no server is registered here: the value RemoteServerName of CLSID\{…}, else the
    /// default value of CLSID\{…}\RemoteServerName, else RemoteServerName of the AppID.
    std::string remote_server_name;
    std::string run_as;  ///< RunAs of the AppID, or of the class (as in Windows NT 4.0's first form)
    bool activate_at_storage = false;
    std::string prog_id;  ///< ProgID: "Pager.Pager.1"
    std::string version_independent_prog_id;
    std::optional<Guid> app_id;           ///< AppID
    std::optional<AppRecord> app;         ///< what AppID\{…} says, where it exists
    std::optional<Guid> treat_as;         ///< TreatAs
    std::optional<Guid> auto_convert_to;  ///< AutoConvertTo
    std::optional<Guid> type_library;     ///< TypeLib

    /// Something that can be activated stands here.
    bool has_server() const {
        return !inproc_server.empty() || !inproc_handler.empty() || !local_server.empty() || !local_service.empty() ||
               !remote_server_name.empty() || (app && app->has_dll_surrogate);
    }
    friend bool operator==(const ClassRecord&, const ClassRecord&) = default;
};

/// Interface\{…}.
struct InterfaceRecord {
    Guid iid{};
    std::string name;                  ///< the default value
    std::optional<Guid> proxy_stub;    ///< ProxyStubClsid32 (else ProxyStubClsid)
    std::optional<Guid> type_library;  ///< TypeLib
    std::string type_library_version;  ///< TypeLib, value Version: "1.0", two hexadecimal numbers
    std::uint32_t method_count = 0;    ///< NumMethods, 0 when not registered
    std::optional<Guid> synchronous;   ///< SynchronousInterface: of what this one is the asynchronous form

    friend bool operator==(const InterfaceRecord&, const InterfaceRecord&) = default;
};

/// Answers questions about one registry and remembers the answers (also that there is none) until something in the registry
/// changes, in whichever process. A remembered answer costs no system call. Thread-safe.
class ClassRecords {
  public:
    explicit ClassRecords(std::shared_ptr<Registry> registry);
    ~ClassRecords();
    ClassRecords(const ClassRecords&) = delete;
    ClassRecords& operator=(const ClassRecords&) = delete;

    /// Errors: REGDB_E_CLASSNOTREG when CLSID\{…} does not exist; REGDB_E_READREGDB when the registry cannot be read.
    Result<std::shared_ptr<const ClassRecord>> find_class(const Guid& clsid) const;
    /// Errors: REGDB_E_IIDNOTREG.
    Result<std::shared_ptr<const InterfaceRecord>> find_interface(const Guid& iid) const;
    /// Errors: REGDB_E_CLASSNOTREG.
    Result<std::shared_ptr<const AppRecord>> find_app(const Guid& app_id) const;
    /// Follows TreatAs, at most 16 steps; a class without it is itself, registered or not.
    Result<Guid> treat_as(const Guid& clsid) const;

    /// "Pager.Pager.1", or "Pager.Pager" by its CurVer. Errors: CO_E_CLASSSTRING.
    Result<Guid> clsid_of_prog_id(std::string_view prog_id) const;
    /// Errors: REGDB_E_CLASSNOTREG, also for a class without a ProgID.
    Result<std::string> prog_id_of_clsid(const Guid& clsid) const;

    /// The file of TypeLib\{…}\<major>.<minor>\<lcid>: of the wanted version, else of the same major version with the highest
    /// minor version above the wanted one; for the language, else its primary language, else the neutral one. Errors:
    /// TYPE_E_LIBNOTREGISTERED.
    Result<std::string> type_library_path(const Guid& library, unsigned major, unsigned minor, std::uint32_t lcid = 0) const;

    /// HKLM\SOFTWARE\OpenDCOM\Hosts, value <name>: "address" or "address[port]" of the object resolver of that host.
    /// nullopt: the name is not listed (or the registry cannot be read), ask the system's resolver.
    std::optional<std::string> host_address(std::string_view name) const;

  private:
    struct Cache;
    template <class Memory, class Question, class Load>
    auto remembered(Memory Cache::*memory, const Question& question, Load load) const;
    Result<ClassRecord> load_class(const Guid& clsid) const;
    Result<InterfaceRecord> load_interface(const Guid& iid) const;
    Result<AppRecord> load_app(const Guid& app_id) const;
    Result<std::string> load_type_library_path(const Guid& library, unsigned major, unsigned minor, std::uint32_t lcid) const;
    Result<std::optional<std::string>> text(const KeyPath& parent, std::string_view below, std::string_view value) const;

    const std::shared_ptr<Registry> registry_;
    const std::unique_ptr<Cache> cache_;
};

/// The same questions to the registry of this process's instance (`Registry::current()`).
Result<std::shared_ptr<const ClassRecord>> find_class(const Guid& clsid);
Result<std::shared_ptr<const InterfaceRecord>> find_interface(const Guid& iid);
Result<Guid> treat_as(const Guid& clsid);
Result<Guid> clsid_of_prog_id(std::string_view prog_id);
Result<std::string> prog_id_of_clsid(const Guid& clsid);
std::optional<std::string> host_address(std::string_view name);

}  // namespace odc::registry
