// The runtime's tables: what a look-up costs with few and with many entries, and what an export and a call between two apartments
// cost beside two threads that hand over through a futex. `taskset -c 0 com_bench`
#include <benchmark/benchmark.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "com/apartment.h"
#include "com/export_table.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {
namespace {

/// An interface of the SDK whose method does nothing worth measuring.
class Nothing final : public implements<IPersist> {
  public:
    HRESULT STDMETHODCALLTYPE GetClassID(CLSID* clsid) override {
        *clsid = {};
        return S_OK;
    }
};

/// So many exported objects with one interface each, in the multithreaded apartment.
class Exports {
  public:
    explicit Exports(std::size_t n) {
        CoInitializeEx(nullptr, COINIT_MULTITHREADED);
        auto& table = Apartment::current()->exports();
        for (std::size_t i = 0; i < n; ++i) {
            objects_.push_back(ComPtr<IPersist>::attach(new Nothing));
            exports_.push_back(table.find_or_make(objects_.back().get()).take());
            stubs_.push_back(exports_.back()->interface_stub(IID_IPersist).take());
        }
    }
    ~Exports() {
        for (const auto& one : exports_) one->disconnect();
        stubs_.clear();
        exports_.clear();
        objects_.clear();
        CoUninitialize();
    }
    const orpc::Ipid& ipid(std::size_t i) const { return stubs_[i % stubs_.size()]->ipid(); }
    IUnknown* object(std::size_t i) const { return objects_[i % objects_.size()].get(); }
    orpc::Oid oid(std::size_t i) const { return exports_[i % exports_.size()]->oid(); }

  private:
    std::vector<ComPtr<IPersist>> objects_;
    std::vector<Ref<Export>> exports_;
    std::vector<Ref<InterfaceStub>> stubs_;
};

constexpr std::size_t kStride = 7919;  // so that the caches see no order

void ipid_to_stub(benchmark::State& state) {
    const Exports exports(static_cast<std::size_t>(state.range(0)));
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(ExportTable::find_stub(exports.ipid(i += kStride)));
}
void object_to_export(benchmark::State& state) {
    const Exports exports(static_cast<std::size_t>(state.range(0)));
    auto& table = Apartment::current()->exports();
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(table.find(exports.object(i += kStride)));
}
void oid_to_export(benchmark::State& state) {
    const Exports exports(static_cast<std::size_t>(state.range(0)));
    auto& table = Apartment::current()->exports();
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(table.find(exports.oid(i += kStride)));
}
void export_and_disconnect(benchmark::State& state) {
    const Exports others(static_cast<std::size_t>(state.range(0)));
    auto& table = Apartment::current()->exports();
    const auto object = ComPtr<IPersist>::attach(new Nothing);
    for (auto _ : state) {
        auto made = table.find_or_make(object.get()).take();
        benchmark::DoNotOptimize(made->interface_stub(IID_IPersist));
        made->disconnect();
    }
}

void futex_wait(std::atomic<int>& word, int value) {
    while (word.load() != value) ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1 - value, nullptr, nullptr, 0);
}
void futex_set(std::atomic<int>& word, int value) {
    word.store(value);
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}
void futex_ping_pong(benchmark::State& state) {
    std::atomic<int> word{0};
    std::atomic<bool> over{false};
    std::thread other([&] {
        for (;;) {
            futex_wait(word, 1);
            if (over) return;
            futex_set(word, 0);
        }
    });
    for (auto _ : state) {
        futex_set(word, 1);
        futex_wait(word, 0);
    }
    over = true;
    futex_set(word, 1);
    other.join();
}

/// A call from the multithreaded apartment into a single-threaded one.
void call_between_apartments(benchmark::State& state) {
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    std::atomic<IStream*> packet{nullptr};
    std::atomic<DWORD> id{0};
    std::thread server([&] {
        CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
        MSG message;
        PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
        id = GetCurrentThreadId();
        {
            const auto object = ComPtr<IPersist>::attach(new Nothing);
            IStream* stream = nullptr;
            CoMarshalInterThreadInterfaceInStream(IID_IPersist, object.get(), &stream);
            packet = stream;
            packet.notify_all();
        }
        while (GetMessage(&message, nullptr, 0, 0) > 0) {
        }
        CoUninitialize();
    });
    packet.wait(nullptr);
    {
        ComPtr<IPersist> proxy;
        CoGetInterfaceAndReleaseStream(packet.load(), IID_IPersist, proxy.put_void());
        CLSID clsid;
        for (auto _ : state)
            if (proxy->GetClassID(&clsid) != S_OK) std::abort();
    }
    PostThreadMessage(id, WM_QUIT, 0, 0);
    server.join();
    CoUninitialize();
}

BENCHMARK(ipid_to_stub)->Name("table/IPID to stub")->Arg(1)->Arg(1000)->Arg(100000);
BENCHMARK(object_to_export)->Name("table/object to export")->Arg(1)->Arg(1000)->Arg(100000);
BENCHMARK(oid_to_export)->Name("table/OID to export")->Arg(1)->Arg(1000)->Arg(100000);
BENCHMARK(export_and_disconnect)->Name("export and disconnect, beside")->Arg(1)->Arg(100000);
BENCHMARK(futex_ping_pong)->Name("hand-over/futex")->UseRealTime();
BENCHMARK(call_between_apartments)->Name("hand-over/call MTA to STA")->UseRealTime();

}  // namespace
}  // namespace odc::com
