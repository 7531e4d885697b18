#include "com/host_apartments.h"

#include <memory>
#include <thread>
#include <utility>

#include "base/mutex.h"

namespace odc::com {
namespace {

/// One thread and its apartment.
struct Host {
    Ref<Apartment> apartment;
    std::shared_ptr<std::atomic<bool>> over = std::make_shared<std::atomic<bool>>(false);
};

struct Hosts {
    Mutex mutex;
    Host single_threaded ODC_GUARDED_BY(mutex);
    bool holds_multithreaded ODC_GUARDED_BY(mutex) = false;
};
Hosts& hosts() {
    static auto* all = new Hosts;
    return *all;
}

Host start_host() {
    Host host;
    Completion ready;
    std::thread([&host, &ready, over = host.over] {
        join_apartment(false, false);
        Apartment* own = Apartment::current();
        host.apartment = Ref<Apartment>::share(own);
        ready.set();
        own->pump_until([&over] { return over->load(); });
        CoUninitialize();
    }).detach();
    ready.wait();
    return host;
}

}  // namespace

Ref<Apartment> host_single_threaded() {
    auto& all = hosts();
    Lock lock(all.mutex);
    auto& host = all.single_threaded;
    if (!host.apartment || !host.apartment->alive()) host = start_host();
    return host.apartment;
}

Ref<Apartment> host_main() {
    if (auto main = Apartment::main(); main && main->alive()) return main;
    return host_single_threaded();
}

Ref<Apartment> host_multithreaded() {
    auto& all = hosts();
    Lock lock(all.mutex);
    if (all.holds_multithreaded) return Apartment::multithreaded();
    all.holds_multithreaded = true;
    return hold_multithreaded(false);
}

void end_host_apartments() {
    auto& all = hosts();
    Host ended;
    bool drop = false;
    {
        Lock lock(all.mutex);
        ended = std::exchange(all.single_threaded, Host{});
        drop = std::exchange(all.holds_multithreaded, false);
    }
    if (ended.apartment) {
        resign_main(*ended.apartment);
        ended.over->store(true);
        ended.apartment->queue().wake();
    }
    if (drop) drop_multithreaded(false);
}

}  // namespace odc::com
