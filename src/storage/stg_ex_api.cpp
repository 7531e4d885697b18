// StgCreateStorageEx and StgOpenStorageEx: formats, attributes and options in front of the plain functions.
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"
#include "storage/root_open.h"

namespace odc::storage {
namespace {

using compound_file::FileBytes;
using compound_file::Version;

constexpr DWORD kNoBuffering = 0x20000000;  // FILE_FLAG_NO_BUFFERING: a hint that changes no result

/// STGFMT_FILE stands for property sets of files that are no compound files, which only NTFS keeps: an error, as on any other file system.
HRESULT check_format(DWORD format, DWORD attributes, const void* security, bool opening) {
    if (security) return STG_E_INVALIDPARAMETER;
    switch (format) {
        case STGFMT_STORAGE: return attributes ? STG_E_INVALIDPARAMETER : S_OK;
        case STGFMT_DOCFILE: return attributes & ~kNoBuffering ? STG_E_INVALIDPARAMETER : S_OK;
        case STGFMT_ANY: return attributes || !opening ? STG_E_INVALIDPARAMETER : S_OK;
        default: return STG_E_INVALIDPARAMETER;
    }
}

HRESULT check_options(const STGOPTIONS* options) {
    return options && (options->usVersion == 0 || options->usVersion > 2 || options->reserved != 0) ? STG_E_INVALIDPARAMETER : S_OK;
}

/// 512 or 4096, as the header of a file tells that was opened already; 0 when it cannot be read.
ULONG sector_size(const WCHAR* name) {
    auto file = FileBytes::open(to_utf8(view(name)), FileBytes::Mode::read);
    std::uint8_t header[32] = {};
    if (!file || !(*file)->read_at(0, header)) return 0;
    return header[30] == 12 ? 4096 : 512;
}

HRESULT as_interface(HRESULT opened, IStorage* storage, REFIID iid, void** object) {
    const auto owner = ComPtr<IStorage>::attach(storage);
    return FAILED(opened) ? opened : owner->QueryInterface(iid, object);
}

}  // namespace
}  // namespace odc::storage

using namespace odc;
using namespace odc::storage;

WINOLEAPI StgCreateStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security, REFIID iid,
                             void** object) {
    if (!object) return STG_E_INVALIDPOINTER;
    *object = nullptr;
    if (const HRESULT hr = check_format(format, attributes, security, false); FAILED(hr)) return hr;
    if (const HRESULT hr = check_options(options); FAILED(hr)) return hr;
    if (options && options->ulSectorSize != 512 && options->ulSectorSize != 4096) return STG_E_INVALIDPARAMETER;
    IStorage* storage = nullptr;
    const HRESULT created = create_file(name, mode, options && options->ulSectorSize == 4096 ? Version::v4 : Version::v3, &storage);
    return as_interface(created, storage, iid, object);
}

WINOLEAPI StgOpenStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security, REFIID iid,
                           void** object) {
    if (!object) return STG_E_INVALIDPOINTER;
    *object = nullptr;
    if (const HRESULT hr = check_format(format, attributes, security, true); FAILED(hr)) return hr;
    if (const HRESULT hr = check_options(options); FAILED(hr)) return hr;
    if (options && format != STGFMT_DOCFILE) return STG_E_INVALIDPARAMETER;
    IStorage* storage = nullptr;
    const HRESULT opened = open_file(name, nullptr, mode, nullptr, &storage);
    const HRESULT hr = as_interface(opened, storage, iid, object);
    if (SUCCEEDED(hr) && options) {
        (void)abi([&]() -> HRESULT {
            options->ulSectorSize = sector_size(name);
            return S_OK;
        });
    }
    return hr;
}
