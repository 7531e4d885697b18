// What stands between the local IEnumXXXX::Next and its [call_as] form, for every enumerator's IDL file.
// Spec: MS-OAUT 3.3.4.1 (Next), documentation of IEnumXXXX: `fetched` may be null when one element is asked for.
#pragma once

#include <algorithm>

#include "objidl.h"

namespace odc::com {

/// `remote` is called with a place for the count. Errors: E_INVALIDARG.
template <class Remote>
HRESULT next_proxy(ULONG count, ULONG* fetched, Remote&& remote) {
    ULONG unused = 0;
    if (!fetched && count != 1) return E_INVALIDARG;
    return remote(fetched ? fetched : &unused);
}

/// The elements beyond those fetched are not sent, and never more than were asked for.
template <class Call>
HRESULT next_stub(ULONG count, ULONG* fetched, Call&& call) {
    *fetched = 0;
    const HRESULT hr = call(fetched);
    *fetched = FAILED(hr) ? 0 : hr == S_OK ? count : std::min(*fetched, count);
    return hr;
}

}  // namespace odc::com
