// The stream \1CompObj: what an object calls itself, and the clipboard format of its data.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "wtypes.h"

namespace odc::storage {

struct CompObj {
    CLSID class_id{};  ///< where Windows keeps it, in the header
    std::u16string user_type;
    CLIPFORMAT format = 0;
    std::string prog_id;  ///< at most 39 characters; longer ones are not written
};

/// Spec: MS-OLEDS 2.3.8. Text is there as ANSI and as Unicode.
Result<std::vector<std::uint8_t>> write_compobj(const CompObj& object);
/// The Unicode text where there is one. Errors: STG_E_READFAULT for bytes that end too early, STG_E_INVALIDHEADER for what breaks the specification's limits.
Result<CompObj> read_compobj(std::span<const std::uint8_t> bytes);

}  // namespace odc::storage
