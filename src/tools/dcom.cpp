// dcom: one tool for the registry, for component libraries and for the files that COM programs write. Each sub-command is a
// function in a file of its own that parses its own arguments.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/version.h"
#include "tools/class_command.h"
#include "tools/prop_command.h"
#include "tools/reg_command.h"
#include "tools/regsvr_command.h"
#include "tools/storage_command.h"
#include "tools/typelib_command.h"

namespace {

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(std::vector<std::string> args);
};

constexpr Command kCommands[] = {
    {"class", "print what is registered for a class", odc::tools::class_command},
    {"prop", "list, read and change the property sets of a compound file", odc::tools::prop_command},
    {"reg", "read and change the registry; import and export .reg files", odc::tools::reg_command},
    {"regsvr", "let a component library register or unregister its classes", odc::tools::regsvr_command},
    {"storage", "look into compound files and change them", odc::tools::storage_command},
    {"typelib", "print a type library, or turn it back into IDL", odc::tools::typelib_command},
};

int usage(std::FILE* out, int status) {
    std::fputs("usage: dcom COMMAND [ARGUMENTS]    (dcom COMMAND --help says more)\n\n", out);
    for (const auto& command : kCommands)
        std::fprintf(out, "  %-9.*s %.*s\n", static_cast<int>(command.name.size()), command.name.data(),
                     static_cast<int>(command.summary.size()), command.summary.data());
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    odc::log::set_program("dcom");
    const std::string_view name = argc > 1 ? argv[1] : "";
    if (name.empty()) return usage(stderr, 2);
    if (name == "--help" || name == "-h" || name == "help") return usage(stdout, 0);
    if (name == "--version") return std::printf("dcom %s\n", odc::version()) < 0;
    for (const auto& command : kCommands)
        if (command.name == name) return command.run({argv + 2, argv + argc});
    std::fprintf(stderr, "dcom: unknown command '%s'\n\n", argv[1]);
    return usage(stderr, 2);
}
