#include "com/call_queue.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>
#include <thread>

namespace odc::com {
namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

void futex_wake(std::atomic<std::uint32_t>& word, int threads) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}

/// False at the deadline.
bool futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, const Deadline& deadline) {
    timespec at{};
    if (deadline) {
        const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline->time_since_epoch()).count();
        at.tv_sec = static_cast<time_t>(since / 1'000'000'000);
        at.tv_nsec = static_cast<long>(since % 1'000'000'000);
    }
    const long result = ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline ? &at : nullptr, nullptr,
                                  FUTEX_BITSET_MATCH_ANY);
    return !(result == -1 && errno == ETIMEDOUT);
}

int milliseconds_until(const Deadline& deadline) {
    if (!deadline) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count() + 1;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : static_cast<int>(left);
}

}  // namespace

bool CallQueue::post(CallItem* item) {
    {
        Lock lock(mutex_);
        if (closed_) return false;
        item->next = nullptr;
        (last_ ? last_->next : first_) = item;
        last_ = item;
    }
    wake();
    return true;
}

CallItem* CallQueue::pop() {
    Lock lock(mutex_);
    CallItem* item = first_;
    if (!item) return nullptr;
    first_ = item->next;
    if (!first_) last_ = nullptr;
    return item;
}

bool CallQueue::empty() {
    Lock lock(mutex_);
    return first_ == nullptr;
}

void CallQueue::close(HRESULT why) {
    CallItem* item;
    {
        Lock lock(mutex_);
        closed_ = true;
        item = first_;
        first_ = last_ = nullptr;
    }
    while (item) {
        CallItem* next = item->next;
        item->refuse(why);
        item = next;
    }
}

void CallQueue::wake() {
    events_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) != 0) futex_wake(events_, INT_MAX);
    if (fd_always_.load(std::memory_order_seq_cst) || fd_wanted_.load(std::memory_order_seq_cst)) {
        const std::uint64_t one = 1;
        (void)!::write(event_fd_number_.load(), &one, sizeof one);  // full only after 2^64 events
    }
}

bool CallQueue::wait(std::uint32_t seen, Deadline deadline) {
    while (events() == seen) {
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        const bool in_time = futex_wait(events_, seen, deadline);
        sleepers_.fetch_sub(1, std::memory_order_seq_cst);
        if (!in_time) return events() != seen;
    }
    return true;
}

bool CallQueue::wait_or_readable(std::uint32_t seen, int fd, bool* fd_ready, Deadline deadline) {
    *fd_ready = false;
    {
        Lock lock(mutex_);
        if (!event_fd_) {
            event_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
            event_fd_number_ = event_fd_.get();
        }
    }
    fd_wanted_.store(true, std::memory_order_seq_cst);
    bool woken = true;
    while (events() == seen) {
        pollfd waits[2] = {{event_fd_number_.load(), POLLIN, 0}, {fd, POLLIN, 0}};
        const int ready = ::poll(waits, fd >= 0 ? 2 : 1, milliseconds_until(deadline));
        if (ready < 0 && errno == EINTR) continue;
        if (fd >= 0 && waits[1].revents != 0) {
            *fd_ready = true;
            break;
        }
        if (waits[0].revents != 0 && !fd_always_.load()) {
            std::uint64_t count;
            (void)!::read(event_fd_number_.load(), &count, sizeof count);
        } else if (ready == 0) {
            woken = events() != seen;
            break;
        }
    }
    fd_wanted_.store(false, std::memory_order_seq_cst);
    return woken;
}

int CallQueue::event_fd() {
    Lock lock(mutex_);
    if (!event_fd_) {
        event_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        event_fd_number_ = event_fd_.get();
    }
    fd_always_ = true;
    if (first_) {
        const std::uint64_t one = 1;
        (void)!::write(event_fd_.get(), &one, sizeof one);
    }
    return event_fd_.get();
}

void CallQueue::clear_event_fd() {
    if (!fd_always_) return;
    std::uint64_t count;
    (void)!::read(event_fd_number_.load(), &count, sizeof count);
}

WorkerPool& WorkerPool::instance() {
    static auto* pool = new WorkerPool;  // its threads outlive main's statics
    return *pool;
}

bool WorkerPool::grows() {
    if (starting_ || queued_ <= idle_) return false;
    starting_ = true;
    ++idle_;  // the new thread counts as idle until it has taken something
    return true;
}

void WorkerPool::start() {
    std::thread([this] { work(); }).detach();
}

void WorkerPool::submit(CallItem* item) {
    bool spawn;
    {
        Lock lock(mutex_);
        item->next = nullptr;
        (last_ ? last_->next : first_) = item;
        last_ = item;
        ++queued_;
        spawn = grows();
    }
    events_.fetch_add(1, std::memory_order_seq_cst);
    if (spawn) start();
    else futex_wake(events_, 1);
}

void WorkerPool::work() {
    for (bool fresh = true;; fresh = false) {
        const auto seen = events_.load(std::memory_order_seq_cst);
        CallItem* item;
        bool spawn = false;
        {
            Lock lock(mutex_);
            if (fresh) starting_ = false;
            item = first_;
            if (item) {
                first_ = item->next;
                if (!first_) last_ = nullptr;
                --queued_;
                --idle_;
                spawn = grows();
            }
        }
        if (spawn) start();
        if (!item) {
            if (futex_wait(events_, seen, Clock::now() + std::chrono::seconds(10))) continue;
            Lock lock(mutex_);
            if (first_) continue;
            --idle_;
            return;
        }
        item->run();
        Lock lock(mutex_);
        ++idle_;
    }
}

void Completion::set() {
    if (state_.exchange(2, std::memory_order_acq_rel) == 1) futex_wake(state_, 1);
}

void Completion::wait() {
    std::uint32_t pending = 0;
    if (!state_.compare_exchange_strong(pending, 1, std::memory_order_acq_rel) && pending == 2) return;
    while (state_.load(std::memory_order_acquire) != 2) futex_wait(state_, 1, std::nullopt);
}

}  // namespace odc::com
