// Starts server processes: LocalServer32's command line with `-Embedding`, in a session of their own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <set>
#include <string>

#include "base/mutex.h"
#include "scm/process_watch.h"

namespace odc::scm {

struct ServerStart {
    std::string command_line;  ///< LocalServer32 without `-Embedding`
    std::string program;       ///< ServerExecutable: what is executed; empty: the command line's first word
    std::uint32_t uid = 0;     ///< the user to run it as; another one than ours only as root
    /// Called on the watch's thread when the process has ended.
    std::function<void(const std::string& how)> on_end;
};

class ServerLauncher {
  public:
    /// `home`: OPENDCOM_HOME of the servers, empty when the instance is the user's default one. `output`: the file that gets
    /// what they write, empty: nobody does.
    ServerLauncher(ProcessWatch& watch, std::string home, std::string output);

    /// Returns once the program runs: its process, which leads a process group and session of its own.
    /// Errors: CO_E_SERVER_EXEC_FAILURE (no such program, or it cannot be executed), CO_E_RUNAS_LOGON_FAILURE (no such user, or
    /// we may not become it).
    Result<pid_t> start(ServerStart start) ODC_EXCLUDES(mutex_);

    /// Kills a process group.
    static void end_group(pid_t group);
    /// Asks all servers that still run to end (SIGTERM), and kills them after `grace`.
    void end_all(std::chrono::milliseconds grace) ODC_EXCLUDES(mutex_);
    std::size_t running() const ODC_EXCLUDES(mutex_);

  private:
    ProcessWatch& watch_;
    const std::string home_;
    const std::string output_;
    mutable Mutex mutex_;
    std::condition_variable_any fewer_;
    std::set<pid_t> running_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::scm
