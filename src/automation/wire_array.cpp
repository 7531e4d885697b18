#include <cstring>

#include "automation/safe_array.h"
#include "automation/wire.h"

namespace odc::automation {
namespace {

/// The flags that mean something to the receiver (MS-OAUT 2.2.9).
constexpr USHORT kWireFeatures = FADF_RECORD | FADF_HAVEIID | FADF_HAVEVARTYPE | FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH | FADF_VARIANT;
constexpr USHORT kKinds = FADF_RECORD | FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH | FADF_VARIANT;

/// SAFEARRAYUNION's discriminant for numbers of one size.
std::uint32_t number_arm(std::size_t size) {
    switch (size) {
        case 1: return SF_I1;
        case 2: return SF_I2;
        case 4: return SF_I4;
        case 8: return SF_I8;
        default: return 0;
    }
}
std::uint32_t arm_of(USHORT features, std::size_t element) {
    if (features & FADF_HAVEIID) return SF_HAVEIID;
    switch (type_by_features(features)) {
        case VT_BSTR: return SF_BSTR;
        case VT_UNKNOWN: return SF_UNKNOWN;
        case VT_DISPATCH: return SF_DISPATCH;
        case VT_VARIANT: return SF_VARIANT;
        case VT_RECORD: return 0;
        default: return number_arm(element);
    }
}
/// "Element marshaling size in bytes", MS-OAUT 2.2.8; 0 for arms that do not exist.
std::size_t wire_size(std::uint32_t arm) {
    switch (arm) {
        case SF_I1: return 1;
        case SF_I2: return 2;
        case SF_I4: case SF_BSTR: case SF_UNKNOWN: case SF_DISPATCH: case SF_HAVEIID: return 4;
        case SF_I8: return 8;
        case SF_VARIANT: return 16;
        default: return 0;
    }
}
bool holds_numbers(std::uint32_t arm) { return arm == SF_I1 || arm == SF_I2 || arm == SF_I4 || arm == SF_I8; }

/// The features that may stand beside an arm (the tables of MS-OAUT 2.2.30.10).
bool fits(std::uint32_t arm, USHORT features, VARTYPE vt) {
    const USHORT kind = features & kKinds;
    if ((features & FADF_HAVEIID) && kind != FADF_UNKNOWN && kind != FADF_DISPATCH) return false;
    switch (arm) {
        case SF_HAVEIID: return (features & FADF_HAVEIID) != 0;
        case SF_BSTR: return kind == FADF_BSTR && (vt == VT_EMPTY || vt == VT_BSTR);
        case SF_UNKNOWN: return kind == FADF_UNKNOWN && (vt == VT_EMPTY || vt == VT_UNKNOWN);
        case SF_DISPATCH: return kind == FADF_DISPATCH && (vt == VT_EMPTY || vt == VT_DISPATCH);
        case SF_VARIANT: return kind == FADF_VARIANT && (vt == VT_EMPTY || vt == VT_VARIANT);
        default:
            if (!holds_numbers(arm) || kind) return false;
            return vt == VT_EMPTY || (!owns(vt) && vt != VT_DECIMAL && size_of_type(vt) == wire_size(arm));
    }
}

const Guid& element_iid(std::uint32_t arm, const Guid& own) {
    if (arm == SF_HAVEIID) return own;
    return arm == SF_DISPATCH ? IID_IDispatch : IID_IUnknown;
}

void refuse(ndr::Writer& out, HRESULT code = E_INVALIDARG) { out.fail(code); }

}  // namespace

/// Where the elements of an array are described: read before the bounds, needed after them.
struct WireReader::Shape {
    std::uint32_t arm;
    std::uint32_t count;
    Guid iid;
};

void write_array(ndr::Writer& out, SAFEARRAY* array) {
    if (!out.unique(array)) return;
    const ndr::Nested depth(out);
    if (out.failed()) return;
    USHORT features = array->fFeatures & kWireFeatures;
    const VARTYPE known = type_by_features(features);
    const VARTYPE vt = features & FADF_HAVEVARTYPE ? static_cast<VARTYPE>(hidden_type(array)) : VARTYPE{VT_EMPTY};
    const std::uint32_t arm = arm_of(features, array->cbElements);
    const std::uint64_t count = element_count(*array);
    if (!arm || !fits(arm, features, vt)) return refuse(out, DISP_E_BADVARTYPE);  // records; VT_DECIMAL has no form (MS-OAUT 2.2.30.10)
    if (!array->cDims || count > kMaxArrayBytes || (count && !array->pvData)) return refuse(out);
    if (known != VT_EMPTY && array->cbElements != size_of_type(known)) return refuse(out);

    out.count(array->cDims);
    out.align(out.ndr64() ? 8 : 4);
    out.u16(array->cDims);
    out.u16(features);
    out.u32(static_cast<std::uint32_t>(wire_size(arm)));
    out.u32(std::uint32_t{vt} << 16);
    if (out.ndr64()) out.align(8);
    out.u32(arm);
    if (out.ndr64()) out.align(8);
    out.u32(static_cast<std::uint32_t>(count));
    out.embedded_ref(array);
    if (arm == SF_HAVEIID) out.guid(hidden_iid(array));
    // The wire has the first dimension first, memory has it last. (MS-OAUT 2.2.30.10: "in reverse order"; oleaut32 under Wine agrees.)
    for (USHORT i = array->cDims; i-- > 0;) {
        out.u32(array->rgsabound[i].cElements);
        out.i32(array->rgsabound[i].lLbound);
    }
    if (out.ndr64()) out.align(8);

    const auto n = static_cast<std::size_t>(count);
    out.count(n);
    if (holds_numbers(arm)) {
        out.align(array->cbElements);
        out.copy(array->pvData, n * array->cbElements);
    } else if (arm == SF_BSTR) {
        const auto* texts = static_cast<const BSTR*>(array->pvData);
        for (std::size_t i = 0; i < n; ++i) out.unique(&texts[i]);
        for (std::size_t i = 0; i < n; ++i) write_text(out, texts[i]);
    } else if (arm == SF_VARIANT) {
        const auto* values = static_cast<const VARIANT*>(array->pvData);
        for (std::size_t i = 0; i < n; ++i) out.unique(&values[i]);
        for (std::size_t i = 0; i < n && !out.failed(); ++i) write_variant(out, values[i]);
    } else {
        auto* const* objects = static_cast<IUnknown* const*>(array->pvData);
        const Guid& iid = element_iid(arm, arm == SF_HAVEIID ? hidden_iid(array) : IID_IUnknown);
        for (std::size_t i = 0; i < n; ++i) out.unique(objects[i]);
        for (std::size_t i = 0; i < n && !out.failed(); ++i)
            if (objects[i]) out.object(iid, objects[i]);
    }
}

void free_received(SAFEARRAY* array) {
    if (array && array->pvData && type_by_features(array->fFeatures) == VT_VARIANT) {
        const std::uint64_t count = element_count(*array);
        for (std::uint64_t i = 0; i < count; ++i) free_received(static_cast<VARIANT*>(array->pvData)[i]);
    }
    SafeArrayDestroy(array);
}

SAFEARRAY* WireReader::array() { return in_.unique() ? array_body() : nullptr; }

SAFEARRAY* WireReader::array_body() {
    const ndr::Nested depth(in_);
    const std::size_t dimensions = in_.count(sizeof(SAFEARRAYBOUND));
    in_.align(in_.ndr64() ? 8 : 4);
    in_.require(in_.u16() == dimensions && dimensions != 0);
    USHORT features = in_.u16() & kWireFeatures;
    if (features & FADF_HAVEIID) features &= static_cast<USHORT>(~FADF_HAVEVARTYPE);  // both lie in the same place
    const std::uint32_t element = in_.u32();
    const std::uint32_t locks = in_.u32();
    const auto vt = static_cast<VARTYPE>(features & FADF_HAVEVARTYPE ? locks >> 16 : 0u);
    if (in_.ndr64()) in_.align(8);
    Shape shape{in_.u32(), 0, {}};
    in_.require(wire_size(shape.arm) == element && element != 0 && fits(shape.arm, features, vt));
    in_.require(!(features & FADF_HAVEVARTYPE) || vt != VT_EMPTY);
    if (in_.ndr64()) in_.align(8);
    shape.count = in_.u32();
    in_.embedded_ref();
    shape.iid = shape.arm == SF_HAVEIID ? in_.guid() : element_iid(shape.arm, IID_IUnknown);
    if (in_.failed()) return nullptr;

    void* block = in_.task<std::uint8_t>(kArrayPrefix + descriptor_size(dimensions));
    if (!block) return nullptr;
    SAFEARRAY* made = descriptor_in(block, dimensions);
    for (std::size_t i = dimensions; i-- > 0;) made->rgsabound[i] = {in_.u32(), in_.i32()};
    if (in_.ndr64()) in_.align(8);
    made->fFeatures = features;
    const VARTYPE kind = type_by_features(features);
    made->cbElements = static_cast<ULONG>(kind == VT_EMPTY ? element : size_of_type(kind));
    if (features & FADF_HAVEIID) hidden_iid(made) = shape.iid;
    else if (features & FADF_HAVEVARTYPE) hidden_type(made) = vt;
    in_.require(element_count(*made) == shape.count);
    elements(*made, shape);
    return in_.failed() ? nullptr : made;
}

void WireReader::elements(SAFEARRAY& array, const Shape& shape) {
    const std::size_t n = in_.count(holds_numbers(shape.arm) ? array.cbElements : 4);
    in_.require(n == shape.count);
    array.pvData = in_.task<std::uint8_t>(n * array.cbElements + (n == 0));
    if (in_.failed() || !array.pvData) return;
    if (holds_numbers(shape.arm)) {
        in_.align(array.cbElements);
        return in_.copy(array.pvData, n * array.cbElements);
    }
    // Pointers first, what they point to afterwards: a byte for each says which came.
    auto* follows = in_.arena<std::uint8_t>(n);
    for (std::size_t i = 0; i < n && !in_.failed(); ++i) follows[i] = in_.unique();
    for (std::size_t i = 0; i < n && !in_.failed(); ++i) {
        if (!follows[i]) continue;
        if (shape.arm == SF_BSTR) static_cast<BSTR*>(array.pvData)[i] = text();
        else if (shape.arm == SF_VARIANT) static_cast<VARIANT*>(array.pvData)[i] = variant();
        else static_cast<void**>(array.pvData)[i] = object(element_iid(shape.arm, shape.iid));
    }
}

}  // namespace odc::automation
