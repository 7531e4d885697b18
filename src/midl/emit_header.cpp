// The header: types, interfaces for C and C++, client and server classes of raw RPC interfaces.
#include <algorithm>
#include <set>

#include "base/guid.h"
#include "midl/cxx.h"
#include "midl/emit.h"
#include "midl/output.h"
#include "midl/raw_interface.h"
#include "midl/winrt.h"

namespace odc::midl {
namespace {

std::string upper_id(const Guid& id) {
    const auto text = to_string(id);
    return text.substr(1, 36);
}

std::string parameter_list(const Function& function, bool with_comments, const std::string& separator) {
    std::string out;
    for (const auto& parameter : function.parameters) {
        if (!out.empty()) out += separator;
        const auto comment = with_comments ? attribute_comment(parameter.attributes) : "";
        if (!comment.empty()) out += "/* " + comment + " */ ";
        // The name says something to people only, so C++ may have another than C.
        out += declare(parameter.type, is_cxx_word(parameter.name) ? parameter.name + "_" : parameter.name, true);
    }
    return out;
}

// What the header needs of rpcndr.h and older versions of it, and those of others, do not have.
constexpr const char* kForeignHeaders = R"(#include <stddef.h>
#ifndef MIDL_LAYOUT
#if __SIZEOF_POINTER__ != 8
#define MIDL_LAYOUT(condition) struct midl_no_layout
#elif defined(__cplusplus)
#define MIDL_LAYOUT(condition) static_assert(condition, #condition)
#else
#define MIDL_LAYOUT(condition) _Static_assert(condition, #condition)
#endif
#endif
#ifndef MIDL_ANONYMOUS
#ifdef __GNUC__
#define MIDL_ANONYMOUS __extension__
#else
#define MIDL_ANONYMOUS
#endif
#endif
#ifndef ODC_DECLARE_UUID
#ifdef __CRT_UUID_DECL
#define ODC_DECLARE_UUID(type, ...) extern "C++" { __CRT_UUID_DECL(type, __VA_ARGS__) }
#else
#define ODC_DECLARE_UUID(type, ...)
#endif
#endif
)";

class HeaderEmitter {
  public:
    HeaderEmitter(const Model& model, const OutputNames& names) : model_(model), names_(names) {}

