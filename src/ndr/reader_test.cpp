#include "opendcom/ndr/reader.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "ndr/arriving.h"
#include "opendcom/ndr/server_frame.h"

namespace odc::ndr {
namespace {

/// A reader over annotated bytes.
struct Reading {
    explicit Reading(std::string_view text, Syntax syntax = Syntax::ndr20, bool swap = false, InterfaceCodec* objects = nullptr) {
        const auto bytes = annotated_bytes(text);
        words.resize(bytes.size() / 8 + 1);
        if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
        in.begin({reinterpret_cast<std::uint8_t*>(words.data()), bytes.size()}, swap, syntax, arena, objects);
    }
    std::vector<std::uint64_t> words;
    Arena arena;
    Reader in;
};

/// Counts the task memory that is out, and refuses what no message can make necessary.
class CountingTaskMemory {
  public:
    CountingTaskMemory() : before_(task_memory()) {
        blocks = 0;
        task_memory() = {[](std::size_t n) {
                             largest = std::max(largest, n);
                             ++blocks;
                             return std::malloc(n);
                         },
                         [](void* block) {
                             --blocks;
                             std::free(block);
                         }};
    }
    ~CountingTaskMemory() { task_memory() = before_; }
    static inline int blocks = 0;
    static inline std::size_t largest = 0;

