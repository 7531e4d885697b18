// Little-endian, unpadded byte records: the packet forms of OBJREF, of files, of PDU headers.
// Arguments of calls are NDR and belong to `opendcom/ndr/`.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "opendcom/base/result.h"

namespace odc {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);

template <class T>
constexpr T from_little(T value) {
    if constexpr (sizeof(T) == 1 || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) return value;
    else if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    else if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    else return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

/// Reads a record front to back. The first read past the end is remembered, and from then on every read gives zero.
class ByteReader {
  public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::uint8_t u8() { return number<std::uint8_t>(); }
    std::uint16_t u16() { return number<std::uint16_t>(); }
    std::uint32_t u32() { return number<std::uint32_t>(); }
    std::uint64_t u64() { return number<std::uint64_t>(); }
    Guid guid();
    /// A view of the next `size` bytes; empty on failure.
    std::span<const std::uint8_t> bytes(std::size_t size);
    void skip(std::size_t size) { (void)bytes(size); }
    /// A 32-bit count of records of `element` bytes each; fails when the bytes left cannot hold them.
    std::size_t count(std::size_t element);

    std::size_t left() const { return bytes_.size() - at_; }
    std::size_t position() const { return at_; }
    bool failed() const { return failed_; }
    void fail_now() { failed_ = true; }
    /// S_OK, or `code` when a read went past the end.
    Result<> finish(HRESULT code, const char* what) const;

  private:
    template <class T>
    T number() {
        if (failed_ || left() < sizeof(T)) [[unlikely]] {
            failed_ = true;
            return 0;
        }
        T value;
        std::memcpy(&value, bytes_.data() + at_, sizeof(T));
        at_ += sizeof(T);
        return from_little(value);
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

/// Appends a record to a vector.
class ByteWriter {
  public:
    void u8(std::uint8_t v) { number(v); }
    void u16(std::uint16_t v) { number(v); }
    void u32(std::uint32_t v) { number(v); }
    void u64(std::uint64_t v) { number(v); }
    void guid(const Guid& v);
    void bytes(std::span<const std::uint8_t> v) { out_.insert(out_.end(), v.begin(), v.end()); }
    void zeros(std::size_t n) { out_.resize(out_.size() + n); }
    /// Overwrites a 32-bit (16-bit) number written before.
    void patch_u32(std::size_t at, std::uint32_t v);
    void patch_u16(std::size_t at, std::uint16_t v);

    std::size_t size() const { return out_.size(); }
    void clear() { out_.clear(); }
    const std::vector<std::uint8_t>& data() const { return out_; }
    std::vector<std::uint8_t> take() { return std::move(out_); }

  private:
    template <class T>
    void number(T v) {
        v = from_little(v);
        const auto* p = reinterpret_cast<const std::uint8_t*>(&v);
        out_.insert(out_.end(), p, p + sizeof v);
    }
    std::vector<std::uint8_t> out_;
};

/// "2a 00 00 00 // comment\n01" as bytes: the form of annotated test data. Aborts on anything else.
std::vector<std::uint8_t> annotated_bytes(std::string_view text);
/// "2a 00 00 00", for messages and test failures.
std::string hex(std::span<const std::uint8_t> bytes);

}  // namespace odc
