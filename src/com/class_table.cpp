#include "com/class_table.h"

#include "base/log.h"
#include "com/marshal.h"
#include "com/ping_client.h"
#include "com/process_endpoint.h"
#include "localscm.h"
#include "registry/class_records.h"

namespace odc::com {

ClassTable& ClassTable::instance() {
    static auto* table = new ClassTable;
    return *table;
}

Result<Guid> proxy_stub_class(const Guid& iid) {
    const auto record = ODC_TRY(registry::find_interface(iid));
    if (!record->proxy_stub) return fail(REGDB_E_IIDNOTREG);
    return *record->proxy_stub;
}

Result<Guid> synchronous_interface(const Guid& iid) {
    const auto record = ODC_TRY(registry::find_interface(iid));
    if (!record->synchronous) return fail(REGDB_E_IIDNOTREG);
    return *record->synchronous;
}

Result<DWORD> ClassTable::add(const Guid& clsid, IUnknown* object, DWORD context, DWORD flags) {
    Apartment* here = ODC_TRY(require_apartment());
    Registration made;
    made.clsid = clsid;
    made.apartment = Ref<Apartment>::share(here);
    made.object = ComPtr<IUnknown>::share(object);
    made.context = context;
    made.flags = flags;
    made.suspended = (flags & REGCLS_SUSPENDED) != 0;
    DWORD cookie;
    {
        Lock lock(mutex_);
        cookie = ++last_cookie_;
        registrations_[cookie] = std::move(made);
    }
    if ((context & CLSCTX_LOCAL_SERVER) == 0) return cookie;
    // Known to the daemon after it is in the table: an activation may come before this call returns.
    const auto tell = [&]() -> Result<DWORD> {
        auto* endpoint = ODC_TRY(ProcessEndpoint::started_for(*here));
        DWORD daemon_cookie = 0;
        const auto status = ODC_TRY(endpoint->ask([&](ILocalScm_client& daemon) {
            return daemon.RegisterClass(clsid, static_cast<std::uint64_t>(here->oxid()), flags, &daemon_cookie);
        }));
        if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "the daemon refused the class");
        return daemon_cookie;
    };
    auto told = tell();
    ComPtr<IUnknown> dropped;
    Lock lock(mutex_);
    if (told) {
        if (const auto found = registrations_.find(cookie); found != registrations_.end()) found->second.daemon_cookie = *told;
        lock.unlock();
        PingClient::instance().changed();
        return cookie;
    }
    if (const auto found = registrations_.find(cookie); found != registrations_.end()) {
        dropped = std::move(found->second.object);
        registrations_.erase(found);
    }
    lock.unlock();
    return std::move(told.error());
}

HRESULT ClassTable::revoke(DWORD cookie) {
    Registration gone;
    {
        Lock lock(mutex_);
        const auto found = registrations_.find(cookie);
        if (found == registrations_.end()) return E_INVALIDARG;
        if (!found->second.apartment->is_current()) return RPC_E_WRONG_THREAD;
        gone = std::move(found->second);
        registrations_.erase(found);
    }
    if (gone.daemon_cookie)
        if (auto* endpoint = ProcessEndpoint::if_started()) (void)ILocalScm_client(endpoint->scm()).RevokeClass(gone.daemon_cookie);
    return S_OK;
}

void ClassTable::revoke_all(Apartment& apartment) {
    std::vector<Registration> gone;
    {
        Lock lock(mutex_);
        for (auto at = registrations_.begin(); at != registrations_.end();) {
            if (at->second.apartment.get() != &apartment) {
                ++at;
                continue;
            }
            gone.push_back(std::move(at->second));
            at = registrations_.erase(at);
        }
    }
    for (const auto& one : gone)
        if (one.daemon_cookie)
            if (auto* endpoint = ProcessEndpoint::if_started()) (void)ILocalScm_client(endpoint->scm()).RevokeClass(one.daemon_cookie);
}

