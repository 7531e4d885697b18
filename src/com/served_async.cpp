#include "com/served_async.h"

#include <algorithm>

#include "com/channel_hooks.h"
#include "com/serving.h"

namespace odc::com {

// The outer unknown -----------------------------------------------------------------------------------------------------

HRESULT ServedCallObject::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == __uuidof(IUnknown) || iid == __uuidof(ISynchronize)) {
        *object = static_cast<ISynchronize*>(this);
        AddRef();
        return S_OK;
    }
    return inner_ ? inner_->QueryInterface(iid, object) : E_NOINTERFACE;
}

ULONG ServedCallObject::Release() {
    const auto self = Ref<ServedCallObject>::share(this);
    const ULONG left = --references_;
    if (left == kOwnReferences) last_holder_gone();
    if (left == 0) {
        references_ = 1;  // what the call object does to its outer while it goes
        inner_.reset();
        release();
    }
    return left;
}

HRESULT ServedCallObject::Wait(DWORD flags, DWORD milliseconds) {
    return abi([&] { return latch_->wait(flags, milliseconds); });
}

HRESULT ServedCallObject::Signal() {
    const auto self = Ref<ServedCallObject>::share(this);
    latch_->set();
    Lock lock(mutex_);
    signaled_ = true;
    const bool ends = may_end();
    lock.unlock();
    if (ends) schedule();
    return S_OK;
}

HRESULT ServedCallObject::Reset() {
    Lock lock(mutex_);
    if (scheduled_) return S_OK;  // too late
    signaled_ = false;
    latch_->reset();
    return S_OK;
}

// Begin_ ----------------------------------------------------------------------------------------------------------------

bool ServedCallObject::make(IUnknown* object, const Guid& iid) {
    const HRESULT made = abi([&]() -> HRESULT {
        ComPtr<ICallFactory> factory;
        if (const HRESULT hr = object->QueryInterface(__uuidof(ICallFactory), factory.put_void()); FAILED(hr)) return hr;
        if (const HRESULT hr = factory->CreateCall(iid, this, __uuidof(IUnknown), inner_.put()); FAILED(hr)) return hr;
        return QueryInterface(iid, &async_);
    });
    if (SUCCEEDED(made)) object_ = ComPtr<IUnknown>::share(object);
    return SUCCEEDED(made);
}

HRESULT ServedCallObject::serve(StubCall& call, std::unique_ptr<ServedParts> parts, ServedCallObject** left) {
    parts_ = std::move(parts);
    bool begun = false;
    HRESULT hr = parts_->run(call, async_, ServedHalf::begin, &begun);
    if (begun) {
        bool signaled;
        {
            Lock lock(mutex_);
            signaled = signaled_;
        }
        if (!signaled && left) return leave(call, left);
        const HRESULT waited = signaled ? S_OK : Wait(COWAIT_DEFAULT, INFINITE);
        hr = parts_->run(call, async_, FAILED(waited) ? ServedHalf::abandon : ServedHalf::finish, &begun);
        if (FAILED(waited)) hr = waited;
    }
    let_go();
    return hr;
}

HRESULT ServedCallObject::leave(StubCall& call, ServedCallObject** left) {
    Thread& thread = this_thread();
    apartment_ = Ref<Apartment>::share(Apartment::current());
    causality_ = thread.causality;
    frame_ = &call.frame_;
    if (thread.served) served_.security = std::move(thread.served->security);  // it does not end with this half
    served_.move(nullptr, nullptr);                                            // but where it came from does
    *left = this;
    {
        Lock lock(mutex_);
        phase_ = Phase::left;
        held_ = references_ > kOwnReferences;
    }
    if (!apartment_->served_calls().add(*this)) apartment_ended();
    return S_OK;
}

void ServedCallObject::let_go() {
    parts_.reset();
    static_cast<IUnknown*>(std::exchange(async_, nullptr))->Release();
    object_.reset();
    Release();
}

// Finish_ ---------------------------------------------------------------------------------------------------------------

