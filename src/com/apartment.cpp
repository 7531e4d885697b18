#include "com/apartment.h"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "base/guid.h"
#include "base/log.h"
#include "com/class_table.h"
#include "com/export_table.h"
#include "com/import_table.h"
#include "com/process_endpoint.h"

namespace odc::com {

/// All apartments of the process.
class ApartmentRegistry {
  public:
    static ApartmentRegistry& instance() {
        static auto* registry = new ApartmentRegistry;
        return *registry;
    }

    Ref<Apartment> find(std::uint16_t number) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        const auto found = by_number_.find(number);
        return found == by_number_.end() ? Ref<Apartment>() : found->second;
    }
    Ref<Apartment> make_single_threaded() ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        const bool main = main_ == 0;
        auto made = add(Apartment::Kind::single_threaded, main);
        if (main) main_ = made->number();
        return made;
    }
    Ref<Apartment> join_multithreaded() ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (!multithreaded_) {
            multithreaded_ = add(Apartment::Kind::multithreaded, false);
            multithreaded_now_.store(multithreaded_.get(), std::memory_order_release);
        }
        ++members_;
        return multithreaded_;
    }
    void leave_multithreaded() ODC_EXCLUDES(mutex_) {
        Ref<Apartment> ended;
        {
            Lock lock(mutex_);
            if (--members_ != 0) return;
            ended = multithreaded_;
        }
        // Still findable while it closes, so that proxies can be released by whoever holds them.
        ended->close();
        Lock lock(mutex_);
        if (multithreaded_ == ended && members_ == 0) {
            multithreaded_now_ = nullptr;
            retired_.push_back(std::move(multithreaded_));  // threads may still hold the plain pointer for a moment
            multithreaded_ = Ref<Apartment>();
            by_number_.erase(ended->number());
        }
    }
    void remove(Apartment& apartment) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        by_number_.erase(apartment.number());
        if (main_ == apartment.number()) main_ = 0;
    }
    Ref<Apartment> multithreaded() ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        return multithreaded_;
    }
    std::vector<Ref<Apartment>> all() ODC_EXCLUDES(mutex_) {
        std::vector<Ref<Apartment>> apartments;
        Lock lock(mutex_);
        for (const auto& [number, apartment] : by_number_) apartments.push_back(apartment);
        return apartments;
    }
    Apartment* multithreaded_now() const { return multithreaded_now_.load(std::memory_order_acquire); }

  private:
    Ref<Apartment> add(Apartment::Kind kind, bool main) ODC_REQUIRES(mutex_) {
        do ++last_number_;
        while (last_number_ == 0 || by_number_.contains(last_number_));
        auto made = Ref<Apartment>::adopt(new Apartment(kind, main, last_number_));
        by_number_[last_number_] = made;
        return made;
    }
    Mutex mutex_;
    std::map<std::uint16_t, Ref<Apartment>> by_number_ ODC_GUARDED_BY(mutex_);
    Ref<Apartment> multithreaded_ ODC_GUARDED_BY(mutex_);
    std::vector<Ref<Apartment>> retired_ ODC_GUARDED_BY(mutex_);
    std::atomic<Apartment*> multithreaded_now_{nullptr};
    unsigned members_ ODC_GUARDED_BY(mutex_) = 0;
    std::uint16_t last_number_ ODC_GUARDED_BY(mutex_) = 0;
    std::uint16_t main_ ODC_GUARDED_BY(mutex_) = 0;
};

namespace {

/// `run` for a thread outside the apartment: an item on the stack of the caller, who waits.
class RunItem final : public CallItem {
  public:
    RunItem(Apartment& target, const std::function<HRESULT()>& body, Apartment* waiting)
        : target_(target), body_(body), waiting_(waiting) {}
    void run() override {
        EnterApartment enter(&target_);
        result_ = body_();
        finish();
    }
    void refuse(HRESULT why) override {
        result_ = why;
        finish();
    }
    HRESULT wait() {
        if (waiting_) waiting_->pump_until([this] { return done_.is_set(); });
        else done_.wait();
        return result_;
    }

  private:
    void finish() {
        Apartment* waiting = waiting_;  // `this` may be gone once the flag is set
        if (waiting) waiting->add_ref();
        done_.set();
        if (waiting) {
            waiting->queue().wake();
            waiting->release();
        }
    }
    Apartment& target_;
    const std::function<HRESULT()>& body_;
    Apartment* waiting_;
    HRESULT result_ = E_UNEXPECTED;
    Completion done_;
};

/// `post`: owns itself.
class PostItem final : public CallItem {
  public:
    PostItem(Ref<Apartment> target, std::function<void()> body) : target_(std::move(target)), body_(std::move(body)) {}
    void run() override {
        EnterApartment enter(target_.get());
        body_();
        delete this;
    }
    void refuse(HRESULT) override { delete this; }

