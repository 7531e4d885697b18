// Context handles: what a server keeps for a client from one call to the next. Spec: C706 4.2.16.6, 5.1.6, appendix N;
// MS-RPCE 2.2.1.1.4, 3.3.1.4.1. Their scope is the association, and here also the interface and the type that made them.
#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

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

class ServedContext;
class ServedContexts;
/// Finds what the handles of a call stand for, all or none; waits while another call has one of them. 0, or
/// kFaultContextMismatch for a handle that is not of this association, interface and type.
ODC_API std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts, std::initializer_list<ServedContexts*> arrays = {});

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
    void take(const WireContext& handle) { wire_ = handle; }
    /// What the server keeps under the handle; null for the null handle.
    template <class T>
    T value() const {
        return static_cast<T>(context_);
    }
    /// After the method: what the handle stands for from now on, written as handle. Null ends it.
    void write(ndr::Writer& out, const void* context);
    /// The same without writing; a failure is the writer's.
    WireContext keep(ndr::Writer& out, const void* context);

  private:
    friend ODC_API std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts, std::initializer_list<ServedContexts*> arrays);
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

/// An array of context handles among the parameters of a call being served (MS-RPCE 2.2.4.3); its elements may be rows of handles.
class ODC_API ServedContexts {
  public:
    ServedContexts(ServerCall& call, void* implementation, const ContextType& type, ServedContext::Null null, bool shared = false)
        : call_(call), implementation_(implementation), type_(type), null_(null), shared_(shared) {}
    ServedContexts(const ServedContexts&) = delete;
    ServedContexts& operator=(const ServedContexts&) = delete;

    /// What was received; null: there is no array.
    template <class Handle>
    void take(const Handle* handles, std::size_t n) {
        for (std::size_t i = 0; handles && i < n; ++i) {
            if constexpr (std::is_array_v<Handle>) take(handles[i], std::extent_v<Handle>);
            else add().take(handles[i]);
        }
    }
    /// What the server keeps under the handles, once `use_contexts` found them.
    template <class Context>
    void values(Context* contexts, std::size_t n) const {
        auto at = contexts_.begin();
        fill(contexts, n, at);
    }
    /// After the method: the handles that the contexts have from now on, in arena memory. Null ends one.
    template <class Handle, class Context>
    Handle* keep(ndr::Writer& out, const Context* contexts, std::size_t n) {
        auto* handles = contexts ? call_.request().arena<Handle>(n) : nullptr;
        std::size_t at = 0;
        if (handles) keep_each(out, contexts, handles, n, at);
        return handles;
    }

  private:
    friend ODC_API std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts, std::initializer_list<ServedContexts*> arrays);
    ServedContext& add() { return contexts_.emplace_back(call_, implementation_, type_, null_, shared_); }
    template <class Context, class At>
    static void fill(Context* contexts, std::size_t n, At& at) {
        for (std::size_t i = 0; contexts && i < n; ++i) {
            if constexpr (std::is_array_v<Context>) fill(contexts[i], std::extent_v<Context>, at);
            else contexts[i] = (at++)->template value<Context>();
        }
    }
    template <class Context, class Handle>
    void keep_each(ndr::Writer& out, const Context* contexts, Handle* handles, std::size_t n, std::size_t& at) {
        for (std::size_t i = 0; i < n; ++i) {
            if constexpr (std::is_array_v<Context>) keep_each(out, contexts[i], handles[i], std::extent_v<Context>, at);
            else handles[i] = (at < contexts_.size() ? contexts_[at] : add()).keep(out, contexts[i]), ++at;
        }
    }

    ServerCall& call_;
    void* implementation_;
    const ContextType& type_;
    const ServedContext::Null null_;
    const bool shared_;
    std::deque<ServedContext> contexts_;
};

// Client ---------------------------------------------------------------------------------------------------------------

/// Writes the handle of `context`, which came from `accept_context`. Fails the writer: RPC_X_SS_IN_NULL_CONTEXT for null
/// (unless allowed), RPC_X_SS_CONTEXT_MISMATCH (ERROR_INVALID_HANDLE) when it belongs to another association.
ODC_API void write_client_context(ndr::Writer& out, const Association& association, const void* context, bool null_allowed);
/// The same without writing it.
ODC_API WireContext sent_context(ndr::Writer& out, const Association& association, const void* context, bool null_allowed);
/// What the program holds after the call: `before` renewed, a new context, or null.
ODC_API void* accept_context(Association& association, void* before, const WireContext& received);

/// The handles of an array of contexts, rows among them, for writing; null when there is no array.
template <class Handle, class Context>
void sent_into(ndr::Writer& out, const Association& association, const Context* contexts, Handle* handles, std::size_t n, bool null_allowed) {
    for (std::size_t i = 0; i < n; ++i) {
        if constexpr (std::is_array_v<Context>) sent_into(out, association, contexts[i], handles[i], std::extent_v<Context>, null_allowed);
        else handles[i] = sent_context(out, association, contexts[i], null_allowed);
    }
}
template <class Handle, class Context>
std::unique_ptr<Handle[]> sent_contexts(ndr::Writer& out, const Association& association, const Context* contexts, std::size_t n, bool null_allowed) {
    if (!contexts) return nullptr;
    auto handles = std::make_unique<Handle[]>(n);
    sent_into(out, association, contexts, handles.get(), n, null_allowed);
    return handles;
}
/// `accept_context` for each of what an array held; a context that is in it twice and ends ends once.
ODC_API void accept_contexts(Association& association, std::span<void*> contexts, std::span<const WireContext> received);

/// The rows of an array of contexts one behind the other, and back.
template <class Context, class Visit>
void each_context(Context* contexts, std::size_t n, Visit& visit) {
    for (std::size_t i = 0; i < n; ++i) {
        if constexpr (std::is_array_v<Context>) each_context(contexts[i], std::extent_v<Context>, visit);
        else visit(contexts[i]);
    }
}
template <class Handle, class Context>
void accept_contexts(Association& association, Context* contexts, const Handle* received, std::size_t n) {
    if (!contexts) return;
    std::vector<void*> held;
    std::vector<WireContext> handles;
    const auto hold = [&](auto* context) { held.push_back(context); };
    const auto take = [&](const WireContext& handle) { handles.push_back(handle); };
    each_context(contexts, n, hold);
    each_context(received, n, take);
    accept_contexts(association, held, handles);
    std::size_t at = 0;
    const auto give = [&]<class T>(T*& context) { context = static_cast<T*>(held[at++]); };
    each_context(contexts, n, give);
}
/// Forgets a context without telling the server, whose run-down ends it with the association (RpcSsDestroyClientContext).
ODC_API void destroy_client_context(void*& context);

}  // namespace odc::rpc
