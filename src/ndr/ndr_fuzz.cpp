// The reader, driven by a script from the front of the input over the rest of it.
#include <cstdint>
#include <vector>

#include "opendcom/ndr/reader.h"

using namespace odc::ndr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t steps = data[1] % 64;
    if (size < 2 + steps) return 0;
    std::vector<std::uint64_t> aligned((size - 2 - steps + 7) / 8);
    auto* stub = reinterpret_cast<std::uint8_t*>(aligned.data());
    if (!aligned.empty()) std::memcpy(stub, data + 2 + steps, size - 2 - steps);
    Arena arena;
    Reader in;
    in.begin({stub, size - 2 - steps}, (data[0] & 1) != 0, (data[0] & 2) != 0 ? Syntax::ndr64 : Syntax::ndr20, arena);
    const bool task = (data[0] & 4) != 0;
    std::size_t n = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        switch (data[2 + i] % 20) {
            case 0: in.u8(); break;
            case 1: in.u16(); break;
            case 2: in.u32(); break;
            case 3: in.u64(); break;
            case 4: in.f64(); break;
            case 5: in.guid(); break;
            case 6: in.enum16(); break;
            case 7: in.int3264(); break;
            case 8: n = in.count(1); break;
            case 9: n = in.count(8); break;
            case 10: in.elements_in_place<std::uint16_t>(n); break;
            case 11: in.elements(in.allocate<std::uint32_t>(task, n), n); break;
            case 12: in.string<char16_t>(task); break;
            case 13: in.string<char>(task); break;
            case 14: in.view(n); break;
            case 15: in.unique(); break;
            case 16:
                if (const std::uint32_t id = in.full(); id != 0 && !in.known_full(id)) in.bind_full(id, in.arena<int>(), &arena);
                break;
            case 17: in.enter(); break;
            case 18: in.align(8); break;
            case 19: in.expect(0); break;
        }
    }
    in.abandon();
    return 0;
}
