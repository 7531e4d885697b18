// Task memory in a list: what a program was given is freed when it is done with it, without a walk over it.
#pragma once

#include <cstdlib>
#include <vector>

#include "opendcom/ndr/memory.h"

namespace odc::test {

/// Takes task memory's place while it lives, on one thread.
class TaskBlocks {
  public:
    TaskBlocks() : before_(ndr::task_memory()) {
        blocks().clear();
        ndr::task_memory() = {[](std::size_t n) {
                                  void* block = std::malloc(n ? n : 1);
                                  blocks().push_back(block);
                                  return block;
                              },
                              [](void* block) {
                                  if (std::erase(blocks(), block) == 1) std::free(block);
                              }};
    }
    ~TaskBlocks() {
        ndr::task_memory() = before_;
        for (void* block : blocks()) std::free(block);
    }

  private:
    static std::vector<void*>& blocks() {
        static std::vector<void*> all;
        return all;
    }
    const ndr::TaskMemory before_;
};

}  // namespace odc::test
