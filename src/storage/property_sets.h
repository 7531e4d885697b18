// The IPropertySetStorage of a storage.
#pragma once

#include "base/sanitizers.h"
#include "objbase.h"
#include "opendcom/base/result.h"

namespace odc::storage {

/// Property sets as elements of a storage, of whatever kind. It has no identity and no references of its own: it is a part of `owner`,
/// to which QueryInterface, AddRef and Release go.
class PropertySets final : public IPropertySetStorage {
  public:
    explicit PropertySets(IStorage& owner) : PropertySets(owner, owner) {}
    /// The object that a caller sees may be another than the storage.
    PropertySets(IUnknown& owner, IStorage& storage) : owner_(owner), storage_(storage) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return owner_.QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return owner_.AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return owner_.Release(); }

    HRESULT STDMETHODCALLTYPE Create(REFFMTID format, const CLSID* class_id, DWORD flags, DWORD mode, IPropertyStorage** properties) override;
    HRESULT STDMETHODCALLTYPE Open(REFFMTID format, DWORD mode, IPropertyStorage** properties) override;
    HRESULT STDMETHODCALLTYPE Delete(REFFMTID format) override;
    HRESULT STDMETHODCALLTYPE Enum(IEnumSTATPROPSETSTG** sets) override;

  private:
    Result<> create(REFFMTID format, const CLSID* class_id, DWORD flags, DWORD mode, IPropertyStorage** properties);
    Result<> open(REFFMTID format, DWORD mode, IPropertyStorage** properties);

    IUnknown& owner_;
    IStorage& storage_;
};

/// Whether a reference that came through the binary interface stands for a null pointer.
ODC_NULL_REFERENCES inline bool is_null(const GUID& reference) {
    const GUID* address = &reference;
    asm("" : "+r"(address));  // the compiler believes that references are never null
    return address == nullptr;
}

}  // namespace odc::storage
