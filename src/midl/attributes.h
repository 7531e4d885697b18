// The one table of attributes: spelling, arguments, where each may stand.
#pragma once

#include <optional>
#include <string_view>

#include "midl/ast.h"

namespace odc::midl {

enum class AttributeArguments : std::uint8_t { none, values, raw, type, custom };

struct AttributeFact {
    AttributeKind kind;
    std::string_view spelling;
    AttributeArguments arguments;
    std::string_view places;
    bool windows_runtime() const { return places.starts_with('+'); }
};

const AttributeFact* find_attribute(std::string_view spelling);
const AttributeFact& fact_of(AttributeKind kind);
/// "; did you mean size_is?" or "".
std::string suggest_attribute(std::string_view spelling);
/// The smallest number of edits that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace odc::midl
