#include "base/instance.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace odc {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

Result<> make_directories(const std::string& path, mode_t mode) {
    for (std::size_t at = 1; at != std::string::npos;) {
        at = path.find('/', at + 1);
        const auto part = path.substr(0, at);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
            return fail(E_FAIL, "cannot create " + part + ": " + std::strerror(errno));
    }
    return {};
}

}  // namespace

Result<Instance> Instance::current() {
    Instance here;
    const auto home = environment("OPENDCOM_HOME");
    const bool root = ::geteuid() == 0;
    if (!home.empty()) {
        here = {home, home};
    } else if (root) {
        here = {"/var/lib/opendcom", "/run/opendcom"};
    } else {
        auto state = environment("XDG_STATE_HOME");
        auto run = environment("XDG_RUNTIME_DIR");
        if (state.empty()) state = environment("HOME") + "/.local/state";
        if (run.empty()) run = "/tmp/opendcom-" + std::to_string(::geteuid());
        here = {state + "/opendcom", run + "/opendcom"};
    }
    if (here.run.size() > 80) return fail(E_INVALIDARG, "OPENDCOM_HOME is too long for a socket's path: " + here.run);
    const mode_t mode = root && home.empty() ? 0755 : 0700;
    ODC_TRY(make_directories(here.state, mode));
    ODC_TRY(make_directories(here.run, mode));
    return here;
}

}  // namespace odc
