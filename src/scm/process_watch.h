// Tells when processes end: our own children, and others that registered something with the daemon. One thread, pidfds.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "opendcom/base/result.h"

namespace odc::scm {

class ProcessWatch {
  public:
    ProcessWatch();
    ~ProcessWatch();
    ProcessWatch(const ProcessWatch&) = delete;
    ProcessWatch& operator=(const ProcessWatch&) = delete;

    /// Calls `on_end` once, on the watch's thread, when the process ends. A process may be watched several times.
    /// Errors: E_FAIL when there is no such process (any more) or no descriptor is left.
    Result<> watch(pid_t pid, std::function<void()> on_end) ODC_EXCLUDES(mutex_);
    /// The same for a child, which is reaped after `on_end`. `how`: "exited with status 3", "was ended by signal 9".
    Result<> watch_child(pid_t pid, std::function<void(const std::string& how)> on_end) ODC_EXCLUDES(mutex_);
    /// No callback runs any more when this returns. Not from inside a callback.
    void stop();

  private:
    struct Watched {
        UniqueFd pidfd;
        pid_t pid;
        bool child;
        std::function<void(const std::string&)> on_end;
    };
    Result<> add(pid_t pid, bool child, std::function<void(const std::string&)> on_end) ODC_EXCLUDES(mutex_);
    void run() ODC_EXCLUDES(mutex_);
    void ended(int pidfd) ODC_EXCLUDES(mutex_);

    UniqueFd epoll_;
    UniqueFd wake_;
    Mutex mutex_;
    std::map<int, Watched> watched_ ODC_GUARDED_BY(mutex_);
    std::thread thread_;
};

}  // namespace odc::scm
