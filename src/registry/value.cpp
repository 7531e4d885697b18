#include "registry/value.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/bytes.h"
#include "base/utf16.h"

namespace odc::registry {
namespace {

constexpr std::pair<ValueType, std::string_view> kTypeNames[] = {
    {ValueType::none, "REG_NONE"},           {ValueType::sz, "REG_SZ"},
    {ValueType::expand_sz, "REG_EXPAND_SZ"}, {ValueType::binary, "REG_BINARY"},
    {ValueType::dword, "REG_DWORD"},         {ValueType::dword_big_endian, "REG_DWORD_BIG_ENDIAN"},
    {ValueType::link, "REG_LINK"},           {ValueType::multi_sz, "REG_MULTI_SZ"},
    {ValueType::qword, "REG_QWORD"},
};

void append_units(ByteWriter& out, std::string_view utf8) {
    for (const char16_t unit : to_utf16(utf8)) out.u16(unit);
}

std::u16string units_of(const std::vector<std::uint8_t>& data) {
    ByteReader in(data);
    std::u16string units;
    units.reserve(data.size() / 2);
    while (in.left() >= 2) units.push_back(static_cast<char16_t>(in.u16()));
    return units;
}

}  // namespace

std::string to_string(ValueType type) {
    for (const auto& [known, name] : kTypeNames)
        if (known == type) return std::string(name);
    return fmt::format("REG_TYPE_0x{:x}", static_cast<std::uint32_t>(type));
}

std::optional<ValueType> parse_value_type(std::string_view text) {
    for (const auto& [known, name] : kTypeNames)
        if (equal_ignoring_case(name, text)) return known;
    return std::nullopt;
}

Value Value::text(std::string name, std::string_view utf8, ValueType type) {
    ByteWriter out;
    append_units(out, utf8);
    out.u16(0);
    return {std::move(name), type, out.take()};
}

Value Value::dword(std::string name, std::uint32_t number) {
    ByteWriter out;
    out.u32(number);
    return {std::move(name), ValueType::dword, out.take()};
}

Value Value::qword(std::string name, std::uint64_t number) {
    ByteWriter out;
    out.u64(number);
    return {std::move(name), ValueType::qword, out.take()};
}

Value Value::multi(std::string name, const std::vector<std::string>& lines) {
    ByteWriter out;
    for (const auto& line : lines) {
        append_units(out, line);
        out.u16(0);
    }
    out.u16(0);
    return {std::move(name), ValueType::multi_sz, out.take()};
}

Value Value::binary(std::string name, std::vector<std::uint8_t> bytes) {
    return {std::move(name), ValueType::binary, std::move(bytes)};
}

std::string Value::as_text() const {
    if (!is_text()) return {};
    const auto units = units_of(data);
    return to_utf8(std::u16string_view(units).substr(0, units.find(u'\0')));
}

std::string Value::as_expanded_text() const { return type == ValueType::expand_sz ? expand_environment(as_text()) : as_text(); }

std::optional<std::uint32_t> Value::as_dword() const {
    if (data.size() != 4) return std::nullopt;
    if (type == ValueType::dword) return ByteReader(data).u32();
    if (type == ValueType::dword_big_endian) return __builtin_bswap32(ByteReader(data).u32());
    return std::nullopt;
}

std::optional<std::uint64_t> Value::as_qword() const {
    if (type == ValueType::qword && data.size() == 8) return ByteReader(data).u64();
    return std::nullopt;
}

std::vector<std::string> Value::as_lines() const {
    std::vector<std::string> lines;
    if (type != ValueType::multi_sz) return lines;
    const auto units = units_of(data);
    for (std::u16string_view rest = units; !rest.empty() && rest.front() != 0;) {
        const auto end = rest.find(u'\0');
        lines.push_back(to_utf8(rest.substr(0, end)));
        rest = end == rest.npos ? std::u16string_view() : rest.substr(end + 1);
    }
    return lines;
}

std::string expand_environment(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find('%');
        const auto close = open == text.npos ? text.npos : text.find('%', open + 1);
        if (close == text.npos) break;
        out += text.substr(0, open);
        const std::string name(text.substr(open + 1, close - open - 1));
        const char* known = name.empty() ? nullptr : std::getenv(name.c_str());
        if (known) {
            out += known;
            text.remove_prefix(close + 1);
        } else {
            out += text.substr(open, close - open);
            text.remove_prefix(close);  // the closing sign may open the next name
            if (text.find('%', 1) == text.npos) break;
        }
    }
    out += text;
    return out;
}

}  // namespace odc::registry
