#include "tools/prop_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/guid.h"
#include "base/utf16.h"
#include "compound_file/compound_file.h"
#include "tools/element_path.h"
#include "tools/property_elements.h"
#include "tools/property_file.h"
#include "tools/property_json.h"

namespace odc::tools {

using namespace property_set;
using compound_file::kNoEntry;

namespace {

struct Request {
    std::string file;
    std::string storage;
    std::string name;
    std::string value;
    std::string type;
    std::string json;
};

Result<PropertyFile> open_file(const Request& request, bool writable) { return PropertyFile::open(request.file, request.storage, writable); }

struct ShortName {
    std::string_view name;
    Guid format;
};
const ShortName kShortNames[] = {{"summary", kSummaryInformation}, {"document", kDocSummaryInformation}, {"user", kUserDefinedProperties}};

std::string set_name(const Guid& format) {
    for (const ShortName& one : kShortNames)
        if (same(one.format, format)) return std::string(one.name);
    return to_string(format);
}

/// "Author", "summary:Author", "user:Reviewer", "{...}:#5".
struct Address {
    std::optional<Guid> format;
    std::string name;
};
Result<Address> parse_address(const std::string& text) {
    const auto colon = text.front() == '{' ? text.find("}:") + 1 : text.find(':');
    if (colon == text.npos || colon == 0) return Address{std::nullopt, text};
    const std::string set = text.substr(0, colon);
    for (const ShortName& one : kShortNames)
        if (one.name == set) return Address{one.format, text.substr(colon + 1)};
    if (const auto format = parse_guid(set)) return Address{*format, text.substr(colon + 1)};
    return Address{std::nullopt, text};
}

std::optional<PropertyId> id_in(const PropertySet& set, const std::string& name) {
    if (const auto named = set.id_of(to_utf16(name))) return named;
    if (const auto known = known_property_id(set.format_id(), name)) return known;
    if (name.starts_with('#')) {
        PropertyId id = 0;
        std::istringstream digits(name.substr(1));
        if (digits >> id && digits.eof()) return id;
    }
    return std::nullopt;
}

struct Place {
    PropertySet* set;
    PropertyId id;
};
/// The set that has such a property; without a set's name the first one that has it.
Result<Place> find_property(PropertyFile& file, const std::string& text) {
    const auto address = ODC_TRY(parse_address(text));
    for (PropertyFile::Found& found : file.found())
        for (PropertySet& set : found.sets.sets) {
            if (address.format && !same(*address.format, set.format_id())) continue;
            const auto id = id_in(set, address.name);
            if (id && set.find(*id)) return Place{&set, *id};
        }
    return fail(STG_E_FILENOTFOUND, "no such property: " + text);
}

Result<> list(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request, false));
    for (PropertyFile::Found& found : file.found())
        for (const PropertySet& set : found.sets.sets) {
            fmt::print(out, "{}  code page {}{}\n", set_name(set.format_id()), set.code_page(), found.set_storage != kNoEntry ? ", non-simple" : "");
            for (const PropertyId id : set.ids()) {
                const Value& value = *set.find(id);
                fmt::print(out, "  {:<22} {:<20} {}\n", property_name(set, id), type_name(value.type), show_value(value));
            }
        }
    return {};
}

Result<> get(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request, false));
    const auto place = ODC_TRY(find_property(file, request.name));
    fmt::print(out, "{}\n", show_value(*place.set->find(place.id)));
    return {};
}

