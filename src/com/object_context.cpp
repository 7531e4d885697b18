#include "com/object_context.h"

namespace odc::com {
namespace {

/// There is nothing to enumerate.
class NoProperties final : public implements<IEnumContextProps> {
  public:
    HRESULT STDMETHODCALLTYPE Next(ULONG count, ContextProperty* properties, ULONG* fetched) override {
        if (!properties || (!fetched && count != 1)) return E_INVALIDARG;
        if (fetched) *fetched = 0;
        return count == 0 ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) override { return count == 0 ? S_OK : S_FALSE; }
    HRESULT STDMETHODCALLTYPE Reset() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Clone(IEnumContextProps** copy) override {
        if (!copy) return E_INVALIDARG;
        *copy = new NoProperties;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Count(ULONG* count) override {
        if (!count) return E_INVALIDARG;
        *count = 0;
        return S_OK;
    }
};

}  // namespace

HRESULT ObjectContext::QueryInterface(REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == __uuidof(IUnknown) || iid == __uuidof(IContext) || iid == __uuidof(IObjContext)) *object = static_cast<IObjContext*>(this);
    else if (iid == __uuidof(IComThreadingInfo)) *object = static_cast<IComThreadingInfo*>(this);
    else if (iid == __uuidof(IContextCallback)) *object = static_cast<IContextCallback*>(this);
    else return E_NOINTERFACE;
    AddRef();
    return S_OK;
}

ULONG ObjectContext::AddRef() {
    apartment_.add_ref();
    return ++references_;
}

ULONG ObjectContext::Release() {
    const ULONG left = --references_;
    apartment_.release();  // may end `this`
    return left;
}

HRESULT ObjectContext::GetProperty(REFGUID, CPFLAGS* flags, IUnknown** object) {
    if (!flags || !object) return E_INVALIDARG;
    *flags = 0;
    *object = nullptr;
    return E_FAIL;
}

HRESULT ObjectContext::EnumContextProps(IEnumContextProps** properties) {
    if (!properties) return E_INVALIDARG;
    *properties = new NoProperties;
    return S_OK;
}

HRESULT ObjectContext::GetCurrentApartmentType(APTTYPE* type) {
    if (!type) return E_INVALIDARG;
    APTTYPEQUALIFIER qualifier;
    APTTYPE now;
    const HRESULT hr = CoGetApartmentType(&now, &qualifier);
    if (SUCCEEDED(hr)) *type = now;
    return hr;
}

HRESULT ObjectContext::GetCurrentThreadType(THDTYPE* type) {
    if (!type) return E_INVALIDARG;
    const Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    *type = here->is_single_threaded() ? THDTYPE_PROCESSMESSAGES : THDTYPE_BLOCKMESSAGES;
    return S_OK;
}

HRESULT ObjectContext::GetCurrentLogicalThreadId(GUID* id) { return CoGetCurrentLogicalThreadId(id); }

HRESULT ObjectContext::SetCurrentLogicalThreadId(REFGUID id) {
    set_logical_thread(id);
    return S_OK;
}

HRESULT ObjectContext::ContextCallback(PFNCONTEXTCALL callback, ComCallData* data, REFIID, int, IUnknown*) {
    if (!callback) return E_INVALIDARG;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&]() -> HRESULT { return apartment_.run([&]() -> HRESULT { return callback(data); }); });
}

}  // namespace odc::com

using namespace odc::com;

WINOLEAPI CoGetObjectContext(REFIID iid, LPVOID* object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    Apartment* here = Apartment::current();
    return here ? here->context().QueryInterface(iid, object) : CO_E_NOTINITIALIZED;
}

WINOLEAPI CoGetContextToken(ULONG_PTR* token) {
    if (!token) return E_POINTER;
    Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    *token = reinterpret_cast<ULONG_PTR>(here->context().token());
    return S_OK;
}
