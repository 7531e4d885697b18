// NDR as tables of value and bytes: written, and read back in both byte orders and in NDR64.
#include <gtest/gtest.h>

#include <functional>

#include "base/bytes.h"
#include "base/guid.h"
#include "opendcom/ndr/reader.h"

namespace odc::ndr {
namespace {

const Guid kPager{0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}};

/// Stub data as it lies in a receive buffer: aligned to 8.
class StubData {
  public:
    explicit StubData(std::span<const std::uint8_t> bytes) : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
        if (size_) std::memcpy(words_.data(), bytes.data(), size_);
    }
    std::span<std::uint8_t> span() { return {reinterpret_cast<std::uint8_t*>(words_.data()), size_}; }

  private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

std::vector<std::uint8_t> written(Writer& out) {
    std::vector<std::uint8_t> bytes;
    std::size_t at = out.headroom();
    for (const Writer::External& external : out.externals()) {
        bytes.insert(bytes.end(), out.base() + at, out.base() + external.at);
        bytes.insert(bytes.end(), external.data, external.data + external.size);
        at = external.at;
    }
    bytes.insert(bytes.end(), out.base() + at, out.base() + out.own_bytes());
    return bytes;
}

struct Case {
    const char* name;
    const char* bytes;
    std::function<void(Writer&)> write;
    std::function<void(Reader&)> read;
    Syntax syntax = Syntax::ndr20;
    const char* big_endian = nullptr;  ///< the same value from a machine of the other order
};

const char16_t kText[] = u"Pager";
const std::int32_t kNumbers[] = {1, -2, 3};

const Case kCases[] = {
    {"numbers are aligned to their size",
     R"(01 00 02 00              // small 1, padding, short 2
        03 00 00 00              // long 3
        04 00 00 00 00 00 00 00  // hyper 4
        05                       // byte 5)",
     [](Writer& out) { out.u8(1), out.u16(2), out.u32(3), out.u64(4), out.u8(5); },
     [](Reader& in) {
         EXPECT_EQ(in.u8(), 1);
         EXPECT_EQ(in.u16(), 2);
         EXPECT_EQ(in.u32(), 3u);
         EXPECT_EQ(in.u64(), 4u);
         EXPECT_EQ(in.u8(), 5);
     },
     Syntax::ndr20,
     R"(01 00 00 02  00 00 00 03  00 00 00 00 00 00 00 04  05)"},
    {"signed numbers", "ff 00 fe ff  fd ff ff ff  fc ff ff ff ff ff ff ff",
     [](Writer& out) { out.i8(-1), out.i16(-2), out.i32(-3), out.i64(-4); },
     [](Reader& in) {
         EXPECT_EQ(in.i8(), -1);
         EXPECT_EQ(in.i16(), -2);
         EXPECT_EQ(in.i32(), -3);
         EXPECT_EQ(in.i64(), -4);
     },
     Syntax::ndr20, "ff 00 ff fe  ff ff ff fd  ff ff ff ff ff ff ff fc"},
    {"floating point numbers", "00 00 80 3f  00 00 00 00  00 00 00 00 00 00 04 c0  // 1.0f, padding, -2.5",
     [](Writer& out) { out.f32(1.0f), out.f64(-2.5); },
     [](Reader& in) {
         EXPECT_EQ(in.f32(), 1.0f);
         EXPECT_EQ(in.f64(), -2.5);
     },
     Syntax::ndr20, "3f 80 00 00  00 00 00 00  c0 04 00 00 00 00 00 00"},
    {"a GUID is aligned to 4", "01 00 00 00  40 fc 29 6b 47 ca 67 10 b3 1d 00 dd 01 06 62 da",
     [](Writer& out) { out.u8(1), out.guid(kPager); },
     [](Reader& in) {
         in.u8();
         EXPECT_EQ(in.guid(), kPager);
     },
     Syntax::ndr20, "01 00 00 00  6b 29 fc 40 ca 47 10 67 b3 1d 00 dd 01 06 62 da"},
    {"an enum has 16 bits", "05 00 ff ff", [](Writer& out) { out.enum16(5), out.enum16(0xFFFF); },
     [](Reader& in) {
         EXPECT_EQ(in.enum16(), 5);
         EXPECT_EQ(in.enum16(), 0xFFFF);
     },
     Syntax::ndr20, "00 05 ff ff"},
    {"an enum has 32 bits in NDR64", "05 00 00 00", [](Writer& out) { out.enum16(5); },
     [](Reader& in) { EXPECT_EQ(in.enum16(), 5); }, Syntax::ndr64, "00 00 00 05"},
    {"__int3264 has 32 bits", "fe ff ff ff 02 00 00 00", [](Writer& out) { out.int3264(-2), out.uint3264(2); },
     [](Reader& in) {
         EXPECT_EQ(in.int3264(), -2);
         EXPECT_EQ(in.uint3264(), 2u);
     },
     Syntax::ndr20, "ff ff ff fe 00 00 00 02"},
    {"__int3264 has 64 bits in NDR64", "fe ff ff ff ff ff ff ff", [](Writer& out) { out.int3264(-2); },
     [](Reader& in) { EXPECT_EQ(in.int3264(), -2); }, Syntax::ndr64, "ff ff ff ff ff ff ff fe"},
    {"a string has its maximum, offset and actual count",
     R"(00 00 02 00  // referent of a unique pointer
        06 00 00 00  // maximum
        00 00 00 00  // offset
        06 00 00 00  // actual, with the terminator
        50 00 61 00 67 00 65 00 72 00 00 00)",
     [](Writer& out) {
         EXPECT_TRUE(out.unique(kText));
         out.string(kText);
     },
     [](Reader& in) {
         EXPECT_TRUE(in.unique());
         EXPECT_EQ(std::u16string_view(in.string<char16_t>(false)), kText);
     },
     Syntax::ndr20,
     "00 02 00 00  00 00 00 06  00 00 00 00  00 00 00 06  00 50 00 61 00 67 00 65 00 72 00 00"},
    {"a string in NDR64 has counts of 64 bits",
     R"(03 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00
        6f 6b 00  // "ok")",
     [](Writer& out) { out.string("ok"); }, [](Reader& in) { EXPECT_STREQ(in.string<char>(false), "ok"); }, Syntax::ndr64,
     "00 00 00 00 00 00 00 03  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 03  6f 6b 00"},
    {"a null pointer has no pointee", "00 00 00 00", [](Writer& out) { EXPECT_FALSE(out.unique(nullptr)); },
     [](Reader& in) { EXPECT_FALSE(in.unique()); }, Syntax::ndr20, "00 00 00 00"},
    {"a conformant array", "03 00 00 00  01 00 00 00 fe ff ff ff 03 00 00 00",
     [](Writer& out) { out.count(3), out.elements(kNumbers, 3); },
     [](Reader& in) {
         const std::size_t n = in.count(4);
         ASSERT_EQ(n, 3u);
         const auto* values = in.elements_in_place<std::int32_t>(n);
         ASSERT_NE(values, nullptr);
         EXPECT_TRUE(std::equal(values, values + 3, kNumbers));
     },
     Syntax::ndr20, "00 00 00 03  00 00 00 01 ff ff ff fe 00 00 00 03"},
    {"the same into memory of the reader", "03 00 00 00  01 00 00 00 fe ff ff ff 03 00 00 00",
     [](Writer& out) { out.count(3), out.elements(kNumbers, 3); },
     [](Reader& in) {
         std::int32_t values[3] = {};
         in.elements(values, in.count(4));
         EXPECT_TRUE(std::equal(values, values + 3, kNumbers));
     },
     Syntax::ndr20, "00 00 00 03  00 00 00 01 ff ff ff fe 00 00 00 03"},
    {"referents ascend by 4", "00 00 02 00  04 00 02 00  08 00 02 00",
     [](Writer& out) { out.unique(kText), out.embedded_ref(kText), out.unique(kNumbers); },
     [](Reader& in) {
         EXPECT_TRUE(in.unique());
         EXPECT_TRUE(in.embedded_ref());
         EXPECT_TRUE(in.unique());
     },
     Syntax::ndr20, "00 02 00 00  00 02 00 04  00 02 00 08"},
    {"full pointers are written once", "01 00 00 00  01 00 00 00  02 00 00 00  00 00 00 00",
     [](Writer& out) {
         EXPECT_TRUE(out.full(kText));
         EXPECT_FALSE(out.full(kText));
         EXPECT_TRUE(out.full(kNumbers));
         EXPECT_FALSE(out.full(nullptr));
     },
     [](Reader& in) {
         int pointee = 0;
         static const char kInt = 0, kOther = 0;
         const std::uint32_t first = in.full();
         EXPECT_FALSE(in.known_full(first));
         in.bind_full(first, &pointee, &kInt);
         const std::uint32_t again = in.full();
         EXPECT_TRUE(in.known_full(again));
         EXPECT_EQ(in.alias_of_full(again, &kInt), &pointee);
         EXPECT_EQ(in.alias_of_full(again, &kOther), nullptr) << "an alias of another type";
         EXPECT_FALSE(in.known_full(in.full()));
         EXPECT_EQ(in.full(), 0u);
     },
     Syntax::ndr20, "00 00 00 01  00 00 00 01  00 00 00 02  00 00 00 00"},
};

