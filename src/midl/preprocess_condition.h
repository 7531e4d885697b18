// The value of what stands behind #if and #elif (C11 6.10.1).
#pragma once

#include "midl/preprocess_macros.h"

namespace odc::midl {

/// Throws NeedsCpp for what is no expression, so that cpp words the error.
bool condition_holds(std::string_view text, Macros& macros);

}  // namespace odc::midl
