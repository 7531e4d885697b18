// A library as IDL again: compiled by our midl it gives an equal library (their dumps are the same text).
#pragma once

#include <string>

#include "typelib/model.h"

namespace odc::typelib {

/// Names of imported types must be known (`resolve_names`); those that are not are written as void, with a comment that says which.
/// What IDL has no words for is named in a comment at the top.
std::string to_idl(const Library& library);

}  // namespace odc::typelib
