#include "base/beside_program.h"

#include <unistd.h>

#include <climits>

namespace odc {

std::string beside_program(const std::string& path) {
    char program[PATH_MAX];
    const auto length = ::readlink("/proc/self/exe", program, sizeof program);
    if (length <= 0) return {};
    std::string folder(program, static_cast<std::size_t>(length));
    for (int up = 0; up < 2; ++up) folder = folder.substr(0, folder.rfind('/'));
    return folder + "/" + path;
}

}  // namespace odc
