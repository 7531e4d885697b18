#include "tools/storage_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/guid.h"
#include "base/utf16.h"
#include "compound_file/compound_file.h"
#include "tools/element_path.h"

namespace odc::tools {

using namespace compound_file;
namespace fs = std::filesystem;

namespace {

struct Request {
    std::string file;
    std::string path;
    std::string target;
    std::string source;
    std::string class_id;
    int version = 3;
    bool as_storage = false;
    bool quiet = false;
};

Result<std::unique_ptr<CompoundFile>> open_file(const std::string& path, bool writable) {
    auto bytes = ODC_TRY(FileBytes::open(path, writable ? FileBytes::Mode::read_write : FileBytes::Mode::read));
    return CompoundFile::open(std::move(bytes), {.writable = writable});
}

Result<> print_tree(CompoundFile& file, EntryId storage, const std::string& indent, int depth, std::ostream& out) {
    if (depth > 1000) return fail(STG_E_DOCFILECORRUPT, "storages nested too deeply to print");
    for (const EntryId id : ODC_TRY(file.children(storage))) {
        const auto entry = ODC_TRY(file.stat(id));
        if (entry.is_stream()) {
            fmt::print(out, "{}{}  {}\n", indent, show_name(entry.name()), entry.size);
            continue;
        }
        fmt::print(out, "{}{}/\n", indent, show_name(entry.name()));
        ODC_TRY(print_tree(file, id, indent + "  ", depth + 1, out));
    }
    return {};
}

Result<> tree(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request.file, false));
    const auto top = ODC_TRY(find_element(*file, request.path));
    return print_tree(*file, top.id, "", 0, out);
}

Result<> stat(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request.file, false));
    const auto element = ODC_TRY(find_element(*file, request.path));
    const auto entry = ODC_TRY(file->stat(element.id));
    const char* kind = entry.is_stream() ? "stream" : entry.type == EntryType::root ? "root storage" : "storage";
    fmt::print(out, "kind      {}\n", kind);
    if (element.id == kRoot) fmt::print(out, "version   {}\ntransaction {}\n", static_cast<int>(file->version()), file->transaction());
    fmt::print(out, "name      {}\nentry     {}\n", show_name(entry.name()), number(element.id));
    if (entry.is_stream()) {
        fmt::print(out, "size      {}\n", entry.size);
        return {};
    }
    fmt::print(out, "class     {}\nstate     {:#010x}\ncreated   {}\nmodified  {}\n", to_string(entry.class_id), entry.state_bits,
               show_file_time(entry.created), show_file_time(entry.modified));
    fmt::print(out, "elements  {}\n", ODC_TRY(file->children(element.id)).size());
    return {};
}

Result<> extract_stream(CompoundFile& file, EntryId id, std::ostream& to) {
    std::vector<std::uint8_t> buffer(std::size_t{256} << 10);
    for (std::uint64_t at = 0;;) {
        const auto n = ODC_TRY(file.read(id, at, buffer));
        if (n == 0) break;
        to.write(reinterpret_cast<const char*>(buffer.data()), static_cast<std::streamsize>(n));
        at += n;
    }
    if (!to.flush()) return fail(STG_E_WRITEFAULT, "cannot write what was extracted");
    return {};
}

/// A name as a file's: control characters spelt out, "." and ".." disarmed.
std::string file_name(std::u16string_view name) {
    std::string text = show_name(name);
    std::replace(text.begin(), text.end(), '/', '_');
    if (text == "." || text == "..") text.insert(0, 1, '_');
    return text;
}

Result<> extract_below(CompoundFile& file, EntryId storage, const fs::path& folder, int depth) {
    if (depth > 200) return fail(STG_E_DOCFILECORRUPT, "storages nested too deeply to extract");
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(STG_E_ACCESSDENIED, folder.string() + ": " + error.message());
    for (const EntryId id : ODC_TRY(file.children(storage))) {
        const auto entry = ODC_TRY(file.stat(id));
        const auto path = folder / file_name(entry.name());
        if (entry.is_storage()) {
            ODC_TRY(extract_below(file, id, path, depth + 1));
            continue;
        }
        std::ofstream to(path, std::ios::binary | std::ios::trunc);
        ODC_TRY(extract_stream(file, id, to));
    }
    return {};
}

Result<> extract(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request.file, false));
    const auto element = ODC_TRY(find_element(*file, request.path));
    const auto entry = ODC_TRY(file->stat(element.id));
    if (entry.is_storage()) {
        if (request.target.empty()) return fail(E_INVALIDARG, "a storage is extracted to a folder: --to FOLDER");
        return extract_below(*file, element.id, request.target, 0);
    }
    if (request.target.empty() || request.target == "-") return extract_stream(*file, element.id, out);
    std::ofstream to(request.target, std::ios::binary | std::ios::trunc);
    return extract_stream(*file, element.id, to);
}

