// Names of storages and streams: which are allowed, and the order in which a storage keeps them.
// Spec: MS-CFB 2.6.1 (illegal characters), 2.6.4 (order), appendix A <3> (case conversion of Unicode 5.0).
#pragma once

#include <compare>
#include <string_view>

#include "opendcom/base/result.h"

namespace odc::compound_file {

/// One UTF-16 unit by simple case conversion; surrogates stay as they are.
char16_t upper(char16_t unit);
/// Shorter names first, then unit by unit without regard to case.
std::strong_ordering compare_names(std::u16string_view a, std::u16string_view b);
/// Errors: STG_E_INVALIDNAME when empty, longer than 31 units, or with one of `/ \ : !`.
Result<> validate_name(std::u16string_view name);

}  // namespace odc::compound_file
