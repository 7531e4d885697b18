#include "property_set/value_codec.h"

#include <bit>
#include <cstring>

#include "property_set/code_page.h"

namespace odc::property_set {

namespace {

Error malformed(std::string text) { return fail(STG_E_INVALIDHEADER, std::move(text)); }

enum class Kind { none, integer, natural, real, text, bytes, guid, decimal, clipboard, versioned, variant, unknown };

Kind kind_of(Type scalar) {
    switch (scalar) {
        case type::kEmpty:
        case type::kNull: return Kind::none;
        case type::kI1: case type::kI2: case type::kI4: case type::kI8: case type::kInt: case type::kCy: case type::kError:
        case type::kBool: return Kind::integer;
        case type::kUi1: case type::kUi2: case type::kUi4: case type::kUi8: case type::kUint: case type::kFileTime:
            return Kind::natural;
        case type::kR4: case type::kR8: case type::kDate: return Kind::real;
        case type::kBstr: case type::kLpstr: case type::kLpwstr: case type::kStream: case type::kStorage:
        case type::kStreamedObject: case type::kStoredObject: return Kind::text;
        case type::kBlob: case type::kBlobObject: return Kind::bytes;
        case type::kGuid: return Kind::guid;
        case type::kDecimal: return Kind::decimal;
        case type::kClipboard: return Kind::clipboard;
        case type::kVersionedStream: return Kind::versioned;
        case type::kVariant: return Kind::variant;
        default: return Kind::unknown;
    }
}

std::size_t width(Type scalar) {
    switch (scalar) {
        case type::kI1: case type::kUi1: return 1;
        case type::kI2: case type::kUi2: case type::kBool: return 2;
        case type::kI8: case type::kUi8: case type::kCy: case type::kFileTime: case type::kR8: case type::kDate: return 8;
        case type::kGuid: case type::kDecimal: return 16;
        default: return 4;  // also the least that a string, a clipboard or a variant takes
    }
}

bool allowed_in_vector(Type scalar) {
    switch (kind_of(scalar)) {
        case Kind::integer: return scalar != type::kInt;
        case Kind::natural: return scalar != type::kUint;
        case Kind::text: return scalar == type::kBstr || scalar == type::kLpstr || scalar == type::kLpwstr;
        case Kind::real: case Kind::guid: case Kind::clipboard: case Kind::variant: return true;
        default: return false;
    }
}
bool allowed_in_array(Type scalar) {
    switch (kind_of(scalar)) {
        case Kind::integer: return scalar != type::kI8;
        case Kind::natural: return scalar != type::kUi8 && scalar != type::kFileTime;
        case Kind::text: return scalar == type::kBstr;
        case Kind::real: case Kind::decimal: case Kind::variant: return true;
        default: return false;
    }
}
/// MS-OLEPS 2.14.1.
bool allowed_in_variants(Type scalar, bool array) {
    if (scalar & ~type::kScalarMask || scalar == type::kVariant) return false;
    return array ? allowed_in_array(scalar) : allowed_in_vector(scalar);
}

class Reader {
  public:
    Reader(std::span<const std::uint8_t> bytes, std::uint16_t code_page, bool aligned)
        : in_(bytes), code_page_(code_page), aligned_(aligned) {}

    Result<Value> value() {
        Value value;
        value.type = in_.u16();
        if (in_.u16() != 0) return malformed("padding behind a type is not zero");
        ODC_TRY(payload(value));
        ODC_TRY(in_.finish(STG_E_INVALIDHEADER, "property value"));
        return value;
    }
    /// Nothing but the padding of a value is left.
    bool at_end() const { return in_.left() < 4; }
    bool strings_ended() const { return strings_ended_; }
    std::size_t position() const { return in_.position(); }

  private:
    Result<> payload(Value& value) {
        const Type scalar = value.scalar();
        if (value.type & ~(type::kScalarMask | type::kVector | type::kArray)) return {};
        if (value.is_vector() && value.is_array()) return malformed("a vector is no array");
        if (!value.is_vector() && !value.is_array()) {
            value.data = ODC_TRY(single(scalar));
            return {};
        }
        if (kind_of(scalar) == Kind::unknown) return {};
        if (value.is_vector() ? !allowed_in_vector(scalar) : !allowed_in_array(scalar))
            return malformed("no vector or array holds " + type_name(scalar));
        std::uint64_t count = 1;
        if (value.is_vector()) {
            count = in_.u32();
        } else {
            if (in_.u32() != scalar) return malformed("the type of an array is told twice, differently");
            const auto dimensions = in_.u32();
            if (dimensions < 1 || dimensions > 31) return malformed("an array has 1 to 31 dimensions");
            for (std::uint32_t i = 0; i < dimensions; ++i) {
                const auto size = in_.u32();
                const auto lower = static_cast<std::int32_t>(in_.u32());
                value.dimensions.push_back({size, lower});
                count *= size;
                if (count > in_.left()) return malformed("an array has more elements than bytes");
            }
        }
        if (count > in_.left() / width(scalar)) return malformed("more elements than the bytes can hold");
        value.data = ODC_TRY(many(scalar, static_cast<std::size_t>(count), value.is_array()));
        return {};
    }