  private:
    Ref<Apartment> target_;
    std::function<void()> body_;
};

}  // namespace

Apartment::Apartment(Kind kind, bool main, std::uint16_t number)
    : kind_(kind),
      main_(main),
      number_(number),
      oxid_(orpc::make_oxid(process_tag(), number)),
      exports_(std::make_unique<ExportTable>(*this)),
      imports_(std::make_unique<ImportTable>(*this)) {}

Apartment::~Apartment() = default;

Apartment* Apartment::current() {
    Thread& thread = this_thread();
    if (thread.entered) return thread.entered;
    if (thread.apartment) return thread.apartment.get();
    return ApartmentRegistry::instance().multithreaded_now();
}

Ref<Apartment> Apartment::find(std::uint16_t number) { return ApartmentRegistry::instance().find(number); }
Ref<Apartment> Apartment::multithreaded() { return ApartmentRegistry::instance().multithreaded(); }

std::vector<Ref<Apartment>> all_apartments() { return ApartmentRegistry::instance().all(); }

HRESULT Apartment::run_erased(const std::function<HRESULT()>& body) {
    if (!alive()) return RPC_E_DISCONNECTED;
    Apartment* here = current();
    if (here == this) return body();
    Thread& thread = this_thread();
    if (!is_single_threaded() && !thread.entered && !thread.apartment) {
        EnterApartment enter(this);  // a thread of nobody: RPC and housekeeping threads
        return body();
    }
    Apartment* waiting = here && here->is_single_threaded() && !thread.entered ? here : nullptr;
    RunItem item(*this, body, waiting);
    if (!submit(&item)) return RPC_E_DISCONNECTED;
    return item.wait();
}

void Apartment::post(std::function<void()> body) {
    auto* item = new PostItem(Ref<Apartment>::share(this), std::move(body));
    if (!submit(item)) delete item;
}

bool Apartment::submit(CallItem* item) {
    if (!alive()) return false;
    if (is_single_threaded()) return queue_.post(item);
    WorkerPool::instance().submit(item);
    return true;
}

void Apartment::close() {
    // Class objects first: nobody shall create anything new here. Then what others hold of us, then what we hold of others.
    ClassTable::instance().revoke_all(*this);
    exports_->disconnect_all();
    if (auto* endpoint = ProcessEndpoint::if_started()) endpoint->apartment_ended(*this);
    message_filter.reset();
    dispatch_pending();
    alive_.store(false, std::memory_order_release);
    queue_.close(RPC_E_DISCONNECTED);
    imports_->release_all();
}

unsigned Apartment::dispatch_pending() {
    unsigned ran = 0;
    queue_.clear_event_fd();
    while (CallItem* item = queue_.pop()) {
        item->run();
        ++ran;
    }
    return ran;
}

void Apartment::pump_until(const std::function<bool()>& done) {
    ++outgoing_depth;
    for (;;) {
        const auto seen = queue_.events();
        dispatch_pending();
        if (done()) break;
        queue_.wait(seen);
    }
    --outgoing_depth;
}

Thread::~Thread() {
    // A thread that ends without CoUninitialize: its apartment ends with it (behaviour 51).
    if (!apartment) return;
    initializations = 1;
    ole_initializations = 0;
    CoUninitialize();
}

Thread& this_thread() {
    static thread_local Thread thread;
    return thread;
}

Guid current_causality() {
    Thread& thread = this_thread();
    if (thread.in_call) return thread.causality;
    // Random once per thread, then counted: a system call per id would cost more than the rest of a call's header.
    static thread_local Guid next = new_guid();
    ++next.Data1;
    return next;
}

std::uint64_t process_tag() {
    static const std::uint64_t tag = [] {
        std::uint64_t bits = 0;
        (void)!::getrandom(&bits, 6, 0);
        return bits ? bits : 1;
    }();
    return tag;
}

Result<Apartment*> require_apartment() {
    Apartment* here = Apartment::current();
    if (!here) return fail(CO_E_NOTINITIALIZED);
    return here;
}

