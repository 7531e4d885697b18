// Prints, in the words of `dcom typelib dump`, what oleaut32 shows of a type library, member by member.
#include <windows.h>

#include <oleauto.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

std::string out;

template <class... A>
void print(const char* format, A... a) {
    char buffer[8192];
    const int n = std::snprintf(buffer, sizeof buffer, format, a...);
    out.append(buffer, static_cast<std::size_t>(n) < sizeof buffer ? n : sizeof buffer - 1);
}

std::string utf8(const wchar_t* text) {
    if (!text) return {};
    const int n = WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
    std::string s(n > 0 ? n - 1 : 0, 0);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, s.data(), n, nullptr, nullptr);
    return s;
}

std::string quoted(const std::string& text) {
    std::string q = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') (q += '\\') += c;
        else if (c == '\n') q += "\\n";
        else if (c == '\r') q += "\\r";
        else if (c == '\t') q += "\\t";
        else q += c;
    }
    return q + '"';
}

std::string guid_text(const GUID& g) {
    wchar_t text[40];
    StringFromGUID2(g, text, 40);
    return utf8(text);
}

std::string vt_name(VARTYPE vt) {
    static const char* const names[] = {"EMPTY", "NULL", "I2", "I4", "R4", "R8", "CY", "DATE", "BSTR", "DISPATCH", "ERROR", "BOOL", "VARIANT",
        "UNKNOWN", "DECIMAL", "VT15", "I1", "UI1", "UI2", "UI4", "I8", "UI8", "INT", "UINT", "VOID", "HRESULT", "PTR", "SAFEARRAY", "CARRAY",
        "USERDEFINED", "LPSTR", "LPWSTR"};
    if (vt < 32) return names[vt];
    if (vt == 37) return "INT_PTR";
    if (vt == 38) return "UINT_PTR";
    return "VT" + std::to_string(vt);
}

std::string value_text(const VARIANT& v) {
    char b[64];
    const auto name = vt_name(V_VT(&v));
    long long n = 0;
    switch (V_VT(&v)) {
        case VT_EMPTY: case VT_NULL: return name;
        case VT_BSTR: return name + " " + quoted(utf8(V_BSTR(&v)));
        case VT_R4: std::snprintf(b, sizeof b, "%.9g", V_R4(&v)); return name + " " + b;
        case VT_R8: case VT_DATE: std::snprintf(b, sizeof b, "%.17g", V_R8(&v)); return name + " " + b;
        case VT_I1: n = static_cast<signed char>(V_UI1(&v)); break;
        case VT_UI1: n = V_UI1(&v); break;
        case VT_I2: case VT_BOOL: n = V_I2(&v); break;
        case VT_UI2: n = V_UI2(&v); break;
        case VT_I8: case VT_CY: n = V_I8(&v); break;
        case VT_UI8: case VT_UI4: case VT_UINT: std::snprintf(b, sizeof b, "%llu", V_VT(&v) == VT_UI8 ? V_UI8(&v) : V_UI4(&v)); return name + " " + b;
        default: n = V_I4(&v);
    }
    return name + " " + std::to_string(n);
}

void custom(const char* indent, HRESULT hr, CUSTDATA& data) {
    if (FAILED(hr)) return;
    for (DWORD i = 0; i < data.cCustData; ++i)
        print("%scustom %s %s\n", indent, guid_text(data.prgCustData[i].guid).c_str(), value_text(data.prgCustData[i].varValue).c_str());
    ClearCustData(&data);
}

struct Shower {
    ITypeLib2* library;
    GUID id;
    bool documents_strings;

    std::string user(ITypeInfo* info, HREFTYPE ref) {
        ITypeInfo* type = nullptr;
        const HRESULT hr = info->GetRefTypeInfo(ref, &type);
        if (FAILED(hr)) { char b[32]; std::snprintf(b, sizeof b, "<%08lx>", hr); return b; }
        BSTR name = nullptr;
        type->GetDocumentation(MEMBERID_NIL, &name, nullptr, nullptr, nullptr);
        std::string text = utf8(name);
        SysFreeString(name);
        ITypeLib* owner = nullptr;
        UINT index;
        if (SUCCEEDED(type->GetContainingTypeLib(&owner, &index))) {
            TLIBATTR* attr;
            if (SUCCEEDED(owner->GetLibAttr(&attr))) {
                if (!(attr->guid == id)) text = guid_text(attr->guid) + "!" + text;
                owner->ReleaseTLibAttr(attr);
            }
            owner->Release();
        }
        type->Release();
        return text;
    }