HRESULT ClassTable::set_suspended(bool suspended) {
    bool with_daemon = false;
    {
        Lock lock(mutex_);
        for (auto& [cookie, one] : registrations_) {
            one.suspended = suspended;
            with_daemon |= one.daemon_cookie != 0;
        }
    }
    if (!with_daemon) return S_OK;
    const auto status = ProcessEndpoint::if_started()->ask(
        [&](ILocalScm_client& daemon) { return suspended ? daemon.SuspendClasses() : daemon.ResumeClasses(); });
    return !status ? status.code() : HRESULT_FROM_WIN32(*status);
}

bool ClassTable::serves_others() {
    Lock lock(mutex_);
    for (const auto& [cookie, one] : registrations_)
        if (one.daemon_cookie != 0) return true;
    return false;
}

Result<> ClassTable::register_again(const rpc::Binding& daemon) {
    struct Told {
        DWORD cookie;
        Guid clsid;
        std::uint64_t apartment;
        DWORD flags;
    };
    std::vector<Told> told;
    {
        Lock lock(mutex_);
        for (const auto& [cookie, one] : registrations_) {
            if (one.daemon_cookie == 0 || one.used_up) continue;
            const DWORD suspended = one.suspended ? REGCLS_SUSPENDED : 0;
            told.push_back({cookie, one.clsid, static_cast<std::uint64_t>(one.apartment->oxid()),
                            (one.flags & ~static_cast<DWORD>(REGCLS_SUSPENDED)) | suspended});
        }
    }
    for (const auto& one : told) {
        DWORD daemon_cookie = 0;
        const auto status = ODC_TRY(ILocalScm_client(daemon).RegisterClass(one.clsid, one.apartment, one.flags, &daemon_cookie));
        if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "the daemon refused the class");
        Lock lock(mutex_);
        if (const auto found = registrations_.find(one.cookie); found != registrations_.end()) found->second.daemon_cookie = daemon_cookie;
    }
    return {};
}

bool ClassTable::is_usable(const Registration& one, bool inside_apartment) const {
    if (one.suspended) return false;
    if (!inside_apartment) return (one.context & CLSCTX_LOCAL_SERVER) != 0;
    // A multiple-use local server serves its own apartment as well; MULTI_SEPARATE keeps the two apart.
    return (one.context & CLSCTX_INPROC_SERVER) != 0 ||
           ((one.context & CLSCTX_LOCAL_SERVER) != 0 && (one.flags & REGCLS_MULTIPLEUSE) != 0 && (one.flags & REGCLS_MULTI_SEPARATE) == 0);
}

ComPtr<IUnknown> ClassTable::find_in_apartment(const Guid& clsid, Apartment& here) {
    Lock lock(mutex_);
    for (const auto& [cookie, one] : registrations_)
        if (one.clsid == clsid && one.apartment.get() == &here && is_usable(one, true)) return one.object;
    return nullptr;
}

Result<std::vector<std::uint8_t>> ClassTable::find_in_process(const Guid& clsid, const Guid& iid) {
    Ref<Apartment> where;
    DWORD key = 0;
    {
        Lock lock(mutex_);
        for (auto& [cookie, one] : registrations_) {
            // Single use goes through the daemon, which counts the one use.
            if (!(one.clsid == clsid) || !is_usable(one, false) || (one.flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE)) == 0) continue;
            where = one.apartment;
            key = cookie;
            break;
        }
    }
    if (!where) return std::vector<std::uint8_t>{};
    std::vector<std::uint8_t> objref;
    const HRESULT hr = where->run([&]() -> HRESULT {
        ComPtr<IUnknown> object;
        {
            Lock lock(mutex_);
            const auto found = registrations_.find(key);
            if (found == registrations_.end()) return REGDB_E_CLASSNOTREG;
            object = found->second.object;
        }
        ByteWriter out;
        const auto done = marshal_interface(out, iid, object.get(), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL);
        objref = out.take();
        return done.code();
    });
    if (FAILED(hr)) return fail(hr);
    return objref;
}

