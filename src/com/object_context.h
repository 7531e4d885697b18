// The context object of an apartment (CoGetObjectContext): what kind of apartment this is, and a way into it.
#pragma once

#include "ctxtcall.h"
#include "com/apartment.h"

namespace odc::com {

/// Part of its apartment: lives as long as that, and keeps it while a client holds a reference. Its references start at none: the
/// apartment's own is not counted (behaviours 16, 17).
class ObjectContext final : public IObjContext, public IComThreadingInfo, public IContextCallback {
  public:
    explicit ObjectContext(Apartment& apartment) : apartment_(apartment) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override;
    ULONG STDMETHODCALLTYPE Release() override;

    // IContext. The contexts of apartments have no properties, and none can be given to them any more.
    HRESULT STDMETHODCALLTYPE SetProperty(REFGUID, CPFLAGS, IUnknown*) override { return E_FAIL; }
    HRESULT STDMETHODCALLTYPE RemoveProperty(REFGUID) override { return E_FAIL; }
    HRESULT STDMETHODCALLTYPE GetProperty(REFGUID policy, CPFLAGS* flags, IUnknown** object) override;
    HRESULT STDMETHODCALLTYPE EnumContextProps(IEnumContextProps** properties) override;
    void STDMETHODCALLTYPE Reserved1() override {}
    void STDMETHODCALLTYPE Reserved2() override {}
    void STDMETHODCALLTYPE Reserved3() override {}
    void STDMETHODCALLTYPE Reserved4() override {}
    void STDMETHODCALLTYPE Reserved5() override {}
    void STDMETHODCALLTYPE Reserved6() override {}
    void STDMETHODCALLTYPE Reserved7() override {}

    HRESULT STDMETHODCALLTYPE GetCurrentApartmentType(APTTYPE* type) override;
    HRESULT STDMETHODCALLTYPE GetCurrentThreadType(THDTYPE* type) override;
    HRESULT STDMETHODCALLTYPE GetCurrentLogicalThreadId(GUID* id) override;
    HRESULT STDMETHODCALLTYPE SetCurrentLogicalThreadId(REFGUID id) override;

    /// Runs `callback` in the apartment and waits for it; gives what it returns. RPC_E_DISCONNECTED when the apartment has ended.
    HRESULT STDMETHODCALLTYPE ContextCallback(PFNCONTEXTCALL callback, ComCallData* data, REFIID, int, IUnknown*) override;

    IObjContext* token() { return this; }

  private:
    Apartment& apartment_;
    std::atomic<ULONG> references_{0};
};

}  // namespace odc::com
