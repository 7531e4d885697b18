#include "midl/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "midl/attributes.h"

namespace odc::midl {
namespace {

/// How a switch gets its value: none, the next word, the rest of the word or the next, only the rest, the rest behind '=', pairs of words.
enum class Takes : std::uint8_t { nothing, word, joined, rest, equals, pairs };

using Action = void (*)(CommandLine& line, const std::string& value);

struct Switch {
    std::string_view name;  ///< without - or /; widl's long ones with their second -
    Takes takes;
    Action action;
    std::string_view value, help;  ///< for --help; no help: accepted for the sake of old command lines
};

bool is_none(const std::string& value) { return value == "none"; }

/// The name of an output; the null device, by its names on both systems, means that there is none.
std::string output_name(const std::string& value) {
    std::string lower = value;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower == "nul" || lower == "nul:" || lower == "/dev/null" ? "-" : value;
}

void ignore(CommandLine&, const std::string&) {}
void no_warnings(CommandLine& line, const std::string&) { line.show_warnings = false; }
void win32(CommandLine& line, const std::string&) { line.options.system = typelib::SysKind::win32; }
void win64(CommandLine& line, const std::string&) { line.options.system = typelib::SysKind::win64; }
void no_preprocessor(CommandLine& line, const std::string&) { line.options.preprocessor.enabled = false; }
void syntax_only(CommandLine& line, const std::string&) { line.options.syntax_check = true; }
void help(CommandLine& line, const std::string&) { line.task = CommandLine::Task::help; }
void version(CommandLine& line, const std::string&) { line.task = CommandLine::Task::version; }
void header(CommandLine& line, const std::string& value) { line.options.header = output_name(value); }
void acf(CommandLine& line, const std::string& value) { line.options.acf = value; }
void windows_runtime(CommandLine& line, const std::string&) { line.options.winrt = true; }
void old_language(CommandLine& line, const std::string&) { line.options.mktyplib203 = true; }
void dlldata(CommandLine& line, const std::string& value) {
    line.options.dlldata = output_name(value);
    line.options.make_dlldata = !is_none(value);
}
void proxy(CommandLine& line, const std::string& value) {
    line.options.proxy = output_name(value);
    line.options.make_proxy = !is_none(value);
}

void machine(CommandLine& line, const std::string& value) {
    static constexpr std::array<std::string_view, 6> kWide = {"win64", "x64", "amd64", "arm64", "ia64", "x86_64"};
    const auto is = [&](std::string_view one) { return value.starts_with(one); };
    if (std::any_of(kWide.begin(), kWide.end(), is)) win64(line, value);
    else if (value == "win32" || value == "arm32" || value == "x86" || (value.size() > 3 && value[0] == 'i' && value.substr(2).starts_with("86"))) win32(line, value);
    else line.problem = "no machine is called " + value + "; there are win32 and win64";
}

void packing(CommandLine& line, const std::string& value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool power = number == 1 || number == 2 || number == 4 || number == 8 || number == 16;
    if (error != std::errc{} || end != value.data() + value.size() || !power) line.problem = "packing is 1, 2, 4, 8 or 16, not " + value;
    else line.options.pack = static_cast<std::uint8_t>(number);
}

void warning_level(CommandLine& line, const std::string& value) {
    if (value == "0") line.show_warnings = false;
    else if (!value.empty() && (value.size() != 1 || value[0] < '1' || value[0] > '4')) line.problem = "warning levels are 0 to 4, not " + value;
}

/// signed and unsigned say what C's char is, which matters to a compiler that writes types without their sign; this one always writes it.
void char_kind(CommandLine& line, const std::string& value) {
    line.options.bare_char = value == "ascii7";
    if (value != "signed" && value != "unsigned" && value != "ascii7") line.problem = "char takes signed, unsigned or ascii7, not " + value;
}

void cpp_options(CommandLine& line, const std::string& value) {
    std::istringstream words(value);
    for (std::string word; words >> word;) line.options.preprocessor.options.push_back(word);
    line.options.preprocessor.always_command = true;
}

bool is_prefix_kind(const std::string& word) { return word == "client" || word == "server" || word == "switch" || word == "all"; }

/// "client c_": the kind, a space, the prefix.
void prefix(CommandLine& line, const std::string& value) {
    const auto space = value.find(' ');
    const std::string kind = value.substr(0, space), text = value.substr(space + 1);
    if (!is_prefix_kind(kind)) line.problem = "prefix takes client, server, switch or all, not " + kind;
    if (kind == "client" || kind == "all") line.options.client_prefix = text;
    if (kind == "server" || kind == "all") line.options.server_prefix = text;
    if (kind == "switch" || kind == "all") line.options.switch_prefix = text;
    const bool name = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    if (!name || std::isdigit(static_cast<unsigned char>(text[0]))) line.problem = "a prefix is the beginning of a name, not " + text;
}

template <char Kind>
void only(CommandLine& line, const std::string&) {
    line.made_only += Kind;
}

/// -o: with widl's -h, -p, … their output; by itself it is MIDL's, the file for messages. Which, is known at the end.
void output(CommandLine& line, const std::string& value) { line.output = value; }

// The order is that of --help.
constexpr Switch kSwitches[] = {
    {"I", Takes::joined, [](CommandLine& l, const std::string& v) { l.options.preprocessor.include_folders.push_back(v); }, "folder",
     "search imported and included files there"},
    {"no_def_idir", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.preprocessor.beside_importing = false; }, "",
     "search in the -I folders only, not beside the importing file"},
    {"L", Takes::joined, [](CommandLine& l, const std::string& v) { l.options.library_folders.push_back(v); }, "folder", "search type libraries there"},
    {"D", Takes::joined, [](CommandLine& l, const std::string& v) { l.options.preprocessor.macros.push_back("-D" + v); }, "name[=value]",
     "define a macro"},
    {"U", Takes::joined, [](CommandLine& l, const std::string& v) { l.options.preprocessor.macros.push_back("-U" + v); }, "name", "undefine a macro"},
    {"cpp_cmd", Takes::word,
     [](CommandLine& l, const std::string& v) {
         l.options.preprocessor.command = v;
         l.options.preprocessor.always_command = true;
     },
     "program", "the preprocessor (default: cpp)"},
    {"cpp_opt", Takes::word, cpp_options, "\"options\"", "options for the preprocessor"},
    {"no_cpp", Takes::nothing, no_preprocessor, "", "read the file without the preprocessor (also -N)"},
    {"N", Takes::nothing, no_preprocessor, "", ""},
    {"savePP", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.save_preprocessed = true; }, "", "keep the preprocessed text (file.i)"},
    {"E", Takes::nothing, [](CommandLine& l, const std::string&) { l.task = CommandLine::Task::preprocess; }, "", "preprocess only, to standard output"},
    {"acf", Takes::word, acf, "file", "attributes of this side of the wire (default: file.acf beside file.idl)"},
    {"-acf", Takes::equals, acf, "", ""},
    {"out", Takes::word, [](CommandLine& l, const std::string& v) { l.options.out_folder = v; }, "folder", "where outputs go"},
    {"h", Takes::word, header, "file", "header (also -header, -H); without a value, as widl has it: only the header"},
    {"header", Takes::word, header, "", ""},
    {"H", Takes::word, header, "", ""},
    {"iid", Takes::word, [](CommandLine& l, const std::string& v) { l.options.iids = output_name(v); }, "file", "interface ids"},
    {"proxy", Takes::word, proxy, "file", "proxies and stubs; none: do not make them (also -P)"},
    {"P", Takes::word, proxy, "", ""},
    {"dlldata", Takes::word, dlldata, "file", "DllGetClassObject and kin over the proxies"},
    {"-dlldata", Takes::equals, dlldata, "", ""},
    {"cstub", Takes::word, [](CommandLine& l, const std::string& v) { l.options.client = output_name(v); }, "file", "raw RPC client (also -C)"},
    {"C", Takes::word, [](CommandLine& l, const std::string& v) { l.options.client = output_name(v); }, "", ""},
    {"sstub", Takes::word, [](CommandLine& l, const std::string& v) { l.options.server = output_name(v); }, "file", "raw RPC server (also -S)"},
    {"S", Takes::word, [](CommandLine& l, const std::string& v) { l.options.server = output_name(v); }, "", ""},
    {"client", Takes::word, [](CommandLine& l, const std::string& v) { l.options.make_client = !is_none(v); }, "stub|none", "whether a client is made"},
    {"server", Takes::word, [](CommandLine& l, const std::string& v) { l.options.make_server = !is_none(v); }, "stub|none", "whether a server is made"},
    {"tlb", Takes::word, [](CommandLine& l, const std::string& v) { l.options.typelib = output_name(v); }, "file", "type library of a library statement (also -T)"},
    {"T", Takes::word, [](CommandLine& l, const std::string& v) { l.options.typelib = output_name(v); }, "", ""},
    {"notlb", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.make_typelib = false; }, "", "no type library"},
    {"env", Takes::word, machine, "machine", "win32 or win64: what the type library is for (also --win32, --win64, -m32, -m64)"},
    {"win32", Takes::nothing, win32, "", ""}, {"win64", Takes::nothing, win64, "", ""}, {"-win32", Takes::nothing, win32, "", ""},
    {"-win64", Takes::nothing, win64, "", ""}, {"m32", Takes::nothing, win32, "", ""}, {"m64", Takes::nothing, win64, "", ""},
    {"x64", Takes::nothing, win64, "", ""}, {"amd64", Takes::nothing, win64, "", ""}, {"arm64", Takes::nothing, win64, "", ""},
    {"b", Takes::word, machine, "", ""},
    {"prefix", Takes::pairs, prefix, "client|server|switch|all text", "begins the names of a raw interface's routines, as called, as implemented"},
    {"json", Takes::word, [](CommandLine& l, const std::string& v) { l.options.json = v; }, "file", "the compiled model, for other tools"},
    {"serialize", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.serialize = true; }, "",
     "functions that write and read every structure as NDR (file_t.h, file_t.cpp)"},
    {"Zp", Takes::rest, packing, "1|2|4|8|16", "largest alignment of a field (also -pack n, -align n)"},
    {"pack", Takes::word, packing, "", ""}, {"align", Takes::word, packing, "", ""}, {"-win64-align", Takes::word, packing, "", ""},
    {"char", Takes::word, char_kind, "signed|unsigned|ascii7", "ascii7: char becomes C's char, otherwise unsigned char"},
    {"mktyplib203", Takes::nothing, old_language, "", "the older language of mktyplib"},
    {"winrt", Takes::nothing, windows_runtime, "", "Windows Runtime: namespaces, runtime classes, delegates, contracts (also --winrt)"},
    {"-winrt", Takes::nothing, windows_runtime, "", ""},
    {"ns_prefix", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.abi_prefix = true; }, "",
     "… in C++ inside namespace ABI, without #pragma winrt ns_prefix too"},
    {"syntax_check", Takes::nothing, syntax_only, "", "read and check only (also -Zs)"},
    {"Zs", Takes::nothing, syntax_only, "", ""},
    {"empty", Takes::nothing, [](CommandLine& l, const std::string&) { l.options.empty_outputs = true; }, "", "write outputs that say nothing too"},
    {"MD", Takes::nothing, [](CommandLine& l, const std::string&) { if (l.options.depfile.empty()) l.options.depfile = "midl.d"; }, "",
     "write the files read as a make rule, to midl.d"},
    {"MF", Takes::word, [](CommandLine& l, const std::string& v) { l.options.depfile = v; }, "file", "… to this file"},
    {"MT", Takes::word, [](CommandLine& l, const std::string& v) { l.options.deptarget = v; }, "target", "… with this target"},
    {"W", Takes::rest, warning_level, "0…4", "0: no warnings (also -no_warn)"},
    {"WX", Takes::nothing, [](CommandLine& l, const std::string&) { l.warnings_are_errors = true; }, "", "warnings are errors"},
    {"warn", Takes::word, warning_level, "", ""},
    {"no_warn", Takes::nothing, no_warnings, "", ""},
    {"o", Takes::word, output, "file", "where messages go; with one of widl's -h -p -c -s -t -u: that output (also --output=file)"},
    {"-output", Takes::equals, output, "", ""},
    {"p", Takes::nothing, only<'p'>, "", "widl's: only proxies and stubs"},
    {"c", Takes::nothing, only<'c'>, "", "widl's: only the raw RPC client"},
    {"s", Takes::nothing, only<'s'>, "", "widl's: only the raw RPC server"},
    {"t", Takes::nothing, only<'t'>, "", "widl's: only the type library"},
    {"u", Takes::nothing, only<'u'>, "", "widl's: only the interface ids"},
    {"confirm", Takes::nothing, [](CommandLine& l, const std::string&) { l.task = CommandLine::Task::confirm; }, "", "print the switches, with those of @files, and stop"},
    {"help", Takes::nothing, help, "", "this text"},
    {"-help", Takes::nothing, help, "", ""}, {"?", Takes::nothing, help, "", ""},
    {"version", Takes::nothing, version, "", "the version"},
    {"-version", Takes::nothing, version, "", ""}, {"V", Takes::nothing, version, "", ""},

    // Choices between forms of generated code that this compiler does not have.
    {"Oicf", Takes::nothing, ignore, "", ""}, {"Oif", Takes::nothing, ignore, "", ""}, {"Oic", Takes::nothing, ignore, "", ""},
    {"Oi", Takes::nothing, ignore, "", ""}, {"Os", Takes::nothing, ignore, "", ""}, {"robust", Takes::nothing, ignore, "", ""},
    {"no_robust", Takes::nothing, ignore, "", ""}, {"target", Takes::word, ignore, "", ""}, {"protocol", Takes::word, ignore, "", ""},
    {"no_format_opt", Takes::nothing, ignore, "", ""}, {"use_epv", Takes::nothing, ignore, "", ""}, {"no_default_epv", Takes::nothing, ignore, "", ""},
    {"error", Takes::word, ignore, "", ""}, {"ms_conf_struct", Takes::nothing, ignore, "", ""}, {"rpcss", Takes::nothing, ignore, "", ""},
    {"oldtlb", Takes::nothing, ignore, "", ""}, {"newtlb", Takes::nothing, ignore, "", ""},
    {"oldnames", Takes::nothing, ignore, "", ""}, {"-oldnames", Takes::nothing, ignore, "", ""}, {"-win32-align", Takes::word, ignore, "", ""},
    // Language levels: all are understood at once.
    {"ms_ext", Takes::nothing, ignore, "", ""}, {"c_ext", Takes::nothing, ignore, "", ""}, {"app_config", Takes::nothing, ignore, "", ""},
    {"osf", Takes::nothing, ignore, "", ""}, {"ms_union", Takes::nothing, ignore, "", ""}, {"msc_ver", Takes::word, ignore, "", ""},
    {"lcid", Takes::word, ignore, "", ""}, {"internal", Takes::nothing, ignore, "", ""},
    // What the outputs do not have anyway: settings, stamps, a greeting; folders and debug output of widl.
    {"no_settings_comment", Takes::nothing, ignore, "", ""}, {"no_stamp", Takes::nothing, ignore, "", ""}, {"nologo", Takes::nothing, ignore, "", ""},
    {"-nostdinc", Takes::nothing, ignore, "", ""}, {"d", Takes::word, ignore, "", ""},
};

