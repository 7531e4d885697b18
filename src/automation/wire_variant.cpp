#include <bit>
#include <cstring>

#include "automation/bstr_block.h"
#include "automation/types.h"
#include "automation/wire.h"
#include "oleauto.h"

namespace odc::automation {
namespace {

static_assert(std::endian::native == std::endian::little, "these types are little-endian on every wire");

constexpr std::uint32_t kNullText = 0xFFFFFFFFu;

/// The discriminant of _varUnion: arrays have one arm for all element types.
std::uint32_t arm_of(VARTYPE vt) { return vt & VT_ARRAY ? vt & (VT_ARRAY | VT_BYREF) : vt; }

void write_number(ndr::Writer& out, const void* value, std::size_t size) {
    out.align(size);
    out.copy(value, size);
}

void write_decimal(ndr::Writer& out, const DECIMAL& value) {
    out.align(8);
    out.u16(0);
    out.u8(value.scale);
    out.u8(value.sign);
    out.u32(value.Hi32);
    out.u64(value.Lo64);
}

void refuse(ndr::Writer& out, HRESULT code = E_INVALIDARG) { out.fail(code); }

const Guid& iid_of(VARTYPE type) { return type == VT_DISPATCH ? IID_IDispatch : IID_IUnknown; }

}  // namespace

void write_text(ndr::Writer& out, BSTR text) {
    const std::uint32_t bytes = text ? bytes_in(text) : 0;
    const std::uint32_t words = bytes / 2 + bytes % 2;
    out.count(words);
    out.u32(text ? bytes : kNullText);
    out.u32(words);
    if (bytes) out.copy(text, bytes);
    if (bytes % 2) out.u8(0);
}

void write_variant(ndr::Writer& out, const VARIANT& value) {
    const ndr::Nested depth(out);
    if (out.failed()) return;
    const VARTYPE vt = value.vt;
    const VARTYPE base = base_of(vt);
    if (!is_variant_type(vt) || base == VT_RECORD || vt == VT_VARIANT) return refuse(out, DISP_E_BADVARTYPE);
    out.align(8);
    const std::size_t start = out.position();
    const std::size_t size_at = out.own_bytes() - out.headroom();
    out.u32(0);
    out.u32(0);
    out.u16(vt);
    const bool decimal = vt == VT_DECIMAL;  // whose scale, sign and high part lie there in memory
    out.u16(decimal ? value.wReserved1 : 0);
    out.u16(decimal ? value.wReserved2 : 0);
    out.u16(decimal ? value.wReserved3 : 0);
    out.u32(arm_of(vt));
    if (out.ndr64()) out.align(8);
    const void* at = &value.llVal;
    if (vt & VT_BYREF) {
        if (!value.byref) return refuse(out);
        out.unique(value.byref);
        at = value.byref;
    }
    if (vt & VT_ARRAY) {
        out.unique(at);
        write_array(out, *static_cast<SAFEARRAY* const*>(at));
    } else if (base == VT_BSTR) {
        out.unique(at);
        write_text(out, *static_cast<const BSTR*>(at));
    } else if (base == VT_UNKNOWN || base == VT_DISPATCH) {
        out.interface_pointer(iid_of(base), *static_cast<IUnknown* const*>(at));
    } else if (base == VT_VARIANT) {
        out.unique(at);
        write_variant(out, *value.pvarVal);
    } else if (base == VT_DECIMAL) {
        write_decimal(out, decimal ? value.decVal : *value.pdecVal);
    } else if (const std::size_t size = size_of_type(base)) {
        write_number(out, at, size);
        if (out.ndr64() && !(vt & VT_BYREF)) out.align(8);
    } else if (out.ndr64()) {
        out.align(8);
    }
    const std::size_t size = out.position() - start;
    if (!out.failed()) out.patch_u32(size_at, static_cast<std::uint32_t>((size + 7) / 8));
}

BSTR WireReader::text() {
    const std::size_t words = in_.count(2);
    const std::uint32_t bytes = in_.u32();
    in_.require(in_.u32() == words);
    if (bytes == kNullText) {
        in_.require(words == 0);
        return nullptr;
    }
    in_.require(bytes / 2 + bytes % 2 == words && bytes <= kMaxBstrBytes);
    const std::uint8_t* data = in_.view(words * 2);
    void* block = in_.task<std::uint8_t>(bytes + kBstrOverhead);
    if (in_.failed()) return nullptr;
    BSTR made = bstr_in(block, bytes);
    if (bytes) std::memcpy(made, data, bytes);
    return made;
}

void* WireReader::object(const Guid& iid) {
    return order_.as_the_message([&] { return in_.object(iid); });
}

void WireReader::value(VARTYPE type, VARIANT& made) {
    switch (type) {
        case VT_EMPTY: case VT_NULL: break;
        case VT_BSTR: made.bstrVal = in_.unique() ? text() : nullptr; break;
        case VT_UNKNOWN: case VT_DISPATCH: made.punkVal = static_cast<IUnknown*>(interface_pointer(iid_of(type))); break;
        case VT_DECIMAL: {
            in_.align(8);
            in_.u16();
            made.decVal.scale = in_.u8();
            made.decVal.sign = in_.u8();
            made.decVal.Hi32 = in_.u32();
            made.decVal.Lo64 = in_.u64();
            in_.require(made.decVal.scale <= 28 && (made.decVal.sign & 0x7F) == 0);
            break;
        }
        default: {
            const std::size_t size = size_of_type(type);
            in_.align(size);
            in_.copy(&made.llVal, size);
        }
    }
}

/// What a variant by reference points to, in a block of its own.
void WireReader::reference(VARTYPE type, VARIANT& made) {
    if (!in_.unique()) return in_.fail_now();
    VARIANT held{};
    if (type & VT_ARRAY) {
        array_of(base_of(type), held.parray);
    } else if (type == VT_VARIANT) {
        if (!in_.unique()) return in_.fail_now();
        held = variant();
        in_.require(held.vt != (VT_VARIANT | VT_BYREF));  // one level is all that the documentation knows
    } else {
        value(type, held);
    }
    const void* from = type == VT_VARIANT ? static_cast<const void*>(&held) : type == VT_DECIMAL ? &held.decVal : static_cast<const void*>(&held.llVal);
    const std::size_t size = type & VT_ARRAY ? sizeof(SAFEARRAY*) : size_of_type(type);
    made.byref = in_.task<std::uint8_t>(size);
    if (made.byref) std::memcpy(made.byref, from, size);
}

/// The array of a variant must be what the variant's type says, since whoever gets it goes by that.
void WireReader::array_of(VARTYPE type, SAFEARRAY*& made) {
    made = in_.unique() ? array() : nullptr;
    VARTYPE found = type;
    if (!made) return;
    if (SUCCEEDED(SafeArrayGetVartype(made, &found)) && (owns(found) || owns(type))) in_.require(found == type);
    else in_.require(!owns(type) && made->cbElements == size_of_type(type));
    if (in_.failed()) made = nullptr;
}

VARIANT WireReader::variant() {
    VARIANT made{};
    const ndr::Nested depth(in_);
    in_.align(8);
    const std::size_t start = in_.position();
    const std::size_t left = in_.left();
    const std::uint64_t size = std::uint64_t{in_.u32()} * 8;
    in_.u32();
    const VARTYPE vt = in_.u16();
    for (int i = 0; i < 3; ++i) in_.u16();
    const std::uint32_t arm = in_.u32();
    if (in_.ndr64()) in_.align(8);
    const VARTYPE base = base_of(vt);
    in_.require(is_variant_type(vt) && base != VT_RECORD && vt != VT_VARIANT);
    // Interface pointers are of the message's byte order, and a peer may count the discriminant to them.
    in_.require(arm == arm_of(vt) || (order_.message_swaps() && arm == __builtin_bswap32(arm_of(vt))));
    in_.require(size <= ((left + 7) & ~std::size_t{7}));
    if (in_.failed()) return {};
    if (vt & VT_BYREF) {
        reference(static_cast<VARTYPE>(vt & ~VT_BYREF), made);
    } else if (vt & VT_ARRAY) {
        array_of(base, made.parray);
    } else {
        value(base, made);
        if (in_.ndr64() && !owns(base)) in_.align(8);
    }
    in_.require(in_.position() - start <= size);
    if (in_.failed()) return {};
    made.vt = vt;
    return made;
}

void free_received(VARIANT& value) {
    const auto type = static_cast<VARTYPE>(value.vt & ~VT_BYREF);
    if (!(value.vt & VT_BYREF)) {
        if (type & VT_ARRAY) free_received(value.parray);
        else VariantClear(&value);
    } else if (void* const block = value.byref) {
        if (type == VT_VARIANT) free_received(*value.pvarVal);
        else if (type & VT_ARRAY) free_received(*value.pparray);
        else if (type == VT_BSTR) SysFreeString(*value.pbstrVal);
        else if (owns(type) && *value.ppunkVal) (*value.ppunkVal)->Release();
        CoTaskMemFree(block);
    }
    value = {};
}

}  // namespace odc::automation
