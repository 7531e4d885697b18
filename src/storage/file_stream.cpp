// IStream over a file, and streams in memory: the shell library's stream functions.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "shlwapi.h"
#include "storage/document.h"
#include "storage/share_locks.h"
#include "storage/stream_copy.h"

namespace odc::storage {
namespace {

constexpr DWORD kAccess = 3;
constexpr DWORD kShare = 0x70;
constexpr DWORD kKnown = kAccess | kShare | STGM_CREATE;

HRESULT error_of(int number) {
    switch (number) {
        case ENOENT:
            return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
        case ENOTDIR:
            return HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
        case EEXIST:
            return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return STG_E_MEDIUMFULL;
        case EMFILE:
        case ENFILE:
            return HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES);
        default:
            return HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED);
    }
}

FILETIME filetime(const timespec& time) {
    return to_filetime(116444736000000000 + static_cast<std::uint64_t>(time.tv_sec) * 10000000 +
                       static_cast<std::uint64_t>(time.tv_nsec) / 100);
}

/// The file and how it was opened: what a stream and its clones share.
struct OpenFile {
    UniqueFd fd;
    std::unique_ptr<ShareLocks> locks;  ///< those of a compound file's openers
    std::u16string name;
    DWORD mode = 0;
};

/// Nothing is buffered: what was written is the file's, so Commit only has to see it to the disk. Clones have a position of their
/// own.
class FileStream final : public implements<IStream, ISequentialStream> {
  public:
    explicit FileStream(std::shared_ptr<const OpenFile> file, std::uint64_t at = 0) : file_(std::move(file)), at_(at) {}