std::string_view name_of(const Case& wanted) { return wanted.name; }

TEST(NdrCodec, WritesAndReadsTheTable) {
    for (const Case& wanted : kCases) {
        SCOPED_TRACE(name_of(wanted));
        const auto bytes = annotated_bytes(wanted.bytes);
        Writer out;
        out.begin(40, wanted.syntax);
        wanted.write(out);
        EXPECT_FALSE(out.failed());
        EXPECT_EQ(hex(written(out)), hex(bytes));
        EXPECT_EQ(out.position(), bytes.size());
        const auto read = [&](std::span<const std::uint8_t> from, bool swap) {
            StubData stub(from);
            Arena arena;
            Reader in;
            in.begin(stub.span(), swap, wanted.syntax, arena);
            wanted.read(in);
            EXPECT_FALSE(in.failed());
            EXPECT_EQ(in.left(), 0u);
        };
        read(bytes, false);
        if (wanted.big_endian) read(annotated_bytes(wanted.big_endian), true);
    }
}

/// Reading every cut of every message ends with a failure and nothing worse (threat 33).
TEST(NdrCodec, FailsOnMessagesThatEndEarly) {
    for (const Case& wanted : kCases) {
        const auto bytes = annotated_bytes(wanted.bytes);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            StubData stub(std::span<const std::uint8_t>(bytes).first(cut));
            Arena arena;
            Reader in;
            in.begin(stub.span(), false, wanted.syntax, arena);
            for (int i = 0; i < 8; ++i) in.u64(), in.count(1), in.string<char16_t>(true), in.string<char>(false), in.view(3);
            EXPECT_TRUE(in.failed());
            in.abandon();
        }
    }
}

}  // namespace
}  // namespace odc::ndr
