#include "storage/propvariant_value.h"

#include <cstring>

#include "base/utf16.h"
#include "oleauto.h"
#include "property_set/code_page.h"
#include "storage/propvariant_type.h"

namespace odc::storage {

using namespace property_set;

namespace {

class TaskMemory final : public Memory {
  public:
    void* allocate(std::size_t size) override { return CoTaskMemAlloc(size); }
    void free(void* block) override { CoTaskMemFree(block); }
};

Error refused(const char* text) { return fail(STG_E_INVALIDPARAMETER, text); }

std::uint64_t join(const FILETIME& time) { return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime; }

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t more = byte < 0x80 ? 0 : byte >= 0xC2 && byte < 0xE0 ? 1 : byte >= 0xE0 && byte < 0xF0 ? 2 : byte >= 0xF0 && byte < 0xF5 ? 3 : 4;
        if (more == 4 || i + more >= text.size() + (more == 0)) return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        i += more + 1;
    }
    return true;
}

std::u16string from_wide(const WCHAR* text) {
    const auto* units = reinterpret_cast<const char16_t*>(text);
    return units ? std::u16string(units) : std::u16string();
}
std::u16string from_bstr(BSTR text) {
    const auto* units = reinterpret_cast<const char16_t*>(text);
    return units ? std::u16string(units, SysStringLen(text)) : std::u16string();
}

Decimal from_decimal(const DECIMAL& value) { return {value.scale, value.sign, value.Hi32, value.Lo64}; }

Result<Clipboard> from_clipboard(const CLIPDATA& value) {
    if (value.cbSize < sizeof value.ulClipFmt) return refused("clipboard data without a format");
    const std::size_t size = CBPCLIPDATA(value);
    if (size && !value.pClipData) return refused("clipboard data is missing");
    return Clipboard{value.ulClipFmt, Bytes(value.pClipData, value.pClipData + size)};
}

// Elements of vectors and arrays --------------------------------------------------------------------------------------------

/// The number, text or other scalar of the base type `vt` that lies at `element`, as a vector has it there.
Result<Data> element_data(VARTYPE vt, const void* element) {
    const auto as = [&]<class T>(T) {
        T value;
        std::memcpy(&value, element, sizeof value);
        return value;
    };
    switch (vt) {
        case VT_I1: return Data(std::int64_t{as(std::int8_t{})});
        case VT_I2: case VT_BOOL: return Data(std::int64_t{as(std::int16_t{})});
        case VT_I4: case VT_INT: case VT_ERROR: return Data(std::int64_t{as(std::int32_t{})});
        case VT_I8: case VT_CY: return Data(as(std::int64_t{}));
        case VT_UI1: return Data(std::uint64_t{as(std::uint8_t{})});
        case VT_UI2: return Data(std::uint64_t{as(std::uint16_t{})});
        case VT_UI4: case VT_UINT: return Data(std::uint64_t{as(std::uint32_t{})});
        case VT_UI8: return Data(as(std::uint64_t{}));
        case VT_FILETIME: return Data(join(as(FILETIME{})));
        case VT_R4: return Data(double{as(float{})});
        case VT_R8: case VT_DATE: return Data(as(double{}));
        case VT_CLSID: return Data(as(Guid{}));
        case VT_DECIMAL: return Data(from_decimal(as(DECIMAL{})));
        case VT_LPSTR: return Data(from_narrow(as(LPSTR{})));
        case VT_LPWSTR: return Data(from_wide(as(LPWSTR{})));
        case VT_BSTR: return Data(from_bstr(as(BSTR{})));
        case VT_CF: return Data(ODC_TRY(from_clipboard(as(CLIPDATA{}))));
        default: return refused("no vector or array holds this type");
    }
}

Result<Value> scalar_value(const PROPVARIANT& given);

/// `count` elements, `stride` bytes from one to the next.
Result<Data> many(VARTYPE vt, const void* elements, std::size_t count, std::size_t stride) {
    const auto* at = static_cast<const std::uint8_t*>(elements);
    if (vt == VT_I1 || vt == VT_UI1) return Data(Bytes(at, at + count));
    if (vt == VT_VARIANT) {
        std::vector<Value> all;
        all.reserve(count);
        for (std::size_t i = 0; i < count; ++i, at += stride) {
            PROPVARIANT one;  // a VARIANT has the same shape
            std::memcpy(static_cast<void*>(&one), at, sizeof one);
            if (one.vt & ~VT_TYPEMASK) return refused("a vector of variants holds scalars");
            all.push_back(ODC_TRY(scalar_value(one)));
        }
        return Data(std::move(all));
    }
    Data result;
    for (std::size_t i = 0; i < count || i == 0; ++i, at += stride) {
        static constexpr std::uint64_t kNothing[2] = {};  // shows which kind of data the type has, also when there are no elements
        CLIPDATA empty{sizeof(LONG), 0, nullptr};
        const void* from = count ? at : vt == VT_CF ? static_cast<const void*>(&empty) : kNothing;
        auto data = ODC_TRY(element_data(vt, from));
        std::visit(
            [&](auto& held) {
                using T = std::decay_t<decltype(held)>;
                if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t> || std::is_same_v<T, double> ||
                              std::is_same_v<T, std::u16string> || std::is_same_v<T, Guid> || std::is_same_v<T, Decimal> ||
                              std::is_same_v<T, Clipboard>) {
                    if (i == 0) result.template emplace<std::vector<T>>().reserve(count);
                    if (count) std::get<std::vector<T>>(result).push_back(std::move(held));
                }
            },
            data);
    }
    return result;
}

