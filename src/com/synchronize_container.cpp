#include "com/synchronize_container.h"

#include <vector>

#include "base/mutex.h"
#include "cguid.h"

extern "C" {
extern ODC_API const CLSID CLSID_SynchronizeContainer;
const CLSID CLSID_SynchronizeContainer = {0x0000032D, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
}

namespace odc::com {
namespace {

class SynchronizeContainer final : public implements<ISynchronizeContainer> {
  public:
    HRESULT STDMETHODCALLTYPE AddSynchronize(ISynchronize* object) override ODC_EXCLUDES(mutex_) {
        if (!object) return E_INVALIDARG;
        return abi([&]() -> HRESULT {
            ComPtr<ISynchronizeHandle> waitable;
            if (const HRESULT hr = object->QueryInterface(__uuidof(ISynchronizeHandle), waitable.put_void()); FAILED(hr)) return hr;
            HANDLE handle = nullptr;
            if (const HRESULT hr = waitable->GetHandle(&handle); FAILED(hr)) return hr;
            Lock lock(mutex_);
            handles_.push_back(handle);
            objects_.push_back(ComPtr<ISynchronize>::share(object));
            return S_OK;
        });
    }

    HRESULT STDMETHODCALLTYPE WaitMultiple(DWORD flags, DWORD milliseconds, ISynchronize** signaled) override ODC_EXCLUDES(mutex_) {
        if (!signaled) return E_INVALIDARG;
        *signaled = nullptr;
        return abi([&]() -> HRESULT {
            std::vector<HANDLE> handles;
            std::vector<ComPtr<ISynchronize>> objects;  // whose handles they are, for as long as this waits
            {
                Lock lock(mutex_);
                handles = handles_;
                objects = objects_;
            }
            DWORD index = 0;
            const auto any = flags & ~static_cast<DWORD>(COWAIT_WAITALL);
            const HRESULT hr = CoWaitForMultipleHandles(any, milliseconds, static_cast<ULONG>(handles.size()), handles.data(), &index);
            if (hr != S_OK) return hr;
            remove(objects[index].get());
            *signaled = objects[index].detach();
            return S_OK;
        });
    }

  private:
    void remove(ISynchronize* object) ODC_EXCLUDES(mutex_) {
        ComPtr<ISynchronize> removed;
        Lock lock(mutex_);
        for (std::size_t i = 0; i < objects_.size(); ++i) {
            if (objects_[i].get() != object) continue;
            removed = std::move(objects_[i]);
            objects_.erase(objects_.begin() + static_cast<std::ptrdiff_t>(i));
            handles_.erase(handles_.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
        lock.unlock();
    }

    Mutex mutex_;
    std::vector<HANDLE> handles_ ODC_GUARDED_BY(mutex_);
    std::vector<ComPtr<ISynchronize>> objects_ ODC_GUARDED_BY(mutex_);
};

}  // namespace

ComPtr<IUnknown> synchronize_container() { return ComPtr<SynchronizeContainer>::attach(new SynchronizeContainer); }

}  // namespace odc::com