    std::string run() {
        std::string guard = "__" + names_.stem + "_h__";
        for (char& c : guard)
            if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
        const auto& items = model_.ast.files[0].items;
        const bool raw = has_raw(items);
        out_.line("/* Written by midl from {}. Do not edit. */", names_.idl);
        out_.line("#include \"rpc.h\"");
        out_.line("#include \"rpcndr.h\"");
        // In front of the guard: these headers may include this one, and then need what is in it.
        if (!raw) out_.raw("#ifndef COM_NO_WINDOWS_H\n#include \"windows.h\"\n#include \"ole2.h\"\n#endif\n");
        out_.line("#ifndef {}", guard);
        out_.line("#define {}", guard);
        out_.blank();
        if (model_.ast.files.back().built_in) out_.line("#include \"oaidl.h\"");
        if (raw) {
            // Beside another runtime's headers the file gives types and constants.
            out_.raw("#if defined(__cplusplus) && __has_include(\"opendcom/rpc/client.h\")\n"
                     "#include \"opendcom/rpc/client.h\"\n"
                     "#define MIDL_RAW_CLASSES\n"
                     "#endif\n");
        }
        out_.raw(kForeignHeaders);
        out_.blank();
        forwards(items);
        for (const auto& item : items) {
            if (const auto* import = std::get_if<Import>(&item)) import_line(*import);
        }
        out_.blank();
        if (needs_internal_templates(model_.ast)) emit_internal_templates(out_);
        out_.raw("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
        emit_items(items);
        out_.raw("#ifdef __cplusplus\n}\n#endif\n");
        out_.line("#endif /* {} */", guard);
        return out_.take();
    }

  private:
    static bool has_raw(const std::vector<Item>& items) {
        for (const auto& item : items) {
            if (const auto* interface = std::get_if<Interface*>(&item)) {
                if (!(*interface)->is_object() && !(*interface)->is_local() && !(*interface)->functions.empty()) return true;
            } else if (const auto* library = std::get_if<Library*>(&item)) {
                if (has_raw((*library)->items)) return true;
            }
        }
        return false;
    }

    void import_line(const Import& import) {
        std::string header = import.name;
        if (header.ends_with(".idl") || header.ends_with(".odl")) header.resize(header.size() - 4);
        if (import.name.ends_with(".h")) header.resize(header.size() - 2);
        out_.line("#include \"{}.h\"", header);
    }

    void forward(const std::string& name) {
        if (!forwarded_.insert(name).second) return;
        if (const auto* runtime = model_.ast.runtime.find(name)) {
            if (runtime->kind != RuntimeEntity::Kind::instance) forward_runtime(*runtime, out_);
            return;
        }
        out_.line("#ifndef __{}_FWD_DEFINED__", name);
        out_.line("#define __{}_FWD_DEFINED__", name);
        out_.line("typedef struct {0} {0};", name);
        out_.line("#endif");
    }

    bool is_runtime(const Item& item) const {
        if (const auto* interface = std::get_if<Interface*>(&item)) return model_.ast.runtime.find((*interface)->name);
        if (const auto* tag = std::get_if<TagDeclaration>(&item)) return model_.ast.runtime.find(tag->type->name);
        return std::holds_alternative<GenericInterface*>(item);
    }
    /// Typedefs of templates: behind the imports, which have these, and behind what the file defines outside of namespaces.
    void forward_instances(const std::vector<Item>& items) {
        instances_forwarded_ = true;
        for (const auto& item : items) {
            const auto* interface = std::get_if<Interface*>(&item);
            const auto* runtime = interface ? model_.ast.runtime.find((*interface)->name) : nullptr;
            if (runtime && runtime->kind == RuntimeEntity::Kind::instance) forward_runtime(*runtime, out_);
        }
    }

    void forwards(const std::vector<Item>& items) {
        for (const auto& item : items) {
            if (const auto* interface = std::get_if<Interface*>(&item)) {
                if ((*interface)->is_object()) forward((*interface)->name);
            } else if (const auto* library = std::get_if<Library*>(&item)) {
                forwards((*library)->items);
            } else if (const auto* ahead = std::get_if<ForwardInterface>(&item)) {
                forward(ahead->name);
            } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
                if (model_.ast.runtime.find(tag->type->name)) forward(tag->type->name);
            } else if (const auto* generic = std::get_if<GenericInterface*>(&item)) {
                forward_runtime(model_.ast.runtime.entities.at((*generic)->pattern->name), out_);
            } else if (const auto* runtime_class = std::get_if<RuntimeClass*>(&item)) {
                forward_runtime(model_.ast.runtime.entities.at((*runtime_class)->name), out_);
            } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
                out_.line("#ifdef __cplusplus");
                out_.line("typedef class {0} {0};", (*coclass)->name);
                out_.line("#else");
                out_.line("typedef struct {0} {0};", (*coclass)->name);
                out_.line("#endif");
            }
        }
    }

    void emit_items(const std::vector<Item>& items) {
        for (const auto& item : items) {
            if (!instances_forwarded_ && is_runtime(item)) forward_instances(model_.ast.files[0].items);
            std::visit([&](const auto& one) { emit(one); }, item);
        }
    }

    void doc(const std::string& text) {
        std::size_t start = 0;
        const std::string all = doc_lines(text, "");
        while (start < all.size()) {
            const auto end = all.find('\n', start);
            out_.text_line(all.substr(start, end - start));
            start = end + 1;
        }
    }

    // The size and the offsets that the compiler of IDL counted with, checked by the compiler of C.
    void layout(const Type* type, const std::string& name) {
        if (type->kind != Type::Kind::structure && type->kind != Type::Kind::union_) return;
        const auto memory = layout_of(type, model_);
        if (!memory || !type->defined) return;
        std::string facts = fmt::format("sizeof({}) == {}", name, memory->size);
        if (type->kind == Type::Kind::structure) {
            for (std::size_t i = 0; i < type->fields.size(); ++i) {
                // The names of inner unions may be macros for nothing (DUMMYUNIONNAME).
                if (type->fields[i].name.empty() || type->fields[i].type->defined) continue;
                facts += fmt::format(" && offsetof({}, {}) == {}", name, type->fields[i].name, memory->offsets[i]);
            }
        }
        out_.line("MIDL_LAYOUT({});", facts);
    }
    static std::string tag_name(const Type& type) { return (type.kind == Type::Kind::union_ ? "union " : "struct ") + type.name; }