const Switch* find_switch(std::string_view name, std::string& value, bool& has_value) {
    const Switch* best = nullptr;
    for (const auto& one : kSwitches) {
        if (one.name == name) {
            has_value = false;
            return &one;
        }
        const bool takes_rest = one.takes == Takes::joined || one.takes == Takes::rest || (one.takes == Takes::equals && name.size() > one.name.size() && name[one.name.size()] == '=');
        if (takes_rest && name.starts_with(one.name) && (!best || best->name.size() < one.name.size())) best = &one;
    }
    if (!best) return nullptr;
    has_value = true;
    value = std::string(name.substr(best->name.size() + (best->takes == Takes::equals ? 1 : 0)));
    return best;
}

std::string suggestion(std::string_view name) {
    if (name.size() > 40) return {};
    const Switch* best = nullptr;
    std::size_t least = name.size() / 3 + 1;
    for (const auto& one : kSwitches) {
        const auto distance = edit_distance(name, one.name);
        if (distance <= least && (!best || distance < least)) {
            least = distance;
            best = &one;
        }
    }
    return best ? fmt::format("; did you mean -{}?", best->name) : std::string();
}

/// /pub/file.idl is a path, /proxy a switch: a path has another slash or an ending, which no switch has; and it may exist.
bool is_switch(const std::string& word) {
    if (word.size() < 2) return false;
    if (word[0] == '-') return true;
    if (word[0] != '/' || word.find('/', 1) != std::string::npos) return word[0] == '/' && (word.starts_with("/I/") || word.starts_with("/D"));
    return word.find('.') == std::string::npos || word.starts_with("/D") || word.starts_with("/I");
}

