// Exports: our objects, as others see them. An Export is one object (OID), an InterfaceStub one of its interfaces (IPID).
#pragma once

#include <array>
#include <chrono>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "com/ref.h"
#include "objbase.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"
#include "opendcom/ndr/server_frame.h"
#include "orpc/objref.h"

namespace odc::com {

class Apartment;
class Export;

/// One interface of an exported object: where calls with its IPID go. Found by IPID from any thread; called in its apartment.
class InterfaceStub : public RefCounted<InterfaceStub> {
  public:
    ~InterfaceStub();
    const orpc::Ipid& ipid() const { return ipid_; }
    const Guid& iid() const { return iid_; }
    Apartment& apartment() const { return *apartment_; }
    Export* owner() const { return owner_.get(); }

    /// Reads the arguments from `frame.request` (behind ORPCTHIS), calls the object and writes the results to
    /// `frame.response` (behind ORPCTHAT). A failure goes out as a fault. On a thread of the apartment.
    /// `destination` is the MSHCTX that results are marshaled for; `left` as StubCall has it.
    HRESULT invoke(std::uint16_t opnum, ndr::ServerFrame& frame, DWORD destination, class ServedCallObject** left = nullptr);
    bool has_method(std::uint16_t opnum) const;
    /// Ends the stub's references on the object, now or when the calls that are in it return, whoever else still holds the stub. On the thread
    /// of its apartment, which has one thread.
    void let_go();

  private:
    HRESULT invoke_object(std::uint16_t opnum, ndr::ServerFrame& frame, DWORD destination, class ServedCallObject** left);
    void drop();
    friend class Export;
    friend class ExportTable;
    friend Result<Ref<InterfaceStub>> make_free_stub(Apartment&, const Guid&, ComPtr<IUnknown>);
    InterfaceStub(Ref<Export> owner, Apartment& apartment, const Guid& iid) : owner_(std::move(owner)), apartment_(&apartment), iid_(iid) {}

    Ref<Export> owner_;
    Apartment* apartment_;                  ///< outlives its exports
    orpc::Ipid ipid_;
    Guid iid_;
    ComPtr<IUnknown> object_;               ///< an interface pointer of type iid_
    const InterfaceInfo* info_ = nullptr;   ///< generated stub
    ComPtr<IRpcStubBuffer> buffer_;         ///< or a foreign one
    std::uint32_t public_refs_ = 0;         ///< guarded by the owner's mutex
    std::uint32_t private_refs_ = 0;
    // Of the thread of a single-threaded apartment:
    unsigned running_ = 0;                  ///< calls that are in the object
    bool let_go_ = false;
};

/// One exported object of one apartment: its interfaces and how many references others hold. Lives as long as somebody outside
/// holds a reference, a lock or marshal data.
class Export : public RefCounted<Export> {
  public:
    Export(Apartment& apartment, orpc::Oid oid, ComPtr<IUnknown> identity);
    ~Export();

    orpc::Oid oid() const { return oid_; }
    Apartment& apartment() const { return apartment_; }
    /// The object's IUnknown; null once it is disconnected.
    ComPtr<IUnknown> identity() ODC_EXCLUDES(mutex_);

    /// The stub for `iid`, made if the object has the interface and somebody can marshal it. In the object's apartment.
    /// Errors: E_NOINTERFACE, RPC_E_DISCONNECTED, what CreateStub said.
    Result<Ref<InterfaceStub>> interface_stub(const Guid& iid) ODC_EXCLUDES(mutex_);
    /// The stub for `iid` if there is one already. Any thread.
    Ref<InterfaceStub> known_stub(const Guid& iid) ODC_EXCLUDES(mutex_);

    /// Counts references on one interface up or down (down: never below what is held). Dropping the last one of the object
    /// disconnects it. Any thread. False when the object is disconnected already.
    bool add_refs(InterfaceStub& stub, std::uint32_t public_refs, std::uint32_t private_refs) ODC_EXCLUDES(mutex_);
    void release_refs(InterfaceStub& stub, std::uint32_t public_refs, std::uint32_t private_refs) ODC_EXCLUDES(mutex_);
    /// CoLockObjectExternal and table marshaling count on the object, not on an interface.
    /// The two that count up give false, like add_refs, when the object is disconnected already.
    bool lock_external() ODC_EXCLUDES(mutex_);
    void unlock_external(bool last_unlock_releases) ODC_EXCLUDES(mutex_);
    bool add_weak() ODC_EXCLUDES(mutex_);
    void release_weak() ODC_EXCLUDES(mutex_);