    std::string type(ITypeInfo* info, const TYPEDESC& t) {
        switch (t.vt) {
            case VT_PTR: return "ptr " + type(info, *t.lptdesc);
            case VT_SAFEARRAY: return "safearray " + type(info, *t.lptdesc);
            case VT_CARRAY: {
                std::string s = "array";
                for (int i = 0; i < t.lpadesc->cDims; ++i) {
                    const auto& b = t.lpadesc->rgbounds[i];
                    s += b.lLbound ? "[" + std::to_string(b.lLbound) + "+" + std::to_string(b.cElements) + "]" : "[" + std::to_string(b.cElements) + "]";
                }
                return s + " " + type(info, t.lpadesc->tdescElem);
            }
            case VT_USERDEFINED: return user(info, t.hreftype);
            default: return vt_name(t.vt);
        }
    }

    void documentation(const char* indent, BSTR text, DWORD context, DWORD string_context) {
        if (SysStringLen(text)) print("%shelpstring %s\n", indent, quoted(utf8(text)).c_str());
        if (context) print("%shelpcontext %#lx\n", indent, context);
        if (string_context) print("%shelpstringcontext %#lx\n", indent, string_context);
    }

    void member_documentation(const char* indent, ITypeInfo2* info, MEMBERID id, int function_kind) {
        (void)function_kind;
        BSTR text = nullptr, dll = nullptr, help = nullptr;
        DWORD context = 0, string_context = 0;
        info->GetDocumentation(id, nullptr, &text, &context, nullptr);
        if (documents_strings) info->GetDocumentation2(id, LOCALE_SYSTEM_DEFAULT, &help, &string_context, &dll);
        documentation(indent, text, context, string_context);
        SysFreeString(text);
        SysFreeString(dll);
        SysFreeString(help);
    }

    void function(ITypeInfo2* info, UINT index) {
        FUNCDESC* f;
        const HRESULT hr = info->GetFuncDesc(index, &f);
        if (FAILED(hr)) return print("  function %u <%08lx>\n", index, hr);
        std::vector<BSTR> names(static_cast<std::size_t>(f->cParams) + 2);
        UINT count = 0;
        info->GetNames(f->memid, names.data(), f->cParams + 1, &count);
        static const char* const kinds[] = {"virtual", "purevirtual", "nonvirtual", "static", "dispatch"};
        static const char* const conventions[] = {"fastcall", "cdecl", "pascal", "macpascal", "stdcall", "fpfastcall", "syscall", "mpwcdecl", "mpwpascal"};
        const char* invoke = f->invkind == 1 ? "func" : f->invkind == 2 ? "propget" : f->invkind == 4 ? "propput" : "propputref";
        print("  function %s id %08lx %s %s %s flags %04x vtable %d optional %d\n", utf8(names[0]).c_str(), f->memid, kinds[f->funckind], invoke,
              conventions[f->callconv], f->wFuncFlags, f->oVft, f->cParamsOpt);
        member_documentation("    ", info, f->memid, f->invkind);
        if (f->funckind == FUNC_STATIC) {
            BSTR dll = nullptr, name = nullptr;
            WORD ordinal = 0;
            if (SUCCEEDED(info->GetDllEntry(f->memid, static_cast<INVOKEKIND>(f->invkind), &dll, &name, &ordinal))) {
                if (name) print("    entry %s\n", quoted(utf8(name)).c_str());
                else print("    entry %u\n", ordinal);
                SysFreeString(dll);
                SysFreeString(name);
            }
        }
        CUSTDATA data{};
        custom("    ", info->GetAllFuncCustData(index, &data), data);
        print("    returns %s\n", type(info, f->elemdescFunc.tdesc).c_str());
        for (int i = 0; i < f->cParams; ++i) {
            const auto& p = f->lprgelemdescParam[i];
            // GetNames answers for the first function of a property; its put function's value has no name.
            const bool named = static_cast<UINT>(i) + 1 < count && !((f->invkind & 12) && i + 1 == f->cParams);
            std::string value;
            if ((p.paramdesc.wParamFlags & PARAMFLAG_FHASDEFAULT) && p.paramdesc.pparamdescex)
                value = " = " + value_text(p.paramdesc.pparamdescex->varDefaultValue);
            print("    parameter %s flags %x %s%s\n", named ? utf8(names[i + 1]).c_str() : "-", p.paramdesc.wParamFlags, type(info, p.tdesc).c_str(),
                  value.c_str());
            custom("      ", info->GetAllParamCustData(index, i, &data), data);
        }
        for (UINT i = 0; i < count; ++i) SysFreeString(names[i]);
        info->ReleaseFuncDesc(f);
    }

