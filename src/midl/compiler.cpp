#include "midl/compiler.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "midl/acf.h"
#include "midl/async_interfaces.h"
#include "midl/built_in.h"
#include "midl/emit.h"
#include "midl/emit_typelib.h"
#include "midl/output.h"
#include "midl/parser.h"
#include "midl/unnamed_types.h"
#include "midl/winrt.h"
#include "typelib/writer.h"

namespace odc::midl {
namespace {

constexpr int kMaxImportDepth = 64;

/// Reads a file and, at each import statement, the imported one (once).
class Loader {
  public:
    Loader(Source& source, Ast& ast, const ParseOptions& options, Diagnostics& diagnostics)
        : source_(source), ast_(ast), options_(options), diagnostics_(diagnostics) {}

    std::uint32_t load(const std::string& name, const std::string& path, Place place) {
        if (const auto found = loaded_.find(path); found != loaded_.end()) return found->second;
        const auto index = static_cast<std::uint32_t>(ast_.files.size());
        loaded_[path] = index;
        ast_.files.emplace_back();
        ast_.files[index].name = name;
        ast_.files[index].path = path;
        if (++depth_ > kMaxImportDepth) {
            diagnostics_.report(Message::import_too_deep, place, {std::to_string(kMaxImportDepth)});
        } else if (auto text = source_.read(path, place)) {
            ast_.files[index].text = std::move(*text);
            const Tokens tokens = lex(ast_.files[index].text, diagnostics_);
            for (const auto& file : tokens.files) source_.add_file_read(file);
            parse(ast_, index, tokens, options_, diagnostics_, [&](const std::string& import, Place where) {
                const auto found = source_.find(import, path);
                if (!found) {
                    diagnostics_.report(Message::import_not_found, where, {import});
                    return UINT32_MAX;
                }
                return load(import, *found, where);
            });
        }
        --depth_;
        return index;
    }

