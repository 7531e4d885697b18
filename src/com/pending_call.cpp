#include "com/pending_call.h"

#include "com/apartment.h"
#include "com/call_queue.h"

namespace odc::com {
namespace {

/// Runs on a thread of the multithreaded apartment: what a client's own objects do must not keep the thread that reads.
class LaterItem final : public CallItem {
  public:
    explicit LaterItem(std::function<void()> body) : body_(std::move(body)) {}
    void run() override {
        const auto apartment = Apartment::multithreaded();
        EnterApartment enter(apartment.get());
        body_();
        delete this;
    }
    void refuse(HRESULT) override { delete this; }

  private:
    std::function<void()> body_;
};

void later(std::function<void()> body) { WorkerPool::instance().submit(new LaterItem(std::move(body))); }

}  // namespace

PendingCall::PendingCall(ClientChannel& channel, const Guid& iid, std::uint16_t opnum, Ref<Latch> latch)
    : channel_(ComPtr<ClientChannel>::share(&channel)), home_(Ref<Apartment>::share(&channel.home())), opnum_(opnum), latch_(std::move(latch)),
      state_(channel.begin(storage_, iid, opnum)) {}

PendingCall::~PendingCall() { ClientChannel::end(state_); }

HRESULT PendingCall::start(ComPtr<ISynchronize> told) {
    told_ = std::move(told);
    add_ref();  // for call_done
    const HRESULT hr = ClientChannel::start(*state_, *this);
    if (FAILED(hr)) {
        told_.reset();
        release();
    }
    return hr;
}

HRESULT PendingCall::finish() {
    Apartment* here = Apartment::current();
    if (here && here->is_single_threaded()) here->pump_until([this] { return done_.is_set(); });
    else done_.wait();
    return ClientChannel::finish(*state_);
}

void PendingCall::abandon(std::function<void()> dispose) {
    {
        Lock lock(mutex_);
        if (!over_) {
            dispose_ = std::move(dispose);
            return;
        }
    }
    if (home_->is_current()) dispose();
    else home_->post(std::move(dispose));
}

void PendingCall::call_done() {
    ComPtr<ISynchronize> told = std::move(told_);
    std::function<void()> dispose;
    {
        Lock lock(mutex_);
        over_ = true;
        dispose = std::move(dispose_);
    }
    done_.set();
    if (home_->is_single_threaded()) home_->queue().wake();
    latch_->set();
    if (told) later([told = std::move(told)] { told->Signal(); });
    if (dispose) later([home = home_, dispose = std::move(dispose)] { home->post(dispose); });
    release();
}

}  // namespace odc::com
