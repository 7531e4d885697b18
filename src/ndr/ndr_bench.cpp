// What one value of each kind costs in NDR, written and read, beside a plain copy of as many bytes. `taskset -c 0 ndr_bench`
#include <benchmark/benchmark.h>

#include <cstring>

#include "opendcom/ndr/reader.h"
#include "opendcom/ndr/writer.h"

namespace odc::ndr {
namespace {

constexpr std::size_t kValues = 1000;  // per message, so that beginning one is not what is measured
const Guid kGuid{0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}};
const char16_t kText[] = u"item-00000000001";

struct Long {
    static void write(Writer& out, std::size_t i) { out.i32(static_cast<std::int32_t>(i)); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.i32()); }
};
struct Hyper {
    static void write(Writer& out, std::size_t i) { out.u64(i); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.u64()); }
};
struct Double {
    static void write(Writer& out, std::size_t i) { out.f64(static_cast<double>(i)); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.f64()); }
};
struct ShortAndLong {  // alignment between the two
    static void write(Writer& out, std::size_t i) { out.u16(static_cast<std::uint16_t>(i)), out.u32(1); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.u16()), benchmark::DoNotOptimize(in.u32()); }
};
struct GuidValue {
    static void write(Writer& out, std::size_t) { out.guid(kGuid); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.guid()); }
};
struct NullPointer {
    static void write(Writer& out, std::size_t) { benchmark::DoNotOptimize(out.unique(nullptr)); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.unique()); }
};
struct Text {
    static void write(Writer& out, std::size_t) { out.string(kText); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.string<char16_t>(false)); }
};
struct Enum16 {
    static void write(Writer& out, std::size_t i) { out.enum16(static_cast<std::int32_t>(i)); }
    static void read(Reader& in) { benchmark::DoNotOptimize(in.enum16()); }
};

template <class Value>
void write_values(benchmark::State& state) {
    Writer out;
    const auto syntax = state.range(0) == 64 ? Syntax::ndr64 : Syntax::ndr20;
    for (auto _ : state) {
        out.begin(0, syntax);
        for (std::size_t i = 0; i < kValues; ++i) Value::write(out, i);
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kValues));
    state.counters["bytes_per_value"] = static_cast<double>(out.position()) / kValues;
}

/// `range(1)`: whether the bytes come from a machine of the other order.
template <class Value>
void read_values(benchmark::State& state) {
    Writer out;
    const auto syntax = state.range(0) == 64 ? Syntax::ndr64 : Syntax::ndr20;
    out.begin(0, syntax);
    for (std::size_t i = 0; i < kValues; ++i) Value::write(out, i);
    std::vector<std::uint64_t> words((out.position() + 7) / 8);
    std::memcpy(words.data(), out.base(), out.position());
    Arena arena;
    for (auto _ : state) {
        arena.reset();
        Reader in;
        in.begin({reinterpret_cast<std::uint8_t*>(words.data()), out.position()}, false, syntax, arena);
        for (std::size_t i = 0; i < kValues; ++i) Value::read(in);
        if (in.failed()) std::abort();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kValues));
}

void copy_bytes(benchmark::State& state) {
    const std::vector<char> from(static_cast<std::size_t>(state.range(0)), 'x');
    std::vector<char> to(from.size());
    for (auto _ : state) {
        std::memcpy(to.data(), from.data(), from.size());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
void write_byte_array(benchmark::State& state) {
    const std::vector<std::uint8_t> from(static_cast<std::size_t>(state.range(0)), 'x');
    Writer out;
    for (auto _ : state) {
        out.begin(0);
        out.count(from.size());
        out.bytes(from.data(), from.size());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
void read_long_array(benchmark::State& state, bool swap) {
    const auto n = static_cast<std::size_t>(state.range(0)) / 4;
    std::vector<std::uint64_t> words(n / 2 + 1);
    std::vector<std::int32_t> to(n);
    Arena arena;
    for (auto _ : state) {
        Reader in;
        in.begin({reinterpret_cast<std::uint8_t*>(words.data()), n * 4}, swap, Syntax::ndr20, arena);
        in.elements(to.data(), n);
        if (in.failed()) std::abort();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

#define ODC_NDR_VALUE(type, name)                                         \
    BENCHMARK(write_values<type>)->Name("write/" name)->Arg(20)->Arg(64); \
    BENCHMARK(read_values<type>)->Name("read/" name)->Arg(20)->Arg(64)
ODC_NDR_VALUE(Long, "long");
ODC_NDR_VALUE(Hyper, "hyper");
ODC_NDR_VALUE(Double, "double");
ODC_NDR_VALUE(ShortAndLong, "short+long");
ODC_NDR_VALUE(Enum16, "enum");
ODC_NDR_VALUE(GuidValue, "guid");
ODC_NDR_VALUE(NullPointer, "null pointer");
ODC_NDR_VALUE(Text, "string of 16");
BENCHMARK(copy_bytes)->Name("bytes/memcpy")->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(write_byte_array)->Name("bytes/write")->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK_CAPTURE(read_long_array, own_order, false)->Name("longs/read")->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK_CAPTURE(read_long_array, other_order, true)->Name("longs/read, other byte order")->Arg(4 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace odc::ndr