Ref<Apartment> host_apartment(bool main) {
    static Mutex mutex;
    static auto* hosts = new std::map<bool, Ref<Apartment>>;
    Lock lock(mutex);
    auto& host = (*hosts)[main];
    if (host && host->alive()) return host;
    Completion ready;
    std::thread([&host, &ready] {
        CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
        Apartment* own = Apartment::current();
        host = Ref<Apartment>::share(own);
        ready.set();
        own->pump_until([] { return false; });
    }).detach();
    ready.wait();
    return host;
}

}  // namespace odc::com

using namespace odc::com;

WINOLEAPI CoInitialize(LPVOID reserved) { return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED); }

WINOLEAPI CoInitializeEx(LPVOID reserved, DWORD coInit) {
    if (reserved) return E_INVALIDARG;
    Thread& thread = this_thread();
    const bool multithreaded = (coInit & COINIT_APARTMENTTHREADED) == 0;
    if (thread.apartment) {
        if (multithreaded == thread.apartment->is_single_threaded()) return RPC_E_CHANGED_MODE;
        ++thread.initializations;
        return S_FALSE;
    }
    auto& registry = ApartmentRegistry::instance();
    thread.apartment = multithreaded ? registry.join_multithreaded() : registry.make_single_threaded();
    thread.initializations = 1;
    return S_OK;
}

WINOLEAPI_(void) CoUninitialize(void) {
    Thread& thread = this_thread();
    if (thread.initializations == 0 || thread.initializations <= thread.ole_initializations) return;
    if (thread.initializations > 1) {
        --thread.initializations;
        return;
    }
    auto& registry = ApartmentRegistry::instance();
    if (thread.apartment->is_single_threaded()) {
        const auto apartment = thread.apartment;
        apartment->close();
        registry.remove(*apartment);
    } else {
        registry.leave_multithreaded();
    }
    thread.apartment = Ref<Apartment>();
    thread.initializations = 0;
}

WINOLEAPI OleInitialize(LPVOID reserved) {
    const HRESULT hr = CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
    if (FAILED(hr)) return hr;
    return ++this_thread().ole_initializations > 1 ? S_FALSE : S_OK;
}

WINOLEAPI_(void) OleUninitialize(void) {
    Thread& thread = this_thread();
    if (thread.ole_initializations == 0) return;
    --thread.ole_initializations;
    CoUninitialize();
}

WINOLEAPI CoIncrementMTAUsage(CO_MTA_USAGE_COOKIE* cookie) {
    if (!cookie) return E_INVALIDARG;
    static std::atomic<std::uintptr_t> last{0};
    ApartmentRegistry::instance().join_multithreaded();
    *cookie = reinterpret_cast<CO_MTA_USAGE_COOKIE>(++last);
    return S_OK;
}

WINOLEAPI CoDecrementMTAUsage(CO_MTA_USAGE_COOKIE cookie) {
    if (!cookie) return E_INVALIDARG;
    ApartmentRegistry::instance().leave_multithreaded();
    return S_OK;
}

WINOLEAPI CoGetApartmentType(APTTYPE* type, APTTYPEQUALIFIER* qualifier) {
    if (!type || !qualifier) return E_INVALIDARG;
    *type = APTTYPE_CURRENT;
    *qualifier = APTTYPEQUALIFIER_NONE;
    const Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    if (here->is_single_threaded()) {
        *type = here->is_main() ? APTTYPE_MAINSTA : APTTYPE_STA;
    } else {
        *type = APTTYPE_MTA;
        if (!this_thread().apartment) *qualifier = APTTYPEQUALIFIER_IMPLICIT_MTA;
    }
    return S_OK;
}

WINOLEAPI_(DWORD) CoGetCurrentProcess(void) {
    // Differs from process and thread ids, and per thread (behaviour 9): a counter that starts where no id reaches.
    static std::atomic<DWORD> last{0x80000000u};
    static thread_local const DWORD mine = ++last;
    return mine;
}

WINOLEAPI CoGetCurrentLogicalThreadId(GUID* id) {
    if (!id) return E_INVALIDARG;
    static thread_local const GUID mine = odc::new_guid();
    *id = this_thread().in_call ? this_thread().causality : mine;
    return S_OK;
}

WINOLEAPI_(DWORD) CoBuildVersion(void) { return 23u << 16 | 639u; }

WINOLEAPI_(int) OdcGetApartmentEventFd(void) {
    Apartment* here = Apartment::current();
    return here && here->is_single_threaded() ? here->queue().event_fd() : -1;
}

WINOLEAPI_(ULONG) OdcDispatchPendingCalls(void) {
    Apartment* here = Apartment::current();
    return here && here->is_single_threaded() ? here->dispatch_pending() : 0;
}
