// Small pieces that the code written by MIDL is made of, beside Writer and Reader: counts from expressions, pointer marks
// between the two phases of reading, strings with a size of their own.
#pragma once

#include <algorithm>
#include <concepts>
#include <utility>

#include "opendcom/ndr/reader.h"

namespace odc::ndr {

/// A varying array may announce more room than it sends elements: 64 KiB, or some multiple of what was received.
template <class T>
bool has_room(const Reader& in, std::size_t n) {
    return n <= (std::size_t{65536} + 16 * in.left()) / sizeof(T);
}

/// The number that size_is and friends gave; negative or more than 32 bits fails the writer.
template <class T>
std::size_t extent(Writer& out, T value) {
    if constexpr (std::is_signed_v<T>) {
        if (value < 0) [[unlikely]] {
            out.fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
            return 0;
        }
    }
    if constexpr (sizeof(T) > 4) {
        if (static_cast<std::uint64_t>(value) > 0xFFFFFFFFu) [[unlikely]] {
            out.fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
            return 0;
        }
    }
    return static_cast<std::size_t>(value);
}

/// The same for a part (length_is, first_is), which must not exceed the whole.
template <class T>
std::size_t within(Writer& out, T value, std::size_t whole) {
    const std::size_t n = extent(out, value);
    if (n <= whole) [[likely]] return n;
    out.fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    return 0;
}

/// A count from the wire against the expression that it must equal.
template <class T>
bool same(std::size_t count, T expected) {
    return static_cast<std::uint64_t>(count) == static_cast<std::uint64_t>(expected);
}

/// [range(low, high)], both included.
template <class T>
bool in_range(T value, long long low, long long high) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) return value >= static_cast<T>(low) && value <= static_cast<T>(high);
    else return static_cast<long long>(value) >= low && static_cast<long long>(value) <= high;
}

/// The actual count of a varying array; first + length must lie within `size`.
inline std::size_t varying(Reader& in, std::size_t first, std::size_t size, std::size_t element) {
    const std::size_t length = in.count(element);
    if (first <= size && length <= size - first) [[likely]] return length;
    in.fail_now();
    return 0;
}

/// Conformance that must be, or must not exceed, what the caller's memory holds.
inline std::size_t exactly(Reader& in, std::size_t room) {
    in.expect(room);
    return in.failed() ? 0 : room;
}
inline std::size_t at_most(Reader& in, std::size_t room) {
    const std::size_t n = in.count(0);
    if (n <= room) return n;
    in.fail_now();
    return 0;
}

// Between the flat and the deferred phase a pointer whose pointee follows holds a mark instead of an address. -----------

template <class T>
void mark_unique(Reader& in, T*& pointer) {
    pointer = in.unique() ? reinterpret_cast<T*>(std::uintptr_t{16}) : nullptr;
}
template <class T>
void mark_ref(Reader& in, T*& pointer) {
    pointer = in.embedded_ref() ? reinterpret_cast<T*>(std::uintptr_t{16}) : nullptr;
}
template <class T>
void mark_full(Reader& in, T*& pointer) {
    pointer = reinterpret_cast<T*>(static_cast<std::uintptr_t>(in.full()));
}
template <class T>
std::uint32_t full_id(T* mark) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(mark));
}
/// Tells the types of full pointers' pointees apart.
template <class T>
inline constexpr char full_type = 0;
/// True when the pointee of this full pointer comes now. Null and aliases are settled here: an alias is the same object, of
/// the same type, in arena memory only (in task memory nobody could free it once), and not inside of itself.
template <class T>
bool full_is_new(Reader& in, T*& pointer, std::uint32_t id, bool in_task_memory) {
    pointer = nullptr;
    if (id == 0 || in.failed()) return false;
    if (!in.known_full(id)) {
        in.bind_full(id, &in, nullptr);
        return true;
    }
    void* alias = in_task_memory ? nullptr : in.alias_of_full(id, &full_type<T>);
    if (alias) pointer = static_cast<T*>(alias);
    else in.fail_now();
    return false;
}
/// From here on others may alias the pointee.
template <class T>
void full_bind(Reader& in, T* pointer, std::uint32_t id) {
    in.bind_full(id, pointer, &full_type<T>);
}

/// Counts nesting for as long as a recursive structure is being written or read.
template <class Stream>
class Nested {
  public:
    explicit Nested(Stream& stream) : stream_(stream) { stream_.enter(); }
    ~Nested() { stream_.leave(); }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

  private:
    Stream& stream_;
};

/// Room for an [out] array whose size the caller gave. What the peer asks for is bounded: nothing of it was received.
inline constexpr std::size_t kMaxOutRoom = std::size_t{64} << 20;
template <class E, class T>
E* out_array(Reader& in, T size) {
    if constexpr (std::is_signed_v<T>) in.require(size >= 0);
    in.require(static_cast<std::uint64_t>(size) <= kMaxOutRoom / sizeof(E));
    return in.arena<E>(static_cast<std::size_t>(size));
}

