#include "compound_file/byte_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace odc::compound_file {

namespace {

Error file_error(int error, const std::string& what) {
    const std::string text = what + ": " + std::strerror(error);
    switch (error) {
        case ENOENT: return fail(STG_E_FILENOTFOUND, text);
        case ENOTDIR: return fail(STG_E_PATHNOTFOUND, text);
        case EEXIST: return fail(STG_E_FILEALREADYEXISTS, text);
        case EMFILE:
        case ENFILE: return fail(STG_E_TOOMANYOPENFILES, text);
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return fail(STG_E_MEDIUMFULL, text);
        case EROFS: return fail(STG_E_DISKISWRITEPROTECTED, text);
        case EIO: return fail(STG_E_WRITEFAULT, text);
        default: return fail(STG_E_ACCESSDENIED, text);
    }
}

}  // namespace

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::string& path, Mode mode) {
    int flags = O_CLOEXEC;
    switch (mode) {
        case Mode::read: flags |= O_RDONLY; break;
        case Mode::read_write: flags |= O_RDWR; break;
        case Mode::create: flags |= O_RDWR | O_CREAT | O_TRUNC; break;
        case Mode::create_new: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    }
    UniqueFd fd(::open(path.c_str(), flags, 0666));
    if (!fd) return file_error(errno, path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return file_error(errno, path);
    if (!S_ISREG(status.st_mode)) return fail(STG_E_ACCESSDENIED, path + ": not a regular file");
    return std::make_unique<FileBytes>(std::move(fd));
}

Result<> FileBytes::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    while (!into.empty()) {
        const ssize_t got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(STG_E_READFAULT, got < 0 ? std::strerror(errno) : "read past the end of the file");
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<> FileBytes::write_at(std::uint64_t offset, std::span<const std::uint8_t> from) {
    while (!from.empty()) {
        const ssize_t put = ::pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return file_error(errno, "write");
        from = from.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

Result<std::uint64_t> FileBytes::size() {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return file_error(errno, "stat");
    return static_cast<std::uint64_t>(status.st_size);
}

Result<> FileBytes::resize(std::uint64_t size) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return file_error(errno, "resize");
    return {};
}

Result<> FileBytes::sync() {
    if (::fdatasync(fd_.get()) != 0) return file_error(errno, "sync");
    return {};
}

Result<> MemoryBytes::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset)
        return fail(STG_E_READFAULT, "read past the end of the bytes");
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
    return {};
}

Result<> MemoryBytes::write_at(std::uint64_t offset, std::span<const std::uint8_t> from) {
    if (from.empty()) return {};
    const std::uint64_t end = offset + from.size();
    if (end < offset) return fail(STG_E_MEDIUMFULL, "offset past 2^64");
    if (end > bytes_.size()) {
        const auto size_before = bytes_.capacity();
        if (end > size_before) bytes_.reserve(std::max<std::uint64_t>(end, size_before + size_before / 2));
        bytes_.resize(end);
    }
    std::memcpy(bytes_.data() + offset, from.data(), from.size());
    return {};
}

Result<> MemoryBytes::resize(std::uint64_t size) {
    bytes_.resize(size);
    return {};
}

Result<> FaultyBytes::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    bytes_read_ += into.size();
    return bytes_.read_at(offset, into);
}

Result<> FaultyBytes::write_at(std::uint64_t offset, std::span<const std::uint8_t> from) {
    if (changes_ >= allowed_) return fail(STG_E_WRITEFAULT, "killed at this write");
    ++changes_;
    bytes_written_ += from.size();
    return bytes_.write_at(offset, from);
}

Result<> FaultyBytes::resize(std::uint64_t size) {
    if (changes_ >= allowed_) return fail(STG_E_WRITEFAULT, "killed at this resize");
    ++changes_;
    return bytes_.resize(size);
}

Result<> FaultyBytes::sync() {
    if (changes_ >= allowed_) return fail(STG_E_WRITEFAULT, "killed at this sync");
    return bytes_.sync();
}

}  // namespace odc::compound_file
