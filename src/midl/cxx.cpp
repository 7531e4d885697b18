#include "midl/cxx.h"

#include <fmt/format.h>

#include <set>

#include "base/guid.h"
#include "midl/attributes.h"

namespace odc::midl {
namespace {

void enum_text(const Type& type, std::string& out) {
    out += "{";
    bool first = true;
    for (const auto& value : type.values) {
        if (value.name_taken) {
            out += fmt::format("\n    /* {} = {}: ODL lets it share its name with a type, C does not */", value.name, value.value);
            continue;
        }
        out += first ? "\n" : ",\n";
        first = false;
        out += doc_lines(value.doc, "    ") + "    ";
        if (value.value > 0x7FFFFFFF) out += fmt::format("{} = (int)0x{:X}", value.name, static_cast<std::uint32_t>(value.value));
        else out += fmt::format("{} = {}", value.name, value.value);
    }
    out += "\n}";
}

std::string indented(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += c;
        if (c == '\n') out += "    ";
    }
    return out;
}

/// An unnamed member, or one whose name the SDK's macros may take away.
bool may_be_unnamed(const Field& field) {
    return field.name.empty() || field.name.starts_with("DUMMYUNIONNAME") || field.name.starts_with("DUMMYSTRUCTNAME");
}

std::string declare_field(const Field& field) {
    if (!field.type->defined || !may_be_unnamed(field)) return declare(field.type, field.name);
    // With a tag it would be a member in C, and in C++ the declaration of a type only.
    Type untagged = *field.type;
    untagged.name.clear();
    const char* mark = field.type->kind == Type::Kind::structure ? "MIDL_ANONYMOUS " : "";  // C++ itself has such unions only
    return mark + declare(&untagged, field.name);
}

// The specifier in front of the declarator; defines tagged types that are defined in this place.
std::string specifier(const Type* type) {
    std::string out = type->is_const ? "const " : "";
    switch (type->kind) {
        case Type::Kind::base: return out + (type->bare_char ? "char" : base_name(type->base));
        case Type::Kind::named: {
            if (!type->alias && type->definition) {
                const auto kind = type->definition->kind;
                const char* word = kind == Type::Kind::structure ? "struct " : kind == Type::Kind::union_ ? "union " : "enum ";
                return out + word + type->name;
            }
            if (type->alias) {
                for (const auto kind : {AttributeKind::represent_as, AttributeKind::user_marshal})
                    if (const auto* local = type->alias->attributes.find(kind)) return out + local->raw;
            }
            return out + type->name;
        }
        case Type::Kind::safearray: return out + "SAFEARRAY *";
        case Type::Kind::pipe: {
            const std::string element = local_type(type->element);
            return out + "struct\n{\n    void (*pull)(char *state, " + element + " *buf, ULONG esize, ULONG *ecount);\n    void (*push)(char *state, " +
                   element + " *buf, ULONG ecount);\n    void (*alloc)(char *state, ULONG bsize, " + element +
                   " **buf, ULONG *bcount);\n    char *state;\n}";
        }
        case Type::Kind::enumeration:
            out += "enum" + (type->name.empty() ? "" : " " + type->name);
            if (type->defined) {
                out += "\n";
                enum_text(*type, out);
            }
            return out;
        case Type::Kind::structure:
        case Type::Kind::union_:
            out += (type->kind == Type::Kind::structure ? "struct" : "union") + (type->name.empty() ? "" : " " + type->name);
            if (type->defined) {
                out += "\n{";
                for (const auto& field : type->fields) {
                    if (field.is_empty || !field.type) {
                        continue;
                    }
                    out += "\n" + doc_lines(field.doc, "    ") + "    ";
                    const auto comment = attribute_comment(field.attributes);
                    if (!comment.empty()) out += "/* " + comment + " */ ";
                    out += indented(declare_field(field));
                    if (field.bits) out += " : " + plain_expression(field.bits);
                    out += ";";
                }
                out += "\n}";
            }
            return out;
        default: return out;
    }
}

}  // namespace

std::string doc_lines(const std::string& text, std::string_view indentation) {
    std::string out;
    if (text.empty()) return out;
    std::size_t start = 0;
    while (start < text.size()) {
        const auto end = std::min(text.find('\n', start), text.size());
        std::string_view line = std::string_view(text).substr(start, end - start);
        start = end + 1;
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) continue;
        line.remove_prefix(first);
        if (line.back() == '\r') line.remove_suffix(1);
        out += std::string(indentation) + (line.front() == '*' ? " " : "") + std::string(line) + "\n";
    }
    return out;
}