void ServedCallObject::arm(ServedAnswer& answer, const rpc::Peer* peer, const CallOrigin* origin) {
    const auto self = Ref<ServedCallObject>::share(this);
    Lock lock(mutex_);
    if (phase_ == Phase::left) served_.move(peer, origin);
    if (phase_ == Phase::ended) {
        const HRESULT result = result_;
        lock.unlock();
        return answer.answer(result);
    }
    answer_ = &answer;
    const bool ends = may_end();
    lock.unlock();
    if (ends) schedule();
}

void ServedCallObject::last_holder_gone() {
    Lock lock(mutex_);
    if (phase_ != Phase::left || !held_ || signaled_) return;
    signaled_ = true;
    failure_ = RPC_E_SERVER_DIED;
    const bool ends = may_end();
    lock.unlock();
    if (ends) schedule();
}

void ServedCallObject::schedule() {
    add_ref();  // for the item
    // An apartment that takes nothing any more has ended the call, or is about to.
    if (!apartment_->submit(&item_)) release();
}

void ServedCallObject::EndItem::run() {
    HRESULT failure;
    {
        Lock lock(call_.mutex_);
        failure = call_.failure_;
    }
    call_.complete(failure);
    call_.release();
}

void ServedCallObject::EndItem::refuse(HRESULT why) {
    call_.complete(why);
    call_.release();
}

void ServedCallObject::complete(HRESULT failure) {
    HookedCall* hooked;
    {
        Lock lock(mutex_);
        if (phase_ != Phase::left) return;
        phase_ = Phase::ending;
        hooked = hooked_;
    }
    const auto self = Ref<ServedCallObject>::share(this);
    apartment_->served_calls().remove(*this);
    const EnterApartment enter(apartment_.get());
    const HRESULT result = run_end(failure, hooked);
    let_go();
    Lock lock(mutex_);
    phase_ = Phase::ended;
    result_ = result;
    ServedAnswer* const answer = answer_;
    lock.unlock();
    if (answer) answer->answer(result);
}

HRESULT ServedCallObject::run_end(HRESULT failure, HookedCall* hooked) {
    const bool counted = apartment_->is_single_threaded();
    if (counted) ++apartment_->incoming_depth;
    HRESULT hr;
    {
        const Serving serving(this_thread(), causality_, served_);
        StubCall call(*frame_);
        bool begun = false;
        hr = parts_->run(call, async_, FAILED(failure) ? ServedHalf::abandon : ServedHalf::finish, &begun);
        if (FAILED(failure)) hr = failure;
        if (hooked) hooked->server_answers(FAILED(hr) ? hr : S_OK);
    }
    served_.end();
    if (counted) --apartment_->incoming_depth;
    return hr;
}

// The stub's way here ---------------------------------------------------------------------------------------------------

ServedCallObject* StubCall::call_object(IUnknown* object, const Guid& async_iid) {
    // Most objects make none: they are not charged for the possibility.
    ComPtr<ICallFactory> factory;
    if (FAILED(object->QueryInterface(__uuidof(ICallFactory), factory.put_void()))) return nullptr;
    factory.reset();
    auto* const served = new ServedCallObject;
    if (served->make(object, async_iid)) return served;
    served->Release();
    return nullptr;
}

HRESULT StubCall::serve_in_halves(ServedCallObject& served, std::unique_ptr<ServedParts> parts) { return served.serve(*this, std::move(parts), left_); }

// ServedCalls -----------------------------------------------------------------------------------------------------------

bool ServedCalls::add(ServedCallObject& call) {
    Lock lock(mutex_);
    if (!closed_) calls_.push_back(Ref<ServedCallObject>::share(&call));
    return !closed_;
}

void ServedCalls::remove(ServedCallObject& call) {
    Ref<ServedCallObject> removed;
    Lock lock(mutex_);
    const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const auto& one) { return one.get() == &call; });
    if (found == calls_.end()) return;
    std::swap(*found, calls_.back());
    removed = std::move(calls_.back());
    calls_.pop_back();
    lock.unlock();
}

void ServedCalls::close() {
    std::vector<Ref<ServedCallObject>> calls;
    {
        Lock lock(mutex_);
        closed_ = true;
        calls.swap(calls_);
    }
    for (const auto& call : calls) call->apartment_ended();
}

}  // namespace odc::com
