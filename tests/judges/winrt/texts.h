// Calls of the Windows…String functions; the same source prints what combase (under Wine) and ours answer. Where a function needs a valid
// argument by its documentation, it has one here: null pointers only where the documentation says what they give. WindowsReplaceString is not
// among them: this Wine has none.
#pragma once

#include <windows.h>

#include <winstring.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace texts {

#ifdef __MINGW32__
using Units = std::wstring;
#define UNITS(text) L##text
#else
using Units = std::basic_string<WCHAR>;
#define UNITS(text) reinterpret_cast<const WCHAR*>(u##text)
#endif

inline std::string shown(HSTRING text) {
    UINT32 length = 99;
    const WCHAR* units = WindowsGetStringRawBuffer(text, &length);
    std::string out = text ? "'" : "null'";
    for (UINT32 i = 0; i < length; ++i) {
        char one[8];
        std::snprintf(one, sizeof one, units[i] >= 0x20 && units[i] < 0x7F ? "%c" : "\\%x", units[i]);
        out += one;
    }
    return out + "'" + (units[length] == 0 ? "" : " unterminated") + (length == WindowsGetStringLen(text) ? "" : " of two lengths");
}

class Text {
  public:
    explicit Text(const Units& units) { WindowsCreateString(units.data(), static_cast<UINT32>(units.size()), &handle); }
    ~Text() { WindowsDeleteString(handle); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    HSTRING handle = nullptr;
};

inline const std::vector<Units>& values() {
    static const std::vector<Units> all = {Units(), UNITS("a"), UNITS("b"), UNITS("ab"), UNITS("abab"), UNITS("  ab a  "), UNITS("aaaa"), Units(UNITS("a\0b"), 3),
                                           Units(UNITS("\0"), 1), UNITS("\u00e4\u20ac"), UNITS("AB")};
    return all;
}

template <class Print>
class Calls {
  public:
    explicit Calls(Print print) : print_(print) {}

    void all() {
        creating();
        for (const auto& one : values()) alone(one);
        for (const auto& one : values())
            for (const auto& other : values()) together(one, other);
        buffers();
    }

  private:
    void say(const std::string& what, HRESULT hr, const std::string& more) {
        char code[16];
        std::snprintf(code, sizeof code, " %08x", static_cast<unsigned>(hr));
        print_(what + code + (more.empty() ? "" : " " + more));
    }
    /// A call that makes a text; what is deleted afterwards.
    template <class Call>
    void made(const std::string& what, Call call) {
        HSTRING text = nullptr;
        const HRESULT hr = call(&text);
        say(what, hr, SUCCEEDED(hr) ? shown(text) : "");
        WindowsDeleteString(SUCCEEDED(hr) ? text : nullptr);
    }

