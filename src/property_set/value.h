// A property's value, of any type that a property set can hold.
// Spec: MS-OLEPS 2.2 (types), 2.15 (which C++ type holds which is the table below).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "opendcom/base/sdk_types.h"

namespace odc::property_set {

/// PropertyType. `kVector` and `kArray` are added to a scalar type.
using Type = std::uint16_t;
namespace type {
inline constexpr Type kEmpty = 0, kNull = 1, kI2 = 2, kI4 = 3, kR4 = 4, kR8 = 5, kCy = 6, kDate = 7, kBstr = 8, kError = 10,
                      kBool = 11, kVariant = 12, kDecimal = 14, kI1 = 16, kUi1 = 17, kUi2 = 18, kUi4 = 19, kI8 = 20, kUi8 = 21,
                      kInt = 22, kUint = 23, kLpstr = 30, kLpwstr = 31, kFileTime = 64, kBlob = 65, kStream = 66,
                      kStorage = 67, kStreamedObject = 68, kStoredObject = 69, kBlobObject = 70, kClipboard = 71, kGuid = 72,
                      kVersionedStream = 73;
inline constexpr Type kVector = 0x1000, kArray = 0x2000, kScalarMask = 0x0FFF;
}  // namespace type

using Bytes = std::vector<std::uint8_t>;

struct Decimal {
    std::uint8_t scale = 0;  ///< power of ten that divides, 0 to 28
    std::uint8_t sign = 0;   ///< 0x80: negative
    std::uint32_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Decimal&) const = default;
};
struct Clipboard {
    std::int32_t format = 0;
    Bytes data;
    bool operator==(const Clipboard&) const = default;
};
struct VersionedStream {
    Guid version{};
    std::u16string name;  ///< of the stream beside the set's own
    bool operator==(const VersionedStream& other) const;
};
struct Dimension {
    std::uint32_t size = 0;
    std::int32_t lower = 0;  ///< index of the first element
    bool operator==(const Dimension&) const = default;
};

struct Value;

/// | type | data |
/// |---|---|
/// | empty, null | monostate |
/// | i1 i2 i4 i8 int, cy (1/10000), error, bool (0 or -1) | int64 |
/// | ui1 ui2 ui4 ui8 uint, filetime (100 ns since 1601) | uint64 |
/// | r4 r8 date (days since 1899-12-30) | double |
/// | bstr lpstr lpwstr, stream storage and objects in them (the element's name) | u16string |
/// | blob, blob object, vector or array of i1 or ui1 | Bytes |
/// | vector or array of another type | a vector of what the scalar has |
/// A type that the specification does not know has monostate; its bytes are kept by the set that it was read from.
using Data = std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::u16string, Bytes, Guid, Decimal, Clipboard,
                          VersionedStream, std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
                          std::vector<std::u16string>, std::vector<Guid>, std::vector<Decimal>, std::vector<Clipboard>,
                          std::vector<Value>>;

struct Value {
    Type type = type::kEmpty;
    Data data;
    std::vector<Dimension> dimensions;  ///< of an array; the last index moves fastest

    Type scalar() const { return type & type::kScalarMask; }
    bool is_vector() const { return (type & type::kVector) != 0; }
    bool is_array() const { return (type & type::kArray) != 0; }
    bool operator==(const Value& other) const;

    static Value text(std::u16string value, Type type = type::kLpwstr) { return {type, std::move(value), {}}; }
    static Value i4(std::int32_t value) { return {type::kI4, std::int64_t{value}, {}}; }
    static Value boolean(bool value) { return {type::kBool, std::int64_t{value ? -1 : 0}, {}}; }
    static Value file_time(std::uint64_t value) { return {type::kFileTime, value, {}}; }
};

/// "VT_LPSTR", "VT_VECTOR|VT_UI1"; "VT_0x0123" for an unknown one.
std::string type_name(Type type);
/// The other way; kEmpty and false for a name that no type has.
bool parse_type_name(std::string_view name, Type& type);

}  // namespace odc::property_set