    void emit(const CppQuote& quote) { out_.text_line(quote.text); }
    void emit(const Import&) {}
    void emit(const ForwardInterface&) {}
    void emit(const ImportLibrary&) {}
    void emit(const RuntimeClass* one) { emit_runtime_class(*one, model_.ast, out_); }
    void emit(const ApiContract* contract) { emit_contract(*contract, out_); }
    void emit(const GenericInterface* generic) { emit_generic(*generic, model_.ast, out_); }
    /// In C++ the plain name in its namespaces, in C the long one.
    void runtime_tag(const Type& type, const RuntimeEntity& entity) {
        if (!emitted_tags_.insert(&type).second) return;
        // Names are known in their whole namespace, but C wants what a structure holds in front of it.
        for (const auto& field : type.fields) {
            const Type* held = field.type;
            while (held && held->kind == Type::Kind::array) held = held->element;
            if (held && held->runtime && held->runtime->type && held->runtime->file == 0) runtime_tag(*held->runtime->type, *held->runtime);
        }
        const bool wrapped = open_contract(type.attributes, entity, model_.ast, out_);
        doc(type.doc);
        Type plain = type;
        plain.name = entity.name;
        if (entity.kind == RuntimeEntity::Kind::enumeration) plain.name += type.attributes.has(AttributeKind::flags) ? " : unsigned int" : " : int";
        out_.line("#if defined(__cplusplus) && !defined(CINTERFACE)");
        std::string text = declare(&plain, "") + ";";
        if (type.attributes.has(AttributeKind::flags))
            for (auto at = text.find("(int)0x"); at != std::string::npos; at = text.find("(int)0x")) text.erase(at, 5);
        in_namespaces(entity, text, out_);
        out_.line("#else");
        lines(declare(&type, "") + ";");
        out_.line("#endif");
        layout(&type, tag_name(type));
        if (wrapped) out_.line("#endif");
        out_.blank();
    }
    void emit(const TagDeclaration& tag) {
        if (const auto* runtime = model_.ast.runtime.find(tag.type->name); runtime && runtime->type == tag.type) return runtime_tag(*tag.type, *runtime);
        doc(tag.type->doc);
        lines(declare(tag.type, "") + ";");
        layout(tag.type, tag_name(*tag.type));
        out_.blank();
    }
    void emit(const ExternVariable& variable) { out_.line("EXTERN_C {};", declare(variable.type, variable.name)); }
    void emit(const TypedefGroup& group) {
        std::string text;
        for (std::size_t i = 0; i < group.names.size(); ++i) {
            const auto* name = group.names[i];
            if (i == 0) {
                doc(name->doc);
                // The body is printed once, with the first name; the others follow as pointers to or names of the same type.
                lines("typedef " + declare(name->type, name->name) + ";");
            } else {
                lines("typedef " + without_bodies(name->type, name->name, group.names[0]) + ";");
            }
        }
        const Type* body = group.names[0]->type;
        while (body->kind == Type::Kind::pointer || body->kind == Type::Kind::array) body = body->element;
        if (body->defined) {
            // Not the tag, if that can be: sources define macros for nothing with the name of a tag, to guard its structure.
            const std::string name = group.names[0]->type == body ? group.names[0]->name : body->name.empty() ? "" : tag_name(*body);
            if (!name.empty()) layout(body, name);
        }
        for (const auto* name : group.names) declare_conversions(*name, out_);
        if (group.names[0]->type->kind != Type::Kind::named && group.names[0]->type->kind != Type::Kind::base) out_.blank();
    }
    std::string without_bodies(const Type* type, const std::string& name, const Typedef* first) {
        // Copies the declarator chain down to the specifier and names the specifier instead of repeating its body.
        std::vector<Type> chain;
        const Type* at = type;
        while (at->kind == Type::Kind::pointer || at->kind == Type::Kind::array || at->kind == Type::Kind::function) {
            chain.push_back(*at);
            at = at->element;
        }
        Type last = *at;
        if (last.defined) {
            if (last.name.empty()) {
                last = Type{};
                last.kind = Type::Kind::named;
                last.alias = first;
                last.name = first->name;
            } else {
                last.defined = false;
            }
        }
        for (std::size_t i = 0; i + 1 < chain.size(); ++i) chain[i].element = &chain[i + 1];
        if (chain.empty()) return declare(&last, name);
        chain.back().element = &last;
        return declare(&chain[0], name);
    }
    void emit(const Constant* constant) {
        const auto* value = model_.constant(constant->value);
        if (value && value->kind == Expr::Kind::text) {
            const Type* type = behind(constant->type);
            const bool wide = value->wide || (type && type->kind == Type::Kind::pointer && behind(type->element)->kind == Type::Kind::base &&
                                              behind(type->element)->base == Base::wchar);
            out_.line("#define {} {}", constant->name, wide ? "OLESTR(" + quoted(value->spelling) + ")" : quoted(value->spelling));
        } else if (const auto number = model_.evaluate(constant->value)) {
            std::string spelling = constant->value->kind == Expr::Kind::integer ? constant->value->spelling : std::to_string(*number);
            while (!spelling.empty() && (spelling.back() == 'L' || spelling.back() == 'l')) spelling.pop_back();
            out_.line("#define {} ( {} )", constant->name, spelling);
        } else if (value) {
            out_.line("#define {} ( {} )", constant->name, plain_expression(value));
        }
    }
    void emit(const Function* function) { prototype(*function); }
    void prototype(const Function& function) {
        doc(function.doc);
        const std::string result = local_type(function.result);
        const std::string parameters = parameter_list(function, true, ",\n    ");
        const std::string convention = function.convention.empty() ? "" : function.convention + " ";
        lines("EXTERN_C " + result + (result.back() == '*' ? "" : " ") + convention + function.name + "(" +
              (parameters.empty() ? "void" : "\n    " + parameters + (function.takes_more ? ",\n    ..." : "")) + ");");
    }
    // Old headers declare and, behind <initguid.h>, define ids; newer ones declare them, and the file of ids defines.
    void declare_id(const char* type, const std::string& name, const Guid& id) {
        if (model_.mktyplib203) out_.line("DEFINE_GUID({}, {});", name, guid_arguments(id));
        else out_.line("EXTERN_C const {} {};", type, name);
    }
    void emit(const Module* module) {
        doc(module->doc);
        out_.line("/* module {} */", module->name);
        emit_items(module->items);
    }
    void emit(const Library* library) {
        if (library->has_id) {
            out_.line("/* library {} */", library->name);
            doc(library->doc);
            declare_id("IID", "LIBID_" + library->name, library->id);
            out_.blank();
        }
        for (const auto& item : library->items) {
            if (const auto* import = std::get_if<Import>(&item)) import_line(*import);
        }
        emit_items(library->items);
    }
    void emit(const Coclass* coclass) {
        if (!coclass->has_id) return;
        out_.line("/* coclass {} */", coclass->name);
        declare_id("CLSID", "CLSID_" + coclass->name, coclass->id);
        out_.line("#ifdef __cplusplus");
        doc(coclass->doc);
        out_.line("class DECLSPEC_UUID(\"{}\") {};", upper_id(coclass->id), coclass->name);
        out_.line("ODC_DECLARE_UUID({}, {})", coclass->name, guid_arguments(coclass->id));
        out_.line("#endif");
        out_.blank();
    }

