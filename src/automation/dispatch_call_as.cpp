// What stands between the local methods of IDispatch, IEnumVARIANT and IPropertyBag and their forms on the wire (MS-OAUT 3.1.4.4, 3.3.4.1).
// Proxies and stubs of interfaces that derive from these, in other programs, call the same functions.
#pragma GCC visibility push(default)
#include "oaidl.h"
#pragma GCC visibility pop

#include <algorithm>
#include <vector>

#include "automation/types.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"
#include "opendcom/ndr/generated.h"

extern "C" const odc::ndr::UserType VARIANT_wire;

namespace {

// MS-OAUT 3.1.4.4: what the caller does not want to know.
constexpr DWORD kNoResult = 0x00020000, kNoException = 0x00040000, kNoArgumentError = 0x00080000;
constexpr DWORD kFlags = 0xFFFF;
constexpr UINT kMaxArguments = 16384;

/// The arguments of one call, as they travel: by-reference ones apart.
struct Arguments {
    std::vector<VARIANTARG> values;
    std::vector<VARIANTARG> references;
    std::vector<UINT> places;
};

Arguments separate(const DISPPARAMS& given) {
    Arguments made;
    made.values.assign(given.rgvarg, given.rgvarg + given.cArgs);
    for (UINT i = 0; i < given.cArgs; ++i) {
        if (!(made.values[i].vt & VT_BYREF)) continue;
        made.references.push_back(made.values[i]);
        made.places.push_back(i);
        VariantInit(&made.values[i]);
    }
    return made;
}

/// MS-OAUT 3.1.4.4.1, and what the description cannot say: arrays are there when their counts are not 0.
bool consistent(const DISPPARAMS& given, UINT count, const UINT* places, const VARIANTARG* references) {
    if (given.cNamedArgs > given.cArgs || (given.cArgs && !given.rgvarg) || (given.cNamedArgs && !given.rgdispidNamedArgs)) return false;
    for (UINT i = 0; i < given.cArgs; ++i)
        if (given.rgvarg[i].vt & VT_BYREF) return false;
    std::vector<bool> seen(given.cArgs);
    for (UINT i = 0; i < count; ++i) {
        const UINT place = places[i];
        if (place >= given.cArgs || seen[place] || given.rgvarg[place].vt != VT_EMPTY || !(references[i].vt & VT_BYREF)) return false;
        seen[place] = true;
    }
    return true;
}

/// Shows the callee its arguments in one list. What the references point to stays with `references`, whatever happens.
class Placed {
  public:
    Placed(DISPPARAMS& list, UINT count, const UINT* places, const VARIANTARG* references) : list_(list), count_(count), places_(places) {
        for (UINT i = 0; i < count; ++i) list.rgvarg[places[i]] = references[i];
    }
    ~Placed() {
        for (UINT i = 0; i < count_; ++i) VariantInit(&list_.rgvarg[places_[i]]);
    }
    Placed(const Placed&) = delete;
    Placed& operator=(const Placed&) = delete;

  private:
    DISPPARAMS& list_;
    const UINT count_;
    const UINT* const places_;
};

}  // namespace

extern "C" {

HRESULT IDispatch_Invoke_Proxy(IDispatch* This, DISPID member, REFIID iid, LCID locale, WORD flags, DISPPARAMS* given, VARIANT* result,
                               EXCEPINFO* exception, UINT* argument_error) {
    return odc::abi([&]() -> HRESULT {
        if (!given || (given->cArgs && !given->rgvarg) || (given->cNamedArgs && !given->rgdispidNamedArgs)) return E_INVALIDARG;
        if (given->cArgs > kMaxArguments || given->cNamedArgs > given->cArgs) return DISP_E_BADPARAMCOUNT;
        Arguments sent = separate(*given);
        const auto count = static_cast<UINT>(sent.references.size());
        std::vector<VARIANTARG> received = sent.references;
        VARIANTARG no_reference{};
        UINT no_place = 0;
        DISPPARAMS params = *given;
        params.rgvarg = sent.values.data();
        VARIANT unwanted_result{};
        EXCEPINFO unwanted_exception{};
        UINT unwanted_error = 0;
        const DWORD wire_flags = flags | (result ? 0 : kNoResult) | (exception ? 0 : kNoException) | (argument_error ? 0 : kNoArgumentError);
        const HRESULT hr = IDispatch_RemoteInvoke_Proxy(
            This, member, iid, locale, wire_flags, &params, result ? result : &unwanted_result, exception ? exception : &unwanted_exception,
            argument_error ? argument_error : &unwanted_error, count, count ? sent.places.data() : &no_place,
            count ? received.data() : &no_reference);
        if (!result) VariantClear(&unwanted_result);
        if (!exception) {
            for (BSTR text : {unwanted_exception.bstrSource, unwanted_exception.bstrDescription, unwanted_exception.bstrHelpFile}) SysFreeString(text);
        }
        // A reply that could not be read has been given up with all that was in it.
        if (hr == HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)) return hr;
        for (UINT i = 0; i < count; ++i) {
            VARIANTARG& argument = given->rgvarg[sent.places[i]];
            if (received[i].byref == sent.references[i].byref) continue;  // no reply
            odc::ndr::settle(VARIANT_wire, argument, received[i]);
            argument = received[i];
        }
        return hr;
    });
}

