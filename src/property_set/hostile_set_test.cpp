// Property sets that mean harm: what parsing takes of the heap, counted, is a small multiple of the bytes given, and grows as they do.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

#include "base/bytes.h"
#include "property_set/property_set.h"

namespace {

std::atomic<std::int64_t> blocks{0}, taken{0}, in_use{0}, most{0};

void* counted(std::size_t size) {
    void* block = std::malloc(size ? size : 1);
    if (!block) throw std::bad_alloc();
    const auto bytes = static_cast<std::int64_t>(malloc_usable_size(block));
    blocks += 1;
    taken += bytes;
    const auto now = in_use += bytes;
    if (now > most) most = now;
    return block;
}
void uncounted(void* block) noexcept {
    if (block) in_use -= static_cast<std::int64_t>(malloc_usable_size(block));
    std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* block) noexcept { uncounted(block); }
void operator delete[](void* block) noexcept { uncounted(block); }
void operator delete(void* block, std::size_t) noexcept { uncounted(block); }
void operator delete[](void* block, std::size_t) noexcept { uncounted(block); }

namespace odc::property_set {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr Type kVector = type::kVector, kArray = type::kArray;

struct Cost {
    std::int64_t blocks, taken, most;
    HRESULT code;
};
Cost cost_of(const Bytes& stream) {
    const auto blocks_before = blocks.load(), taken_before = taken.load(), before = in_use.load();
    most = before;
    HRESULT code;
    {
        const auto parsed = PropertySetStream::parse(stream);
        code = parsed.code();
    }
    EXPECT_EQ(in_use.load(), before) << "all of it is given back";
    return {blocks - blocks_before, taken - taken_before, most - before, code};
}

struct Part {
    PropertyId id;
    Bytes bytes;
};
/// A stream of one set, its offsets as they should be.
Bytes stream_of(const std::vector<Part>& parts) {
    ByteWriter out;
    out.u16(0xFFFE);
    out.u16(1);
    out.u32(0);
    out.zeros(16);
    out.u32(1);
    out.guid(kSummaryInformation);
    out.u32(48);
    std::size_t size = 8 + parts.size() * 8;
    const std::size_t start = out.size();
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(parts.size()));
    for (const auto& part : parts) {
        out.u32(part.id);
        out.u32(static_cast<std::uint32_t>(size));
        size += part.bytes.size();
    }
    for (const auto& part : parts) out.bytes(part.bytes);
    out.patch_u32(start, static_cast<std::uint32_t>(size));
    return out.take();
}
Part code_page(std::uint16_t number) { return {kCodePageId, {2, 0, 0, 0, static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8), 0, 0}}; }
Bytes typed(Type type, std::uint32_t count, const std::function<void(ByteWriter&)>& rest) {
    ByteWriter out;
    out.u16(type);
    out.u16(0);
    out.u32(count);
    rest(out);
    return out.take();
}
Bytes repeated(Type type, std::uint32_t count, std::initializer_list<std::uint8_t> element) {
    return typed(type, count, [&](ByteWriter& out) {
        for (std::uint32_t i = 0; i < count; ++i) out.bytes({element.begin(), element.size()});
    });
}

Bytes dictionary(std::uint32_t count, bool wide) {
    ByteWriter out;
    out.u32(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const char digits[] = {static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26 % 26), static_cast<char>('a' + i / 676 % 26),
                               static_cast<char>('a' + i / 17576 % 26)};
        out.u32(2 + i);
        out.u32(5);
        for (const char digit : digits) wide ? out.u16(static_cast<std::uint16_t>(digit)) : out.u8(static_cast<std::uint8_t>(digit));
        wide ? out.u16(0) : out.u8(0);
        if (wide) out.zeros(2);
    }
    return out.take();
}

/// Streams of about `n` elements, each kind as dense as its format allows.
struct Kind {
    const char* name;
    std::function<Bytes(std::uint32_t)> make;
};
const Kind kKinds[] = {
    {"properties without a value",
     [](std::uint32_t n) {
         std::vector<Part> parts{code_page(1252)};
         for (std::uint32_t i = 0; i < n; ++i) parts.push_back({2 + i, {0, 0, 0, 0}});
         return stream_of(parts);
     }},
    {"narrow names", [](std::uint32_t n) { return stream_of({code_page(1252), {kDictionaryId, dictionary(n, false)}}); }},
    {"wide names", [](std::uint32_t n) { return stream_of({code_page(1200), {kDictionaryId, dictionary(n, true)}}); }},
    {"a vector of variants", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kVariant, n, {2, 0, 0, 0, 1, 0, 0, 0})}}); }},
    {"an array of variants",
     [](std::uint32_t n) {
         return stream_of({code_page(1252), {2, typed(kArray | type::kVariant, type::kVariant, [&](ByteWriter& out) {
                                                 for (const std::uint32_t field : {1u, n, 0u}) out.u32(field);
                                                 for (std::uint32_t i = 0; i < n; ++i) {
                                                     out.u32(type::kI2);
                                                     out.u32(1);
                                                 }
                                             })}});
     }},
    {"a vector of empty strings", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kLpstr, n, {0, 0, 0, 0})}}); }},
    {"a vector of wide strings", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kLpwstr, n, {0, 0, 0, 0})}}); }},
    {"a vector of strings that could be packed",
     [](std::uint32_t n) { return stream_of({code_page(932), {2, repeated(kVector | type::kBstr, n, {1, 0, 0, 0, 0})}}); }},
    {"a vector of class ids", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kGuid, n, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})}}); }},
    {"a vector of pictures", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kClipboard, n, {4, 0, 0, 0, 1, 0, 0, 0})}}); }},
    {"a vector of bits", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(kVector | type::kBool, n, {0xFF, 0xFF})}}); }},
    {"a blob", [](std::uint32_t n) { return stream_of({code_page(1252), {2, repeated(type::kBlob, n, {7})}}); }},
    {"properties of an unknown type",
     [](std::uint32_t n) {
         std::vector<Part> parts{code_page(1252)};
         for (std::uint32_t i = 0; i < n; ++i) parts.push_back({2 + i, {0x7F, 0x03, 0, 0}});
         return stream_of(parts);
     }},
};

