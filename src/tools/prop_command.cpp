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
#include "tools/property_json.h"

namespace odc::tools {

using namespace property_set;
using compound_file::CompoundFile;
using compound_file::EntryId;
using compound_file::FileBytes;
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

/// One property set stream in the file. A non-simple set is a storage whose stream CONTENTS holds it (MS-OLEPS 2.22).
struct Found {
    std::u16string name;     ///< of the element that stands for the set
    EntryId stream = kNoEntry;
    EntryId set_storage = kNoEntry;  ///< of a non-simple set
    PropertySetStream sets;
};

class SetFile {
  public:
    static Result<SetFile> open(const Request& request, bool writable) {
        auto bytes = ODC_TRY(FileBytes::open(request.file, writable ? FileBytes::Mode::read_write : FileBytes::Mode::read));
        SetFile opened;
        opened.file_ = ODC_TRY(CompoundFile::open(std::move(bytes), {.writable = writable}));
        opened.storage_ = ODC_TRY(find_element(*opened.file_, request.storage)).id;
        for (const EntryId id : ODC_TRY(opened.file_->children(opened.storage_))) {
            const auto entry = ODC_TRY(opened.file_->stat(id));
            if (!format_of_name(entry.name())) continue;
            Found found;
            found.name = entry.name();
            found.stream = id;
            if (entry.is_storage()) {
                found.set_storage = id;
                found.stream = ODC_TRY(opened.file_->find(id, u"CONTENTS"));
                if (found.stream == kNoEntry) continue;
            }
            std::vector<std::uint8_t> content(ODC_TRY(opened.file_->stat(found.stream)).size);
            ODC_TRY(opened.file_->read(found.stream, 0, content));
            auto parsed = PropertySetStream::parse(content);
            if (!parsed) return std::move(parsed.error()).in(show_name(entry.name()));
            found.sets = parsed.take();
            opened.found_.push_back(std::move(found));
        }
        return opened;
    }

    std::vector<Found>& found() { return found_; }

    /// Makes the set, and its stream, when they are missing.
    Result<PropertySet*> set_for(const Guid& format) {
        const auto name = name_of_format(format);
        for (Found& found : found_) {
            if (PropertySet* set = found.sets.find(format)) return set;
            if (found.name == name && same(format, kUserDefinedProperties) && found.sets.sets.size() == 1) {
                found.sets.sets.emplace_back(format, found.sets.sets[0].code_page());
                return &found.sets.sets.back();
            }
        }
        Found made;
        made.name = name;
        made.stream = ODC_TRY(file_->create_stream(storage_, name));
        const bool ansi = same(format, kSummaryInformation) || same(format, kDocSummaryInformation) || same(format, kUserDefinedProperties);
        const std::uint16_t code_page = ansi ? kAnsiCodePage : kUtf16CodePage;
        if (same(format, kUserDefinedProperties)) made.sets.sets.emplace_back(kDocSummaryInformation, code_page);
        made.sets.sets.emplace_back(format, code_page);
        found_.push_back(std::move(made));
        return &found_.back().sets.sets.back();
    }

    Result<> save() {
        for (Found& found : found_) {
            const auto bytes = ODC_TRY(found.sets.serialize());
            std::vector<std::uint8_t> before(ODC_TRY(file_->stat(found.stream)).size);
            ODC_TRY(file_->read(found.stream, 0, before));
            if (before == bytes) continue;
            const auto parsed = PropertySetStream::parse(before);
            if (parsed) {
                const auto again = parsed->serialize();
                if (again && *again == bytes) continue;  // nothing changed but the order of what another wrote
            }
            ODC_TRY(file_->resize(found.stream, bytes.size()));
            ODC_TRY(file_->write(found.stream, 0, bytes));
            if (found.set_storage != kNoEntry) ODC_TRY(file_->set_class_id(found.set_storage, found.sets.class_id));
        }
        return file_->commit({.durable = true});
    }

