#include "com/blanket.h"

#include <cstring>

#include "com/exporter.h"
#include "com/proxy_manager.h"

namespace odc::com {
namespace {

constexpr DWORD kCapabilities =
    EOAC_MUTUAL_AUTH | EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING | EOAC_ANY_AUTHORITY | EOAC_MAKE_FULLSIC | EOAC_DEFAULT;
constexpr DWORD kBothCloakings = EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING;

bool is_local(const Exporter& exporter) { return exporter.in_process() || exporter.same_machine; }

bool is_authorization(DWORD value) { return value <= RPC_C_AUTHZ_DCE || value == RPC_C_AUTHZ_DEFAULT; }

}  // namespace

Blanket default_blanket(const Exporter& exporter) {
    Blanket blanket;
    if (is_local(exporter)) {
        blanket.service = RPC_C_AUTHN_WINNT;
        blanket.level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
    }
    return blanket;
}

Result<Blanket> make_blanket(const Exporter& exporter, DWORD service, DWORD authorization, const OLECHAR* principal, DWORD level,
                             DWORD impersonation, DWORD capabilities) {
    const auto defaults = default_blanket(exporter);
    Blanket blanket = defaults;
    if (service != RPC_C_AUTHN_DEFAULT) blanket.service = service;
    if (blanket.service != RPC_C_AUTHN_NONE && blanket.service != defaults.service) return fail(E_INVALIDARG, "no such authentication service here");
    if (level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY || impersonation > RPC_C_IMP_LEVEL_DELEGATE || !is_authorization(authorization))
        return fail(E_INVALIDARG, "no such level");
    if ((capabilities & ~kCapabilities) != 0 || (capabilities & kBothCloakings) == kBothCloakings) return fail(E_INVALIDARG, "no such capability");
    // Without a service there is nothing to protect calls with; on one machine nothing less than the kernel's protection.
    if (blanket.service == RPC_C_AUTHN_NONE) blanket.level = RPC_C_AUTHN_LEVEL_NONE;
    if (authorization != RPC_C_AUTHZ_DEFAULT) blanket.authorization = authorization;
    if (impersonation != RPC_C_IMP_LEVEL_DEFAULT) blanket.impersonation = impersonation;
    if ((capabilities & EOAC_DEFAULT) == 0) blanket.capabilities = capabilities;
    if (principal && principal != COLE_DEFAULT_PRINCIPAL) blanket.principal = reinterpret_cast<const char16_t*>(principal);
    return blanket;
}

// IClientSecurity of proxies ---------------------------------------------------------------------------------------------------

std::shared_ptr<const Blanket>* ProxyManager::blanket_of(IUnknown* proxy) {
    if (proxy == identity()) return &identity_blanket_;
    for (auto* entries : {&interfaces_, &copies_})
        for (auto& entry : *entries)
            if (entry.object && entry.object == proxy) return &entry.blanket;
    return nullptr;
}

HRESULT ProxyManager::QueryBlanket(IUnknown* proxy, DWORD* authnSvc, DWORD* authzSvc, OLECHAR** serverPrincName, DWORD* authnLevel,
                                   DWORD* impLevel, void** authInfo, DWORD* capabilities) {
    if (serverPrincName) *serverPrincName = nullptr;
    if (authInfo) *authInfo = nullptr;
    if (!proxy) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        Blanket blanket = default_blanket(*exporter_);
        {
            Lock lock(mutex_);
            const auto* own = blanket_of(proxy);
            if (!own) return E_NOINTERFACE;
            if (*own) blanket = **own;
        }
        if (authnSvc) *authnSvc = blanket.service;
        if (authzSvc) *authzSvc = blanket.authorization;
        if (authnLevel) *authnLevel = blanket.level;
        if (impLevel) *impLevel = blanket.impersonation;
        if (capabilities) *capabilities = blanket.capabilities;
        if (!serverPrincName || blanket.principal.empty()) return S_OK;
        const std::size_t size = (blanket.principal.size() + 1) * sizeof(char16_t);
        *serverPrincName = static_cast<OLECHAR*>(CoTaskMemAlloc(size));
        if (!*serverPrincName) return E_OUTOFMEMORY;
        std::memcpy(*serverPrincName, blanket.principal.c_str(), size);
        return S_OK;
    });
}