/// Numbers as the pointee of a pointer: in task memory a copy, otherwise where they were received.
template <class T>
T* read_elements(Reader& in, std::size_t n, bool in_task_memory) {
    if (!in_task_memory) return in.elements_in_place<T>(n);
    T* values = in.task<T>(n);
    if (values) in.elements(values, n);
    return values;
}

/// `n` structures that lie in memory as on the wire; `read_one` is for the other byte order.
template <class T, class ReadOne>
void read_blocks(Reader& in, T* values, std::size_t n, std::size_t alignment, ReadOne read_one) {
    if (in.failed()) return;
    if (!in.swaps()) {
        in.align(alignment);
        return in.copy(values, n * sizeof(T));
    }
    for (std::size_t i = 0; i < n && !in.failed(); ++i) read_one(in, values[i]);
}

/// The first element of an array that goes on behind what its declaration says (a row of several, or [1] at the end of a structure). The compiler must not know the
/// declared size, or it takes the elements behind for a mistake.
template <class T>
T* open_end(T* first) {
    __asm__("" : "+r"(first));
    return first;
}

/// Memory for a structure that ends in `n` elements of `element` bytes.
template <class T>
T* allocate_conformant(Reader& in, bool in_task_memory, std::size_t offset, std::size_t n, std::size_t element) {
    const std::size_t bytes = std::max(sizeof(T), offset + n * element);
    return reinterpret_cast<T*>(in.allocate<std::uint64_t>(in_task_memory, (bytes + 7) / 8));
}

/// [string] in an array of `size` characters: offset, actual count, characters with terminator.
template <class T>
void write_fixed_string(Writer& out, const T* text, std::size_t size) {
    std::size_t n = 0;
    while (n < size && text[n] != 0) ++n;
    if (n == size) return out.fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    out.count(0);
    out.count(n + 1);
    out.elements(text, n + 1);
}
template <class T>
void read_fixed_string(Reader& in, T* text, std::size_t size) {
    in.expect(0);
    const std::size_t n = in.count(sizeof(T));
    if (in.failed() || n == 0 || n > size || !text) return in.fail_now();
    in.elements(text, n);
    if (text[n - 1] != 0) in.fail_now();
}
/// [string, size_is(size)]: the maximum count is the size, not the length.
template <class T>
void write_sized_string(Writer& out, const T* text, std::size_t size) {
    out.count(size);
    write_fixed_string(out, text, size);
}
template <class T>
T* read_sized_string(Reader& in, bool in_task_memory) {
    const std::size_t size = in.count(0);
    in.require(has_room<T>(in, size));
    T* text = in.allocate<T>(in_task_memory, size);
    if (text) read_fixed_string(in, text, size);
    return in.failed() ? nullptr : text;
}
/// The same into `room` characters that the caller has.
template <class T>
void read_string_into(Reader& in, T* text, std::size_t room) {
    (void)in.count(0);
    read_fixed_string(in, text, room);
}

/// Room of an [in, out] text without size_is: the text that was sent and its terminator.
template <class T>
std::size_t text_room(const T* text) {
    std::size_t n = 0;
    while (text && text[n] != 0) ++n;
    return n + 1;
}

template <class T>
std::remove_const_t<T> value_or_zero(T* pointer) {
    return pointer ? *pointer : std::remove_const_t<T>{};
}

/// Frees what an [in, out] parameter held before the reply replaced it.
struct TaskDisposer {
    void free_later(void* block) const {
        if (block) task_memory().release(block);
    }
    template <class Interface>
    void release(Interface* object) const {
        if (object) object->Release();
    }
};

/// A type with wire_marshal or user_marshal, such as BSTR: what it is on the wire is written by hand. Generated code refers to a constant
/// named `<Type>_wire` with C linkage. When the wire type is a pointer, generated code writes its representation, which is never null.
struct UserType {
    /// Writes the pointee (or the value itself); must copy what it writes.
    void (*write)(Writer& out, const void* value);
    /// Reads into zeroed memory of the type, or, for [in, out] in a proxy, over the value that was sent: what that owns is still the
    /// caller's then, and freed by generated code afterwards. Leaves zeroed memory zero when the reader fails. Memory that it takes is the
    /// reader's task memory.
    void (*read)(Reader& in, void* value);
    /// Frees what `read` took.
    void (*release)(void* value);
    /// Frees what a value that the caller made owns, after a reply replaced it ([in, out] in a proxy); null: as `release`.
    void (*release_replaced)(void* value) = nullptr;
};
template <class Disposer, class T>
void free_user(Disposer&, const UserType& type, const T& value) {
    type.release(const_cast<T*>(&value));
}
template <class T>
void free_user(TaskDisposer&, const UserType& type, const T& value) {
    (type.release_replaced ? type.release_replaced : type.release)(const_cast<T*>(&value));
}

/// [out] parameters before the call and after a failed one.
template <class T>
void clear(T* values, std::size_t n = 1) {
    if (values && n) std::memset(static_cast<void*>(values), 0, n * sizeof(T));
}

}  // namespace odc::ndr
