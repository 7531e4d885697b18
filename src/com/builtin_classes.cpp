#include "com/builtin_classes.h"

namespace odc::com {
namespace {

constexpr Guid kGlobalInterfaceTable = {0x00000323, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr Guid kInProcFreeMarshaler = {0x0000033A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

class BuiltinFactory final : public implements<IClassFactory> {
  public:
    explicit BuiltinFactory(ComPtr<IUnknown> (*make)()) : make_(make) {}
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (outer) return CLASS_E_NOAGGREGATION;
        return make_()->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }

  private:
    ComPtr<IUnknown> (*make_)();
};

}  // namespace

ComPtr<IUnknown> builtin_class_object(const Guid& clsid) {
    if (clsid == kGlobalInterfaceTable) return ComPtr<BuiltinFactory>::attach(new BuiltinFactory(global_interface_table));
    if (clsid == kInProcFreeMarshaler) return ComPtr<BuiltinFactory>::attach(new BuiltinFactory(free_threaded_unmarshaler));
    return nullptr;
}

}  // namespace odc::com
