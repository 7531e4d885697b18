// Values and their bytes, through the functions that MIDL writes: NDR 2.0 in both byte orders, NDR64, and bytes that must be refused.
#include <gtest/gtest.h>

#include <cstring>

#include "conformance_t.h"
#include "opendcom/ndr/generated.h"
#include "wire_bytes.h"

// What an IDL author writes for [wire_marshal]: hours and minutes travel as minutes.
extern "C" {
extern const odc::ndr::UserType Stamp_wire;
const odc::ndr::UserType Stamp_wire = {
    [](odc::ndr::Writer& out, const void* value) {
        const auto& stamp = *static_cast<const Stamp*>(value);
        out.i32(stamp.hours * 60 + stamp.minutes);
    },
    [](odc::ndr::Reader& in, void* value) {
        const auto minutes = in.i32();
        *static_cast<Stamp*>(value) = {minutes / 60, minutes % 60};
    },
    [](void*) {}};
}

namespace odc {
namespace {

using ndr::Syntax;
using test::bytes_of;
using test::hex;

template <class T>
std::vector<std::uint8_t> written(const T& value, Syntax syntax = Syntax::ndr20, HRESULT* error = nullptr) {
    ndr::Writer out;
    out.begin(0, syntax);
    ndr_write(out, value);
    if (error) *error = out.error();
    else EXPECT_EQ(out.error(), S_OK);
    return {out.base(), out.base() + out.own_bytes()};
}

/// Reads in place, so the bytes are kept with it.
template <class T>
class Received {
  public:
    Received(std::vector<std::uint8_t> bytes, bool swap, Syntax syntax = Syntax::ndr20) : storage_((bytes.size() + 7) / 8 + 1) {
        auto* at = reinterpret_cast<std::uint8_t*>(storage_.data());
        if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
        in_.begin({at, bytes.size()}, swap, syntax, arena_);
        if constexpr (requires(T*& v) { ndr_read_new(in_, v, false); }) {
            ndr_read_new(in_, value_, false);
        } else {
            value_ = arena_value();
            ndr_read(in_, *value_, false);
        }
    }
    bool good() const { return !in_.failed(); }
    std::size_t left() const { return in_.left(); }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_; }

