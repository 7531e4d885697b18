#include "rpc/fault_status.h"

namespace odc::rpc {
namespace {

struct Mapping {
    std::uint32_t status;
    long win32;
};
constexpr Mapping kMappings[] = {
    {0x1C000001, RPC_S_ZERO_DIVIDE},               // nca_s_fault_int_div_by_zero
    {0x1C000002, RPC_S_ADDRESS_ERROR},             // nca_s_fault_addr_error
    {0x1C000003, RPC_S_FP_DIV_ZERO},               // nca_s_fault_fp_div_zero
    {0x1C000004, RPC_S_FP_UNDERFLOW},              // nca_s_fault_fp_underflow
    {0x1C000005, RPC_S_FP_OVERFLOW},               // nca_s_fault_fp_overflow
    {0x1C000006, RPC_S_INVALID_TAG},               // nca_s_fault_invalid_tag
    {0x1C000007, RPC_S_INVALID_BOUND},             // nca_s_fault_invalid_bound
    {0x1C000008, RPC_S_PROTOCOL_ERROR},            // nca_s_rpc_version_mismatch
    {0x1C000009, RPC_S_CALL_FAILED_DNE},           // nca_s_unspec_reject
    {0x1C00000A, RPC_S_CALL_FAILED_DNE},           // nca_s_bad_actid
    {0x1C00000B, RPC_S_CALL_FAILED},               // nca_s_who_are_you_failed
    {0x1C00000C, RPC_S_CALL_FAILED_DNE},           // nca_s_manager_not_entered
    {0x1C00000D, RPC_S_CALL_CANCELLED},            // nca_s_fault_cancel
    {0x1C00000E, RPC_S_ADDRESS_ERROR},             // nca_s_fault_ill_inst
    {0x1C00000F, RPC_S_FP_OVERFLOW},               // nca_s_fault_fp_error
    {0x1C000010, RPC_S_ADDRESS_ERROR},             // nca_s_fault_int_overflow
    {0x1C000012, RPC_S_CALL_FAILED},               // nca_s_fault_unspec
    {0x1C000013, RPC_S_COMM_FAILURE},              // nca_s_fault_remote_comm_failure
    {0x1C000014, RPC_X_PIPE_EMPTY},                // nca_s_fault_pipe_empty
    {0x1C000015, RPC_X_PIPE_CLOSED},               // nca_s_fault_pipe_closed
    {0x1C000016, RPC_X_WRONG_PIPE_ORDER},          // nca_s_fault_pipe_order
    {0x1C000017, RPC_X_PIPE_DISCIPLINE_ERROR},     // nca_s_fault_pipe_discipline
    {0x1C000018, RPC_S_COMM_FAILURE},              // nca_s_fault_pipe_comm_error
    {0x1C000019, 14 /* ERROR_OUTOFMEMORY */},      // nca_s_fault_pipe_memory
    {0x1C00001A, 6 /* RPC_X_SS_CONTEXT_MISMATCH */},  // nca_s_fault_context_mismatch
    {0x1C00001B, 1130 /* ERROR_NOT_ENOUGH_SERVER_MEMORY */},  // nca_s_fault_remote_no_memory
    {0x1C010001, RPC_S_COMM_FAILURE},              // nca_s_comm_failure
    {0x1C010002, RPC_S_PROCNUM_OUT_OF_RANGE},      // nca_s_op_rng_error
    {0x1C010003, RPC_S_UNKNOWN_IF},                // nca_s_unk_if
    {0x1C010006, RPC_S_CALL_FAILED_DNE},           // nca_s_wrong_boot_time
    {0x1C010009, RPC_S_CALL_FAILED},               // nca_s_you_crashed
    {0x1C01000B, RPC_S_PROTOCOL_ERROR},            // nca_s_proto_error
    {0x1C010013, 1130 /* ERROR_NOT_ENOUGH_SERVER_MEMORY */},  // nca_s_out_args_too_big
    {0x1C010014, RPC_S_SERVER_TOO_BUSY},           // nca_s_server_too_busy
    {0x1C010015, RPC_S_STRING_TOO_LONG},           // nca_s_fault_string_too_long
    {0x1C010017, RPC_S_UNSUPPORTED_TYPE},          // nca_s_unsupported_type
};

}  // namespace

HRESULT hresult_of_fault(std::uint32_t status) {
    for (const Mapping& mapping : kMappings)
        if (mapping.status == status) return HRESULT_FROM_WIN32(mapping.win32);
    if (status & 0x80000000u) return static_cast<HRESULT>(status);
    if (status != 0 && status < 0x10000) return HRESULT_FROM_WIN32(static_cast<long>(status));
    return HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
}

}  // namespace odc::rpc
