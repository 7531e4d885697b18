// Writes the arguments of a call in NDR (C706 chapter 14; NDR64: MS-RPCE 2.2.5). Generated code is straight-line calls on it.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "opendcom/ndr/memory.h"

namespace odc::ndr {

enum class Syntax : std::uint8_t { ndr20, ndr64 };

/// No structure may nest deeper than this, on writing or on reading (a cyclic list would never end).
inline constexpr unsigned kMaxNesting = 64;

class Writer;
class Reader;

/// How interface pointers inside arguments become MInterfacePointers (MS-DCOM 2.2.14); the object runtime implements it.
class InterfaceCodec {
  public:
    virtual ~InterfaceCodec() = default;
    /// Writes the pointee of a non-null interface pointer, or fails the writer.
    virtual void write(Writer& out, const Guid& iid, void* object) = 0;
    /// Reads what `write` wrote; null when the reader has failed. The caller owns one reference.
    virtual void* read(Reader& in, const Guid& iid) = 0;
    virtual void release(void* object) = 0;
};

/// Always writes the machine's own byte order; the first failure is remembered and later writes do no harm.
/// One contiguous buffer with headroom for the headers below; large byte arrays are referenced, not copied.
class ODC_API Writer {
  public:
    /// A large byte array in somebody else's memory, to be sent after the first `at` bytes of the own buffer.
    struct External {
        std::size_t at;
        const std::uint8_t* data;
        std::size_t size;
    };
    static constexpr std::size_t kReferenceFrom = 8192;  ///< smaller arrays are cheaper to copy than to gather
    static constexpr std::size_t kMaxExternals = 8;

    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();

    /// Starts a new message. `headroom` bytes (a multiple of 8) before the first argument stay free for headers;
    /// alignment counts from the end of the headroom.
    void begin(std::size_t headroom, Syntax syntax = Syntax::ndr20, InterfaceCodec* objects = nullptr);

    void u8(std::uint8_t v) { put(v); }
    void u16(std::uint16_t v) { put(v); }
    void u32(std::uint32_t v) { put(v); }
    void u64(std::uint64_t v) { put(v); }
    void i8(std::int8_t v) { put(v); }
    void i16(std::int16_t v) { put(v); }
    void i32(std::int32_t v) { put(v); }
    void i64(std::int64_t v) { put(v); }
    void f32(float v) { put(v); }
    void f64(double v) { put(v); }
    void guid(const Guid& v) {
        align(4);
        copy(&v, sizeof v);
    }
    /// An enum without v1_enum: 16 bits in NDR 2.0 (values outside fail the writer), 32 in NDR64.
    void enum16(std::int32_t v) {
        if (syntax_ == Syntax::ndr64) return put(v);
        if (v < -0x8000 || v > 0xFFFF) fail(HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE));
        put(static_cast<std::uint16_t>(v));
    }
    /// __int3264: 32 bits in NDR 2.0, 64 in NDR64.
    void int3264(std::int64_t v) {
        if (syntax_ == Syntax::ndr64) put(v);
        else put(static_cast<std::int32_t>(v));
    }
    void uint3264(std::uint64_t v) {
        if (syntax_ == Syntax::ndr64) put(v);
        else put(static_cast<std::uint32_t>(v));
    }

    /// Pads with zeros to a multiple of `n` (1, 2, 4, 8).
    void align(std::size_t n) {
        const std::size_t pad = (0 - position()) & (n - 1);
        if (pad == 0) return;
        if (static_cast<std::size_t>(end_ - at_) < pad) grow(pad);
        std::memset(at_, 0, pad);
        at_ += pad;
    }
    /// Bytes that need no alignment, copied.
    void copy(const void* data, std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
        if (size) std::memcpy(at_, data, size);
        at_ += size;
    }
    /// The same, but from kReferenceFrom bytes on only referenced: `data` must live until the message is sent.
    void bytes(const void* data, std::size_t size) {
        if (size >= kReferenceFrom && external_count_ < max_externals_) reference(data, size);
        else copy(data, size);
    }

