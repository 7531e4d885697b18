// PDU headers and binds: bytes to values and back.
#include <benchmark/benchmark.h>

#include "rpc/pdu.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

void write_request(benchmark::State& state) {
    std::uint8_t at[kObjectRequestHeaderSize];
    PduHeader header;
    header.flags = kWhole | kObjectUuid;
    RequestHeader request;
    request.object = test::kTestInterface.uuid;
    for (auto _ : state) {
        ++header.call_id;
        write_request_header(at, header, request);
        benchmark::DoNotOptimize(at);
    }
}

void read_request(benchmark::State& state) {
    std::uint8_t at[kObjectRequestHeaderSize];
    PduHeader header;
    header.flags = kWhole | kObjectUuid;
    header.frag_length = sizeof at;
    RequestHeader request;
    request.object = test::kTestInterface.uuid;
    write_request_header(at, header, request);
    for (auto _ : state) {
        const auto got = read_header(at);
        if (header_flaw(got)) std::abort();
        benchmark::DoNotOptimize(read_request_header(got, at));
    }
}

Bind bind_with(std::size_t contexts) {
    Bind bind{5840, 5840, 0, {}};
    for (std::size_t i = 0; i < contexts; ++i)
        bind.contexts.push_back({static_cast<std::uint16_t>(i), test::kTestInterface, {kNdr20, kNdr64, feature_syntax(3)}});
    return bind;
}

void encode_bind(benchmark::State& state) {
    const auto bind = bind_with(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(encode({PduType::bind}, bind));
}

void parse_bind_pdu(benchmark::State& state) {
    const auto pdu = encode({PduType::bind}, bind_with(static_cast<std::size_t>(state.range(0))));
    const auto header = read_header(pdu.data());
    for (auto _ : state) {
        const auto bind = parse_bind(header, pdu);
        if (!bind) std::abort();
    }
}

BENCHMARK(write_request)->Name("pdu/write request header");
BENCHMARK(read_request)->Name("pdu/read request header");
BENCHMARK(encode_bind)->Name("pdu/encode bind")->Arg(1)->Arg(32);
BENCHMARK(parse_bind_pdu)->Name("pdu/parse bind")->Arg(1)->Arg(32);

}  // namespace
}  // namespace odc::rpc
