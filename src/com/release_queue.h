// References on other processes' objects that are given back in batches (IRemUnknown::RemRelease takes an array), a few milliseconds
// after the last Release at most.
#pragma once

#include <vector>

#include "com/exporter.h"

namespace odc::com {

class ReleaseQueue {
  public:
    static ReleaseQueue& instance();
    void add(const Ref<Exporter>& exporter, const orpc::Ipid& ipid, std::uint32_t public_refs) ODC_EXCLUDES(mutex_);
    /// Sends what is queued and waits for the answers. Called by the housekeeper, and when an apartment ends.
    void flush() ODC_EXCLUDES(mutex_);
    bool empty() ODC_EXCLUDES(mutex_);

    /// References on one interface.
    struct Held {
        orpc::Ipid ipid;
        std::uint32_t public_refs;
    };
    /// Gives references back without the queue: when it returns the server has them. A single-threaded apartment serves calls meanwhile.
    static void send_now(const Ref<Exporter>& exporter, std::span<const Held> held);
    /// How long a release may wait for company.
    static constexpr std::chrono::milliseconds kDelay{2};

  private:
    struct Item {
        Ref<Exporter> exporter;
        orpc::Ipid ipid;
        std::uint32_t public_refs;
    };
    Mutex mutex_;
    Mutex flushing_;  ///< one flush at a time, so that `flush` returns when earlier ones are through too
    std::vector<Item> items_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
