// The Stg functions of property sets, and the format ids.
#include <cstring>

#include "base/bytes.h"
#include "property_set/format_name.h"
#include "property_set/value_codec.h"
#include "storage/document.h"
#include "storage/property_sets.h"
#include "storage/property_storage.h"
#include "storage/propvariant_type.h"
#include "storage/propvariant_value.h"

using namespace odc;
using namespace odc::storage;

extern "C" {
const FMTID FMTID_SummaryInformation = property_set::kSummaryInformation;
const FMTID FMTID_DocSummaryInformation = property_set::kDocSummaryInformation;
const FMTID FMTID_UserDefinedProperties = property_set::kUserDefinedProperties;
const FMTID FMTID_DiscardableInformation = {0xD725EBB0, 0xC9B8, 0x11D1, {0x89, 0xBC, 0x00, 0x00, 0xF8, 0x04, 0xB0, 0x57}};
const FMTID FMTID_ImageSummaryInformation = {0x6444048F, 0x4C8B, 0x11D1, {0x8B, 0x70, 0x08, 0x00, 0x36, 0xB1, 0x1A, 0x03}};
const FMTID FMTID_AudioSummaryInformation = {0x64440490, 0x4C8B, 0x11D1, {0x8B, 0x70, 0x08, 0x00, 0x36, 0xB1, 0x1A, 0x03}};
const FMTID FMTID_VideoSummaryInformation = {0x64440491, 0x4C8B, 0x11D1, {0x8B, 0x70, 0x08, 0x00, 0x36, 0xB1, 0x1A, 0x03}};
const FMTID FMTID_MediaFileSummaryInformation = {0x64440492, 0x4C8B, 0x11D1, {0x8B, 0x70, 0x08, 0x00, 0x36, 0xB1, 0x1A, 0x03}};
}

namespace {

constexpr DWORD kFlags = PROPSETFLAG_NONSIMPLE | PROPSETFLAG_ANSI | PROPSETFLAG_UNBUFFERED | PROPSETFLAG_CASE_SENSITIVE;

/// The object that StgCreatePropSetStg gives: property sets of a storage that it keeps.
class PropertySetsOfStorage final : public implements<IUnknown> {
  public:
    explicit PropertySetsOfStorage(IStorage* storage) : storage_(ComPtr<IStorage>::share(storage)), sets_(*this, *storage) {}
    IPropertySetStorage* sets() { return &sets_; }

  private:
    void* query_more(REFIID iid) override { return iid == IID_IPropertySetStorage ? &sets_ : nullptr; }
    const ComPtr<IStorage> storage_;
    PropertySets sets_;
};

/// Stream or storage, as the flags say. Errors: E_INVALIDARG when the object is of the other kind.
Result<> find_place(IUnknown* place, DWORD flags, ComPtr<IStream>& stream, ComPtr<IStorage>& storage) {
    const HRESULT hr = flags & PROPSETFLAG_NONSIMPLE ? place->QueryInterface(IID_IStorage, storage.put_void())
                                                     : place->QueryInterface(IID_IStream, stream.put_void());
    if (FAILED(hr)) return fail(hr == E_NOINTERFACE ? E_INVALIDARG : hr, "a property set lies in a stream, a non-simple one in a storage");
    return {};
}

/// Memory that a caller of StgConvertPropertyToVariant brings: an object of a class that is not known here. Its functions are taken from
/// its table: a compiler that sees no class deriving from an interface may take its calls for impossible.
class CallersMemory final : public Memory {
  public:
    explicit CallersMemory(void* given) : given_(given) {}
    void* allocate(std::size_t size) override {
        return size > UINT32_MAX ? nullptr : reinterpret_cast<void* (*)(void*, ULONG)>(slot(0))(given_, static_cast<ULONG>(size));
    }
    void free(void* block) override { reinterpret_cast<void (*)(void*, void*)>(slot(1))(given_, block); }

  private:
    void* slot(std::size_t index) const { return (*static_cast<void***>(given_))[index]; }
    void* given_;
};

class CountingMemory final : public Memory {
  public:
    void* allocate(std::size_t size) override {
        total_ += size;
        return Memory::task().allocate(size);
    }
    void free(void* block) override { Memory::task().free(block); }
    std::size_t total() const { return total_; }

  private:
    std::size_t total_ = 0;
};

std::span<const std::uint8_t> bytes_at(const SERIALIZEDPROPERTYVALUE* property, std::size_t size) {
    return {reinterpret_cast<const std::uint8_t*>(property), size};
}

}  // namespace

EXTERN_C ODC_NULL_REFERENCES ODC_API HRESULT STDAPICALLTYPE StgCreatePropStg(IUnknown* place, REFFMTID format, const CLSID* clsid, DWORD flags, DWORD reserved, IPropertyStorage** properties) {
    if (!properties || !place || is_null(format)) return E_INVALIDARG;
    *properties = nullptr;
    if (reserved) return STG_E_INVALIDPARAMETER;
    if (flags & ~kFlags) return STG_E_INVALIDFLAG;
    return abi([&]() -> Result<> {
        ComPtr<IStream> stream;
        ComPtr<IStorage> storage;
        ODC_TRY(find_place(place, flags, stream, storage));
        const PropertySetOptions options{format, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, flags};
        *properties = ODC_TRY(PropertyStorage::create(std::move(stream), std::move(storage), options, clsid ? *clsid : Guid{})).detach();
        return {};
    });
}

