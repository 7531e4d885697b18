// The processes that export objects or register classes on this host, their apartments, and how to reach them
// (MS-DCOM 3.1.2.1: the OXID table; idl/localscm.idl).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "opendcom/base/result.h"
#include "orpc/activation_properties.h"
#include "orpc/dual_string_array.h"
#include "orpc/ids.h"

namespace odc::scm {

/// What the daemon asks of a class object in a server process.
struct ServerActivation {
    std::uint32_t cookie = 0;
    Guid clsid{};
    bool class_object = false;  ///< the class object itself instead of a new instance
    bool remote = false;        ///< the references leave this host
    std::vector<Guid> iids;
};

struct ServerAnswer {
    HRESULT hr = S_OK;  ///< what the class object said
    std::vector<orpc::ActivatedInterface> interfaces;  ///< one for each IID, when `hr` is no failure
};

/// The daemon's side of ILocalServer.
class ServerCalls {
  public:
    virtual ~ServerCalls() = default;
    /// Errors: what kept the call from happening or its answer from coming (HRESULT_FROM_WIN32 of an RPC_S_xxx).
    virtual Result<ServerAnswer> activate(const ServerActivation& activation) = 0;
    /// Makes the process listen on TCP; returns its string bindings with endpoints.
    virtual Result<orpc::DualStringArray> use_tcp(const std::string& address) = 0;
};

class ServerProcess {
  public:
    ServerProcess(std::int32_t pid, std::uint32_t uid, std::uint64_t tag, std::string endpoint, std::unique_ptr<ServerCalls> calls)
        : pid_(pid), uid_(uid), tag_(tag), endpoint_(std::move(endpoint)), calls_(std::move(calls)) {}

    std::int32_t pid() const { return pid_; }
    std::uint32_t uid() const { return uid_; }
    std::uint64_t tag() const { return tag_; }
    std::uint32_t oid_part() const { return static_cast<std::uint32_t>(tag_); }
    ServerCalls& calls() { return *calls_; }

    /// Bindings for clients on this host: the local socket, behind it TCP where the process listens there.
    orpc::DualStringArray local_bindings() ODC_EXCLUDES(mutex_);
    /// Bindings for clients elsewhere; makes the process listen on `address` the first time (MS-DCOM 3.1.2.5.1.1). Callers
    /// that come meanwhile wait for the same answer; a failed attempt is repeated by the next caller.
    Result<orpc::DualStringArray> remote_bindings(const std::string& address) ODC_EXCLUDES(mutex_);

  private:
    enum class Tcp { unknown, asking, known };
    const std::int32_t pid_;
    const std::uint32_t uid_;
    const std::uint64_t tag_;
    const std::string endpoint_;
    const std::unique_ptr<ServerCalls> calls_;
    Mutex mutex_;
    std::condition_variable_any answered_;
    Tcp state_ ODC_GUARDED_BY(mutex_) = Tcp::unknown;
    orpc::DualStringArray tcp_ ODC_GUARDED_BY(mutex_);
};

/// One apartment that exports objects.
struct Exporter {
    orpc::Oxid oxid{};
    orpc::Ipid rem_unknown;
    std::uint32_t authentication_hint = 0;
    std::shared_ptr<ServerProcess> process;
};

/// May be used from any thread.
class ProcessTable {
  public:
    static constexpr std::size_t kMaxApartments = 65536;  ///< of one process: what fits into an OXID

    /// Adds a process. One of the same number that is still there is taken out and returned in `replaced`: it must have
    /// ended (and its number been given anew), or it started over.
    /// Errors (Win32): OR_INVALID_OXID when a living process has the tag, or one whose OIDs would look the same.
    Result<> connect(const std::shared_ptr<ServerProcess>& process, std::shared_ptr<ServerProcess>& replaced) ODC_EXCLUDES(mutex_);
    std::shared_ptr<ServerProcess> find(std::int32_t pid) const ODC_EXCLUDES(mutex_);
    /// Takes out the process with its apartments; null when it is not there. With `expected` only if it is this one.
    std::shared_ptr<ServerProcess> remove(std::int32_t pid, const ServerProcess* expected = nullptr) ODC_EXCLUDES(mutex_);

    /// Errors (Win32): OR_INVALID_OXID when the process did not connect or the OXID does not carry its tag.
    Result<> add_apartment(std::int32_t pid, orpc::Oxid oxid, const orpc::Ipid& rem_unknown, std::uint32_t authentication_hint)
        ODC_EXCLUDES(mutex_);
    Result<> remove_apartment(std::int32_t pid, orpc::Oxid oxid) ODC_EXCLUDES(mutex_);
    /// Errors (Win32): OR_INVALID_OXID.
    Result<Exporter> exporter(orpc::Oxid oxid) const ODC_EXCLUDES(mutex_);
    /// Does the OID carry the tag of a living process?
    bool has_object(orpc::Oid oid) const ODC_EXCLUDES(mutex_);
    std::size_t size() const ODC_EXCLUDES(mutex_);

  private:
    std::shared_ptr<ServerProcess> take_out(std::int32_t pid) ODC_REQUIRES(mutex_);

    mutable Mutex mutex_;
    std::unordered_map<std::int32_t, std::shared_ptr<ServerProcess>> processes_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::uint32_t, std::int32_t> oid_parts_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, Exporter> exporters_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::scm
