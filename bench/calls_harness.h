// The measuring loop of the calls benchmark, to the protocol of peer benchmarks: a client is called with an address and workloads and
// prints one JSON line per result. W1 null call, W2 byte arrays, W3 eight threads, W4 structs with strings, W5 create + call +
// release; "n:COUNT", "e:COUNT", "c:COUNT" make exactly so many calls of one kind, for counting system calls.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace calls {

using Clock = std::chrono::steady_clock;
using Call = std::function<void()>;

/// What is measured. Each maker prepares its data, and gives the closure that makes one call.
struct Workloads {
    std::function<Call()> add;
    std::function<Call(std::size_t bytes)> echo;
    std::function<Call()> items;
    std::function<Call()> cycle;
    std::function<Call()> thread_call;  ///< called inside each of eight threads
};

inline double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

inline void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

/// Calls per second over `seconds`, after a warm-up.
inline double rate(const Call& call, double seconds) {
    for (const auto start = Clock::now(); seconds_since(start) < 0.1;) call();
    std::size_t calls = 0;
    double spent = 0;
    for (const auto start = Clock::now(); spent < seconds; spent = seconds_since(start)) {
        call();
        ++calls;
    }
    return static_cast<double>(calls) / spent;
}

inline void print_latency(const Call& call, std::size_t calls) {
    for (const auto start = Clock::now(); seconds_since(start) < 0.2;)
        for (int i = 0; i < 100; ++i) call();
    std::vector<float> samples(calls);
    const auto begin = Clock::now();
    auto last = begin;
    for (auto& sample : samples) {
        call();
        const auto now = Clock::now();
        sample = std::chrono::duration<float, std::micro>(now - last).count();
        last = now;
    }
    const double total = std::chrono::duration<double>(last - begin).count();
    std::sort(samples.begin(), samples.end());
    std::printf("{\"w\":\"W1\",\"median_us\":%.3f,\"p99_us\":%.3f,\"calls_s\":%.1f,\"calls\":%zu}\n",
                static_cast<double>(samples[calls / 2]), static_cast<double>(samples[calls * 99 / 100]),
                static_cast<double>(calls) / total, calls);
    std::fflush(stdout);
}

inline double threaded(const std::function<Call()>& make, double seconds) {
    constexpr int kThreads = 8;
    std::atomic<bool> go{false}, stop{false};
    std::atomic<int> ready{0}, failed{0};
    std::atomic<std::uint64_t> total{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            try {
                const Call call = make();
                for (int k = 0; k < 50; ++k) call();
                ++ready;
                while (!go) std::this_thread::yield();
                std::uint64_t calls = 0;
                for (; !stop.load(std::memory_order_relaxed); ++calls) call();
                total += calls;
            } catch (const std::exception& why) {
                std::fprintf(stderr, "thread: %s\n", why.what());
                ++failed;
                ++ready;
            }
        });
    while (ready < kThreads) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto start = Clock::now();
    go = true;
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (auto& thread : threads) thread.join();
    require(failed == 0, "a thread failed");
    return static_cast<double>(total) / seconds_since(start);
}

inline void print(const char* workload, const char* key, double value) {
    std::printf("{\"w\":\"%s\",\"%s\":%.3f}\n", workload, key, value);
    std::fflush(stdout);
}

/// Runs the workloads named in `list`. The exit status.
inline int run(const std::string& list, const Workloads& workloads) {
    constexpr double kSeconds = 0.5;
    const auto wanted = [&](const char* name) { return ("," + list + ",").find("," + std::string(name) + ",") != std::string::npos; };
    try {
        if (list.size() > 2 && list[1] == ':') {
            const int count = std::atoi(list.c_str() + 2);
            const Call call = list[0] == 'n' ? workloads.add() : list[0] == 'e' ? workloads.echo(64 << 10) : workloads.cycle();
            for (int i = 0; i < count; ++i) call();
            return 0;
        }
        if (wanted("W1")) print_latency(workloads.add(), 20000);
        if (wanted("W2")) {
            print("W2_64K", "MB_s", 2e-6 * (64 << 10) * rate(workloads.echo(64 << 10), kSeconds));
            print("W2_1M", "MB_s", 2e-6 * (1 << 20) * rate(workloads.echo(1 << 20), kSeconds));
        }
        if (wanted("W3") && workloads.thread_call) print("W3", "calls_s", threaded(workloads.thread_call, kSeconds));
        if (wanted("W4")) print("W4", "calls_s", rate(workloads.items(), kSeconds));
        if (wanted("W5")) print("W5", "cycles_s", rate(workloads.cycle(), kSeconds));
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "calls-client: %s\n", why.what());
        return 1;
    }
}

}  // namespace calls
