// libcom_component.so: an in-process server of any class, whose objects count.
#include "calc_object.h"

namespace {

using odc::test::Calc;

class Factory final : public odc::implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        *object = nullptr;
        if (outer) return CLASS_E_NOAGGREGATION;
        return odc::ComPtr<ICalc2>::attach(new Calc)->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

}  // namespace

STDAPI DllGetClassObject(REFCLSID, REFIID iid, LPVOID* object) { return odc::ComPtr<Factory>::attach(new Factory)->QueryInterface(iid, object); }
STDAPI DllCanUnloadNow(void) { return Calc::alive == 0 ? S_OK : S_FALSE; }
