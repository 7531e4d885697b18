#include "midl/output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace odc::midl {

bool write_if_changed(const std::string& path, std::string_view text, Diagnostics& diagnostics) {
    {
        std::ifstream old(path, std::ios::binary);
        if (old) {
            std::stringstream content;
            content << old.rdbuf();
            if (content.str() == text) return true;
        }
    }
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
