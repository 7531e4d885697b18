// One PROPVARIANT of every type that a property set holds, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "oleauto.h"
#include "opendcom/com_ptr.h"
#include "storage/propvariant_type.h"

namespace odc::storage::samples {

/// Frees itself.
class Variant : public PROPVARIANT {
  public:
    Variant() { PropVariantInit(this); }
    ~Variant() { PropVariantClear(this); }
    Variant(Variant&& other) noexcept : PROPVARIANT(other) { PropVariantInit(&other); }
    Variant(const Variant&) = delete;
    Variant& operator=(const Variant&) = delete;
};

inline LPSTR narrow(const char* text) {
    auto* copy = static_cast<LPSTR>(CoTaskMemAlloc(std::strlen(text) + 1));
    std::strcpy(copy, text);
    return copy;
}
inline LPWSTR wide(std::u16string_view text) {
    auto* copy = static_cast<LPWSTR>(CoTaskMemAlloc((text.size() + 1) * 2));
    std::memcpy(copy, text.data(), text.size() * 2);
    copy[text.size()] = 0;
    return copy;
}
template <class T>
T* block(std::initializer_list<T> values) {
    auto* copy = static_cast<T*>(CoTaskMemAlloc(values.size() * sizeof(T)));
    std::copy(values.begin(), values.end(), copy);
    return copy;
}
template <class Vector, class T>
void fill(Vector& vector, std::initializer_list<T> values) {
    vector.cElems = static_cast<ULONG>(values.size());
    vector.pElems = block(values);
}
inline CLIPDATA clipboard(LONG format, std::initializer_list<BYTE> data) {
    return {static_cast<ULONG>(data.size() + 4), format, block(data)};
}

template <class Set>
Variant make(VARTYPE vt, Set&& set) {
    Variant made;
    made.vt = vt;
    set(made);
    return made;
}

/// 2 x 3 elements that begin at index -1 and 5.
template <class T>
SAFEARRAY* array(VARTYPE vt, T (*value)(int)) {
    SAFEARRAYBOUND bounds[] = {{2, -1}, {3, 5}};
    SAFEARRAY* made = SafeArrayCreate(vt, 2, bounds);
    void* data = nullptr;
    EXPECT_EQ(SafeArrayAccessData(made, &data), S_OK);
    for (int i = 0; i < 6; ++i) {
        const T one = value(i);
        std::memcpy(static_cast<std::uint8_t*>(data) + i * made->cbElements, &one, sizeof one);
    }
    SafeArrayUnaccessData(made);
    return made;
}
inline BSTR text_element(int i) { return SysAllocString(i % 2 ? OLESTR("odd") : OLESTR("even\u00e9")); }
inline VARIANT variant_element(int i) {
    VARIANT one{};
    one.vt = i == 1 ? VT_BSTR : i == 2 ? VT_DECIMAL : VT_I4;
    if (one.vt == VT_BSTR) one.bstrVal = SysAllocString(OLESTR("in an array"));
    else if (one.vt == VT_DECIMAL) one.decVal.Lo64 = 12345, one.decVal.scale = 2;
    else one.lVal = i;
    return one;
}

/// The types of the article's figure 12 and those that came later, vectors and arrays among them; no streams or storages.
inline std::vector<Variant> simple() {
    std::vector<Variant> all;
    const auto add = [&](VARTYPE vt, auto set) { all.push_back(make(vt, set)); };
    add(VT_EMPTY, [](auto&) {});
    add(VT_NULL, [](auto&) {});
    add(VT_I1, [](auto& v) { v.cVal = -5; });
    add(VT_UI1, [](auto& v) { v.bVal = 250; });
    add(VT_I2, [](auto& v) { v.iVal = -300; });
    add(VT_UI2, [](auto& v) { v.uiVal = 65000; });
    add(VT_I4, [](auto& v) { v.lVal = -70000; });
    add(VT_UI4, [](auto& v) { v.ulVal = 4000000000u; });
    add(VT_INT, [](auto& v) { v.intVal = -70001; });
    add(VT_UINT, [](auto& v) { v.uintVal = 4000000001u; });
    add(VT_I8, [](auto& v) { v.hVal.QuadPart = -5'000'000'000; });
    add(VT_UI8, [](auto& v) { v.uhVal.QuadPart = 0xFEDCBA9876543210; });
    add(VT_R4, [](auto& v) { v.fltVal = 1.5f; });
    add(VT_R8, [](auto& v) { v.dblVal = -0.1; });
    add(VT_BOOL, [](auto& v) { v.boolVal = VARIANT_TRUE; });
    add(VT_ERROR, [](auto& v) { v.scode = E_FAIL; });
    add(VT_CY, [](auto& v) { v.cyVal.int64 = 123456789; });
    add(VT_DATE, [](auto& v) { v.date = 35125.25; });
    add(VT_DECIMAL, [](auto& v) {
        v.decVal.scale = 3;
        v.decVal.sign = DECIMAL_NEG;
        v.decVal.Hi32 = 7;
        v.decVal.Lo64 = 0x1122334455667788;
    });
    add(VT_FILETIME, [](auto& v) { v.filetime = {0x89ABCDEF, 0x01C7E3B2}; });
    add(VT_CLSID, [](auto& v) { v.puuid = block<CLSID>({IID_IPropertyStorage}); });
    add(VT_BSTR, [](auto& v) { v.bstrVal = SysAllocString(OLESTR("a BSTR \u0416")); });
    add(VT_LPSTR, [](auto& v) { v.pszVal = narrow("an LPSTR \xC3\xA9"); });
    add(VT_LPWSTR, [](auto& v) { v.pwszVal = wide(u"an LPWSTR \u65E5"); });
    add(VT_BLOB, [](auto& v) { v.blob.cbSize = 5, v.blob.pBlobData = block<BYTE>({1, 2, 3, 4, 5}); });
    add(VT_BLOB_OBJECT, [](auto& v) { v.blob.cbSize = 3, v.blob.pBlobData = block<BYTE>({9, 8, 7}); });
    add(VT_CF, [](auto& v) { v.pclipdata = block<CLIPDATA>({clipboard(-1, {0xCA, 0xFE, 1})}); });
    add(VT_VECTOR | VT_I1, [](auto& v) { fill<CAC, CHAR>(v.cac, {1, -2, 3}); });
    add(VT_VECTOR | VT_UI1, [](auto& v) { fill<CAUB, UCHAR>(v.caub, {1, 2, 255}); });
    add(VT_VECTOR | VT_I2, [](auto& v) { fill<CAI, SHORT>(v.cai, {1, -2, 3}); });
    add(VT_VECTOR | VT_UI2, [](auto& v) { fill<CAUI, USHORT>(v.caui, {1, 2, 65535}); });
    add(VT_VECTOR | VT_BOOL, [](auto& v) { fill<CABOOL, VARIANT_BOOL>(v.cabool, {VARIANT_TRUE, VARIANT_FALSE, VARIANT_TRUE}); });
    add(VT_VECTOR | VT_I4, [](auto& v) { fill<CAL, LONG>(v.cal, {1, -2}); });
    add(VT_VECTOR | VT_UI4, [](auto& v) { fill<CAUL, ULONG>(v.caul, {1, 4000000000u}); });
    add(VT_VECTOR | VT_I8, [](auto& v) { fill<CAH, LARGE_INTEGER>(v.cah, {LARGE_INTEGER{{1, -1}}, LARGE_INTEGER{{2, 3}}}); });
    add(VT_VECTOR | VT_UI8, [](auto& v) { fill<CAUH, ULARGE_INTEGER>(v.cauh, {ULARGE_INTEGER{{1, 0xFFFFFFFF}}}); });
    add(VT_VECTOR | VT_R4, [](auto& v) { fill<CAFLT, FLOAT>(v.caflt, {0.5f, -2.0f}); });
    add(VT_VECTOR | VT_R8, [](auto& v) { fill<CADBL, DOUBLE>(v.cadbl, {0.1, -2.0}); });
    add(VT_VECTOR | VT_ERROR, [](auto& v) { fill<CASCODE, SCODE>(v.cascode, {E_FAIL, S_FALSE}); });
    add(VT_VECTOR | VT_CY, [](auto& v) { fill<CACY, CY>(v.cacy, {CY{{1, 2}}, CY{{3, -4}}}); });
    add(VT_VECTOR | VT_DATE, [](auto& v) { fill<CADATE, DATE>(v.cadate, {1.25, 40000.0}); });
    add(VT_VECTOR | VT_FILETIME, [](auto& v) { fill<CAFILETIME, FILETIME>(v.cafiletime, {FILETIME{1, 2}, FILETIME{3, 4}}); });
    add(VT_VECTOR | VT_CLSID, [](auto& v) { fill<CACLSID, CLSID>(v.cauuid, {IID_IStream, IID_IStorage}); });
    add(VT_VECTOR | VT_CF, [](auto& v) { fill<CACLIPDATA, CLIPDATA>(v.caclipdata, {clipboard(3, {1}), clipboard(0, {})}); });
    add(VT_VECTOR | VT_BSTR, [](auto& v) { fill<CABSTR, BSTR>(v.cabstr, {SysAllocString(OLESTR("x")), SysAllocString(OLESTR(""))}); });
    add(VT_VECTOR | VT_LPSTR, [](auto& v) { fill<CALPSTR, LPSTR>(v.calpstr, {narrow("one"), narrow(""), narrow("three \xC3\xBC")}); });
    add(VT_VECTOR | VT_LPWSTR, [](auto& v) { fill<CALPWSTR, LPWSTR>(v.calpwstr, {wide(u"one"), wide(u"two \u0416")}); });
    add(VT_VECTOR | VT_VARIANT, [](auto& v) {
        PROPVARIANT number{}, text{}, clip{}, id{};
        number.vt = VT_I4, number.lVal = 7;
        text.vt = VT_LPSTR, text.pszVal = narrow("in a vector");
        clip.vt = VT_CF, clip.pclipdata = block<CLIPDATA>({clipboard(5, {1, 2})});
        id.vt = VT_CLSID, id.puuid = block<CLSID>({IID_IUnknown});
        fill<CAPROPVARIANT, PROPVARIANT>(v.capropvar, {number, text, clip, id});
    });
    add(VT_VECTOR | VT_I4, [](auto&) {});    // nothing in it
    add(VT_VECTOR | VT_LPSTR, [](auto&) {});
    add(VT_ARRAY | VT_I1, [](auto& v) { v.parray = array<CHAR>(VT_I1, [](int i) { return static_cast<CHAR>(-i); }); });
    add(VT_ARRAY | VT_UI1, [](auto& v) { v.parray = array<BYTE>(VT_UI1, [](int i) { return static_cast<BYTE>(250 + i % 5); }); });
    add(VT_ARRAY | VT_I2, [](auto& v) { v.parray = array<SHORT>(VT_I2, [](int i) { return static_cast<SHORT>(-1000 * i); }); });
    add(VT_ARRAY | VT_UI2, [](auto& v) { v.parray = array<USHORT>(VT_UI2, [](int i) { return static_cast<USHORT>(60000 + i); }); });
    add(VT_ARRAY | VT_I4, [](auto& v) { v.parray = array<LONG>(VT_I4, [](int i) { return LONG{i - 3}; }); });
    add(VT_ARRAY | VT_UI4, [](auto& v) { v.parray = array<ULONG>(VT_UI4, [](int i) { return 4000000000u + static_cast<ULONG>(i); }); });
    add(VT_ARRAY | VT_INT, [](auto& v) { v.parray = array<INT>(VT_INT, [](int i) { return INT{-i}; }); });
    add(VT_ARRAY | VT_UINT, [](auto& v) { v.parray = array<UINT>(VT_UINT, [](int i) { return static_cast<UINT>(i); }); });
    add(VT_ARRAY | VT_R4, [](auto& v) { v.parray = array<FLOAT>(VT_R4, [](int i) { return 0.5f * static_cast<float>(i); }); });
    add(VT_ARRAY | VT_R8, [](auto& v) { v.parray = array<DOUBLE>(VT_R8, [](int i) { return 0.1 * i; }); });
    add(VT_ARRAY | VT_BOOL, [](auto& v) { v.parray = array<VARIANT_BOOL>(VT_BOOL, [](int i) { return static_cast<VARIANT_BOOL>(i % 2 ? -1 : 0); }); });
    add(VT_ARRAY | VT_ERROR, [](auto& v) { v.parray = array<SCODE>(VT_ERROR, [](int i) { return static_cast<SCODE>(E_FAIL + i); }); });
    add(VT_ARRAY | VT_CY, [](auto& v) { v.parray = array<CY>(VT_CY, [](int i) { return CY{{static_cast<ULONG>(i), -1}}; }); });
    add(VT_ARRAY | VT_DATE, [](auto& v) { v.parray = array<DATE>(VT_DATE, [](int i) { return 1000.5 + i; }); });
    add(VT_ARRAY | VT_DECIMAL, [](auto& v) {
        v.parray = array<DECIMAL>(VT_DECIMAL, [](int i) {
            DECIMAL one{};
            one.scale = 1;
            one.Lo64 = static_cast<ULONGLONG>(i) * 10;
            return one;
        });
    });
    add(VT_ARRAY | VT_BSTR, [](auto& v) { v.parray = array<BSTR>(VT_BSTR, text_element); });
    add(VT_ARRAY | VT_VARIANT, [](auto& v) { v.parray = array<VARIANT>(VT_VARIANT, variant_element); });
    return all;
}

inline bool equal(const PROPVARIANT& a, const PROPVARIANT& b);

inline bool equal_text(BSTR a, BSTR b) {
    return SysStringLen(a) == SysStringLen(b) && (SysStringLen(a) == 0 || std::memcmp(a, b, SysStringByteLen(a)) == 0);
}
inline bool equal_clip(const CLIPDATA& a, const CLIPDATA& b) {
    return a.cbSize == b.cbSize && a.ulClipFmt == b.ulClipFmt && (a.cbSize <= 4 || std::memcmp(a.pClipData, b.pClipData, a.cbSize - 4) == 0);
}
inline bool equal_elements(VARTYPE vt, const void* a, const void* b) {
    const auto text = [](const void* p) { return *static_cast<char* const*>(p); };
    switch (vt) {
        case VT_LPSTR: return std::strcmp(text(a), text(b)) == 0;
        case VT_LPWSTR: return std::u16string(*static_cast<char16_t* const*>(a)) == std::u16string(*static_cast<char16_t* const*>(b));
        case VT_BSTR: return equal_text(*static_cast<const BSTR*>(a), *static_cast<const BSTR*>(b));
        case VT_CF: return equal_clip(*static_cast<const CLIPDATA*>(a), *static_cast<const CLIPDATA*>(b));
        case VT_VARIANT: return equal(*static_cast<const PROPVARIANT*>(a), *static_cast<const PROPVARIANT*>(b));
        case VT_DECIMAL: return std::memcmp(static_cast<const char*>(a) + 2, static_cast<const char*>(b) + 2, 14) == 0;
        default: return std::memcmp(a, b, element_size(vt) ? element_size(vt) : 4) == 0;
    }
}

/// The same type and content, not the same pointers. Of references only whether there is one.
inline bool equal(const PROPVARIANT& a, const PROPVARIANT& b) {
    if (a.vt != b.vt) return false;
    const VARTYPE base = a.vt & VT_TYPEMASK;
    if (a.vt & VT_VECTOR) {
        const auto x = counted(a), y = counted(b);
        if (x.count != y.count) return false;
        for (std::size_t i = 0; i < x.count; ++i)
            if (!equal_elements(base, static_cast<char*>(x.data) + i * element_size(base), static_cast<char*>(y.data) + i * element_size(base)))
                return false;
        return true;
    }
    if (a.vt & VT_ARRAY) {
        const SAFEARRAY &x = *a.parray, &y = *b.parray;
        if (x.cDims != y.cDims || x.cbElements != y.cbElements || std::memcmp(x.rgsabound, y.rgsabound, x.cDims * sizeof(SAFEARRAYBOUND))) return false;
        std::size_t count = 1;
        for (int i = 0; i < x.cDims; ++i) count *= x.rgsabound[i].cElements;
        for (std::size_t i = 0; i < count; ++i)
            if (!equal_elements(base, static_cast<char*>(x.pvData) + i * x.cbElements, static_cast<char*>(y.pvData) + i * x.cbElements)) return false;
        return true;
    }
    switch (base) {
        case VT_EMPTY: case VT_NULL: return true;
        case VT_CLSID: return *a.puuid == *b.puuid;
        case VT_BLOB: case VT_BLOB_OBJECT:
            return a.blob.cbSize == b.blob.cbSize && (!a.blob.cbSize || std::memcmp(a.blob.pBlobData, b.blob.pBlobData, a.blob.cbSize) == 0);
        case VT_CF: return equal_clip(*a.pclipdata, *b.pclipdata);
        case VT_DECIMAL: return equal_elements(VT_DECIMAL, &a.decVal, &b.decVal);
        case VT_STREAM: case VT_STORAGE: case VT_STREAMED_OBJECT: case VT_STORED_OBJECT: return !a.punkVal == !b.punkVal;
        default: return equal_elements(base, &a.bVal, &b.bVal);
    }
}

}  // namespace odc::storage::samples
