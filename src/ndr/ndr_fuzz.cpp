// The reader, driven by a script from the front of the input over the rest of it: a message that is there as a whole, and the same one
// arriving in pieces, out of which the same has to be read.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "ndr/arriving.h"
#include "opendcom/ndr/reader.h"

using namespace odc::ndr;

namespace {

/// What was read: numbers, and at the end what was read in place.
class Seen {
  public:
    template <class T>
    void value(const T& value) {
        bytes(&value, sizeof value);
    }
    void place(const void* at, std::size_t size) {
        value(at != nullptr);
        if (at) places_.push_back({static_cast<const std::uint8_t*>(at), size});
    }
    std::uint64_t end() {
        for (const auto& place : places_) bytes(place.data(), place.size());
        return hash_;
    }

  private:
    void bytes(const void* data, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) hash_ = (hash_ ^ static_cast<const std::uint8_t*>(data)[i]) * 0x100000001B3u;
    }
    std::uint64_t hash_ = 0xCBF29CE484222325u;
    std::vector<std::span<const std::uint8_t>> places_;
};

std::uint64_t run(std::span<const std::uint8_t> script, Reader& in, Arena& arena, bool task) {
    Seen seen;
    std::size_t n = 0;
    for (const std::uint8_t step : script) {
        switch (step % 20) {
            case 0: seen.value(in.u8()); break;
            case 1: seen.value(in.u16()); break;
            case 2: seen.value(in.u32()); break;
            case 3: seen.value(in.u64()); break;
            case 4: seen.value(in.f64()); break;
            case 5: seen.value(in.guid()); break;
            case 6: seen.value(in.enum16()); break;
            case 7: seen.value(in.int3264()); break;
            case 8: seen.value(n = in.count(1)); break;
            case 9: seen.value(n = in.count(8)); break;
            case 10: {
                const auto* units = in.elements_in_place<std::uint16_t>(n);
                seen.place(units, 2 * n);
                break;
            }
            case 11: in.elements(in.allocate<std::uint32_t>(task, n), n); break;
            case 12: seen.place(in.string<char16_t>(task), 2); break;
            case 13: seen.place(in.string<char>(task), 1); break;
            case 14: seen.place(in.view(n), n); break;
            case 15: seen.value(in.unique()); break;
            case 16:
                if (const std::uint32_t id = in.full(); id != 0 && !in.known_full(id)) in.bind_full(id, in.arena<int>(), &arena);
                break;
            case 17: in.enter(); break;
            case 18: in.align(8); break;
            case 19: in.expect(0); break;
        }
        seen.value(in.failed());
    }
    const std::uint64_t hash = seen.end();
    in.abandon();
    return hash;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t steps = data[1] % 64;
    if (size < 2 + steps) return 0;
    const std::span<const std::uint8_t> script{data + 2, steps}, message{data + 2 + steps, size - 2 - steps};
    const bool swap = (data[0] & 1) != 0, task = (data[0] & 4) != 0;
    const Syntax syntax = (data[0] & 2) != 0 ? Syntax::ndr64 : Syntax::ndr20;
    std::vector<std::uint64_t> aligned((message.size() + 7) / 8);
    auto* stub = reinterpret_cast<std::uint8_t*>(aligned.data());
    std::copy(message.begin(), message.end(), stub);
    Arena arena, other;
    Reader whole, arriving;
    whole.begin({stub, message.size()}, swap, syntax, arena);
    test::Arriving source(message, 1 + (data[0] >> 3));
    arriving.begin(source.more({}, 1, true), swap, syntax, other);
    arriving.set_source(&source);
    if (run(script, whole, arena, task) != run(script, arriving, other, task)) std::abort();
    return 0;
}
