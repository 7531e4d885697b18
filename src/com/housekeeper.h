// The one background thread of the object runtime: batches releases, sends pings, looks for clients that are gone.
#pragma once

#include <chrono>
#include <condition_variable>

#include "base/mutex.h"

namespace odc::com {

class Housekeeper {
  public:
    static Housekeeper& instance();
    /// Runs the due jobs at the latest after `delay`. Cheap when it would be awake by then anyway.
    void wake_within(std::chrono::milliseconds delay) ODC_EXCLUDES(mutex_);

  private:
    using Clock = std::chrono::steady_clock;
    void run();
    Mutex mutex_;
    std::condition_variable_any changed_;
    bool started_ ODC_GUARDED_BY(mutex_) = false;
    Clock::time_point next_ ODC_GUARDED_BY(mutex_) = Clock::time_point::max();
};

}  // namespace odc::com
