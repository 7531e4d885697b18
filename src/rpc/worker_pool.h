// The threads of a server. Each serves one connection at a time; they come when there is work and go when there is none.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "opendcom/ndr/server_frame.h"

namespace odc::rpc {

/// What a thread keeps between calls, so that a warm call allocates nothing.
struct Worker {
    std::unique_ptr<ndr::ServerFrame> frame = std::make_unique<ndr::ServerFrame>();
};

/// Something that a thread works on until it has nothing more to do.
class Work {
  public:
    virtual ~Work() = default;
    virtual void run(Worker& worker) = 0;
};

class WorkerPool {
  public:
    WorkerPool() = default;
    ~WorkerPool() { stop(); }
    /// Gives `work` to an idle thread, or to a new one.
    void submit(std::shared_ptr<Work> work) ODC_EXCLUDES(mutex_);
    /// Waits for all threads; work that is queued still runs.
    void stop() ODC_EXCLUDES(mutex_);
    std::size_t threads() const ODC_EXCLUDES(mutex_);

  private:
    void thread_main(std::list<std::thread>::iterator self) ODC_EXCLUDES(mutex_);

    mutable Mutex mutex_;
    std::condition_variable_any work_;
    std::condition_variable_any ended_;
    std::deque<std::shared_ptr<Work>> queue_ ODC_GUARDED_BY(mutex_);
    std::list<std::thread> threads_ ODC_GUARDED_BY(mutex_);
    std::list<std::thread> finished_ ODC_GUARDED_BY(mutex_);
    std::size_t idle_ ODC_GUARDED_BY(mutex_) = 0;
    bool stopping_ ODC_GUARDED_BY(mutex_) = false;
};

}  // namespace odc::rpc
