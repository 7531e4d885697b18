#include "typelib/idl.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "base/guid.h"
#include "typelib/dump.h"

namespace odc::typelib {
namespace {

constexpr Guid kDispatchId{0x00020400, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

const char* base_name(std::uint16_t vt) {
    switch (vt) {
        case kVtI2: return "short";
        case kVtI4: return "long";
        case kVtR4: return "float";
        case kVtR8: return "double";
        case kVtCy: return "CURRENCY";
        case kVtDate: return "DATE";
        case kVtBstr: return "BSTR";
        case kVtDispatch: return "IDispatch *";
        case kVtError: return "SCODE";
        case kVtBool: return "VARIANT_BOOL";
        case kVtVariant: return "VARIANT";
        case kVtUnknown: return "IUnknown *";
        case kVtDecimal: return "DECIMAL";
        case kVtI1: return "char";
        case kVtUi1: return "unsigned char";
        case kVtUi2: return "unsigned short";
        case kVtUi4: return "unsigned long";
        case kVtI8: return "hyper";
        case kVtUi8: return "unsigned hyper";
        case kVtInt: return "int";
        case kVtUint: return "unsigned int";
        case kVtHresult: return "HRESULT";
        case kVtLpstr: return "LPSTR";
        case kVtLpwstr: return "LPWSTR";
        case kVtIntPtr: return "__int3264";
        case kVtUintPtr: return "unsigned __int3264";
        default: return "void";
    }
}

struct FlagName {
    std::uint16_t flag;
    const char* name;
};

class List {
  public:
    void add(std::string text) { items_.push_back(std::move(text)); }
    void add_if(bool condition, const char* text) {
        if (condition) items_.emplace_back(text);
    }
    void add_flags(std::uint16_t flags, std::initializer_list<FlagName> names) {
        for (const auto& n : names) add_if(flags & n.flag, n.name);
    }
    /// "[a, b] ", or nothing.
    std::string text() const { return items_.empty() ? std::string() : fmt::format("[{}] ", fmt::join(items_, ", ")); }
    const std::vector<std::string>& items() const { return items_; }

  private:
    std::vector<std::string> items_;
};

bool is_floating(const Value& value) {
    return value.vt == kVtR4 || value.vt == kVtR8 || value.vt == kVtDate || value.vt == kVtCy;
}

/// What only the language of mktyplib can say: IDL's constants are integers (a const_exp of C706, which MS-OAUT 2.2.49.9 takes for
/// modules), and the names of its enumerators are those of the whole file.
bool needs_mktyplib203(const Library& library) {
    std::set<std::string> enumerators;
    for (const auto& type : library.types) {
        for (const auto& variable : type.variables) {
            if (type.kind == TypeKind::module && variable.value && is_floating(*variable.value)) return true;
            if (type.kind == TypeKind::enumeration && !enumerators.insert(variable.name).second) return true;
        }
    }
    return false;
}

class Printer {
  public:
    explicit Printer(const Library& library) : library_(library), mktyplib203_(needs_mktyplib203(library)) {}

    std::string run() {
        List attributes;
        attributes.add(fmt::format("uuid({})", to_bare_string(library_.id)));
        attributes.add(fmt::format("version({}.{})", library_.major, library_.minor));
        if (library_.lcid) attributes.add(fmt::format("lcid({:#06x})", library_.lcid));
        attributes.add_flags(library_.flags, {{kLibRestricted, "restricted"}, {kLibControl, "control"}, {kLibHidden, "hidden"}});
        documentation(attributes, library_.doc);
        if (!library_.helpfile.empty()) attributes.add("helpfile(" + quoted(library_.helpfile) + ")");
        if (library_.help_dll) attributes.add("helpstringdll(" + quoted(*library_.help_dll) + ")");
        custom(attributes, library_.custom);
        line("[{}]", fmt::join(attributes.items(), ",\n "));
        line("library {}", library_.name);
        line("{{");
        for (const auto& imported : library_.imported_libraries)
            if (!(imported.id == library_.id)) line("    importlib({});", quoted(imported.file));
        forwards();
        for (const auto& type : library_.types) {
            line("");
            print(type);
        }
        line("}};");
        const char* switches = mktyplib203_ ? "-mktyplib203" : "-proxy none -client none -server none";
        std::string head = fmt::format("// Printed from the type library {}. Compile with: midl {}\n", library_.name, switches);
        for (const auto& note : notes_) head += "// " + note + "\n";
        return head + "\n" + out_;
    }

  private:
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
        out_ += '\n';
    }

    void note(std::string text) {
        if (std::find(notes_.begin(), notes_.end(), text) == notes_.end() && notes_.size() < 100) notes_.push_back(std::move(text));
    }

    static void documentation(List& list, const Documentation& doc) {
        if (!doc.helpstring.empty()) list.add("helpstring(" + quoted(doc.helpstring) + ")");
        if (doc.helpcontext) list.add(fmt::format("helpcontext({:#x})", doc.helpcontext));
        if (doc.helpstringcontext) list.add(fmt::format("helpstringcontext({:#x})", doc.helpstringcontext));
    }

    void custom(List& list, const std::vector<CustomData>& data) {
        for (const auto& d : data)
            list.add(fmt::format("custom({}, {}{})", to_bare_string(d.id), constant(d.value), d.value.vt == kVtUi4 ? "u" : ""));
    }

    std::string constant(const Value& value) {
        switch (value.vt) {
            case kVtBstr: return quoted(value.text);
            case kVtR4: return floating(std::bit_cast<float>(static_cast<std::uint32_t>(value.bits)));
            case kVtR8: case kVtDate: return floating(std::bit_cast<double>(value.bits));
            case kVtCy: return floating(static_cast<double>(static_cast<std::int64_t>(value.bits)) / 10000);
            case kVtUi1: case kVtUi2: case kVtUi4: case kVtUi8: case kVtUint: return std::to_string(value.bits);
            case kVtEmpty: case kVtNull: note("a value without content is written as 0"); return "0";
            default: return std::to_string(static_cast<std::int64_t>(value.bits));
        }
    }

    std::string floating(double number) {
        if (!std::isfinite(number)) {
            note("a number that is infinite, or none, is written as 0");
            return "0.0";
        }
        auto text = fmt::format("{}", number);
        if (text.find_first_of(".e") == std::string::npos) text += ".0";
        return text;
    }

    List common(const TypeInfo& type) {
        List list;
        if (type.guid) list.add(fmt::format("uuid({})", to_bare_string(*type.guid)));
        if (type.major || type.minor) list.add(fmt::format("version({}.{})", type.major, type.minor));
        list.add_flags(type.flags, {{kTypeHidden, "hidden"}, {kTypeRestricted, "restricted"}});
        documentation(list, type.doc);
        custom(list, type.custom);
        return list;
    }

    std::string reference(TypeRef ref, bool elaborate) {
        if (ref.imported) {
            const auto& import = library_.imports[ref.index];
            if (!import.name.empty()) return import.name;
            const auto& from = library_.imported_libraries[import.library];
            note("a type of " + from.file + " has no name here, since that library is not to be found");
            return "void";
        }
        const auto& type = library_.types[ref.index];
        if (!elaborate) return type.name;
        switch (type.kind) {
            case TypeKind::record: return "struct " + type.name;
            case TypeKind::union_: return "union " + type.name;
            case TypeKind::enumeration: return "enum " + type.name;
            default: return type.name;
        }
    }

    /// A C declaration: `inner` is the name with what stands around it so far.
    std::string declare(const TypeDesc& type, std::string inner) {
        switch (type.vt) {
            case kVtPtr: {
                const auto& to = type.element[0];
                inner = "*" + inner;
                if (to.vt == kVtCArray) inner = "(" + inner + ")";
                return declare(to, std::move(inner));
            }
            case kVtCArray:
                for (const auto& bound : type.bounds) {
                    if (bound.lower) note("the lower bound of an array is not written");
                    inner += bound.count ? fmt::format("[{}]", bound.count) : "[]";
                }
                return declare(type.element[0], std::move(inner));
            case kVtSafeArray: return joined("SAFEARRAY(" + declare(type.element[0], "") + ")", inner);
            case kVtUserDefined: return joined(reference(type.ref, true), inner);
            default: return joined(base_name(type.vt), inner);
        }
    }

    static std::string joined(const std::string& base, const std::string& inner) {
        if (inner.empty()) return base;
        return base.ends_with('*') ? base + inner : base + " " + inner;
    }

    std::string declare_parameter(const TypeDesc& type, const std::string& name) {
        // An array is handed over as a pointer to it.
        if (type.vt == kVtPtr && type.element[0].vt == kVtCArray) return declare(type.element[0], name);
        return declare(type, name);
    }

    void forwards() {
        for (const auto& type : library_.types) {
            const bool dispinterface = type.kind == TypeKind::dispatch && !(type.flags & kTypeDual);
            if (type.kind == TypeKind::interface || type.kind == TypeKind::dispatch)
                line("    {} {};", dispinterface ? "dispinterface" : "interface", type.name);
        }
    }

    void print(const TypeInfo& type) {
        switch (type.kind) {
            case TypeKind::enumeration: enumeration(type); break;
            case TypeKind::record: structure(type, "struct"); break;
            case TypeKind::union_: structure(type, "union"); break;
            case TypeKind::alias: {
                auto list = common(type);
                std::vector<std::string> items{"public"};
                items.insert(items.end(), list.items().begin(), list.items().end());
                line("    typedef [{}] {};", fmt::join(items, ", "), declare(*type.alias, type.name));
                break;
            }
            case TypeKind::module: module(type); break;
            case TypeKind::coclass: coclass(type); break;
            case TypeKind::interface:
            case TypeKind::dispatch: interface(type); break;
        }
    }

    void enumeration(const TypeInfo& type) {
        open_tagged(type, "enum");
        for (const auto& v : type.variables) {
            List list;
            variable_attributes(list, v);
            line("        {}{} = {},", list.text(), v.name, v.value ? constant(*v.value) : "0");
        }
        close_tagged(type);
    }

    /// mktyplib knows enums, structures and unions by the name of their typedef.
    void open_tagged(const TypeInfo& type, const char* word) {
        line("    {}{}{} {}", mktyplib203_ ? "typedef " : "", common(type).text(), word, type.name);
        line("    {{");
    }

    void close_tagged(const TypeInfo& type) { line("    }}{}{};", mktyplib203_ ? " " : "", mktyplib203_ ? type.name : ""); }

    void variable_attributes(List& list, const Variable& v) {
        list.add_flags(v.flags, {{kVarReadOnly, "readonly"}, {kVarSource, "source"}, {kVarBindable, "bindable"}, {kVarRequestEdit, "requestedit"},
                                 {kVarDisplayBind, "displaybind"}, {kVarDefaultBind, "defaultbind"}, {kVarHidden, "hidden"},
                                 {kVarRestricted, "restricted"}, {kVarDefaultCollElem, "defaultcollelem"}, {kVarUiDefault, "uidefault"},
                                 {kVarNonBrowsable, "nonbrowsable"}, {kVarReplaceable, "replaceable"}, {kVarImmediateBind, "immediatebind"}});
        documentation(list, v.doc);
        custom(list, v.custom);
    }

    void structure(const TypeInfo& type, const char* word) {
        open_tagged(type, word);
        for (const auto& v : type.variables) {
            List list;
            variable_attributes(list, v);
            line("        {}{};", list.text(), declare(v.type, v.name));
        }
        close_tagged(type);
    }

    void module(const TypeInfo& type) {
        auto list = common(type);
        if (!type.dll_name.empty()) list.add("dllname(" + quoted(type.dll_name) + ")");
        line("    {}module {}", list.text(), type.name);
        line("    {{");
        functions(type, 0);
        std::uint32_t index = 0;
        for (const auto& v : type.variables) {
            List attributes;
            if (v.memid != static_cast<std::int32_t>(0x40000000 | index++)) attributes.add(fmt::format("id({:#x})", static_cast<std::uint32_t>(v.memid)));
            variable_attributes(attributes, v);
            line("        {}const {} = {};", attributes.text(), declare(v.type, v.name), v.value ? constant(*v.value) : "0");
        }
        line("    }};");
    }

    void coclass(const TypeInfo& type) {
        auto list = common(type);
        list.add_flags(type.flags, {{kTypeAppObject, "appobject"}, {kTypePredeclId, "predeclid"}, {kTypeLicensed, "licensed"},
                                    {kTypeControl, "control"}, {kTypeAggregatable, "aggregatable"}});
        list.add_if(!(type.flags & kTypeCanCreate), "noncreatable");
        line("    {}coclass {}", list.text(), type.name);
        line("    {{");
        for (const auto& implemented : type.implements) {
            List flags;
            flags.add_flags(implemented.flags, {{kImplDefault, "default"}, {kImplSource, "source"}, {kImplRestricted, "restricted"},
                                                {kImplDefaultVtable, "defaultvtable"}});
            custom(flags, implemented.custom);
            const bool dispinterface = !implemented.type.imported && library_.types[implemented.type.index].kind == TypeKind::dispatch &&
                                       !(library_.types[implemented.type.index].flags & kTypeDual);
            line("        {}{} {};", flags.text(), dispinterface ? "dispinterface" : "interface", reference(implemented.type, false));
        }
        line("    }};");
    }

    bool is_dispatch(TypeRef ref) const {
        if (!ref.imported) return library_.types[ref.index].guid == kDispatchId;
        const auto* id = std::get_if<Guid>(&library_.imports[ref.index].which);
        return id && *id == kDispatchId;
    }

    void interface(const TypeInfo& type) {
        List list;
        const bool dual = type.flags & kTypeDual;
        const bool dispinterface = type.kind == TypeKind::dispatch && !dual;
        if (!dispinterface) list.add("odl, local");
        const auto shared = common(type);
        for (const auto& item : shared.items()) list.add(item);
        list.add_flags(type.flags, {{kTypeNonExtensible, "nonextensible"}, {kTypeProxy, "proxy"}});
        list.add_if(dual, "dual");
        list.add_if((type.flags & kTypeOleAutomation) && !dual, "oleautomation");
        if (dispinterface) {
            line("    {}dispinterface {}", list.text(), type.name);
            line("    {{");
            if (!type.implements.empty() && !is_dispatch(type.implements[0].type)) {
                line("        interface {};", reference(type.implements[0].type, false));
                line("    }};");
                return;
            }
            line("    properties:");
            std::uint32_t index = 0;
            for (const auto& v : type.variables) {
                List attributes;
                (void)index;
                attributes.add(fmt::format("id({:#x})", static_cast<std::uint32_t>(v.memid)));
                variable_attributes(attributes, v);
                line("        {}{};", attributes.text(), declare(v.type, v.name));
            }
            line("    methods:");
        } else {
            const auto base = type.implements.empty() ? std::string() : " : " + reference(type.implements[0].type, false);
            line("    {}interface {}{}", list.text(), type.name, base);
            line("    {{");
        }
        const std::uint32_t depth = dispinterface ? 0 : type.inherited_interfaces;
        functions(type, depth);
        line("    }};");
    }

    /// An id is said where it is not the one that the function would get: its number, or that of the property's first function.
    void functions(const TypeInfo& type, std::uint32_t depth) {
        std::map<std::string, std::int32_t> ids;
        for (std::uint32_t i = 0; i < type.functions.size(); ++i) {
            const auto& f = type.functions[i];
            auto expected = static_cast<std::int32_t>(0x60000000 | depth << 16 | i);
            if (const auto known = ids.find(f.name); known != ids.end()) expected = known->second;
            ids.try_emplace(f.name, f.memid);
            function(f, expected);
        }
    }

    void function(const Function& f, std::int32_t expected_id) {
        List list;
        if (f.memid != expected_id) list.add(fmt::format("id({:#x})", static_cast<std::uint32_t>(f.memid)));
        list.add_if(f.invoke == kInvokePropertyGet, "propget");
        list.add_if(f.invoke == kInvokePropertyPut, "propput");
        list.add_if(f.invoke == kInvokePropertyPutRef, "propputref");
        list.add_if(f.optional_count == -1, "vararg");
        list.add_flags(f.flags, {{kFuncRestricted, "restricted"}, {kFuncSource, "source"}, {kFuncBindable, "bindable"},
                                 {kFuncRequestEdit, "requestedit"}, {kFuncDisplayBind, "displaybind"}, {kFuncDefaultBind, "defaultbind"},
                                 {kFuncHidden, "hidden"}, {kFuncUsesGetLastError, "usesgetlasterror"}, {kFuncDefaultCollElem, "defaultcollelem"},
                                 {kFuncUiDefault, "uidefault"}, {kFuncNonBrowsable, "nonbrowsable"}, {kFuncReplaceable, "replaceable"},
                                 {kFuncImmediateBind, "immediatebind"}});
        if (const auto* name = std::get_if<std::string>(&f.entry)) list.add("entry(" + quoted(*name) + ")");
        if (const auto* ordinal = std::get_if<std::uint16_t>(&f.entry)) list.add(fmt::format("entry({})", *ordinal));
        documentation(list, f.doc);
        custom(list, f.custom);
        const char* convention = f.convention == CallConv::cdecl_ ? "__cdecl " : f.convention == CallConv::pascal ? "__pascal "
                                 : f.convention == CallConv::fastcall ? "__fastcall " : "";
        std::vector<std::string> parameters;
        // A default value makes a parameter optional too; how many said so themselves is all that is known.
        int said = f.optional_count;
        for (const auto& p : f.parameters)
            if ((p.flags & kParamOptional) && !p.default_value) --said;
        std::vector<bool> says_optional(f.parameters.size());
        for (std::size_t i = f.parameters.size(); i-- > 0;) {
            const auto& p = f.parameters[i];
            says_optional[i] = (p.flags & kParamOptional) && (!p.default_value || said-- > 0);
        }
        for (std::size_t i = 0; i < f.parameters.size(); ++i) parameters.push_back(parameter(f.parameters[i], says_optional[i], f.optional_count == -1));
        const auto head = fmt::format("{}{}({})", convention, f.name, parameters.empty() ? "void" : fmt::format("{}", fmt::join(parameters, ", ")));
        line("        {}{};", list.text(), declare(f.result, head));
    }

    std::string parameter(const Parameter& p, bool says_optional, bool vararg) {
        List list;
        list.add_flags(p.flags, {{kParamIn, "in"}, {kParamOut, "out"}, {kParamLcid, "lcid"}, {kParamRetval, "retval"}});
        list.add_if(says_optional && !(vararg && p.default_value), "optional");
        if (p.default_value) list.add("defaultvalue(" + constant(*p.default_value) + ")");
        custom(list, p.custom);
        return list.text() + declare_parameter(p.type, p.name);
    }

    const Library& library_;
    const bool mktyplib203_;
    std::string out_;
    std::vector<std::string> notes_;
};

}  // namespace

std::string to_idl(const Library& library) { return Printer(library).run(); }

}  // namespace odc::typelib
