// The one thread that reads replies for calls that nobody waits for.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/unique_fd.h"

namespace odc::rpc {

class AssociationImpl;
class Connection;

/// Reads every connection that has calls which were begun, as its reader, without ever waiting for one of them. A connection with no call
/// left goes back to its association. The thread comes with the first such call and lives as long as the process.
class ReplyWatch {
  public:
    static ReplyWatch& instance();
    /// From now on the watch is the connection's reader; false when the process has no descriptors left. The association may be locked.
    bool add(std::shared_ptr<AssociationImpl> association, std::shared_ptr<Connection> connection) ODC_EXCLUDES(mutex_);
    /// The last call of some connection left it, other than by its reply. The association may be locked.
    void look_again();

  private:
    struct Watched {
        std::shared_ptr<AssociationImpl> association;
        std::shared_ptr<Connection> connection;
    };
    bool open() ODC_REQUIRES(mutex_);
    void run();
    void serve(const Watched& watched) ODC_EXCLUDES(mutex_);
    std::vector<Watched> all() ODC_EXCLUDES(mutex_);

    UniqueFd epoll_, wake_;  // set once, before the first connection is added
    Mutex mutex_;  // innermost: nothing is called under it
    std::map<int, Watched> by_socket_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::rpc
