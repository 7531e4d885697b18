#include "opendcom/com/async_call.h"

#include "com/call_object.h"
#include "com/pending_call.h"
#include "opendcom/com/stub.h"

namespace odc::com {

AsyncCore::AsyncCore(const CallTarget& target) : object_(new CallObject(*this, target)) {}
AsyncCore::~AsyncCore() { delete object_; }

HRESULT AsyncCore::query_outer(REFIID iid, void** object) const { return object_->outer().QueryInterface(iid, object); }
ULONG AsyncCore::add_ref_outer() const { return object_->outer().AddRef(); }
ULONG AsyncCore::release_outer() const { return object_->outer().Release(); }
IUnknown* AsyncCore::inner() const { return object_; }

// CallObject ------------------------------------------------------------------------------------------------------------

CallObject::CallObject(AsyncCore& core, const CallTarget& target)
    : core_(core), outer_(target.outer ? target.outer : this), proxy_(ComPtr<IUnknown>::share(target.proxy)),
      channel_(ComPtr<ClientChannel>::share(target.channel)), iid_(*target.iid), event_(outer_, Ref<Latch>::adopt(new Latch)) {}

CallObject::~CallObject() = default;

HRESULT CallObject::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = iid == __uuidof(IUnknown) ? this : event_.face(iid);
    if (!*object && iid == __uuidof(ICancelMethodCalls)) *object = static_cast<ICancelMethodCalls*>(&cancel_);
    if (!*object) *object = core_.asynchronous(iid);
    if (!*object) return E_NOINTERFACE;
    static_cast<IUnknown*>(*object)->AddRef();
    return S_OK;
}

ULONG CallObject::Release() {
    const ULONG left = --references_;
    if (left != 0) return left;
    Ref<PendingCall> outstanding;
    {
        Lock lock(mutex_);
        if (phase_ == Phase::outstanding) outstanding = pending_;
    }
    if (!outstanding) {
        delete &core_;
        return 0;
    }
    // Its results may hold references, which have to be given back: the object lives on, without anybody who knows it, until they are here.
    references_ = 1;
    outer_ = this;
    std::shared_ptr<AsyncCore> orphan(&core_);
    outstanding->abandon([orphan = std::move(orphan), opnum = outstanding->opnum()] { orphan->object_->throw_away(opnum); });
    return 0;
}

void CallObject::throw_away(std::uint16_t opnum) {
    Lock lock(mutex_);
    const auto call = pending_;
    lock.unlock();
    call->revive();  // where it was cancelled
    if (discard_) discard_();
    else core_.discard(opnum);
}

HRESULT CallObject::begin(PendingCall** made, std::uint16_t opnum) {
    if (const HRESULT hr = channel_->usable(); FAILED(hr)) return hr;
    Lock lock(mutex_);
    if (phase_ != Phase::idle) return RPC_S_CALLPENDING;
    discard_ = nullptr;
    *made = new PendingCall(*channel_, iid_, opnum, event_.latch());
    phase_ = Phase::beginning;
    return S_OK;
}

HRESULT CallObject::send(PendingCall& call) {
    ComPtr<ISynchronize> told;
    if (outer_ != this && SUCCEEDED(outer_->QueryInterface(__uuidof(ISynchronize), told.put_void()))) {
        if (told.get() == event_.face(__uuidof(ISynchronize))) told.reset();  // our own
        else told->Reset();
    }
    event_.latch()->reset();
    return call.start(std::move(told));
}

void CallObject::begun(PendingCall& call, bool sent) {
    Lock lock(mutex_);
    phase_ = sent ? Phase::outstanding : Phase::idle;
    if (sent) pending_ = Ref<PendingCall>::share(&call);
}