  private:
    TaskMemory before_;
};

// Threat 33, first part: whatever a count says, nothing is allocated or read for more than the bytes left can hold.
TEST(NdrReader, RefusesCountPastBuffer) {
    const struct {
        const char* bytes;
        Syntax syntax;
        std::size_t element;
        bool fails;
    } cases[] = {
        {"ff ff ff ff  // all ones", Syntax::ndr20, 1, true},
        {"05 00 00 00 01 02 03 04  // one more than there is", Syntax::ndr20, 1, true},
        {"04 00 00 00 01 02 03 04", Syntax::ndr20, 1, false},
        {"02 00 00 00 01 02 03 04  // two longs in four bytes", Syntax::ndr20, 4, true},
        {"01 00 00 00 01 02 03 04", Syntax::ndr20, 4, false},
        {"00 00 00 40 01 02 03 04  // times 4 overflows 32 bits", Syntax::ndr20, 4, true},
        {"01 00 00 00 01 00 00 00 01 02 03 04  // high bits of a 64-bit count", Syntax::ndr64, 1, true},
        {"01 00 00 00 00 00 00 80 01 02 03 04", Syntax::ndr64, 1, true},
        {"04 00 00 00 00 00 00 00 01 02 03 04", Syntax::ndr64, 1, false},
        {"ff ff ff 7f  // pointers to nothing", Syntax::ndr20, 0, true},
    };
    for (const auto& wanted : cases) {
        Reading reading(wanted.bytes, wanted.syntax);
        const std::size_t n = reading.in.count(wanted.element);
        EXPECT_EQ(reading.in.failed(), wanted.fails) << wanted.bytes;
        if (wanted.fails) {
            EXPECT_EQ(n, 0u) << wanted.bytes;
        }
    }
}

// Threat 33: counts that contradict each other, and text that is none.
TEST(NdrReader, RefusesBadStrings) {
    const struct {
        const char* name;
        const char* bytes;
    } cases[] = {
        {"actual count above the maximum", "02 00 00 00  00 00 00 00  03 00 00 00  61 00 62 00 00 00"},
        {"an offset", "03 00 00 00  01 00 00 00  02 00 00 00  62 00 00 00"},
        {"an offset that overflows", "03 00 00 00  ff ff ff ff  03 00 00 00  61 00 62 00 00 00"},
        {"no terminator", "02 00 00 00  00 00 00 00  02 00 00 00  61 00 62 00"},
        {"nothing at all", "00 00 00 00  00 00 00 00  00 00 00 00"},
        {"more than there is", "ff ff ff 7f  00 00 00 00  ff ff ff 7f  61 00 00 00"},
    };
    for (const bool in_task_memory : {false, true}) {
        for (const auto& wanted : cases) {
            CountingTaskMemory memory;
            Reading reading(wanted.bytes);
            EXPECT_EQ(reading.in.string<char16_t>(in_task_memory), nullptr) << wanted.name;
            EXPECT_TRUE(reading.in.failed()) << wanted.name;
            reading.in.abandon();
            EXPECT_EQ(CountingTaskMemory::blocks, 0) << wanted.name;
        }
    }
}

// Threat 33: a size_is that is sent twice and differs, a discriminant that is not the expected one.
TEST(NdrReader, RefusesWhatItDoesNotExpect) {
    Reading differs("03 00 00 00  04 00 00 00");
    differs.in.expect(3);
    EXPECT_FALSE(differs.in.failed());
    differs.in.expect(3);
    EXPECT_TRUE(differs.in.failed());
    Reading tag("07 00");
    const auto discriminant = tag.in.u16();
    tag.in.require(discriminant == 1 || discriminant == 2);
    EXPECT_TRUE(tag.in.failed());
    Reading null("00 00 00 00");
    EXPECT_FALSE(null.in.embedded_ref());
    EXPECT_TRUE(null.in.failed());
}

TEST(NdrReader, GivesZerosOnceItHasFailed) {
    Reading reading("01 02");
    EXPECT_EQ(reading.in.u32(), 0u);
    EXPECT_TRUE(reading.in.failed());
    EXPECT_EQ(reading.in.u8(), 0u);
    EXPECT_EQ(reading.in.count(1), 0u);
    EXPECT_EQ(reading.in.view(1), nullptr);
    EXPECT_EQ(reading.in.arena<int>(), nullptr);
    EXPECT_EQ(reading.in.task<int>(), nullptr);
    EXPECT_EQ(reading.in.elements_in_place<int>(1), nullptr);
    std::uint8_t out[4] = {1, 1, 1, 1};
    reading.in.copy(out, 4);
    EXPECT_EQ(hex(out), "00 00 00 00");
}

// Threat 33: nesting.
TEST(NdrReader, BoundsNesting) {
    Reading reading("00");
    for (unsigned i = 0; i < kMaxNesting; ++i) reading.in.enter();
    EXPECT_FALSE(reading.in.failed());
    reading.in.enter();
    EXPECT_TRUE(reading.in.failed());
}

TEST(NdrReader, LeavesTextWhereItWasReceived) {
    Reading reading("03 00 00 00  00 00 00 00  03 00 00 00  61 00 62 00 00 00");
    const auto* text = reading.in.string<char16_t>(false);
    EXPECT_EQ(reinterpret_cast<const std::uint8_t*>(text), reinterpret_cast<std::uint8_t*>(reading.words.data()) + 12);
    EXPECT_EQ(std::u16string_view(text), u"ab");
}

TEST(NdrReader, FreesTaskMemoryWhenACallIsAbandoned) {
    CountingTaskMemory memory;
    Reading reading("03 00 00 00  00 00 00 00  03 00 00 00  61 00 62 00 00 00");
    EXPECT_NE(reading.in.string<char16_t>(true), nullptr);
    EXPECT_NE(reading.in.task<int>(3), nullptr);
    EXPECT_EQ(CountingTaskMemory::blocks, 2);
    reading.in.abandon();
    EXPECT_EQ(CountingTaskMemory::blocks, 0);
    int* kept = reading.in.task<int>();
    reading.in.end();
    reading.in.abandon();
    EXPECT_EQ(CountingTaskMemory::blocks, 1) << "it belongs to whoever got it";
    task_memory().release(kept);
}

TEST(NdrReader, ClearsWhatItAllocates) {
    Reading reading("00");
    const int* values = reading.in.arena<int>(100);
    EXPECT_TRUE(std::all_of(values, values + 100, [](int v) { return v == 0; }));
}

/// Interface pointers as plain numbers.
class NumberCodec : public InterfaceCodec {
  public:
    void write(Writer& out, const Guid&, void* object) override { out.u32(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object))); }
    void* read(Reader& in, const Guid&) override {
        ++references;
        return reinterpret_cast<void*>(static_cast<std::uintptr_t>(in.u32()));
    }
    void release(void*) override { --references; }
    int references = 0;
};

