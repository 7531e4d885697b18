// Property sets on the wire: the proxies that MIDL makes of propidl.idl, and what stands between its local methods and their [call_as] forms.
#include "com/enum_call_as.h"
#include "com/proxy_registry.h"
#include "propidl.h"

extern "C" const odc::com::ProxyFile propidl_ProxyFile;

using odc::com::next_proxy;
using odc::com::next_stub;

namespace {

[[maybe_unused]] const bool registered = [] {
    odc::com::ProxyRegistry::instance().add(propidl_ProxyFile);
    return true;
}();

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