Result<Value> scalar_value(const PROPVARIANT& given) {
    Value value{given.vt, {}, {}};
    switch (content_of(given.vt)) {
        case Content::number:
            if (given.vt == VT_EMPTY || given.vt == VT_NULL) break;
            if (given.vt == VT_DECIMAL) value.data = from_decimal(given.decVal);
            else value.data = ODC_TRY(element_data(given.vt, &given.bVal));
            break;
        case Content::text: value.data = from_narrow(given.pszVal); break;
        case Content::wide_text: value.data = from_wide(given.pwszVal); break;
        case Content::bstr: value.data = from_bstr(given.bstrVal); break;
        case Content::guid:
            if (!given.puuid) return refused("VT_CLSID without one");
            value.data = *given.puuid;
            break;
        case Content::blob:
            if (given.blob.cbSize && !given.blob.pBlobData) return refused("VT_BLOB without data");
            value.data = Bytes(given.blob.pBlobData, given.blob.pBlobData + given.blob.cbSize);
            break;
        case Content::clipboard:
            if (!given.pclipdata) return refused("VT_CF without data");
            value.data = ODC_TRY(from_clipboard(*given.pclipdata));
            break;
        case Content::reference:
            if (!is_indirect(given.vt)) return refused("no property set holds interface pointers");
            value.data = std::u16string();
            break;
        case Content::versioned:
            if (!given.pVersionedStream) return refused("VT_VERSIONED_STREAM without one");
            value.data = VersionedStream{given.pVersionedStream->guidVersion, {}};
            break;
        case Content::variant:
        case Content::none: return refused("no property set holds this type");
    }
    return value;
}

Result<Value> array_value(const PROPVARIANT& given) {
    const VARTYPE base = given.vt & VT_TYPEMASK;
    Value value{given.vt, {}, {}};
    SAFEARRAY* array = given.parray;
    VARTYPE inside = VT_EMPTY;
    if (!array) return refused("VT_ARRAY without one");
    if (FAILED(SafeArrayGetVartype(array, &inside)) || inside != base) return refused("an array of another type");
    std::uint64_t count = 1;
    for (USHORT i = 0; i < array->cDims; ++i) {
        value.dimensions.push_back({array->rgsabound[i].cElements, array->rgsabound[i].lLbound});
        count *= array->rgsabound[i].cElements;
        if (count > UINT32_MAX) return refused("an array of too many elements");
    }
    if (array->cDims > 31) return refused("an array has 1 to 31 dimensions");  // MS-OLEPS 2.14.4
    void* data = nullptr;
    if (const HRESULT hr = SafeArrayAccessData(array, &data); FAILED(hr)) return fail(hr, "the array cannot be locked");
    auto elements = count && !data ? Result<Data>(refused("an array without data")) : many(base, data, count, array->cbElements);
    SafeArrayUnaccessData(array);
    value.data = ODC_TRY(std::move(elements));
    return value;
}

// The other way -------------------------------------------------------------------------------------------------------------

class Filler {
  public:
    explicit Filler(Memory& memory) : memory_(memory) {}
    /// Gives back what was allocated, unless `keep` was called.
    ~Filler() {
        for (void* block : blocks_) memory_.free(block);
        for (BSTR text : texts_) SysFreeString(text);
        if (array_) SafeArrayDestroy(array_);
    }
    void keep() {
        blocks_.clear();
        texts_.clear();
        array_ = nullptr;
    }

