// What a client does with answers: each stub reads the message, and what it gave is read through.
#include <functional>

#include "hostile_server.h"
#include "task_blocks.h"

// As in constructors_test.cpp, but with nothing to own.
extern "C" {
extern const odc::ndr::UserType Clock_wire, LocalMeters_wire;
const odc::ndr::UserType Clock_wire = {[](odc::ndr::Writer& out, const void* value) { out.i32(static_cast<const Clock*>(value)->minutes); },
                                       [](odc::ndr::Reader& in, void* value) { *static_cast<Clock*>(value) = {0, in.i32()}; }, [](void*) {}};
const odc::ndr::UserType LocalMeters_wire = {[](odc::ndr::Writer& out, const void*) { out.i32(0); },
                                             [](odc::ndr::Reader& in, void* value) { static_cast<LocalMeters*>(value)->value = in.i32(); }, [](void*) {}};
}
EXTERN_C void SentMonth_to_xmit(SentMonth* month, LONG** sent) { *sent = new LONG(month->month); }
EXTERN_C void SentMonth_from_xmit(LONG* sent, SentMonth* month) { *month = {0, static_cast<SHORT>(*sent % 12)}; }
EXTERN_C void SentMonth_free_inst(SentMonth*) {}
EXTERN_C void SentMonth_free_xmit(LONG* sent) { delete sent; }
EXTERN_C void Ratio_from_local(LocalRatio*, Ratio** ratio) { *ratio = new Ratio{0, 1}; }
EXTERN_C void Ratio_to_local(Ratio*, LocalRatio* local) { local->value = 0; }
EXTERN_C void Ratio_free_inst(Ratio* ratio) { delete ratio; }
EXTERN_C void Ratio_free_local(LocalRatio*) {}

namespace odc::test {
namespace {

using Client = Hostile_callback_client;
using Answer = std::function<bool(Client&)>;

std::vector<Answer> answers() {
    std::vector<Answer> all;
#define ODC_STRUCTURE(T)                                              \
    all.push_back([](Client& client) {                                \
        T value{};                                                    \
        return client.Get##T(&value) && read_through(&value) != ~0u;  \
    });
#define ODC_TAIL(T)                                                  \
    all.push_back([](Client& client) {                               \
        T* value = nullptr;                                          \
        return client.Get##T(&value) && read_through(value) != ~0u;  \
    });
#include "hostile_structures.inc"
#undef ODC_STRUCTURE
#undef ODC_TAIL
    all.push_back([](Client& client) {
        ULONG n = 2;
        auto* values = static_cast<LONG*>(ndr::task_memory().allocate(2 * sizeof(LONG)));
        values[0] = values[1] = 0;
        return client.GrownBack(&n, &values) && (values ? read_numbers(values, n) : 0) != ~0u;
    });
    all.push_back([](Client& client) {
        LONG used = 0;
        Point values[5];
        if (!client.FilledBack(5, &used, values)) return false;
        for (LONG i = 0; i < used; ++i) read_through(&values[i]);
        return true;
    });
    all.push_back([](Client& client) {
        Label16* labels = nullptr;
        LONG n = 0;
        if (!client.MadeBack(&labels, &n)) return false;
        for (LONG i = 0; labels && i < n; ++i) read_text(labels[i].name);
        return true;
    });
    all.push_back([](Client& client) {
        WCHAR text[6] = u"abc";
        return client.WrittenBack(6, text) && read_text(text) != ~0u;
    });
    all.push_back([](Client& client) {
        WCHAR* text = nullptr;
        unsigned char* narrow = nullptr;
        return client.TextBack(&text, &narrow) && read_text(text) + read_text(narrow) != ~0u;
    });
    all.push_back([](Client& client) {
        SHORT fixed[2][3];
        Shade shades[4] = {SHADE_DARK, SHADE_DARK, SHADE_DARK, SHADE_DARK};
        return static_cast<bool>(client.FixedBack(fixed, shades));
    });
    all.push_back([](Client& client) {
        Shade shade{};
        return static_cast<bool>(client.ShadeBack(&shade));
    });
    return all;
}

}  // namespace

bool read_answer(std::size_t number, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax) {
    static const std::vector<Answer> all = answers();
    const TaskBlocks memory;
    MadeUpCall call(message, swap, syntax);
    Client client(call);
    return all[number % all.size()](client);
}

}  // namespace odc::test