bool is_source(const std::string& word) { return word.ends_with(".idl") || word.ends_with(".odl") || word.ends_with(".IDL"); }

/// Words between spaces and lines; "…" holds a word together, and \" stands for the mark itself.
std::vector<std::string> words_of_file(std::istream& file) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false, any = false;
    for (char c; file.get(c);) {
        if (c == '\\' && file.peek() == '"') {
            word += static_cast<char>(file.get());
            any = true;
        } else if (c == '"') {
            quoted = !quoted;
            any = true;
        } else if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            if (any) words.push_back(std::move(word));
            word.clear();
            any = false;
        } else {
            word += c;
            any = true;
        }
    }
    if (any) words.push_back(std::move(word));
    return words;
}

void expand(const std::vector<std::string>& words, CommandLine& line, int depth) {
    for (const auto& word : words) {
        if (word.size() < 2 || word[0] != '@') {
            line.words.push_back(word);
            continue;
        }
        std::ifstream file(word.substr(1));
        if (!file) line.problem = "cannot read the response file " + word.substr(1);
        else if (depth > 8) line.problem = "response files name each other";
        else expand(words_of_file(file), line, depth + 1);
        if (!line.problem.empty()) return;
    }
}

/// Once all is read: what -o was about, and what widl's letters leave out.
void settle(CommandLine& line) {
    auto& options = line.options;
    if (line.made_only.empty()) {
        line.messages = line.output;
        return;
    }
    const auto asked = [&](char kind) { return line.made_only.find(kind) != std::string::npos; };
    options.make_header = asked('h');
    options.make_iids = asked('u');
    options.make_proxy = asked('p');
    options.make_client = asked('c');
    options.make_server = asked('s');
    options.make_typelib = asked('t');
    if (line.output.empty()) return;
    if (line.made_only.size() > 1) {
        line.problem = "-o names one output, and several are asked for";
        return;
    }
    std::string* names[] = {&options.header, &options.iids, &options.proxy, &options.client, &options.server, &options.typelib};
    *names[std::string_view("hupcst").find(line.made_only[0])] = line.output;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
    CommandLine line;
    expand(words, line, 0);
    for (std::size_t i = 0; i < line.words.size() && line.problem.empty(); ++i) {
        const std::string& word = line.words[i];
        if (!is_switch(word)) {
            if (!line.options.input.empty()) line.problem = "one file at a time: " + line.options.input + ", " + word;
            line.options.input = word;
            continue;
        }
        const std::string name = word.substr(1);
        const bool next_is_value = i + 1 < line.words.size();
        // MIDL's -h takes a file's name, widl's takes none.
        if (word == "-h" && (!next_is_value || (is_switch(line.words[i + 1]) && line.words[i + 1][0] == '-') || is_source(line.words[i + 1]))) {
            line.made_only += 'h';
            continue;
        }
        std::string value;
        bool has_value = false;
        const Switch* found = find_switch(name, value, has_value);
        if (found && found->takes == Takes::pairs) {
            do {
                if (i + 2 >= line.words.size()) line.problem = word + " needs two values";
                else found->action(line, line.words[i + 1] + " " + line.words[i + 2]);
                i += 2;
            } while (line.problem.empty() && i + 2 < line.words.size() && is_prefix_kind(line.words[i + 1]));
        } else if (!found) {
            line.problem = fmt::format("unknown switch {}{} (midl --help lists them)", word, suggestion(name));
        } else if (!has_value && (found->takes == Takes::word || found->takes == Takes::joined || found->takes == Takes::equals)) {
            if (next_is_value) found->action(line, line.words[++i]);
            else line.problem = word + " needs a value";
        } else {
            found->action(line, value);
        }
    }
    if (line.problem.empty()) settle(line);
    return line;
}

std::string command_line_help() {
    std::string out = "usage: midl [switches] [@file with switches] file.idl\nSwitches start with - or /.\n";
    for (const auto& one : kSwitches) {
        if (one.help.empty()) continue;
        std::string left = fmt::format("-{}{}{}", one.name, one.value.empty() || one.takes == Takes::rest ? "" : " ", one.value);
        out += fmt::format("  {:<22} {}\n", left, one.help);
    }
    out += "Accepted, without a choice to make here:";
    std::size_t column = 200;
    for (const auto& one : kSwitches) {
        if (!one.help.empty() || one.action != ignore) continue;
        if (column + one.name.size() > 100) out += "\n ", column = 1;
        out += fmt::format(" -{}", one.name);
        column += one.name.size() + 2;
    }
    return out + "\n";
}

}  // namespace odc::midl
