// A call between two apartments of this process: arguments and results in NDR, handed over in memory.
#pragma once

#include <memory>
#include <vector>

#include "com/apartment.h"
#include "com/export_table.h"
#include "com/served_async.h"
#include "opendcom/ndr/server_frame.h"
#include "opendcom/rpc/client.h"
#include "opendcom/rpc/server.h"

namespace odc::com {

class HookedCall;

/// Reused per thread, so that a warm call allocates nothing. The caller waits (a single-threaded apartment pumps), or keeps a call that it
/// has begun, so the item lives on until the callee has answered.
class LocalCall final : public CallItem, private ServedAnswer, private CallOrigin {
  public:
    /// From the calling thread's store; `give_back` returns it there.
    static LocalCall* take();
    void give_back();

    ndr::Writer request;
    ndr::Reader reply;

    /// Runs method `opnum` of the stub in its apartment. S_OK: `reply` is set up.
    HRESULT call(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked);
    /// The same in two steps: `done` is told on the callee's thread, and may give the call back there.
    HRESULT begin(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked, rpc::CallDone& done);
    HRESULT finish();
    /// Lets the callee know that its results are not waited for. Any thread, while the call is the caller's.
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
    /// Of a call that was begun: it gives itself back when it is answered, and `done` is not told. `hooked` goes with it. False: `done` has been
    /// told, or is just about to be.
    bool give_up(std::unique_ptr<HookedCall>& hooked);

    void run() override;
    void refuse(HRESULT why) override;

  private:
    void prepare(const Ref<InterfaceStub>& stub, std::uint16_t opnum, HookedCall* hooked);
    void answer(HRESULT result) override;
    bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
    ndr::ServerFrame frame_;
    ndr::Arena reply_arena_;
    Ref<InterfaceStub> stub_;
    std::uint16_t opnum_ = 0;
    HookedCall* hooked_ = nullptr;
    Guid causality_{};
    HRESULT result_ = S_OK;
    Apartment* waiting_ = nullptr;  ///< the caller's single-threaded apartment, which is woken through its queue
    Completion done_;
    std::atomic<rpc::CallDone*> begun_{nullptr};  ///< who is told, when nobody waits
    bool begins_ = false;                         ///< begun, and not called
    std::atomic<bool> cancelled_{false};
};

/// A call that has arrived, whatever brought it.
struct ArrivedCall {
    std::uint16_t opnum;
    const Guid& causality;
    ndr::ServerFrame& frame;
    DWORD destination;         ///< MSHCTX that results are marshaled for
    const rpc::Peer* peer;     ///< the caller; null when it is in this process
    const CallOrigin& origin;
    HookedCall* hooked;        ///< null without channel hooks
    ServedCallObject** left;   ///< out: the call will be answered by Finish_, and is to be armed
};

/// Serves a call in its apartment on the current thread: message filter, causality, channel hooks, then the stub.
HRESULT serve_call(InterfaceStub& stub, const ArrivedCall& call);

}  // namespace odc::com
