// The Stg functions: files and ILockBytes as storages.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"

namespace odc::storage {
namespace {

using compound_file::ByteStorage;
using compound_file::CompoundFile;
using compound_file::FileBytes;
using compound_file::Overwrite;
using compound_file::Version;

constexpr DWORD kShare = 0x70;
constexpr DWORD kKnownFlags = 0x3 | kShare | STGM_CREATE | STGM_TRANSACTED | STGM_NOSCRATCH | STGM_NOSNAPSHOT | STGM_DELETEONRELEASE;
constexpr DWORD kLaterFlags = STGM_SIMPLE | STGM_CONVERT | STGM_PRIORITY | STGM_DIRECT_SWMR;

/// An ILockBytes as the bytes of a compound file.
class LockBytesStorage final : public ByteStorage {
  public:
    explicit LockBytesStorage(ILockBytes* bytes) : bytes_(ComPtr<ILockBytes>::share(bytes)) {}

    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        while (!into.empty()) {
            ULARGE_INTEGER at;
            at.QuadPart = offset;
            ULONG got = 0;
            const auto wanted = static_cast<ULONG>(std::min<std::size_t>(into.size(), 1u << 30));
            if (const HRESULT hr = bytes_->ReadAt(at, into.data(), wanted, &got); FAILED(hr)) return fail(hr);
            if (got == 0) return fail(STG_E_READFAULT, "ILockBytes ends");
            into = into.subspan(got);
            offset += got;
        }
        return {};
    }
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override {
        while (!from.empty()) {
            ULARGE_INTEGER at;
            at.QuadPart = offset;
            ULONG put = 0;
            const auto wanted = static_cast<ULONG>(std::min<std::size_t>(from.size(), 1u << 30));
            if (const HRESULT hr = bytes_->WriteAt(at, from.data(), wanted, &put); FAILED(hr)) return fail(hr);
            if (put == 0) return fail(STG_E_WRITEFAULT, "ILockBytes takes no more");
            from = from.subspan(put);
            offset += put;
        }
        return {};
    }
    Result<std::uint64_t> size() override {
        STATSTG stat{};
        if (const HRESULT hr = bytes_->Stat(&stat, STATFLAG_NONAME); FAILED(hr)) return fail(hr);
        return std::uint64_t{stat.cbSize.QuadPart};
    }
    Result<> resize(std::uint64_t size) override {
        ULARGE_INTEGER wanted;
        wanted.QuadPart = size;
        if (const HRESULT hr = bytes_->SetSize(wanted); FAILED(hr)) return fail(hr);
        return {};
    }
    Result<> sync() override {
        if (const HRESULT hr = bytes_->Flush(); FAILED(hr)) return fail(hr);
        return {};
    }