    // Text with several lines.
    void lines(const std::string& text) {
        std::size_t start = 0;
        while (start <= text.size()) {
            const auto end = std::min(text.find('\n', start), text.size());
            out_.text_line(text.substr(start, end - start));
            start = end + 1;
        }
    }

    void emit(const Interface* interface) {
        if (!emitted_.insert(interface).second) return;
        // C++ wants the whole base; IDL is content with its declaration.
        if (interface->is_object() && interface->base && interface->base->file == 0 && interface->base->library == interface->library)
            emit(interface->base);
        std::vector<Item> types;
        for (const auto& item : interface->items) {
            if (!std::holds_alternative<Function*>(item)) types.push_back(item);
        }
        out_.blank();
        out_.line("/* {} {}{} */", interface->is_dispinterface ? "dispinterface" : "interface", interface->name,
                  interface->attributes.list.empty() ? "" : ", " + attribute_comment(interface->attributes));
        if (!interface->is_object()) {
            emit_items(types);
            if (interface->is_local()) {
                for (const auto* function : interface->functions) prototype(*function);
            } else if (!interface->functions.empty()) {
                declare_raw_interface(*interface, out_);
            }
            return;
        }
        const auto* runtime = model_.ast.runtime.find(interface->name);
        const bool wrapped = runtime && open_contract(interface->attributes, *runtime, model_.ast, out_);
        const char* kind = interface->is_dispinterface ? "DISPINTERFACE" : "INTERFACE";
        out_.line("#ifndef __{}_{}_DEFINED__", interface->name, kind);
        out_.line("#define __{}_{}_DEFINED__", interface->name, kind);
        emit_items(types);
        declare_id("IID", (interface->is_dispinterface ? "DIID_" : "IID_") + interface->name, interface->id);
        out_.line("#if defined(__cplusplus) && !defined(CINTERFACE)");
        if (runtime) cxx_runtime_interface(*interface, *runtime);
        else cxx_interface(*interface);
        out_.line("#else");
        c_interface(*interface);
        out_.line("#endif");
        remote_forms(*interface);
        out_.line("#endif /* __{}_{}_DEFINED__ */", interface->name, kind);
        if (wrapped) out_.line("#endif");
    }