/// The storage that shall hold the last part of the path; storages on the way are made.
Result<std::pair<EntryId, std::u16string>> make_way(CompoundFile& file, const std::string& path) {
    auto parts = ODC_TRY(parse_element_path(path));
    if (parts.empty()) return fail(STG_E_INVALIDNAME, "a path is missing");
    EntryId storage = kRoot;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        auto id = ODC_TRY(file.find(storage, parts[i]));
        if (id == kNoEntry) id = ODC_TRY(file.create_storage(storage, parts[i], file_time_now()));
        storage = id;
    }
    return std::pair{storage, parts.back()};
}

Result<> add_stream(CompoundFile& file, EntryId storage, std::u16string_view name, std::istream& from) {
    auto id = ODC_TRY(file.find(storage, name));
    if (id != kNoEntry) {
        if (!ODC_TRY(file.stat(id)).is_stream()) return fail(STG_E_FILEALREADYEXISTS, "a storage has that name");
        ODC_TRY(file.resize(id, 0));
    } else {
        id = ODC_TRY(file.create_stream(storage, name));
    }
    std::vector<std::uint8_t> buffer(std::size_t{256} << 10);
    for (std::uint64_t at = 0;;) {
        from.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
        const auto n = static_cast<std::size_t>(from.gcount());
        if (n == 0) break;
        ODC_TRY(file.write(id, at, {buffer.data(), n}));
        at += n;
    }
    if (from.bad()) return fail(STG_E_READFAULT, "cannot read what shall be added");
    return {};
}

Result<> add_folder(CompoundFile& file, EntryId storage, const fs::path& folder) {
    for (const auto& item : fs::directory_iterator(folder)) {
        const auto parts = ODC_TRY(parse_element_path(item.path().filename().string()));
        if (parts.size() != 1) continue;
        if (item.is_directory()) {
            auto id = ODC_TRY(file.find(storage, parts[0]));
            if (id == kNoEntry) id = ODC_TRY(file.create_storage(storage, parts[0], file_time_now()));
            ODC_TRY(add_folder(file, id, item.path()));
        } else if (item.is_regular_file()) {
            std::ifstream from(item.path(), std::ios::binary);
            ODC_TRY(add_stream(file, storage, parts[0], from));
        }
    }
    return {};
}

Result<> add(const Request& request, std::ostream&) {
    auto file = ODC_TRY(open_file(request.file, true));
    const auto [storage, name] = ODC_TRY(make_way(*file, request.path));
    if (request.as_storage || fs::is_directory(request.source)) {
        auto id = ODC_TRY(file->find(storage, name));
        if (id == kNoEntry) id = ODC_TRY(file->create_storage(storage, name, file_time_now()));
        if (!request.class_id.empty()) {
            const auto class_id = parse_guid(request.class_id);
            if (!class_id) return fail(E_INVALIDARG, "not a class id: " + request.class_id);
            ODC_TRY(file->set_class_id(id, *class_id));
        }
        if (!request.source.empty()) ODC_TRY(add_folder(*file, id, request.source));
    } else if (request.source.empty() || request.source == "-") {
        ODC_TRY(add_stream(*file, storage, name, std::cin));
    } else {
        std::ifstream from(request.source, std::ios::binary);
        if (!from) return fail(STG_E_FILENOTFOUND, request.source);
        ODC_TRY(add_stream(*file, storage, name, from));
    }
    return file->commit({.durable = true});
}

Result<> remove_element(const Request& request, std::ostream&) {
    auto file = ODC_TRY(open_file(request.file, true));
    const auto element = ODC_TRY(find_element(*file, request.path));
    if (element.id == kRoot) return fail(STG_E_INVALIDNAME, "the root cannot be removed");
    ODC_TRY(file->remove(element.parent, element.name));
    return file->commit({.durable = true});
}

Result<> create(const Request& request, std::ostream&) {
    if (request.version != 3 && request.version != 4) return fail(E_INVALIDARG, "the version is 3 or 4");
    auto bytes = ODC_TRY(FileBytes::open(request.file, FileBytes::Mode::create_new));
    ODC_TRY(CompoundFile::create(std::move(bytes), {.version = static_cast<Version>(request.version)}));
    return {};
}

