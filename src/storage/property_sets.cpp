#include "storage/property_sets.h"

#include "property_set/format_name.h"
#include "storage/property_enumerator.h"
#include "storage/property_storage.h"

namespace odc::storage {

using namespace property_set;

namespace {

constexpr DWORD kShare = 0x70;
constexpr DWORD kFlags = PROPSETFLAG_NONSIMPLE | PROPSETFLAG_ANSI | PROPSETFLAG_UNBUFFERED | PROPSETFLAG_CASE_SENSITIVE;
constexpr DWORD kReadWrite = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;

Result<> check(HRESULT hr, const char* what) {
    if (FAILED(hr)) return fail(hr, what);
    return {};
}
const OLECHAR* units(const std::u16string& text) { return reinterpret_cast<const OLECHAR*>(text.c_str()); }

/// The bytes are read whatever the caller may do, and written by Commit.
DWORD mode_of_element(DWORD mode) { return (mode & 3) == STGM_READ ? STGM_READ | STGM_SHARE_EXCLUSIVE : kReadWrite; }

}  // namespace

/// Behaviour: exclusive and writable; transacted for non-simple sets alone.
ODC_NULL_REFERENCES HRESULT PropertySets::Create(REFFMTID format, const CLSID* class_id, DWORD flags, DWORD mode, IPropertyStorage** properties) {
    if (!properties || is_null(format)) return E_INVALIDARG;
    *properties = nullptr;
    if (flags & ~kFlags) return STG_E_INVALIDFLAG;
    if ((mode & kShare) != STGM_SHARE_EXCLUSIVE || (mode & 3) == STGM_READ || (mode & 3) == 3) return STG_E_INVALIDFLAG;
    if (mode & ~(DWORD{3} | kShare | STGM_CREATE | STGM_TRANSACTED)) return STG_E_INVALIDFLAG;
    if (mode & STGM_TRANSACTED && !(flags & PROPSETFLAG_NONSIMPLE)) return STG_E_INVALIDFLAG;
    // User-defined properties are the second section of a stream, which a storage does not have.
    if (flags & PROPSETFLAG_NONSIMPLE && same(format, kUserDefinedProperties)) return STG_E_INVALIDFLAG;
    return abi([&] { return create(format, class_id, flags, mode, properties); });
}

Result<> PropertySets::create(REFFMTID format, const CLSID* class_id, DWORD flags, DWORD mode, IPropertyStorage** properties) {
    const auto name = name_of_format(format);
    const PropertySetOptions options{format, mode & ~DWORD{STGM_CREATE}, flags};
    const Guid id = class_id ? *class_id : Guid{};
    const DWORD element_mode = kReadWrite | (mode & STGM_CREATE);
    if (flags & PROPSETFLAG_NONSIMPLE) {
        ComPtr<IStorage> storage;
        const DWORD storage_mode = element_mode | (mode & STGM_TRANSACTED);
        ODC_TRY(check(storage_.CreateStorage(units(name), storage_mode, 0, 0, storage.put()), "storage of a property set"));
        *properties = ODC_TRY(PropertyStorage::create(nullptr, std::move(storage), options, id)).detach();
        return {};
    }
    ComPtr<IStream> stream;
    if (same(format, kUserDefinedProperties)) {
        const HRESULT hr = storage_.OpenStream(units(name), nullptr, kReadWrite, 0, stream.put());
        if (hr != STG_E_FILENOTFOUND) {
            ODC_TRY(check(hr, "stream of document summary information"));
            if (!(mode & STGM_CREATE)) {
                auto known = PropertyStorage::open(stream, nullptr, options);
                if (known) return fail(STG_E_FILEALREADYEXISTS, "there are user-defined properties");
                if (known.code() != STG_E_FILENOTFOUND) return std::move(known.error());
            }
            *properties = ODC_TRY(PropertyStorage::create_section(std::move(stream), options)).detach();
            return {};
        }
    }
    ODC_TRY(check(storage_.CreateStream(units(name), element_mode, 0, 0, stream.put()), "stream of a property set"));
    *properties = ODC_TRY(PropertyStorage::create(std::move(stream), nullptr, options, id)).detach();
    return {};
}

ODC_NULL_REFERENCES HRESULT PropertySets::Open(REFFMTID format, DWORD mode, IPropertyStorage** properties) {
    if (!properties || is_null(format)) return E_INVALIDARG;
    *properties = nullptr;
    if ((mode & kShare) != STGM_SHARE_EXCLUSIVE || (mode & 3) == 3) return STG_E_INVALIDFLAG;
    if (mode & ~(DWORD{3} | kShare | STGM_TRANSACTED)) return STG_E_INVALIDFLAG;
    return abi([&] { return open(format, mode, properties); });
}

Result<> PropertySets::open(REFFMTID format, DWORD mode, IPropertyStorage** properties) {
    const auto name = name_of_format(format);
    const PropertySetOptions options{format, mode, 0};
    ComPtr<IStream> stream;
    HRESULT hr = storage_.OpenStream(units(name), nullptr, mode_of_element(mode), 0, stream.put());
    if (SUCCEEDED(hr)) {
        if (mode & STGM_TRANSACTED) return fail(STG_E_INVALIDFLAG, "a simple property set is direct");
        *properties = ODC_TRY(PropertyStorage::open(std::move(stream), nullptr, options)).detach();
        return {};
    }
    if (hr != STG_E_FILENOTFOUND) return fail(hr, "stream of a property set");
    ComPtr<IStorage> storage;
    hr = storage_.OpenStorage(units(name), nullptr, mode_of_element(mode) | (mode & STGM_TRANSACTED), nullptr, 0, storage.put());
    ODC_TRY(check(hr, "storage of a property set"));
    *properties = ODC_TRY(PropertyStorage::open(nullptr, std::move(storage), options)).detach();
    return {};
}

/// User-defined properties are a section of another set's stream, which stays; with the stream they go both.
ODC_NULL_REFERENCES HRESULT PropertySets::Delete(REFFMTID format) {
    if (is_null(format)) return E_INVALIDARG;
    return abi([&]() -> Result<> {
        const auto name = name_of_format(format);
        if (!same(format, kUserDefinedProperties)) return check(storage_.DestroyElement(units(name)), "property set");
        ComPtr<IStream> stream;
        ODC_TRY(check(storage_.OpenStream(units(name), nullptr, kReadWrite, 0, stream.put()), "stream of document summary information"));
        return PropertyStorage::delete_section(*stream);
    });
}

/// User-defined properties do not show: their stream shows as document summary information.
HRESULT PropertySets::Enum(IEnumSTATPROPSETSTG** sets) {
    if (!sets) return E_INVALIDARG;
    *sets = nullptr;
    return abi([&]() -> HRESULT {
        ComPtr<IEnumSTATSTG> elements;
        HRESULT hr = storage_.EnumElements(0, nullptr, 0, elements.put());
        PropertySetEnumerator::Items items;
        STATSTG element{};
        while (SUCCEEDED(hr) && (hr = elements->Next(1, &element, nullptr)) == S_OK) {
            const auto format = format_of_name(view(element.pwcsName));
            CoTaskMemFree(element.pwcsName);
            if (!format) continue;
            STATPROPSETSTG set{};
            set.fmtid = *format;
            set.clsid = element.clsid;
            set.grfFlags = element.type == STGTY_STORAGE ? PROPSETFLAG_NONSIMPLE : PROPSETFLAG_DEFAULT;
            set.mtime = element.mtime;
            set.ctime = element.ctime;
            set.atime = element.atime;
            items.push_back(set);
        }
        if (FAILED(hr)) return hr;
        *sets = new PropertySetEnumerator(std::make_shared<const PropertySetEnumerator::Items>(std::move(items)));
        return S_OK;
    });
}

}  // namespace odc::storage
