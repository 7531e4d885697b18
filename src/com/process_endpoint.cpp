#include "com/process_endpoint.h"

#include <unistd.h>

#include "base/instance.h"
#include "base/log.h"
#include "base/utf16.h"
#include "com/channel_hooks.h"
#include "com/class_table.h"
#include "com/daemon_watch.h"
#include "com/ipid_table.h"
#include "com/local_call.h"
#include "com/proxy_registry.h"
#include "com/rem_unknown.h"
#include "dcom.h"
#include "localscm.h"
#include "orpc/orpc_this.h"

namespace odc::com {
namespace {

std::atomic<ProcessEndpoint*> the_endpoint{nullptr};

/// A failure as the status of a fault PDU: Win32 codes travel bare, as Windows sends them.
std::uint32_t fault_of(HRESULT hr) {
    return HRESULT_FACILITY(hr) == FACILITY_WIN32 ? static_cast<std::uint32_t>(HRESULT_CODE(hr)) : static_cast<std::uint32_t>(hr);
}

/// The hooks' data stand in front of the results, but are only known behind the call: the results, which begin at `start`, are moved.
void put_in_front(ndr::Writer& response, const HookedCall& hooked, std::size_t start) {
    if (hooked.reply.empty()) return;
    const std::vector<std::uint8_t> results(response.base() + start, response.base() + response.own_bytes());
    response.begin(response.headroom(), response.syntax(), response.objects());
    orpc::write_orpc_that(response, hooked.reply);
    response.copy(results.data(), results.size());
}

/// What the hooks make of one incoming call.
struct ServedHooks {
    HookedCall call;
    std::size_t start = 0;  ///< of the results
    void answered(ndr::Writer& response, HRESULT hr) {
        if (SUCCEEDED(hr)) put_in_front(response, call, start);
        response.set_gather(true);
    }
};

/// The client of a call that is being dispatched.
class RemoteOrigin final : public CallOrigin {
  public:
    explicit RemoteOrigin(const rpc::ServerCall& call) : call_(call) {}
    bool cancelled() const override { return call_.cancelled(); }

  private:
    const rpc::ServerCall& call_;
};

/// Sends what a call that was left between its halves comes to. Deletes itself.
class RemoteAnswer final : public ServedAnswer, public CallOrigin, private CallItem {
  public:
    bool cancelled() const override { return call_->call().cancelled(); }
    RemoteAnswer(std::unique_ptr<rpc::DeferredCall> call, std::unique_ptr<ServedHooks> hooks) : call_(std::move(call)), hooks_(std::move(hooks)) {}
    const rpc::Peer* peer() const { return &call_->call().peer(); }
    void answer(HRESULT result) override {
        if (hooks_) hooks_->answered(const_cast<rpc::ServerCall&>(call_->call()).response(), result);
        result_ = result;
        // A client that takes its results slowly must not hold up an apartment.
        Apartment* here = Apartment::current();
        if (here && here->is_single_threaded()) WorkerPool::instance().submit(this);
        else run();
    }

  private:
    void run() override {
        call_->answer(fault_of(result_));
        delete this;
    }
    void refuse(HRESULT) override { run(); }
    const std::unique_ptr<rpc::DeferredCall> call_;
    const std::unique_ptr<ServedHooks> hooks_;
    HRESULT result_ = S_OK;
};

/// For a call that may not be left.
class WaitedAnswer final : public ServedAnswer {
  public:
    void answer(HRESULT result) override {
        result_ = result;
        done_.set();
    }
    HRESULT wait() {
        done_.wait();
        return result_;
    }

  private:
    HRESULT result_ = S_OK;
    Completion done_;
};

/// A call that came in by RPC, on its way through a single-threaded apartment's queue. On the RPC thread's stack.
class IncomingCall final : public CallItem {
  public:
    IncomingCall(InterfaceStub& stub, const ArrivedCall& call) : stub_(stub), call_(call) {}
    void run() override {
        EnterApartment enter(&stub_.apartment());
        result_ = serve_call(stub_, call_);
        done_.set();
    }
    void refuse(HRESULT why) override {
        result_ = why;
        done_.set();
    }
    HRESULT wait() {
        done_.wait();
        return result_;
    }