HRESULT ProxyManager::SetBlanket(IUnknown* proxy, DWORD authnSvc, DWORD authzSvc, OLECHAR* serverPrincName, DWORD authnLevel, DWORD impLevel,
                                 void*, DWORD capabilities) {
    if (!proxy) return E_INVALIDARG;
    return abi([&]() -> Result<> {
        {
            Lock lock(mutex_);
            if (!blanket_of(proxy)) return fail(E_NOINTERFACE);
        }
        auto made = std::make_shared<const Blanket>(
            ODC_TRY(make_blanket(*exporter_, authnSvc, authzSvc, serverPrincName, authnLevel, impLevel, capabilities)));
        Lock lock(mutex_);
        if (auto* own = blanket_of(proxy)) *own = std::move(made);
        return {};
    });
}

HRESULT ProxyManager::CopyProxy(IUnknown* proxy, IUnknown** copy) {
    if (!proxy || !copy) return E_INVALIDARG;
    *copy = nullptr;
    return abi([&]() -> Result<> {
        Interface made{};
        {
            Lock lock(mutex_);
            for (const auto* entries : {&interfaces_, &copies_})
                for (const auto& entry : *entries)
                    if (entry.object && entry.object == proxy) made = entry;
        }
        if (!made.object) return fail(E_NOINTERFACE, "not an interface of the object itself");
        if (!connected_) return fail(CO_E_OBJNOTCONNECTED);
        made.public_refs = 0;  // the original's references keep the interface as long as this object lives
        made.object = nullptr;
        made.buffer = nullptr;
        made.channel = nullptr;
        ODC_TRY(connect_proxy(made));
        Lock lock(mutex_);
        copies_.push_back(made);
        AddRef();
        *copy = static_cast<IUnknown*>(made.object);
        return {};
    });
}

}  // namespace odc::com

using namespace odc;
using namespace odc::com;

namespace {

template <class Body>
HRESULT with_client_security(IUnknown* proxy, Body body) {
    if (!proxy) return E_INVALIDARG;
    ComPtr<IClientSecurity> security;
    const HRESULT hr = proxy->QueryInterface(__uuidof(IClientSecurity), security.put_void());
    return FAILED(hr) ? hr : body(*security);
}

}  // namespace

WINOLEAPI CoQueryProxyBlanket(IUnknown* proxy, DWORD* authnSvc, DWORD* authzSvc, LPOLESTR* serverPrincName, DWORD* authnLevel,
                              DWORD* impLevel, RPC_AUTH_IDENTITY_HANDLE* authInfo, DWORD* capabilities) {
    return with_client_security(proxy, [&](IClientSecurity& security) {
        return security.QueryBlanket(proxy, authnSvc, authzSvc, serverPrincName, authnLevel, impLevel, authInfo, capabilities);
    });
}

WINOLEAPI CoSetProxyBlanket(IUnknown* proxy, DWORD authnSvc, DWORD authzSvc, OLECHAR* serverPrincName, DWORD authnLevel, DWORD impLevel,
                            RPC_AUTH_IDENTITY_HANDLE authInfo, DWORD capabilities) {
    return with_client_security(proxy, [&](IClientSecurity& security) {
        return security.SetBlanket(proxy, authnSvc, authzSvc, serverPrincName, authnLevel, impLevel, authInfo, capabilities);
    });
}

WINOLEAPI CoCopyProxy(IUnknown* proxy, IUnknown** copy) {
    if (!copy) return E_INVALIDARG;
    *copy = nullptr;
    return with_client_security(proxy, [&](IClientSecurity& security) { return security.CopyProxy(proxy, copy); });
}
