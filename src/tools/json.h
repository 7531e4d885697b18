// JSON as `dcom prop` writes and reads it. Numbers keep their digits, so 64-bit integers come through whole.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::tools {

struct Json;
using JsonArray = std::vector<Json>;
using JsonObject = std::vector<std::pair<std::string, Json>>;  ///< in the order of the text
struct JsonNumber {
    std::string digits;
};

struct Json {
    std::variant<std::nullptr_t, bool, JsonNumber, std::string, JsonArray, JsonObject> held = nullptr;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&held);
    }
    /// A member of an object; nullptr when there is none.
    const Json* find(std::string_view key) const;
    std::string string_or(std::string_view key, std::string fallback) const;

    /// UTF-8. Errors: E_INVALIDARG with line and column; more than 64 levels are refused.
    static Result<Json> parse(std::string_view text);
    /// Two spaces per level; arrays of scalars on one line.
    std::string dump() const;
};

}  // namespace odc::tools