HRESULT IDispatch_Invoke_Stub(IDispatch* This, DISPID member, REFIID iid, LCID locale, DWORD flags, DISPPARAMS* given, VARIANT* result,
                              EXCEPINFO* exception, UINT* argument_error, UINT count, UINT* places, VARIANTARG* references) {
    if (!consistent(*given, count, places, references)) return E_INVALIDARG;
    const Placed placed(*given, count, places, references);
    const HRESULT hr = This->Invoke(member, iid, locale, static_cast<WORD>(flags & kFlags), given, flags & kNoResult ? nullptr : result,
                                    flags & kNoException ? nullptr : exception, flags & kNoArgumentError ? nullptr : argument_error);
    // What the server wanted to fill in later, it fills in now: the function means nothing elsewhere (MS-OAUT 2.2.34).
    if (hr == DISP_E_EXCEPTION && exception->pfnDeferredFillIn) exception->pfnDeferredFillIn(exception);
    exception->pfnDeferredFillIn = nullptr;
    if (FAILED(hr)) VariantClear(result);
    return hr;
}

HRESULT IEnumVARIANT_Next_Proxy(IEnumVARIANT* This, ULONG count, VARIANT* values, ULONG* fetched) {
    ULONG unused = 0;
    if (!fetched && count != 1) return E_INVALIDARG;
    return IEnumVARIANT_RemoteNext_Proxy(This, count, values, fetched ? fetched : &unused);
}
HRESULT IEnumVARIANT_Next_Stub(IEnumVARIANT* This, ULONG count, VARIANT* values, ULONG* fetched) {
    *fetched = 0;
    const HRESULT hr = This->Next(count, values, fetched);
    if (FAILED(hr)) *fetched = 0;
    else if (hr == S_OK) *fetched = count;
    else *fetched = std::min(*fetched, count);
    return hr;
}

HRESULT IPropertyBag_Read_Proxy(IPropertyBag* This, LPCOLESTR name, VARIANT* value, IErrorLog* log) {
    if (!value) return E_POINTER;
    // The wanted type and, for objects, the object to initialize travel; the value itself does not.
    IUnknown* object = value->vt == VT_UNKNOWN ? value->punkVal : nullptr;
    VARIANT read{};
    const HRESULT hr = IPropertyBag_RemoteRead_Proxy(This, name, &read, log, value->vt, object);
    if (FAILED(hr)) return hr;
    VariantClear(value);
    *value = read;
    return hr;
}
HRESULT IPropertyBag_Read_Stub(IPropertyBag* This, LPCOLESTR name, VARIANT* value, IErrorLog* log, DWORD type, IUnknown* object) {
    VariantInit(value);
    const auto vt = static_cast<VARTYPE>(type);
    if (type > 0xFFFF || !odc::automation::is_variant_type(vt) || (vt & VT_BYREF)) return DISP_E_BADVARTYPE;
    if (vt == VT_UNKNOWN && object) {
        value->punkVal = object;
        object->AddRef();
    } else if (vt == VT_RECORD) {
        return DISP_E_BADVARTYPE;
    }
    value->vt = vt;
    const HRESULT hr = This->Read(name, value, log);
    if (FAILED(hr)) VariantClear(value);
    return hr;
}

}  // extern "C"
