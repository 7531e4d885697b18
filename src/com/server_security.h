// Who calls: IServerSecurity, CoQueryClientBlanket, CoImpersonateClient, for the length of the call.
#pragma once

#include <string>

#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/rpc/server.h"

namespace odc::com {

/// The call context of a call that is being served.
class ServerSecurity final : public implements<IServerSecurity> {
  public:
    /// `peer`: null for a caller in this process.
    explicit ServerSecurity(const rpc::Peer* peer);

    /// Each output may be null. The client's name stays good as long as the object does.
    HRESULT STDMETHODCALLTYPE QueryBlanket(DWORD* authnSvc, DWORD* authzSvc, OLECHAR** serverPrincName, DWORD* authnLevel, DWORD* impLevel,
                                           void** privileges, DWORD* capabilities) override;
    /// Whoever calls as the user that this process runs as is that user already. RPC_S_CANNOT_SUPPORT (as HRESULT) for all others: no
    /// security provider is there that could lend their identity.
    HRESULT STDMETHODCALLTYPE ImpersonateClient() override;
    HRESULT STDMETHODCALLTYPE RevertToSelf() override;
    BOOL STDMETHODCALLTYPE IsImpersonating() override { return impersonating_ ? TRUE : FALSE; }

    /// The call is answered: everything is RPC_E_CALL_COMPLETE from now on.
    void end() {
        over_ = true;
        impersonating_ = false;
    }

  private:
    const bool local_;
    const bool same_user_;
    const DWORD service_, level_;
    std::u16string client_;
    std::atomic<bool> over_{false}, impersonating_{false};
};

/// A call that a thread serves now: on its stack, until the object has answered; of an asynchronous one in its call object.
struct ServedCall {
    explicit ServedCall(const rpc::Peer* caller) : peer(caller) {}
    ServedCall(const ServedCall&) = delete;
    ServedCall& operator=(const ServedCall&) = delete;
    ~ServedCall() { end(); }
    /// The call is answered.
    void end() {
        if (security) security->end();
        security.reset();
    }
    const rpc::Peer* peer;             ///< null: in this process
    ComPtr<ServerSecurity> security;   ///< once the object has asked for it
};

}  // namespace odc::com
