#include "tools/property_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "base/guid.h"
#include "base/utf16.h"
#include "tools/element_path.h"

namespace odc::tools {

using namespace property_set;

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

template <class T>
Result<T> parse_number(std::string_view text) {
    T value{};
    int base = 10;
    std::string_view digits = text;
    if constexpr (std::is_unsigned_v<T>)
        if (digits.starts_with("0x")) {
            base = 16;
            digits.remove_prefix(2);
        }
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) return fail(E_INVALIDARG, fmt::format("not such a number: {}", text));
    return value;
}
Result<double> parse_real(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return fail(E_INVALIDARG, fmt::format("not a number: {}", text));
    return value;
}

Json number(std::string digits) { return Json{JsonNumber{std::move(digits)}}; }
Json real(double value) {
    if (!std::isfinite(value)) return Json{fmt::format("{}", value)};
    return number(fmt::format("{}", value));
}
Json text(std::u16string_view value) { return Json{to_utf8(value)}; }

Json one(std::int64_t value) { return number(fmt::format("{}", value)); }
Json one(std::uint64_t value) { return number(fmt::format("{}", value)); }
Json one(double value) { return real(value); }
Json one(const std::u16string& value) { return text(value); }
Json one(const Bytes& value) { return Json{to_base64(value)}; }
Json one(const Guid& value) { return Json{to_string(value)}; }
Json one(const Decimal& value) {
    return Json{JsonObject{{"scale", one(std::uint64_t{value.scale})},
                           {"negative", Json{value.sign != 0}},
                           {"high", one(std::uint64_t{value.high})},
                           {"low", one(value.low)}}};
}
Json one(const Clipboard& value) { return Json{JsonObject{{"format", one(std::int64_t{value.format})}, {"data", one(value.data)}}}; }
Json one(const VersionedStream& value) { return Json{JsonObject{{"version", one(value.version)}, {"name", text(value.name)}}}; }
Json one(const Value& value) {
    auto inner = value_to_json(value);
    return Json{JsonObject{{"type", Json{type_name(value.type)}}, {"value", inner ? std::move(*inner) : Json{}}}};
}

Error mismatch(Type type) { return fail(E_INVALIDARG, "the JSON value does not fit " + type_name(type)); }

/// What a scalar type holds, told by an empty value of it.
Data empty_data(Type scalar) {
    switch (scalar) {
        case type::kI1: case type::kI2: case type::kI4: case type::kI8: case type::kInt: case type::kCy: case type::kError:
        case type::kBool: return std::int64_t{};
        case type::kUi1: case type::kUi2: case type::kUi4: case type::kUi8: case type::kUint: case type::kFileTime: return std::uint64_t{};
        case type::kR4: case type::kR8: case type::kDate: return double{};
        case type::kBstr: case type::kLpstr: case type::kLpwstr: case type::kStream: case type::kStorage: case type::kStreamedObject:
        case type::kStoredObject: return std::u16string();
        case type::kBlob: case type::kBlobObject: return Bytes();
        case type::kGuid: return Guid{};
        case type::kDecimal: return Decimal{};
        case type::kClipboard: return Clipboard{};
        case type::kVersionedStream: return VersionedStream{};
        case type::kVariant: return std::vector<Value>();
        default: return std::monostate{};
    }
}

Result<std::uint64_t> member_number(const Json& json, std::string_view key, Type type) {
    const Json* held = json.find(key);
    const auto* digits = held ? held->as<JsonNumber>() : nullptr;
    if (!digits) return mismatch(type);
    return parse_number<std::uint64_t>(digits->digits);
}

