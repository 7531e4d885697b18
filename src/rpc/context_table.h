// The context handles of one association group.
#pragma once

#include <condition_variable>
#include <memory>
#include <span>
#include <unordered_map>

#include "base/guid.h"
#include "base/mutex.h"
#include "opendcom/rpc/context.h"

namespace odc::rpc {

/// Fields are guarded by the table's mutex.
struct ContextEntry {
    const ContextType* type;
    void* implementation;
    SyntaxId interface;
    Guid id;
    void* context;
    const ServerCall* owner = nullptr;  ///< the call that has it alone
    unsigned users = 0;                 ///< parameters of running calls
    bool ended = false;                 ///< out of the table; its last user deletes it
};

class ContextTable {
  public:
    explicit ContextTable(std::size_t most) : most_(most) {}
    ~ContextTable();

    std::uint32_t use(std::span<ServedContext* const> contexts) ODC_EXCLUDES(mutex_);
    void release(ContextEntry& entry, const ServerCall& call) ODC_EXCLUDES(mutex_);
    /// What `used` stands for from now on; its handle.
    Result<WireContext> keep(ServedContext& used, void* context) ODC_EXCLUDES(mutex_);
    /// Runs down what is left; nobody uses it any more. Calls the servers' run-down functions on this thread.
    void end() ODC_EXCLUDES(mutex_);

  private:
    ContextEntry* find(const ServedContext& wanted) ODC_REQUIRES(mutex_);
    static bool busy(const ContextEntry& entry, const ServedContext& wanted);

    const std::size_t most_;
    Mutex mutex_;
    std::condition_variable_any released_;
    std::unordered_map<Guid, std::unique_ptr<ContextEntry>, GuidHash> entries_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::rpc
