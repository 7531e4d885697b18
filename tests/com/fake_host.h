// A host that says what a test wants it to say: resolver, activator and object exporter on one loopback port, without a runtime.
#pragma once

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <vector>

#include "objectexporter.h"
#include "opendcom/rpc/server.h"
#include "orpc/activation_properties.h"
#include "orpc/objref.h"
#include "orpc/orpc_this.h"
#include "remoteactivation.h"

namespace odc::test {

class FakeHost final : public IObjectExporter_server, public IRemoteSCMActivator_server, public rpc::Dispatcher {
  public:
    FakeHost() {
        server_.serve(IObjectExporter_spec, static_cast<IObjectExporter_server*>(this));
        server_.serve(IRemoteSCMActivator_spec, static_cast<IRemoteSCMActivator_server*>(this));
        server_.serve_others([](const rpc::SyntaxId&) { return true; }, *this);
        where_ = *server_.listen({rpc::Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", "0"});
    }
    ~FakeHost() override { server_.stop(); }

    std::string name() const { return "127.0.0.1[" + where_.endpoint + "]"; }
    orpc::DualStringArray bindings() const { return {{orpc::StringBinding::of(where_)}, {}}; }
    /// A reference to an object here, for one interface.
    orpc::ObjRef objref(const Guid& iid) const {
        return {iid, orpc::StandardRef{{0, 5, oxid, orpc::Oid{static_cast<std::uint64_t>(oxid) ^ 1}, orpc::Ipid{{1, 2, 3, {4}}}}, bindings()}};
    }
    static std::vector<std::uint8_t> bytes_of(const orpc::ObjRef& ref) {
        ByteWriter out;
        ref.write(out);
        return out.take();
    }
    /// What a well-meant activator would answer.
    orpc::ActivationReply good_reply(std::span<const Guid> iids) const {
        orpc::ActivationReply reply;
        reply.oxid = oxid;
        reply.bindings = bindings();
        reply.rem_unknown = orpc::Ipid{{9, 9, 9, {9}}};
        reply.server_version = version;
        for (const auto& iid : iids) reply.interfaces.push_back({iid, S_OK, bytes_of(objref(iid))});
        return reply;
    }

    /// Another one for each host of the test process: exporters are known by it.
    orpc::Oxid oxid{0x7E57000000000001 + (static_cast<std::uint64_t>(++last_host) << 16)};
    orpc::ComVersion version = orpc::kComVersion;
    /// What ICalc::Add adds besides, to tell the hosts apart.
    std::uint32_t bias = 0;
    /// Changes the bytes of the activation's answer.
    std::function<void(std::vector<std::uint8_t>&)> spoil = [](std::vector<std::uint8_t>&) {};
    /// The versions that callers of objects spoke.
    std::vector<orpc::ComVersion> seen() {
        std::lock_guard lock(mutex_);
        return seen_;
    }

    /// What calls of objects carried: the number of the method, the arguments behind ORPCTHIS.
    struct Request {
        std::uint16_t opnum;
        std::string arguments;
        bool operator==(const Request&) const = default;
    };
    std::vector<Request> requests() {
        std::lock_guard lock(mutex_);
        return requests_;
    }

    error_status_t ServerAlive(rpc::ServerCall&) override { return 0; }
    error_status_t ServerAlive2(rpc::ServerCall& call, COMVERSION* said, DUALSTRINGARRAY** resolver, DWORD* reserved) override {
        *said = {version.major, version.minor};
        *resolver = to_wire(call, bindings());
        *reserved = 0;
        return 0;
    }
    error_status_t ResolveOxid(rpc::ServerCall&, OXID*, USHORT, USHORT*, DUALSTRINGARRAY**, IPID*, DWORD*) override { return OR_INVALID_OXID; }
    error_status_t ResolveOxid2(rpc::ServerCall& call, OXID*, USHORT, USHORT*, DUALSTRINGARRAY** exporter, IPID* rem_unknown, DWORD* hint,
                                COMVERSION* said) override {
        *exporter = to_wire(call, bindings());
        *rem_unknown = {9, 9, 9, {9}};
        *hint = 1;
        *said = {version.major, version.minor};
        return 0;
    }
    /// What pings said: set, objects added, objects removed. A SimplePing names no object.
    struct Ping {
        SETID set = 0;
        std::vector<OID> add, remove;
    };
    std::vector<Ping> pings() {
        std::lock_guard lock(mutex_);
        return pings_;
    }
    error_status_t SimplePing(rpc::ServerCall&, SETID* set) override {
        std::lock_guard lock(mutex_);
        pings_.push_back({*set, {}, {}});
        return 0;
    }
    error_status_t ComplexPing(rpc::ServerCall&, SETID* set, USHORT, USHORT adds, USHORT removes, OID* add, OID* remove, USHORT* backoff) override {
        std::lock_guard lock(mutex_);
        pings_.push_back({*set, {add, add + adds}, {remove, remove + removes}});
        *set = 1;
        *backoff = 0;
        return 0;
    }
    void Opnum0NotUsedOnWire(rpc::ServerCall&) override {}
    void Opnum1NotUsedOnWire(rpc::ServerCall&) override {}
    void Opnum2NotUsedOnWire(rpc::ServerCall&) override {}
    HRESULT RemoteGetClassObject(rpc::ServerCall&, ORPCTHIS*, ORPCTHAT*, MInterfacePointer*, MInterfacePointer**) override { return E_NOTIMPL; }
    HRESULT RemoteCreateInstance(rpc::ServerCall& call, ORPCTHIS*, ORPCTHAT* that, MInterfacePointer*, MInterfacePointer* in,
                                 MInterfacePointer** out) override {
        *that = {};
        const auto request = orpc::read_activation_request({in->abData, in->ulCntData});
        if (!request) return request.code();
        auto bytes = *orpc::write_activation_reply(good_reply(request->iids));
        spoil(bytes);
        *out = static_cast<MInterfacePointer*>(call.frame().arena.allocate(sizeof(MInterfacePointer) + bytes.size()));
        (*out)->ulCntData = static_cast<ULONG>(bytes.size());
        std::memcpy((*out)->abData, bytes.data(), bytes.size());
        return S_OK;
    }
    /// ICalc::Add, and anything else as "done".
    std::uint32_t dispatch(rpc::ServerCall& call) override {
        const auto head = orpc::read_orpc_this(call.request());
        std::span<const std::uint8_t> arguments;
        {
            std::lock_guard lock(mutex_);
            seen_.push_back(head.version);
            arguments = arguments_of(call.request());
            requests_.push_back({call.opnum(), hex(arguments)});
        }
        orpc::write_orpc_that(call.response());
        if (call.opnum() == 3) {
            ByteReader numbers(arguments);
            const auto first = numbers.u32();
            call.response().u32(first + numbers.u32() + bias);
        }
        call.response().u32(S_OK);
        return 0;
    }

  private:
    static std::span<const std::uint8_t> arguments_of(ndr::Reader& request) {
        const std::size_t n = request.left();
        return {request.elements_in_place<std::uint8_t>(n), n};
    }
    static DUALSTRINGARRAY* to_wire(rpc::ServerCall& call, const orpc::DualStringArray& array) {
        std::uint16_t offset = 0;
        const auto units = array.units(offset);
        auto* out = static_cast<DUALSTRINGARRAY*>(call.frame().arena.allocate(sizeof(DUALSTRINGARRAY) + units.size() * 2));
        out->wNumEntries = static_cast<USHORT>(units.size());
        out->wSecurityOffset = offset;
        std::copy(units.begin(), units.end(), out->aStringArray);
        return out;
    }
    static inline std::atomic<unsigned> last_host{0};
    std::mutex mutex_;
    std::vector<orpc::ComVersion> seen_;
    std::vector<Request> requests_;
    std::vector<Ping> pings_;
    rpc::Endpoint where_;
    rpc::Server server_;  // last: its threads end first
};

}  // namespace odc::test
