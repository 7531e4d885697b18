#include "typelib/dump.h"

#include <fmt/format.h>

#include <bit>
#include <iterator>

#include "base/guid.h"

namespace odc::typelib {
namespace {

constexpr const char* kKinds[] = {"enum", "record", "module", "interface", "dispatch", "coclass", "alias", "union"};
constexpr const char* kFuncKinds[] = {"virtual", "purevirtual", "nonvirtual", "static", "dispatch"};
constexpr const char* kVarKinds[] = {"perinstance", "static", "const", "dispatch"};
constexpr const char* kConventions[] = {"fastcall", "cdecl", "pascal", "macpascal", "stdcall", "fpfastcall", "syscall", "mpwcdecl", "mpwpascal"};

std::string invoke_text(std::uint8_t invoke) {
    switch (invoke) {
        case kInvokeFunc: return "func";
        case kInvokePropertyGet: return "propget";
        case kInvokePropertyPut: return "propput";
        case kInvokePropertyPutRef: return "propputref";
        default: return fmt::format("invoke{}", invoke);
    }
}

class Dump {
  public:
    explicit Dump(const Library& library) : library_(library) {}

    std::string run() {
        line("library {} {} {}.{} lcid {:04x} system {} flags {:04x}", library_.name, to_string(library_.id), library_.major, library_.minor,
             library_.lcid, static_cast<int>(library_.system), library_.flags);
        documentation("  ", library_.doc);
        if (!library_.helpfile.empty()) line("  helpfile {}", quoted(library_.helpfile));
        if (library_.help_dll) line("  helpstringdll {}", quoted(*library_.help_dll));
        custom("  ", library_.custom);
        for (const auto& imported : library_.imported_libraries)
            line("  imports {} {}.{} lcid {:04x} {}", to_string(imported.id), imported.major, imported.minor, imported.lcid, quoted(imported.file));
        for (std::size_t i = 0; i < library_.types.size(); ++i) type(i, library_.types[i]);
        return std::move(out_);
    }

  private:
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
        out_ += '\n';
    }

    void documentation(const char* indent, const Documentation& doc) {
        if (!doc.helpstring.empty()) line("{}helpstring {}", indent, quoted(doc.helpstring));
        if (doc.helpcontext) line("{}helpcontext {:#x}", indent, doc.helpcontext);
        if (doc.helpstringcontext) line("{}helpstringcontext {:#x}", indent, doc.helpstringcontext);
    }

    void custom(const char* indent, const std::vector<CustomData>& list) {
        for (const auto& data : list) line("{}custom {} {}", indent, to_string(data.id), value_text(data.value));
    }

    void type(std::size_t index, const TypeInfo& type) {
        line("type {} {} {} {} {}.{} flags {:04x} size {} align {} vtable {}", index, kKinds[static_cast<int>(type.kind)], type.name,
             type.guid ? to_string(*type.guid) : "-", type.major, type.minor, type.flags, type.size, type.alignment, type.vtable_size);
        documentation("  ", type.doc);
        custom("  ", type.custom);
        if (type.alias) line("  alias {}", type_text(library_, *type.alias));
        if (!type.dll_name.empty()) line("  dll {}", quoted(type.dll_name));
        for (const auto& implemented : type.implements) {
            line("  implements {} flags {:x}", type_text(library_, TypeDesc::user(implemented.type)), implemented.flags);
            custom("    ", implemented.custom);
        }
        for (const auto& f : type.functions) function(f);
        for (const auto& v : type.variables) variable(v);
    }

    void function(const Function& f) {
        line("  function {} id {:08x} {} {} {} flags {:04x} vtable {} optional {}", f.name, static_cast<std::uint32_t>(f.memid),
             kFuncKinds[static_cast<int>(f.kind)], invoke_text(f.invoke),
             static_cast<std::size_t>(f.convention) < std::size(kConventions) ? kConventions[static_cast<int>(f.convention)] : "?", f.flags,
             f.vtable_offset, f.optional_count);
        documentation("    ", f.doc);
        if (const auto* name = std::get_if<std::string>(&f.entry)) line("    entry {}", quoted(*name));
        if (const auto* ordinal = std::get_if<std::uint16_t>(&f.entry)) line("    entry {}", *ordinal);
        custom("    ", f.custom);
        line("    returns {}", type_text(library_, f.result));
        for (const auto& p : f.parameters) {
            line("    parameter {} flags {:x} {}{}", p.name.empty() ? "-" : p.name, p.flags, type_text(library_, p.type),
                 p.default_value ? " = " + value_text(*p.default_value) : "");
            custom("      ", p.custom);
        }
    }

