// A registry value: a name, a type and bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace odc::registry {

/// The REG_ constants (MS-RRP 2.2.9). A store keeps any other number as it is.
enum class ValueType : std::uint32_t {
    none = 0,
    sz = 1,
    expand_sz = 2,
    binary = 3,
    dword = 4,
    dword_big_endian = 5,
    link = 6,
    multi_sz = 7,
    qword = 11,
};

/// "REG_SZ"; "REG_TYPE_0x2a" for a number without a name.
std::string to_string(ValueType type);
/// Takes the REG_ names, any case.
std::optional<ValueType> parse_value_type(std::string_view text);

/// The bytes are what Windows' functions give and take: UTF-16LE with its terminators, little-endian numbers.
struct Value {
    std::string name;  ///< empty: the key's default value
    ValueType type = ValueType::none;
    std::vector<std::uint8_t> data;

    static Value text(std::string name, std::string_view utf8, ValueType type = ValueType::sz);
    static Value dword(std::string name, std::uint32_t number);
    static Value qword(std::string name, std::uint64_t number);
    static Value multi(std::string name, const std::vector<std::string>& lines);
    static Value binary(std::string name, std::vector<std::uint8_t> bytes);

    bool is_text() const { return type == ValueType::sz || type == ValueType::expand_sz; }
    /// UTF-8 up to the first terminator; empty for types that are not text.
    std::string as_text() const;
    /// As `as_text`, with %NAME% of REG_EXPAND_SZ replaced from the environment (unknown names stay as they are).
    std::string as_expanded_text() const;
    std::optional<std::uint32_t> as_dword() const;
    std::optional<std::uint64_t> as_qword() const;
    std::vector<std::string> as_lines() const;

    friend bool operator==(const Value&, const Value&) = default;
};

/// Replaces %NAME% from the environment.
std::string expand_environment(std::string_view text);

}  // namespace odc::registry
