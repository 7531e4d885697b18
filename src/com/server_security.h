// Who calls: IServerSecurity, CoQueryClientBlanket, CoImpersonateClient, for the length of the call.
#pragma once

#include <string>

#include "base/mutex.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/rpc/server.h"

namespace odc::com {

/// Where a served call came from. Any thread.
class CallOrigin {
  public:
    /// The client has asked for the end of the call, or is gone.
    virtual bool cancelled() const = 0;

  protected:
    ~CallOrigin() = default;
};

/// The call context of a call that is being served.
class ServerSecurity final : public implements<IServerSecurity, ICancelMethodCalls> {
  public:
    /// `peer`: null for a caller in this process. `origin` lives until `end`, or until another is given.
    ServerSecurity(const rpc::Peer* peer, const CallOrigin* origin);

    /// Each output may be null. The client's name stays good as long as the object does.
    HRESULT STDMETHODCALLTYPE QueryBlanket(DWORD* authnSvc, DWORD* authzSvc, OLECHAR** serverPrincName, DWORD* authnLevel, DWORD* impLevel,
                                           void** privileges, DWORD* capabilities) override;
    /// Whoever calls as the user that this process runs as is that user already. RPC_S_CANNOT_SUPPORT (as HRESULT) for all others: no
    /// security provider is there that could lend their identity.
    HRESULT STDMETHODCALLTYPE ImpersonateClient() override;
    HRESULT STDMETHODCALLTYPE RevertToSelf() override;
    BOOL STDMETHODCALLTYPE IsImpersonating() override { return impersonating_ ? TRUE : FALSE; }

    /// E_ACCESSDENIED: the call is the client's to cancel.
    HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
    /// RPC_S_CALLPENDING, or RPC_E_CALL_CANCELED.
    HRESULT STDMETHODCALLTYPE TestCancel() override ODC_EXCLUDES(mutex_);

    void set_origin(const CallOrigin* origin) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        origin_ = origin;
    }
    /// The call is answered: everything is RPC_E_CALL_COMPLETE from now on.
    void end() ODC_EXCLUDES(mutex_) {
        over_ = true;
        impersonating_ = false;
        set_origin(nullptr);
    }

  private:
    const bool local_;
    const bool same_user_;
    const DWORD service_, level_;
    std::u16string client_;
    std::atomic<bool> over_{false}, impersonating_{false};
    Mutex mutex_;
    const CallOrigin* origin_ ODC_GUARDED_BY(mutex_);
};

/// A call that a thread serves now: on its stack, until the object has answered; of an asynchronous one in its call object.
struct ServedCall {
    ServedCall(const rpc::Peer* caller, const CallOrigin* from) : peer(caller), origin(from) {}
    ServedCall(const ServedCall&) = delete;
    ServedCall& operator=(const ServedCall&) = delete;
    ~ServedCall() { end(); }
    /// The call is answered.
    void end() {
        if (security) security->end();
        security.reset();
    }
    /// It comes from elsewhere now.
    void move(const rpc::Peer* caller, const CallOrigin* from) {
        peer = caller;
        origin = from;
        if (security) security->set_origin(from);
    }
    const rpc::Peer* peer;             ///< null: in this process
    const CallOrigin* origin;
    ComPtr<ServerSecurity> security;   ///< once the object has asked for it
};

}  // namespace odc::com
