// Class objects: those that programs registered, those that component libraries give, and where each class is found.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "com/apartment.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/rpc/client.h"

namespace odc::com {

/// One interface of an activation: its own result, and the OBJREF where that is S_OK.
struct Activated {
    HRESULT hr = E_NOINTERFACE;
    std::vector<std::uint8_t> objref;
};

/// CoRegisterClassObject's registrations of this process.
class ClassTable {
  public:
    static ClassTable& instance();

    Result<DWORD> add(const Guid& clsid, IUnknown* object, DWORD context, DWORD flags) ODC_EXCLUDES(mutex_);
    /// Errors: E_INVALIDARG (unknown cookie), RPC_E_WRONG_THREAD (another apartment's).
    HRESULT revoke(DWORD cookie) ODC_EXCLUDES(mutex_);
    void revoke_all(Apartment& apartment) ODC_EXCLUDES(mutex_);
    HRESULT set_suspended(bool suspended) ODC_EXCLUDES(mutex_);
    /// Whether any registration is known to the daemon.
    bool serves_others() ODC_EXCLUDES(mutex_);
    /// Tells a daemon that was started anew of all registrations for others.
    Result<> register_again(const rpc::Binding& daemon) ODC_EXCLUDES(mutex_);

    /// A class object that `here` registered for use in the process, or null.
    ComPtr<IUnknown> find_in_apartment(const Guid& clsid, Apartment& here) ODC_EXCLUDES(mutex_);
    /// An OBJREF of a class object that any apartment of this process registered for other apartments; empty when there is none.
    Result<std::vector<std::uint8_t>> find_in_process(const Guid& clsid, const Guid& iid) ODC_EXCLUDES(mutex_);

    /// For the daemon: asks registration `cookie` (the daemon's) for an instance or for itself, and marshals.
    /// Errors: CO_E_SERVER_STOPPING, REGDB_E_CLASSNOTREG, what CreateInstance said.
    Result<std::vector<Activated>> activate(DWORD daemon_cookie, const Guid& clsid, bool class_object, std::span<const Guid> iids,
                                            DWORD destination) ODC_EXCLUDES(mutex_);

  private:
    struct Registration {
        Guid clsid{};
        Ref<Apartment> apartment;
        ComPtr<IUnknown> object;  ///< used and released in the apartment only
        DWORD context = 0;
        DWORD flags = 0;
        bool suspended = false;
        bool used_up = false;     ///< REGCLS_SINGLEUSE, and the one use is over
        DWORD daemon_cookie = 0;  ///< 0: not known to the daemon
    };
    bool is_usable(const Registration& one, bool inside_apartment) const ODC_REQUIRES(mutex_);
    Mutex mutex_;
    std::map<DWORD, Registration> registrations_ ODC_GUARDED_BY(mutex_);
    DWORD last_cookie_ ODC_GUARDED_BY(mutex_) = 0;
};

/// Makes an instance with `factory` and queries it for each interface.
Result<std::vector<Activated>> create_and_marshal(IUnknown& class_object, bool itself, std::span<const Guid> iids, DWORD destination);

/// Interface\{iid}\ProxyStubClsid32. Errors: REGDB_E_IIDNOTREG.
Result<Guid> proxy_stub_class(const Guid& iid);
/// Interface\{iid}\SynchronousInterface of an asynchronous interface. Errors: REGDB_E_IIDNOTREG.
Result<Guid> synchronous_interface(const Guid& iid);

}  // namespace odc::com
