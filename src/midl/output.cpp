#include "midl/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/unique_fd.h"

namespace odc::midl {

namespace {

/// Block by block: outputs may be large.
bool holds(const std::string& path, const Pieces& pieces) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::size_t size = 0;
    for (const auto& piece : pieces) size += piece.size();
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) != size) return false;
    constexpr std::size_t kBlock = 1 << 16;
    const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
    for (std::string_view text : pieces) {
        while (!text.empty()) {
            const ssize_t got = ::read(file.get(), block.get(), std::min(kBlock, text.size()));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0 || !text.starts_with(std::string_view(block.get(), static_cast<std::size_t>(got)))) return false;
            text.remove_prefix(static_cast<std::size_t>(got));
        }
    }
    return true;
}

/// False with errno set.
bool write_whole(const std::string& path, const Pieces& pieces) {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file) return false;
    for (std::string_view text : pieces) {
        while (!text.empty()) {
            const ssize_t written = ::write(file.get(), text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    return ::close(file.release()) == 0;
}

}  // namespace

bool write_if_changed(const std::string& path, const Pieces& pieces, Diagnostics& diagnostics) {
    if (holds(path, pieces)) return true;
    const std::string fresh = path + ".new";
    if (write_whole(fresh, pieces) && std::rename(fresh.c_str(), path.c_str()) == 0) return true;
    diagnostics.report(Message::cannot_write, {}, {path, std::strerror(errno)});
    return false;
}

}  // namespace odc::midl
