// The object of exchange.idl. Its IDispatch is written by hand:
//   1 Swap(byref a, byref b)   2 Fail(): an exception that is filled in late   3 Sum(arguments...)   4 Name: property
#pragma once

#include <atomic>
#include <cstring>
#include <string_view>

#include "exchange.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"

namespace odc::test {

class Numbers final : public implements<IEnumVARIANT> {
  public:
    Numbers(LONG next, LONG last) : next_(next), last_(last) {}
    HRESULT STDMETHODCALLTYPE Next(ULONG count, VARIANT* values, ULONG* fetched) override {
        ULONG n = 0;
        for (; n < count && next_ <= last_; ++n) {
            VariantInit(&values[n]);
            if (next_ % 2) {
                values[n].vt = VT_I4;
                values[n].lVal = next_;
            } else {
                values[n].vt = VT_BSTR;
                values[n].bstrVal = SysAllocStringLen(u"even", 4);
            }
            ++next_;
        }
        if (fetched) *fetched = n;
        return n == count ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) override {
        next_ += static_cast<LONG>(count);
        return next_ <= last_ + 1 ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
        next_ = 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(IEnumVARIANT** copy) override {
        *copy = new Numbers(next_, last_);
        return S_OK;
    }

  private:
    LONG next_, last_;
};

/// Type information of one function `HRESULT f([in] long **p = 7)`, one constant and nothing else.
class Description final : public implements<ITypeInfo> {
  public:
    HRESULT STDMETHODCALLTYPE GetTypeAttr(TYPEATTR** attributes) override {
        static TYPEATTR own{};
        own.guid = __uuidof(IExchange);
        own.typekind = TKIND_ALIAS;
        own.cFuncs = 1;
        static TYPEDESC bytes{{}, VT_UI1};
        own.tdescAlias.vt = VT_PTR;
        own.tdescAlias.lptdesc = &bytes;
        ++handed_out;
        *attributes = &own;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetTypeComp(ITypeComp**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetFuncDesc(UINT index, FUNCDESC** function) override {
        if (index != 0) return TYPE_E_ELEMENTNOTFOUND;
        static TYPEDESC inner{{}, VT_I4}, middle{{&inner}, VT_PTR};
        static PARAMDESCEX more{};
        static ELEMDESC parameter{};
        static FUNCDESC own{};
        more.cBytes = sizeof more;
        more.varDefaultValue.vt = VT_I4;
        more.varDefaultValue.lVal = 7;
        parameter.tdesc.vt = VT_PTR;
        parameter.tdesc.lptdesc = &middle;
        parameter.paramdesc = {&more, PARAMFLAG_FIN | PARAMFLAG_FHASDEFAULT};
        own.memid = 42;
        own.cParams = 1;
        own.lprgelemdescParam = &parameter;
        own.funckind = FUNC_PUREVIRTUAL;
        own.invkind = INVOKE_FUNC;
        own.callconv = CC_STDCALL;
        own.elemdescFunc.tdesc.vt = VT_HRESULT;
        ++handed_out;
        *function = &own;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetVarDesc(UINT, VARDESC** variable) override {
        static VARIANT value{};
        static VARDESC own{};
        value.vt = VT_I4;
        value.lVal = 99;
        own.memid = 5;
        own.varkind = VAR_CONST;
        own.lpvarValue = &value;
        own.elemdescVar.tdesc.vt = VT_I4;
        ++handed_out;
        *variable = &own;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetNames(MEMBERID, BSTR* names, UINT room, UINT* count) override {
        *count = room < 2 ? room : 2;
        for (UINT i = 0; i < *count; ++i) names[i] = SysAllocString(i ? u"argument" : u"function");
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetRefTypeOfImplType(UINT, HREFTYPE*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetImplTypeFlags(UINT, INT*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetIDsOfNames(LPOLESTR*, UINT, MEMBERID*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Invoke(PVOID, MEMBERID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*, UINT*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE GetDocumentation(MEMBERID, BSTR* name, BSTR* text, DWORD* context, BSTR* file) override {
        if (name) *name = SysAllocString(u"name");
        if (text) *text = SysAllocString(u"text");
        if (context) *context = 3;
        if (file) *file = nullptr;
        asked = (name ? 1 : 0) | (text ? 2 : 0) | (context ? 4 : 0) | (file ? 8 : 0);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetDllEntry(MEMBERID, INVOKEKIND, BSTR*, BSTR*, WORD*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetRefTypeInfo(HREFTYPE, ITypeInfo**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE AddressOfMember(MEMBERID, INVOKEKIND, PVOID*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID, PVOID*) override { return CLASS_E_CLASSNOTAVAILABLE; }
    HRESULT STDMETHODCALLTYPE GetMops(MEMBERID, BSTR*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetContainingTypeLib(ITypeLib**, UINT*) override { return E_NOTIMPL; }
    void STDMETHODCALLTYPE ReleaseTypeAttr(TYPEATTR*) override { --handed_out; }
    void STDMETHODCALLTYPE ReleaseFuncDesc(FUNCDESC*) override { --handed_out; }
    void STDMETHODCALLTYPE ReleaseVarDesc(VARDESC*) override { --handed_out; }

    static inline int handed_out = 0;
    static inline int asked = 0;
};

class Exchange final : public implements<IExchange, IDispatch> {
  public:
    HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
        *count = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return DISP_E_BADINDEX; }
    HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID, DISPID* ids) override {
        static constexpr std::u16string_view known[] = {u"Swap", u"Fail", u"Sum", u"Name"};
        HRESULT hr = S_OK;
        for (UINT i = 0; i < count; ++i) {
            ids[i] = DISPID_UNKNOWN;
            for (DISPID id = 1; id <= 4; ++id)
                if (known[id - 1] == std::u16string_view(names[i])) ids[i] = id;
            if (ids[i] == DISPID_UNKNOWN) hr = DISP_E_UNKNOWNNAME;
        }
        return hr;
    }
    HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID, LCID, WORD flags, DISPPARAMS* given, VARIANT* result, EXCEPINFO* exception,
                                     UINT* argument_error) override {
        ++calls_;
        if (id == 1) {
            if (given->cArgs != 2) return DISP_E_BADPARAMCOUNT;
            VARIANT* const a = &given->rgvarg[1];
            VARIANT* const b = &given->rgvarg[0];
            if (a->vt != b->vt || !(a->vt & VT_BYREF)) {
                if (argument_error) *argument_error = 1;
                return DISP_E_TYPEMISMATCH;
            }
            if (a->vt == (VT_BSTR | VT_BYREF)) std::swap(*a->pbstrVal, *b->pbstrVal);
            else if (a->vt == (VT_I4 | VT_BYREF)) std::swap(*a->plVal, *b->plVal);
            else std::swap(*a->pvarVal, *b->pvarVal);
            return S_OK;
        }
        if (id == 2) {
            if (!exception) return DISP_E_EXCEPTION;
            exception->pfnDeferredFillIn = [](EXCEPINFO* info) -> HRESULT {
                info->bstrDescription = SysAllocString(u"filled in late");
                info->scode = E_FAIL;
                return S_OK;
            };
            return DISP_E_EXCEPTION;
        }
        if (id == 3) {
            LONG sum = 0;
            for (UINT i = 0; i < given->cArgs; ++i) sum += given->rgvarg[i].lVal * (i < given->cNamedArgs ? 1000 : 1);
            if (!result) return S_FALSE;
            result->vt = VT_I4;
            result->lVal = sum;
            return S_OK;
        }
        if (id == 4 && flags & DISPATCH_PROPERTYPUT) {
            if (given->cNamedArgs != 1 || given->rgdispidNamedArgs[0] != DISPID_PROPERTYPUT) return DISP_E_PARAMNOTFOUND;
            return VariantCopy(&name_, &given->rgvarg[0]);
        }
        if (id == 4) return VariantCopy(result, &name_);
        return DISP_E_MEMBERNOTFOUND;
    }
    HRESULT STDMETHODCALLTYPE Text(BSTR value, BSTR* changed, BSTR* before, BSTR* same) override {
        ++calls_;
        *same = copy(value);
        *before = *changed;
        *changed = SysAllocString(u"changed");
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Variant(VARIANT value, VARIANT* changed, VARIANT* before, VARIANT* same) override {
        ++calls_;
        VariantInit(before);
        VariantInit(same);
        if (const HRESULT hr = VariantCopyInd(same, &value); FAILED(hr)) return hr;
        if (changed->vt == (VT_I4 | VT_BYREF)) {
            before->vt = VT_I4;
            before->lVal = *changed->plVal;
            *changed->plVal += 1;
            return S_OK;
        }
        std::swap(*before, *changed);
        changed->vt = VT_R8;
        changed->dblVal = 2.5;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Array(SAFEARRAY* value, SAFEARRAY** changed, SAFEARRAY** same) override {
        ++calls_;
        if (*changed) {
            SAFEARRAYBOUND bound{4, 1};
            if (const HRESULT hr = SafeArrayRedim(*changed, &bound); FAILED(hr)) return hr;
            static_cast<LONG*>((*changed)->pvData)[3] = 44;
        }
        return SafeArrayCopy(value, same);
    }
    HRESULT STDMETHODCALLTYPE Money(CURRENCY value, CURRENCY* changed, CURRENCY* same) override {
        *same = value;
        changed->int64 += 10000;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Day(DATE value, DATE* changed, DATE* same) override {
        *same = value;
        *changed += 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Number(DECIMAL value, DECIMAL* changed, DECIMAL* same) override {
        *same = value;
        changed->Lo64 += 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Flag(VARIANT_BOOL value, VARIANT_BOOL* changed, VARIANT_BOOL* opposite) override {
        *opposite = value ? VARIANT_FALSE : VARIANT_TRUE;
        *changed = *changed ? VARIANT_FALSE : VARIANT_TRUE;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Object(IDispatch* value, IDispatch** changed, IDispatch** same) override {
        if (value) value->AddRef();
        *same = value;
        if (*changed) (*changed)->Release();
        *changed = this;
        AddRef();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Count(LONG count, IEnumVARIANT** numbers) override {
        *numbers = new Numbers(1, count);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Describe(ITypeInfo** info) override {
        *info = new Description;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Calls(LONG* calls) override {
        *calls = calls_;
        return S_OK;
    }
    ~Exchange() override { VariantClear(&name_); }

  private:
    static BSTR copy(BSTR text) { return text ? SysAllocStringByteLen(reinterpret_cast<LPCSTR>(text), SysStringByteLen(text)) : nullptr; }
    std::atomic<LONG> calls_{0};
    VARIANT name_{};
};

}  // namespace odc::test
