#include "com/activation.h"

#include <functional>

#include "base/log.h"
#include "com/apartment.h"
#include "com/blocking_work.h"
#include "com/exporter.h"
#include "com/marshal.h"
#include "com/process_endpoint.h"
#include "com/resolver.h"
#include "orpc/activation_properties.h"
#include "remoteactivation.h"

namespace odc::com {
namespace {

std::atomic<std::uint64_t> remote_activations{0};
std::atomic<std::uint64_t> local_activations{0};

MInterfacePointer* to_minterface_pointer(const std::vector<std::uint8_t>& bytes, std::vector<std::uint64_t>& memory) {
    memory.resize((sizeof(MInterfacePointer) + bytes.size()) / 8 + 1);
    auto* out = reinterpret_cast<MInterfacePointer*>(memory.data());
    out->ulCntData = static_cast<ULONG>(bytes.size());
    std::memcpy(out->abData, bytes.data(), bytes.size());
    return out;
}

Result<orpc::ActivationReply> exchange(const ActivationCall& call, const rpc::Binding& binding) {
    orpc::ActivationRequest request;
    request.clsid = call.clsid;
    request.class_context = call.class_context;
    request.iids = call.iids;
    request.protseqs = {orpc::kTowerTcp};
    if (call.host.empty()) request.protseqs.push_back(orpc::kTowerLocal);
    const auto blob = ODC_TRY(orpc::write_activation_request(request));
    std::vector<std::uint64_t> memory;
    ORPCTHIS orpc_this{};
    orpc_this.version.MajorVersion = orpc::kComVersion.major;
    orpc_this.version.MinorVersion = orpc::kComVersion.minor;
    orpc_this.cid = current_causality();
    ORPCTHAT orpc_that{};
    MInterfacePointer* reply = nullptr;
    IRemoteSCMActivator_client client(binding);
    auto* properties = to_minterface_pointer(blob, memory);
    const auto status = call.class_object ? client.RemoteGetClassObject(&orpc_this, &orpc_that, properties, &reply)
                                          : client.RemoteCreateInstance(&orpc_this, &orpc_that, nullptr, properties, &reply);
    if (!status) return status.error();
    const auto hr = static_cast<HRESULT>(*status);
    if (FAILED(hr) || !reply) {
        ndr::task_memory().release(reply);
        return fail(FAILED(hr) ? hr : hr != S_OK ? HRESULT_FROM_WIN32(hr) : E_UNEXPECTED, "the SCM refused the activation");
    }
    auto parsed = orpc::read_activation_reply({reply->abData, reply->ulCntData});
    ndr::task_memory().release(reply);
    return parsed;
}

}  // namespace

std::uint64_t remote_activation_count() { return remote_activations.load(); }
std::uint64_t local_activation_count() { return local_activations.load(); }

Result<std::vector<ActivatedObject>> activate(const ActivationCall& call) {
    ODC_TRY(require_apartment());
    Result<orpc::ActivationReply> reply = fail(E_UNEXPECTED);
    BlockingWork::run([&] {
        const auto ask = [&]() -> Result<orpc::ActivationReply> {
            if (call.host.empty()) {
                local_activations.fetch_add(1);
                return exchange(call, ODC_TRY(daemon_binding()));
            }
            remote_activations.fetch_add(1);
            return exchange(call, rpc::Binding(association_with(ODC_TRY(scm_endpoint(call.host)))));
        };
        reply = ask();
    });
    if (!reply) {
        log::info("com", "activation of {} on {} failed: {:#010x} {}", to_string(call.clsid), call.host.empty() ? "this host" : call.host,
                  static_cast<std::uint32_t>(reply.error().code()), reply.error().text());
        return std::move(reply.error()).in("activation");
    }
    if (reply->interfaces.size() != call.iids.size()) return fail_win32(RPC_X_BAD_STUB_DATA, "activation answered another number of interfaces");
    std::vector<ActivatedObject> results(call.iids.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& one = reply->interfaces[i];
        results[i].hr = one.hr;
        if (FAILED(one.hr) || one.objref.empty()) continue;
        // The reply says where the exporter listens: nobody has to be asked for the OXID again.
        ByteReader peek(one.objref);
        if (const auto ref = orpc::ObjRef::read(peek); ref && ref->standard() && ref->standard()->oxid == reply->oxid && ref->resolver()) {
            if (call.host.empty()) note_own_resolver(*ref->resolver());
            if (orpc::process_tag_of(reply->oxid) != process_tag())
                (void)Exporter::learn(reply->oxid, reply->bindings, reply->rem_unknown, reply->server_version, *ref->resolver());
        }
        ByteReader in(one.objref);
        auto object = unmarshal_interface(in, call.iids[i]);
        results[i].hr = object.code();
        if (object) results[i].object = ComPtr<IUnknown>::attach(static_cast<IUnknown*>(*object));
    }
    return results;
}

}  // namespace odc::com