    void cxx_runtime_interface(const Interface& interface, const RuntimeEntity& entity) {
        std::string body = doc_lines(interface.doc, "");
        if (entity.kind == RuntimeEntity::Kind::instance) {
            std::string base = entity.name.substr(0, entity.name.find('<')) + "_impl<";
            for (const auto* argument : entity.arguments) base += (argument == entity.arguments[0] ? "" : ", ") + runtime_argument(argument, true);
            body += "template <>\nMIDL_INTERFACE(\"" + upper_id(interface.id) + "\")\n" + entity.name + " : public " + base + ">\n{\n};";
        } else {
            body += "MIDL_INTERFACE(\"" + upper_id(interface.id) + "\")\n" + entity.name + " : public " + interface.base_name + "\n{\npublic:";
            for (const auto* function : interface.functions) {
                const std::string parameters = parameter_list(*function, true, ",\n        ");
                const std::string result = local_type(function->result);
                body += "\n" + doc_lines(function->doc, "    ") + "    virtual " + result + (result.back() == '*' ? "" : " ") + "STDMETHODCALLTYPE " +
                        method_name(*function) + "(" + (parameters.empty() ? "void" : "\n        " + parameters) + ") = 0;";
            }
            body += "\n};";
        }
        in_namespaces(entity, body, out_);
        out_.line("ODC_DECLARE_UUID({}, {})", interface.name, guid_arguments(interface.id));
    }

    void cxx_interface(const Interface& interface) {
        const bool has_template = interface.name == "IUnknown";
        if (has_template) out_.line("extern \"C++\" {{");
        doc(interface.doc);
        out_.line("MIDL_INTERFACE(\"{}\")", upper_id(interface.id));
        const auto* base = interface.base;
        out_.open("{}{}", interface.name, base ? " : public " + base->name : interface.is_dispinterface ? " : public IDispatch" : "");
        out_.outdent();
        out_.line("{{");
        out_.line("public:");
        out_.indent();
        if (!interface.is_dispinterface) {
            for (const auto* function : interface.functions) {
                if (function->is_remote_form) continue;
                doc(function->doc);
                const std::string result = local_type(function->result);
                const std::string parameters = parameter_list(*function, true, ",\n        ");
                lines("virtual " + result + (result.back() == '*' ? "" : " ") + "STDMETHODCALLTYPE " + method_name(*function) + "(" +
                      (parameters.empty() ? "void" : "\n        " + parameters) + ") = 0;");
            }
        }
        if (has_template) {
            out_.blank();
            out_.line("template <class Q>");
            out_.open("HRESULT STDMETHODCALLTYPE QueryInterface(Q **pp) {{");
            out_.line("return QueryInterface(__uuidof(Q), reinterpret_cast<void **>(pp));");
            out_.close();
        }
        out_.close("};");
        if (has_template) out_.line("}}");
        if (interface.has_id) out_.line("ODC_DECLARE_UUID({}, {})", interface.name, guid_arguments(interface.id));
    }

    void c_interface(const Interface& interface) {
        auto methods = all_methods(interface);
        if (interface.is_dispinterface) {
            methods.clear();
            if (interface.base) methods = all_methods(*interface.base);
        }
        out_.line("typedef struct {}Vtbl", interface.name);
        out_.open("{{");
        out_.line("BEGIN_INTERFACE");
        const auto names = slot_names(methods);
        for (std::size_t i = 0; i < methods.size(); ++i) {
            const auto* function = methods[i].second;
            const std::string result = local_type(function->result);
            std::string parameters = parameter_list(*function, true, ",\n        ");
            lines(result + (result.back() == '*' ? "" : " ") + "(STDMETHODCALLTYPE *" + names[i] + ")(\n        " + interface.name +
                  " *This" + (parameters.empty() ? "" : ",\n        " + parameters) + ");");
        }
        out_.line("END_INTERFACE");
        out_.close(fmt::format("}} {}Vtbl;", interface.name));
        out_.line("struct {}", interface.name);
        out_.open("{{");
        out_.line("CONST_VTBL struct {}Vtbl *lpVtbl;", interface.name);
        out_.close("};");
        out_.line("#ifdef COBJMACROS");
        for (std::size_t i = 0; i < methods.size(); ++i) {
            std::string arguments;
            for (const auto& parameter : methods[i].second->parameters)
                arguments += "," + (parameter.name.empty() ? "arg" + std::to_string(&parameter - methods[i].second->parameters.data() + 1) : parameter.name);
            out_.line("#define {0}_{1}(This{2}) ((This)->lpVtbl->{1}(This{2}))", interface.name, names[i], arguments);
        }
        out_.line("#endif /* COBJMACROS */");
    }