  private:
    InterfaceStub& stub_;
    const ArrivedCall& call_;
    HRESULT result_ = RPC_E_DISCONNECTED;
    Completion done_;
};

/// The IDL form, for the length of the call.
DUALSTRINGARRAY* to_idl(const orpc::DualStringArray& array, ndr::Arena& arena) {
    std::uint16_t offset = 0;
    const auto units = array.units(offset);
    auto* out = static_cast<DUALSTRINGARRAY*>(arena.allocate(sizeof(DUALSTRINGARRAY) + units.size() * 2));
    out->wNumEntries = static_cast<USHORT>(units.size());
    out->wSecurityOffset = offset;
    std::copy(units.begin(), units.end(), out->aStringArray);
    return out;
}

/// "s1234-89abcdef": the process, and what tells it from a later one with its number.
std::string socket_name() {
    char name[64];
    std::snprintf(name, sizeof name, "s%d-%08x", static_cast<int>(::getpid()), static_cast<unsigned>(process_tag()));
    return name;
}

}  // namespace

DWORD process_of_socket(const std::string& path) {
    const auto name = path.substr(path.rfind('/') + 1);
    return name.size() > 1 && name.front() == 's' ? static_cast<DWORD>(std::strtoul(name.c_str() + 1, nullptr, 10)) : 0;
}

/// Takes requests with an object UUID to the stub that the IPID names.
class ProcessEndpoint::CallDispatcher final : public rpc::Dispatcher {
  public:
    std::uint32_t dispatch(rpc::ServerCall& call) override {
        if (!call.object()) return fault_of(RPC_E_INVALID_OBJECT);
        ndr::Reader& request = call.request();
        std::vector<orpc::Extension> extensions;
        const bool hooked = HookedCall::needed();
        const auto head = orpc::read_orpc_this(request, hooked ? &extensions : nullptr);
        if (request.failed()) return rpc::kFaultNdr;
        if (!orpc::accepts_version(head.version)) return fault_of(RPC_E_VERSION_MISMATCH);
        if (head.flags != 0) return fault_of(RPC_E_INVALID_HEADER);
        const auto stub = ExportTable::find_stub(orpc::Ipid{*call.object()});
        if (!stub) return fault_of(RPC_E_DISCONNECTED);
        if (stub->iid() != call.interface_id().uuid && !(stub->iid() == __uuidof(IRemUnknown2) && call.interface_id().uuid == __uuidof(IRemUnknown)))
            return rpc::kFaultUnknownInterface;
        if (!stub->has_method(call.opnum())) return rpc::kFaultOpRange;
        const DWORD destination = call.peer().local ? MSHCTX_LOCAL : MSHCTX_DIFFERENTMACHINE;
        ServedCallObject* left = nullptr;
        const RemoteOrigin origin(call);
        const ArrivedCall arrived{call.opnum(), head.causality, call.frame(), destination, &call.peer(), origin, nullptr, &left};
        if (hooked && stub->owner()) [[unlikely]] return fault_of(serve_hooked(*stub, arrived, std::move(extensions), call));
        orpc::write_orpc_that(call.response());
        const HRESULT hr = serve(*stub, arrived);
        return fault_of(left ? answer_later(call, *left, nullptr) : hr);
    }

  private:
    static HRESULT serve(InterfaceStub& stub, const ArrivedCall& call) {
        Apartment& apartment = stub.apartment();
        if (!stub.owner()) return stub.invoke(call.opnum, call.frame, call.destination);  // IRemUnknown: counts, touches no object
        if (!apartment.is_single_threaded()) {
            EnterApartment enter(&apartment);
            return serve_call(stub, call);
        }
        IncomingCall item(stub, call);
        return apartment.submit(&item) ? item.wait() : RPC_E_DISCONNECTED;
    }
    static HRESULT serve_hooked(InterfaceStub& stub, ArrivedCall arrived, std::vector<orpc::Extension> extensions, rpc::ServerCall& call) {
        auto hooks = std::make_unique<ServedHooks>(
            ServedHooks{HookedCall(stub.iid(), arrived.causality, static_cast<DWORD>(::getpid()), arrived.opnum)});
        hooks->call.request = std::move(extensions);
        arrived.hooked = &hooks->call;
        auto& response = arrived.frame.response;
        response.set_gather(false);
        orpc::write_orpc_that(response);
        hooks->start = response.own_bytes();
        const HRESULT hr = serve(stub, arrived);
        if (*arrived.left) return answer_later(call, **arrived.left, std::move(hooks));
        hooks->answered(response, hr);
        return hr;
    }
    /// The call is between its halves: this thread goes, where it may.
    static HRESULT answer_later(rpc::ServerCall& call, ServedCallObject& left, std::unique_ptr<ServedHooks> hooks) {
        if (auto deferred = call.defer()) {
            auto* const answer = new RemoteAnswer(std::move(deferred), std::move(hooks));
            left.arm(*answer, answer->peer(), answer);
            return S_OK;
        }
        WaitedAnswer answer;
        const RemoteOrigin origin(call);
        left.arm(answer, &call.peer(), &origin);
        const HRESULT hr = answer.wait();
        if (hooks) hooks->answered(call.response(), hr);
        return hr;
    }
};

/// What the daemon asks of this process.
class ProcessEndpoint::LocalServer final : public ILocalServer_server {
  public:
    explicit LocalServer(ProcessEndpoint& endpoint) : endpoint_(endpoint) {}