    void variable(ITypeInfo2* info, UINT index) {
        VARDESC* v;
        const HRESULT hr = info->GetVarDesc(index, &v);
        if (FAILED(hr)) return print("  variable %u <%08lx>\n", index, hr);
        BSTR name = nullptr;
        UINT count;
        info->GetNames(v->memid, &name, 1, &count);
        static const char* const kinds[] = {"perinstance", "static", "const", "dispatch"};
        std::string where;
        if (v->varkind == VAR_PERINSTANCE) where = " at " + std::to_string(v->oInst);
        if (v->varkind == VAR_CONST) where = " = " + value_text(*v->lpvarValue);
        print("  variable %s id %08lx %s flags %04x %s%s\n", utf8(name).c_str(), v->memid, kinds[v->varkind], v->wVarFlags,
              type(info, v->elemdescVar.tdesc).c_str(), where.c_str());
        SysFreeString(name);
        member_documentation("    ", info, v->memid, 0);
        CUSTDATA data{};
        custom("    ", info->GetAllVarCustData(index, &data), data);
        info->ReleaseVarDesc(v);
    }

    void info(UINT index) {
        ITypeInfo* plain = nullptr;
        const HRESULT hr = library->GetTypeInfo(index, &plain);
        if (FAILED(hr)) return print("type %u <%08lx>\n", index, hr);
        show(index, plain);
        // The other half of a dual interface: the one with a method table.
        HREFTYPE ref;
        ITypeInfo* half = nullptr;
        if (SUCCEEDED(plain->GetRefTypeOfImplType(static_cast<UINT>(-1), &ref)) && SUCCEEDED(plain->GetRefTypeInfo(ref, &half))) {
            TYPEATTR* attr;
            if (SUCCEEDED(half->GetTypeAttr(&attr))) {
                const bool is_half = attr->typekind == TKIND_INTERFACE;
                half->ReleaseTypeAttr(attr);
                if (is_half) show(index, half);
            }
            half->Release();
        }
        plain->Release();
    }

