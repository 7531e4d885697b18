// What a thread is, while it serves a call.
#pragma once

#include "com/apartment.h"
#include "com/server_security.h"

namespace odc::com {

class Serving {
  public:
    /// `served` lives longer.
    Serving(Thread& thread, const Guid& causality, ServedCall& served)
        : thread_(thread), causality_(std::exchange(thread.causality, causality)), in_call_(std::exchange(thread.in_call, true)),
          context_(std::exchange(thread.call_context, nullptr)), outer_(std::exchange(thread.served, &served)) {}
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;
    ~Serving() {
        thread_.served = outer_;
        thread_.call_context = context_;
        thread_.in_call = in_call_;
        thread_.causality = causality_;
    }

  private:
    Thread& thread_;
    const Guid causality_;
    const bool in_call_;
    IUnknown* const context_;
    ServedCall* const outer_;
};

}  // namespace odc::com
