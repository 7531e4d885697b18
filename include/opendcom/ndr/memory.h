// Where the data of a call lives while it is marshaled: an arena for what ends with the call, task memory for what the
// caller or the callee takes over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "opendcom/base/sdk_types.h"

namespace odc::ndr {

/// Task memory is what CoTaskMemAlloc gives. The object runtime puts its allocator here when it is loaded, so that
/// IMallocSpy sees these blocks too; raw RPC programs use malloc.
struct TaskMemory {
    void* (*allocate)(std::size_t bytes) = std::malloc;
    void (*release)(void* block) = std::free;
};
ODC_API TaskMemory& task_memory();

/// Bump allocator. Everything ends at `reset`; the first chunk is kept, so that a warm call allocates nothing.
class ODC_API Arena {
  public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena();
    /// Aligned to 16 bytes, not cleared. Never null: running out of memory ends the process, as operator new would.
    void* allocate(std::size_t bytes) {
        bytes = (bytes + (bytes == 0) + 15) & ~std::size_t{15};
        if (bytes > static_cast<std::size_t>(end_ - at_)) [[unlikely]] return allocate_chunk(bytes);
        void* block = at_;
        at_ += bytes;
        return block;
    }
    void reset() {
        if (!extra_.empty()) [[unlikely]] drop_extra();
        at_ = first_.get();
    }

  private:
    void* allocate_chunk(std::size_t bytes);
    void drop_extra();
    std::unique_ptr<std::uint8_t[]> first_;
    std::uint8_t* at_ = nullptr;
    std::uint8_t* end_ = nullptr;
    std::vector<std::unique_ptr<std::uint8_t[]>> extra_;
};

}  // namespace odc::ndr
