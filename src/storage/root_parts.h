// The interfaces that only a root has: parts of its object, to which QueryInterface, AddRef and Release go.
#pragma once

#include "objbase.h"

namespace odc::storage {

class StorageObject;

class RootStorage final : public IRootStorage {
  public:
    explicit RootStorage(StorageObject& owner) : owner_(owner) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override;
    ULONG STDMETHODCALLTYPE Release() override;
    HRESULT STDMETHODCALLTYPE SwitchToFile(LPOLESTR path) override;

  private:
    StorageObject& owner_;
};

class DirectWriterLock final : public IDirectWriterLock {
  public:
    explicit DirectWriterLock(StorageObject& owner) : owner_(owner) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
    ULONG STDMETHODCALLTYPE AddRef() override;
    ULONG STDMETHODCALLTYPE Release() override;
    HRESULT STDMETHODCALLTYPE WaitForWriteAccess(DWORD milliseconds) override;
    HRESULT STDMETHODCALLTYPE ReleaseWriteAccess() override;
    HRESULT STDMETHODCALLTYPE HaveWriteAccess() override;

  private:
    StorageObject& owner_;
};

/// Answered by a StorageObject with itself, so that it is known among the storages that a caller hands over.
inline constexpr GUID kOurStorage{0x8A5B6F4E, 0x3C1D, 0x4E2A, {0x9B, 0x70, 0x11, 0x5D, 0xC3, 0x82, 0x6E, 0xF4}};

}  // namespace odc::storage