TEST(HostilePropertySet, HeapGrowsAsTheBytesDo) {
    constexpr std::uint32_t kCount = 2000;
    constexpr std::int64_t kMultiple = 40;  // an empty property: 12 bytes there, its node and copy here
    for (const Kind& kind : kKinds) {
        SCOPED_TRACE(kind.name);
        const auto small = kind.make(kCount), large = kind.make(4 * kCount);
        (void)cost_of(small);  // what iconv and the like keep
        const auto one = cost_of(small), four = cost_of(large);
        EXPECT_EQ(one.code, S_OK);
        EXPECT_EQ(four.code, S_OK);
        EXPECT_LE(one.most, kMultiple * static_cast<std::int64_t>(small.size()));
        EXPECT_LE(four.most, kMultiple * static_cast<std::int64_t>(large.size()));
        // A quadratic step would take sixteen times as much.
        EXPECT_LE(four.blocks, 5 * one.blocks + 20);
        EXPECT_LE(four.taken, 5 * one.taken + 1000);
    }
}

TEST(HostilePropertySet, CountsThatLieCostNothing) {
    const auto nothing = [](ByteWriter&) {};
    const auto lying = [&](Type type) { return stream_of({code_page(1252), {2, typed(type, 0xFFFFFFFF, nothing)}}); };
    std::vector<Bytes> streams;
    for (const Type scalar : {type::kI2, type::kI4, type::kR4, type::kR8, type::kCy, type::kDate, type::kBstr, type::kError, type::kBool, type::kVariant,
                              type::kI1, type::kUi1, type::kUi2, type::kUi4, type::kI8, type::kUi8, type::kLpstr, type::kLpwstr, type::kFileTime,
                              type::kClipboard, type::kGuid})
        streams.push_back(lying(kVector | scalar));
    for (const Type scalar : {type::kBstr, type::kLpstr, type::kLpwstr, type::kBlob, type::kBlobObject, type::kClipboard, type::kStream}) streams.push_back(lying(scalar));
    streams.push_back(stream_of({code_page(1252), {kDictionaryId, {0xFF, 0xFF, 0xFF, 0xFF}}}));
    // Dimensions whose product is beyond 2^32, or beyond 2^64 and then small again.
    for (const std::uint32_t size : {0xFFFFu, 0xFFFFFFFFu, 0x80000000u})
        streams.push_back(stream_of({code_page(1252), {2, typed(kArray | type::kI4, type::kI4, [&](ByteWriter& out) {
                                                           out.u32(31);
                                                           for (int i = 0; i < 31; ++i) {
                                                               out.u32(size);
                                                               out.u32(0);
                                                           }
                                                       })}}));
    streams.push_back(stream_of({code_page(1252), {2, typed(kArray | type::kI4, type::kI4, [](ByteWriter& out) { out.u32(0xFFFFFFFF); })}}));
    for (const auto& stream : streams) {
        const auto cost = cost_of(stream);
        EXPECT_EQ(cost.code, STG_E_INVALIDHEADER) << hex(stream);
        EXPECT_LE(cost.most, 4000) << hex(stream);
    }
}

TEST(HostilePropertySet, VectorsInVectorsAreRefused) {
    // Each level is a vector of one variant that is the next level: depth would be free of cost otherwise.
    Bytes bytes = {3, 0, 0, 0, 5, 0, 0, 0};
    for (int depth = 0; depth < 1000; ++depth) {
        Bytes outer = typed(kVector | type::kVariant, 1, [&](ByteWriter& out) { out.bytes(bytes); });
        bytes = std::move(outer);
    }
    EXPECT_EQ(cost_of(stream_of({code_page(1252), {2, bytes}})).code, STG_E_INVALIDHEADER);
}

TEST(HostilePropertySet, EveryBentByteIsRefusedOrStaysCheap) {
    const auto good = stream_of({code_page(1252), {kDictionaryId, dictionary(3, false)}, {2, repeated(kVector | type::kLpstr, 3, {2, 0, 0, 0, 'a', 0, 0, 0})},
                                 {3, repeated(kVector | type::kVariant, 2, {3, 0, 0, 0, 1, 0, 0, 0})}, {4, {0x40, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}}});
    ASSERT_EQ(cost_of(good).code, S_OK);
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
            auto bent = good;
            bent[at] = static_cast<std::uint8_t>(value);
            const auto cost = cost_of(bent);
            EXPECT_TRUE(cost.code == S_OK || cost.code == STG_E_INVALIDHEADER) << at;
            EXPECT_LE(cost.most, 40 * static_cast<std::int64_t>(bent.size())) << at;
        }
}

}  // namespace
}  // namespace odc::property_set
