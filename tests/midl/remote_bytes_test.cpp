// Values and bytes of what only raw RPC has: pipes and context handles, NDR 2.0 in both byte orders and NDR64, and bytes that must be
// refused; and unions in NDR64, which are aligned as a whole.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <vector>

#include "conformance_t.h"
#include "opendcom/ndr/generated.h"
#include "opendcom/rpc/context.h"
#include "opendcom/rpc/pipe.h"
#include "wire_bytes.h"

namespace odc {
namespace {

using ndr::Syntax;
using test::bytes_of;
using test::hex;

struct Pipe {
    void (*pull)(char*, LONG*, ULONG, ULONG*);
    void (*push)(char*, LONG*, ULONG);
    void (*alloc)(char*, ULONG, LONG**, ULONG*);
    char* state;
};

/// A pipe that gives the numbers in chunks of two, and keeps what it gets.
struct Numbers2 {
    std::vector<LONG> numbers, got;
    std::size_t at = 0;
    int ended = 0;
    LONG room[2];
    Pipe pipe() {
        return {[](char* state, LONG* to, ULONG room, ULONG* n) {
                    auto& self = *reinterpret_cast<Numbers2*>(state);
                    for (*n = 0; *n < room && self.at < self.numbers.size(); ++*n) to[*n] = self.numbers[self.at++];
                },
                [](char* state, LONG* from, ULONG n) {
                    auto& self = *reinterpret_cast<Numbers2*>(state);
                    self.got.insert(self.got.end(), from, from + n);
                    if (n == 0) ++self.ended;
                },
                [](char* state, ULONG, LONG** buffer, ULONG* bytes) {
                    *buffer = reinterpret_cast<Numbers2*>(state)->room;
                    *bytes = sizeof room;
                },
                reinterpret_cast<char*>(this)};
    }
};

std::vector<std::uint8_t> sent(std::vector<LONG> numbers, Syntax syntax) {
    ndr::Writer out;
    out.begin(0, syntax);
    Numbers2 source;
    source.numbers = std::move(numbers);
    Pipe pipe = source.pipe();
    rpc::send_pipe<LONG>(out, pipe, [&](const LONG* chunk, std::size_t n) { out.elements(chunk, n); }, [] { return true; });
    EXPECT_EQ(out.error(), S_OK);
    return {out.base(), out.base() + out.own_bytes()};
}

/// What a client's push gets; nothing when the bytes are refused.
std::optional<std::vector<LONG>> received(std::string_view text, bool swap, Syntax syntax) {
    auto bytes = bytes_of(text);
    std::vector<std::uint64_t> aligned(bytes.size() / 8 + 1);
    if (!bytes.empty()) std::memcpy(aligned.data(), bytes.data(), bytes.size());
    ndr::Arena arena;
    ndr::Reader in;
    in.begin({reinterpret_cast<std::uint8_t*>(aligned.data()), bytes.size()}, swap, syntax, arena);
    Numbers2 sink;
    Pipe pipe = sink.pipe();
    rpc::deliver_pipe(in, pipe, rpc::pipe_input<LONG>(in, sizeof(LONG), [&](LONG* chunk, std::size_t n) { in.elements(chunk, n); }));
    EXPECT_EQ(sink.ended, in.failed() ? 0 : 1);
    if (in.failed()) return std::nullopt;
    EXPECT_EQ(in.left(), 0u);
    return sink.got;
}

const std::vector<LONG> kThree = {1, -1, 3};

TEST(PipeBytes, ChunksAreCountedAndEndWithNone) {
    const char* little = "02 00 00 00 01 00 00 00 ff ff ff ff // two elements\n 01 00 00 00 03 00 00 00 // one\n 00 00 00 00 // the end";
    EXPECT_EQ(hex(sent(kThree, Syntax::ndr20)), hex(bytes_of(little)));
    EXPECT_EQ(received(little, false, Syntax::ndr20), kThree);
    EXPECT_EQ(received("00 00 00 02 00 00 00 01 ff ff ff ff 00 00 00 01 00 00 00 03 00 00 00 00", true, Syntax::ndr20), kThree);
    EXPECT_EQ(hex(sent({}, Syntax::ndr20)), hex(bytes_of("00 00 00 00")));
}

TEST(PipeBytes, ChunksOfNdr64EndWithTheNegatedCount) {
    const char* bytes =
        "02 00 00 00 00 00 00 00 01 00 00 00 ff ff ff ff fe ff ff ff ff ff ff ff // two elements, -2\n"
        "01 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff // one, gap, -1\n"
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 // the end";
    EXPECT_EQ(hex(sent(kThree, Syntax::ndr64)), hex(bytes_of(bytes)));
    EXPECT_EQ(received(bytes, false, Syntax::ndr64), kThree);
    EXPECT_FALSE(received("01 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 fe ff ff ff ff ff ff ff", false, Syntax::ndr64)) << "not negated";
    EXPECT_FALSE(received("01 00 00 00 01 00 00 00 03 00 00 00 00 00 00 00 ff ff ff ff fe ff ff ff", false, Syntax::ndr64)) << "high bits";
}

TEST(PipeBytes, LyingChunksAreRefused) {
    EXPECT_FALSE(received("ff ff ff ff 01 00 00 00", false, Syntax::ndr20));
    EXPECT_FALSE(received("01 00 00 00 01 00 00 00", false, Syntax::ndr20)) << "no end";
    EXPECT_FALSE(received("02 00 00 00 01 00 00 00 00 00 00 00", false, Syntax::ndr20)) << "fewer than said, and no end";
    EXPECT_FALSE(received("", false, Syntax::ndr20));
}

TEST(ContextBytes, AreTwentyInBothSyntaxes) {
    const rpc::WireContext context{0, {0x00010203, 0x0405, 0x0607, {8, 9, 10, 11, 12, 13, 14, 15}}};
    const char* little = "00 00 00 00 // attributes\n 03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f";
    const char* big = "00 00 00 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f";
    for (const auto syntax : {Syntax::ndr20, Syntax::ndr64}) {
        ndr::Writer out;
        out.begin(0, syntax);
        rpc::write_context(out, context);
        EXPECT_EQ(hex({out.base(), out.base() + out.own_bytes()}), hex(bytes_of(little)));
    }
    for (const bool swap : {false, true}) {
        auto bytes = bytes_of(swap ? big : little);
        alignas(8) std::uint8_t stub[24];
        std::memcpy(stub, bytes.data(), bytes.size());
        ndr::Arena arena;
        ndr::Reader in;
        in.begin({stub, bytes.size()}, swap, Syntax::ndr20, arena);
        EXPECT_EQ(rpc::read_context(in).id, context.id);
        EXPECT_FALSE(in.failed());
    }
}

TEST(UnionBytes, AreAlignedAsAWholeInNdr64) {
    Chosen value{};
    value.which = 1;
    value.choice.number = 0x0A0B0C0D;
    ndr::Writer out;
    out.begin(0, Syntax::ndr64);
    ndr_write(out, value);
    EXPECT_EQ(hex({out.base(), out.base() + out.own_bytes()}),
              hex(bytes_of("01 00 00 00 00 00 00 00 // which, gap: an arm is a pointer\n 01 00 00 00 00 00 00 00 // tag, gap\n"
                           "0d 0c 0b 0a 00 00 00 00 // number, trailing gap")));
    auto bytes = bytes_of("01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 0d 0c 0b 0a 00 00 00 00");
    alignas(8) std::uint8_t stub[24];
    std::memcpy(stub, bytes.data(), bytes.size());
    ndr::Arena arena;
    ndr::Reader in;
    in.begin(stub, false, Syntax::ndr64, arena);
    Chosen read{};
    ndr_read(in, read, false);
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.left(), 0u);
    EXPECT_EQ(read.choice.number, 0x0A0B0C0D);
}

}  // namespace
}  // namespace odc
