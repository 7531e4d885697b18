// The queue of a single-threaded apartment, and the pool that runs calls for the multithreaded one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "opendcom/base/sdk_types.h"

namespace odc::com {

/// Something that one apartment has to do. Whoever posts it keeps it alive until `run` or `refuse` has been called.
class CallItem {
  public:
    virtual ~CallItem() = default;
    virtual void run() = 0;                ///< on a thread of the apartment
    virtual void refuse(HRESULT why) = 0;  ///< the apartment ended first; on any thread
    CallItem* next = nullptr;
};

/// First in, first out; many posters, one taker. Waiting is on a futex, so a hand-over costs what the kernel asks for it:
/// one wake, one wait. Only an apartment that also waits for file descriptors pays for an event descriptor.
class CallQueue {
  public:
    /// False when the queue is closed; the item is then untouched.
    bool post(CallItem* item) ODC_EXCLUDES(mutex_);
    /// The oldest item, or null.
    CallItem* pop() ODC_EXCLUDES(mutex_);
    /// Refuses what waits and everything later.
    void close(HRESULT why) ODC_EXCLUDES(mutex_);
    /// Makes a `wait` return, or the next one.
    void wake();

    /// The number of events so far. Read it, look for work, then `wait` with it: no event in between is lost.
    std::uint32_t events() const { return events_.load(std::memory_order_seq_cst); }
    /// Returns when there was an event after `seen`, or at the deadline (false).
    bool wait(std::uint32_t seen, std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);
    /// The same, but also when `fd` is readable (then true, and `*fd_ready` is set). `fd` may be -1.
    bool wait_or_readable(std::uint32_t seen, int fd, bool* fd_ready,
                          std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);
    /// Readable while there was an event since the last `clear_event_fd`. Made on first use, which costs each later event a write.
    int event_fd() ODC_EXCLUDES(mutex_);
    void clear_event_fd();
    bool empty() ODC_EXCLUDES(mutex_);

  private:
    std::atomic<std::uint32_t> events_{0};
    std::atomic<std::uint32_t> sleepers_{0};
    std::atomic<int> event_fd_number_{-1};
    std::atomic<bool> fd_always_{false};  ///< a user polls the descriptor: write at every event
    std::atomic<bool> fd_wanted_{false};  ///< our own thread polls right now
    Mutex mutex_;
    CallItem* first_ ODC_GUARDED_BY(mutex_) = nullptr;
    CallItem* last_ ODC_GUARDED_BY(mutex_) = nullptr;
    bool closed_ ODC_GUARDED_BY(mutex_) = false;
    UniqueFd event_fd_ ODC_GUARDED_BY(mutex_);
};

/// Runs items on threads of the multithreaded apartment. Grows while all threads are busy, by one thread at a time, which takes an item before it
/// starts the next: a burst of short ones needs few. A thread that has nothing to do for ten seconds ends. For the life of the process.
class WorkerPool {
  public:
    static WorkerPool& instance();
    void submit(CallItem* item) ODC_EXCLUDES(mutex_);

  private:
    void work();
    /// Whether the caller, without the lock, has to start a thread.
    bool grows() ODC_REQUIRES(mutex_);
    void start();
    std::atomic<std::uint32_t> events_{0};
    Mutex mutex_;
    CallItem* first_ ODC_GUARDED_BY(mutex_) = nullptr;
    CallItem* last_ ODC_GUARDED_BY(mutex_) = nullptr;
    unsigned idle_ ODC_GUARDED_BY(mutex_) = 0;
    unsigned queued_ ODC_GUARDED_BY(mutex_) = 0;
    bool starting_ ODC_GUARDED_BY(mutex_) = false;  ///< a thread is, which has not looked for work yet
};

/// A one-shot flag that one thread waits for, without memory of its own and without a system call when it is already set.
class Completion {
  public:
    void reset() { state_.store(0, std::memory_order_relaxed); }
    void set();
    bool is_set() const { return state_.load(std::memory_order_acquire) == 2; }
    void wait();

  private:
    std::atomic<std::uint32_t> state_{0};  // 0 pending, 1 somebody sleeps, 2 set
};

}  // namespace odc::com
