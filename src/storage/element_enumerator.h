// IEnumSTATSTG over the elements of a storage.
#pragma once

#include <string>

#include "storage/storage_object.h"

namespace odc::storage {

/// Remembers the name it stands behind, nothing else: elements that were destroyed are skipped, new ones are seen. Keeps
/// the storage open.
class ElementEnumerator final : public implements<IEnumSTATSTG> {
  public:
    ElementEnumerator(ComPtr<StorageObject> storage, std::u16string behind) : storage_(std::move(storage)), behind_(std::move(behind)) {}

    HRESULT STDMETHODCALLTYPE Next(ULONG count, STATSTG* elements, ULONG* fetched) override {
        if (fetched) *fetched = 0;
        if (!elements) return STG_E_INVALIDPOINTER;
        if (count != 1 && !fetched) return STG_E_INVALIDPARAMETER;
        return abi([&]() -> HRESULT {
            for (ULONG i = 0; i < count; ++i) {
                const HRESULT hr = storage_->stat_after(behind_, elements[i]);
                if (hr != S_OK) return hr;
                if (fetched) *fetched = i + 1;
            }
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) override {
        return abi([&]() -> HRESULT {
            for (; count > 0; --count) {
                STATSTG skipped;
                const HRESULT hr = storage_->stat_after(behind_, skipped);
                CoTaskMemFree(skipped.pwcsName);
                if (hr != S_OK) return hr;
            }
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
        behind_.clear();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(IEnumSTATSTG** twin) override {
        if (!twin) return STG_E_INVALIDPOINTER;
        *twin = nullptr;
        return abi([&]() -> HRESULT {
            *twin = new ElementEnumerator(ComPtr<StorageObject>::share(storage_.get()), behind_);
            return S_OK;
        });
    }

  private:
    const ComPtr<StorageObject> storage_;
    std::u16string behind_;
};

}  // namespace odc::storage
