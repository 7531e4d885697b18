// Something that blocks on the network, for callers whose apartment must go on serving calls meanwhile.
#pragma once

#include <functional>

#include "com/apartment.h"

namespace odc::com {

/// `BlockingWork::run(body)`: runs it here; for a caller in a single-threaded apartment on a worker, while the apartment pumps.
class BlockingWork final : public CallItem {
  public:
    static void run(const std::function<void()>& body) {
        Apartment* here = Apartment::current();
        if (!here || !here->is_single_threaded()) return body();
        BlockingWork work(body);
        work.waiting_ = here;
        WorkerPool::instance().submit(&work);
        here->pump_until([&] { return work.done_.is_set(); });
    }
    void run() override {
        Apartment* waiting = waiting_;
        body_();
        waiting->add_ref();
        done_.set();
        waiting->queue().wake();
        waiting->release();
    }
    void refuse(HRESULT) override { run(); }

  private:
    explicit BlockingWork(std::function<void()> body) : body_(std::move(body)) {}
    std::function<void()> body_;
    Apartment* waiting_ = nullptr;
    Completion done_;
};

}  // namespace odc::com
