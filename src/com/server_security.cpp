#include "com/server_security.h"

#include <pwd.h>
#include <unistd.h>

#include "base/utf16.h"
#include "com/apartment.h"

namespace odc::com {
namespace {

std::u16string user_name(uid_t uid) {
    passwd entry{}, *found = nullptr;
    char memory[4096];
    if (::getpwuid_r(uid, &entry, memory, sizeof memory, &found) != 0 || !found) return to_utf16(std::to_string(uid));
    return to_utf16(found->pw_name);
}

bool is_local(const rpc::Peer* peer) { return !peer || peer->local; }
uid_t user_of(const rpc::Peer* peer) { return peer ? peer->uid : ::geteuid(); }

}  // namespace

// Callers on this machine are known by the kernel, and nobody reads or changes what they send: what Windows says of them is right here too.
ServerSecurity::ServerSecurity(const rpc::Peer* peer, const CallOrigin* origin)
    : local_(is_local(peer)),
      same_user_(local_ && user_of(peer) == ::geteuid()),
      service_(local_ ? DWORD{RPC_C_AUTHN_WINNT} : peer->authentication_service),
      level_(local_ ? DWORD{RPC_C_AUTHN_LEVEL_PKT_PRIVACY} : peer->authentication_level),
      client_(local_ ? user_name(user_of(peer)) : to_utf16(peer->principal)),
      origin_(origin) {}

HRESULT ServerSecurity::QueryBlanket(DWORD* authnSvc, DWORD* authzSvc, OLECHAR** serverPrincName, DWORD* authnLevel, DWORD* impLevel,
                                     void** privileges, DWORD* capabilities) {
    if (serverPrincName) *serverPrincName = nullptr;
    if (privileges) *privileges = nullptr;
    if (over_) return RPC_E_CALL_COMPLETE;
    if (authnSvc) *authnSvc = service_;
    if (authzSvc) *authzSvc = RPC_C_AUTHZ_NONE;
    if (authnLevel) *authnLevel = level_;
    if (impLevel) *impLevel = RPC_C_IMP_LEVEL_ANONYMOUS;  // reserved
    if (privileges && !client_.empty()) *privileges = client_.data();
    if (capabilities) *capabilities = EOAC_NONE;
    return S_OK;
}

HRESULT ServerSecurity::ImpersonateClient() {
    if (over_) return RPC_E_CALL_COMPLETE;
    if (!same_user_) return HRESULT_FROM_WIN32(RPC_S_CANNOT_SUPPORT);
    impersonating_ = true;
    return S_OK;
}

HRESULT ServerSecurity::RevertToSelf() {
    if (over_) return RPC_E_CALL_COMPLETE;
    impersonating_ = false;
    return S_OK;
}

HRESULT ServerSecurity::Cancel(ULONG) { return over_ ? RPC_E_CALL_COMPLETE : E_ACCESSDENIED; }

HRESULT ServerSecurity::TestCancel() {
    Lock lock(mutex_);
    if (over_) return RPC_E_CALL_COMPLETE;
    return origin_ && origin_->cancelled() ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

namespace {

/// The context of the call that this thread serves now. Errors: RPC_E_CALL_COMPLETE.
HRESULT call_context(REFIID iid, void** object) {
    Thread& thread = this_thread();
    if (thread.call_context) return thread.call_context->QueryInterface(iid, object);
    if (!thread.served) return RPC_E_CALL_COMPLETE;
    auto& served = *thread.served;
    if (!served.security) served.security = ComPtr<ServerSecurity>::attach(new ServerSecurity(served.peer, served.origin));
    return thread.served->security->QueryInterface(iid, object);
}

template <class Body>
HRESULT with_server_security(Body body) {
    return abi([&]() -> HRESULT {
        ComPtr<IServerSecurity> security;
        const HRESULT hr = call_context(__uuidof(IServerSecurity), security.put_void());
        return FAILED(hr) ? hr : body(*security);
    });
}

}  // namespace
}  // namespace odc::com

using namespace odc;
using namespace odc::com;

WINOLEAPI CoGetCallContext(REFIID iid, void** object) {
    if (!object) return E_INVALIDARG;
    *object = nullptr;
    return abi([&] { return call_context(iid, object); });
}

WINOLEAPI CoSwitchCallContext(IUnknown* object, IUnknown** previous) {
    if (!previous) return E_INVALIDARG;
    *previous = std::exchange(this_thread().call_context, object);
    return S_OK;
}

WINOLEAPI CoQueryClientBlanket(DWORD* authnSvc, DWORD* authzSvc, LPOLESTR* serverPrincName, DWORD* authnLevel, DWORD* impLevel,
                               RPC_AUTHZ_HANDLE* privileges, DWORD* capabilities) {
    return with_server_security([&](IServerSecurity& security) {
        return security.QueryBlanket(authnSvc, authzSvc, serverPrincName, authnLevel, impLevel, privileges, capabilities);
    });
}

WINOLEAPI CoImpersonateClient(void) {
    return with_server_security([](IServerSecurity& security) { return security.ImpersonateClient(); });
}

WINOLEAPI CoRevertToSelf(void) {
    return with_server_security([](IServerSecurity& security) { return security.RevertToSelf(); });
}

WINOLEAPI CoTestCancel(void) {
    return abi([&]() -> HRESULT {
        ComPtr<ICancelMethodCalls> call;
        const HRESULT hr = call_context(__uuidof(ICancelMethodCalls), call.put_void());
        return FAILED(hr) ? hr : call->TestCancel();
    });
}