    Result<Data> single(Type scalar) {
        switch (kind_of(scalar)) {
            case Kind::integer: return Data(integer(scalar));
            case Kind::natural: return Data(natural(scalar));
            case Kind::real: return Data(real(scalar));
            case Kind::text: return Data(ODC_TRY(text(scalar)));
            case Kind::guid: return Data(in_.guid());
            case Kind::decimal: return Data(decimal());
            case Kind::clipboard: return Data(ODC_TRY(clipboard()));
            case Kind::versioned: {
                VersionedStream stream;
                stream.version = in_.guid();
                stream.name = ODC_TRY(text(type::kStream));
                return Data(std::move(stream));
            }
            case Kind::bytes: {
                const auto view = in_.bytes(in_.count(1));
                pad();
                return Data(Bytes(view.begin(), view.end()));
            }
            case Kind::variant: return malformed("VT_VARIANT outside a vector or array");
            case Kind::none:
            case Kind::unknown: break;
        }
        return Data();
    }

    Result<Data> many(Type scalar, std::size_t count, bool array) {
        const auto fill = [&](auto element, auto read) {
            std::vector<decltype(element)> all;
            all.reserve(count);
            for (std::size_t i = 0; i < count && !in_.failed(); ++i) all.push_back(read());
            return Data(std::move(all));
        };
        switch (kind_of(scalar)) {
            case Kind::integer:
            case Kind::natural:
                if (width(scalar) == 1) {
                    const auto view = in_.bytes(count);
                    return Data(Bytes(view.begin(), view.end()));
                }
                if (kind_of(scalar) == Kind::integer) return fill(std::int64_t{}, [&] { return integer(scalar); });
                return fill(std::uint64_t{}, [&] { return natural(scalar); });
            case Kind::real: return fill(double{}, [&] { return real(scalar); });
            case Kind::guid: return fill(Guid{}, [&] { return in_.guid(); });
            case Kind::decimal: return fill(Decimal{}, [&] { return decimal(); });
            case Kind::text: {
                std::vector<std::u16string> all;
                for (std::size_t i = 0; i < count && !in_.failed(); ++i) all.push_back(ODC_TRY(text(scalar)));
                return Data(std::move(all));
            }
            case Kind::clipboard: {
                std::vector<Clipboard> all;
                for (std::size_t i = 0; i < count && !in_.failed(); ++i) all.push_back(ODC_TRY(clipboard()));
                return Data(std::move(all));
            }
            case Kind::variant: {
                std::vector<Value> all;
                for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
                    Value value;
                    value.type = in_.u16();
                    if (in_.u16() != 0) return malformed("padding behind a type is not zero");
                    if (!allowed_in_variants(value.type, array)) return malformed("no vector of variants holds " + type_name(value.type));
                    value.data = ODC_TRY(single(value.type));
                    pad();
                    all.push_back(std::move(value));
                }
                return Data(std::move(all));
            }
            default: return Data();
        }
    }