    // Prototypes of what [call_as] needs: the proxy that MIDL writes, and the two functions written by hand.
    void remote_forms(const Interface& interface) {
        for (const auto* function : interface.functions) {
            if (!function->call_as || (function->whole && !function->whole->call_as)) continue;
            const auto* remote = function->call_as;
            const auto prototype = [&](const Function& shape, const std::string& name) {
                const std::string result = local_type(shape.result);
                std::string parameters = parameter_list(shape, true, ",\n    ");
                lines("EXTERN_C " + result + " STDMETHODCALLTYPE " + interface.name + "_" + name + "(\n    " + interface.name + " *This" +
                      (parameters.empty() ? "" : ",\n    " + parameters) + ");");
            };
            prototype(*remote, method_name(*remote) + "_Proxy");
            prototype(*function, method_name(*function) + "_Proxy");
            prototype(*remote, method_name(*function) + "_Stub");
        }
    }

    const Model& model_;
    const OutputNames& names_;
    Output out_;
    std::set<std::string> forwarded_;
    std::set<const Interface*> emitted_;
    std::set<const Type*> emitted_tags_;
    bool instances_forwarded_ = false;
};

void collect_interfaces(const std::vector<Item>& items, std::vector<const Interface*>& into) {
    for (const auto& item : items) {
        if (const auto* interface = std::get_if<Interface*>(&item)) into.push_back(*interface);
        else if (const auto* library = std::get_if<Library*>(&item)) collect_interfaces((*library)->items, into);
    }
}

void emit_ids(const std::vector<Item>& items, Output& out) {
    const auto define = [&](const char* type, const std::string& name, const Guid& id) {
        out.line("MIDL_DEFINE_GUID({}, {}, {});", type, name, guid_arguments(id));
    };
    for (const auto& item : items) {
        if (const auto* interface = std::get_if<Interface*>(&item)) {
            if ((*interface)->is_object() && (*interface)->has_id)
                define("IID", ((*interface)->is_dispinterface ? "DIID_" : "IID_") + (*interface)->name, (*interface)->id);
        } else if (const auto* coclass = std::get_if<Coclass*>(&item)) {
            if ((*coclass)->has_id) define("CLSID", "CLSID_" + (*coclass)->name, (*coclass)->id);
        } else if (const auto* library = std::get_if<Library*>(&item)) {
            if ((*library)->has_id) define("IID", "LIBID_" + (*library)->name, (*library)->id);
            emit_ids((*library)->items, out);
        }
    }
}

}  // namespace

std::vector<const Interface*> own_interfaces(const Model& model) {
    std::vector<const Interface*> list;
    collect_interfaces(model.ast.files[0].items, list);
    return list;
}

std::string emit_header(const Model& model, const OutputNames& names) { return HeaderEmitter(model, names).run(); }

std::string emit_iids(const Model& model, const OutputNames& names) {
    if (model.mktyplib203) return {};  // the header defines them
    Output ids;
    emit_ids(model.ast.files[0].items, ids);
    if (ids.empty()) return {};
    Output out;
    out.line("/* Written by midl from {}. Do not edit. */", names.idl);
    // Two forms: definitions of this file's own, or those of <initguid.h>.
    out.raw(R"(#ifdef _MIDL_USE_GUIDDEF_
#include <initguid.h>
#define MIDL_DEFINE_GUID(type, name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)
#else
#include <guiddef.h>
#ifdef __cplusplus
#define MIDL_ID extern
#else
#define MIDL_ID
#endif
#if defined(__ELF__)
#define MIDL_SELECTANY __attribute__((weak, visibility("default")))
#else
#define MIDL_SELECTANY __attribute__((selectany))
#endif
#define MIDL_DEFINE_GUID(type, name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    MIDL_ID const type MIDL_SELECTANY name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#endif

#ifdef __cplusplus
extern "C" {
#endif
)");
    return out.text() + ids.text() + "#ifdef __cplusplus\n}\n#endif\n";
}

}  // namespace odc::midl
