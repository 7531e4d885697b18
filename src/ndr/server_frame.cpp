#include "opendcom/ndr/server_frame.h"

namespace odc::ndr {

void ServerFrame::finish() {
    for (void* block : blocks_) task_memory().release(block);
    blocks_.clear();
    request.end();
    arena.reset();
}

}  // namespace odc::ndr
