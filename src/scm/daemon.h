// dcomd without its command line: the SCM and the RPC server in front of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instance.h"
#include "base/unique_fd.h"
#include "opendcom/rpc/server.h"
#include "scm/scm.h"

namespace odc::scm {

struct DaemonOptions {
    Instance instance;
    std::vector<std::string> listen;      ///< "ADDR", "ADDR:PORT", "[IPV6]:PORT", ":PORT"; besides the local socket
    std::vector<int> listening_sockets;   ///< given by systemd; taken over
    PingLimits pings;
    LaunchLimits launch;
    unsigned minimum_activation_level = 5;
    std::optional<std::uint32_t> remote_uid;  ///< as in ActivatorOptions
    std::string servers_home;
};

/// "ADDR:PORT" and its shorter forms. An empty host is every address; the port is 135 unless it is given.
Result<rpc::Endpoint> parse_listen_address(const std::string& text);

class Daemon {
  public:
    /// Takes the instance's lock, listens, and serves. Errors: ERROR_ALREADY_EXISTS when another daemon serves the instance; those
    /// of listening.
    static Result<std::unique_ptr<Daemon>> start(DaemonOptions options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Local socket first.
    const std::vector<rpc::Endpoint>& endpoints() const { return endpoints_; }
    Scm& scm() { return *scm_; }
    void stop(std::chrono::milliseconds grace);

  private:
    class Services;
    explicit Daemon(UniqueFd lock);
    Result<> listen(const DaemonOptions& options);

    UniqueFd lock_;
    std::vector<rpc::Endpoint> endpoints_;
    std::vector<std::string> addresses_;
    std::unique_ptr<rpc::Server> server_;
    std::unique_ptr<Scm> scm_;
    std::unique_ptr<Services> services_;
    bool stopped_ = false;
};

}  // namespace odc::scm
