#include "description.h"

#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

#include "ole2.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"
#include "propidl.h"

namespace odc::test {
namespace {

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;
constexpr FMTID kSimple = {0x7F3A9B10, 0x1C2D, 0x4E5F, {1, 2, 3, 4, 5, 6, 7, 8}};
constexpr FMTID kNested = {0x7F3A9B11, 0x1C2D, 0x4E5F, {1, 2, 3, 4, 5, 6, 7, 8}};
constexpr CLSID kClass = {0x00020906, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

std::u16string number(const char* format, unsigned long long value) {
    char text[40];
    std::snprintf(text, sizeof text, format, value);
    return {text, text + std::strlen(text)};
}
std::u16string name(const OLECHAR* text) { return text ? reinterpret_cast<const char16_t*>(text) : u"(null)"; }
std::u16string failed(HRESULT hr) { return number("failed %08llx\n", static_cast<std::uint32_t>(hr)); }
std::u16string id(const GUID& guid) {
    OLECHAR text[40];
    StringFromGUID2(guid, text, 40);
    return name(text);
}

std::u16string contents(IStream& stream) {
    std::uint64_t sum = 0xCBF29CE484222325, size = 0;
    std::vector<std::uint8_t> piece(3000);  // no divisor of any sector's size
    for (;;) {
        ULONG got = 0;
        if (const HRESULT hr = stream.Read(piece.data(), static_cast<ULONG>(piece.size()), &got); FAILED(hr)) return failed(hr);
        if (got == 0) break;
        size += got;
        for (ULONG i = 0; i < got; ++i) sum = (sum ^ piece[i]) * 0x100000001B3;
    }
    return number("%llu bytes ", size) + number("%016llx\n", sum);
}

std::u16string describe_value(const PROPVARIANT& value) {
    std::u16string text = number("vt %04llx ", value.vt);
    switch (value.vt) {
        case VT_LPSTR: return text + std::u16string(value.pszVal, value.pszVal + std::strlen(value.pszVal)) + u"\n";
        case VT_LPWSTR: return text + name(value.pwszVal) + u"\n";
        case VT_BSTR: return text + name(value.bstrVal) + u"\n";
        case VT_STREAM: case VT_STREAMED_OBJECT: return text + contents(*value.pStream);
        case VT_STORAGE: case VT_STORED_OBJECT: return text + u"storage\n" + describe(*value.pStorage) + u"end\n";
        case VT_VERSIONED_STREAM: return text + id(value.pVersionedStream->guidVersion) + u" " + contents(*value.pVersionedStream->pStream);
        case VT_CLSID: return text + id(*value.puuid) + u"\n";
        case VT_BLOB:
            for (ULONG i = 0; i < value.blob.cbSize; ++i) text += number("%02llx", value.blob.pBlobData[i]);
            return text + u"\n";
        case VT_CF: return text + number("format %llu ", value.pclipdata->ulClipFmt) + number("%llu bytes\n", value.pclipdata->cbSize);
        case VT_VECTOR | VT_I4:
            for (ULONG i = 0; i < value.cal.cElems; ++i) text += number("%llu ", static_cast<ULONG>(value.cal.pElems[i]));
            return text + u"\n";
        case VT_VECTOR | VT_LPWSTR:
            for (ULONG i = 0; i < value.calpwstr.cElems; ++i) text += name(value.calpwstr.pElems[i]) + u" ";
            return text + u"\n";
        case VT_VECTOR | VT_VARIANT:
            text += u"\n";
            for (ULONG i = 0; i < value.capropvar.cElems; ++i) text += u"  " + describe_value(value.capropvar.pElems[i]);
            return text;
        case VT_ARRAY | VT_I4: {
            LONG element = 0, index = value.parray->rgsabound[0].lLbound;
            SafeArrayGetElement(value.parray, &index, &element);
            return text + number("%llu dimensions, first ", value.parray->cDims) + number("%llu\n", static_cast<ULONG>(element));
        }
        case VT_I2: case VT_BOOL: return text + number("%llu\n", value.uiVal);
        case VT_I4: case VT_UI4: case VT_R4: return text + number("%llu\n", value.ulVal);
        default: return text + number("%llu\n", value.uhVal.QuadPart);
    }
}

std::u16string describe_set(IPropertySetStorage& sets, REFFMTID format) {
    ComPtr<IPropertyStorage> set;
    if (const HRESULT hr = sets.Open(format, kRead, set.put()); FAILED(hr)) return failed(hr);
    STATPROPSETSTG stat{};
    if (const HRESULT hr = set->Stat(&stat); FAILED(hr)) return failed(hr);
    std::u16string text = u"set " + id(stat.fmtid) + u" class " + id(stat.clsid) + number(" flags %llu\n", stat.grfFlags);
    ComPtr<IEnumSTATPROPSTG> properties;
    if (const HRESULT hr = set->Enum(properties.put()); FAILED(hr)) return failed(hr);
    std::map<PROPID, std::u16string> found;  // the order of an enumeration is nobody's promise
    for (HRESULT hr = S_OK; hr != S_FALSE;) {
        STATPROPSTG one[3] = {};
        ULONG got = 0;
        hr = properties->Next(3, one, &got);
        if (FAILED(hr)) return text + failed(hr);
        for (ULONG i = 0; i < got; ++i) {
            PROPSPEC spec{};
            spec.ulKind = PRSPEC_PROPID;
            spec.propid = one[i].propid;
            PROPVARIANT value;
            PropVariantInit(&value);
            const HRESULT read = set->ReadMultiple(1, &spec, &value);
            found[one[i].propid] = name(one[i].lpwstrName) + u" " + (FAILED(read) ? failed(read) : describe_value(value));
            PropVariantClear(&value);
            CoTaskMemFree(one[i].lpwstrName);
        }
    }
    for (const auto& [property, said] : found) text += number(" %llu ", property) + said;
    return text;
}

std::u16string describe_sets(IStorage& storage) {
    ComPtr<IPropertySetStorage> sets;
    if (const HRESULT hr = storage.QueryInterface(IID_PPV_ARGS(sets.put())); FAILED(hr)) return failed(hr);
    ComPtr<IEnumSTATPROPSETSTG> all;
    if (const HRESULT hr = sets->Enum(all.put()); FAILED(hr)) return failed(hr);
    std::map<std::u16string, std::u16string> found;
    STATPROPSETSTG one{};
    ULONG got = 0;
    while (all->Next(1, &one, &got) == S_OK && got == 1) {
        found[id(one.fmtid)] = describe_set(*sets, one.fmtid);
        if (one.fmtid == FMTID_DocSummaryInformation) found[id(one.fmtid)] += describe_set(*sets, FMTID_UserDefinedProperties);
    }
    std::u16string text;
    for (const auto& [format, said] : found) text += said;
    return text;
}

std::u16string describe_element(IStorage& storage, const STATSTG& element) {
    if (element.type == STGTY_STREAM) {
        ComPtr<IStream> stream;
        const HRESULT hr = storage.OpenStream(element.pwcsName, nullptr, kRead, 0, stream.put());
        return u"stream " + name(element.pwcsName) + u" " + (FAILED(hr) ? failed(hr) : contents(*stream));
    }
    ComPtr<IStorage> below;
    HRESULT hr = storage.OpenStorage(element.pwcsName, nullptr, kRead, nullptr, 0, below.put());
    STATSTG stat{};
    if (SUCCEEDED(hr)) hr = below->Stat(&stat, STATFLAG_NONAME);
    return u"storage " + name(element.pwcsName) + u" " + id(element.clsid) + number(" %08llx\n", stat.grfStateBits) +
           (FAILED(hr) ? failed(hr) : describe(*below)) + u"end\n";
}

// Filling ------------------------------------------------------------------------------------------------------------------

/// Runs steps until one fails.
class Steps {
  public:
    template <class Step>
    Steps& operator()(Step&& step) {
        if (SUCCEEDED(hr_)) hr_ = step();
        return *this;
    }
    HRESULT result() const { return hr_; }

  private:
    HRESULT hr_ = S_OK;
};

HRESULT put(IStorage& storage, const OLECHAR* stream_name, std::size_t size, DWORD mode = kFull | STGM_CREATE) {
    ComPtr<IStream> stream;
    HRESULT hr = storage.CreateStream(stream_name, mode, 0, 0, stream.put());
    if (size == 0) return hr;
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + size);
    ULONG written = 0;
    if (SUCCEEDED(hr)) hr = stream->Write(bytes.data(), static_cast<ULONG>(size), &written);
    return SUCCEEDED(hr) && written != size ? STG_E_WRITEFAULT : hr;
}

HRESULT write(IPropertyStorage& set, PROPID property, const OLECHAR* property_name, const PROPVARIANT& value) {
    PROPSPEC spec{};
    spec.ulKind = PRSPEC_PROPID;
    spec.propid = property;
    HRESULT hr = set.WriteMultiple(1, &spec, &value, PID_FIRST_USABLE);
    LPOLESTR text = const_cast<LPOLESTR>(property_name);
    if (SUCCEEDED(hr) && property_name) hr = set.WritePropertyNames(1, &property, &text);
    return hr;
}
PROPVARIANT of_type(VARTYPE vt) {
    PROPVARIANT value;
    PropVariantInit(&value);
    value.vt = vt;
    return value;
}

HRESULT fill_simple(IPropertySetStorage& sets, Content content) {
    ComPtr<IPropertyStorage> set;
    HRESULT hr = sets.Create(kSimple, content == Content::everything ? &kClass : nullptr, PROPSETFLAG_DEFAULT, kFull | STGM_CREATE, set.put());
    if (FAILED(hr)) return hr;
    Steps steps;
    steps([&] { auto v = of_type(VT_I4); v.lVal = -5; return write(*set, 2, OLESTR("number"), v); });
    steps([&] { auto v = of_type(VT_LPWSTR); v.pwszVal = const_cast<LPWSTR>(OLESTR("wide \u0416")); return write(*set, 5, OLESTR("text"), v); });
    steps([&] { auto v = of_type(VT_BSTR); v.bstrVal = SysAllocString(OLESTR("automation")); const HRESULT done = write(*set, 7, nullptr, v); SysFreeString(v.bstrVal); return done; });
    steps([&] { auto v = of_type(VT_FILETIME); v.filetime = {0x12345678, 0x01D00000}; return write(*set, 8, nullptr, v); });
    steps([&] { auto v = of_type(VT_CLSID); v.puuid = const_cast<CLSID*>(&kClass); return write(*set, 9, nullptr, v); });
    steps([&] { BYTE data[] = {1, 2, 255}; auto v = of_type(VT_BLOB); v.blob = {3, data}; return write(*set, 10, nullptr, v); });
    if (content == Content::known_to_wine) return steps([&] { return set->Commit(STGC_DEFAULT); }).result();
    steps([&] { BYTE data[] = {9, 8, 7, 6}; CLIPDATA clip{8, 13, data}; auto v = of_type(VT_CF); v.pclipdata = &clip; return write(*set, 11, nullptr, v); });
    steps([&] { auto v = of_type(VT_LPSTR); v.pszVal = const_cast<LPSTR>("narrow"); return write(*set, 6, nullptr, v); });
    steps([&] { auto v = of_type(VT_R8); v.dblVal = 0.5; return write(*set, 3, nullptr, v); });
    steps([&] { auto v = of_type(VT_BOOL); v.boolVal = VARIANT_TRUE; return write(*set, 4, nullptr, v); });
    steps([&] { LONG data[] = {1, -1, 3}; auto v = of_type(VT_VECTOR | VT_I4); v.cal = {3, data}; return write(*set, 12, nullptr, v); });
    steps([&] { LPWSTR data[] = {const_cast<LPWSTR>(OLESTR("a")), const_cast<LPWSTR>(OLESTR("bc"))}; auto v = of_type(VT_VECTOR | VT_LPWSTR); v.calpwstr = {2, data}; return write(*set, 13, nullptr, v); });
    steps([&] {
        PROPVARIANT data[2] = {of_type(VT_I4), of_type(VT_LPWSTR)};
        data[0].lVal = 77;
        data[1].pwszVal = const_cast<LPWSTR>(OLESTR("inside"));
        auto v = of_type(VT_VECTOR | VT_VARIANT);
        v.capropvar = {2, data};
        return write(*set, 14, nullptr, v);
    });
    steps([&] {
        auto v = of_type(VT_ARRAY | VT_I4);
        v.parray = SafeArrayCreateVector(VT_I4, 5, 3);
        LONG index = 5, element = 55;
        SafeArrayPutElement(v.parray, &index, &element);
        const HRESULT done = write(*set, 15, nullptr, v);
        SafeArrayDestroy(v.parray);
        return done;
    });
    steps([&] { auto v = of_type(VT_CY); v.cyVal.int64 = 123456; return write(*set, 16, nullptr, v); });
    steps([&] { auto v = of_type(VT_EMPTY); return write(*set, 17, nullptr, v); });
    steps([&] { return set->Commit(STGC_DEFAULT); });
    return steps.result();
}

/// The streams and the storage of the values are the server's or client's own objects: they go over the wire once more.
HRESULT fill_nested(IPropertySetStorage& sets) {
    ComPtr<ILockBytes> bytes;
    ComPtr<IStorage> source;
    ComPtr<IStream> stream;
    Steps steps;
    steps([&] { return CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put()); });
    steps([&] { return StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, source.put()); });
    steps([&] { return put(*source, OLESTR("inner"), 5000); });
    steps([&] { return CreateStreamOnHGlobal(nullptr, TRUE, stream.put()); });
    steps([&] { return stream->Write("stream as a value", 17, nullptr); });
    steps([&] { return stream->Seek({}, STREAM_SEEK_SET, nullptr); });
    ComPtr<IPropertyStorage> set;
    steps([&] { return sets.Create(kNested, nullptr, PROPSETFLAG_NONSIMPLE, kFull | STGM_CREATE, set.put()); });
    steps([&] { auto v = of_type(VT_STREAM); v.pStream = stream.get(); return write(*set, 2, OLESTR("a stream"), v); });
    steps([&] { auto v = of_type(VT_STORAGE); v.pStorage = source.get(); return write(*set, 3, OLESTR("a storage"), v); });
    steps([&] { return stream->Seek({}, STREAM_SEEK_SET, nullptr); });
    steps([&] { VERSIONEDSTREAM versioned{kClass, stream.get()}; auto v = of_type(VT_VERSIONED_STREAM); v.pVersionedStream = &versioned; return write(*set, 4, nullptr, v); });
    steps([&] { auto v = of_type(VT_I4); v.lVal = 1; return write(*set, 5, nullptr, v); });
    steps([&] { return set->Commit(STGC_DEFAULT); });
    return steps.result();
}

