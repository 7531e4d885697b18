// What size_is, length_is, first_is and switch_is may speak of.
#pragma once

#include <functional>
#include <string>

#include "midl/wire.h"

namespace odc::midl {

/// A name of these attributes whose value is a pointer where a number is needed (size_is(p) for size_is(*p)), or null. `type_of` gives the type of a
/// parameter or field, null for a constant.
const Expr* pointer_as_number(const Wire& wire, const std::function<const Type*(const std::string&)>& type_of);

}  // namespace odc::midl
