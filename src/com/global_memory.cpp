// GlobalAlloc and its kin: handles of memory.
#include <cstdlib>
#include <cstring>
#include <map>

#include "base/mutex.h"
#include "winbase.h"

namespace odc::com {
namespace {

struct Block {
    void* memory = nullptr;
    std::size_t size = 0;
    std::size_t room = 0;  ///< allocated bytes: growing blocks get more than they ask for
    unsigned locks = 0;
    bool movable = false;
};

/// All blocks of the process by handle. Movable ones are told by numbers that no address has (bit 1 set), each given out once.
class Blocks {
  public:
    HGLOBAL allocate(UINT flags, std::size_t size) {
        Block block;
        block.movable = (flags & GMEM_MOVEABLE) != 0;
        if (size > 0 || !block.movable) {
            const std::size_t room = size ? size : 1;
            block.memory = flags & GMEM_ZEROINIT ? std::calloc(1, room) : std::malloc(room);
            if (!block.memory) return nullptr;
            block.size = size;
            block.room = room;
        }
        Lock lock(mutex_);
        void* handle = block.movable ? reinterpret_cast<void*>(next_++ << 4 | 2) : block.memory;
        blocks_.emplace(handle, block);
        if (block.memory) handles_[block.memory] = handle;
        return handle;
    }

    HGLOBAL reallocate(HGLOBAL handle, std::size_t size, UINT flags) {
        Lock lock(mutex_);
        Block* block = find(handle);
        if (!block) return nullptr;
        if (flags & GMEM_MODIFY) return handle;
        if (size == 0 && block->movable) return block->locks ? nullptr : (drop(*block), handle);
        const bool may_move = (block->movable && block->locks == 0) || flags & GMEM_MOVEABLE;
        if (size > block->room) {
            if (!may_move && block->memory) return nullptr;
            // Half as much again, so that a stream that grows byte by byte does not copy itself each time.
            const std::size_t room = block->size ? std::max(size, block->size + block->size / 2) : size;
            void* moved = std::realloc(block->memory, room);
            if (!moved) return nullptr;
            if (block->memory) handles_.erase(block->memory);
            block->memory = moved;
            block->room = room;
            if (!block->movable && moved != handle) handle = rename(handle, moved, block);
            handles_[moved] = handle;
        }
        if (flags & GMEM_ZEROINIT && size > block->size) std::memset(static_cast<char*>(block->memory) + block->size, 0, size - block->size);
        block->size = size;
        return handle;
    }

    bool free(HGLOBAL handle) {
        Lock lock(mutex_);
        Block* block = find(handle);
        if (!block) return false;
        drop(*block);
        blocks_.erase(handle);
        return true;
    }

    void* lock_block(HGLOBAL handle) {
        Lock lock(mutex_);
        Block* block = find(handle);
        if (!block) return nullptr;
        if (block->movable && block->memory && block->locks < GMEM_LOCKCOUNT) ++block->locks;
        return block->memory;
    }

    bool unlock_block(HGLOBAL handle) {
        Lock lock(mutex_);
        Block* block = find(handle);
        if (!block) return false;
        if (!block->movable) return true;
        return block->locks > 0 && --block->locks > 0;
    }

    std::size_t size(HGLOBAL handle) {
        Lock lock(mutex_);
        const Block* block = find(handle);
        return block ? block->size : 0;
    }

    UINT flags(HGLOBAL handle) {
        Lock lock(mutex_);
        const Block* block = find(handle);
        if (!block) return GMEM_INVALID_HANDLE;
        return block->locks | (block->memory ? 0 : GMEM_DISCARDED);
    }

    HGLOBAL handle_of(const void* address) {
        Lock lock(mutex_);
        const auto found = handles_.find(address);
        return found == handles_.end() ? nullptr : found->second;
    }

  private:
    Block* find(HGLOBAL handle) ODC_REQUIRES(mutex_) {
        const auto found = blocks_.find(handle);
        return found == blocks_.end() ? nullptr : &found->second;
    }
    void drop(Block& block) ODC_REQUIRES(mutex_) {
        handles_.erase(block.memory);
        std::free(block.memory);
        block.memory = nullptr;
        block.size = block.room = 0;
    }
    HGLOBAL rename(HGLOBAL old, HGLOBAL handle, Block*& block) ODC_REQUIRES(mutex_) {
        auto node = blocks_.extract(old);
        node.key() = handle;
        block = &blocks_.insert(std::move(node)).position->second;
        return handle;
    }

    Mutex mutex_;
    std::map<const void*, Block> blocks_ ODC_GUARDED_BY(mutex_);
    std::map<const void*, void*> handles_ ODC_GUARDED_BY(mutex_);  ///< by address
    std::uintptr_t next_ ODC_GUARDED_BY(mutex_) = 1;
};

/// Never destroyed: blocks may be freed by destructors that run after this file's.
Blocks& blocks() {
    static Blocks& all = *new Blocks;
    return all;
}

}  // namespace
}  // namespace odc::com

using odc::com::blocks;

WINOLEAPI_(HGLOBAL) GlobalAlloc(UINT flags, SIZE_T bytes) { return blocks().allocate(flags, bytes); }
WINOLEAPI_(HGLOBAL) GlobalReAlloc(HGLOBAL memory, SIZE_T bytes, UINT flags) { return blocks().reallocate(memory, bytes, flags); }
WINOLEAPI_(HGLOBAL) GlobalFree(HGLOBAL memory) { return !memory || blocks().free(memory) ? nullptr : memory; }
WINOLEAPI_(LPVOID) GlobalLock(HGLOBAL memory) { return blocks().lock_block(memory); }
WINOLEAPI_(BOOL) GlobalUnlock(HGLOBAL memory) { return blocks().unlock_block(memory); }
WINOLEAPI_(SIZE_T) GlobalSize(HGLOBAL memory) { return blocks().size(memory); }
WINOLEAPI_(UINT) GlobalFlags(HGLOBAL memory) { return blocks().flags(memory); }
WINOLEAPI_(HGLOBAL) GlobalHandle(LPCVOID address) { return blocks().handle_of(address); }
