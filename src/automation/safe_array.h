// What lies where around a SAFEARRAY, for the functions of oleauto.h and the wire format.
#pragma once

#include <cstddef>
#include <cstdint>

#include "automation/types.h"
#include "oleauto.h"

namespace odc::automation {

/// Before every descriptor lie 16 bytes: the interface id (FADF_HAVEIID), or in its last 4 bytes the VARTYPE (FADF_HAVEVARTYPE), or in its
/// last 8 the IRecordInfo (FADF_RECORD).
inline constexpr std::size_t kArrayPrefix = 16;
inline constexpr std::size_t kMaxDimensions = 65535;
/// Neither SafeArrayCreate nor a message makes data larger than this.
inline constexpr std::uint64_t kMaxArrayBytes = 0x7FFFFFF0;

inline std::size_t descriptor_size(std::size_t dimensions) {
    return offsetof(SAFEARRAY, rgsabound) + (dimensions ? dimensions : 1) * sizeof(SAFEARRAYBOUND);
}
/// A descriptor in a zeroed block of `kArrayPrefix + descriptor_size(dimensions)` bytes.
inline SAFEARRAY* descriptor_in(void* block, std::size_t dimensions) {
    auto* array = reinterpret_cast<SAFEARRAY*>(static_cast<std::uint8_t*>(block) + kArrayPrefix);
    array->cDims = static_cast<USHORT>(dimensions);
    return array;
}
inline void* block_of(SAFEARRAY* array) { return reinterpret_cast<std::uint8_t*>(array) - kArrayPrefix; }
inline IID& hidden_iid(SAFEARRAY* array) { return *reinterpret_cast<IID*>(block_of(array)); }
inline DWORD& hidden_type(SAFEARRAY* array) { return reinterpret_cast<DWORD*>(array)[-1]; }
inline IRecordInfo*& hidden_record(SAFEARRAY* array) { return reinterpret_cast<IRecordInfo**>(array)[-1]; }

/// Elements of all dimensions together; more than kMaxArrayBytes of them is kMaxArrayBytes + 1.
std::uint64_t element_count(const SAFEARRAY& array);
/// Sets fFeatures, element size and the hidden type for elements of `vt`. For VT_RECORD the element size is the IRecordInfo's business.
void describe(SAFEARRAY* array, VARTYPE vt);
/// The type that the features tell, without the hidden one: VT_EMPTY for numbers.
VARTYPE type_by_features(USHORT features);

}  // namespace odc::automation
