#include "tools/class_command.h"

#include <fmt/format.h>

#include "base/guid.h"
#include "registry/class_records.h"
#include "tools/command_line.h"

namespace odc::tools {
namespace {

using registry::ClassRecord;

void line(std::string_view label, std::string_view text) {
    if (!text.empty()) fmt::print("  {:<18} {}\n", label, text);
}

void line(std::string_view label, const std::optional<Guid>& id) {
    if (id) line(label, to_string(*id));
}

void print(const ClassRecord& record) {
    fmt::print("{}{}{}\n", to_string(record.clsid), record.name.empty() ? "" : "  ", record.name);
    line("ProgID", record.prog_id);
    line("version-independent", record.version_independent_prog_id);
    if (!record.inproc_server.empty())
        line("in-process server",
             fmt::format("{} (ThreadingModel {})", record.inproc_server, registry::to_string(record.threading_model)));
    if (!record.inproc_handler.empty())
        line("in-process handler",
             fmt::format("{} (ThreadingModel {})", record.inproc_handler, registry::to_string(record.handler_threading_model)));
    line("local server", record.local_server);
    line("server executable", record.server_executable);
    line("service", record.local_service);
    line("service parameters", record.service_parameters);
    line("remote server", record.remote_server_name);
    line("runs as", record.run_as);
    line("AppID", record.app_id);
    if (record.app && record.app->has_dll_surrogate)
        line("surrogate", record.app->dll_surrogate.empty() ? "the system's" : std::string_view(record.app->dll_surrogate));
    if (record.activate_at_storage) line("activated", "at its storage");
    line("treated as", record.treat_as);
    line("converted to", record.auto_convert_to);
    line("type library", record.type_library);
    if (!record.has_server()) line("note", "nothing that could be activated is registered");
}

Result<> print_class(const std::string& name) {
    auto clsid = parse_guid(name);
    if (!clsid) clsid = ODC_TRY(registry::clsid_of_prog_id(name));
    const auto record = ODC_TRY(registry::find_class(*clsid));
    print(*record);
    return {};
}

}  // namespace

int class_command(std::vector<std::string> args) {
    std::vector<std::string> names;
    CLI::App app("Prints what is registered for classes.", "dcom class");
    app.add_option("class", names, "ProgID, or CLSID with or without braces")->required();
    if (const auto status = parse(app, std::move(args))) return *status;
    for (const auto& name : names)
        if (const auto done = print_class(name); !done) return failed("dcom class", done.error());
    return 0;
}

}  // namespace odc::tools