    Result<> fill(const Value& value, PROPVARIANT& to) {
        to.vt = value.type;
        if (value.is_array()) return fill_array(value, to);
        if (value.is_vector()) {
            const std::size_t size = element_size(value.scalar());
            const std::size_t count = length(value.data);
            if (size == 0 || count > UINT32_MAX) return refused("no vector holds this type");
            auto* elements = static_cast<std::uint8_t*>(ODC_TRY(block(count * size)));
            if (elements) std::memset(elements, 0, count * size);
            set_counted(to, {static_cast<ULONG>(count), elements});
            return fill_many(value, elements, size);
        }
        switch (content_of(value.type)) {
            case Content::number:
                if (value.type == VT_EMPTY || value.type == VT_NULL) return {};
                if (const auto* decimal = std::get_if<Decimal>(&value.data)) {
                    to.decVal.scale = decimal->scale;
                    to.decVal.sign = decimal->sign;
                    to.decVal.Hi32 = decimal->high;
                    to.decVal.Lo64 = decimal->low;
                    return {};
                }
                return element(value.type, value.data, &to.bVal);
            case Content::text:
            case Content::wide_text:
            case Content::bstr: return element(value.type, value.data, &to.pszVal);
            case Content::guid:
                to.puuid = static_cast<CLSID*>(ODC_TRY(block(sizeof(CLSID))));
                return element(VT_CLSID, value.data, to.puuid);
            case Content::blob: {
                const auto* bytes = std::get_if<Bytes>(&value.data);
                if (!bytes) return misfit();
                to.blob.pBlobData = static_cast<BYTE*>(ODC_TRY(copy(bytes->data(), bytes->size())));
                to.blob.cbSize = static_cast<ULONG>(bytes->size());
                return {};
            }
            case Content::clipboard:
                to.pclipdata = static_cast<CLIPDATA*>(ODC_TRY(block(sizeof(CLIPDATA))));
                return element(VT_CF, value.data, to.pclipdata);
            case Content::reference:
                if (const auto* name = std::get_if<std::u16string>(&value.data)) return wide(*name, to.pwszVal);
                return misfit();
            case Content::versioned:
                if (const auto* stream = std::get_if<VersionedStream>(&value.data)) return wide(stream->name, to.pwszVal);
                return misfit();
            case Content::variant:
            case Content::none: break;
        }
        return misfit();
    }

  private:
    static Error misfit() { return refused("a value of an unknown type"); }
    static std::size_t length(const Data& data) {
        return std::visit(
            [](const auto& held) -> std::size_t {
                if constexpr (requires { held.size(); }) return held.size();
                else return 0;
            },
            data);
    }

    Result<void*> block(std::size_t size) {
        if (size == 0) return static_cast<void*>(nullptr);
        blocks_.reserve(blocks_.size() + 1);
        void* made = memory_.allocate(size);
        if (!made) return fail(E_OUTOFMEMORY);
        blocks_.push_back(made);
        return made;
    }
    Result<void*> copy(const void* from, std::size_t size) {
        void* to = ODC_TRY(block(size));
        if (to) std::memcpy(to, from, size);
        return to;
    }
    Result<> wide(const std::u16string& text, LPWSTR& to) {
        to = static_cast<LPWSTR>(ODC_TRY(copy(text.c_str(), (text.size() + 1) * sizeof(char16_t))));
        return {};
    }

    /// One scalar into the place where a vector has it.
    Result<> element(VARTYPE vt, const Data& data, void* to) {
        const auto put = [&](auto value) { std::memcpy(to, &value, sizeof value); };
        if (const auto* number = std::get_if<std::int64_t>(&data)) {
            switch (vt) {
                case VT_I1: put(static_cast<std::int8_t>(*number)); return {};
                case VT_I2: case VT_BOOL: put(static_cast<std::int16_t>(*number)); return {};
                case VT_I4: case VT_INT: case VT_ERROR: put(static_cast<std::int32_t>(*number)); return {};
                case VT_I8: case VT_CY: put(*number); return {};
                default: return misfit();
            }
        }
        if (const auto* number = std::get_if<std::uint64_t>(&data)) {
            switch (vt) {
                case VT_UI1: put(static_cast<std::uint8_t>(*number)); return {};
                case VT_UI2: put(static_cast<std::uint16_t>(*number)); return {};
                case VT_UI4: case VT_UINT: put(static_cast<std::uint32_t>(*number)); return {};
                case VT_UI8: put(*number); return {};
                case VT_FILETIME: put(FILETIME{static_cast<DWORD>(*number), static_cast<DWORD>(*number >> 32)}); return {};
                default: return misfit();
            }
        }
        if (const auto* real = std::get_if<double>(&data)) {
            if (vt == VT_R4) put(static_cast<float>(*real));
            else put(*real);
            return {};
        }
        if (const auto* text = std::get_if<std::u16string>(&data)) {
            if (vt == VT_LPSTR) {
                const std::string narrow = to_utf8(*text);
                put(ODC_TRY(copy(narrow.c_str(), narrow.size() + 1)));
            } else if (vt == VT_BSTR) {
                texts_.reserve(texts_.size() + 1);
                BSTR made = SysAllocStringLen(reinterpret_cast<const OLECHAR*>(text->data()), static_cast<UINT>(text->size()));
                if (!made) return fail(E_OUTOFMEMORY);
                texts_.push_back(made);
                put(made);
            } else {
                LPWSTR made = nullptr;
                ODC_TRY(wide(*text, made));
                put(made);
            }
            return {};
        }
        if (const auto* guid = std::get_if<Guid>(&data)) {
            put(*guid);
            return {};
        }
        if (const auto* decimal = std::get_if<Decimal>(&data)) {
            DECIMAL made{};
            made.scale = decimal->scale;
            made.sign = decimal->sign;
            made.Hi32 = decimal->high;
            made.Lo64 = decimal->low;
            put(made);
            return {};
        }
        if (const auto* clipboard = std::get_if<Clipboard>(&data)) {
            CLIPDATA made{};
            made.cbSize = static_cast<ULONG>(clipboard->data.size() + sizeof made.ulClipFmt);
            made.ulClipFmt = clipboard->format;
            made.pClipData = static_cast<BYTE*>(ODC_TRY(copy(clipboard->data.data(), clipboard->data.size())));
            put(made);
            return {};
        }
        return misfit();
    }