    /// Ends it: out of the tables, stubs and object released (in the apartment). Any thread, any number of times.
    void disconnect() ODC_EXCLUDES(mutex_) { disconnect_when(When::always); }
    /// The same, unless somebody outside still has something of it.
    void disconnect_if_unused() ODC_EXCLUDES(mutex_) { disconnect_when(When::unused); }
    bool connected() const { return connected_.load(std::memory_order_acquire); }
    void touch() { last_call_.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_relaxed); }
    std::chrono::steady_clock::duration idle_time() const;
    bool has_remote_refs() ODC_EXCLUDES(mutex_);
    /// References that others were given across processes, whose loss pings must find out.
    void set_left_process();
    bool left_process() const { return left_process_; }

  private:
    friend class ExportTable;
    /// unreferenced: no strong reference; unused: no table entry either.
    enum class When { always, unreferenced, unused };
    /// The condition and the end are one step: a reference that somebody takes meanwhile either prevents it or is refused.
    void disconnect_when(When when) ODC_EXCLUDES(mutex_);
    ComPtr<IExternalConnection> external() ODC_EXCLUDES(mutex_);
    void connection_added() ODC_EXCLUDES(mutex_);
    std::uint64_t strong_count() ODC_REQUIRES(mutex_);
    void changed(std::uint64_t before, bool last_releases) ODC_EXCLUDES(mutex_);

    Apartment& apartment_;
    const orpc::Oid oid_;
    ComPtr<IUnknown> identity_ ODC_GUARDED_BY(mutex_);
    ComPtr<IExternalConnection> external_ ODC_GUARDED_BY(mutex_);
    IUnknown* const key_;  ///< in the table, to compare with only
    std::atomic<bool> connected_{true};
    std::atomic<bool> left_process_{false};
    std::atomic<std::chrono::steady_clock::rep> last_call_;
    Mutex mutex_;
    std::vector<Ref<InterfaceStub>> stubs_ ODC_GUARDED_BY(mutex_);
    std::uint32_t locks_ ODC_GUARDED_BY(mutex_) = 0;
    std::uint32_t weak_ ODC_GUARDED_BY(mutex_) = 0;
};

/// A stub of no export: counted by whoever made it, called on RPC threads whatever its apartment is (IRemUnknown).
Result<Ref<InterfaceStub>> make_free_stub(Apartment& apartment, const Guid& iid, ComPtr<IUnknown> object);

/// The exports of one apartment, and (static part) every IPID of the process.
class ExportTable {
  public:
    explicit ExportTable(Apartment& apartment) : apartment_(apartment) {}

    /// The export of an object, made if needed. `object` is any interface pointer of it. In the apartment.
    Result<Ref<Export>> find_or_make(IUnknown* object) ODC_EXCLUDES(mutex_);
    /// The export of an object, or null.
    Ref<Export> find(IUnknown* object) ODC_EXCLUDES(mutex_);
    Ref<Export> find(orpc::Oid oid) ODC_EXCLUDES(mutex_);
    void disconnect_all() ODC_EXCLUDES(mutex_);
    std::vector<Ref<Export>> all() ODC_EXCLUDES(mutex_);

    /// The stub that an IPID names, from any thread; null for one that never was or is no more.
    static Ref<InterfaceStub> find_stub(const orpc::Ipid& ipid);
    static std::uint64_t count();
    /// Every export of the process.
    static std::vector<Ref<Export>> everything();
    /// Whether any stub of the process has this interface: what a bind request for it is accepted by.
    static bool serves(const Guid& iid);

  private:
    friend class Export;
    void remove(Export& gone) ODC_EXCLUDES(mutex_);

    Apartment& apartment_;
    Mutex mutex_;
    std::unordered_map<IUnknown*, Ref<Export>> by_identity_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, Export*> by_oid_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
