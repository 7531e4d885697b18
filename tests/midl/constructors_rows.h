// The conformance table: a value and its bytes in NDR 2.0 of both byte orders and in NDR64, and bytes that are refused.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "constructors_t.h"
#include "opendcom/ndr/generated.h"
#include "wire_bytes.h"

namespace odc::test {

using Bytes = std::vector<std::uint8_t>;

struct Refused {
    std::string_view why;
    std::string_view bytes;
    ndr::Syntax syntax = ndr::Syntax::ndr20;
};

struct Row {
    std::string_view type;    ///< of constructors.idl
    std::string_view shows;   ///< words of `constructors()`, with commas between them
    std::function<HRESULT(Bytes&, ndr::Syntax)> write;
    /// Reads, and writes again what was read; nothing when the bytes are refused or some are left.
    std::function<std::optional<Bytes>(const Bytes&, bool swap, ndr::Syntax)> again;
    std::string_view little, big, ndr64;
    std::vector<Refused> refused;
    /// A value that has no bytes, and why.
    std::function<HRESULT()> unwritable = {};
};

/// Interface pointers are their numbers, in an MInterfacePointer.
ndr::InterfaceCodec& numbered_objects();
/// The object with this number; number 0x22 is of IID_IUnknown, others of `kNumberedIid`.
IUnknown* numbered_object(std::uint32_t number);
inline constexpr Guid kNumberedIid{0x00010203, 0x0405, 0x0607, {8, 9, 10, 11, 12, 13, 14, 15}};

/// A message in memory that is aligned as a received one is, and a reader on it.
class Message {
  public:
    Message(const Bytes& bytes, bool swap, ndr::Syntax syntax);
    ndr::Reader& in() { return in_; }

  private:
    std::vector<std::uint64_t> storage_;
    ndr::Arena arena_;
    ndr::Reader in_;
};

template <class T>
HRESULT write_value(const T& value, Bytes& bytes, ndr::Syntax syntax) {
    ndr::Writer out;
    out.begin(0, syntax, &numbered_objects());
    out.set_gather(false);
    ndr_write(out, value);
    bytes.assign(out.base(), out.base() + out.own_bytes());
    return out.error();
}

template <class T>
std::optional<Bytes> read_and_write(const Bytes& bytes, bool swap, ndr::Syntax syntax) {
    Message message(bytes, swap, syntax);
    ndr::Reader& in = message.in();
    T* value = nullptr;
    if constexpr (requires { ndr_read_new(in, value, false); }) {
        ndr_read_new(in, value, false);
    } else {
        value = in.arena<T>();
        ndr_read(in, *value, false);
    }
    if (in.failed() || in.left() != 0) return std::nullopt;
    Bytes again;
    if (write_value(*value, again, syntax) != S_OK) return std::nullopt;
    return again;
}

/// A row for a structure; `value` outlives it.
template <class T>
Row row(std::string_view type, std::string_view shows, const T& value, std::string_view little, std::string_view big, std::string_view ndr64,
        std::vector<Refused> refused = {}) {
    return {type, shows, [&value](Bytes& bytes, ndr::Syntax syntax) { return write_value(value, bytes, syntax); }, read_and_write<T>, little, big,
            ndr64, std::move(refused)};
}
/// The same for a temporary.
template <class T>
    requires(!std::is_lvalue_reference_v<T>)
Row row(std::string_view type, std::string_view shows, T&& value, std::string_view little, std::string_view big, std::string_view ndr64,
        std::vector<Refused> refused = {}) {
    auto kept = std::make_shared<T>(value);
    Row made = row(type, shows, *kept, little, big, ndr64, std::move(refused));
    made.write = [kept](Bytes& bytes, ndr::Syntax syntax) { return write_value(*kept, bytes, syntax); };
    return made;
}
template <class T>
Row with_unwritable(Row made, T value) {
    made.unwritable = [value] {
        Bytes bytes;
        return write_value(value, bytes, ndr::Syntax::ndr20);
    };
    return made;
}

/// A structure that ends in an array; for the life of the program.
template <class T>
T& with_tail(std::size_t extra) {
    static std::vector<std::unique_ptr<std::uint64_t[]>> kept;
    kept.push_back(std::make_unique<std::uint64_t[]>((sizeof(T) + extra + 7) / 8));
    return *reinterpret_cast<T*>(kept.back().get());
}

std::vector<Row> number_rows();
std::vector<Row> array_rows();
std::vector<Row> text_rows();
std::vector<Row> union_rows();
std::vector<Row> pointer_rows();
std::vector<Row> other_rows();
std::vector<Row> context_array_rows();

}  // namespace odc::test
