// A mutex whose users clang checks (-Wthread-safety), and the annotations for it.
#pragma once

#include <mutex>

#if defined(__clang__)
#define ODC_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define ODC_THREAD_ATTRIBUTE(x)
#endif
#define ODC_GUARDED_BY(x) ODC_THREAD_ATTRIBUTE(guarded_by(x))
#define ODC_REQUIRES(...) ODC_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ODC_EXCLUDES(...) ODC_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ODC_ACQUIRE(...) ODC_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ODC_RELEASE(...) ODC_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define ODC_NO_THREAD_SAFETY_ANALYSIS ODC_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace odc {

class ODC_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
  public:
    void lock() ODC_ACQUIRE() { mutex_.lock(); }
    void unlock() ODC_RELEASE() { mutex_.unlock(); }
    /// For std::condition_variable, which wants the standard type.
    std::mutex& native() { return mutex_; }

  private:
    std::mutex mutex_;
};

/// Holds a Mutex for a scope; may be let go and taken again within it. Works with std::condition_variable_any.
class ODC_THREAD_ATTRIBUTE(scoped_lockable) Lock {
  public:
    explicit Lock(Mutex& mutex) ODC_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~Lock() ODC_RELEASE() {
        if (held_) mutex_.unlock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    void unlock() ODC_RELEASE() {
        held_ = false;
        mutex_.unlock();
    }
    void lock() ODC_ACQUIRE() {
        mutex_.lock();
        held_ = true;
    }

  private:
    Mutex& mutex_;
    bool held_ = true;
};

}  // namespace odc
