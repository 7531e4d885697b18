// Which stream or storage holds the property set of a format id, and the other way round.
// Spec: MS-OLEPS 2.23.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "opendcom/base/sdk_types.h"

namespace odc::property_set {

// {F29F85E0-4FF9-1068-AB91-08002B27B3D9} and its kin
inline constexpr Guid kSummaryInformation{0xF29F85E0, 0x4FF9, 0x1068, {0xAB, 0x91, 0x08, 0x00, 0x2B, 0x27, 0xB3, 0xD9}};
inline constexpr Guid kDocSummaryInformation{0xD5CDD502, 0x2E9C, 0x101B, {0x93, 0x97, 0x08, 0x00, 0x2B, 0x2C, 0xF9, 0xAE}};
inline constexpr Guid kUserDefinedProperties{0xD5CDD505, 0x2E9C, 0x101B, {0x93, 0x97, 0x08, 0x00, 0x2B, 0x2C, 0xF9, 0xAE}};
inline constexpr Guid kGlobalInfo{0x56616F00, 0xC154, 0x11CE, {0x85, 0x53, 0x00, 0xAA, 0x00, 0xA1, 0xF9, 0x5B}};
inline constexpr Guid kImageContents{0x56616400, 0xC154, 0x11CE, {0x85, 0x53, 0x00, 0xAA, 0x00, 0xA1, 0xF9, 0x5B}};
inline constexpr Guid kImageInfo{0x56616500, 0xC154, 0x11CE, {0x85, 0x53, 0x00, 0xAA, 0x00, 0xA1, 0xF9, 0x5B}};
inline constexpr Guid kPropertyBag{0x20001801, 0x5DE6, 0x11D1, {0x8E, 0x38, 0x00, 0xC0, 0x4F, 0xB9, 0x38, 0x6D}};

bool same(const Guid& a, const Guid& b);

/// U+0005 and a fixed name, or U+0005 and 26 characters that spell the id.
std::u16string name_of_format(const Guid& format_id);
/// Any case. "\5DocumentSummaryInformation" gives kDocSummaryInformation. nullopt: no property set has such a name.
std::optional<Guid> format_of_name(std::u16string_view name);

/// "Title" for property 2 of SummaryInformation; empty for what has no fixed name.
std::string_view known_property_name(const Guid& format_id, std::uint32_t id);
/// The other way, any case of ASCII letters.
std::optional<std::uint32_t> known_property_id(const Guid& format_id, std::string_view name);

}  // namespace odc::property_set