  private:
    Source& source_;
    Ast& ast_;
    const ParseOptions& options_;
    Diagnostics& diagnostics_;
    std::map<std::string, std::uint32_t> loaded_;
    int depth_ = 0;
};

/// Merges the attribute configuration file, if there is one.
bool read_acf(const CompileOptions& options, Ast& ast, Source& source, Diagnostics& diagnostics) {
    std::string path = options.acf;
    if (path.empty()) {
        path = options.input.substr(0, options.input.rfind('.')) + ".acf";
        if (::access(path.c_str(), F_OK) != 0) return true;
    }
    const auto text = source.read(path, {});
    if (!text) return false;
    const Tokens tokens = lex(*text, diagnostics);
    for (const auto& file : tokens.files) source.add_file_read(file);
    const unsigned before = diagnostics.errors();
    const Acf acf = parse_acf(ast, tokens, diagnostics);
    if (diagnostics.errors() != before) return false;
    apply_acf(acf, ast, diagnostics);
    return true;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string escaped_for_make(const std::string& path) {
    std::string out;
    for (const char c : path) {
        if (c == ' ' || c == '#') out += '\\';
        if (c == '$') out += '$';
        out += c;
    }
    return out;
}

/// -prefix: what the routines of raw interfaces are called on each side.
void name_routines(const CompileOptions& options, Model& model) {
    if (options.client_prefix.empty() && options.server_prefix.empty() && options.switch_prefix.empty()) return;
    for (auto& function : model.ast.all<Function>()) {
        if (!options.client_prefix.empty()) function.client_name = options.client_prefix + function.name;
        if (!options.server_prefix.empty()) function.server_name = options.server_prefix + function.name;
        if (!options.switch_prefix.empty() && !function.attributes.has(AttributeKind::callback)) function.switch_name = options.switch_prefix + function.name;
    }
}

/// Before anything is said about the text: it is for finding out what is wrong with it.
bool save_preprocessed(const CompileOptions& options, const std::string& text, Diagnostics& diagnostics) {
    const std::string name = file_name(options.input);
    return write_if_changed(options.out_folder + "/" + name.substr(0, name.rfind('.')) + ".i", text, diagnostics);
}

/// Lets the model live on where the process ends anyway.
struct Parting {
    std::unique_ptr<Model>& model;
    bool leave;
    ~Parting() {
        if (leave) (void)model.release();
    }
};

}  // namespace

bool compile(const CompileOptions& options, Diagnostics& diagnostics) {
    auto owned = std::make_unique<Model>();
    const Parting parting{owned, options.process_ends};
    Model& model = *owned;
    model.mktyplib203 = options.mktyplib203;
    for (const auto& macro : options.preprocessor.macros) model.widl = model.widl || macro == "-D__WIDL__" || macro.starts_with("-D__WIDL__=");
    Source source(options.preprocessor, diagnostics);
    const ParseOptions parse_options{options.mktyplib203, options.pack, options.bare_char, options.winrt, options.abi_prefix};
    Loader(source, model.ast, parse_options, diagnostics).load(file_name(options.input), options.input, {});
    if (model.ast.files.empty()) return false;
    if (options.save_preprocessed && !save_preprocessed(options, model.ast.files[0].text, diagnostics)) return false;
    add_built_in_names(model.ast, parse_options, diagnostics);
    if (!read_acf(options, model.ast, source, diagnostics)) return false;
    if (options.winrt && !diagnostics.failed()) lower_runtime(model.ast, diagnostics);
    add_async_interfaces(model.ast);
    std::vector<std::string> folders{folder_of(options.input)};
    folders.insert(folders.end(), options.preprocessor.include_folders.begin(), options.preprocessor.include_folders.end());
    folders.insert(folders.end(), options.library_folders.begin(), options.library_folders.end());
    for (auto& folder : typelib::system_folders()) folders.push_back(std::move(folder));
    ImportedTypes imported(std::move(folders));
    imported.load(model, diagnostics);
    model.imported_types = &imported;
    if (!analyse(model, diagnostics)) return false;
    name_routines(options, model);
    if (options.syntax_check) return !diagnostics.failed();

    OutputNames names;
    names.idl = file_name(options.input);
    names.stem = names.idl.substr(0, names.idl.rfind('.'));
    const auto named = [&](const std::string& given, const std::string& ending) { return given.empty() ? names.stem + ending : given; };
    const std::string header = named(options.header, ".h");
    names.header = file_name(header);

    std::vector<std::pair<std::string, Pieces>> outputs;
    const auto add_pieces = [&](bool wanted, const std::string& path, Pieces pieces) {
        if (!wanted || path == "-") return;
        if (pieces.empty()) {
            if (!options.empty_outputs) return;
            pieces.push_back("/* Written by midl from " + names.idl + ": nothing to say here. Do not edit. */\n#include \"guiddef.h\"\n");
        }
        outputs.emplace_back(path.starts_with('/') ? path : options.out_folder + "/" + path, std::move(pieces));
    };
    const auto add = [&](bool wanted, const std::string& path, std::string text) {
        Pieces pieces;
        if (!text.empty()) pieces.push_back(std::move(text));
        add_pieces(wanted, path, std::move(pieces));
    };
    // After an error nothing is written, but what cannot be sent is still said.
    const bool sound = !diagnostics.failed();
    std::string library_bytes;
    if (const auto* library = own_library(model); library && options.make_typelib && sound) {
        const auto bytes = typelib::serialize(emit_typelib(model, *library, imported, options.system));
        if (!bytes) diagnostics.report(Message::typelib_unwritable, library->place, {library->name, bytes.error().text()});
        else library_bytes.assign(bytes->begin(), bytes->end());
    }
    invent_tags(model.ast);  // type libraries have their own names for types without a tag
    if (sound) {
        add(options.make_header, header, emit_header(model, names));
        add(options.make_iids, named(options.iids, "_i.c"), emit_iids(model, names));
    }
    if (!library_bytes.empty()) add(true, named(options.typelib, ".tlb"), std::move(library_bytes));
    rename_clashing_parameters(model);
    if (!options.json.empty() && sound) add(true, options.json, emit_json(model, names));
    if (options.mktyplib203) {
        for (const auto* asked : {&options.proxy, &options.dlldata, &options.client, &options.server})
            if (!asked->empty() && *asked != "-" && *asked != "none") diagnostics.report(Message::odl_has_no_proxies, {}, {*asked});
    } else {
        if (model.widl && options.make_proxy) make_unsendable_local(model, diagnostics);
        if (options.make_proxy) add_pieces(true, named(options.proxy, "_p.cpp"), emit_proxies(model, names, diagnostics));
        if (options.make_client) add(true, named(options.client, "_c.cpp"), emit_clients(model, names, diagnostics));
        if (options.make_server) add(true, named(options.server, "_s.cpp"), emit_servers(model, names, diagnostics));
        if (options.serialize) {
            add(true, names.stem + "_t.h", emit_serialization_header(model, names));
            add(true, named(options.serialization, "_t.cpp"), emit_serialization(model, names, diagnostics));
        }
        if (options.make_dlldata) add(true, named(options.dlldata, "_dlldata.cpp"), emit_dlldata(model, names));
    }
    if (diagnostics.failed()) return false;
    for (const auto& [path, pieces] : outputs) write_if_changed(path, pieces, diagnostics);
    if (!options.depfile.empty()) {
        std::string rule = escaped_for_make(options.deptarget.empty() ? outputs.empty() ? header : outputs[0].first : options.deptarget) + ":";
        for (const auto& file : imported.files_read()) rule += " \\\n  " + escaped_for_make(file);
        for (const auto& file : source.files_read()) rule += " \\\n  " + escaped_for_make(file);
        write_if_changed(options.depfile, rule + "\n", diagnostics);
    }
    return !diagnostics.failed();
}

}  // namespace odc::midl
