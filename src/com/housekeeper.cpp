#include "com/housekeeper.h"

#include <thread>

#include "com/exporter.h"
#include "com/ping_client.h"
#include "com/release_queue.h"

namespace odc::com {

Housekeeper& Housekeeper::instance() {
    static auto* keeper = new Housekeeper;  // its thread lives as long as the process
    return *keeper;
}

void Housekeeper::wake_within(std::chrono::milliseconds delay) {
    const auto due = Clock::now() + delay;
    Lock lock(mutex_);
    if (started_ && next_ <= due) return;
    next_ = due;
    if (!started_) {
        started_ = true;
        std::thread([this] { run(); }).detach();
    } else {
        changed_.notify_one();
    }
}

void Housekeeper::run() {
    constexpr auto kForgetExporters = std::chrono::seconds(60);
    auto forget_at = Clock::now() + kForgetExporters;
    for (;;) {
        {
            Lock lock(mutex_);
            while (Clock::now() < next_) {
                const auto until = next_;  // a copy: wait_until looks at its argument without the lock
                changed_.wait_until(lock, until);
            }
            next_ = Clock::time_point::max();
        }
        ReleaseQueue::instance().flush();
        auto again = PingClient::instance().work();
        if (Clock::now() >= forget_at) {
            Exporter::forget_unused();
            forget_at = Clock::now() + kForgetExporters;
        }
        if (!ReleaseQueue::instance().empty()) again = Clock::now() + ReleaseQueue::kDelay;
        Lock lock(mutex_);
        next_ = std::min(next_, std::min(again, forget_at));
    }
}

}  // namespace odc::com