    void show(UINT index, ITypeInfo* plain) {
        ITypeInfo2* info = nullptr;
        HRESULT hr = plain->QueryInterface(IID_ITypeInfo2, reinterpret_cast<void**>(&info));
        TYPEATTR* attr = nullptr;
        if (SUCCEEDED(hr)) hr = info->GetTypeAttr(&attr);
        if (FAILED(hr)) return print("type %u <%08lx>\n", index, hr);
        static const char* const kinds[] = {"enum", "record", "module", "interface", "dispatch", "coclass", "alias", "union"};
        BSTR name = nullptr;
        info->GetDocumentation(MEMBERID_NIL, &name, nullptr, nullptr, nullptr);
        print("type %u %s %s %s %u.%u flags %04x size %lu align %u vtable %u\n", index, kinds[attr->typekind], utf8(name).c_str(),
              attr->guid == GUID_NULL ? "-" : guid_text(attr->guid).c_str(), attr->wMajorVerNum, attr->wMinorVerNum, attr->wTypeFlags,
              attr->cbSizeInstance, attr->cbAlignment, attr->cbSizeVft);
        SysFreeString(name);
        member_documentation("  ", info, MEMBERID_NIL, 0);
        CUSTDATA data{};
        custom("  ", info->GetAllCustData(&data), data);
        if (attr->typekind == TKIND_ALIAS) print("  alias %s\n", type(info, attr->tdescAlias).c_str());
        if (attr->typekind == TKIND_MODULE) {
            BSTR dll = nullptr, entry = nullptr;
            WORD ordinal;
            FUNCDESC* f;
            if (attr->cFuncs && SUCCEEDED(info->GetFuncDesc(0, &f))) {
                info->GetDllEntry(f->memid, static_cast<INVOKEKIND>(f->invkind), &dll, &entry, &ordinal);
                info->ReleaseFuncDesc(f);
            }
            if (dll) print("  dll %s\n", quoted(utf8(dll)).c_str());
            SysFreeString(dll);
            SysFreeString(entry);
        }
        for (UINT i = 0; i < attr->cImplTypes; ++i) {
            HREFTYPE ref;
            INT flags = 0;
            if (FAILED(hr = info->GetRefTypeOfImplType(i, &ref))) {
                print("  implements <%08lx>\n", hr);
                continue;
            }
            info->GetImplTypeFlags(i, &flags);
            print("  implements %s flags %x\n", user(info, ref).c_str(), flags);
            // Wine's oleaut32 looks among the references of coclasses, whatever the type is.
            if (attr->typekind == TKIND_COCLASS) custom("    ", info->GetAllImplTypeCustData(i, &data), data);
        }
        for (UINT i = 0; i < attr->cFuncs; ++i) function(info, i);
        for (UINT i = 0; i < attr->cVars; ++i) variable(info, i);
        info->ReleaseTypeAttr(attr);
        info->Release();
    }

    void run() {
        TLIBATTR* attr;
        library->GetLibAttr(&attr);
        id = attr->guid;
        BSTR name = nullptr, text = nullptr, file = nullptr;
        DWORD context = 0;
        library->GetDocumentation(-1, &name, &text, &context, &file);
        print("library %s %s %u.%u lcid %04lx system %d flags %04x\n", utf8(name).c_str(), guid_text(attr->guid).c_str(), attr->wMajorVerNum,
              attr->wMinorVerNum, attr->lcid, attr->syskind, attr->wLibFlags);
        BSTR help = nullptr, dll = nullptr;
        DWORD string_context = 0;
        if (documents_strings) library->GetDocumentation2(-1, LOCALE_SYSTEM_DEFAULT, &help, &string_context, &dll);
        documentation("  ", text, context, string_context);
        if (SysStringLen(file)) print("  helpfile %s\n", quoted(utf8(file)).c_str());
        if (SysStringLen(dll)) print("  helpstringdll %s\n", quoted(utf8(dll)).c_str());
        CUSTDATA data{};
        custom("  ", library->GetAllCustData(&data), data);
        const UINT n = library->GetTypeInfoCount();
        library->ReleaseTLibAttr(attr);
        for (UINT i = 0; i < n; ++i) info(i);
    }
};

/// What oleaut32 shows of the library, or why it cannot be loaded.
std::string shown(const wchar_t* path) {
    out.clear();
    ITypeLib* library = nullptr;
    const HRESULT hr = LoadTypeLibEx(path, REGKIND_NONE, &library);
    if (FAILED(hr)) {
        print("LoadTypeLib: 0x%08lx\n", hr);
        return out;
    }
    ITypeLib2* library2 = nullptr;
    if (FAILED(library->QueryInterface(IID_ITypeLib2, reinterpret_cast<void**>(&library2)))) return "no ITypeLib2\n";
    Shower{library2, {}, true}.run();
    library2->Release();
    library->Release();
    return out;
}

}  // namespace

/// show_typelib FILE...: prints one library after the other, each with a line `# FILE` before it when there are several.
int wmain(int argc, wchar_t** argv) {
    if (argc < 2) return std::fputs("usage: show_typelib FILE...\n", stderr), 2;
    if (FAILED(OleInitialize(nullptr))) return 1;
    for (int i = 1; i < argc; ++i) {
        const auto text = shown(argv[i]);
        if (argc > 2) std::printf("# %s\n", utf8(argv[i]).c_str());
        std::fwrite(text.data(), 1, text.size(), stdout);
        if (argc == 2 && text.compare(0, 12, "LoadTypeLib:") == 0) return 1;
    }
    std::fflush(stdout);
    return 0;
}
