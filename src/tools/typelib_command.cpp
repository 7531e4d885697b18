#include "tools/typelib_command.h"

#include "tools/command_line.h"
#include "typelib/dump.h"
#include "typelib/library_path.h"
#include "typelib/reader.h"

namespace odc::tools {

int typelib_command(std::vector<std::string> args) {
    CLI::App app{"Prints type libraries.", "dcom typelib"};
    std::string file;
    std::vector<std::string> folders;
    app.require_subcommand(1);
    const auto with_file = [&](CLI::App* command) {
        command->add_option("FILE", file, "a .tlb, or a DLL or program with one among its resources")->required();
        command->add_option("-I", folders, "look there for the libraries that this one imports (after its own folder)")->allow_extra_args(false);
        return command;
    };
    auto* dump = with_file(app.add_subcommand("dump", "everything that the library says, one fact a line"));
    if (const auto status = parse(app, std::move(args))) return *status;

    auto library = typelib::load(file);
    if (!library) return failed("dcom typelib", library.error());
    const auto slash = file.rfind('/');
    folders.insert(folders.begin(), slash == std::string::npos ? "." : file.substr(0, slash));
    for (auto& folder : typelib::system_folders()) folders.push_back(std::move(folder));
    typelib::LibraryPath path(std::move(folders));
    typelib::resolve_names(*library, path.finder());
    if (*dump) std::fputs(typelib::dump(*library).c_str(), stdout);
    return 0;
}

}  // namespace odc::tools
