// Reads the arguments of a call from NDR 2.0 (both byte orders) or NDR64. Nothing that a peer sends can make it read
// outside the buffer or allocate more than a small multiple of what was received.
#pragma once

#include <span>
#include <type_traits>
#include <utility>

#include "opendcom/ndr/writer.h"

namespace odc::ndr {

/// Where the bytes of a message come from while it is read and still arriving (pipes).
class Source {
  public:
    /// The bytes that the reader has not read, with more behind them, aligned to 8 in memory: at least `least` in all, or fewer when
    /// no more come. `in_place`: what was given before stays where it is; otherwise only `unread` is needed any longer.
    virtual std::span<std::uint8_t> more(std::span<std::uint8_t> unread, std::size_t least, bool in_place) = 0;

  protected:
    ~Source() = default;
};

/// Remembers its first error and then gives zeros, so decoding is a straight line with one check (`finish`) at its end.
class ODC_API Reader {
  public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { end(); }

    /// Starts on the stub data of one message, which must be aligned to 8 in memory and outlive what is read in place.
    /// `arena` takes what ends with the call.
    void begin(std::span<std::uint8_t> stub_data, bool swap_bytes, Syntax syntax, Arena& arena, InterfaceCodec* objects = nullptr);
    /// Forgets the message; task memory and interfaces read so far now belong to whoever got them.
    void end();
    /// What `begin` was given is the beginning of a message that goes on at `source`.
    void set_source(Source* source) { source_ = source; }
    /// From now on nothing stays where it was received: the memory of what was read is used again.
    void read_nothing_in_place() { in_place_ = false; }
    /// Gets `n` bytes in all behind what was read, as far as they come. False: they do not.
    bool await(std::size_t n) { return left() >= n || refill(n); }

    std::uint8_t u8() { return get<std::uint8_t>(); }
    std::uint16_t u16() { return get<std::uint16_t>(); }
    std::uint32_t u32() { return get<std::uint32_t>(); }
    std::uint64_t u64() { return get<std::uint64_t>(); }
    std::int8_t i8() { return get<std::int8_t>(); }
    std::int16_t i16() { return get<std::int16_t>(); }
    std::int32_t i32() { return get<std::int32_t>(); }
    std::int64_t i64() { return get<std::int64_t>(); }
    float f32() { return get<float>(); }
    double f64() { return get<double>(); }
    Guid guid();
    std::int32_t enum16() { return ndr64() ? i32() : u16(); }
    std::int64_t int3264() { return ndr64() ? i64() : i32(); }
    std::uint64_t uint3264() { return ndr64() ? u64() : u32(); }

    void align(std::size_t n) {
        const std::size_t pad = (0 - position()) & (n - 1);
        if (left() < pad && !refill(pad)) [[unlikely]] return fail_now();
        at_ += pad;
    }
    /// Copies `size` bytes out; zeros on failure.
    void copy(void* to, std::size_t size);
    /// A view into the message; null on failure. Valid as long as the message is.
    std::uint8_t* view(std::size_t size);

