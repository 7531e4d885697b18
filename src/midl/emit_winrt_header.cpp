// The header's parts for the Windows Runtime: one name in C, one in namespaces of C++, and a macro that makes the first the second.
#include <algorithm>
#include <charconv>
#include <deque>

#include "midl/model.h"
#include "midl/winrt.h"

namespace odc::midl {
namespace {

using Kind = RuntimeEntity::Kind;

constexpr const char* kCxx = "#if defined(__cplusplus) && !defined(CINTERFACE)";

std::string opened(const RuntimeEntity& entity) {
    std::string out;
    for (const auto& part : entity.namespaces) out += (out.empty() ? "namespace " : " namespace ") + part + " {";
    return out;
}

std::string template_head(const GenericInterface& generic) {
    std::string out;
    for (const auto& parameter : generic.parameters) out += (out.empty() ? "template <class " : ", class ") + parameter;
    return out + ">";
}

/// WINDOWS_FOUNDATION_UNIVERSALAPICONTRACT_VERSION
std::string version_macro(std::string contract) {
    for (char& c : contract) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return contract + "_VERSION";
}

/// "4.1" as 0x40001.
std::uint32_t version_number(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
    std::uint16_t major = 0, minor = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, major);
    if (error == std::errc{} && rest != end && *rest == '.') (void)std::from_chars(rest + 1, end, minor);
    return std::uint32_t{major} << 16 | minor;
}

/// Types of a parameterized interface as its C++ template writes them: T_abi for what is passed, T_logical inside of other templates.
class TemplateTypes {
  public:
    TemplateTypes(const GenericInterface& generic, const Ast& ast) : generic_(generic), ast_(ast) {}

    std::string declared(const Type* type, const std::string& name) { return declare(copy(type), name, true); }

  private:
    const Type* copy(const Type* type) {
        Type& made = types_.emplace_back(*type);
        if (type->element) made.element = const_cast<Type*>(copy(type->element));
        if (type->kind == Type::Kind::named) {
            made.arguments = 0;
            made.name = spelled(*type, "_abi");
        }
        return &made;
    }
    std::string spelled(const Type& type, const char* ending) {
        if (std::find(generic_.parameters.begin(), generic_.parameters.end(), type.name) != generic_.parameters.end()) return type.name + ending;
        const auto* entity = ast_.runtime.look_up(type.scope, type.name);
        if (!entity) return type.name;
        if (entity->kind == Kind::class_ && *ending == '_' && ending[1] == 'a') {
            const Type* shown = entity->class_->default_interface();
            return shown ? shown->name : type.name;
        }
        std::string out = entity->cxx_name();
        if (!type.arguments) return out;
        out += "<";
        const auto& arguments = ast_.runtime.arguments[type.arguments];
        for (const auto* argument : arguments) {
            std::string stars;
            const Type* at = argument;
            for (; at->kind == Type::Kind::pointer; at = at->element) stars += "*";
            out += (argument == arguments[0] ? "" : ", ") + (at->kind == Type::Kind::named ? spelled(*at, "_logical") : declare(at, "")) + stars;
        }
        return out + ">";
    }

    const GenericInterface& generic_;
    const Ast& ast_;
    std::deque<Type> types_;
};

void forward_generic(const RuntimeEntity& entity, Output& out) {
    const auto& generic = *entity.generic;
    std::string names;
    for (const auto& parameter : generic.parameters) names += (names.empty() ? "" : ", ") + parameter;
    out.line("{}", kCxx);
    out.open("{}", opened(entity));
    out.line("{}", template_head(generic));
    out.line("struct {}_impl;", entity.name);
    out.line("{}", template_head(generic));
    out.line("struct {0} : {0}_impl<{1}> {{}};", entity.name, names);
    out.close(std::string(entity.namespaces.size(), '}'));
    out.line("#endif");
}

void forward_class(const RuntimeEntity& entity, Output& out) {
    out.line("{}", kCxx);
    out.line("{} class {}; {}", opened(entity), entity.name, std::string(entity.namespaces.size(), '}'));
    out.line("#endif");
}

}  // namespace

void in_namespaces(const RuntimeEntity& entity, const std::string& body, Output& out) {
    // Templates cannot have C linkage, and nothing in a namespace needs it.
    out.line("}} /* extern \"C\" */");
    out.open("{}", opened(entity));
    out.lines(body + "\n");
    out.close(std::string(entity.namespaces.size(), '}'));
    out.line("extern \"C\" {{");
}

void forward_runtime(const RuntimeEntity& entity, Output& out) {
    if (entity.kind == Kind::generic) return forward_generic(entity, out);
    if (entity.kind == Kind::class_) return forward_class(entity, out);
    const std::string& c = entity.c_name;
    const bool is_enum = entity.kind == Kind::enumeration;
    std::string declared = "struct " + entity.name + ";";
    std::string name = entity.name;
    if (is_enum) declared = "enum " + entity.name + (entity.type->attributes.has(AttributeKind::flags) ? " : unsigned int;" : " : int;");
    if (entity.kind == Kind::instance) {
        name = c + "_t";
        declared = "typedef " + entity.name + " " + name + ";";
    }
    std::string qualified;
    for (const auto& part : entity.namespaces) qualified += part + "::";
    out.line("#ifndef __{}_FWD_DEFINED__", c);
    out.line("#define __{}_FWD_DEFINED__", c);
    out.line("{}", kCxx);
    out.line("{} {} {}", opened(entity), declared, std::string(entity.namespaces.size(), '}'));
    out.line("#define {} {}", c, qualified + name);
    out.line("#else");
    out.line("typedef {0} {1} {1};", is_enum ? "enum" : "struct", c);
    out.line("#endif");
    out.line("#endif");
}

