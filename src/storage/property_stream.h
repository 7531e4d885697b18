// The bytes of a property set in an IStream.
#pragma once

#include "objbase.h"
#include "property_set/property_set.h"

namespace odc::storage {

/// What Windows takes; a larger set is not written (MS-OLEPS 2.21, note 4).
inline constexpr std::size_t kMaxPropertyStream = 2'097'152;

/// Reads the stream from its start. Errors: STG_E_INVALIDHEADER; those of the stream.
Result<property_set::PropertySetStream> read_property_stream(IStream& stream);
/// Replaces the stream's content. Errors: STG_E_MEDIUMFULL for more than kMaxPropertyStream; those of the stream.
Result<> write_property_stream(IStream& stream, std::span<const std::uint8_t> bytes);

}  // namespace odc::storage