    void variable(const Variable& v) {
        std::string where;
        if (v.kind == VarKind::per_instance) where = fmt::format(" at {}", v.offset);
        if (v.value) where = " = " + value_text(*v.value);
        line("  variable {} id {:08x} {} flags {:04x} {}{}", v.name, static_cast<std::uint32_t>(v.memid), kVarKinds[static_cast<int>(v.kind)], v.flags,
             type_text(library_, v.type), where);
        documentation("    ", v.doc);
        custom("    ", v.custom);
    }

    const Library& library_;
    std::string out_;
};

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        else out += c;
    }
    return out + '"';
}

std::string vt_name(std::uint16_t vt) {
    switch (vt) {
        case kVtEmpty: return "EMPTY";
        case kVtNull: return "NULL";
        case kVtI2: return "I2";
        case kVtI4: return "I4";
        case kVtR4: return "R4";
        case kVtR8: return "R8";
        case kVtCy: return "CY";
        case kVtDate: return "DATE";
        case kVtBstr: return "BSTR";
        case kVtDispatch: return "DISPATCH";
        case kVtError: return "ERROR";
        case kVtBool: return "BOOL";
        case kVtVariant: return "VARIANT";
        case kVtUnknown: return "UNKNOWN";
        case kVtDecimal: return "DECIMAL";
        case kVtI1: return "I1";
        case kVtUi1: return "UI1";
        case kVtUi2: return "UI2";
        case kVtUi4: return "UI4";
        case kVtI8: return "I8";
        case kVtUi8: return "UI8";
        case kVtInt: return "INT";
        case kVtUint: return "UINT";
        case kVtVoid: return "VOID";
        case kVtHresult: return "HRESULT";
        case kVtLpstr: return "LPSTR";
        case kVtLpwstr: return "LPWSTR";
        case kVtIntPtr: return "INT_PTR";
        case kVtUintPtr: return "UINT_PTR";
        default: return fmt::format("VT{}", vt);
    }
}

std::string value_text(const Value& value) {
    const auto name = vt_name(value.vt);
    switch (value.vt) {
        case kVtEmpty: case kVtNull: return name;
        case kVtBstr: return name + " " + quoted(value.text);
        case kVtR4: return fmt::format("{} {}", name, std::bit_cast<float>(static_cast<std::uint32_t>(value.bits)));
        case kVtR8: case kVtDate: return fmt::format("{} {}", name, std::bit_cast<double>(value.bits));
        case kVtUi8: case kVtUi4: case kVtUi2: case kVtUi1: case kVtUint: return fmt::format("{} {}", name, value.bits);
        default: return fmt::format("{} {}", name, static_cast<std::int64_t>(value.bits));
    }
}

std::string type_text(const Library& library, const TypeDesc& type) {
    switch (type.vt) {
        case kVtPtr: return "ptr " + type_text(library, type.element[0]);
        case kVtSafeArray: return "safearray " + type_text(library, type.element[0]);
        case kVtCArray: {
            std::string bounds;
            for (const auto& b : type.bounds) bounds += b.lower ? fmt::format("[{}+{}]", b.lower, b.count) : fmt::format("[{}]", b.count);
            return "array" + bounds + " " + type_text(library, type.element[0]);
        }
        case kVtUserDefined: {
            if (!type.ref.imported) return library.types[type.ref.index].name;
            const auto& imported = library.imports[type.ref.index];
            const auto& id = library.imported_libraries[imported.library].id;
            auto text = id == library.id ? std::string() : to_string(id) + "!";
            if (!imported.name.empty()) return text + imported.name;
            if (const auto* guid = std::get_if<Guid>(&imported.which)) return text + to_string(*guid);
            return text + fmt::format("#{}", std::get<std::uint32_t>(imported.which));
        }
        default: return vt_name(type.vt);
    }
}

std::string dump(const Library& library) { return Dump(library).run(); }

}  // namespace odc::typelib
