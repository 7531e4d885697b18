#include "rpc/worker_pool.h"

#include <chrono>
#include <system_error>

#include "base/log.h"

namespace odc::rpc {
namespace {
constexpr std::chrono::seconds kIdleLife{10};
}

void WorkerPool::submit(std::shared_ptr<Work> work) {
    std::list<std::thread> finished;
    {
        Lock lock(mutex_);
        finished.swap(finished_);
        queue_.push_back(std::move(work));
        if (idle_ >= queue_.size()) {
            work_.notify_one();
        } else {
            const auto self = threads_.emplace(threads_.end());
            try {
                *self = std::thread([this, self] { thread_main(self); });
            } catch (const std::system_error& error) {
                threads_.erase(self);  // a thread that becomes idle will take it
                log::warning("rpc", "no thread for a connection: {}", error.what());
            }
        }
    }
    for (std::thread& thread : finished) thread.join();
}

void WorkerPool::thread_main(std::list<std::thread>::iterator self) {
    Worker worker;
    Lock lock(mutex_);
    for (;;) {
        if (queue_.empty() && !stopping_) {
            ++idle_;
            const bool woken = work_.wait_for(lock, kIdleLife, [this]() ODC_NO_THREAD_SAFETY_ANALYSIS { return !queue_.empty() || stopping_; });
            --idle_;
            if (!woken) break;
        }
        if (queue_.empty()) break;
        std::shared_ptr<Work> work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        work->run(worker);
        work.reset();
        lock.lock();
    }
    finished_.splice(finished_.end(), threads_, self);
    ended_.notify_all();
}

void WorkerPool::stop() {
    std::list<std::thread> finished;
    {
        Lock lock(mutex_);
        stopping_ = true;
        work_.notify_all();
        ended_.wait(lock, [this]() ODC_NO_THREAD_SAFETY_ANALYSIS { return threads_.empty(); });
        finished.swap(finished_);
    }
    for (std::thread& thread : finished) thread.join();
}

std::size_t WorkerPool::threads() const {
    Lock lock(mutex_);
    return threads_.size();
}

}  // namespace odc::rpc
