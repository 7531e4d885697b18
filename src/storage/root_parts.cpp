#include "storage/root_parts.h"

#include "storage/storage_object.h"

namespace odc::storage {

HRESULT RootStorage::QueryInterface(REFIID iid, void** object) { return owner_.QueryInterface(iid, object); }
ULONG RootStorage::AddRef() { return owner_.AddRef(); }
ULONG RootStorage::Release() { return owner_.Release(); }
HRESULT RootStorage::SwitchToFile(LPOLESTR path) { return owner_.switch_to_file(path); }

HRESULT DirectWriterLock::QueryInterface(REFIID iid, void** object) { return owner_.QueryInterface(iid, object); }
ULONG DirectWriterLock::AddRef() { return owner_.AddRef(); }
ULONG DirectWriterLock::Release() { return owner_.Release(); }
HRESULT DirectWriterLock::WaitForWriteAccess(DWORD milliseconds) { return owner_.wait_for_write_access(milliseconds); }
HRESULT DirectWriterLock::ReleaseWriteAccess() { return owner_.release_write_access(); }
HRESULT DirectWriterLock::HaveWriteAccess() { return owner_.have_write_access(); }

void* StorageObject::query_more(REFIID iid) {
    if (iid == IID_IPropertySetStorage) return &property_sets_;
    if (iid == IID_IRootStorage && is_root()) return static_cast<IRootStorage*>(&root_storage_);
    if (iid == IID_IDirectWriterLock && is_root() && document_->kind == RootKind::direct_writer) return static_cast<IDirectWriterLock*>(&writer_lock_);
    return iid == kOurStorage ? this : nullptr;
}

HRESULT StorageObject::switch_to_file(const OLECHAR* path) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        return document_->switch_to_file(path).code();
    });
}

HRESULT StorageObject::wait_for_write_access(DWORD milliseconds) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        return document_->take_write_access(milliseconds).code();
    });
}

HRESULT StorageObject::release_write_access() {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        return document_->give_up_write_access().code();
    });
}

HRESULT StorageObject::have_write_access() {
    Lock lock(document_->mutex);
    return document_->has_write_access ? S_OK : S_FALSE;
}

HRESULT StorageObject::end_priority(std::u16string& path) {
    Lock lock(document_->mutex);
    if (!is_root() || !(document_->mode & STGM_PRIORITY)) return STG_E_INVALIDPARAMETER;
    if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
    path = document_->name;
    opening_->revert();
    document_->locks.reset();
    return S_OK;
}

}  // namespace odc::storage