Result<> set_property(const Request& request, std::ostream&) {
    auto file = ODC_TRY(open_file(request, true));
    auto found = find_property(file, request.name);
    PropertySet* target = nullptr;
    PropertyId id = 0;
    Type wanted = type::kEmpty;
    if (found) {
        target = found->set;
        id = found->id;
        wanted = target->find(id)->type;
    } else {
        auto address = ODC_TRY(parse_address(request.name));
        if (!address.format) {
            address.format = kUserDefinedProperties;
            for (const Guid& format : {kSummaryInformation, kDocSummaryInformation})
                if (const auto known = known_property_id(format, address.name); known && *known >= kFirstId) {
                    address.format = format;
                    break;
                }
        }
        target = ODC_TRY(file.set_for(*address.format));
        const auto known = id_in(*target, address.name);
        if (!known) ODC_TRY(target->make_room_for(to_utf16(address.name)));
        id = known ? *known : ODC_TRY(target->id_for(to_utf16(address.name)));
        wanted = target->code_page() == kUtf16CodePage ? type::kLpwstr : type::kLpstr;
    }
    if (!request.type.empty() && !parse_type_name(request.type, wanted)) return fail(E_INVALIDARG, "unknown type " + request.type);
    const auto value = ODC_TRY(value_from_text(wanted, request.value));
    if (is_element(value)) return fail(E_INVALIDARG, "streams and storages are set by import");
    const auto* before = target->find(id);
    if (before && is_element(*before)) ODC_TRY(file.erase_element(*target, id));
    ODC_TRY(put_property(*target, id, value));
    return file.save();
}

Result<> erase(const Request& request, std::ostream&) {
    auto file = ODC_TRY(open_file(request, true));
    const auto place = ODC_TRY(find_property(file, request.name));
    ODC_TRY(file.erase(*place.set, place.id));
    return file.save();
}

Result<> export_json(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(open_file(request, false));
    const auto text = ODC_TRY(export_properties(file)).dump() + "\n";
    if (request.json.empty() || request.json == "-") {
        out << text;
        return {};
    }
    std::ofstream to(request.json, std::ios::trunc);
    if (!(to << text) || !to.flush()) return fail(STG_E_WRITEFAULT, request.json);
    return {};
}

Result<> import_json(const Request& request, std::ostream&) {
    std::ostringstream text;
    if (request.json == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream from(request.json, std::ios::binary);
        if (!from) return fail(STG_E_FILENOTFOUND, request.json);
        text << from.rdbuf();
    }
    const auto json = ODC_TRY(Json::parse(text.str()));
    auto file = ODC_TRY(open_file(request, true));
    ODC_TRY(import_properties(file, json));
    return file.save();
}

}  // namespace

int prop_command(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
    CLI::App app("Reads and changes the property sets of a compound file", "dcom prop");
    Request request;
    app.add_option("FILE", request.file, "The compound file")->required();
    app.add_option("--storage", request.storage, "The storage that holds the sets; the root when left out");
    app.require_subcommand(0, 1);
    app.footer("Properties: Author, summary:Author, document:Company, user:ANYNAME, {format id}:#5.");
    app.add_subcommand("list", "Show all sets and properties");
    app.add_subcommand("get", "Show one property's value")->add_option("NAME", request.name)->required();
    auto* set_command = app.add_subcommand("set", "Set a property; a name that is not known becomes a user-defined one");
    set_command->add_option("NAME", request.name)->required();
    set_command->add_option("VALUE", request.value)->required();
    set_command->add_option("--type", request.type, "VT_LPSTR, VT_I4, VT_BOOL, VT_FILETIME, ...; vectors as JSON");
    app.add_subcommand("delete", "Delete a property")->add_option("NAME", request.name)->required();
    app.add_subcommand("export", "Write all properties as JSON")->add_option("JSON", request.json, "File; standard output when left out");
    app.add_subcommand("import", "Set the properties of a JSON file")->add_option("JSON", request.json, "File, or - for standard input")->required();
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong, out, err) == 0 ? 0 : 2;
    }
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "list" : chosen.front()->get_name();
    if (request.name.empty() && (name == "get" || name == "set" || name == "delete")) {
        fmt::print(err, "dcom prop: the name is empty\n");
        return 2;
    }
    Result<> (*const run)(const Request&, std::ostream&) = name == "list"     ? list
                                                           : name == "get"    ? get
                                                           : name == "set"    ? set_property
                                                           : name == "delete" ? erase
                                                           : name == "export" ? export_json
                                                                              : import_json;
    const auto done = run(request, out);
    if (done) return 0;
    fmt::print(err, "dcom prop: {}: {} ({:#010x})\n", request.file, done.error().text(), static_cast<std::uint32_t>(done.error().code()));
    return 1;
}

int prop_command(std::vector<std::string> args) { return prop_command(args, std::cout, std::cerr); }

}  // namespace odc::tools