TEST(NdrReader, ReadsInterfacePointersThroughItsCodec) {
    NumberCodec codec;
    Reading reading("00 00 02 00 2a 00 00 00  00 00 00 00", Syntax::ndr20, false, &codec);
    EXPECT_EQ(reading.in.interface_pointer(Guid{}), reinterpret_cast<void*>(42));
    EXPECT_EQ(reading.in.interface_pointer(Guid{}), nullptr);
    EXPECT_FALSE(reading.in.failed());
    EXPECT_EQ(codec.references, 1);
    reading.in.abandon();
    EXPECT_EQ(codec.references, 0);
    Reading without("00 00 02 00 2a 00 00 00");
    EXPECT_EQ(without.in.interface_pointer(Guid{}), nullptr);
    EXPECT_TRUE(without.in.failed());
}

TEST(NdrReader, ReadsWhatArrivesInPieces) {
    const auto bytes = annotated_bytes("07 // aligned for the next\n 00 00 00  2a 00 00 00  02 00 00 00 00 00 00 00 02 00 00 00 61 00 00 00 // \"a\"\n"
                                       "03 00 00 00  01 02 03 00  08 00 00 00 00 00 00 00");
    for (const std::size_t piece : {1, 3, 8, 100}) {
        test::Arriving source(bytes, piece);
        Arena arena;
        Reader in;
        in.begin({}, false, Syntax::ndr20, arena);
        in.set_source(&source);
        EXPECT_EQ(in.u8(), 7);
        EXPECT_EQ(in.u32(), 42u);
        const char16_t* text = in.string<char16_t>(false);
        const std::size_t n = in.count(1);
        const std::uint8_t* view = in.view(n);
        EXPECT_EQ(in.u64(), 8u);
        ASSERT_FALSE(in.failed()) << piece;
        EXPECT_EQ(std::u16string(text), u"a") << "stays where it was received";
        EXPECT_EQ(std::vector<std::uint8_t>(view, view + n), (std::vector<std::uint8_t>{1, 2, 3}));
        EXPECT_FALSE(in.await(1));
        EXPECT_FALSE(in.failed());
        in.u8();
        EXPECT_TRUE(in.failed()) << "no more comes";
    }
}

TEST(NdrReader, CountsMoreThanArrivesFail) {
    for (const char* text : {"ff ff ff ff 01 02", "05 00 00 00 01 02 03 04"}) {
        const auto bytes = annotated_bytes(text);
        test::Arriving source(bytes, 1);
        Arena arena;
        Reader in;
        in.begin({}, false, Syntax::ndr20, arena);
        in.set_source(&source);
        in.count(1);
        EXPECT_TRUE(in.failed());
    }
}

TEST(NdrArena, IsNeverNull) {
    Arena arena;
    EXPECT_NE(arena.allocate(0), nullptr);
}

TEST(NdrArena, ReusesItsFirstChunk) {
    Arena arena;
    void* first = arena.allocate(100);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 16, 0u);
    arena.allocate(10000);
    arena.allocate(100000);
    arena.allocate(10000);
    arena.reset();
    EXPECT_EQ(arena.allocate(100), first);
    Arena large;
    EXPECT_NE(large.allocate(1 << 20), nullptr);
    EXPECT_NE(large.allocate(16), nullptr);
}

TEST(NdrServerFrame, FreesLater) {
    CountingTaskMemory memory;
    ServerFrame frame;
    frame.free_later(task_memory().allocate(10));
    frame.free_later(nullptr);
    EXPECT_EQ(CountingTaskMemory::blocks, 1);
    frame.finish();
    EXPECT_EQ(CountingTaskMemory::blocks, 0);
    frame.finish();
    EXPECT_EQ(CountingTaskMemory::blocks, 0);
}

}  // namespace
}  // namespace odc::ndr
