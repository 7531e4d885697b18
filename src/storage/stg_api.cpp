// The Stg functions: files and ILockBytes as storages.
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"
#include "storage/lock_bytes_storage.h"
#include "storage/root_open.h"

namespace odc::storage {
namespace {

using compound_file::FileBytes;
using compound_file::Version;

/// Version 4 for 4096-byte sectors. STG_E_INVALIDPARAMETER for other sizes.
HRESULT version_of(const STGOPTIONS* options, Version& version) {
    version = Version::v3;
    if (!options) return S_OK;
    if (options->usVersion == 0 || options->reserved != 0) return STG_E_INVALIDPARAMETER;
    if (options->ulSectorSize != 512 && options->ulSectorSize != 4096) return STG_E_INVALIDPARAMETER;
    if (options->ulSectorSize == 4096) version = Version::v4;
    return S_OK;
}

HRESULT as_interface(HRESULT opened, IStorage* storage, REFIID iid, void** object) {
    const auto owner = ComPtr<IStorage>::attach(storage);
    return FAILED(opened) ? opened : owner->QueryInterface(iid, object);
}

}  // namespace
}  // namespace odc::storage

using namespace odc;
using namespace odc::storage;

WINOLEAPI StgCreateDocfile(const WCHAR* name, DWORD mode, DWORD reserved, IStorage** storage) {
    if (reserved) return STG_E_INVALIDPARAMETER;
    return create_file(name, mode, compound_file::Version::v3, storage);
}

WINOLEAPI StgOpenStorage(const WCHAR* name, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage) {
    if (reserved) return STG_E_INVALIDPARAMETER;
    return open_file(name, priority, mode, exclude, storage);
}

WINOLEAPI StgCreateStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security, REFIID iid,
                             void** object) {
    if (!object) return STG_E_INVALIDPOINTER;
    *object = nullptr;
    if ((format != STGFMT_STORAGE && format != STGFMT_DOCFILE) || attributes || security) return STG_E_INVALIDPARAMETER;
    compound_file::Version version;
    if (const HRESULT hr = version_of(options, version); FAILED(hr)) return hr;
    IStorage* storage = nullptr;
    const HRESULT created = create_file(name, mode, version, &storage);
    return as_interface(created, storage, iid, object);
}

WINOLEAPI StgOpenStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security, REFIID iid,
                           void** object) {
    if (!object) return STG_E_INVALIDPOINTER;
    *object = nullptr;
    if ((format != STGFMT_STORAGE && format != STGFMT_DOCFILE && format != STGFMT_ANY) || attributes || security)
        return STG_E_INVALIDPARAMETER;
    compound_file::Version version;
    if (const HRESULT hr = version_of(options, version); FAILED(hr)) return hr;
    IStorage* storage = nullptr;
    const HRESULT opened = open_file(name, nullptr, mode, nullptr, &storage);
    return as_interface(opened, storage, iid, object);
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