bool is_cxx_word(std::string_view name) {
    static const std::set<std::string_view> kWords = {
        "alignas", "alignof", "and", "and_eq", "asm", "bitand", "bitor", "bool", "catch", "char8_t", "char16_t", "char32_t", "class", "co_await",
        "co_return", "co_yield", "compl", "concept", "const_cast", "consteval", "constexpr", "constinit", "decltype", "delete", "dynamic_cast",
        "explicit", "export", "false", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq",
        "private", "protected", "public", "reinterpret_cast", "requires", "static_assert", "static_cast", "template", "this", "thread_local",
        "throw", "true", "try", "typeid", "typename", "using", "virtual", "xor", "xor_eq"};
    return kWords.contains(name);
}

std::string base_name(Base base) {
    switch (base) {
        case Base::void_: return "void";
        case Base::boolean: return "boolean";
        case Base::byte: return "byte";
        case Base::char_: return "unsigned char";
        case Base::signed_char: case Base::small: return "signed char";
        case Base::unsigned_small: return "unsigned char";
        case Base::wchar: return "WCHAR";
        case Base::short_: return "SHORT";
        case Base::unsigned_short: return "USHORT";
        case Base::long_: return "LONG";
        case Base::unsigned_long: return "ULONG";
        case Base::int_: return "int";
        case Base::unsigned_int: return "unsigned int";
        case Base::hyper: return "hyper";
        case Base::unsigned_hyper: return "MIDL_uhyper";
        case Base::int3264: return "INT_PTR";
        case Base::unsigned_int3264: return "UINT_PTR";
        case Base::float_: return "float";
        case Base::double_: return "double";
        case Base::handle: return "handle_t";
        case Base::error_status: return "error_status_t";
    }
    return "int";
}

std::string declare(const Type* type, const std::string& name, bool is_parameter) {
    std::string declarator = name;
    const Type* at = type;
    bool pointer_inside = false;  // the declarator built so far begins with '*'
    for (;;) {
        if (at->kind == Type::Kind::pointer) {
            declarator = std::string("*") + (at->is_const ? "const " : "") + declarator;
            pointer_inside = true;
        } else if (at->kind == Type::Kind::array) {
            if (pointer_inside) declarator = "(" + declarator + ")";
            declarator += at->count > 0 ? fmt::format("[{}]", at->count) : is_parameter && at == type ? "[]" : "[1]";
            pointer_inside = false;
        } else if (at->kind == Type::Kind::function) {
            if (pointer_inside) {
                const std::string convention = at->convention.empty() ? "" : at->convention + " ";
                declarator = "(" + convention + declarator + ")";
            }
            std::string list;
            for (const auto& parameter : at->parameters) {
                if (!list.empty()) list += ", ";
                list += declare(parameter.type, parameter.name, true);
            }
            declarator += "(" + (list.empty() ? "void" : list) + ")";
            pointer_inside = false;
        } else {
            break;
        }
        at = at->element;
    }
    std::string out = specifier(at);
    if (declarator.empty()) return out;
    if (out.back() != '*') out += ' ';
    return out + declarator;
}

std::string local_type(const Type* type) {
    Type bare = *type;
    bare.is_const = false;
    bare.defined = false;
    return declare(&bare, "");
}

std::string guid_arguments(const Guid& id) {
    return fmt::format("0x{:08X}, 0x{:04X}, 0x{:04X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}", id.Data1,
                       id.Data2, id.Data3, id.Data4[0], id.Data4[1], id.Data4[2], id.Data4[3], id.Data4[4], id.Data4[5], id.Data4[6], id.Data4[7]);
}

std::string guid_initializer(const Guid& id) {
    return fmt::format("{{0x{:08X}, 0x{:04X}, 0x{:04X}, {{0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}, 0x{:02X}}}}}", id.Data1,
                       id.Data2, id.Data3, id.Data4[0], id.Data4[1], id.Data4[2], id.Data4[3], id.Data4[4], id.Data4[5], id.Data4[6], id.Data4[7]);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') out += "\\n";
        else if (c == '\t') out += "\\t";
        else out += c;
    }
    return out + "\"";
}

namespace {
bool is_variable(const Expr& expr, const NameSpelling& names) {
    switch (expr.kind) {
        case Expr::Kind::name: return !names(expr.spelling, false).empty();
        case Expr::Kind::unary: return expr.spelling == "*";
        case Expr::Kind::member: return true;
        default: return false;
    }
}
}  // namespace

