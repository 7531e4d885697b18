#include "com/apartment.h"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "base/guid.h"
#include "base/log.h"
#include "com/class_table.h"
#include "com/export_table.h"
#include "com/host_apartments.h"
#include "com/import_table.h"
#include "com/object_context.h"
#include "com/process_endpoint.h"
#include "com/proxy_registry.h"
#include "com/served_async.h"

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
    Ref<Apartment> make_single_threaded(bool for_program) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (for_program) ++programs_;
        const bool main = main_ == 0;
        auto made = add(Apartment::Kind::single_threaded, main, !for_program);
        if (main) main_ = made->number();
        return made;
    }
    Ref<Apartment> join_multithreaded(bool for_program) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (for_program) ++programs_;
        if (!multithreaded_) {
            multithreaded_ = add(Apartment::Kind::multithreaded, false, false);
            multithreaded_now_.store(multithreaded_.get(), std::memory_order_release);
        }
        ++members_;
        return multithreaded_;
    }
    void leave_multithreaded(bool for_program) ODC_EXCLUDES(mutex_) {
        leave_multithreaded_only();
        if (for_program) program_left();
    }
    void remove(Apartment& apartment, bool for_program) ODC_EXCLUDES(mutex_) {
        {
            Lock lock(mutex_);
            by_number_.erase(apartment.number());
            if (main_ == apartment.number()) main_ = 0;
        }
        if (for_program) program_left();
    }
    Ref<Apartment> main() ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        const auto found = by_number_.find(main_);
        return main_ == 0 || found == by_number_.end() ? Ref<Apartment>() : found->second;
    }
    void resign_main(const Apartment& apartment) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
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
    void leave_multithreaded_only() ODC_EXCLUDES(mutex_) {
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
    /// The last one of the program takes what is the process's with it (behaviour 35).
    void program_left() ODC_EXCLUDES(mutex_) {
        {
            Lock lock(mutex_);
            if (--programs_ != 0) return;
        }
        ProxyRegistry::instance().forget_registrations();
        end_host_apartments();
    }
    Ref<Apartment> add(Apartment::Kind kind, bool main, bool of_runtime) ODC_REQUIRES(mutex_) {
        do ++last_number_;
        while (last_number_ == 0 || by_number_.contains(last_number_));
        auto made = Ref<Apartment>::adopt(new Apartment(kind, main, of_runtime, last_number_));
        by_number_[last_number_] = made;
        return made;
    }
    Mutex mutex_;
    std::map<std::uint16_t, Ref<Apartment>> by_number_ ODC_GUARDED_BY(mutex_);
    Ref<Apartment> multithreaded_ ODC_GUARDED_BY(mutex_);
    std::vector<Ref<Apartment>> retired_ ODC_GUARDED_BY(mutex_);
    std::atomic<Apartment*> multithreaded_now_{nullptr};
    unsigned members_ ODC_GUARDED_BY(mutex_) = 0;   ///< of the multithreaded one
    unsigned programs_ ODC_GUARDED_BY(mutex_) = 0;  ///< memberships of the program in any apartment, not the runtime's own
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

Apartment::Apartment(Kind kind, bool main, bool of_runtime, std::uint16_t number)
    : kind_(kind),
      main_(main),
      of_runtime_(of_runtime),
      number_(number),
      oxid_(orpc::make_oxid(process_tag(), number)),
      exports_(std::make_unique<ExportTable>(*this)),
      imports_(std::make_unique<ImportTable>(*this)),
      context_(std::make_unique<ObjectContext>(*this)),
      served_calls_(std::make_unique<ServedCalls>()) {}

Apartment::~Apartment() = default;

Apartment* Apartment::current() {
    Thread& thread = this_thread();
    if (thread.entered) return thread.entered;
    if (thread.apartment) return thread.apartment.get();
    return ApartmentRegistry::instance().multithreaded_now();
}

Ref<Apartment> Apartment::find(std::uint16_t number) { return ApartmentRegistry::instance().find(number); }
Ref<Apartment> Apartment::main() { return ApartmentRegistry::instance().main(); }
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
    served_calls_->close();
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

void join_apartment(bool multithreaded, bool for_program) {
    Thread& thread = this_thread();
    auto& registry = ApartmentRegistry::instance();
    thread.apartment = multithreaded ? registry.join_multithreaded(for_program) : registry.make_single_threaded(for_program);
    thread.of_runtime = !for_program;
    thread.initializations = 1;
}

void leave_apartment() {
    Thread& thread = this_thread();
    auto& registry = ApartmentRegistry::instance();
    if (thread.apartment->is_single_threaded()) {
        const auto apartment = thread.apartment;
        apartment->close();
        registry.remove(*apartment, !thread.of_runtime);
    } else {
        registry.leave_multithreaded(!thread.of_runtime);
    }
    thread.apartment = Ref<Apartment>();
    thread.initializations = 0;
}

Ref<Apartment> hold_multithreaded(bool for_program) { return ApartmentRegistry::instance().join_multithreaded(for_program); }
void resign_main(const Apartment& apartment) { ApartmentRegistry::instance().resign_main(apartment); }
void drop_multithreaded(bool for_program) { ApartmentRegistry::instance().leave_multithreaded(for_program); }

}  // namespace odc::com