    Result<> fill_many(const Value& value, std::uint8_t* to, std::size_t stride) {
        if (const auto* bytes = std::get_if<Bytes>(&value.data)) {
            if (!bytes->empty()) std::memcpy(to, bytes->data(), bytes->size());
            return {};
        }
        if (const auto* variants = std::get_if<std::vector<Value>>(&value.data)) {
            for (const Value& one : *variants) {
                PROPVARIANT made{};
                ODC_TRY(fill(one, made));
                std::memcpy(to, &made, sizeof made);
                to += stride;
            }
            return {};
        }
        return std::visit(
            [&](const auto& held) -> Result<> {
                if constexpr (requires { held.begin(); }) {
                    using Element = typename std::decay_t<decltype(held)>::value_type;
                    if constexpr (std::is_constructible_v<Data, Element>) {
                        for (const auto& one : held) {
                            ODC_TRY(element(value.scalar(), Data(one), to));
                            to += stride;
                        }
                        return {};
                    }
                }
                return misfit();
            },
            value.data);
    }

    Result<> fill_array(const Value& value, PROPVARIANT& to) {
        std::vector<SAFEARRAYBOUND> bounds;
        for (auto one = value.dimensions.rbegin(); one != value.dimensions.rend(); ++one) bounds.push_back({one->size, one->lower});
        SAFEARRAY* array = SafeArrayCreate(value.scalar(), static_cast<UINT>(bounds.size()), bounds.data());
        if (!array) return fail(E_OUTOFMEMORY, "no such array can be made");
        void* data = nullptr;
        auto filled = SUCCEEDED(SafeArrayAccessData(array, &data)) ? fill_many(value, static_cast<std::uint8_t*>(data), array->cbElements)
                                                                  : Result<>(fail(E_OUTOFMEMORY));
        SafeArrayUnaccessData(array);
        if (!filled) {
            // The texts that it holds already are given back by the destructor; the array must not free them as well.
            if (data) std::memset(data, 0, length(value.data) * array->cbElements);
            SafeArrayDestroy(array);
            return filled;
        }
        // From here on they are the array's.
        texts_.clear();
        array_ = array;
        to.parray = array;
        return {};
    }

    Memory& memory_;
    std::vector<void*> blocks_;
    std::vector<BSTR> texts_;
    SAFEARRAY* array_ = nullptr;
};

}  // namespace

Memory& Memory::task() {
    static TaskMemory memory;
    return memory;
}

std::u16string from_narrow(const char* text) {
    if (!text) return {};
    const std::string_view narrow(text);
    if (is_utf8(narrow)) return to_utf16(narrow);
    auto decoded = decode({reinterpret_cast<const std::uint8_t*>(narrow.data()), narrow.size()}, kAnsiCodePage);
    return decoded ? decoded.take() : to_utf16(narrow);
}

Result<Value> to_value(const PROPVARIANT& given) {
    if (!is_propvariant_type(given.vt)) return refused("no property set holds this type");
    if (given.vt & VT_ARRAY) return array_value(given);
    if (!(given.vt & VT_VECTOR)) return scalar_value(given);
    const VARTYPE base = given.vt & VT_TYPEMASK;
    const CountedArray vector = counted(given);
    if (vector.count && !vector.data) return refused("a vector without elements");
    return Value{given.vt, ODC_TRY(many(base, vector.data, vector.count, element_size(base))), {}};
}

Result<> to_propvariant(const Value& value, PROPVARIANT& result, Memory& memory) {
    Filler filler(memory);
    PROPVARIANT made;
    PropVariantInit(&made);
    PropVariantInit(&result);
    ODC_TRY(filler.fill(value, made));
    filler.keep();
    result = made;
    return {};
}

}  // namespace odc::storage