std::string spell(const Model& model, const Expr* expr, const NameSpelling& names) {
    const auto inner = [&](std::size_t i) { return spell(model, expr->operands[i], names); };
    // What arrives can be any number: 64 bits hold what 32 bits make of each other, and nothing is divided by zero.
    const auto number = [&](std::size_t i) {
        return is_variable(*expr->operands[i], names) ? "odc::ndr::wide(" + inner(i) + ")" : inner(i);
    };
    switch (expr->kind) {
        case Expr::Kind::integer: return expr->spelling.empty() ? std::to_string(expr->value) : expr->spelling;
        case Expr::Kind::floating: return expr->spelling;
        case Expr::Kind::text: return quoted(expr->spelling);
        case Expr::Kind::name: {
            if (const auto own = names(expr->spelling, false); !own.empty()) return own;
            if (const auto value = model.evaluate(expr)) return std::to_string(*value);
            return expr->spelling;
        }
        case Expr::Kind::unary:
            if (expr->spelling == "*" && expr->operands[0]->kind == Expr::Kind::name) {
                if (const auto own = names(expr->operands[0]->spelling, true); !own.empty()) return own;
            }
            return expr->spelling + (expr->spelling == "&" || expr->spelling == "*" ? inner(0) : number(0));
        case Expr::Kind::binary:
            if (expr->spelling == "/") return "odc::ndr::quotient(" + number(0) + ", " + number(1) + ")";
            if (expr->spelling == "%") return "odc::ndr::modulus(" + number(0) + ", " + number(1) + ")";
            return "(" + number(0) + " " + expr->spelling + " " + number(1) + ")";
        case Expr::Kind::conditional: return "(" + number(0) + " ? " + number(1) + " : " + number(2) + ")";
        case Expr::Kind::cast: return "static_cast<" + local_type(expr->type) + ">(" + inner(0) + ")";
        case Expr::Kind::size_of: return "sizeof(" + local_type(expr->type) + ")";
        case Expr::Kind::member:
            if (expr->spelling == "->" && expr->operands[0]->kind == Expr::Kind::name) {
                if (const auto own = names(expr->operands[0]->spelling, true); !own.empty()) return "(" + own + ")." + expr->operands[1]->spelling;
            }
            return inner(0) + expr->spelling + expr->operands[1]->spelling;
    }
    return {};
}

void collect_names(const Expr* expr, std::vector<std::string>& names) {
    if (!expr) return;
    if (expr->kind == Expr::Kind::name) names.push_back(expr->spelling);
    if (expr->kind == Expr::Kind::member) return collect_names(expr->operands[0], names);
    for (const auto* operand : expr->operands) collect_names(operand, names);
}

std::string plain_expression(const Expr* expr) {
    switch (expr->kind) {
        case Expr::Kind::integer: return expr->spelling.empty() ? std::to_string(expr->value) : expr->spelling;
        case Expr::Kind::floating:
        case Expr::Kind::name: return expr->spelling;
        case Expr::Kind::text: return quoted(expr->spelling);
        case Expr::Kind::unary: return expr->spelling + plain_expression(expr->operands[0]);
        case Expr::Kind::binary: {
            const auto side = [](const Expr* e) {
                return e->kind == Expr::Kind::binary ? "(" + plain_expression(e) + ")" : plain_expression(e);
            };
            return side(expr->operands[0]) + expr->spelling + side(expr->operands[1]);
        }
        case Expr::Kind::conditional:
            return plain_expression(expr->operands[0]) + " ? " + plain_expression(expr->operands[1]) + " : " +
                   plain_expression(expr->operands[2]);
        case Expr::Kind::cast: return "(" + declare(expr->type, "") + ")" + plain_expression(expr->operands[0]);
        case Expr::Kind::size_of: return "sizeof(" + declare(expr->type, "") + ")";
        case Expr::Kind::member: return plain_expression(expr->operands[0]) + expr->spelling + expr->operands[1]->spelling;
    }
    return {};
}

std::string attribute_comment(const Attributes& attributes) {
    std::string out;
    for (const auto& a : attributes.list) {
        if (a.kind == AttributeKind::helpstring || a.kind == AttributeKind::custom) continue;
        out += out.empty() ? "[" : ", ";
        out += fact_of(a.kind).spelling;
        if (!a.values.empty()) {
            out += "(";
            for (std::size_t i = 0; i < a.values.size(); ++i) {
                if (i) out += ", ";
                if (a.values[i]) out += plain_expression(a.values[i]);
            }
            out += ")";
        } else if (!a.raw.empty()) {
            out += "(" + a.raw + ")";
        } else if (a.type) {
            out += "(" + declare(a.type, "") + ")";
        }
    }
    return out.empty() ? out : out + "]";
}

}  // namespace odc::midl
