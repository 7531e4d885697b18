#include "com/builtin_classes.h"

#include "cguid.h"
#include "com/synchronize_container.h"

namespace odc::com {
namespace {

constexpr Guid kGlobalInterfaceTable = {0x00000323, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr Guid kInProcFreeMarshaler = {0x0000033A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/// Makes an object; `outer`, where it can be aggregated, gets its inner unknown.
using Make = ComPtr<IUnknown> (*)(IUnknown* outer);

class BuiltinFactory final : public implements<IClassFactory> {
  public:
    BuiltinFactory(Make make, bool aggregates) : make_(make), aggregates_(aggregates) {}
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (outer && (!aggregates_ || iid != __uuidof(IUnknown))) return CLASS_E_NOAGGREGATION;
        return abi([&] { return make_(outer)->QueryInterface(iid, object); });
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }

  private:
    const Make make_;
    const bool aggregates_;
};

ComPtr<IUnknown> class_object(Make make, bool aggregates = false) { return ComPtr<BuiltinFactory>::attach(new BuiltinFactory(make, aggregates)); }

}  // namespace

ComPtr<IUnknown> builtin_class_object(const Guid& clsid) {
    if (clsid == kGlobalInterfaceTable) return class_object([](IUnknown*) { return global_interface_table(); });
    if (clsid == kInProcFreeMarshaler) return class_object([](IUnknown*) { return free_threaded_unmarshaler(); });
    if (clsid == CLSID_ManualResetEvent) return class_object(manual_reset_event, true);
    if (clsid == CLSID_SynchronizeContainer) return class_object([](IUnknown*) { return synchronize_container(); });
    return nullptr;
}

}  // namespace odc::com