Result<Data> scalar_from_json(Type scalar, const Json& json) {
    Data data = empty_data(scalar);
    const auto* digits = json.as<JsonNumber>();
    const auto* string = json.as<std::string>();
    const auto* truth = json.as<bool>();
    if (auto* held = std::get_if<std::int64_t>(&data)) {
        if (truth && scalar == type::kBool) *held = *truth ? -1 : 0;
        else if (digits) *held = ODC_TRY(parse_number<std::int64_t>(digits->digits));
        else return mismatch(scalar);
    } else if (auto* natural = std::get_if<std::uint64_t>(&data)) {
        if (digits) *natural = ODC_TRY(parse_number<std::uint64_t>(digits->digits));
        else if (string && scalar == type::kFileTime) *natural = ODC_TRY(parse_file_time(*string));
        else return mismatch(scalar);
    } else if (auto* real_number = std::get_if<double>(&data)) {
        if (!digits && !string) return mismatch(scalar);
        *real_number = ODC_TRY(parse_real(digits ? digits->digits : *string));
    } else if (std::holds_alternative<std::u16string>(data)) {
        if (!string) return mismatch(scalar);
        data = to_utf16(*string);
    } else if (std::holds_alternative<Bytes>(data)) {
        if (!string) return mismatch(scalar);
        data = ODC_TRY(from_base64(*string));
    } else if (std::holds_alternative<Guid>(data)) {
        const auto guid = string ? parse_guid(*string) : std::nullopt;
        if (!guid) return mismatch(scalar);
        data = *guid;
    } else if (auto* decimal = std::get_if<Decimal>(&data)) {
        const Json* negative = json.find("negative");
        decimal->scale = static_cast<std::uint8_t>(ODC_TRY(member_number(json, "scale", scalar)));
        decimal->sign = negative && negative->as<bool>() && *negative->as<bool>() ? 0x80 : 0;
        decimal->high = static_cast<std::uint32_t>(ODC_TRY(member_number(json, "high", scalar)));
        decimal->low = ODC_TRY(member_number(json, "low", scalar));
    } else if (auto* clipboard = std::get_if<Clipboard>(&data)) {
        const Json* format = json.find("format");
        if (!format || !format->as<JsonNumber>()) return mismatch(scalar);
        clipboard->format = ODC_TRY(parse_number<std::int32_t>(format->as<JsonNumber>()->digits));
        clipboard->data = ODC_TRY(from_base64(json.string_or("data", "")));
    } else if (auto* versioned = std::get_if<VersionedStream>(&data)) {
        const auto guid = parse_guid(json.string_or("version", ""));
        if (!guid) return mismatch(scalar);
        *versioned = {*guid, to_utf16(json.string_or("name", ""))};
    }
    return data;
}

template <class T>
Result<Data> many_from_json(Type scalar, const JsonArray& elements) {
    std::vector<T> all;
    for (const Json& element : elements) {
        auto data = ODC_TRY(scalar_from_json(scalar, element));
        all.push_back(std::move(std::get<T>(data)));
    }
    return Data(std::move(all));
}

Result<Data> elements_from_json(Type scalar, const Json& json) {
    if (const auto* string = json.as<std::string>()) return Data(ODC_TRY(from_base64(*string)));
    const auto* elements = json.as<JsonArray>();
    if (!elements) return mismatch(scalar);
    if (scalar == type::kVariant) {
        std::vector<Value> all;
        for (const Json& element : *elements) {
            Type inner = type::kEmpty;
            const Json* held = element.find("value");
            if (!parse_type_name(element.string_or("type", ""), inner) || !held || inner & ~type::kScalarMask) return mismatch(scalar);
            all.push_back({inner, ODC_TRY(scalar_from_json(inner, *held)), {}});
        }
        return Data(std::move(all));
    }
    const Data kind = empty_data(scalar);
    if (scalar == type::kUi1 || scalar == type::kI1) return mismatch(scalar);
    if (std::holds_alternative<std::int64_t>(kind)) return many_from_json<std::int64_t>(scalar, *elements);
    if (std::holds_alternative<std::uint64_t>(kind)) return many_from_json<std::uint64_t>(scalar, *elements);
    if (std::holds_alternative<double>(kind)) return many_from_json<double>(scalar, *elements);
    if (std::holds_alternative<std::u16string>(kind)) return many_from_json<std::u16string>(scalar, *elements);
    if (std::holds_alternative<Guid>(kind)) return many_from_json<Guid>(scalar, *elements);
    if (std::holds_alternative<Decimal>(kind)) return many_from_json<Decimal>(scalar, *elements);
    if (std::holds_alternative<Clipboard>(kind)) return many_from_json<Clipboard>(scalar, *elements);
    return mismatch(scalar);
}

}  // namespace

std::string to_base64(const Bytes& bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < n ? bytes[i + k] : 0);
        for (std::size_t k = 0; k < 4; ++k) text += k <= n ? kBase64[group >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    Bytes bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = kBase64.find(c);
        if (value == kBase64.npos) return fail(E_INVALIDARG, "not base64");
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> held));
    }
    return bytes;
}

std::optional<Json> value_to_json(const Value& value) {
    if (std::holds_alternative<std::monostate>(value.data) && value.type != type::kEmpty && value.type != type::kNull) return std::nullopt;
    Json json = std::visit(
        [&](const auto& held) -> Json {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
                return Json{};
            } else if constexpr (std::is_same_v<T, std::u16string> || std::is_same_v<T, Bytes>) {
                return one(held);
            } else if constexpr (requires { held.begin(); }) {
                JsonArray all;
                for (const auto& element : held) all.push_back(one(element));
                return Json{std::move(all)};
            } else {
                return one(held);
            }
        },
        value.data);
    if (value.type == type::kBool) json = Json{std::get<std::int64_t>(value.data) != 0};
    if (!value.is_array()) return json;
    JsonArray dimensions;
    for (const Dimension& d : value.dimensions) dimensions.push_back(Json{JsonArray{one(std::uint64_t{d.size}), one(std::int64_t{d.lower})}});
    return Json{JsonObject{{"dimensions", Json{std::move(dimensions)}}, {"elements", std::move(json)}}};
}

