#include "com/release_queue.h"

#include <algorithm>

#include "base/log.h"
#include "com/blocking_work.h"
#include "com/housekeeper.h"
#include "objbase.h"
#include "dcom.h"

namespace odc::com {
namespace {
constexpr std::uint16_t kRemRelease = 5;
constexpr std::size_t kMaxRefsPerCall = 0x7FFF;

void rem_release(Exporter& exporter, std::span<const ReleaseQueue::Held> held) {
    const auto done = orpc_call(
        exporter, exporter.rem_unknown, __uuidof(IRemUnknown), kRemRelease,
        [&](ndr::Writer& out) {
            // HRESULT RemRelease([in] unsigned short cInterfaceRefs, [in, size_is(cInterfaceRefs)] REMINTERFACEREF InterfaceRefs[]);
            out.u16(static_cast<std::uint16_t>(held.size()));
            out.count(held.size());
            for (const auto& one : held) {
                out.guid(one.ipid.guid);
                out.u32(one.public_refs);
                out.u32(0);
            }
        },
        [](ndr::Reader& in) { (void)in.i32(); });
    if (!done) log::debug("com", "RemRelease of {} references did not reach its server: {}", held.size(), done.error().text());
}

}  // namespace

ReleaseQueue& ReleaseQueue::instance() {
    static auto* queue = new ReleaseQueue;
    return *queue;
}

void ReleaseQueue::add(const Ref<Exporter>& exporter, const orpc::Ipid& ipid, std::uint32_t public_refs) {
    if (public_refs == 0) return;
    bool first;
    {
        Lock lock(mutex_);
        first = items_.empty();
        items_.push_back({exporter, ipid, public_refs});
    }
    if (first) Housekeeper::instance().wake_within(kDelay);
}

void ReleaseQueue::send_now(const Ref<Exporter>& exporter, std::span<const Held> held) {
    if (!held.empty()) BlockingWork::run([&] { rem_release(*exporter, held); });
}

bool ReleaseQueue::empty() {
    Lock lock(mutex_);
    return items_.empty();
}

void ReleaseQueue::flush() {
    Lock one_at_a_time(flushing_);
    std::vector<Item> items;
    {
        Lock lock(mutex_);
        items.swap(items_);
    }
    if (items.empty()) return;
    std::stable_sort(items.begin(), items.end(),
                     [](const Item& a, const Item& b) { return std::less<>()(a.exporter.get(), b.exporter.get()); });
    for (auto at = items.begin(); at != items.end();) {
        auto end = at;
        while (end != items.end() && end->exporter == at->exporter && static_cast<std::size_t>(end - at) < kMaxRefsPerCall) ++end;
        const std::span<const Item> batch(&*at, static_cast<std::size_t>(end - at));
        std::vector<Held> held;
        held.reserve(batch.size());
        for (const auto& item : batch) held.push_back({item.ipid, item.public_refs});
        rem_release(*at->exporter, held);
        at = end;
    }
}

}  // namespace odc::com
