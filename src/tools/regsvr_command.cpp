#include "tools/regsvr_command.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "tools/command_line.h"

namespace odc::tools {
namespace {

Result<> call(const std::string& library, const char* function) {
    // A name without a slash would be looked for in the system's folders, not here.
    char* resolved = ::realpath(library.c_str(), nullptr);
    if (!resolved) return fail_win32(ERROR_FILE_NOT_FOUND, "no such file: " + library);
    const std::string path = resolved;
    std::free(resolved);
    // Never unloaded: the process ends soon, and a library that started threads would not survive it.
    void* loaded = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!loaded) return fail(CO_E_DLLNOTFOUND, ::dlerror());
    auto* entry = reinterpret_cast<HRESULT (*)()>(::dlsym(loaded, function));
    if (!entry) return fail(CO_E_ERRORINDLL, library + " has no " + function);
    const HRESULT code = entry();
    if (FAILED(code)) return fail(code, fmt::format("{} of {} failed", function, library));
    return {};
}

}  // namespace

int regsvr_command(std::vector<std::string> args) {
    bool unregister = false;
    std::vector<std::string> libraries;
    CLI::App app("Lets component libraries register their classes.", "dcom regsvr");
    app.add_flag("-u,--unregister", unregister, "unregister them instead");
    app.add_option("library", libraries, "path of a shared library")->required();
    if (const auto status = parse(app, std::move(args))) return *status;
    for (const auto& library : libraries) {
        const auto done = call(library, unregister ? "DllUnregisterServer" : "DllRegisterServer");
        if (!done) return failed("dcom regsvr", done.error());
        fmt::print("{}: {}\n", library, unregister ? "unregistered" : "registered");
    }
    return 0;
}

}  // namespace odc::tools
