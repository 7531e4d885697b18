// What a server stub works on: the request's reader, the response's writer, and what to free once the response is sent.
#pragma once

#include "opendcom/ndr/reader.h"

namespace odc::ndr {

/// One per call under way; frames are reused, so a warm call allocates nothing. Used by one thread at a time.
class ODC_API ServerFrame {
  public:
    Reader request;
    Writer response;
    Arena arena;

    /// Frees a block of task memory after the response has been sent (it may be referenced, not copied).
    void free_later(const void* block) {
        if (block) blocks_.push_back(const_cast<void*>(block));
    }
    /// Ends the frame's call: frees what was promised, resets the arena. Called by the layer that sent the response.
    void finish();

  private:
    std::vector<void*> blocks_;
};

}  // namespace odc::ndr
