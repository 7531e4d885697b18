// The inner IUnknown of a marshaler that may be aggregated.
#pragma once

#include <atomic>

#include "objbase.h"

namespace odc::com {

/// Counts the references on an aggregated object of class Owner, an IMarshal that it is a member of, and deletes it with the last one. The
/// owner's own IUnknown is its outer's.
template <class Owner>
class InnerUnknown final : public IUnknown {
  public:
    explicit InnerUnknown(Owner& owner) : owner_(owner) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid == __uuidof(IUnknown)) *object = this;
        else if (iid == __uuidof(IMarshal)) *object = static_cast<IMarshal*>(&owner_);
        else return E_NOINTERFACE;
        static_cast<IUnknown*>(*object)->AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete &owner_;
        return left;
    }

  private:
    Owner& owner_;
    std::atomic<ULONG> references_{1};
};

}  // namespace odc::com
