// This process as an object exporter: its RPC server, its registration with the host's daemon, the way of incoming calls to stubs.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "com/apartment.h"
#include "com/export_table.h"
#include "opendcom/rpc/client.h"
#include "opendcom/rpc/server.h"
#include "orpc/dual_string_array.h"

class ILocalScm_client;

namespace odc::com {

class DaemonWatch;

/// Made when the first reference leaves the process or the first class is registered for others; lives as long as the process.
class ProcessEndpoint {
  public:
    /// Started, and `apartment` known to the daemon as an object exporter.
    /// Errors: RPC_S_SERVER_UNAVAILABLE as HRESULT when there is no daemon and none can be started.
    static Result<ProcessEndpoint*> started_for(Apartment& apartment);
    /// The same if it is there already, otherwise null.
    static ProcessEndpoint* if_started();

    /// The host's resolver bindings, as they go into OBJREFs.
    std::span<const std::uint8_t> resolver_packet() const { return resolver_packet_; }
    const orpc::DualStringArray& resolver() const { return resolver_; }
    /// ILocalScm of the daemon.
    const rpc::Binding& scm() const { return scm_; }
    /// One exchange with the daemon that is about this process. Where it fails, or the daemon does not know the process (it was started
    /// anew), the process is registered again, and the exchange made once more. Not for what `stay_registered` itself does.
    Result<error_status_t> ask(const std::function<Result<error_status_t>(ILocalScm_client&)>& exchange) ODC_EXCLUDES(mutex_);
    void apartment_ended(Apartment& apartment);
    /// Asks the daemon whether it knows this process; one that does not (it was started anew) is told everything again. Blocks.
    void stay_registered() ODC_EXCLUDES(mutex_, registering_);

    ProcessEndpoint(const ProcessEndpoint&) = delete;
    ProcessEndpoint& operator=(const ProcessEndpoint&) = delete;

  private:
    class CallDispatcher;
    class LocalServer;
    ProcessEndpoint();
    ~ProcessEndpoint();
    Result<> start();
    Result<> connect();
    Result<> register_again() ODC_REQUIRES(registering_) ODC_EXCLUDES(mutex_);
    Result<> register_exporter(Apartment& apartment) ODC_EXCLUDES(mutex_);

    rpc::Server server_;
    std::unique_ptr<CallDispatcher> dispatcher_;
    std::unique_ptr<LocalServer> local_server_;
    rpc::Binding scm_;
    std::string socket_;  ///< where our server listens
    std::unique_ptr<DaemonWatch> watch_;
    orpc::DualStringArray resolver_;
    std::vector<std::uint8_t> resolver_packet_;
    Mutex mutex_;
    Mutex registering_;
    std::unordered_map<std::uint16_t, Ref<InterfaceStub>> rem_unknowns_ ODC_GUARDED_BY(mutex_);  ///< by apartment
};

/// The process that listens on a local socket of an endpoint; 0 when the path is not one.
DWORD process_of_socket(const std::string& path);
/// Whether this instance's daemon answers now; never starts one.
bool daemon_is_running();
/// The daemon of this instance ($OPENDCOM_HOME): its local socket, started privately when nothing listens there.
Result<rpc::Binding> daemon_binding();

}  // namespace odc::com