  private:
    T* arena_value() {
        auto* made = static_cast<T*>(arena_.allocate(sizeof(T)));
        std::memset(static_cast<void*>(made), 0, sizeof(T));
        return made;
    }
    std::vector<std::uint64_t> storage_;
    ndr::Arena arena_;
    ndr::Reader in_;
    T* value_ = nullptr;
};

/// The value gives the little-endian bytes; both byte orders give the value back (compared by writing it again). Every proper
/// prefix of the bytes is refused.
template <class T>
void agrees(const T& value, std::string_view little, std::string_view big) {
    const auto expected = bytes_of(little);
    EXPECT_EQ(hex(written(value)), hex(expected));
    Received<T> same(expected, false);
    ASSERT_TRUE(same.good());
    EXPECT_EQ(same.left(), 0u);
    EXPECT_EQ(hex(written(*same)), hex(expected));
    const auto other = bytes_of(big);
    ASSERT_EQ(other.size(), expected.size());
    Received<T> swapped(other, true);
    ASSERT_TRUE(swapped.good());
    EXPECT_EQ(hex(written(*swapped)), hex(expected));
    for (std::size_t n = 0; n < expected.size(); ++n) {
        Received<T> cut({expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(n)}, false);
        EXPECT_FALSE(cut.good()) << n << " of " << expected.size() << " bytes";
    }
}

template <class T>
void agrees64(const T& value, std::string_view bytes) {
    const auto expected = bytes_of(bytes);
    EXPECT_EQ(hex(written(value, Syntax::ndr64)), hex(expected));
    Received<T> same(expected, false, Syntax::ndr64);
    ASSERT_TRUE(same.good());
    EXPECT_EQ(hex(written(*same, Syntax::ndr64)), hex(expected));
}

template <class T>
void refused(std::string_view bytes) {
    Received<T> read(bytes_of(bytes), false);
    EXPECT_FALSE(read.good());
}

WCHAR* wide(const char16_t* text) { return reinterpret_cast<WCHAR*>(const_cast<char16_t*>(text)); }

TEST(Conformance, NumbersAreAlignedToTheirSize) {
    const Numbers value{-2, 0x0102, 0x01020304, 0x0102030405060708, 1.5f, -2.0, 1, u'A', COLOUR_BLUE, WIDE_LARGE};
    agrees(value,
           "fe 00 // small, gap\n 02 01 // short\n 04 03 02 01 // long\n 08 07 06 05 04 03 02 01 // hyper\n"
           "00 00 c0 3f 00 00 00 00 // float, gap\n 00 00 00 00 00 00 00 c0 // double\n 01 00 41 00 // boolean, gap, wchar_t\n"
           "2c 01 00 00 // enum in 16 bits, gap\n 78 56 34 12 // v1_enum",
           "fe 00 01 02 01 02 03 04 01 02 03 04 05 06 07 08 3f c0 00 00 00 00 00 00 c0 00 00 00 00 00 00 00"
           "01 00 00 41 01 2c 00 00 12 34 56 78");
    agrees64(value,
             "fe 00 02 01 04 03 02 01 08 07 06 05 04 03 02 01 00 00 c0 3f 00 00 00 00 00 00 00 00 00 00 00 c0"
             "01 00 41 00 // then the enum in 32 bits\n 2c 01 00 00 78 56 34 12 00 00 00 00 // trailing gap");
}

TEST(Conformance, GuidsAndStructuresWithoutGapsLieAsInMemory) {
    const Named value{{0x00010203, 0x0405, 0x0607, {8, 9, 10, 11, 12, 13, 14, 15}}, {-1, 2}, {3, 4}};
    agrees(value, "03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f // GUID\n ff ff ff ff 02 00 00 00 // Pair\n 03 00 00 00 04 00 00 00",
           "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ff ff ff ff 00 00 00 02 00 00 00 03 00 00 00 04");
}

TEST(Conformance, PointeesFollowTheStructure) {
    const Strings value{wide(u"ab"), 7, nullptr};
    agrees(value,
           "00 00 02 00 07 00 00 00 00 00 00 00 // first, between, second (null)\n"
           "03 00 00 00 00 00 00 00 03 00 00 00 // maximum, offset, actual count\n 61 00 62 00 00 00",
           "00 02 00 00 00 00 00 07 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03 00 61 00 62 00 00");
    agrees64(value,
             "00 00 02 00 00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
             "03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 61 00 62 00 00 00");
    refused<Strings>("00 00 02 00 07 00 00 00 00 00 00 00 // no terminator:\n 02 00 00 00 00 00 00 00 02 00 00 00 61 00 62 00");
    refused<Strings>("00 00 02 00 07 00 00 00 00 00 00 00 // offset 1:\n 02 00 00 00 01 00 00 00 02 00 00 00 61 00 00 00");
    refused<Strings>("00 00 02 00 07 00 00 00 00 00 00 00 // empty:\n 00 00 00 00 00 00 00 00 00 00 00 00");
    refused<Strings>("00 00 02 00 07 00 00 00 00 00 00 00 // more than maximum:\n 01 00 00 00 00 00 00 00 02 00 00 00 61 00 00 00");
    refused<Strings>("00 00 02 00 07 00 00 00 00 00 00 00 // 4 G characters:\n ff ff ff ff 00 00 00 00 ff ff ff ff 61 00 00 00");
}

template <class T, std::size_t Extra>
struct Roomy {
    alignas(8) std::uint8_t memory[sizeof(T) + Extra] = {};
    T& operator*() { return *reinterpret_cast<T*>(memory); }
    T* operator->() { return reinterpret_cast<T*>(memory); }
};

TEST(Conformance, ConformanceStandsBeforeTheOutermostStructure) {
    Roomy<Counted, 8> counted;
    counted->n = 3;
    for (int i = 0; i < 3; ++i) counted->data[i] = static_cast<USHORT>(i + 1);
    agrees(*counted, "03 00 00 00 // maximum count\n 03 00 00 00 01 00 02 00 03 00", "00 00 00 03 00 00 00 03 00 01 00 02 00 03");
    Roomy<Holder, 8> holder;
    holder->kind = 9;
    holder->counted.n = 1;
    holder->counted.data[0] = 5;
    agrees(*holder, "01 00 00 00 // maximum count\n 09 00 00 00 // kind, gap\n 01 00 00 00 05 00", "00 00 00 01 09 00 00 00 00 00 00 01 00 05");
    refused<Counted>("02 00 00 00 // but n is\n 03 00 00 00 01 00 02 00 03 00");
    refused<Counted>("ff ff ff ff ff ff ff ff 01 00 02 00 03 00");
    refused<Counted>("00 00 00 80 00 00 00 80 01 00 02 00 03 00");
    Roomy<Bytes, 16> bytes;
    bytes->n = 5;
    for (int i = 0; i < 8; ++i) bytes->data[i] = static_cast<byte>(i);
    agrees(*bytes, "08 00 00 00 // (5 + 3) & ~3\n 05 00 00 00 00 01 02 03 04 05 06 07", "00 00 00 08 00 00 00 05 00 01 02 03 04 05 06 07");
    refused<Bytes>("05 00 00 00 05 00 00 00 00 01 02 03 04");
}

TEST(Conformance, ArraysOfStructuresDeferAllPointeesToTheirEnd) {
    Label labels[2] = {{1, wide(u"x")}, {2, wide(u"y")}};
    const Labels value{2, labels};
    agrees(value,
           "02 00 00 00 // n, gap\n 00 00 02 00 // labels\n 02 00 00 00 // maximum count\n 01 00 00 00 04 00 02 00 02 00 00 00 08 00 02 00\n"
           "02 00 00 00 00 00 00 00 02 00 00 00 78 00 00 00\n 02 00 00 00 00 00 00 00 02 00 00 00 79 00 00 00",
           "00 02 00 00 00 02 00 00 00 00 00 02 00 00 00 01 00 02 00 04 00 00 00 02 00 02 00 08"
           "00 00 00 02 00 00 00 00 00 00 00 02 00 78 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 79 00 00");
    refused<Labels>("02 00 00 00 00 00 02 00 // one too few:\n 01 00 00 00 01 00 00 00 00 00 00 00");
    refused<Labels>("ff ff 00 00 00 00 02 00 // more than the bytes hold:\n ff ff 00 00 01 00 00 00 00 00 00 00");
}

TEST(Conformance, VaryingArraysSendTheirPart) {
    LONG values[4] = {1, 2, 3, 4};
    agrees(Varying{4, 2, values},
           "04 00 00 00 02 00 00 00 00 00 02 00\n 04 00 00 00 00 00 00 00 02 00 00 00 // maximum, offset, actual\n 01 00 00 00 02 00 00 00",
           "00 00 00 04 00 00 00 02 00 02 00 00 00 00 00 04 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 02");
    const Window window{1, 2, {10, 11, 12, 13, 14, 15}};
    EXPECT_EQ(hex(written(window)), hex(bytes_of("01 00 00 00 02 00 00 00 01 00 00 00 02 00 00 00 // offset, actual\n 0b 00 0c 00")));
    Received<Window> read(written(window), false);
    ASSERT_TRUE(read.good());
    EXPECT_EQ(read->values[1], 11);
    EXPECT_EQ(read->values[2], 12);
    refused<Window>("01 00 00 00 02 00 00 00 05 00 00 00 02 00 00 00 // ends beyond 6\n 0b 00 0c 00");
    refused<Window>("01 00 00 00 02 00 00 00 ff ff ff ff 02 00 00 00 // the sum overflows\n 0b 00 0c 00");
    refused<Varying>("04 00 00 00 02 00 00 00 00 00 02 00 01 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 02 00 00 00");
    HRESULT error = S_OK;
    written(Varying{2, 3, values}, Syntax::ndr20, &error);
    EXPECT_EQ(error, HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
}

TEST(Conformance, FixedArraysAndTextsInThem) {
    const Grid value{{{1, 2, 3}, {4, 5, 6}}, u"hi"};
    agrees(value, "01 00 02 00 03 00 04 00 05 00 06 00\n 00 00 00 00 03 00 00 00 // offset, actual count\n 68 00 69 00 00 00",
           "00 01 00 02 00 03 00 04 00 05 00 06 00 00 00 00 00 00 00 03 00 68 00 69 00 00");
    refused<Grid>("01 00 02 00 03 00 04 00 05 00 06 00 00 00 00 00 09 00 00 00"
                  "68 00 69 00 68 00 69 00 68 00 69 00 68 00 69 00 00 00");
}

TEST(Conformance, UnionsSendTheirTagAndOneArm) {
    Chosen value{};
    value.which = 1;
    value.choice.number = 0x0A0B0C0D;
    agrees(value, "01 00 // which\n 01 00 // the union's tag\n 0d 0c 0b 0a", "00 01 00 01 0a 0b 0c 0d");
    value.which = 3;
    value.choice.text = wide(u"t");
    agrees(value, "03 00 03 00 00 00 02 00 02 00 00 00 00 00 00 00 02 00 00 00 74 00 00 00",
           "00 03 00 03 00 02 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 74 00 00");
    value.which = 4;
    value.choice.pair = {1, 2};
    agrees(value, "04 00 04 00 01 00 00 00 02 00 00 00", "00 04 00 04 00 00 00 01 00 00 00 02");
    value.which = 77;  // the default arm is empty
    agrees(value, "4d 00 4d 00", "00 4d 00 4d");
    refused<Chosen>("01 00 02 00 // tag and discriminant differ\n 0d 0c 0b 0a");

    Sealed sealed{};
    sealed.tag = 1;
    sealed.arm.number = 6;
    agrees(sealed, "01 00 00 00 06 00 00 00", "00 00 00 01 00 00 00 06");
    Pair pair{7, 8};
    sealed.tag = 2;
    sealed.arm.pair = &pair;
    agrees(sealed, "02 00 00 00 00 00 02 00 07 00 00 00 08 00 00 00", "00 00 00 02 00 02 00 00 00 00 00 07 00 00 00 08");
    refused<Sealed>("03 00 00 00 06 00 00 00 // no such arm");
    sealed.tag = 9;
    HRESULT error = S_OK;
    written(sealed, Syntax::ndr20, &error);
    EXPECT_TRUE(FAILED(error));
}

TEST(Conformance, FullPointersAliasOneObject) {
    LONG shared = 5, own = 6;
    const Aliases value{&shared, &own, &shared};
    agrees(value, "01 00 00 00 02 00 00 00 01 00 00 00 // a and c have one id\n 05 00 00 00 06 00 00 00",
           "00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 05 00 00 00 06");
    Received<Aliases> read(written(value), false);
    EXPECT_EQ(read->a, read->c);
    EXPECT_NE(read->a, read->b);
}

TEST(Conformance, FullPointersDoNotAliasInTaskMemory) {
    LONG shared = 5;
    auto bytes = written(Aliases{&shared, nullptr, &shared});
    ndr::Arena arena;
    ndr::Reader in;
    in.begin(bytes, false, Syntax::ndr20, arena);
    Aliases value{};
    ndr_read(in, value, true);  // nobody could free it once
    EXPECT_TRUE(in.failed());
    in.abandon();
}

TEST(Conformance, ListsEndAtTheDepthLimit) {
    Node last{2, nullptr}, first{1, &last};
    agrees(first, "01 00 00 00 00 00 02 00 02 00 00 00 00 00 00 00", "00 00 00 01 00 02 00 00 00 00 00 02 00 00 00 00");
    last.next = &first;  // a ring
    HRESULT error = S_OK;
    written(first, Syntax::ndr20, &error);
    EXPECT_TRUE(FAILED(error));
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "01 00 00 00 00 00 02 00 ";
    refused<Node>(deep + "01 00 00 00 00 00 00 00");
}

TEST(Conformance, EmbeddedReferencesAreNeverNull) {
    LONG number = 3;
    agrees(Must{&number}, "00 00 02 00 03 00 00 00", "00 02 00 00 00 00 00 03");
    refused<Must>("00 00 00 00 03 00 00 00");
    HRESULT error = S_OK;
    written(Must{nullptr}, Syntax::ndr20, &error);
    EXPECT_EQ(error, HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
}

TEST(Conformance, ArraysOfPointers) {
    Pair pair{1, 2};
    Pair* rows[3] = {&pair, nullptr, &pair};
    agrees(Table{3, rows},
           "03 00 00 00 00 00 02 00 03 00 00 00 // n, rows, maximum count\n 04 00 02 00 00 00 00 00 08 00 02 00\n 01 00 00 00 02 00 00 00"
           "01 00 00 00 02 00 00 00",
           "00 00 00 03 00 02 00 00 00 00 00 03 00 02 00 04 00 00 00 00 00 02 00 08 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 02");
}

TEST(Conformance, RangesAreChecked) {
    agrees(Bounded{5}, "05 00 00 00", "00 00 00 05");
    refused<Bounded>("00 00 00 00");
    refused<Bounded>("06 00 00 00");
    refused<Bounded>("ff ff ff ff");
}

TEST(Conformance, MaxIsIsOneLessThanTheSize) {
    SHORT values[2] = {1, 2};
    agrees(MaxIs{1, values}, "01 00 00 00 00 00 02 00 02 00 00 00 01 00 02 00", "00 00 00 01 00 02 00 00 00 00 00 02 00 01 00 02");
}

TEST(Conformance, UserTypesAreWrittenByHand) {
    agrees(Stamped{1, {2, 30}, 3}, "01 00 00 00 00 00 02 00 03 00 00 00 // before, stamp's pointer, after\n 96 00 00 00 // 150 minutes",
           "00 00 00 01 00 02 00 00 00 00 00 03 00 00 00 96");
    refused<Stamped>("01 00 00 00 00 00 00 00 03 00 00 00 96 00 00 00 // a user type's pointer is never null");
}

TEST(Conformance, Ndr64CountsWithHighBitsAreRefused) {
    Received<Counted> read(bytes_of("03 00 00 00 01 00 00 00 03 00 00 00 01 00 02 00 03 00"), false, Syntax::ndr64);
    EXPECT_FALSE(read.good());
}

}  // namespace
}  // namespace odc
