"""The C++ program that exchanges the values of random methods, between our proxies and stubs or widl's."""
from random_structures import base, show
from random_types import Pointer, Sized


def program(name: str, methods: list, structures: list) -> str:
    lines = ["#ifdef _WIN32", '#include "exchange_windows.h"', "#else", '#include "exchange_ours.h"', "#endif", f'#include "{name}.h"', "#ifndef _WIN32",
             f'extern "C" const odc::com::ProxyFile {name}_ProxyFile;', "#endif", "namespace {"]
    lines += [f"static void show_{one.name}(const {one.name}& v);" for one in structures]
    lines += [one.show_function() for one in structures]
    lines += ["class Object final : public IRandom {", "public:",
              "HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override { return *object = this, S_OK; }",
              "ULONG STDMETHODCALLTYPE AddRef() override { return 2; }", "ULONG STDMETHODCALLTYPE Release() override { return 1; }"]
    for method in methods:
        lines += served(method)
    lines.append("};")
    for method in methods:
        lines += called(method)
    table = ", ".join(f'{{"{m.name}", call_{m.name}}}' for m in methods)
    lines += ["struct Entry { const char* name; HRESULT (*call)(IRandom&); };", f"const Entry kMethods[] = {{{table}}};", "}  // namespace"]
    return "\n".join(lines) + MAIN.replace("NAME", name)


def served(method) -> list:
    lines = [f"HRESULT STDMETHODCALLTYPE {method.name}({', '.join(p.cxx() for p in method.parameters)}) override {{", "Server server;"]
    shown(method.incoming(), lines)
    lines.append("server.given();")
    for p in method.outgoing():
        if p.name in method.returned:
            returned(p, method.returned[p.name], lines)
    return [*lines, f"return {method.result};", "}"]


def shown(parameters, lines) -> None:
    for i, p in enumerate(parameters):
        lines.append(f'put("{"; " if i else ""}{p.name}=");')
        show(p, p.name, "", lines)


def returned(p, value, lines) -> None:
    """Through the pointer that the caller gave."""
    kind = base(p.kind)
    if isinstance(kind, Pointer) and value is not None:
        if isinstance(kind.to, Sized):
            kind.to.build(p.name, value[0], lines)
        else:
            kind.to.build(f"(*{p.name})", value[0], lines)
    elif not isinstance(kind, Pointer):
        kind.build(p.name, value, lines)


def called(method) -> list:
    lines = [f"HRESULT call_{method.name}(IRandom& proxy) {{"]
    for p in method.parameters:
        kind = base(p.kind)
        lines.append(f"{p.cxx()}{{}};")
        if "in" in p.direction:
            kind.build(p.name, method.given[p.name], lines)
        elif isinstance(kind, Pointer):
            # Room for what comes back; how much, the sizes say.
            size = method.returned[p.name][0].size if isinstance(kind.to, Sized) else 1
            lines.append(f"make({p.name}, {max(size, 1)});")
    arguments = ", ".join(p.name for p in method.parameters)
    lines += [f"const HRESULT hr = proxy.{method.name}({arguments});", "printed.clear();", "if (FAILED(hr)) return hr;"]
    shown(method.outgoing(), lines)
    return [*lines, "client_printed = printed;", "return hr;", "}"]


MAIN = r'''
static int run(int count, char** words) {
    const auto all = [&](IRandom& proxy) {
        for (int i = 0; i < count; ++i)
            for (const auto& one : kMethods)
                if (std::strcmp(one.name, words[i]) == 0) exchange(one.name, [&] { return one.call(proxy); });
    };
#ifdef _WIN32
    return connected<IRandom, Object>(IID_IRandom, all);
#else
    return connected<IRandom, Object>(NAME_ProxyFile, all);
#endif
}
#ifdef _WIN32
int main(int count, char** words) { return run(count - 1, words + 1); }
#else
static Message message_of(const char* hex) {
    Message bytes;
    for (; hex[0] && hex[1]; hex += 2) bytes.push_back(static_cast<unsigned char>(std::stoi(std::string(hex, 2), nullptr, 16)));
    return bytes;
}
// ndr20|ndr64 METHOD...          or, with messages of others: ndr20|ndr64|big METHOD REQUEST REPLY ...
int main(int count, char** words) {
    if (count < 2) return 2;
    const std::string mode = words[1];
    if (mode.starts_with("ndr64")) transfer_syntax = odc::ndr::Syntax::ndr64;
    if (!mode.ends_with("given")) return run(count - 2, words + 2);
    swapped = mode == "big-given";
    for (int i = 2; i + 2 < count; i += 3) {
        const Message request = message_of(words[i + 1]), reply = message_of(words[i + 2]);
        given_request = &request;
        given_reply = &reply;
        run(1, words + i);
    }
    return 0;
}
#endif
'''
