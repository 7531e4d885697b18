// The Stg functions: files and ILockBytes as storages.
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"
#include "storage/lock_bytes_storage.h"
#include "storage/root_open.h"

using namespace odc;
using namespace odc::storage;
using compound_file::FileBytes;

WINOLEAPI StgCreateDocfile(const WCHAR* name, DWORD mode, DWORD reserved, IStorage** storage) {
    if (reserved) return STG_E_INVALIDPARAMETER;
    return create_file(name, mode, compound_file::Version::v3, storage);
}

WINOLEAPI StgOpenStorage(const WCHAR* name, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage) {
    if (reserved) return STG_E_INVALIDPARAMETER;
    return open_file(name, priority, mode, exclude, storage);
}

WINOLEAPI StgCreateDocfileOnILockBytes(ILockBytes* bytes, DWORD mode, DWORD reserved, IStorage** storage) {
    if (!bytes || !storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    return reserved ? STG_E_INVALIDPARAMETER : create_on_bytes(bytes, mode, storage);
}

WINOLEAPI StgOpenStorageOnILockBytes(ILockBytes* bytes, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage) {
    if (!bytes || !storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    return reserved ? STG_E_INVALIDPARAMETER : open_on_bytes(bytes, priority, mode, exclude, storage);
}

WINOLEAPI StgIsStorageFile(const WCHAR* name) {
    if (!name) return STG_E_INVALIDNAME;
    return abi([&]() -> HRESULT {
        auto file = FileBytes::open(to_utf8(view(name)), FileBytes::Mode::read);
        if (!file) return file.code();
        std::uint8_t start[8] = {};
        return (*file)->read_at(0, start) && compound_file::has_signature(start) ? S_OK : S_FALSE;
    });
}

WINOLEAPI StgIsStorageILockBytes(ILockBytes* bytes) {
    if (!bytes) return STG_E_INVALIDPOINTER;
    return abi([&]() -> HRESULT {
        std::uint8_t start[8] = {};
        return LockBytesStorage(bytes).read_at(0, start) && compound_file::has_signature(start) ? S_OK : S_FALSE;
    });
}

WINOLEAPI ReadClassStg(IStorage* storage, CLSID* class_id) {
    if (!class_id) return E_INVALIDARG;
    *class_id = {};
    if (!storage) return E_INVALIDARG;
    STATSTG stat{};
    const HRESULT hr = storage->Stat(&stat, STATFLAG_NONAME);
    if (SUCCEEDED(hr)) *class_id = stat.clsid;
    return hr;
}

WINOLEAPI WriteClassStg(IStorage* storage, REFCLSID class_id) { return storage ? storage->SetClass(class_id) : E_INVALIDARG; }

WINOLEAPI ReadClassStm(IStream* stream, CLSID* class_id) {
    if (!class_id) return E_INVALIDARG;
    *class_id = {};
    if (!stream) return E_INVALIDARG;
    CLSID read{};
    ULONG got = 0;
    const HRESULT hr = stream->Read(&read, sizeof read, &got);
    if (FAILED(hr)) return hr;
    if (got != sizeof read) return STG_E_READFAULT;
    *class_id = read;
    return S_OK;
}

WINOLEAPI WriteClassStm(IStream* stream, REFCLSID class_id) {
    if (!stream) return E_INVALIDARG;
    ULONG put = 0;
    const HRESULT hr = stream->Write(&class_id, sizeof class_id, &put);
    return FAILED(hr) ? hr : put == sizeof class_id ? S_OK : STG_E_WRITEFAULT;
}