HRESULT CallObject::claim(PendingCall** found, std::uint16_t opnum) {
    if (!channel_->home().is_current()) return Apartment::current() ? RPC_E_WRONG_THREAD : CO_E_NOTINITIALIZED;
    Lock lock(mutex_);
    if (phase_ != Phase::outstanding && phase_ != Phase::discarding) return RPC_E_CALL_COMPLETE;
    if (pending_->opnum() != opnum) return E_UNEXPECTED;
    if (phase_ == Phase::outstanding) phase_ = Phase::finishing;
    *found = pending_.get();
    return S_OK;
}

void CallObject::finished(bool over) {
    Ref<PendingCall> dropped;
    Lock lock(mutex_);
    if (phase_ == Phase::discarding) return;
    phase_ = !over ? Phase::outstanding : pending_->unwanted() ? Phase::unwanted : Phase::idle;
    if (phase_ == Phase::idle) std::swap(dropped, pending_);
    PendingCall* const unwanted = phase_ == Phase::unwanted ? pending_.get() : nullptr;
    lock.unlock();
    if (unwanted) keep_unwanted(*unwanted);
}

void CallObject::keep_unwanted(PendingCall& call) {
    ++references_;  // what the reply may hold has to be given back: the object lives until that is done, or its apartment ends
    std::shared_ptr<CallObject> held(this, [](CallObject* object) { object->Release(); });
    call.abandon([held = std::move(held)] { held->discard_unwanted(); });
}

void CallObject::discard_unwanted() {
    Ref<PendingCall> call;
    {
        Lock lock(mutex_);
        phase_ = Phase::discarding;
        call = pending_;
    }
    throw_away(call->opnum());
    Lock lock(mutex_);
    phase_ = Phase::idle;
    pending_ = Ref<PendingCall>();
    lock.unlock();
}

bool CallObject::discarding() {
    Lock lock(mutex_);
    return phase_ == Phase::discarding;
}

Ref<PendingCall> CallObject::outstanding() {
    Lock lock(mutex_);
    return phase_ == Phase::outstanding || phase_ == Phase::finishing ? pending_ : Ref<PendingCall>();
}

HRESULT CallObject::CancelFace::Cancel(ULONG seconds) {
    return abi([&] {
        const auto call = object_.outstanding();
        return call ? call->cancel(seconds) : RPC_E_CALL_COMPLETE;
    });
}

HRESULT CallObject::CancelFace::TestCancel() {
    const auto call = object_.outstanding();
    return call ? call->test_cancel() : RPC_E_CALL_COMPLETE;
}

// The methods' frames ---------------------------------------------------------------------------------------------------

BeginCall::~BeginCall() {
    if (!pending_) return;
    object_.begun(*pending_, false);
    pending_->release();
}

HRESULT BeginCall::begin() {
    return abi([&] { return object_.begin(&pending_, opnum_); });
}

ndr::Writer& BeginCall::request() { return pending_->request(); }

void BeginCall::discard_by(void* object, void (*discard)(void*)) {
    object_.discard_by([object, discard] { discard(object); });
}

HRESULT BeginCall::send() {
    const HRESULT hr = abi([&] { return object_.send(*pending_); });
    object_.begun(*pending_, SUCCEEDED(hr));
    std::exchange(pending_, nullptr)->release();
    return hr;
}

FinishCall::~FinishCall() {
    if (!pending_) return;
    const bool held = !object_.discarding();
    object_.finished(received_);
    if (held) object_.outer().Release();
}

HRESULT FinishCall::claim() {
    const HRESULT hr = object_.claim(&pending_, opnum_);
    // While the apartment serves calls the program may drop its last reference.
    if (SUCCEEDED(hr) && !object_.discarding()) object_.outer().AddRef();
    return hr;
}

HRESULT FinishCall::receive() {
    received_ = true;
    return abi([&] { return pending_->finish(); });
}

ndr::Reader& FinishCall::reply() { return pending_->reply(); }

HRESULT FinishCall::finish(HRESULT result) {
    if (!reply().failed()) [[likely]] return result;
    failed_ = true;
    reply().abandon();
    return kBadStubData;
}

}  // namespace odc::com
