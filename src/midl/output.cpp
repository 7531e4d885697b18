#include "midl/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/unique_fd.h"

namespace odc::midl {

namespace {

/// Block by block: outputs may be large.
bool holds(const std::string& path, std::string_view text) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) != text.size()) return false;
    constexpr std::size_t kBlock = 1 << 16;
    const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
    while (!text.empty()) {
        const ssize_t got = ::read(file.get(), block.get(), kBlock);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || !text.starts_with(std::string_view(block.get(), static_cast<std::size_t>(got)))) return false;
        text.remove_prefix(static_cast<std::size_t>(got));
    }
    return true;
}

/// False with errno set.
bool write_whole(const std::string& path, std::string_view text) {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file) return false;
    while (!text.empty()) {
        const ssize_t written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::close(file.release()) == 0;
}

}  // namespace

bool write_if_changed(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
    if (holds(path, text)) return true;
    const std::string fresh = path + ".new";
    if (write_whole(fresh, text) && std::rename(fresh.c_str(), path.c_str()) == 0) return true;
    diagnostics.report(Message::cannot_write, {}, {path, std::strerror(errno)});
    return false;
}

}  // namespace odc::midl