    void creating() {
        const WCHAR* abc = UNITS("abc");
        say("create into nothing", WindowsCreateString(abc, 3, nullptr), "");
        made("create from nothing", [](HSTRING* text) { return WindowsCreateString(nullptr, 0, text); });
        made("create 1 from nothing", [](HSTRING* text) { return WindowsCreateString(nullptr, 1, text); });
        made("create part", [&](HSTRING* text) { return WindowsCreateString(abc, 2, text); });
        HSTRING_HEADER header;
        made("reference", [&](HSTRING* text) { return WindowsCreateStringReference(abc, 3, &header, text); });
        made("reference part", [&](HSTRING* text) { return WindowsCreateStringReference(abc, 2, &header, text); });
        made("reference empty", [&](HSTRING* text) { return WindowsCreateStringReference(UNITS(""), 0, &header, text); });
        made("reference nothing", [&](HSTRING* text) { return WindowsCreateStringReference(nullptr, 0, &header, text); });
        made("reference 1 of nothing", [&](HSTRING* text) { return WindowsCreateStringReference(nullptr, 1, &header, text); });
        made("reference without header", [&](HSTRING* text) { return WindowsCreateStringReference(abc, 3, nullptr, text); });
        say("reference into nothing", WindowsCreateStringReference(abc, 3, &header, nullptr), "");
        HSTRING lent = nullptr, copy = nullptr;
        WindowsCreateStringReference(abc, 3, &header, &lent);
        say("duplicate a reference", WindowsDuplicateString(lent, &copy), shown(copy) + (copy == lent ? " the same" : " another"));
        WindowsDeleteString(copy);
        say("delete a reference", WindowsDeleteString(lent), shown(lent));
        say("delete nothing", WindowsDeleteString(nullptr), "");
    }
    void alone(const Units& units) {
        const Text text(units);
        const std::string it = shown(text.handle);
        HSTRING copy = nullptr;
        say("duplicate " + it, WindowsDuplicateString(text.handle, &copy), copy == text.handle ? "the same" : "another");
        WindowsDeleteString(copy);
        say("duplicate into nothing " + it, WindowsDuplicateString(text.handle, nullptr), "");
        BOOL has = 9;
        const HRESULT hr = WindowsStringHasEmbeddedNull(text.handle, &has);
        say("embedded null " + it, hr, has ? "yes" : "no");
        say("embedded null nowhere " + it, WindowsStringHasEmbeddedNull(text.handle, nullptr), "");
        print_("empty " + it + (WindowsIsStringEmpty(text.handle) ? " yes" : " no"));
        for (UINT32 start = 0; start <= units.size() + 1; ++start) {
            const std::string from = it + " from " + std::to_string(start);
            made("substring " + from, [&](HSTRING* part) { return WindowsSubstring(text.handle, start, part); });
            for (const UINT32 length : {UINT32{0}, UINT32{1}, UINT32{3}, UINT32{0xFFFFFFFF}})
                made("substring " + from + " of " + std::to_string(length), [&](HSTRING* part) { return WindowsSubstringWithSpecifiedLength(text.handle, start, length, part); });
        }
        say("substring into nothing " + it, WindowsSubstring(text.handle, 0, nullptr), "");
    }
    void together(const Units& first, const Units& second) {
        const Text a(first), b(second);
        const std::string both = shown(a.handle) + " " + shown(b.handle);
        INT32 order = 9;
        const HRESULT hr = WindowsCompareStringOrdinal(a.handle, b.handle, &order);
        say("compare " + both, hr, std::to_string(order));
        made("concat " + both, [&](HSTRING* text) { return WindowsConcatString(a.handle, b.handle, text); });
        made("trim start " + both, [&](HSTRING* text) { return WindowsTrimStringStart(a.handle, b.handle, text); });
        made("trim end " + both, [&](HSTRING* text) { return WindowsTrimStringEnd(a.handle, b.handle, text); });
        say("compare nowhere " + both, WindowsCompareStringOrdinal(a.handle, b.handle, nullptr), "");
        say("concat into nothing " + both, WindowsConcatString(a.handle, b.handle, nullptr), "");
    }
    void buffers() {
        WCHAR* units = nullptr;
        HSTRING_BUFFER buffer = nullptr;
        say("buffer of nothing", WindowsPreallocateStringBuffer(0, &units, &buffer), std::string(buffer ? "handle" : "no handle") + (units ? " units" : ""));
        made("promote nothing", [](HSTRING* text) { return WindowsPromoteStringBuffer(nullptr, text); });
        say("buffer without units", WindowsPreallocateStringBuffer(3, nullptr, &buffer), "");
        say("buffer without handle", WindowsPreallocateStringBuffer(3, &units, nullptr), "");
        say("delete no buffer", WindowsDeleteStringBuffer(nullptr), "");
        WindowsPreallocateStringBuffer(3, &units, &buffer);
        std::memcpy(units, UNITS("xyz"), 3 * sizeof(WCHAR));
        say("promote into nothing", WindowsPromoteStringBuffer(buffer, nullptr), "");
        made("promote", [&](HSTRING* text) { return WindowsPromoteStringBuffer(buffer, text); });
        WindowsPreallocateStringBuffer(3, &units, &buffer);
        std::memcpy(units, UNITS("xyz!"), 4 * sizeof(WCHAR));
        made("promote without terminator", [&](HSTRING* text) { return WindowsPromoteStringBuffer(buffer, text); });
        say("delete a buffer", WindowsDeleteStringBuffer(buffer), "");
    }

    Print print_;
};

template <class Print>
void each_call(Print print) {
    Calls<Print>(print).all();
}

}  // namespace texts
