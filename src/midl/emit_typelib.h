// The type library of a library statement: from the finished program to the model of src/typelib.
#pragma once

#include <optional>

#include "midl/imported_types.h"
#include "midl/model.h"
#include "typelib/model.h"

namespace odc::midl {

/// The library statement of the compiled file, or null. Types named inside it or referred to by it are in the result, and no others;
/// those that an imported library has are references to it.
const Library* own_library(const Model& model);
typelib::Library emit_typelib(const Model& model, const Library& library, const ImportedTypes& imported, typelib::SysKind system);

}  // namespace odc::midl
