// A library as text, one fact a line, the same text for the same library on every run: for people, and for comparing two libraries.
#pragma once

#include <string>

#include "typelib/model.h"

namespace odc::typelib {

/// Everything that the model holds. Types of other libraries are written {library}!Name, or {library}!{guid} while their name is unknown.
std::string dump(const Library& library);

/// One type in the words of `dump`.
std::string type_text(const Library& library, const TypeDesc& type);
/// "I4", "BSTR", …; "VT<number>" for others.
std::string vt_name(std::uint16_t vt);
/// A value: I4 5, BSTR "text".
std::string value_text(const Value& value);
/// Double quotes around, and what a reader could not tell apart escaped as in C.
std::string quoted(std::string_view text);

}  // namespace odc::typelib
