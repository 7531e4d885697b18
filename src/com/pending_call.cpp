#include "com/pending_call.h"

#include "com/apartment.h"
#include "com/call_queue.h"
#include "com/cancellation.h"

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
    {
        Lock lock(mutex_);
        told_ = std::move(told);
    }
    add_ref();  // for call_done
    const HRESULT hr = ClientChannel::start(*state_, *this);
    if (FAILED(hr)) {
        {
            Lock lock(mutex_);
            told = std::move(told_);
        }
        release();
    }
    return hr;
}

HRESULT PendingCall::finish() {
    Apartment* here = Apartment::current();
    if (here && here->is_single_threaded()) here->pump_until([this] { return ended_.is_set(); });
    else ended_.wait();
    if (unwanted()) return RPC_E_CALL_CANCELED;
    return ClientChannel::finish(*state_);
}

HRESULT PendingCall::cancel(ULONG seconds) {
    Ref<Latch> replied;
    {
        Lock lock(mutex_);
        if (over_ || cancelled_) return over_ ? RPC_E_CALL_COMPLETE : RPC_E_CALL_CANCELED;
        if (!canceller_) canceller_ = Ref<Latch>::adopt(new Latch);
        replied = canceller_;
    }
    const auto self = Ref<PendingCall>::share(this);
    ClientChannel::cancel(*state_);
    if (seconds != 0) (void)replied->wait(COWAIT_DEFAULT, wait_of_cancel(seconds));
    ComPtr<ISynchronize> told;
    {
        Lock lock(mutex_);
        if (over_ || cancelled_) return over_ ? RPC_E_CALL_COMPLETE : RPC_E_CALL_CANCELED;
        cancelled_ = true;
        told = std::move(told_);
    }
    tell(std::move(told));
    return S_OK;
}

HRESULT PendingCall::test_cancel() {
    Lock lock(mutex_);
    return cancelled_ ? RPC_E_CALL_CANCELED : over_ ? RPC_E_CALL_COMPLETE : RPC_S_CALLPENDING;
}

bool PendingCall::unwanted() {
    Lock lock(mutex_);
    return cancelled_;
}

void PendingCall::revive() {
    Lock lock(mutex_);
    cancelled_ = false;
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

void PendingCall::tell(ComPtr<ISynchronize> told) {
    ended_.set();
    if (home_->is_single_threaded()) home_->queue().wake();
    latch_->set();
    if (told) later([told = std::move(told)] { told->Signal(); });
}

void PendingCall::call_done() {
    ComPtr<ISynchronize> told;
    std::function<void()> dispose;
    Ref<Latch> canceller;
    bool cancelled;
    {
        Lock lock(mutex_);
        over_ = true;
        cancelled = cancelled_;
        told = std::move(told_);
        dispose = std::move(dispose_);
        canceller = canceller_;
    }
    if (!cancelled) tell(std::move(told));  // otherwise done, and the event may be another call's by now
    if (canceller) canceller->set();
    if (dispose) later([home = home_, dispose = std::move(dispose)] { home->post(dispose); });
    release();
}

}  // namespace odc::com
