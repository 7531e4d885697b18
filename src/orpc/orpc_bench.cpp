// Object references and activation properties: bytes to values and back.
#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "orpc/activation_properties.h"
#include "orpc/objref.h"

namespace odc::orpc {
namespace {

const Guid kIid{0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}};

DualStringArray bindings() {
    DualStringArray array;
    array.strings = {{kTowerTcp, "10.0.0.2[4711]"}, {kTowerTcp, "fe80::1[4711]"}};
    array.securities = {{10, ""}};
    return array;
}

std::vector<std::uint8_t> objref_bytes() {
    ByteWriter out;
    ObjRef{kIid, StandardRef{{0, 5, Oxid{1}, Oid{2}, Ipid{kIid}}, bindings()}}.write(out);
    return out.take();
}

void write_objref(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(objref_bytes());
}

void read_objref(benchmark::State& state) {
    const auto bytes = objref_bytes();
    for (auto _ : state) {
        ByteReader in(bytes);
        const auto objref = ObjRef::read(in);
        if (!objref) std::abort();
    }
    state.counters["bytes"] = static_cast<double>(bytes.size());
}

ActivationRequest request() {
    ActivationRequest made;
    made.clsid = kIid;
    made.iids = {kIid, kIid, kIid};
    made.protseqs = {kTowerTcp, kTowerLocal};
    return made;
}

void write_activation(benchmark::State& state) {
    const auto made = request();
    for (auto _ : state) benchmark::DoNotOptimize(write_activation_request(made));
}

void read_activation(benchmark::State& state) {
    const auto bytes = write_activation_request(request()).take();
    for (auto _ : state) {
        const auto read = read_activation_request(bytes);
        if (!read) std::abort();
    }
    state.counters["bytes"] = static_cast<double>(bytes.size());
}

BENCHMARK(write_objref)->Name("objref/write");
BENCHMARK(read_objref)->Name("objref/read");
BENCHMARK(write_activation)->Name("activation request/write");
BENCHMARK(read_activation)->Name("activation request/read");

}  // namespace
}  // namespace odc::orpc
