// The client's end of a channel: from a proxy to an interface of an object in another apartment, process or host.
#pragma once

#include "com/exporter.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/ndr/reader.h"

namespace odc::com {

/// {5C1E7A22-3B0E-4F5B-9C41-0D9A2C6E7A01}: how generated proxies recognise our own channel.
inline constexpr Guid kIidClientChannel = {0x5C1E7A22, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

/// Room for the call under way, in the ProxyCall of the generated method.
class CallState;

/// One per interface proxy. Calls may run on it at once from several threads of its apartment.
class ClientChannel final : public IRpcChannelBuffer {
  public:
    ClientChannel(Apartment& home, Ref<Exporter> exporter, const orpc::Ipid& ipid)
        : home_(home), exporter_(std::move(exporter)), ipid_(ipid) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override;
    HRESULT STDMETHODCALLTYPE GetBuffer(RPCOLEMESSAGE* message, REFIID iid) override;
    HRESULT STDMETHODCALLTYPE SendReceive(RPCOLEMESSAGE* message, ULONG* status) override;
    HRESULT STDMETHODCALLTYPE FreeBuffer(RPCOLEMESSAGE* message) override;
    HRESULT STDMETHODCALLTYPE GetDestCtx(DWORD* context, void** extra) override;
    HRESULT STDMETHODCALLTYPE IsConnected() override { return connected_ ? S_OK : S_FALSE; }

    /// The three steps of a fast call; `state` is memory of at least kCallStateSize bytes. `begin` gives the writer for the
    /// arguments, even when the call cannot be made (`send` then says why).
    CallState* begin(void* state, const Guid& iid, std::uint16_t opnum);
    static ndr::Writer& request(CallState& state);
    static HRESULT send(CallState& state);
    /// `send` in two steps, with nobody waiting in between (rpc::ClientCall::begin). A rejected call is not tried again:
    /// RPC_E_CALL_REJECTED.
    static HRESULT start(CallState& state, rpc::CallDone& done);
    static HRESULT finish(CallState& state);
    /// `finish` without its word on rejections.
    static HRESULT outcome(CallState& state);
    /// Of a call that was started: asks the server to end it. Any thread.
    static void cancel(CallState& state);
    /// Of a call that was started: `done` is not told, and its results are thrown away when they come, with what they hold. False: it has been
    /// told, or is about to be.
    static bool give_up(CallState& state);
    static ndr::Reader& reply(CallState& state);
    static void end(CallState* state);

    /// S_OK on a thread of the proxy's apartment, as long as that lives.
    HRESULT usable() const;
    Apartment& home() const { return home_; }
    void disconnect() { connected_ = false; }
    Exporter& exporter() const { return *exporter_; }
    const orpc::Ipid& ipid() const { return ipid_; }

  private:
    friend class RemoteCallState;
    ~ClientChannel() = default;

    Apartment& home_;
    Ref<Exporter> exporter_;
    const orpc::Ipid ipid_;
    std::atomic<ULONG> references_{1};
    std::atomic<bool> connected_{true};
};

/// RPC_E_SERVERCALL_REJECTED or RETRYLATER.
bool is_rejection(HRESULT hr);
DWORD ticks();
/// Asks the caller's message filter whether to try a rejected call again; waits as long as it says. `started`: of `ticks`.
bool retry_rejected(HRESULT rejected, DWORD started);

/// ORPC calls that left this process so far.
std::uint64_t remote_call_count();

}  // namespace odc::com
