#include "tools/reg_command.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>

#include "registry/reg_file.h"
#include "registry/registry.h"
#include "tools/command_line.h"

namespace odc::tools {
namespace {

using registry::KeyPath;
using registry::KeyTree;
using registry::RegFormat;
using registry::Registry;
using registry::Value;
using registry::ValueType;

struct Arguments {
    std::string key;
    std::optional<std::string> value;  ///< "" is the default value
    std::string type = "REG_SZ";
    std::vector<std::string> data;
    bool recursive = false;
    std::string format = "5";
    std::vector<std::string> files;
};

Error bad_data(const std::string& text, ValueType type) {
    return fail_win32(ERROR_INVALID_DATA, fmt::format("'{}' is no {}", text, registry::to_string(type)));
}

template <class Number>
Result<Number> number(const std::string& text, ValueType type) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const char* first = text.data() + (hex ? 2 : 0);
    const char* last = text.data() + text.size();
    Number parsed = 0;
    const auto end = std::from_chars(first, last, parsed, hex ? 16 : 10);
    if (end.ec != std::errc() || end.ptr != last) return bad_data(text, type);
    return parsed;
}

Result<std::vector<std::uint8_t>> hex_bytes(const std::string& text, ValueType type) {
    std::vector<std::uint8_t> bytes;
    if (text.size() % 2) return bad_data(text, type);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        std::uint8_t byte = 0;
        const auto end = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        if (end.ec != std::errc() || end.ptr != text.data() + i + 2) return bad_data(text, type);
        bytes.push_back(byte);
    }
    return bytes;
}

Result<Value> value_of(const Arguments& arguments) {
    const auto type = registry::parse_value_type(arguments.type);
    if (!type) return fail_win32(ERROR_INVALID_DATA, "unknown type " + arguments.type);
    const auto name = arguments.value.value_or("");
    const auto first = arguments.data.empty() ? std::string() : arguments.data.front();
    if (arguments.data.size() > 1 && *type != ValueType::multi_sz)
        return fail_win32(ERROR_INVALID_DATA, "only REG_MULTI_SZ takes more than one --data");
    switch (*type) {
        case ValueType::sz:
        case ValueType::expand_sz:
            return Value::text(name, first, *type);
        case ValueType::dword:
            return Value::dword(name, ODC_TRY(number<std::uint32_t>(first, *type)));
        case ValueType::qword:
            return Value::qword(name, ODC_TRY(number<std::uint64_t>(first, *type)));
        case ValueType::multi_sz:
            return Value::multi(name, arguments.data);
        default:
            return Value { name, *type, ODC_TRY(hex_bytes(first, *type)) };
    }
}

std::string shown(const Value& value) {
    switch (value.type) {
        case ValueType::sz:
        case ValueType::expand_sz:
            return value.as_text();
        case ValueType::multi_sz:
            return fmt::format("{}", fmt::join(value.as_lines(), "\\0"));
        default:
            break;
    }
    if (const auto number = value.as_dword()) return fmt::format("{:#x}", *number);
    if (const auto number = value.as_qword()) return fmt::format("{:#x}", *number);
    return fmt::format("{:02X}", fmt::join(value.data, ""));
}

void print(const Value& value) {
    fmt::print("    {}    {}    {}\n", value.name.empty() ? "(Default)" : value.name, registry::to_string(value.type),
               shown(value));
}

void print(const std::string& path, const KeyTree& tree, bool recursive) {
    fmt::print("{}\n", path);
    for (const auto& value : tree.values) print(value);
    for (const auto& key : tree.keys) {
        if (recursive)
            print(path + "\\" + key.name, key, true);
        else
            fmt::print("{}\\{}\n", path, key.name);
    }
}

Result<> add(const Arguments& arguments) {
    const auto key = ODC_TRY(KeyPath::parse(arguments.key));
    const auto registry = ODC_TRY(Registry::current());
    if (!arguments.value) {
        ODC_TRY(registry->create_key(key));
        return {};
    }
    const auto value = ODC_TRY(value_of(arguments));
    return registry->set_value(key, value);
}

Result<> query(const Arguments& arguments) {
    const auto key = ODC_TRY(KeyPath::parse(arguments.key));
    const auto registry = ODC_TRY(Registry::current());
    if (arguments.value) {
        const auto value = ODC_TRY(registry->value(key, *arguments.value));
        if (!value) return fail_win32(ERROR_FILE_NOT_FOUND, "no value '" + *arguments.value + "' in " + key.to_string());
        fmt::print("{}\n", key.to_string());
        print(*value);
        return {};
    }
    const auto tree = ODC_TRY(registry->tree(key, arguments.recursive ? registry::kMaxDepth : 1));
    print(key.to_string(), tree, arguments.recursive);
    return {};
}