    std::int64_t integer(Type scalar) {
        switch (width(scalar)) {
            case 1: return static_cast<std::int8_t>(in_.u8());
            case 2: return static_cast<std::int16_t>(in_.u16());
            case 8: return static_cast<std::int64_t>(in_.u64());
            default: return static_cast<std::int32_t>(in_.u32());
        }
    }
    std::uint64_t natural(Type scalar) {
        switch (width(scalar)) {
            case 1: return in_.u8();
            case 2: return in_.u16();
            case 8: return in_.u64();
            default: return in_.u32();
        }
    }
    double real(Type scalar) {
        return scalar == type::kR4 ? std::bit_cast<float>(in_.u32()) : std::bit_cast<double>(in_.u64());
    }
    Decimal decimal() {
        in_.skip(2);
        Decimal value;
        value.scale = in_.u8();
        value.sign = in_.u8();
        value.high = in_.u32();
        value.low = in_.u64();
        return value;
    }
    Result<std::u16string> text(Type scalar) {
        const bool wide = scalar == type::kLpwstr;
        const std::size_t size = wide ? in_.count(2) * 2 : in_.count(1);
        if (!wide && code_page_ == kUtf16CodePage && size % 2 != 0) return malformed("a Unicode string has an odd number of bytes");
        const auto view = in_.bytes(size);
        if (aligned_) pad();
        auto decoded = ODC_TRY(decode(view, wide ? kUtf16CodePage : code_page_));
        strings_ended_ = strings_ended_ && (decoded.empty() || decoded.back() == u'\0');
        if (scalar != type::kBstr) decoded.resize(std::min(decoded.find(u'\0'), decoded.size()));
        else if (!decoded.empty() && decoded.back() == u'\0') decoded.pop_back();
        return decoded;
    }
    Result<Clipboard> clipboard() {
        const auto size = in_.count(1);
        if (size < 4) return malformed("clipboard data without a format");
        Clipboard value;
        value.format = static_cast<std::int32_t>(in_.u32());
        const auto view = in_.bytes(size - 4);
        value.data.assign(view.begin(), view.end());
        pad();
        return value;
    }
    /// The last value of a stream may lack its padding.
    void pad() {
        const std::size_t rest = (4 - in_.position() % 4) % 4;
        in_.skip(std::min(rest, in_.left()));
    }

    ByteReader in_;
    std::uint16_t code_page_;
    bool aligned_;
    bool strings_ended_ = true;
};

class Writer {
  public:
    Writer(ByteWriter& out, std::uint16_t code_page) : out_(out), start_(out.size()), code_page_(code_page) {}

    Result<> value(const Value& value) {
        out_.u16(value.type);
        out_.u16(0);
        const Type scalar = value.scalar();
        if (kind_of(scalar) == Kind::unknown || value.type & ~(type::kScalarMask | type::kVector | type::kArray)) return unfit(value.type);
        if (value.is_vector()) {
            if (value.is_array() || !allowed_in_vector(scalar)) return unfit(value.type);
            out_.u32(static_cast<std::uint32_t>(length(value.data)));
            ODC_TRY(many(scalar, value.data, false));
        } else if (value.is_array()) {
            if (!allowed_in_array(scalar) || value.dimensions.empty() || value.dimensions.size() > 31) return unfit(value.type);
            out_.u32(scalar);
            out_.u32(static_cast<std::uint32_t>(value.dimensions.size()));
            std::uint64_t count = 1;
            for (const Dimension& dimension : value.dimensions) {
                out_.u32(dimension.size);
                out_.u32(static_cast<std::uint32_t>(dimension.lower));
                count *= dimension.size;
                if (count > UINT32_MAX) return unfit(value.type);
            }
            if (count != length(value.data)) return fail(STG_E_INVALIDPARAMETER, "an array's dimensions do not fit its elements");
            ODC_TRY(many(scalar, value.data, true));
        } else {
            ODC_TRY(single(scalar, value.data));
        }
        pad();
        return {};
    }

  private:
    static Error unfit(Type type) { return fail(STG_E_INVALIDPARAMETER, type_name(type) + " does not fit its data"); }

    static std::size_t length(const Data& data) {
        return std::visit(
            [](const auto& held) -> std::size_t {
                if constexpr (requires { held.size(); }) return held.size();
                else return 0;
            },
            data);
    }

    Result<> single(Type scalar, const Data& data) {
        switch (kind_of(scalar)) {
            case Kind::none: return {};
            case Kind::integer:
                if (const auto* held = std::get_if<std::int64_t>(&data)) return integer(scalar, static_cast<std::uint64_t>(*held));
                break;
            case Kind::natural:
                if (const auto* held = std::get_if<std::uint64_t>(&data)) return integer(scalar, *held);
                break;
            case Kind::real:
                if (const auto* held = std::get_if<double>(&data)) return real(scalar, *held);
                break;
            case Kind::text:
                if (const auto* held = std::get_if<std::u16string>(&data)) return text(scalar, *held);
                break;
            case Kind::guid:
                if (const auto* held = std::get_if<Guid>(&data)) return out_.guid(*held), Result<>();
                break;
            case Kind::decimal:
                if (const auto* held = std::get_if<Decimal>(&data)) return decimal(*held);
                break;
            case Kind::clipboard:
                if (const auto* held = std::get_if<Clipboard>(&data)) return clipboard(*held);
                break;
            case Kind::versioned:
                if (const auto* held = std::get_if<VersionedStream>(&data)) {
                    out_.guid(held->version);
                    return text(type::kStream, held->name);
                }
                break;
            case Kind::bytes:
                if (const auto* held = std::get_if<Bytes>(&data)) {
                    out_.u32(static_cast<std::uint32_t>(held->size()));
                    out_.bytes(*held);
                    return {};
                }
                break;
            case Kind::variant:
            case Kind::unknown: break;
        }
        return unfit(scalar);
    }