Result<Value> value_from_json(Type type, const Json& json) {
    Value value{type, {}, {}};
    if (value.is_vector()) {
        value.data = ODC_TRY(elements_from_json(value.scalar(), json));
    } else if (value.is_array()) {
        const Json* dimensions = json.find("dimensions");
        const Json* elements = json.find("elements");
        if (!dimensions || !dimensions->as<JsonArray>() || !elements) return mismatch(type);
        for (const Json& pair : *dimensions->as<JsonArray>()) {
            const auto* numbers = pair.as<JsonArray>();
            if (!numbers || numbers->size() != 2 || !(*numbers)[0].as<JsonNumber>() || !(*numbers)[1].as<JsonNumber>()) return mismatch(type);
            const auto size = ODC_TRY(parse_number<std::uint32_t>((*numbers)[0].as<JsonNumber>()->digits));
            const auto lower = ODC_TRY(parse_number<std::int32_t>((*numbers)[1].as<JsonNumber>()->digits));
            value.dimensions.push_back({size, lower});
        }
        value.data = ODC_TRY(elements_from_json(value.scalar(), *elements));
    } else {
        value.data = ODC_TRY(scalar_from_json(type, json));
    }
    return value;
}

std::string show_value(const Value& value) {
    if (const auto* string = std::get_if<std::u16string>(&value.data)) return to_utf8(*string);
    if (value.type == type::kFileTime) {
        const auto time = std::get<std::uint64_t>(value.data);
        // Editing times are durations in the same type.
        constexpr std::uint64_t kYear = 315'360'000'000'000;
        return time < 10 * kYear ? fmt::format("{} s", static_cast<double>(time) / 1e7) : show_file_time(time);
    }
    if (value.type == type::kError) return fmt::format("{:#010x}", static_cast<std::uint32_t>(std::get<std::int64_t>(value.data)));
    if (value.type == type::kCy) {
        const auto units = std::get<std::int64_t>(value.data);
        const auto amount = units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
        return fmt::format("{}{}.{:04}", units < 0 ? "-" : "", amount / 10000, amount % 10000);
    }
    const auto shorten = [](const Bytes& bytes) {
        const std::size_t n = std::min<std::size_t>(bytes.size(), 16);
        return fmt::format("{}{} ({} bytes)", hex({bytes.data(), n}), n < bytes.size() ? " ..." : "", bytes.size());
    };
    if (const auto* bytes = std::get_if<Bytes>(&value.data)) return shorten(*bytes);
    if (const auto* clipboard = std::get_if<Clipboard>(&value.data)) return fmt::format("format {}: {}", clipboard->format, shorten(clipboard->data));
    const auto json = value_to_json(value);
    return json ? json->dump() : "?";
}

Result<Value> value_from_text(Type type, std::string_view given) {
    if (type & ~type::kScalarMask) return value_from_json(type, ODC_TRY(Json::parse(given)));
    Value value{type, empty_data(type), {}};
    if (type == type::kBool) {
        if (given != "true" && given != "false") return fail(E_INVALIDARG, "true or false");
        return Value::boolean(given == "true");
    }
    if (type == type::kFileTime && given.find('T') != given.npos) {
        value.data = ODC_TRY(parse_file_time(given));
    } else if (type == type::kCy) {
        const double amount = ODC_TRY(parse_real(given));
        if (std::fabs(amount) > 9e14) return fail(E_INVALIDARG, "too large for a currency");
        value.data = static_cast<std::int64_t>(std::llround(amount * 10000));
    } else if (std::holds_alternative<std::int64_t>(value.data)) {
        value.data = ODC_TRY(parse_number<std::int64_t>(given));
    } else if (std::holds_alternative<std::uint64_t>(value.data)) {
        value.data = ODC_TRY(parse_number<std::uint64_t>(given));
    } else if (std::holds_alternative<double>(value.data)) {
        value.data = ODC_TRY(parse_real(given));
    } else if (std::holds_alternative<std::u16string>(value.data)) {
        value.data = to_utf16(given);
    } else if (std::holds_alternative<Guid>(value.data)) {
        const auto guid = parse_guid(given);
        if (!guid) return fail(E_INVALIDARG, "not a GUID");
        value.data = *guid;
    } else if (std::holds_alternative<Bytes>(value.data)) {
        Bytes bytes;
        for (std::size_t i = 0; i < given.size(); i += given[i] == ' ' ? 1 : 2) {
            if (given[i] == ' ') continue;
            std::uint8_t byte = 0;
            const auto pair = given.substr(i, 2);
            const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
            if (pair.size() != 2 || error != std::errc() || end != pair.data() + 2) return fail(E_INVALIDARG, "not hexadecimal bytes");
            bytes.push_back(byte);
        }
        value.data = std::move(bytes);
    } else if (!std::holds_alternative<std::monostate>(value.data)) {
        return value_from_json(type, ODC_TRY(Json::parse(given)));
    }
    return value;
}

}  // namespace odc::tools