    error_status_t Activate(rpc::ServerCall& call, DWORD cookie, REFCLSID clsid, DWORD classObject, DWORD remote, DWORD count, IID* iids,
                            HRESULT* hr, HRESULT* results, MInterfacePointer** objrefs) override {
        if (!may_call(call)) return ERROR_ACCESS_DENIED;
        *hr = E_UNEXPECTED;
        const auto activated = ClassTable::instance().activate(cookie, clsid, classObject != 0, {iids, count},
                                                               remote ? MSHCTX_DIFFERENTMACHINE : MSHCTX_LOCAL);
        if (!activated) {
            *hr = activated.code();
            for (DWORD i = 0; i < count; ++i) results[i] = *hr;
            return ERROR_SUCCESS;
        }
        *hr = S_OK;
        for (DWORD i = 0; i < count; ++i) {
            const auto& one = (*activated)[i];
            results[i] = one.hr;
            if (FAILED(one.hr)) continue;
            auto* out = static_cast<MInterfacePointer*>(call.frame().arena.allocate(sizeof(MInterfacePointer) + one.objref.size()));
            out->ulCntData = static_cast<ULONG>(one.objref.size());
            std::memcpy(out->abData, one.objref.data(), one.objref.size());
            objrefs[i] = out;
        }
        return ERROR_SUCCESS;
    }

    error_status_t UseTcp(rpc::ServerCall& call, LPCOLESTR address, DUALSTRINGARRAY** stringBindings) override {
        *stringBindings = nullptr;
        if (!may_call(call)) return ERROR_ACCESS_DENIED;
        const std::string host = to_utf8_z(address);
        Lock lock(mutex_);
        auto known = tcp_.find(host);
        if (known == tcp_.end()) {
            auto listening = endpoint_.server_.listen({rpc::Endpoint::Protocol::ncacn_ip_tcp, host, "0"});
            if (!listening) {
                log::error("com", "cannot listen on {}: {}", host, listening.error().text());
                return RPC_S_CANT_CREATE_ENDPOINT;
            }
            known = tcp_.emplace(host, *listening).first;
        }
        orpc::DualStringArray bindings;
        bindings.strings.push_back(orpc::StringBinding::of(known->second));
        *stringBindings = to_idl(bindings, call.frame().arena);
        return ERROR_SUCCESS;
    }

  private:
    static bool may_call(rpc::ServerCall& call) {
        const auto& peer = call.peer();
        if (peer.local && (peer.uid == ::geteuid() || peer.uid == 0)) return true;
        log::warning("com", "refused ILocalServer to {} (uid {}): only the daemon may call", peer.local ? "a local process" : peer.address,
                     peer.uid);
        return false;
    }
    ProcessEndpoint& endpoint_;
    Mutex mutex_;
    std::unordered_map<std::string, rpc::Endpoint> tcp_ ODC_GUARDED_BY(mutex_);
};

ProcessEndpoint::ProcessEndpoint()
    : dispatcher_(std::make_unique<CallDispatcher>()), local_server_(std::make_unique<LocalServer>(*this)) {}
ProcessEndpoint::~ProcessEndpoint() = default;

ProcessEndpoint* ProcessEndpoint::if_started() { return the_endpoint.load(std::memory_order_acquire); }

Result<ProcessEndpoint*> ProcessEndpoint::started_for(Apartment& apartment) {
    ProcessEndpoint* endpoint = if_started();
    if (!endpoint) {
        static Mutex starting;
        Lock lock(starting);
        endpoint = if_started();
        if (!endpoint) {
            auto* made = new ProcessEndpoint;  // lives as long as the process; clients may be calling to the very end
            if (auto started = made->start(); !started) {
                delete made;
                return std::move(started.error());
            }
            the_endpoint.store(made, std::memory_order_release);
            endpoint = made;
            made->watch_ = std::make_unique<DaemonWatch>([made] { made->stay_registered(); });
        }
    }
    if (!apartment.registered_exporter.load(std::memory_order_acquire)) ODC_TRY(endpoint->register_exporter(apartment));
    return endpoint;
}

Result<> ProcessEndpoint::start() {
    const auto here = ODC_TRY(Instance::current());
    scm_ = ODC_TRY(daemon_binding());
    server_.serve(ILocalServer_spec, static_cast<ILocalServer_server*>(local_server_.get()));
    server_.serve_others(
        [](const rpc::SyntaxId& id) {
            return id.uuid == __uuidof(IRemUnknown) || id.uuid == __uuidof(IRemUnknown2) || ExportTable::serves(id.uuid);
        },
        *dispatcher_);
    const auto listening = ODC_TRY(server_.listen({rpc::Endpoint::Protocol::ncalrpc, "", here.endpoint_socket(socket_name())}));
    socket_ = listening.endpoint;
    return connect();
}

Result<> ProcessEndpoint::connect() {
    const auto path = to_utf16(socket_);
    DUALSTRINGARRAY* bindings = nullptr;
    const auto status = ODC_TRY(ILocalScm_client(scm_).ConnectProcess(reinterpret_cast<LPCOLESTR>(path.c_str()), process_tag(), &bindings));
    if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "the daemon refused this process");
    if (!bindings) return {};
    auto parsed = orpc::DualStringArray::from_units({bindings->aStringArray, bindings->wNumEntries}, bindings->wSecurityOffset);
    ndr::task_memory().release(bindings);
    ODC_TRY(parsed);
    if (!resolver_packet_.empty()) {
        // References that are out already name the old ones, and others read these without a lock.
        if (!(resolver_ == *parsed)) log::warning("com", "the daemon came back with other addresses: references of this process keep the old ones");
        return {};
    }
    resolver_ = parsed.take();
    ByteWriter packet;
    resolver_.write(packet);
    resolver_packet_ = packet.take();
    return {};
}

