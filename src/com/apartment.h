// Apartments: where objects live and which threads may touch them. One multithreaded apartment per process, one
// single-threaded apartment per thread that asked for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "com/call_queue.h"
#include "com/initialize_spies.h"
#include "com/ref.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "orpc/ids.h"
#include "winuser.h"

namespace odc::com {

class ExportTable;
class ImportTable;
class ObjectContext;
class ServedCalls;
struct ServedCall;

class Apartment : public RefCounted<Apartment> {
  public:
    enum class Kind : std::uint8_t { single_threaded, multithreaded };
    /// `of_runtime`: a host apartment (host_apartments.h), not one of the program.
    Apartment(Kind kind, bool main, bool of_runtime, std::uint16_t number);
    ~Apartment();

    /// The calling thread's: the one it joined, or the multithreaded one as long as that exists (behaviour 5), or null.
    static Apartment* current();
    /// By the number in an OXID; null when it has ended.
    static Ref<Apartment> find(std::uint16_t number);
    static Ref<Apartment> multithreaded();
    /// The first single-threaded one, where classes without a threading model live; null when there is none.
    static Ref<Apartment> main();

    Kind kind() const { return kind_; }
    bool is_single_threaded() const { return kind_ == Kind::single_threaded; }
    bool is_main() const { return main_; }
    bool of_runtime() const { return of_runtime_; }
    std::uint16_t number() const { return number_; }
    orpc::Oxid oxid() const { return oxid_; }
    bool alive() const { return alive_.load(std::memory_order_acquire); }
    bool is_current() const { return current() == this; }

    /// Runs `body` in the apartment and waits for it: at once when the caller is already there (for the multithreaded one: on any
    /// thread that is in no other apartment), otherwise on its thread. RPC_E_DISCONNECTED when the apartment has ended.
    template <class Body>
    HRESULT run(Body&& body) {
        std::function<HRESULT()> work = std::ref(body);
        return run_erased(work);
    }
    /// Runs `body` in the apartment later, without waiting; drops it when the apartment has ended.
    void post(std::function<void()> body);
    /// Hands an item to the apartment; false when it has ended.
    bool submit(CallItem* item);

    CallQueue& queue() { return queue_; }
    ExportTable& exports() { return *exports_; }
    ImportTable& imports() { return *imports_; }
    ObjectContext& context() { return *context_; }
    ServedCalls& served_calls() { return *served_calls_; }

    /// Ends the apartment: called once, on its own thread (the last one, for the multithreaded). Exports are
    /// disconnected, imports given back, waiting calls refused.
    void close();

    /// The daemon knows this apartment as an object exporter (ProcessEndpoint).
    std::atomic<bool> registered_exporter{false};

    // Only the apartment's own thread touches these (single-threaded ones).
    ComPtr<IMessageFilter> message_filter;
    std::deque<MSG> messages;           ///< posted thread messages
    unsigned incoming_depth = 0;        ///< calls being served now, nested ones included
    unsigned outgoing_depth = 0;        ///< calls this apartment waits for now

    /// Serves what waits in the queue. Returns how many items ran. Own thread only.
    unsigned dispatch_pending();
    /// Waits until `done`, serving the queue meanwhile. Own thread only.
    void pump_until(const std::function<bool()>& done);

  private:
    friend class ApartmentRegistry;
    HRESULT run_erased(const std::function<HRESULT()>& body);

    const Kind kind_;
    const bool main_;
    const bool of_runtime_;
    const std::uint16_t number_;
    const orpc::Oxid oxid_;
    std::atomic<bool> alive_{true};
    CallQueue queue_;
    std::unique_ptr<ExportTable> exports_;
    std::unique_ptr<ImportTable> imports_;
    std::unique_ptr<ObjectContext> context_;
    std::unique_ptr<ServedCalls> served_calls_;
};

/// What a thread is to the object runtime.
struct Thread {
    Ref<Apartment> apartment;      ///< joined by CoInitializeEx
    unsigned initializations = 0;  ///< CoInitializeEx calls to be undone
    unsigned ole_initializations = 0;
    bool of_runtime = false;       ///< a host apartment's thread, not one of the program
    Apartment* entered = nullptr;  ///< the apartment whose call this RPC or worker thread runs now (not counted)
    Guid causality{};              ///< of the call being served or made
    bool in_call = false;          ///< `causality` belongs to a call under way
    std::optional<Guid> logical;       ///< outside calls, once somebody has asked
    ServedCall* served = nullptr;      ///< the innermost call that the thread serves
    IUnknown* call_context = nullptr;  ///< CoSwitchCallContext's object; the runtime does not own it
    unsigned cancel_enabled = 0;
    InitializeSpies spies;
    ComPtr<IUnknown> error_info;
    ~Thread();
};
Thread& this_thread();

/// Sets `entered` for a scope.
class EnterApartment {
  public:
    explicit EnterApartment(Apartment* apartment) : before_(std::exchange(this_thread().entered, apartment)) {}
    ~EnterApartment() { this_thread().entered = before_; }
    EnterApartment(const EnterApartment&) = delete;
    EnterApartment& operator=(const EnterApartment&) = delete;

  private:
    Apartment* before_;
};

/// The causality id of the thread's current chain of calls (MS-DCOM 1.3.5); a new one when it is in no call.
Guid current_causality();
/// 48 random bits that mark this process in OXIDs and OIDs.
std::uint64_t process_tag();
/// Every living apartment.
std::vector<Ref<Apartment>> all_apartments();
/// CO_E_NOTINITIALIZED when the thread is in no apartment.
Result<Apartment*> require_apartment();
/// Makes the calling thread, which is in none, a member of the multithreaded apartment or of a new single-threaded one. An apartment
/// of the runtime itself (not `for_program`) ends with the last one of the program.
void join_apartment(bool multithreaded, bool for_program);
/// The last CoUninitialize of the thread.
void leave_apartment();
/// A membership in the multithreaded apartment that is no thread's, until `drop_multithreaded`.
Ref<Apartment> hold_multithreaded(bool for_program);
void drop_multithreaded(bool for_program);
/// A host apartment that is about to end: the next single-threaded one may be the main one.
void resign_main(const Apartment& apartment);
/// CoGetCurrentLogicalThreadId outside calls; inside one, the call's causality.
void set_logical_thread(const Guid& id);

}  // namespace odc::com