/// Writes a packed copy beside the file and puts it into its place.
Result<> defragment(const Request& request, std::ostream& out) {
    auto source = ODC_TRY(open_file(request.file, false));
    const std::string beside = request.file + ".defragment";
    struct Remover {
        std::string path;
        ~Remover() {
            if (!path.empty()) ::unlink(path.c_str());
        }
    };
    auto bytes = ODC_TRY(FileBytes::open(beside, FileBytes::Mode::create_new));
    Remover remover{beside};
    auto target = ODC_TRY(CompoundFile::create(std::move(bytes), {.version = source->version(), .overwrite = Overwrite::in_place, .write_at_once = false}));
    ODC_TRY(copy_storage(*source, kRoot, *target, kRoot));
    ODC_TRY(target->commit({.durable = true}));
    const auto before = ODC_TRY(source->bytes().size());
    const auto after = ODC_TRY(target->bytes().size());
    std::error_code error;
    fs::permissions(beside, fs::status(request.file).permissions(), error);
    fs::rename(beside, request.file, error);
    if (error) return fail(STG_E_ACCESSDENIED, request.file + ": " + error.message());
    remover.path.clear();
    if (!request.quiet) fmt::print(out, "{} -> {} bytes\n", before, after);
    return {};
}

Result<bool> check_file(const Request& request, std::ostream& out) {
    auto bytes = ODC_TRY(FileBytes::open(request.file, FileBytes::Mode::read));
    const auto report = ODC_TRY(check(*bytes));
    for (const Finding& finding : report.findings) {
        if (request.quiet && finding.severity != Severity::error) continue;
        fmt::print(out, "{}: {}: {}\n", finding.severity == Severity::error ? "error" : "note", finding.where, finding.what);
    }
    if (report.readable && !request.quiet)
        fmt::print(out, "version {}, {} bytes, {} sectors ({} free, {} lost), {} storages, {} streams ({} bytes, {} fragments)\n",
                   static_cast<int>(report.version), report.file_bytes, report.sectors, report.free_sectors, report.lost_sectors,
                   report.storages, report.streams, report.stream_bytes, report.fragments);
    fmt::print(out, "{}\n", report.sound() ? "sound" : fmt::format("{} errors", report.errors));
    return report.sound();
}

}  // namespace

int storage_command(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
    CLI::App app("Looks into compound files (structured storage) and changes them", "dcom storage");
    Request request;
    app.add_option("FILE", request.file, "The compound file")->required();
    app.require_subcommand(0, 1);
    app.footer("Paths inside the file: Storage/Stream; control characters as \\xNN, e.g. '\\x05SummaryInformation'.");
    const auto with_path = [&](CLI::App* command, bool required) {
        auto* option = command->add_option("PATH", request.path, "Element inside the file");
        if (required) option->required();
        return command;
    };
    with_path(app.add_subcommand("tree", "List all elements with sizes"), false);
    with_path(app.add_subcommand("stat", "Show one element: kind, size, class, state bits, times"), false);
    with_path(app.add_subcommand("extract", "Write a stream, or everything below a storage, to files"), false)
        ->add_option("-t,--to", request.target, "File, folder, or - for standard output");
    auto* add_command = with_path(app.add_subcommand("add", "Add or replace a stream, or add a folder as a storage"), true);
    add_command->add_option("SOURCE", request.source, "File or folder; - for standard input");
    add_command->add_flag("--storage", request.as_storage, "Make a storage");
    add_command->add_option("--class", request.class_id, "Class id of the storage");
    with_path(app.add_subcommand("remove", "Remove an element and all below it"), true);
    app.add_subcommand("create", "Make an empty file")->add_option("--version", request.version, "3 (512-byte sectors) or 4 (4096)");
    app.add_subcommand("check", "Verify every structure and say what is wrong where")->add_flag("-q,--quiet", request.quiet, "Errors only");
    app.add_subcommand("defragment", "Rewrite the file without holes and fragments")->add_flag("-q,--quiet", request.quiet, "Say nothing");
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong, out, err) == 0 ? 0 : 2;
    }
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "tree" : chosen.front()->get_name();
    const auto said = [&](const Error& error) {
        fmt::print(err, "dcom storage: {}: {} ({:#010x})\n", request.file, error.text(), static_cast<std::uint32_t>(error.code()));
        return 1;
    };
    if (name == "check") {
        const auto sound = check_file(request, out);
        return !sound ? said(sound.error()) : *sound ? 0 : 1;
    }
    Result<> (*const run)(const Request&, std::ostream&) = name == "tree"      ? tree
                                                           : name == "stat"    ? stat
                                                           : name == "extract" ? extract
                                                           : name == "add"     ? add
                                                           : name == "remove"  ? remove_element
                                                           : name == "create"  ? create
                                                                               : defragment;
    const auto done = run(request, out);
    return done ? 0 : said(done.error());
}

int storage_command(std::vector<std::string> args) { return storage_command(args, std::cout, std::cerr); }

}  // namespace odc::tools