Result<std::vector<Activated>> create_and_marshal(IUnknown& class_object, bool itself, std::span<const Guid> iids, DWORD destination) {
    ComPtr<IUnknown> object;
    if (itself) {
        object = ComPtr<IUnknown>::share(&class_object);
    } else {
        ComPtr<IClassFactory> factory;
        if (const HRESULT hr = class_object.QueryInterface(__uuidof(IClassFactory), factory.put_void()); FAILED(hr)) return fail(hr);
        // The factory is asked for the first interface (behaviour 28).
        if (const HRESULT hr = factory->CreateInstance(nullptr, iids.front(), object.put_void()); FAILED(hr)) return fail(hr);
        if (!object) return fail(E_UNEXPECTED, "IClassFactory::CreateInstance gave no object");
    }
    std::vector<Activated> results(iids.size());
    bool any = false;
    for (std::size_t i = 0; i < iids.size(); ++i) {
        ByteWriter out;
        // Marshaling queries for the interface itself.
        if (const auto done = marshal_interface(out, iids[i], object.get(), destination, nullptr, MSHLFLAGS_NORMAL); !done) {
            results[i].hr = done.code();
            continue;
        }
        results[i] = {S_OK, out.take()};
        any = true;
    }
    if (!any) return fail(results.front().hr);
    return results;
}

Result<std::vector<Activated>> ClassTable::activate(DWORD daemon_cookie, const Guid& clsid, bool class_object,
                                                    std::span<const Guid> iids, DWORD destination) {
    if (iids.empty()) return fail(E_INVALIDARG);
    Ref<Apartment> where;
    const auto matches = [&](const Registration& one) ODC_NO_THREAD_SAFETY_ANALYSIS {
        return one.clsid == clsid && !one.suspended && (one.context & CLSCTX_LOCAL_SERVER) != 0 &&
               (one.daemon_cookie == daemon_cookie || one.daemon_cookie == 0);
    };
    {
        Lock lock(mutex_);
        for (const auto& [cookie, one] : registrations_)
            if (matches(one)) where = one.apartment;
    }
    if (!where) return fail(CO_E_SERVER_STOPPING, "the class object is revoked or suspended");
    Result<std::vector<Activated>> results = fail(CO_E_SERVER_STOPPING);
    const HRESULT ran = where->run([&]() -> HRESULT {
        ComPtr<IUnknown> object;
        {
            Lock lock(mutex_);
            for (auto& [cookie, one] : registrations_) {
                if (!matches(one) || one.apartment != where) continue;
                object = one.object;
                one.used_up = (one.flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE)) == 0;
            }
        }
        if (object) results = create_and_marshal(*object, class_object, iids, destination);
        return S_OK;
    });
    if (FAILED(ran)) return fail(ran);
    return results;
}

}  // namespace odc::com

using namespace odc;
using namespace odc::com;

WINOLEAPI CoRegisterClassObject(REFCLSID clsid, IUnknown* object, DWORD context, DWORD flags, DWORD* cookie) {
    if (!object || !cookie) return E_INVALIDARG;
    *cookie = 0;
    return abi([&]() -> Result<> {
        *cookie = ODC_TRY(ClassTable::instance().add(clsid, object, context, flags));
        return {};
    });
}

WINOLEAPI CoRevokeClassObject(DWORD cookie) {
    return abi([&] { return ClassTable::instance().revoke(cookie); });
}
WINOLEAPI CoResumeClassObjects(void) {
    return abi([] { return ClassTable::instance().set_suspended(false); });
}
WINOLEAPI CoSuspendClassObjects(void) {
    return abi([] { return ClassTable::instance().set_suspended(true); });
}

namespace {
/// The number of reasons for a server process to go on; under a lock, so that the last release and the suspension of the
/// classes are one step (no activation can slip in between).
Mutex server_process_mutex;
ULONG server_process_references ODC_GUARDED_BY(server_process_mutex) = 0;
}  // namespace

WINOLEAPI_(ULONG) CoAddRefServerProcess(void) {
    Lock lock(server_process_mutex);
    return ++server_process_references;
}

WINOLEAPI_(ULONG) CoReleaseServerProcess(void) {
    Lock lock(server_process_mutex);
    if (server_process_references == 0) return 0;
    if (--server_process_references == 0) (void)ClassTable::instance().set_suspended(true);
    return server_process_references;
}
