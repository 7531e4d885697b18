// The readers that MIDL writes, one per construct: from two bytes that choose and a message, which is there or arrives in pieces.
#include <cstdint>
#include <vector>

#include "conformance_t.h"
#include "ndr/arriving.h"
#include "opendcom/ndr/generated.h"
#include "opendcom/rpc/context.h"
#include "opendcom/rpc/pipe.h"

using namespace odc;

extern "C" {
extern const ndr::UserType Stamp_wire;
const ndr::UserType Stamp_wire = {[](ndr::Writer& out, const void*) { out.i32(0); },
                                  [](ndr::Reader& in, void* value) { *static_cast<Stamp*>(value) = {in.i32(), 0}; }, [](void*) {}};
}

namespace {

/// What was read is written again when it was good: a reader must not leave what a writer cannot take.
template <class T>
void read(ndr::Reader& in, bool task) {
    T* value = nullptr;
    if constexpr (requires { ndr_read_new(in, value, task); }) {
        ndr_read_new(in, value, task);
    } else {
        value = in.arena<T>();
        if (value) ndr_read(in, *value, task);
    }
    if (!in.failed() && value && !task) {
        ndr::Writer out;
        out.begin(0, in.syntax());
        ndr_write(out, *value);
    }
}

template <class T>
void read_pipe(ndr::Reader& in) {
    auto input = rpc::pipe_input<T>(in, sizeof(T), [&](T* to, std::size_t count) { in.elements(to, count); });
    T some[7];
    while (input.take(some, 7) != 0) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::vector<std::uint64_t> aligned((size - 2 + 7) / 8);
    auto* stub = reinterpret_cast<std::uint8_t*>(aligned.data());
    if (size > 2) std::memcpy(stub, data + 2, size - 2);
    ndr::Arena arena;
    ndr::Reader in;
    const std::span<std::uint8_t> message{stub, size - 2};
    const bool arrives = (data[0] & 8) != 0;
    ndr::test::Arriving source(message, 1 + (data[0] >> 4));
    in.begin(arrives ? message.first(0) : message, (data[0] & 1) != 0, (data[0] & 2) != 0 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20, arena);
    if (arrives) in.set_source(&source);
    const bool task = (data[0] & 4) != 0;
    switch (data[1] % 24) {
        case 0: read<Numbers>(in, task); break;
        case 1: read<Named>(in, task); break;
        case 2: read<Strings>(in, task); break;
        case 3: read<Counted>(in, task); break;
        case 4: read<Holder>(in, task); break;
        case 5: read<Labels>(in, task); break;
        case 6: read<Varying>(in, task); break;
        case 7: read<Window>(in, task); break;
        case 8: read<Grid>(in, task); break;
        case 9: read<Chosen>(in, task); break;
        case 10: read<Sealed>(in, task); break;
        case 11: read<Aliases>(in, task); break;
        case 12: read<Node>(in, task); break;
        case 13: read<Must>(in, task); break;
        case 14: read<Table>(in, task); break;
        case 15: read<Bounded>(in, task); break;
        case 16: read<Bytes>(in, task); break;
        case 17: read<MaxIs>(in, task); break;
        case 18: read<Stamped>(in, task); break;
        case 19: read_pipe<std::uint8_t>(in); break;
        case 20: read_pipe<std::int32_t>(in); break;
        case 21: read_pipe<std::int64_t>(in); break;
        case 22: (void)rpc::read_context(in); break;
        case 23: read<Pair>(in, task); break;
    }
    in.abandon();
    return 0;
}
