// Comfort for C++ servers of the Windows Runtime's interfaces: IInspectable, written once.
#pragma once

#include <inspectable.h>

#include <string_view>

#include "opendcom/com_ptr.h"
#include "winstring.h"

namespace odc {

/// `class Notebook final : public odc::inspectable<INotebook, IStringable>` is `implements` of these, and IInspectable. IUnknown and IInspectable
/// are those of the first.
template <class... Interfaces>
class inspectable : public implements<Interfaces..., IInspectable> {
  public:
    /// All but IUnknown and IInspectable. The caller frees the array (CoTaskMemFree).
    HRESULT STDMETHODCALLTYPE GetIids(ULONG* iidCount, IID** iids) override {
        if (!iidCount || !iids) return E_POINTER;
        *iidCount = 0;
        *iids = static_cast<IID*>(CoTaskMemAlloc(sizeof...(Interfaces) * sizeof(IID)));
        if (!*iids) return E_OUTOFMEMORY;
        const IID all[] = {__uuidof(Interfaces)...};
        for (const IID& one : all) (*iids)[(*iidCount)++] = one;
        return S_OK;
    }
    /// `runtime_class()`.
    HRESULT STDMETHODCALLTYPE GetRuntimeClassName(HSTRING* className) override {
        if (!className) return E_POINTER;
        const std::u16string_view name = runtime_class();
        return WindowsCreateString(reinterpret_cast<const WCHAR*>(name.data()), static_cast<UINT32>(name.size()), className);
    }
    HRESULT STDMETHODCALLTYPE GetTrustLevel(TrustLevel* trustLevel) override {
        if (!trustLevel) return E_POINTER;
        *trustLevel = BaseTrust;
        return S_OK;
    }

  protected:
    /// "Namespace.Class", and empty for objects that are of none.
    virtual std::u16string_view runtime_class() const { return {}; }
};

}  // namespace odc
