#include "rpc/management.h"

#include <algorithm>

namespace odc::rpc {
namespace {

constexpr std::uint32_t kMaxStatistics = 50;      // MS-RPCE 2.2.1.3.2
constexpr std::uint32_t kMaxPrincipalName = 4096;  // MS-RPCE 2.2.1.3.4

Managed& managed(void* implementation) { return *static_cast<Managed*>(implementation); }

// void rpc_mgmt_inq_if_ids([out] rpc_if_id_vector_p_t* if_id_vector, [out] error_status_t* status);
std::uint32_t inq_if_ids(void* implementation, ServerCall& call) {
    const std::vector<SyntaxId> ids = managed(implementation).served_interfaces();
    ndr::Writer& out = call.response();
    if (out.unique(&ids)) {
        out.count(ids.size());
        out.u32(static_cast<std::uint32_t>(ids.size()));
        for (const SyntaxId& id : ids) out.unique(&id);
        for (const SyntaxId& id : ids) {
            out.guid(id.uuid);
            out.u16(id.major);
            out.u16(id.minor);
        }
    }
    out.u32(0);
    return 0;
}

// void rpc_mgmt_inq_stats([in, out] StatisticsCount* count, [out, size_is(*count)] unsigned long statistics[],
//                         [out] error_status_t* status);
std::uint32_t inq_stats(void* implementation, ServerCall& call) {
    const std::uint32_t asked = call.request().u32();
    if (call.request().failed() || asked > kMaxStatistics) return kFaultNdr;
    const Statistics now = managed(implementation).statistics();
    const std::uint32_t values[] = {now.calls_in, now.calls_out, now.packets_in, now.packets_out};
    const std::uint32_t count = std::min<std::uint32_t>(asked, 4);
    ndr::Writer& out = call.response();
    out.u32(count);
    out.count(count);
    out.elements(values, count);
    out.u32(0);
    return 0;
}

// boolean32 rpc_mgmt_is_server_listening([out] error_status_t* status);
std::uint32_t is_server_listening(void*, ServerCall& call) {
    call.response().u32(0);
    call.response().u32(1);
    return 0;
}

// void rpc_mgmt_stop_server_listening([out] error_status_t* status);
std::uint32_t stop_server_listening(void*, ServerCall& call) {
    call.response().u32(kFaultAccessDenied);
    return 0;
}

// void rpc_mgmt_inq_princ_name([in] unsigned long authn_proto, [in, range(0, 4096)] unsigned long princ_name_size,
//                              [out, string, size_is(princ_name_size)] char princ_name[], [out] error_status_t* status);
std::uint32_t inq_princ_name(void* implementation, ServerCall& call) {
    const std::uint32_t service = call.request().u32();
    const std::uint32_t size = call.request().u32();
    if (call.request().failed() || size > kMaxPrincipalName) return kFaultNdr;
    std::string name = managed(implementation).principal_name(service);
    std::uint32_t status = name.empty() ? RPC_S_UNKNOWN_AUTHN_SERVICE : 0;
    if (name.size() + 1 > size && !name.empty()) {
        status = 234;  // ERROR_MORE_DATA
        name.clear();
    }
    const std::size_t count = size == 0 ? 0 : name.size() + 1;
    ndr::Writer& out = call.response();
    out.count(size);
    out.count(0);
    out.count(count);
    out.copy(name.c_str(), count);
    out.u32(status);
    return 0;
}

constexpr ServerMethod kMethods[] = {inq_if_ids, inq_stats, is_server_listening, stop_server_listening, inq_princ_name};

}  // namespace

const InterfaceSpec kManagementSpec = {
    "mgmt", {{0xAFA8BD80, 0x7D8A, 0x11C9, {0xBE, 0xF4, 0x08, 0x00, 0x2B, 0x10, 0x29, 0x89}}, 1, 0}, kMethods};

}  // namespace odc::rpc