    HRESULT STDMETHODCALLTYPE Read(void* to, ULONG size, ULONG* got) override {
        if (got) *got = 0;
        if (!to) return STG_E_INVALIDPOINTER;
        if ((file_->mode & kAccess) == STGM_WRITE) return STG_E_ACCESSDENIED;
        Lock lock(mutex_);
        ULONG done = 0;
        while (done < size) {
            const ssize_t n =
                ::pread(file_->fd.get(), static_cast<char*>(to) + done, size - done, static_cast<off_t>(at_ + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return STG_E_READFAULT;
            if (n == 0) break;
            done += static_cast<ULONG>(n);
        }
        at_ += done;
        if (got) *got = done;
        return done == size ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Write(const void* from, ULONG size, ULONG* put) override {
        if (put) *put = 0;
        if (!from && size) return STG_E_INVALIDPOINTER;
        if (!can_write()) return STG_E_ACCESSDENIED;
        Lock lock(mutex_);
        ULONG done = 0;
        while (done < size) {
            const ssize_t n =
                ::pwrite(file_->fd.get(), static_cast<const char*>(from) + done, size - done, static_cast<off_t>(at_ + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                at_ += done;
                if (put) *put = done;
                return error_of(errno);
            }
            done += static_cast<ULONG>(n);
        }
        at_ += done;
        if (put) *put = done;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER* position) override {
        Lock lock(mutex_);
        std::uint64_t base = 0;
        switch (origin) {
            case STREAM_SEEK_SET:
                break;
            case STREAM_SEEK_CUR:
                base = at_;
                break;
            case STREAM_SEEK_END:
                if (const HRESULT hr = size_of(base); FAILED(hr)) return hr;
                break;
            default:
                return STG_E_INVALIDFUNCTION;
        }
        const auto target = base + static_cast<std::uint64_t>(move.QuadPart);
        if (target > INT64_MAX) return HRESULT_FROM_WIN32(ERROR_NEGATIVE_SEEK);
        at_ = target;
        if (position) position->QuadPart = at_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override {
        if (!can_write()) return STG_E_ACCESSDENIED;
        if (size.QuadPart > INT64_MAX) return STG_E_MEDIUMFULL;
        return ::ftruncate(file_->fd.get(), static_cast<off_t>(size.QuadPart)) == 0 ? S_OK : error_of(errno);
    }
    HRESULT STDMETHODCALLTYPE CopyTo(IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) override {
        return abi([&] { return copy_stream(*this, to, size, read, written); });
    }
    HRESULT STDMETHODCALLTYPE Commit(DWORD flags) override {
        if (flags & STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE || !can_write()) return S_OK;
        return ::fdatasync(file_->fd.get()) == 0 || errno == EINVAL || errno == EROFS ? S_OK : STG_E_WRITEFAULT;
    }
    HRESULT STDMETHODCALLTYPE Revert() override { return S_OK; }  // a direct stream has nothing to take back
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD flags) override {
        if (!stat) return STG_E_INVALIDPOINTER;
        *stat = {};
        if (flags & ~DWORD{STATFLAG_NONAME}) return STG_E_INVALIDFLAG;
        struct stat known {};
        if (::fstat(file_->fd.get(), &known) != 0) return STG_E_ACCESSDENIED;
        if (!(flags & STATFLAG_NONAME) && !(stat->pwcsName = task_string(file_->name))) return E_OUTOFMEMORY;
        stat->type = STGTY_STREAM;
        stat->cbSize.QuadPart = static_cast<std::uint64_t>(known.st_size);
        stat->mtime = filetime(known.st_mtim);
        stat->atime = filetime(known.st_atim);
        stat->ctime = filetime(known.st_ctim);
        stat->grfMode = file_->mode;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(IStream** stream) override {
        if (!stream) return STG_E_INVALIDPOINTER;
        *stream = nullptr;
        return abi([&]() -> HRESULT {
            Lock lock(mutex_);
            *stream = new FileStream(file_, at_);
            return S_OK;
        });
    }

  private:
    bool can_write() const { return (file_->mode & kAccess) != STGM_READ; }
    HRESULT size_of(std::uint64_t& size) const {
        struct stat known {};
        if (::fstat(file_->fd.get(), &known) != 0) return STG_E_ACCESSDENIED;
        size = static_cast<std::uint64_t>(known.st_size);
        return S_OK;
    }

    const std::shared_ptr<const OpenFile> file_;
    Mutex mutex_;
    std::uint64_t at_ ODC_GUARDED_BY(mutex_);
};

int flags_of(DWORD mode, bool create) {
    const DWORD access = mode & kAccess;
    const int flags = O_CLOEXEC | (access == STGM_READ ? O_RDONLY : access == STGM_WRITE ? O_WRONLY : O_RDWR);
    // What a file holds goes only when its lock is held, so no O_TRUNC.
    return mode & STGM_CREATE ? flags | O_CREAT : create ? flags | O_CREAT | O_EXCL : flags;
}

HRESULT open_stream(LPCWSTR name, DWORD mode, bool create, IStream** stream) {
    if (!stream) return E_INVALIDARG;
    *stream = nullptr;
    if (!name || mode & ~kKnown || (mode & kAccess) == kAccess || (mode & kShare) > STGM_SHARE_DENY_NONE) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        auto file = std::make_shared<OpenFile>();
        file->name = view(name);
        file->mode = mode;
        file->fd.reset(::open(to_utf8(file->name).c_str(), flags_of(mode, create), 0666));
        if (!file->fd) return error_of(errno);
        struct stat known {};
        if (::fstat(file->fd.get(), &known) != 0 || S_ISDIR(known.st_mode)) return HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED);
        auto locks = lock_file(file->fd.get(), sharing_of(mode));
        if (!locks) return HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION);
        file->locks = locks.take();
        if (mode & STGM_CREATE && known.st_size > 0 && ::ftruncate(file->fd.get(), 0) != 0) return error_of(errno);
        *stream = new FileStream(std::move(file));
        return S_OK;
    });
}

}  // namespace
}  // namespace odc::storage

WINOLEAPI SHCreateStreamOnFileEx(LPCWSTR file, DWORD mode, DWORD, BOOL create, IStream* template_stream, IStream** stream) {
    if (template_stream) return E_INVALIDARG;
    return odc::storage::open_stream(file, mode, create != FALSE, stream);
}

WINOLEAPI SHCreateStreamOnFileW(LPCWSTR file, DWORD mode, IStream** stream) {
    return odc::storage::open_stream(file, mode, false, stream);
}

EXTERN_C IStream* STDAPICALLTYPE SHCreateMemStream(const BYTE* data, UINT size) {
    odc::ComPtr<IStream> stream;
    const HRESULT hr = odc::abi([&]() -> HRESULT {
        if (const HRESULT made = OdcCreateMemoryStream(stream.put()); FAILED(made)) return made;
        ULONG put = 0;
        if (!data || !size) return S_OK;
        if (const HRESULT written = stream->Write(data, size, &put); FAILED(written)) return written;
        return stream->Seek({}, STREAM_SEEK_SET, nullptr);
    });
    return FAILED(hr) ? nullptr : stream.detach();
}
