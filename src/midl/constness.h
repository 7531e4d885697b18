// Const below pointers: a program may only read there, generated code fills it in and ends it.
#pragma once

#include <string>

#include "midl/model.h"

namespace odc::midl {

/// Whether something behind the pointers, or in the elements, of the type is const.
bool const_below(const Type* type);
/// What an lvalue of this type is const_cast to, to be filled in: "S **(&)" for `const S **`. Empty when nothing of it is const.
std::string mutable_reference(const Type* type);
/// A pointer or array parameter's type as a pointer to what can be filled in; empty when it is one.
std::string mutable_pointer(const Type* type);
/// `argument`, of the parameter's type without const, as the parameter takes it: C++ turns T** into const T** only when it is told to.
std::string as_argument(const Type* parameter, const std::string& argument);

}  // namespace odc::midl