    /// Conformance: a count of elements that take at least `element` bytes each on the wire (0: pointers to nothing, capped
    /// by the bytes left). Fails when the bytes left cannot hold that many.
    std::size_t count(std::size_t element) {
        const std::uint64_t n = ndr64() ? u64() : u32();
        if (n > left() / (element ? element : 1) && !refill_elements(n, element ? element : 1)) [[unlikely]] {
            fail_now();
            return 0;
        }
        return static_cast<std::size_t>(n);
    }
    /// A maximum count or an offset, which says nothing about the bytes behind it. At most 2^31 - 1 (MS-RPCE 3.1.1.5.3.2.2.1).
    std::size_t bound() {
        const std::uint64_t n = ndr64() ? u64() : u32();
        if (n > 0x7FFFFFFF) [[unlikely]] {
            fail_now();
            return 0;
        }
        return static_cast<std::size_t>(n);
    }
    /// Memory for what a message announces and need not send, such as the rest of a varying array: all arrays of the message share
    /// `kSpare` bytes, and some for each byte that was received.
    bool take_spare(std::size_t bytes) {
        if (bytes > spare_) return false;
        spare_ -= bytes;
        return true;
    }
    /// A count that must be what the program already knows (a size_is re-read, an offset of zero).
    void expect(std::size_t known) {
        const std::uint64_t n = ndr64() ? u64() : u32();
        if (n != known) [[unlikely]] fail_now();
    }
    /// A unique pointer's representation: true when a pointee follows.
    bool unique() { return referent() != 0; }
    bool embedded_ref() {
        if (referent() == 0) fail_now();
        return !failed_;
    }
    /// A full pointer's id; 0 is null. Look the id up with `known_full`, and `bind_full` it before reading the pointee.
    std::uint32_t full() { return static_cast<std::uint32_t>(referent()); }
    bool known_full(std::uint32_t id) const;
    /// The pointee bound to the id if it was bound with the same type, otherwise null.
    void* alias_of_full(std::uint32_t id, const void* type) const;
    /// `type` is an address that stands for the pointee's type; null: nobody may alias it.
    void bind_full(std::uint32_t id, void* pointee, const void* type);

    /// Memory for `n` values of T, zeroed: from the arena (ends with the call) or task memory (the receiver frees it).
    template <class T>
    T* arena(std::size_t n = 1) {
        if (failed_ || n > kMaxElements / sizeof(T)) [[unlikely]] return refuse<T>();
        void* block = arena_->allocate(n * sizeof(T));
        std::memset(block, 0, n * sizeof(T));
        return static_cast<T*>(block);
    }
    /// Task memory that this reader allocated is freed by `abandon` when the call fails later on.
    template <class T>
    T* task(std::size_t n = 1) {
        if (failed_ || n > kMaxElements / sizeof(T)) [[unlikely]] return refuse<T>();
        return static_cast<T*>(task_block(n * sizeof(T)));
    }
    /// From now on task memory comes out of these bytes, which belong to the caller; what does not fit fails the reader. An end at null: as
    /// before. ([byte_count] of an ACF.)
    void set_callers_block(std::uint8_t* at, std::uint8_t* end) { block_at_ = at, block_end_ = end; }
    /// `task` or `arena` memory, as the generated code decided for the whole parameter.
    template <class T>
    T* allocate(bool in_task_memory, std::size_t n = 1) {
        return in_task_memory ? task<T>(n) : arena<T>(n);
    }

    /// [string]: null on failure. In the arena mode and the machine's byte order the text stays where it was received.
    template <class T>
    T* string(bool in_task_memory);
    /// `n` numbers of one primitive type into memory that the caller has.
    template <class T>
    void elements(T* to, std::size_t n);
    /// The same where they were received if possible, otherwise in the arena. Null on failure (also for n == 0 then).
    template <class T>
    T* elements_in_place(std::size_t n);
    /// An interface pointer (one reference for the caller), or null. `abandon` releases it when the call fails later on.
    void* interface_pointer(const Guid& iid) { return unique() ? object(iid) : nullptr; }
    /// The pointee of an interface pointer whose representation was not null.
    void* object(const Guid& iid);

    Syntax syntax() const { return syntax_; }
    bool ndr64() const { return syntax_ == Syntax::ndr64; }
    bool swaps() const { return swap_; }
    /// For data whose byte order is not the message's: the types of Automation are little-endian always. Returns what was set before.
    bool set_swaps(bool on) { return std::exchange(swap_, on); }
    /// Where the next byte lies, for alignment: in a message that has a source only modulo 8.
    std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
    /// What is here to be read.
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    bool failed() const { return failed_; }
    void fail_now() {
        failed_ = true;
        at_ = end_;
    }
    /// A range or discriminant check of generated code.
    void require(bool holds) {
        if (!holds) [[unlikely]] fail_now();
    }
    void enter() {
        if (++nesting_ > kMaxNesting) fail_now();
    }
    void leave() { --nesting_; }
    /// A value made by hand-written code, which `abandon` ends where it lies.
    void own(void* value, void (*end)(void*)) { owned_.push_back({value, end}); }
    /// Ends the values, frees the task memory and releases the interfaces handed out since `begin`.
    void abandon();
    Arena& arena_memory() { return *arena_; }
    InterfaceCodec* objects() const { return objects_; }
    void set_objects(InterfaceCodec* objects) { objects_ = objects; }

