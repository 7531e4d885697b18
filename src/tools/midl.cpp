// midl: the command line of the IDL compiler.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "midl/compiler.h"

namespace {

constexpr const char* kUsage =
    "usage: midl [switches] file.idl\n"
    "Switches start with - or /; values follow after a space (or directly for -I, -D, -U, -o).\n"
    "  -I folder        search imported and included files there (-no_def_idir: only there)\n"
    "  -D name[=value]  define a macro      -U name   undefine one\n"
    "  -out folder      where outputs go\n"
    "  -h file          header              -iid file     interface ids\n"
    "  -proxy file      proxies and stubs   -dlldata file DllGetClassObject and kin over them\n"
    "  -cstub file      raw RPC client      -sstub file   raw RPC server\n"
    "  -client none     no client stubs     -server none  no server stubs\n"
    "  -tlb file        type library of a library statement (default: file.tlb; -notlb: none)\n"
    "  -env machine     win32 or win64: what the type library is for\n"
    "  -serialize       functions that write and read every structure as NDR (file_t.h, file_t.cpp)\n"
    "  -acf file        attributes of this side of the wire (file.acf beside file.idl otherwise)\n"
    "  -mktyplib203     the older language of mktyplib\n"
    "  -MD -MF file     write the files read as a make rule (-MT target)\n"
    "  -W0 … -W4 -WX    warnings: none … all, as errors\n"
    "  -syntax_check    read only           -empty        write outputs that say nothing too\n"
    "  -no_cpp          without the preprocessor\n"
    "  -help            this text\n";

}  // namespace

int main(int argc, char** argv) {
    odc::midl::CompileOptions options;
    odc::midl::Diagnostics diagnostics;
    std::vector<std::string> words(argv + 1, argv + argc);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool is_switch = word.size() > 1 && (word[0] == '-' || (word[0] == '/' && word.find('/', 1) == std::string::npos &&
                                                                     word.find('.') == std::string::npos));
        if (!is_switch) {
            if (!options.input.empty()) {
                std::fprintf(stderr, "midl: one file at a time: %s, %s\n", options.input.c_str(), word.c_str());
                return 2;
            }
            options.input = word;
            continue;
        }
        const std::string name = word.substr(1);
        const auto value = [&]() -> std::string {
            if (i + 1 >= words.size()) {
                std::fprintf(stderr, "midl: %s needs a value\n", word.c_str());
                std::exit(2);
            }
            return words[++i];
        };
        const auto joined = [&](std::size_t prefix) { return name.size() > prefix ? name.substr(prefix) : value(); };
        if (name == "help" || name == "-help" || name == "?") {
            std::fputs(kUsage, stdout);
            return 0;
        } else if (name == "out" || name == "o") {
            options.out_folder = value();
        } else if (name == "h" || name == "header") {
            options.header = value();
        } else if (name == "iid") {
            options.iids = value();
        } else if (name == "proxy") {
            options.proxy = value();
            options.make_proxy = options.proxy != "none";
        } else if (name == "json") {
            options.json = value();
        } else if (name == "dlldata") {
            options.dlldata = value();
            options.make_dlldata = true;
        } else if (name == "cstub") {
            options.client = value();
        } else if (name == "sstub") {
            options.server = value();
        } else if (name == "client") {
            options.make_client = value() != "none";
        } else if (name == "server") {
            options.make_server = value() != "none";
        } else if (name == "acf") {
            options.acf = value();
        } else if (name == "serialize") {
            options.serialize = true;
        } else if (name == "empty") {
            options.empty_outputs = true;
        } else if (name == "mktyplib203") {
            options.mktyplib203 = true;
        } else if (name == "syntax_check" || name == "Zs") {
            options.syntax_check = true;
        } else if (name == "no_cpp") {
            options.preprocessor.enabled = false;
        } else if (name == "cpp_cmd") {
            options.preprocessor.command = value();
            options.preprocessor.always_command = true;
        } else if (name == "MD") {
            if (options.depfile.empty()) options.depfile = "midl.d";
        } else if (name == "MF") {
            options.depfile = value();
        } else if (name == "MT") {
            options.deptarget = value();
        } else if (name == "WX") {
            diagnostics.treat_warnings_as_errors(true);
        } else if (name == "W0" || name == "no_warn") {
            diagnostics.show_warnings(false);
        } else if (name.starts_with("I")) {
            options.preprocessor.include_folders.push_back(joined(1));
        } else if (name.starts_with("D")) {
            options.preprocessor.macros.push_back("-D" + joined(1));
        } else if (name.starts_with("U")) {
            options.preprocessor.macros.push_back("-U" + joined(1));
        } else if (name.starts_with("Oi") || name.starts_with("W") || name == "robust" || name == "nologo" || name == "no_robust" ||
                   name == "no_settings_comment" || name == "no_def_idir" || name == "ms_ext" || name == "c_ext" ||
                   name == "target" || name == "ms_union") {
            // accepted: these choose between forms that this compiler does not have
        } else if (name == "tlb") {
            options.typelib = value();
        } else if (name == "notlb") {
            options.make_typelib = false;
        } else if (name == "env") {
            const std::string machine = value();
            options.system = machine == "win32" ? odc::typelib::SysKind::win32 : odc::typelib::SysKind::win64;
        } else if (name == "win32" || name == "win64") {
            options.system = name == "win32" ? odc::typelib::SysKind::win32 : odc::typelib::SysKind::win64;
        } else if (name == "char" || name == "error" || name == "warn") {
            (void)value();
        } else {
            std::fprintf(stderr, "midl: unknown switch %s (midl -help lists them)\n", word.c_str());
            return 2;
        }
    }
    if (options.input.empty()) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    const bool good = odc::midl::compile(options, diagnostics);
    std::fputs(diagnostics.text().c_str(), stderr);
    return good ? 0 : 1;
}
