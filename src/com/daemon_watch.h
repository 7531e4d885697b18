// Notices the end of the host's daemon, and that one is there again: no question is asked for it, the kernel says so.
#pragma once

#include <functional>

namespace odc::com {

/// Has a thread of its own, which sleeps until the daemon's process ends and then until its socket is made anew. A daemon whose socket
/// somebody else listens on (systemd's socket activation) cannot be watched: what is due once a ping period finds out then.
class DaemonWatch {
  public:
    /// `back` is called when a daemon answers that was not there before; on the watch's thread. The watch lives as long as the process.
    explicit DaemonWatch(std::function<void()> back);
    DaemonWatch(const DaemonWatch&) = delete;
    DaemonWatch& operator=(const DaemonWatch&) = delete;
};

}  // namespace odc::com
