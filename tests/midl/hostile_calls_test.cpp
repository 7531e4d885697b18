// Stubs of both sides under messages that lie: what is not there is never handed over, and memory is bounded by the message.
#include <gtest/gtest.h>

#include "heap_count.h"
#include "hostile_server.h"
#include "lies.h"
#include "wire_bytes.h"

namespace odc::test {
namespace {

TEST(HostileCalls, ServersStubsTakeOrRefuseAnything) {
    std::size_t taken = 0, refused = 0;
    for (std::size_t opnum = 0; opnum < Hostile_spec.methods.size(); ++opnum)
        for_all_lies([&](const Bytes& message, bool swap, ndr::Syntax syntax) {
            ++(serve(opnum, message, swap, syntax) == 0 ? taken : refused);
        });
    EXPECT_GT(taken, 0u);
    EXPECT_GT(refused, taken);
}

TEST(HostileCalls, ClientsStubsTakeOrRefuseAnything) {
    std::size_t taken = 0, refused = 0;
    for (std::size_t number = 0; number < 60; ++number)
        for_all_lies([&](const Bytes& message, bool swap, ndr::Syntax syntax) { ++(read_answer(number, message, swap, syntax) ? taken : refused); });
    EXPECT_GT(taken, 0u);
    EXPECT_GT(refused, taken);
}

TEST(HostileCalls, DivisorsOfZeroAreNoFault) {
    // size_is(a / b), size_is(a % b), size_is((a + b) * 2), for every method that would read such a message
    for (std::size_t opnum = 0; opnum < Hostile_spec.methods.size(); ++opnum) {
        (void)serve(opnum, bytes_of("07 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  0e 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00"), false,
                    ndr::Syntax::ndr20);
        (void)serve(opnum, bytes_of("00 00 00 80  ff ff ff ff  00 00 00 80  00 00 00 00  00 00 00 00"), false, ndr::Syntax::ndr20);
    }
    EXPECT_EQ(ndr::quotient(7, 0), 0);
    EXPECT_EQ(ndr::quotient(-7, -1), 7);
    EXPECT_EQ(ndr::quotient(std::int64_t{-9}, 2), -4);
    EXPECT_EQ(ndr::modulus(7, 0), 0);
    EXPECT_EQ(ndr::modulus(7, 4), 3);
}

TEST(HostileCalls, MemoryIsBoundedByTheMessage) {
    if (!heap_is_counted()) GTEST_SKIP() << "a sanitizer has the allocator";
    // Elements in memory are at most so much larger than on the wire (LongName: 128 bytes for 8), and the arena begins with 16 KiB.
    const auto most = [](const Bytes& message) { return static_cast<std::int64_t>(65536 + 65536 + 64 * message.size()); };
    std::int64_t worst = 0;
    for (std::size_t opnum = 0; opnum < Hostile_spec.methods.size(); ++opnum) {
        for_all_lies([&](const Bytes& message, bool swap, ndr::Syntax syntax) {
            MadeUpCall call(message, swap, syntax);
            HostileServer server;
            const std::int64_t before = heap_bytes();
            try {
                (void)Hostile_spec.methods[opnum](static_cast<Hostile_server*>(&server), call);
            } catch (const rpc::FaultRaised&) {
            }
            const std::int64_t held = heap_bytes() - before;
            worst = std::max(worst, held);
            if (server.made_room) return;  // what a caller asks for by [out, size_is] has a limit of its own
            EXPECT_LE(held, most(message)) << "opnum " << opnum << ", " << hex(message);
        });
    }
    EXPECT_GT(worst, 0);
}

/// Announced with `n` structures, each of which says that it has room for `room` bytes and uses none.
Bytes announcing(std::uint32_t n, std::uint32_t room) {
    Bytes bytes;
    const auto word = [&](std::uint32_t value) {
        for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    word(n);
    word(n);
    for (std::uint32_t i = 0; i < n; ++i) {
        word(room);
        word(0);
        word(0x00020000 + 4 * i);
    }
    for (std::uint32_t i = 0; i < n; ++i) {
        word(room);
        word(0);
        word(0);
    }
    return bytes;
}

TEST(HostileCalls, VaryingArraysOfAMessageShareWhatTheyMayAnnounce) {
    const std::size_t announced = Hostile_spec.methods.size() - 1;  // the last one
    EXPECT_EQ(serve(announced, announcing(2, 32000), false, ndr::Syntax::ndr20), 0u);
    EXPECT_EQ(serve(announced, announcing(100, 600), false, ndr::Syntax::ndr20), 0u);
    EXPECT_NE(serve(announced, announcing(100, 32000), false, ndr::Syntax::ndr20), 0u);
    EXPECT_NE(serve(announced, announcing(1, 0x7FFFFFFF), false, ndr::Syntax::ndr20), 0u);
}

}  // namespace
}  // namespace odc::test