EXTERN_C ODC_NULL_REFERENCES ODC_API HRESULT STDAPICALLTYPE StgOpenPropStg(IUnknown* place, REFFMTID format, DWORD flags, DWORD reserved, IPropertyStorage** properties) {
    if (!properties || !place || is_null(format)) return E_INVALIDARG;
    *properties = nullptr;
    if (reserved) return STG_E_INVALIDPARAMETER;
    if (flags & ~kFlags) return STG_E_INVALIDFLAG;
    return abi([&]() -> Result<> {
        ComPtr<IStream> stream;
        ComPtr<IStorage> storage;
        ODC_TRY(find_place(place, flags, stream, storage));
        const PropertySetOptions options{format, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, flags};
        *properties = ODC_TRY(PropertyStorage::open(std::move(stream), std::move(storage), options)).detach();
        return {};
    });
}

WINOLEAPI StgCreatePropSetStg(IStorage* storage, DWORD reserved, IPropertySetStorage** sets) {
    if (!sets || !storage) return E_INVALIDARG;
    *sets = nullptr;
    if (reserved) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        *sets = (new PropertySetsOfStorage(storage))->sets();
        return S_OK;
    });
}

WINOLEAPI FmtIdToPropStgName(const FMTID* format, LPOLESTR name) {
    if (!format || !name) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        const auto found = property_set::name_of_format(*format);
        std::memcpy(name, found.c_str(), (found.size() + 1) * sizeof(OLECHAR));
        return S_OK;
    });
}

WINOLEAPI PropStgNameToFmtId(const LPOLESTR name, FMTID* format) {
    if (!format) return E_INVALIDARG;
    *format = {};
    if (!name) return STG_E_INVALIDNAME;
    return abi([&]() -> HRESULT {
        const auto found = property_set::format_of_name(view(name));
        if (!found) return STG_E_INVALIDNAME;
        *format = *found;
        return S_OK;
    });
}

EXTERN_C SERIALIZEDPROPERTYVALUE* STDAPICALLTYPE StgConvertVariantToProperty(const PROPVARIANT* value, USHORT codePage,
                                                                            SERIALIZEDPROPERTYVALUE* property, ULONG* size, PROPID id, BOOLEAN,
                                                                            ULONG* indirect) {
    if (indirect) *indirect = 0;
    if (!size) return nullptr;
    const ULONG room = *size;
    *size = 0;
    if (!value) return nullptr;
    SERIALIZEDPROPERTYVALUE* result = nullptr;
    (void)abi([&]() -> Result<> {
        auto converted = ODC_TRY(to_value(*value));
        if (is_indirect(value->vt)) {
            std::u16string name = u"prop";
            for (const char digit : std::to_string(id)) name.push_back(static_cast<char16_t>(digit));
            if (auto* versioned = std::get_if<property_set::VersionedStream>(&converted.data)) versioned->name = name;
            else converted.data = name;
            if (indirect) *indirect = 1;
        }
        ByteWriter out;
        ODC_TRY(property_set::write_value(converted, codePage, out));
        if (out.size() > UINT32_MAX) return fail(STG_E_INVALIDPARAMETER);
        *size = static_cast<ULONG>(out.size());
        if (!property || room < out.size()) return fail(STG_E_INSUFFICIENTMEMORY);
        std::memcpy(property, out.data().data(), out.size());
        result = property;
        return {};
    });
    return result;
}

EXTERN_C BOOLEAN STDAPICALLTYPE StgConvertPropertyToVariant(const SERIALIZEDPROPERTYVALUE* property, USHORT codePage, PROPVARIANT* value, void* memory) {
    if (!value) return FALSE;
    PropVariantInit(value);
    value->vt = VT_ILLEGAL;
    if (!property) return FALSE;
    CallersMemory callers(memory);
    const HRESULT hr = abi([&]() -> Result<> {
        std::size_t used = 0;
        const auto read = ODC_TRY(property_set::read_value_prefix(bytes_at(property, 0x7FFFFFFF), codePage, used));
        return to_propvariant(read, *value, memory ? static_cast<Memory&>(callers) : Memory::task());
    });
    if (FAILED(hr)) value->vt = VT_ILLEGAL;
    return SUCCEEDED(hr) && is_indirect(value->vt);
}

WINOLEAPI_(ULONG) StgPropertyLengthAsVariant(const SERIALIZEDPROPERTYVALUE* property, ULONG size, USHORT codePage, BYTE) {
    if (!property) return 0;
    CountingMemory memory;
    const HRESULT hr = abi([&]() -> Result<> {
        std::size_t used = 0;
        const auto read = ODC_TRY(property_set::read_value_prefix(bytes_at(property, size), codePage, used));
        PROPVARIANT value;
        ODC_TRY(to_propvariant(read, value, memory));
        if (is_indirect(value.vt)) value.vt = VT_LPWSTR;  // it is a name
        PropVariantClear(&value);
        return {};
    });
    return SUCCEEDED(hr) ? static_cast<ULONG>(memory.total()) : 0;
}