  private:
    const ComPtr<ILockBytes> bytes_;
};

/// Behaviours 87 and 89. Sharing is stricter than asked for: one writer or many readers; see docs/compound-files.md.
HRESULT check_mode(DWORD mode, bool creating) {
    if (mode & ~(kKnownFlags | kLaterFlags) || (mode & 3) == 3) return STG_E_INVALIDFLAG;
    if (mode & STGM_PRIORITY && creating) return STG_E_INVALIDFLAG;
    const DWORD access = mode & 3;
    const DWORD share = mode & kShare;
    if (share > STGM_SHARE_DENY_NONE || share == STGM_SHARE_DENY_READ) return STG_E_INVALIDFLAG;
    if (creating) {
        if (access == STGM_READ) return STG_E_INVALIDFLAG;
        if (!(mode & STGM_TRANSACTED) && (access != STGM_READWRITE || share != STGM_SHARE_EXCLUSIVE)) return STG_E_INVALIDFLAG;
    } else {
        if (mode & (STGM_CREATE | STGM_DELETEONRELEASE)) return STG_E_INVALIDFLAG;
        if (!(mode & STGM_TRANSACTED)) {
            if (share != STGM_SHARE_EXCLUSIVE && share != STGM_SHARE_DENY_WRITE) return STG_E_INVALIDFLAG;
            if (share == STGM_SHARE_DENY_WRITE && access != STGM_READ) return STG_E_INVALIDFLAG;
        }
        if (share == 0) return STG_E_INVALIDFLAG;
    }
    return mode & kLaterFlags ? STG_E_UNIMPLEMENTEDFUNCTION : S_OK;
}

HRESULT lock_file(int fd, DWORD mode) {
    const bool alone = (mode & 3) != STGM_READ || (mode & kShare) == STGM_SHARE_EXCLUSIVE;
    if (::flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return S_OK;
    return errno == EWOULDBLOCK ? STG_E_SHAREVIOLATION : STG_E_ACCESSDENIED;
}

HRESULT finish(Result<std::unique_ptr<CompoundFile>> file, std::u16string name, DWORD mode, bool on_lock_bytes, IStorage** storage) {
    if (!file) return file.code();
    auto document = std::make_shared<Document>();
    auto opening = std::make_shared<Opening>();
    {
        Lock lock(document->mutex);
        document->file = file.take();
        document->tree = std::make_unique<FileTree>(*document->file);
        opening->tree = document->tree.get();
    }
    document->name = std::move(name);
    document->transacted = (mode & STGM_TRANSACTED) != 0;
    document->on_lock_bytes = on_lock_bytes;
    opening->is_root = true;
    opening->mode = mode & ~DWORD{STGM_CREATE};
    return make_storage(std::move(document), std::move(opening), storage);
}

compound_file::CreateOptions create_options(DWORD mode, Version version) {
    const bool transacted = (mode & STGM_TRANSACTED) != 0;
    return {.version = version, .overwrite = transacted ? Overwrite::copy : Overwrite::in_place, .count_transactions = transacted};
}
compound_file::OpenOptions open_options(DWORD mode) {
    const bool transacted = (mode & STGM_TRANSACTED) != 0;
    return {.writable = (mode & 3) != STGM_READ,
            .overwrite = transacted ? Overwrite::copy : Overwrite::in_place,
            .count_transactions = transacted};
}

HRESULT create_file(const WCHAR* name, DWORD mode, Version version, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (const HRESULT hr = check_mode(mode, true); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        std::string path = name ? to_utf8(view(name)) : std::string();
        UniqueFd fd;
        if (name) {
            // The content of a file that is there goes only when its lock is held.
            fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (mode & STGM_CREATE ? 0 : O_EXCL), 0666));
            if (!fd)
                return errno == EEXIST                       ? STG_E_FILEALREADYEXISTS
                       : errno == ENOENT || errno == ENOTDIR ? STG_E_PATHNOTFOUND
                                                             : STG_E_ACCESSDENIED;
        } else {
            const char* folder = std::getenv("TMPDIR");
            path = std::string(folder && *folder ? folder : "/tmp") + "/odc_XXXXXX";
            fd.reset(::mkostemp(path.data(), O_CLOEXEC));
            if (!fd) return STG_E_ACCESSDENIED;
        }
        if (const HRESULT hr = lock_file(fd.get(), mode); FAILED(hr)) return hr;
        if (mode & STGM_DELETEONRELEASE) ::unlink(path.c_str());
        return finish(CompoundFile::create(std::make_unique<FileBytes>(std::move(fd)), create_options(mode, version)), to_utf16(path), mode,
                      false, storage);
    });
}

HRESULT open_file(const WCHAR* name, DWORD mode, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (!name) return STG_E_INVALIDNAME;
    if (const HRESULT hr = check_mode(mode, false); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        const std::string path = to_utf8(view(name));
        auto bytes = FileBytes::open(path, (mode & 3) == STGM_READ ? FileBytes::Mode::read : FileBytes::Mode::read_write);
        if (!bytes) return bytes.code();
        if (const HRESULT hr = lock_file((*bytes)->fd(), mode); FAILED(hr)) return hr;
        const auto size = (*bytes)->size();
        if (!size) return size.code();
        auto file = CompoundFile::open(bytes.take(), open_options(mode));
        // What is no compound file is, for the caller, a file of another kind that exists already.
        if (file.code() == STG_E_INVALIDHEADER) return STG_E_FILEALREADYEXISTS;
        return finish(std::move(file), to_utf16(path), mode, false, storage);
    });
}

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
    if (priority || exclude || reserved) return STG_E_INVALIDPARAMETER;
    return open_file(name, mode, storage);
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
    const HRESULT opened = open_file(name, mode, &storage);
    return as_interface(opened, storage, iid, object);
}

WINOLEAPI StgCreateDocfileOnILockBytes(ILockBytes* bytes, DWORD mode, DWORD reserved, IStorage** storage) {
    if (!bytes || !storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (reserved) return STG_E_INVALIDPARAMETER;
    if (const HRESULT hr = check_mode(mode, true); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        auto file = compound_file::CompoundFile::create(std::make_unique<LockBytesStorage>(bytes), create_options(mode, compound_file::Version::v3));
        return finish(std::move(file), {}, mode, true, storage);
    });
}

WINOLEAPI StgOpenStorageOnILockBytes(ILockBytes* bytes, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage) {
    if (!bytes || !storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (priority || exclude || reserved) return STG_E_INVALIDPARAMETER;
    if (const HRESULT hr = check_mode(mode, false); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        return finish(compound_file::CompoundFile::open(std::make_unique<LockBytesStorage>(bytes), open_options(mode)), {}, mode, true, storage);
    });
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