void emit_generic(const GenericInterface& generic, const Ast& ast, Output& out) {
    const auto& entity = ast.runtime.entities.at(generic.pattern->name);
    TemplateTypes types(generic, ast);
    std::string body = template_head(generic) + "\nstruct " + entity.name + "_impl : public " + generic.pattern->base_name + "\n{\nprivate:\n";
    for (const auto& parameter : generic.parameters) {
        body += "    typedef typename ABI::Windows::Foundation::Internal::GetAbiType<" + parameter + ">::type " + parameter + "_abi;\n";
        body += "    typedef typename ABI::Windows::Foundation::Internal::GetLogicalType<" + parameter + ">::type " + parameter + "_logical;\n";
    }
    body += "public:\n";
    if (generic.parameters.size() == 1) body += "    typedef " + generic.parameters[0] + " " + generic.parameters[0] + "_complex;\n";
    for (const auto* function : generic.pattern->functions) {
        std::string parameters;
        for (const auto& parameter : function->parameters)
            parameters += (parameters.empty() ? "" : ", ") + types.declared(parameter.type, is_cxx_word(parameter.name) ? parameter.name + "_" : parameter.name);
        body += "    virtual " + types.declared(function->result, "STDMETHODCALLTYPE " + method_name(*function)) + "(" +
                (parameters.empty() ? "void" : parameters) + ") = 0;\n";
    }
    out.line("/* {} {} */", generic.is_delegate ? "delegate" : "interface", generic.pattern->name);
    out.line("{}", kCxx);
    in_namespaces(entity, body + "};", out);
    out.line("#endif");
}

bool open_contract(const Attributes& attributes, const RuntimeEntity& entity, const Ast& ast, Output& out) {
    const auto* given = attributes.find(AttributeKind::contract);
    if (!given || entity.kind == Kind::instance) return false;
    const auto end = given->raw.find_first_of(", \t");
    const std::string contract = given->raw.substr(0, end);
    if (!ast.runtime.entities.contains(contract)) return false;
    out.line("#if {} >= {:#x}", version_macro(contract), version_number(end == std::string::npos ? "" : given->raw.substr(end)));
    return true;
}

void emit_contract(const ApiContract& contract, Output& out) {
    const std::string macro = version_macro(contract.name);
    const auto* given = contract.attributes.find(AttributeKind::contractversion);
    out.line("#ifndef {}", macro);
    out.line("#define {} {:#x}", macro, given ? version_number(given->raw) : 0x10000u);
    out.line("#endif");
    out.blank();
}

void emit_runtime_class(const RuntimeClass& one, const Ast& ast, Output& out) {
    std::string name = one.name, letters;
    std::replace(name.begin(), name.end(), '.', '_');
    for (const char c : one.name) letters += std::string("'") + c + "', ";
    out.line("/* runtimeclass {} */", one.name);
    const bool wrapped = open_contract(one.attributes, ast.runtime.entities.at(one.name), ast, out);
    out.line("#ifndef RUNTIMECLASS_{}_DEFINED", name);
    out.line("#define RUNTIMECLASS_{}_DEFINED", name);
    out.line("#if !defined(_MSC_VER) && !defined(__MINGW32__)");
    out.line("static const WCHAR RuntimeClass_{}[] = {{{}0}};", name, letters);
    out.line("#elif defined(__GNUC__) && !defined(__cplusplus)");
    out.line("const DECLSPEC_SELECTANY WCHAR RuntimeClass_{}[] = {{{}0}};", name, letters);
    out.line("#else");
    out.line("extern const DECLSPEC_SELECTANY WCHAR RuntimeClass_{}[] = {{{}0}};", name, letters);
    out.line("#endif");
    out.line("#endif");
    if (wrapped) out.line("#endif");
    out.blank();
}

bool needs_internal_templates(const Ast& ast) {
    if (ast.runtime.generics.empty()) return false;
    for (const auto& file : ast.files)
        for (const auto& item : file.items)
            if (const auto* quote = std::get_if<CppQuote>(&item); quote && quote->text.find("AggregateType") != std::string::npos) return false;
    return true;
}

void emit_internal_templates(Output& out) {
    out.line("{}", kCxx);
    out.raw("#ifndef MIDL_RUNTIME_TEMPLATES\n"
            "#define MIDL_RUNTIME_TEMPLATES\n"
            "namespace ABI { namespace Windows { namespace Foundation { namespace Internal {\n"
            "template <class T> struct GetAbiType { typedef T type; };\n"
            "template <class T> struct GetLogicalType { typedef T type; };\n"
            "template <class L, class A> struct AggregateType {};\n"
            "template <class L, class A> struct GetAbiType<AggregateType<L, A> > { typedef A type; };\n"
            "template <class L, class A> struct GetLogicalType<AggregateType<L, A> > { typedef L type; };\n"
            "}}}}\n"
            "#endif\n");
    out.line("#endif");
}

}  // namespace odc::midl