  private:
    std::unique_ptr<CompoundFile> file_;
    EntryId storage_ = compound_file::kRoot;
    std::vector<Found> found_;
};

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

std::string property_name(const PropertySet& set, PropertyId id) {
    if (const auto named = set.names().find(id); named != set.names().end()) return to_utf8(named->second);
    const auto known = known_property_name(set.format_id(), id);
    return known.empty() ? fmt::format("#{}", id) : std::string(known);
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
Result<Place> find_property(SetFile& file, const std::string& text) {
    const auto address = ODC_TRY(parse_address(text));
    for (Found& found : file.found())
        for (PropertySet& set : found.sets.sets) {
            if (address.format && !same(*address.format, set.format_id())) continue;
            const auto id = id_in(set, address.name);
            if (id && set.find(*id)) return Place{&set, *id};
        }
    return fail(STG_E_FILENOTFOUND, "no such property: " + text);
}

Result<> list(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(SetFile::open(request, false));
    for (Found& found : file.found())
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
    auto file = ODC_TRY(SetFile::open(request, false));
    const auto place = ODC_TRY(find_property(file, request.name));
    fmt::print(out, "{}\n", show_value(*place.set->find(place.id)));
    return {};
}

/// A set in a code page that lacks a character of `value` goes over to UTF-8.
Result<> put(PropertySet& set, PropertyId id, const Value& value) {
    const auto* text = std::get_if<std::u16string>(&value.data);
    if (text && value.type != type::kLpwstr && set.code_page() != kUtf16CodePage) {
        const auto bytes = ODC_TRY(encode(*text, set.code_page()));
        if (ODC_TRY(decode(bytes, set.code_page())) != *text) ODC_TRY(set.set_code_page(65001));
    }
    return set.set(id, value);
}

Result<> set_property(const Request& request, std::ostream&) {
    auto file = ODC_TRY(SetFile::open(request, true));
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
        id = known ? *known : ODC_TRY(target->id_for(to_utf16(address.name)));
        wanted = target->code_page() == kUtf16CodePage ? type::kLpwstr : type::kLpstr;
    }
    if (!request.type.empty() && !parse_type_name(request.type, wanted)) return fail(E_INVALIDARG, "unknown type " + request.type);
    const auto value = ODC_TRY(value_from_text(wanted, request.value));
    ODC_TRY(put(*target, id, value));
    return file.save();
}

Result<> erase(const Request& request, std::ostream&) {
    auto file = ODC_TRY(SetFile::open(request, true));
    const auto place = ODC_TRY(find_property(file, request.name));
    place.set->erase(place.id);
    return file.save();
}

Result<> export_json(const Request& request, std::ostream& out) {
    auto file = ODC_TRY(SetFile::open(request, false));
    JsonArray sets;
    for (Found& found : file.found())
        for (const PropertySet& set : found.sets.sets) {
            JsonArray properties;
            for (const PropertyId id : set.ids()) {
                const Value& value = *set.find(id);
                auto json = value_to_json(value);
                if (!json) continue;
                JsonObject one{{"id", Json{JsonNumber{fmt::format("{}", id)}}}};
                const bool named = set.names().contains(id);
                one.emplace_back(named ? "name" : "known", Json{property_name(set, id)});
                one.emplace_back("type", Json{type_name(value.type)});
                one.emplace_back("value", std::move(*json));
                properties.push_back(Json{std::move(one)});
            }
            sets.push_back(Json{JsonObject{{"format", Json{to_string(set.format_id())}},
                                           {"class", Json{to_string(found.sets.class_id)}},
                                           {"codePage", Json{JsonNumber{fmt::format("{}", set.code_page())}}},
                                           {"properties", Json{std::move(properties)}}}});
        }
    const auto text = Json{JsonObject{{"propertySets", Json{std::move(sets)}}}}.dump() + "\n";
    if (request.json.empty() || request.json == "-") {
        out << text;
        return {};
    }
    std::ofstream to(request.json, std::ios::trunc);
    if (!(to << text) || !to.flush()) return fail(STG_E_WRITEFAULT, request.json);
    return {};
}

Result<> import_set(SetFile& file, const Json& json) {
    const auto format = parse_guid(json.string_or("format", ""));
    if (!format) return fail(E_INVALIDARG, "a property set without \"format\"");
    PropertySet* set = ODC_TRY(file.set_for(*format));
    if (const Json* code_page = json.find("codePage"); code_page && code_page->as<JsonNumber>())
        ODC_TRY(set->set_code_page(static_cast<std::uint16_t>(std::atoi(code_page->as<JsonNumber>()->digits.c_str()))));
    const Json* properties = json.find("properties");
    if (!properties || !properties->as<JsonArray>()) return fail(E_INVALIDARG, "a property set without \"properties\"");
    for (const Json& property : *properties->as<JsonArray>()) {
        Type wanted = type::kEmpty;
        const Json* id_json = property.find("id");
        const Json* value = property.find("value");
        if (!id_json || !id_json->as<JsonNumber>() || !value || !parse_type_name(property.string_or("type", ""), wanted))
            return fail(E_INVALIDARG, "a property has \"id\", \"type\" and \"value\"");
        const auto id = static_cast<PropertyId>(std::strtoul(id_json->as<JsonNumber>()->digits.c_str(), nullptr, 10));
        const auto parsed = ODC_TRY(value_from_json(wanted, *value));
        if (id == kBehaviorId) {
            const auto* on = std::get_if<std::uint64_t>(&parsed.data);
            ODC_TRY(set->set_case_sensitive(on && (*on & 1) != 0));
            continue;
        }
        ODC_TRY(put(*set, id, parsed));
        if (const auto name = property.string_or("name", ""); !name.empty()) ODC_TRY(set->set_name(id, to_utf16(name)));
    }
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
    const Json* sets = json.find("propertySets");
    if (!sets || !sets->as<JsonArray>()) return fail(E_INVALIDARG, "no \"propertySets\"");
    auto file = ODC_TRY(SetFile::open(request, true));
    for (const Json& one : *sets->as<JsonArray>()) ODC_TRY(import_set(file, one));
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