HRESULT fill_documents(IPropertySetStorage& sets, Content content) {
    Steps steps;
    ComPtr<IPropertyStorage> summary, document, user;
    steps([&] { return sets.Create(FMTID_SummaryInformation, nullptr, PROPSETFLAG_ANSI, kFull | STGM_CREATE, summary.put()); });
    steps([&] { auto v = of_type(VT_LPSTR); v.pszVal = const_cast<LPSTR>("Introducing Distributed COM"); return write(*summary, PIDSI_TITLE, nullptr, v); });
    steps([&] { return summary->Commit(STGC_DEFAULT); });
    if (content == Content::known_to_wine) return steps.result();
    steps([&] { return sets.Create(FMTID_DocSummaryInformation, nullptr, PROPSETFLAG_ANSI, kFull | STGM_CREATE, document.put()); });
    steps([&] { document.reset(); return sets.Create(FMTID_UserDefinedProperties, nullptr, PROPSETFLAG_ANSI, kFull | STGM_CREATE, user.put()); });
    steps([&] {
        PROPSPEC spec{};
        spec.ulKind = PRSPEC_LPWSTR;
        spec.lpwstr = const_cast<LPOLESTR>(OLESTR("Reviewer"));
        auto v = of_type(VT_I4);
        v.lVal = 1998;
        return user->WriteMultiple(1, &spec, &v, PID_FIRST_USABLE);
    });
    steps([&] { return user->Commit(STGC_DEFAULT); });
    return steps.result();
}

}  // namespace

