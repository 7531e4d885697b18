// Type serialization version 1: one NDR value as a record of its own (MS-RPCE 2.2.6).
#pragma once

#include <span>
#include <vector>

#include "opendcom/base/result.h"
#include "opendcom/ndr/reader.h"

namespace odc::orpc {

/// Common and private header of one value.
inline constexpr std::size_t kSerializationHeaders = 16;

/// Writes one constructed type: `begin`, then the value into `value()`, then `finish`. Reusable.
class SerializedWriter {
  public:
    ndr::Writer& begin();
    /// Headers and value, padded to a multiple of 8. Errors: what failed the writer.
    Result<> finish(std::vector<std::uint8_t>& out);

  private:
    ndr::Writer value_;
};

/// Reads one constructed type. Keeps a copy of the record, aligned as NDR wants it, which the values read stay in.
class SerializedReader {
  public:
    /// Starts on the value of a record of either byte order.
    /// Errors: HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA) when the headers are no version 1 headers or say more than is there.
    Result<> begin(std::span<const std::uint8_t> record);
    ndr::Reader& value() { return value_; }
    /// Bytes of the record that headers and value take, padding included.
    std::size_t size() const { return size_; }

  private:
    std::vector<std::uint64_t> copy_;
    ndr::Arena arena_;
    ndr::Reader value_;
    std::size_t size_ = 0;
};

}  // namespace odc::orpc
