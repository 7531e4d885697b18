// The daemon's calls to ILocalServer of a process, over the process's own socket (idl/localscm.idl).
#pragma once

#include "localscm.h"
#include "scm/processes.h"

namespace odc::scm {

class LocalServerCalls final : public ServerCalls {
  public:
    /// Connects at the first call, and again when the connection was lost.
    explicit LocalServerCalls(const std::string& socket_path);
    Result<ServerAnswer> activate(const ServerActivation& activation) override;
    Result<orpc::DualStringArray> use_tcp(const std::string& address) override;

  private:
    ILocalServer_client client_;
};

}  // namespace odc::scm
