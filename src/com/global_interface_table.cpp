#include <map>

#include "base/mutex.h"
#include "com/apartment.h"
#include "com/builtin_classes.h"
#include "com/marshal.h"

namespace odc::com {
namespace {

/// Keeps interface pointers as table-strong OBJREFs, which any apartment of the process can unmarshal any number of times.
class GlobalInterfaceTable final : public IGlobalInterfaceTable {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid != __uuidof(IUnknown) && iid != __uuidof(IGlobalInterfaceTable)) return E_NOINTERFACE;
        *object = static_cast<IGlobalInterfaceTable*>(this);
        return S_OK;
    }
    // One for the life of the process (behaviour 71).
    ULONG STDMETHODCALLTYPE AddRef() override { return 1; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }

    HRESULT STDMETHODCALLTYPE RegisterInterfaceInGlobal(IUnknown* object, REFIID iid, DWORD* cookie) override {
        if (!object || !cookie) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            ByteWriter out;
            ODC_TRY(marshal_interface(out, iid, object, MSHCTX_INPROC, nullptr, MSHLFLAGS_TABLESTRONG));
            Lock lock(mutex_);
            entries_[++last_cookie_] = out.take();
            *cookie = last_cookie_;
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE RevokeInterfaceFromGlobal(DWORD cookie) override {
        return abi([&]() -> Result<> {
            std::vector<std::uint8_t> objref;
            {
                Lock lock(mutex_);
                const auto found = entries_.find(cookie);
                if (found == entries_.end()) return fail(E_INVALIDARG);
                objref = std::move(found->second);
                entries_.erase(found);
            }
            ByteReader in(objref);
            (void)release_marshal_data(in);  // the object may have been disconnected meanwhile
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE GetInterfaceFromGlobal(DWORD cookie, REFIID iid, void** object) override {
        if (!object) return E_INVALIDARG;
        *object = nullptr;
        return abi([&]() -> Result<> {
            std::vector<std::uint8_t> objref;
            {
                Lock lock(mutex_);
                const auto found = entries_.find(cookie);
                if (found == entries_.end()) return fail(E_INVALIDARG);
                objref = found->second;
            }
            ByteReader in(objref);
            *object = ODC_TRY(unmarshal_interface(in, iid));
            return {};
        });
    }

  private:
    Mutex mutex_;
    std::map<DWORD, std::vector<std::uint8_t>> entries_ ODC_GUARDED_BY(mutex_);
    DWORD last_cookie_ ODC_GUARDED_BY(mutex_) = 0x100;
};

}  // namespace

ComPtr<IUnknown> global_interface_table() {
    static auto* table = new GlobalInterfaceTable;
    return ComPtr<IUnknown>::attach(table);
}

}  // namespace odc::com