void ProcessEndpoint::stay_registered() {
    // Somebody else may be half-way through it: the daemon knows the process then, and not yet its exporters and classes.
    Lock one_at_a_time(registering_);
    OID none = 0;
    byte alive = 0;
    const auto status = ILocalScm_client(scm_).QueryPinged(0, &none, &alive);
    if (!status || *status != static_cast<error_status_t>(OR_INVALID_OXID)) return;  // known, or nobody there to be known by
    const auto again = register_again();
    if (again) log::info("com", "the daemon was started anew: this process is registered with it again");
    else log::warning("com", "the daemon was started anew and does not take this process: {}", again.error().text());
}

Result<> ProcessEndpoint::register_again() {
    ODC_TRY(connect());
    std::vector<std::pair<std::uint64_t, Guid>> exporters;
    {
        Lock lock(mutex_);
        for (const auto& [number, stub] : rem_unknowns_)
            exporters.emplace_back(static_cast<std::uint64_t>(stub->apartment().oxid()), stub->ipid().guid);
    }
    for (const auto& [oxid, rem_unknown] : exporters) {
        const auto status = ODC_TRY(ILocalScm_client(scm_).RegisterOxid(oxid, rem_unknown, 1));
        if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "the daemon refused an object exporter");
    }
    return ClassTable::instance().register_again(scm_);
}

Result<error_status_t> ProcessEndpoint::ask(const std::function<Result<error_status_t>(ILocalScm_client&)>& exchange) {
    ILocalScm_client daemon(scm_);
    const auto status = exchange(daemon);
    if (status && *status != static_cast<error_status_t>(OR_INVALID_OXID)) return status;
    stay_registered();
    return exchange(daemon);
}

Result<> ProcessEndpoint::register_exporter(Apartment& apartment) {
    Guid ipid;
    {
        Lock one_at_a_time(registering_);
        if (apartment.registered_exporter.load()) return {};
        Lock lock(mutex_);
        auto& stub = rem_unknowns_[apartment.number()];
        if (!stub) stub = ODC_TRY(make_free_stub(apartment, __uuidof(IRemUnknown2), make_rem_unknown()));
        ipid = stub->ipid().guid;
    }
    // Whoever registers the process again meanwhile registers this apartment as well: telling the daemon twice does no harm.
    const auto status = ODC_TRY(ask([&](ILocalScm_client& daemon) { return daemon.RegisterOxid(static_cast<std::uint64_t>(apartment.oxid()), ipid, 1); }));
    if (status != ERROR_SUCCESS) return fail_win32(static_cast<long>(status), "the daemon refused an object exporter");
    apartment.registered_exporter.store(true, std::memory_order_release);
    return {};
}

void ProcessEndpoint::apartment_ended(Apartment& apartment) {
    Ref<InterfaceStub> stub;
    {
        Lock lock(mutex_);
        if (const auto found = rem_unknowns_.find(apartment.number()); found != rem_unknowns_.end()) {
            stub = found->second;
            rem_unknowns_.erase(found);
        }
    }
    if (!stub) return;
    IpidTable::instance().erase(stub->ipid(), stub->iid());
    (void)ILocalScm_client(scm_).RevokeOxid(static_cast<std::uint64_t>(apartment.oxid()));
}

}  // namespace odc::com
