// Property sets on the wire: the proxies that MIDL makes of propidl.idl, and what stands between its local methods and their [call_as] forms.
#include "com/proxy_registry.h"
#include "propidl.h"

extern "C" const odc::com::ProxyFile propidl_ProxyFile;

namespace {

[[maybe_unused]] const bool registered = [] {
    odc::com::ProxyRegistry::instance().add(propidl_ProxyFile);
    return true;
}();

/// `fetched` may be null when one element is asked for.
template <class Remote>
HRESULT next_proxy(ULONG count, ULONG* fetched, Remote&& remote) {
    ULONG unused = 0;
    if (!fetched && count != 1) return E_INVALIDARG;
    return remote(fetched ? fetched : &unused);
}
/// The elements beyond those fetched are not sent.
template <class Call>
HRESULT next_stub(ULONG count, ULONG* fetched, Call&& call) {
    *fetched = 0;
    const HRESULT hr = call(fetched);
    if (FAILED(hr)) *fetched = 0;
    else if (hr == S_OK) *fetched = count;
    return hr;
}

}  // namespace

extern "C" {

HRESULT IEnumSTATPROPSTG_Next_Proxy(IEnumSTATPROPSTG* This, ULONG count, STATPROPSTG* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumSTATPROPSTG_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumSTATPROPSTG_Next_Stub(IEnumSTATPROPSTG* This, ULONG count, STATPROPSTG* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}
HRESULT IEnumSTATPROPSETSTG_Next_Proxy(IEnumSTATPROPSETSTG* This, ULONG count, STATPROPSETSTG* elements, ULONG* fetched) {
    return next_proxy(count, fetched, [&](ULONG* n) { return IEnumSTATPROPSETSTG_RemoteNext_Proxy(This, count, elements, n); });
}
HRESULT IEnumSTATPROPSETSTG_Next_Stub(IEnumSTATPROPSETSTG* This, ULONG count, STATPROPSETSTG* elements, ULONG* fetched) {
    return next_stub(count, fetched, [&](ULONG* n) { return This->Next(count, elements, n); });
}

}  // extern "C"