  private:
    static constexpr std::size_t kMaxElements = std::size_t{1} << 31;
    static constexpr std::size_t kSpare = 65536, kSparePerByte = 16;
    template <class T>
    T get() {
        const std::size_t pad = (0 - position()) & (sizeof(T) - 1);
        if (left() < pad + sizeof(T) && !refill(pad + sizeof(T))) [[unlikely]] {
            fail_now();
            return T{};
        }
        at_ += pad;
        T v;
        std::memcpy(&v, at_, sizeof(T));
        at_ += sizeof(T);
        if (sizeof(T) > 1 && swap_) [[unlikely]] swap_in_place(&v, 1);
        return v;
    }
    template <class T>
    static void swap_in_place(T* values, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            auto* bytes = reinterpret_cast<std::uint8_t*>(values + i);
            for (std::size_t low = 0, high = sizeof(T) - 1; low < high; ++low, --high) std::swap(bytes[low], bytes[high]);
        }
    }
    template <class T>
    T* refuse() {
        fail_now();
        return nullptr;
    }
    std::uint64_t referent() { return ndr64() ? u64() : u32(); }
    void* task_block(std::size_t bytes);
    bool refill(std::size_t n);
    bool refill_elements(std::uint64_t n, std::size_t element) { return source_ && n <= kMaxElements / element && refill(static_cast<std::size_t>(n) * element); }

    std::uint8_t* begin_ = nullptr;
    std::uint8_t* at_ = nullptr;
    std::uint8_t* end_ = nullptr;
    Arena* arena_ = nullptr;
    InterfaceCodec* objects_ = nullptr;
    Source* source_ = nullptr;
    std::uint8_t* block_at_ = nullptr;
    std::uint8_t* block_end_ = nullptr;
    std::size_t spare_ = 0;
    unsigned nesting_ = 0;
    bool failed_ = false;
    bool swap_ = false;
    bool in_place_ = true;
    Syntax syntax_ = Syntax::ndr20;
    std::vector<void*> task_blocks_;
    std::vector<void*> interfaces_;
    struct Owned {
        void* value;
        void (*end)(void*);
    };
    std::vector<Owned> owned_;
    struct Full {
        void* pointee;
        const void* type;
    };
    std::unique_ptr<std::unordered_map<std::uint32_t, Full>> full_pointers_;
};

template <class T>
T* Reader::string(bool in_task_memory) {
    const std::uint64_t max = ndr64() ? u64() : u32();
    expect(0);
    const std::size_t n = count(sizeof(T));
    if (failed_ || n == 0 || n > max) return refuse<T>();
    if (!in_task_memory) {
        T* text = elements_in_place<T>(n);
        if (text && text[n - 1] != 0) return refuse<T>();
        return text;
    }
    T* text = task<T>(n);
    if (!text) return nullptr;
    elements(text, n);
    if (failed_ || text[n - 1] != 0) return refuse<T>();
    return text;
}

template <class T>
void Reader::elements(T* to, std::size_t n) {
    align(sizeof(T));
    if ((n > left() / sizeof(T) && !refill_elements(n, sizeof(T))) || (n && !to)) [[unlikely]] return fail_now();
    if (n) std::memcpy(to, at_, n * sizeof(T));
    at_ += n * sizeof(T);
    if (sizeof(T) > 1 && swap_) swap_in_place(to, n);
}

template <class T>
T* Reader::elements_in_place(std::size_t n) {
    align(sizeof(T));
    if (failed_ || (n > left() / sizeof(T) && !refill_elements(n, sizeof(T)))) [[unlikely]] return refuse<T>();
    auto* values = reinterpret_cast<T*>(at_);
    at_ += n * sizeof(T);
    if (sizeof(T) > 1 && swap_) {
        swap_in_place(values, n);
    }
    return values;
}

}  // namespace odc::ndr