Result<> remove(const Arguments& arguments) {
    const auto key = ODC_TRY(KeyPath::parse(arguments.key));
    const auto registry = ODC_TRY(Registry::current());
    return arguments.value ? registry->delete_value(key, *arguments.value) : registry->delete_tree(key);
}

Result<> export_file(const Arguments& arguments) {
    const auto key = ODC_TRY(KeyPath::parse(arguments.key));
    const auto registry = ODC_TRY(Registry::current());
    const auto format = arguments.format == "4"   ? RegFormat::regedit4
                        : arguments.format == "5" ? RegFormat::version5
                                                  : RegFormat::version5_utf8;
    const auto tree = ODC_TRY(registry->tree(key));
    const auto text = ODC_TRY(write_reg_file(key, tree, format));
    if (arguments.files.empty() || arguments.files.front() == "-") {
        std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
        return {};
    }
    std::ofstream out(arguments.files.front(), std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!out) return fail_win32(ERROR_ACCESS_DENIED, "cannot write " + arguments.files.front());
    return {};
}

Result<std::string> read_file(const std::string& name) {
    if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream in(name, std::ios::binary);
    if (!in) return fail_win32(ERROR_FILE_NOT_FOUND, "cannot read " + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<> import_files(const Arguments& arguments) {
    const auto registry = ODC_TRY(Registry::current());
    for (const auto& name : arguments.files) {
        const auto text = ODC_TRY(read_file(name));
        const auto changes = registry::parse_reg_file({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        if (!changes) return Error(changes.error()).in(name);
        ODC_TRY(registry->apply(*changes));
    }
    return {};
}

}  // namespace

int reg_command(std::vector<std::string> args) {
    Arguments arguments;
    bool is_default = false;
    CLI::App app("Reads and changes the registry. Roots: HKLM, HKCU, HKU, HKCR, or their long names.", "dcom reg");
    app.require_subcommand(1);
    const auto takes_key = [&](CLI::App* command) {
        command->add_option("key", arguments.key, "HKLM\\SOFTWARE\\...")->required();
    };
    const auto takes_value = [&](CLI::App* command) {
        auto* named = command->add_option("-v,--value", arguments.value, "name of the value");
        command->add_flag("--ve,--default", is_default, "the key's default value")->excludes(named);
    };

    auto* add_app = app.add_subcommand("add", "Creates a key, or sets one of its values");
    takes_key(add_app);
    auto* named = add_app->add_option("-v,--value", arguments.value, "name of the value");
    add_app->add_flag("--ve,--default", is_default, "the key's default value")->excludes(named);
    add_app->add_option("-t,--type", arguments.type,
                        "REG_SZ (default), REG_EXPAND_SZ, REG_MULTI_SZ, REG_DWORD, REG_QWORD, REG_BINARY, REG_NONE");
    add_app->add_option("-d,--data", arguments.data, "text, a number (10 or 0xa), or hexadecimal bytes; repeat for REG_MULTI_SZ")
        ->allow_extra_args(false);

    auto* query_app = app.add_subcommand("query", "Prints a key, its values and the names of its subkeys");
    takes_key(query_app);
    takes_value(query_app);
    query_app->add_flag("-r,--recursive", arguments.recursive, "with everything below");

    auto* delete_app = app.add_subcommand("delete", "Deletes a key with everything below it, or one of its values");
    takes_key(delete_app);
    takes_value(delete_app);

    auto* export_app = app.add_subcommand("export", "Writes a key with everything below it as a .reg file");
    takes_key(export_app);
    export_app->add_option("file", arguments.files, "default: standard output")->expected(0, 1);
    export_app->add_option("-f,--format", arguments.format, "4 (REGEDIT4), 5 (UTF-16, default) or utf8 (5 in UTF-8)")
        ->check(CLI::IsMember({"4", "5", "utf8"}));

    auto* import_app = app.add_subcommand("import", "Applies .reg files, each whole or not at all");
    import_app->add_option("file", arguments.files, "- is standard input")->required();

    if (const auto status = parse(app, std::move(args))) return *status;
    if (is_default || (add_app->parsed() && !arguments.data.empty() && !arguments.value)) arguments.value = "";

    const auto result = add_app->parsed()      ? add(arguments)
                        : query_app->parsed()  ? query(arguments)
                        : delete_app->parsed() ? remove(arguments)
                        : export_app->parsed() ? export_file(arguments)
                                               : import_files(arguments);
    return result ? 0 : failed("dcom reg", result.error());
}

}  // namespace odc::tools
