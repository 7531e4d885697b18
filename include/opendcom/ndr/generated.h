// Small pieces that the code written by MIDL is made of, beside Writer and Reader: counts from expressions, pointer marks
// between the two phases of reading, strings with a size of their own.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "opendcom/ndr/reader.h"

namespace odc::ndr {

/// The element of an array of arrays.
template <class T, std::size_t N>
using Row = T[N];

/// A varying array may announce more room than it sends elements.
template <class T>
bool has_room(Reader& in, std::size_t n) {
    return n <= (std::size_t{1} << 31) / sizeof(T) && in.take_spare(n * sizeof(T));
}

// Expressions of size_is and friends, whose operands may be anything that a peer can send. -------------------------------

/// An operand: 64 bits, so that adding, subtracting and multiplying what came in 32 cannot overflow.
template <class T>
auto wide(T value) {
    if constexpr (std::is_same_v<T, std::uint64_t> || std::is_same_v<T, unsigned long long>) return value;
    else return static_cast<long long>(value);
}
/// A pointer in a condition.
template <class T>
bool wide(T* pointer) {
    return pointer != nullptr;
}
template <class A, class B>
auto quotient(A a, B b) {
    using Wide = std::common_type_t<A, B, long long>;
    return b == 0 || (std::is_signed_v<B> && b == static_cast<B>(-1)) ? static_cast<Wide>(0) - static_cast<Wide>(b != 0) * static_cast<Wide>(a)
                                                                    : static_cast<Wide>(a) / static_cast<Wide>(b);
}
template <class A, class B>
auto modulus(A a, B b) {
    using Wide = std::common_type_t<A, B, long long>;
    return b == 0 || (std::is_signed_v<B> && b == static_cast<B>(-1)) ? Wide{} : static_cast<Wide>(a) % static_cast<Wide>(b);
}
/// max_is and last_is: one less than the count. An unsigned -1 is the last of none.
template <class T>
auto one_more(T last) {
    if constexpr (std::is_signed_v<T> && sizeof(T) < 8) return static_cast<long long>(last) + 1;
    else return static_cast<T>(static_cast<std::make_unsigned_t<T>>(last) + 1);
}

template <class T>
std::remove_const_t<T> value_or_zero(T* pointer) {
    return pointer ? *pointer : std::remove_const_t<T>{};
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
    const std::size_t n = in.bound();
    if (n <= room) return n;
    in.fail_now();
    return 0;
}
/// The maximum count of a varying array may be more than the caller's memory holds, as long as what is sent of it fits: it then says how
/// much would be needed.
inline std::size_t what_fits(Reader& in, std::size_t room) { return std::min(in.bound(), room); }

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

/// Arrays of reference pointers: NDR 2.0 has their pointees only, NDR64 a value for each pointer (MS-RPCE 2.2.5.3.5.1).
template <class T>
void write_references(Writer& out, T* const* pointers, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        if (out.ndr64()) out.embedded_ref(pointers[i]);
        else out.ref(pointers[i]);
    }
}
template <class T>
void read_references(Reader& in, T** pointers, std::size_t n) {
    for (std::size_t i = 0; i < n && !in.failed(); ++i) {
        if (in.ndr64()) mark_ref(in, pointers[i]);
        else pointers[i] = reinterpret_cast<T*>(std::uintptr_t{16});
    }
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
    in.align(alignment);
    if (!in.swaps()) return in.copy(values, n * sizeof(T));
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

// [byte_count(bytes)]: all that an [out] parameter points to lies in one block of the caller, the `n` values of T at its begin.
template <class T, class Bytes>
void fits_block(Writer& out, const T* values, std::size_t n, Bytes bytes) {
    if (values && extent(out, bytes) / sizeof(T) < n) out.fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
}
/// For as long as the parameter is read.
class CallersBlock {
  public:
    template <class T, class Bytes>
    CallersBlock(Reader& in, T* values, std::size_t n, Bytes bytes) : in_(in) {
        auto* const begin = reinterpret_cast<std::uint8_t*>(values);
        if (begin) in.set_callers_block(begin + n * sizeof(T), begin + static_cast<std::size_t>(bytes));
    }
    ~CallersBlock() { in_.set_callers_block(nullptr, nullptr); }
    CallersBlock(const CallersBlock&) = delete;
    CallersBlock& operator=(const CallersBlock&) = delete;

  private:
    Reader& in_;
};

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
    if (text[n - 1] == 0) return;
    text[n - 1] = 0;  // it may be the caller's own memory
    in.fail_now();
}
/// [string, size_is(size)]: the maximum count is the size, not the length.
template <class T>
void write_sized_string(Writer& out, const T* text, std::size_t size) {
    out.count(size);
    write_fixed_string(out, text, size);
}
template <class T>
T* read_sized_string(Reader& in, std::size_t size, bool in_task_memory) {
    in.require(has_room<T>(in, size));
    T* text = in.allocate<T>(in_task_memory, size);
    if (text) read_fixed_string(in, text, size);
    return in.failed() ? nullptr : text;
}
/// The same into `room` characters that the caller has.
template <class T>
void read_string_into(Reader& in, T* text, std::size_t room) {
    (void)in.bound();
    read_fixed_string(in, text, room);
}

