#include "opendcom/ndr/memory.h"

#include <algorithm>

namespace odc::ndr {
namespace {
constexpr std::size_t kFirstChunk = 16 * 1024;
}

TaskMemory& task_memory() {
    static TaskMemory memory;
    return memory;
}

Arena::~Arena() = default;

void* Arena::allocate_chunk(std::size_t bytes) {
    if (!first_ && bytes <= kFirstChunk) {
        first_ = std::make_unique_for_overwrite<std::uint8_t[]>(kFirstChunk);
        at_ = first_.get();
        end_ = at_ + kFirstChunk;
        return allocate(bytes);
    }
    if (bytes > kFirstChunk / 4) {  // a block of its own; the current chunk stays in use
        extra_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(bytes));
        return extra_.back().get();
    }
    extra_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(kFirstChunk));
    at_ = extra_.back().get() + bytes;
    end_ = extra_.back().get() + kFirstChunk;
    return extra_.back().get();
}

void Arena::drop_extra() {
    extra_.clear();
    end_ = first_ ? first_.get() + kFirstChunk : nullptr;
}

}  // namespace odc::ndr
