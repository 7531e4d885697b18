// Numbers of the MSFT format that its reader and writer share. The format has no specification of Microsoft's; it is described by third
// parties ("The Unofficial TypeLib Data Format Specification") and by the libraries that compilers write. See docs/type-libraries.md.
#pragma once

#include <cstdint>

#include "opendcom/base/sdk_types.h"

namespace odc::typelib::format {

constexpr std::uint32_t kMagic = 0x5446534d;  // "MSFT"
constexpr std::uint32_t kSltgMagic = 0x47544c53;
constexpr std::uint32_t kVersion = 0x00010002;
constexpr std::size_t kHeaderSize = 0x54;
constexpr std::uint32_t kNone = 0xffffffff;

/// The tables that follow the header, in the order of the directory.
enum Segment : std::uint8_t {
    kTypeInfos, kImportInfos, kImportFiles, kReferences, kGuidHash, kGuids, kNameHash, kNames, kStrings, kTypeDescs, kArrayDescs,
    kCustomValues, kCustomLists, kReserved13, kReserved14, kSegmentCount
};

// Sizes of their records.
constexpr std::uint32_t kTypeInfoSize = 0x64, kImportInfoSize = 12, kReferenceSize = 16, kGuidSize = 24, kTypeDescSize = 8, kCustomListSize = 12;

// The low two bits of a reference to a type.
constexpr std::uint32_t kRefLocal = 0, kRefImported = 1, kRefMask = 3;

// Header: `varflags` beside the SYSKIND.
constexpr std::uint32_t kHasHelpfile = 0x10, kHasFixedFlags = 0x40, kHasHelpDll = 0x100;
// Import record.
constexpr std::uint32_t kImportByGuid = 0x10000;
// A function's record: FUNCKIND, INVOKEKIND, CALLCONV and what else the record has.
constexpr std::uint32_t kFuncHasCustom = 0x80, kFuncHasDefaults = 0x1000, kFuncEntryIsOrdinal = 0x2000, kFuncSpecialParameter = 0x4000;
// A value stored in the place of its offset: the type in bits 26 to 30, the value in 0 to 25.
constexpr std::uint32_t kInline = 0x80000000, kInlineMask = 0x03ffffff;

/// The bucket of a GUID among 32.
inline std::uint32_t guid_bucket(const Guid& g) {
    std::uint32_t h = g.Data1 ^ (g.Data1 >> 16) ^ g.Data2 ^ g.Data3;
    for (int i = 0; i < 8; i += 2) h ^= static_cast<std::uint32_t>(g.Data4[i]) | static_cast<std::uint32_t>(g.Data4[i + 1]) << 8;
    return h & 0x1f;
}

}  // namespace odc::typelib::format