std::u16string describe(IStorage& storage) {
    std::u16string text = describe_sets(storage);
    ComPtr<IEnumSTATSTG> elements;
    if (const HRESULT hr = storage.EnumElements(0, nullptr, 0, elements.put()); FAILED(hr)) return failed(hr);
    for (;;) {
        STATSTG some[4] = {};
        ULONG got = 0;
        const HRESULT hr = elements->Next(4, some, &got);
        if (FAILED(hr)) return text + failed(hr);
        for (ULONG i = 0; i < got; ++i) {
            if (some[i].pwcsName[0] != 5) text += describe_element(storage, some[i]);
            CoTaskMemFree(some[i].pwcsName);
        }
        if (hr == S_FALSE) return text;
    }
}

HRESULT fill(IStorage& storage, Content content) {
    ComPtr<IStorage> below;
    ComPtr<IPropertySetStorage> sets;
    Steps steps;
    if (content == Content::streams) {
        steps([&] { return put(storage, OLESTR("first"), 5000, kFull); });
        steps([&] { return put(storage, OLESTR("second"), 70000, kFull); });
        return steps([&] { return storage.Commit(STGC_DEFAULT); }).result();
    }
    steps([&] { return put(storage, OLESTR("small"), 100); });
    steps([&] { return put(storage, OLESTR("large"), 300000); });
    steps([&] { return put(storage, OLESTR("none"), 0); });
    steps([&] { return storage.CreateStorage(OLESTR("below"), kFull | STGM_CREATE, 0, 0, below.put()); });
    steps([&] { return below->SetClass(kClass); });
    steps([&] { return below->SetStateBits(0x5A, 0xFF); });
    steps([&] { return put(*below, OLESTR("deep"), 4097); });
    steps([&] { return storage.QueryInterface(IID_PPV_ARGS(sets.put())); });
    steps([&] { return fill_simple(*sets, content); });
    if (content == Content::everything) steps([&] { return fill_nested(*sets); });
    steps([&] { return fill_documents(*sets, content); });
    steps([&] { return storage.Commit(STGC_DEFAULT); });
    return steps.result();
}

}  // namespace odc::test
