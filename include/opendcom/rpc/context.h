// Context handles: what a server keeps for a client from one call to the next. Spec: C706 4.2.16.6, 5.1.6, appendix N;
// MS-RPCE 2.2.1.1.4, 3.3.1.4.1. Their scope is the association, and here also the interface and the type that made them.
#pragma once

#include <initializer_list>

#include "opendcom/rpc/client.h"

namespace odc::rpc {

/// ndr_context_handle: 20 bytes, in NDR 2.0 and NDR64 alike. All zeros is the null handle.
struct WireContext {
    std::uint32_t attributes = 0;
    Guid id{};
    bool is_null() const { return id == Guid{} && attributes == 0; }
};
ODC_API WireContext read_context(ndr::Reader& in);
ODC_API void write_context(ndr::Writer& out, const WireContext& context);

// Server ---------------------------------------------------------------------------------------------------------------

/// One context handle type of one interface; a constant of the generated file, told apart by its address.
struct ContextType {
    const char* name;
    /// Ends a context whose client is gone; called once, when the association ends. Null: there is nothing to end.
    void (*run_down)(void* implementation, void* context);
};

/// One context handle among the parameters and results of a call being served; lives in the generated stub's frame.
/// While the method runs, nobody else has the context unless every user shares it ([context_handle_noserialize]).
class ODC_API ServedContext {
  public:
    enum class Null : std::uint8_t { refused, allowed };
    ServedContext(ServerCall& call, void* implementation, const ContextType& type, Null null, bool shared = false)
        : call_(call), implementation_(implementation), type_(type), null_(null), shared_(shared) {}
    ~ServedContext() { release(); }
    ServedContext(const ServedContext&) = delete;
    ServedContext& operator=(const ServedContext&) = delete;

    void read(ndr::Reader& in) { wire_ = read_context(in); }
    /// What the server keeps under the handle; null for the null handle.
    template <class T>
    T value() const {
        return static_cast<T>(context_);
    }
    /// After the method: what the handle stands for from now on, written as handle. Null ends it.
    void write(ndr::Writer& out, const void* context);

  private:
    friend ODC_API std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts);
    friend class ContextTable;
    void release();

    ServerCall& call_;
    void* implementation_;
    const ContextType& type_;
    const Null null_;
    const bool shared_;
    WireContext wire_;
    void* context_ = nullptr;
    struct ContextEntry* entry_ = nullptr;
};

/// Finds what the handles of a call stand for, all or none; waits while another call has one of them. 0, or
/// kFaultContextMismatch for a handle that is not of this association, interface and type.
ODC_API std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts);

// Client ---------------------------------------------------------------------------------------------------------------

/// Writes the handle of `context`, which came from `accept_context`. Fails the writer: RPC_X_SS_IN_NULL_CONTEXT for null
/// (unless allowed), RPC_X_SS_CONTEXT_MISMATCH (ERROR_INVALID_HANDLE) when it belongs to another association.
ODC_API void write_client_context(ndr::Writer& out, const Association& association, const void* context, bool null_allowed);
/// What the program holds after the call: `before` renewed, a new context, or null.
ODC_API void* accept_context(Association& association, void* before, const WireContext& received);
/// Forgets a context without telling the server, whose run-down ends it with the association (RpcSsDestroyClientContext).
ODC_API void destroy_client_context(void*& context);

}  // namespace odc::rpc