    Result<> many(Type scalar, const Data& data, bool array) {
        if (const auto* held = std::get_if<Bytes>(&data)) {
            if (width(scalar) != 1) return unfit(scalar);
            out_.bytes(*held);
            return {};
        }
        if (const auto* held = std::get_if<std::vector<Value>>(&data)) {
            if (scalar != type::kVariant) return unfit(scalar);
            for (const Value& element : *held) {
                if (!allowed_in_variants(element.type, array)) return unfit(element.type);
                out_.u16(element.type);
                out_.u16(0);
                ODC_TRY(single(element.type, element.data));
                pad();
            }
            return {};
        }
        return std::visit(
            [&](const auto& held) -> Result<> {
                using T = std::decay_t<decltype(held)>;
                if constexpr (requires { typename T::value_type; } && !std::is_same_v<T, std::u16string> &&
                              !std::is_same_v<T, Bytes> && !std::is_same_v<T, std::vector<Value>>) {
                    for (const auto& element : held) {
                        ODC_TRY(single(scalar, Data(element)));
                        if (kind_of(scalar) == Kind::text || kind_of(scalar) == Kind::clipboard) pad();
                    }
                    return {};
                } else {
                    return unfit(scalar);
                }
            },
            data);
    }

    Result<> integer(Type scalar, std::uint64_t value) {
        switch (width(scalar)) {
            case 1: out_.u8(static_cast<std::uint8_t>(value)); break;
            case 2: out_.u16(static_cast<std::uint16_t>(value)); break;
            case 8: out_.u64(value); break;
            default: out_.u32(static_cast<std::uint32_t>(value)); break;
        }
        return {};
    }
    Result<> real(Type scalar, double value) {
        if (scalar == type::kR4) out_.u32(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
        else out_.u64(std::bit_cast<std::uint64_t>(value));
        return {};
    }
    Result<> decimal(const Decimal& value) {
        out_.u16(0);
        out_.u8(value.scale);
        out_.u8(value.sign);
        out_.u32(value.high);
        out_.u64(value.low);
        return {};
    }
    Result<> text(Type scalar, const std::u16string& value) {
        const bool wide = scalar == type::kLpwstr;
        const std::u16string ended = value + u'\0';
        const auto bytes = ODC_TRY(encode(ended, wide ? kUtf16CodePage : code_page_));
        out_.u32(static_cast<std::uint32_t>(wide ? bytes.size() / 2 : bytes.size()));
        out_.bytes(bytes);
        return {};
    }
    Result<> clipboard(const Clipboard& value) {
        out_.u32(static_cast<std::uint32_t>(value.data.size() + 4));
        out_.u32(static_cast<std::uint32_t>(value.format));
        out_.bytes(value.data);
        return {};
    }
    void pad() { out_.zeros((4 - (out_.size() - start_) % 4) % 4); }

    ByteWriter& out_;
    std::size_t start_;
    std::uint16_t code_page_;
};

}  // namespace

Result<Value> read_value(std::span<const std::uint8_t> bytes, std::uint16_t code_page) {
    Reader aligned(bytes, code_page, true);
    auto value = aligned.value();
    if (value && aligned.at_end() && aligned.strings_ended()) return value;
    const Type type = bytes.size() >= 2 ? static_cast<Type>(bytes[0] | bytes[1] << 8) : Type{0};
    if (!(type & type::kVector)) return value;
    Reader packed(bytes, code_page, false);
    auto other = packed.value();
    return other && (!value || (packed.at_end() && packed.strings_ended())) ? other : value;
}

Result<Value> read_value_prefix(std::span<const std::uint8_t> bytes, std::uint16_t code_page, std::size_t& used) {
    Reader reader(bytes, code_page, true);
    auto value = reader.value();
    used = value ? reader.position() : 0;
    return value;
}

Result<> write_value(const Value& value, std::uint16_t code_page, ByteWriter& out) {
    if (!is_known_code_page(code_page)) return fail(STG_E_INVALIDPARAMETER, "unknown code page");
    return Writer(out, code_page).value(value);
}

bool needs_version_1(Type type) {
    const Type scalar = type & type::kScalarMask;
    return (type & type::kArray) != 0 || scalar == type::kI1 || scalar == type::kInt || scalar == type::kUint;
}

}  // namespace odc::property_set
