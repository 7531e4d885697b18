// The interfaces that a server serves, found at bind time.
#pragma once

#include <algorithm>
#include <deque>

#include "base/mutex.h"
#include "opendcom/rpc/server.h"

namespace odc::rpc {

/// What answers the requests of one presentation context. Lives as long as the server.
struct Served {
    const InterfaceSpec* spec = nullptr;  ///< null: `dispatcher` takes all
    void* implementation = nullptr;
    Dispatcher* dispatcher = nullptr;
    unsigned minimum_level = 0;
    bool offered = true;

    /// The method reads its request while it arrives.
    bool has_input_pipes(std::uint16_t opnum) const {
        return spec && std::find(spec->input_pipes.begin(), spec->input_pipes.end(), opnum) != spec->input_pipes.end();
    }
    /// Runs the method. What it throws becomes a fault.
    std::uint32_t dispatch(ServerCall& call) const;
};

class InterfaceTable {
  public:
    void serve(const InterfaceSpec& interface, void* implementation, unsigned minimum_level) ODC_EXCLUDES(mutex_);
    void serve_others(std::function<bool(const SyntaxId&)> accepts, Dispatcher& dispatcher) ODC_EXCLUDES(mutex_);
    /// The same major version and at least this minor one (C706 4.2.4.1), or null.
    const Served* find(const SyntaxId& wanted) const ODC_EXCLUDES(mutex_);
    std::vector<SyntaxId> ids() const ODC_EXCLUDES(mutex_);
    /// Stops (starts again) offering an interface; contexts that have it keep it.
    void offer(const InterfaceSpec& interface, bool on) ODC_EXCLUDES(mutex_);

  private:
    struct Others {
        std::function<bool(const SyntaxId&)> accepts;
        Served served;
    };
    mutable Mutex mutex_;
    std::deque<Served> served_ ODC_GUARDED_BY(mutex_);
    std::deque<Others> others_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::rpc