/// Room of an [in, out] text without size_is: the text that was sent and its terminator.
template <class T>
std::size_t text_room(const T* text) {
    std::size_t n = 0;
    while (text && text[n] != 0) ++n;
    return n + 1;
}

/// Frees what an [in, out] parameter held before the reply replaced it.
struct TaskDisposer {
    void free_later(const void* block) const {
        if (block) task_memory().release(const_cast<void*>(block));
    }
    template <class Interface>
    void release(Interface* object) const {
        if (object) object->Release();
    }
};

/// Ends values that hand-written code made, where the memory around them ends by itself.
struct ValuesOnly {
    void free_later(const void*) const {}
    template <class Interface>
    void release(Interface*) const {}
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
    /// Frees what a value owns that a caller of a proxy made, once a reply replaced it; null: as `release`.
    void (*release_callers)(void* value) = nullptr;
    /// The same for an [in, out] parameter, which may move what was received to where the caller wants it; null: `release_callers(before)`.
    void (*settle)(void* before, void* received) = nullptr;
};
template <class Disposer, class T>
void free_user(Disposer&, const UserType& type, const T& value) {
    type.release(const_cast<T*>(&value));
}
template <class T>
void free_user(TaskDisposer&, const UserType& type, const T& value) {
    (type.release_callers ? type.release_callers : type.release)(const_cast<T*>(&value));
}
/// [in, out] in a proxy, after a good reply: `before` is what was sent, `received` what came back.
template <class T>
void settle(const UserType& type, T before, T& received) {
    if (type.settle) return type.settle(&before, &received);
    (type.release_callers ? type.release_callers : type.release)(&before);
}

/// What an [in, out] array in the caller's memory held before the call, where more hangs on its elements. Those from `first` to `end` went into
/// the request: they are freed once the answer was read, and are the caller's again if it was not.
template <class T>
class ElementsBefore {
  public:
    ElementsBefore(T* values, std::size_t room) : ElementsBefore(values, room, 0, static_cast<std::int64_t>(room)) {}
    ElementsBefore(T* values, std::size_t room, std::int64_t first, std::int64_t end) : values_(values), room_(values ? room : 0) {
        end_ = static_cast<std::size_t>(std::clamp<std::int64_t>(end, 0, static_cast<std::int64_t>(room_)));
        first_ = static_cast<std::size_t>(std::clamp<std::int64_t>(first, 0, static_cast<std::int64_t>(end_)));
        if (room_ == 0) return;
        copy_ = std::make_unique<std::byte[]>(room_ * sizeof(T));
        std::memcpy(copy_.get(), static_cast<const void*>(values), room_ * sizeof(T));
    }
    /// Leaves nothing in the places of what was sent: an answer may bring fewer elements.
    void take_out() {
        if (end_ > first_) std::memset(static_cast<void*>(values_ + first_), 0, (end_ - first_) * sizeof(T));
    }
    void put_back() {
        if (room_ > 0) std::memcpy(static_cast<void*>(values_), copy_.get(), room_ * sizeof(T));
    }
    /// Elements whose type says itself what becomes of the old and the new.
    void settle(const UserType& type) {
        for (std::size_t i = first_; i < end_; ++i) ndr::settle(type, reinterpret_cast<T*>(copy_.get())[i], values_[i]);
    }
    std::span<T> sent() { return {reinterpret_cast<T*>(copy_.get()) + first_, end_ - first_}; }

  private:
    T* values_;
    std::size_t room_, first_ = 0, end_ = 0;
    std::unique_ptr<std::byte[]> copy_;
};

/// [out] parameters before the call and after a failed one.
template <class T>
void clear(T* values, std::size_t n = 1) {
    if (values && n) std::memset(static_cast<void*>(values), 0, n * sizeof(T));
}

}  // namespace odc::ndr