    /// Conformance, offset and actual count of arrays: 32 bits, in NDR64 64.
    void count(std::size_t n) {
        if (syntax_ == Syntax::ndr64) return put(static_cast<std::uint64_t>(n));
        if (n > 0xFFFFFFFFu) fail(HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
        put(static_cast<std::uint32_t>(n));
    }
    /// The representation of a unique pointer; true when a pointee has to follow (now or deferred).
    bool unique(const void* pointer) {
        referent(pointer ? next_referent() : 0);
        return pointer != nullptr;
    }
    /// A reference pointer that is part of a constructed type (a top-level one is not represented at all).
    bool embedded_ref(const void* pointer) {
        if (!pointer) fail(HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
        referent(next_referent());
        return pointer != nullptr;
    }
    /// A full pointer: true when it is seen for the first time and its pointee has to follow.
    bool full(const void* pointer) {
        full_reference(pointer);
        return full_pointee(pointer);
    }
    /// Its representation alone, inside a constructed type; the pointee follows when `full_pointee` says so.
    void full_reference(const void* pointer);
    bool full_pointee(const void* pointer);
    /// Checks a top-level reference pointer.
    bool ref(const void* pointer) {
        if (!pointer) [[unlikely]] fail(HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
        return pointer != nullptr;
    }
    /// An interface pointer: unique pointer to an MInterfacePointer. `object` is an interface pointer of type `iid`.
    void interface_pointer(const Guid& iid, void* object) {
        if (unique(object)) this->object(iid, object);
    }
    /// The pointee alone, of an interface pointer that is not null.
    void object(const Guid& iid, void* object) {
        if (!objects_) return fail(E_NOINTERFACE);
        objects_->write(*this, iid, object);
    }
    /// [string]: maximum, offset and actual count, then the characters with their terminator. `T` is char or a 16-bit type.
    template <class T>
    void string(const T* text) {
        std::size_t n = 0;
        while (text[n] != 0) ++n;
        ++n;
        count(n);
        count(0);
        count(n);
        align(sizeof(T));
        bytes_of_elements(text, n);
    }
    /// `n` numbers of one primitive type, aligned for the first.
    template <class T>
    void elements(const T* data, std::size_t n) {
        align(sizeof(T));
        bytes_of_elements(data, n);
    }

    Syntax syntax() const { return syntax_; }
    bool ndr64() const { return syntax_ == Syntax::ndr64; }
    /// Bytes of argument data so far, externals included, headroom not.
    std::size_t position() const { return static_cast<std::size_t>(at_ - begin_) - headroom_ + external_bytes_; }
    void fail(HRESULT code) {
        if (error_ == S_OK) error_ = code;
    }
    HRESULT error() const { return error_; }
    bool failed() const { return error_ != S_OK; }
    void enter() {
        if (++nesting_ > kMaxNesting) fail(HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    }
    void leave() { --nesting_; }
    bool too_deep() const { return nesting_ > kMaxNesting; }
    InterfaceCodec* objects() const { return objects_; }
    void set_objects(InterfaceCodec* objects) { objects_ = objects; }
    /// Off: everything is copied into the own buffer, for a reader in the same process that wants one piece of memory.
    bool gathers() const { return max_externals_ != 0; }
    void set_gather(bool on) { max_externals_ = on ? kMaxExternals : 0; }

    // For the layers below -------------------------------------------------------------------------------------------
    std::uint8_t* base() { return begin_; }              ///< start of the headroom
    std::size_t headroom() const { return headroom_; }
    std::size_t own_bytes() const { return static_cast<std::size_t>(at_ - begin_); }  ///< headroom included
    std::span<const External> externals() const { return {externals_.data(), external_count_}; }
    /// Makes room for `n` more bytes and returns where they start; used by codecs that fill in place.
    std::uint8_t* reserve(std::size_t n) {
        if (static_cast<std::size_t>(end_ - at_) < n) grow(n);
        return at_;
    }
    void advance(std::size_t n) { at_ += n; }
    /// Forgets the first `n` bytes of arguments (a multiple of 8), which have been sent; nothing may be external. `position` then counts
    /// from there.
    void drop_front(std::size_t n);
    /// Overwrites a 32-bit number at an offset into the own argument bytes.
    void patch_u32(std::size_t offset, std::uint32_t v) { std::memcpy(begin_ + headroom_ + offset, &v, sizeof v); }
    /// Gives back memory beyond `keep` bytes that one large message made it take.
    void trim(std::size_t keep);

  private:
    template <class T>
    void put(T v) {
        const std::size_t pad = (0 - position()) & (sizeof(T) - 1);
        if (static_cast<std::size_t>(end_ - at_) < pad + sizeof(T)) [[unlikely]] grow(pad + sizeof(T));
        if (pad) {
            std::memset(at_, 0, pad);
            at_ += pad;
        }
        std::memcpy(at_, &v, sizeof(T));
        at_ += sizeof(T);
    }
    template <class T>
    void bytes_of_elements(const T* data, std::size_t n) {
        if constexpr (sizeof(T) == 1) bytes(data, n);
        else bytes(data, n * sizeof(T));
    }
    void referent(std::uint32_t id) {
        if (syntax_ == Syntax::ndr64) put(static_cast<std::uint64_t>(id));
        else put(id);
    }
    std::uint32_t next_referent() { return last_referent_ += 4; }
    void reference(const void* data, std::size_t size);
    void grow(std::size_t needed);

    std::uint8_t* begin_ = nullptr;
    std::uint8_t* at_ = nullptr;
    std::uint8_t* end_ = nullptr;
    std::size_t headroom_ = 0;
    std::size_t external_bytes_ = 0;
    std::size_t external_count_ = 0;
    std::size_t max_externals_ = kMaxExternals;
    std::uint32_t last_referent_ = 0x00020000 - 4;
    unsigned nesting_ = 0;
    HRESULT error_ = S_OK;
    Syntax syntax_ = Syntax::ndr20;
    InterfaceCodec* objects_ = nullptr;
    std::array<External, kMaxExternals> externals_;
    struct Full {
        std::uint32_t id;
        bool written;
    };
    std::unique_ptr<std::unordered_map<const void*, Full>> full_pointers_;
};

}  // namespace odc::ndr
