// How IDL types, values and expressions are spelled in C and C++.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "midl/model.h"

namespace odc::midl {

/// A documentation comment of the source, each line with this indentation and a line end; "" for none.
std::string doc_lines(const std::string& text, std::string_view indentation);
std::string base_name(Base base);
/// True for words of C++ that are names in C.
bool is_cxx_word(std::string_view name);
/// `LONG *name`, `BYTE name[16]`, `void (*name)(LONG)`; an array without bound becomes `name[]` for parameters and
/// `name[1]` elsewhere.
std::string declare(const Type* type, const std::string& name, bool is_parameter = false);
/// The type alone, without qualifiers on its outermost level: what a local variable of that type is declared with.
std::string local_type(const Type* type);
/// { 0x…, … } for static data.
std::string guid_initializer(const Guid& id);
/// 0x…, 0x…, 0x…, … as DEFINE_GUID takes it.
std::string guid_arguments(const Guid& id);
/// A C string literal with its quotes.
std::string quoted(std::string_view text);

/// Replaces names in an expression; gets the name and whether it is dereferenced there (`*name`).
using NameSpelling = std::function<std::string(const std::string& name, bool dereferenced)>;
std::string spell(const Model& model, const Expr* expr, const NameSpelling& names);
/// All names in an expression.
void collect_names(const Expr* expr, std::vector<std::string>& names);

/// The text of attributes as comment: `[in, size_is(n)]`.
std::string attribute_comment(const Attributes& attributes);
std::string plain_expression(const Expr* expr);

}  // namespace odc::midl
