#include "rpc/context_table.h"

#include <chrono>
#include <set>

#include "base/log.h"
#include "opendcom/rpc/handle.h"

namespace odc::rpc {
namespace {
/// How soon a call that waits for a context notices that nobody waits for it.
constexpr std::chrono::milliseconds kCancelGranularity{500};
}  // namespace

WireContext read_context(ndr::Reader& in) {
    WireContext context;
    context.attributes = in.u32();
    context.id = in.guid();
    return context;
}

void write_context(ndr::Writer& out, const WireContext& context) {
    out.u32(context.attributes);
    out.guid(context.id);
}

// Server -----------------------------------------------------------------------------------------------------------------

ContextTable::~ContextTable() { end(); }

ContextEntry* ContextTable::find(const ServedContext& wanted) {
    const auto found = entries_.find(wanted.wire_.id);
    if (found == entries_.end() || wanted.wire_.attributes != 0) return nullptr;
    ContextEntry& entry = *found->second;
    // A handle of another interface or type is as foreign as one of another association: the server would take its context
    // for something that it is not.
    const bool same = entry.type == &wanted.type_ && entry.implementation == wanted.implementation_ &&
                      entry.interface == wanted.call_.interface_id();
    return same ? &entry : nullptr;
}

bool ContextTable::busy(const ContextEntry& entry, const ServedContext& wanted) {
    if (entry.owner) return entry.owner != &wanted.call_;
    return !wanted.shared_ && entry.users > 0;
}

std::uint32_t ContextTable::use(std::span<ServedContext* const> contexts) {
    Lock lock(mutex_);
    for (;;) {
        bool wait = false;
        for (ServedContext* wanted : contexts) {
            if (wanted->wire_.is_null()) {
                if (wanted->null_ == ServedContext::Null::refused) return kFaultContextMismatch;
                continue;
            }
            const ContextEntry* entry = find(*wanted);
            if (!entry) return kFaultContextMismatch;
            wait = wait || busy(*entry, *wanted);
        }
        if (!wait) break;
        // All or none, so that two calls with the same two handles cannot wait for each other.
        if (released_.wait_for(lock, kCancelGranularity) == std::cv_status::timeout && contexts.front()->call_.cancelled()) return kFaultCancel;
    }
    for (ServedContext* wanted : contexts) {
        if (wanted->wire_.is_null()) continue;
        ContextEntry* entry = find(*wanted);
        ++entry->users;
        if (!wanted->shared_) entry->owner = &wanted->call_;
        wanted->entry_ = entry;
        wanted->context_ = entry->context;
    }
    return 0;
}

void ContextTable::release(ContextEntry& entry, const ServerCall& call) {
    Lock lock(mutex_);
    if (--entry.users == 0 && entry.owner == &call) entry.owner = nullptr;
    if (entry.ended && entry.users == 0) delete &entry;
    released_.notify_all();
}

Result<WireContext> ContextTable::keep(ServedContext& used, void* context) {
    Lock lock(mutex_);
    if (ContextEntry* entry = used.entry_; entry && !entry->ended) {
        if (context) {
            entry->context = context;
            return WireContext{0, entry->id};
        }
        const auto found = entries_.find(entry->id);
        (void)found->second.release();  // until its last user is gone
        entries_.erase(found);
        entry->ended = true;
        return WireContext{};
    }
    if (!context) return WireContext{};
    if (entries_.size() >= most_) return fail_win32(1130, "the association has too many context handles");
    auto entry = std::make_unique<ContextEntry>(
        ContextEntry{&used.type_, used.implementation_, used.call_.interface_id(), new_guid(), context});
    const WireContext wire{0, entry->id};
    entries_.emplace(wire.id, std::move(entry));
    return wire;
}

void ContextTable::end() {
    std::unordered_map<Guid, std::unique_ptr<ContextEntry>, GuidHash> left;
    {
        Lock lock(mutex_);
        left.swap(entries_);
    }
    for (const auto& [id, entry] : left) {
        if (!entry->type->run_down) continue;
        try {
            entry->type->run_down(entry->implementation, entry->context);
        } catch (...) {
            log::warning("rpc", "running down a {} threw", entry->type->name);
        }
    }
}

std::uint32_t use_contexts(std::initializer_list<ServedContext*> contexts, std::initializer_list<ServedContexts*> arrays) {
    ServerCall& call = contexts.size() ? (*contexts.begin())->call_ : (*arrays.begin())->call_;
    ContextTable* table = call.contexts();
    if (!table) return kFaultContextMismatch;
    if (arrays.size() == 0) return table->use({contexts.begin(), contexts.size()});
    std::vector<ServedContext*> all(contexts);
    for (auto* array : arrays)
        for (auto& context : array->contexts_) all.push_back(&context);
    return table->use(all);
}

void ServedContext::release() {
    if (entry_) call_.contexts()->release(*std::exchange(entry_, nullptr), call_);
}

WireContext ServedContext::keep(ndr::Writer& out, const void* context) {
    ContextTable* table = call_.contexts();
    if (!table) {
        out.fail(HRESULT_FROM_WIN32(RPC_S_INTERNAL_ERROR));
        return {};
    }
    auto* const kept = const_cast<void*>(context);
    auto wire = table->keep(*this, kept);
    if (wire) return *wire;
    log::warning("rpc", "{}", wire.error().text());
    if (type_.run_down) type_.run_down(implementation_, kept);
    out.fail(wire.code());
    return {};
}

void ServedContext::write(ndr::Writer& out, const void* context) {
    const WireContext wire = keep(out, context);
    if (!out.failed()) write_context(out, wire);
}

// Client -----------------------------------------------------------------------------------------------------------------

namespace {
/// What the program's opaque pointer points to.
struct ClientContext {
    WireContext wire;
    std::shared_ptr<Association> association;  // which the server's context needs to live
};
}  // namespace

Binding binding_of_context(const void* context) {
    return context ? Binding(static_cast<const ClientContext*>(context)->association) : Binding();
}

WireContext sent_context(ndr::Writer& out, const Association& association, const void* context, bool null_allowed) {
    if (!context) {
        if (!null_allowed) out.fail(HRESULT_FROM_WIN32(RPC_X_SS_IN_NULL_CONTEXT));
        return {};
    }
    const auto& held = *static_cast<const ClientContext*>(context);
    if (held.association.get() == &association) return held.wire;
    out.fail(HRESULT_FROM_WIN32(6));  // RPC_X_SS_CONTEXT_MISMATCH
    return {};
}

void write_client_context(ndr::Writer& out, const Association& association, const void* context, bool null_allowed) {
    const WireContext wire = sent_context(out, association, context, null_allowed);
    if (!out.failed()) write_context(out, wire);
}

void* accept_context(Association& association, void* before, const WireContext& received) {
    if (received.is_null()) {
        destroy_client_context(before);
        return nullptr;
    }
    if (before) {
        static_cast<ClientContext*>(before)->wire = received;
        return before;
    }
    return new ClientContext{received, association.shared_from_this()};
}

void accept_contexts(Association& association, std::span<void*> contexts, std::span<const WireContext> received) {
    std::set<void*> ended;
    for (std::size_t i = 0; i < contexts.size(); ++i)
        if (received[i].is_null() && contexts[i]) ended.insert(contexts[i]);
    for (std::size_t i = 0; i < contexts.size(); ++i) {
        void* const before = ended.contains(contexts[i]) ? nullptr : contexts[i];
        contexts[i] = accept_context(association, before, received[i]);
    }
    for (void* context : ended) destroy_client_context(context);
}

void destroy_client_context(void*& context) {
    delete static_cast<ClientContext*>(context);
    context = nullptr;
}

}  // namespace odc::rpc
