// The constants that code written by MIDL refers to.
#include "automation/wire.h"

#include <cstring>

#include "automation/types.h"
#include "oleauto.h"

namespace odc::automation {
namespace {

template <class T>
T& as(void* value) {
    return *static_cast<T*>(value);
}
template <class T>
const T& as(const void* value) {
    return *static_cast<const T*>(value);
}

void clear_callers(void* value) { VariantClear(&as<VARIANT>(value)); }

/// A caller's variant by reference keeps pointing where it did; what came back goes there.
void settle_variant(void* before, void* received) {
    auto& old = as<VARIANT>(before);
    auto& got = as<VARIANT>(received);
    if (!(old.vt & VT_BYREF) || old.vt != got.vt || !old.byref || !got.byref) {
        VariantClear(&old);
        return;
    }
    const auto type = static_cast<VARTYPE>(old.vt & ~VT_BYREF);
    if (type == VT_VARIANT) {
        VARIANT inner = *old.pvarVal;
        *old.pvarVal = *got.pvarVal;
        settle_variant(&inner, old.pvarVal);
    } else {
        if (type & VT_ARRAY) SafeArrayDestroy(*old.pparray);
        else if (type == VT_BSTR) SysFreeString(*old.pbstrVal);
        else if ((type == VT_UNKNOWN || type == VT_DISPATCH) && *old.ppunkVal) (*old.ppunkVal)->Release();
        std::memcpy(old.byref, got.byref, type & VT_ARRAY ? sizeof(SAFEARRAY*) : size_of_type(type));
    }
    CoTaskMemFree(got.byref);
    got = old;
}

void write_exception(ndr::Writer& out, const EXCEPINFO& info) {
    out.align(out.ndr64() ? 8 : 4);
    out.u16(info.wCode);
    out.u16(0);
    const BSTR* const texts[] = {&info.bstrSource, &info.bstrDescription, &info.bstrHelpFile};
    for (const BSTR* text : texts) out.unique(text);
    out.u32(info.dwHelpContext);
    out.uint3264(0);
    out.uint3264(0);
    out.i32(info.scode);
    if (out.ndr64()) out.align(8);
    for (const BSTR* text : texts) write_text(out, *text);
}

void read_exception(ndr::Reader& in, EXCEPINFO& info) {
    EXCEPINFO made{};
    in.align(in.ndr64() ? 8 : 4);
    made.wCode = in.u16();
    in.u16();
    BSTR* const texts[] = {&made.bstrSource, &made.bstrDescription, &made.bstrHelpFile};
    bool follows[3];
    for (bool& one : follows) one = in.unique();
    made.dwHelpContext = in.u32();
    in.uint3264();
    in.uint3264();
    made.scode = in.i32();
    if (in.ndr64()) in.align(8);
    for (int i = 0; i < 3; ++i)
        if (follows[i]) *texts[i] = WireReader(in).text();
    if (!in.failed()) info = made;
}

void free_exception(EXCEPINFO& info) {
    SysFreeString(info.bstrSource);
    SysFreeString(info.bstrDescription);
    SysFreeString(info.bstrHelpFile);
    info = {};
}

}  // namespace
}  // namespace odc::automation

using namespace odc::automation;

extern "C" {
extern ODC_API const odc::ndr::UserType BSTR_wire, VARIANT_wire, LPSAFEARRAY_wire, EXCEPINFO_wire, CLEANLOCALSTORAGE_wire;

const odc::ndr::UserType BSTR_wire = {
    [](odc::ndr::Writer& out, const void* value) { write_text(out, as<BSTR>(value)); },
    [](odc::ndr::Reader& in, void* value) { as<BSTR>(value) = WireReader(in).text(); },
    [](void* value) { SysFreeString(as<BSTR>(value)); },
};
const odc::ndr::UserType VARIANT_wire = {
    [](odc::ndr::Writer& out, const void* value) { write_variant(out, as<VARIANT>(value)); },
    [](odc::ndr::Reader& in, void* value) { as<VARIANT>(value) = WireReader(in).variant(); },
    [](void* value) { free_received(as<VARIANT>(value)); },
    clear_callers,
    settle_variant,
};
const odc::ndr::UserType LPSAFEARRAY_wire = {
    [](odc::ndr::Writer& out, const void* value) { write_array(out, as<SAFEARRAY*>(const_cast<void*>(value))); },
    [](odc::ndr::Reader& in, void* value) { as<SAFEARRAY*>(value) = WireReader(in).array(); },
    [](void* value) { free_received(as<SAFEARRAY*>(value)); },
    [](void* value) { SafeArrayDestroy(as<SAFEARRAY*>(value)); },
};
const odc::ndr::UserType EXCEPINFO_wire = {
    [](odc::ndr::Writer& out, const void* value) { write_exception(out, as<EXCEPINFO>(value)); },
    [](odc::ndr::Reader& in, void* value) { read_exception(in, as<EXCEPINFO>(value)); },
    [](void* value) { free_exception(as<EXCEPINFO>(value)); },
};
// What the structure is for in memory does not concern the other side.
const odc::ndr::UserType CLEANLOCALSTORAGE_wire = {
    [](odc::ndr::Writer& out, const void*) { out.u32(0); },
    [](odc::ndr::Reader& in, void* value) {
        in.u32();
        as<CLEANLOCALSTORAGE>(value) = {};
    },
    [](void*) {},
};
}
