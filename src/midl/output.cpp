#include "midl/output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace odc::midl {

namespace {

/// Block by block: outputs may be large.
bool holds(const std::string& path, std::string_view text) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> block(1 << 16);
    while (file) {
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        const std::string_view read(block.data(), static_cast<std::size_t>(file.gcount()));
        if (!text.starts_with(read)) return false;
        text.remove_prefix(read.size());
    }
    return file.eof() && text.empty();
}

}  // namespace

bool write_if_changed(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
    if (holds(path, text)) return true;
    const std::string fresh = path + ".new";
    {
        std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
        file.write(text.data(), static_cast<std::streamsize>(text.size()));
        file.close();
        if (!file) {
            diagnostics.report(Message::cannot_write, {}, {path, std::strerror(errno)});
            return false;
        }
    }
    std::error_code error;
    std::filesystem::rename(fresh, path, error);
    if (error) {
        diagnostics.report(Message::cannot_write, {}, {path, error.message()});
        return false;
    }
    return true;
}

}  // namespace odc::midl
