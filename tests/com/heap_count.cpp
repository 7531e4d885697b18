#include "heap_count.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ODC_ALLOCATOR_IS_TAKEN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ODC_ALLOCATOR_IS_TAKEN
#endif

namespace {

std::atomic<std::int64_t> allocations{0}, bytes{0};

}  // namespace

#ifndef ODC_ALLOCATOR_IS_TAKEN
namespace {

constexpr std::int64_t kBlockHeader = 8;

void* counted(void* block) {
    if (block) {
        allocations.fetch_add(1, std::memory_order_relaxed);
        bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(block)) + kBlockHeader, std::memory_order_relaxed);
    }
    return block;
}

void uncount(void* block) {
    if (block) bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(block)) + kBlockHeader, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t n) { return counted(__libc_malloc(n)); }
void* calloc(std::size_t n, std::size_t size) { return counted(__libc_calloc(n, size)); }
void* realloc(void* block, std::size_t n) {
    uncount(block);
    void* moved = __libc_realloc(block, n);
    if (!moved && n != 0) return counted(block), nullptr;
    return counted(moved);
}
void* memalign(std::size_t alignment, std::size_t n) { return counted(__libc_memalign(alignment, n)); }
void* aligned_alloc(std::size_t alignment, std::size_t n) { return counted(__libc_memalign(alignment, n)); }
int posix_memalign(void** block, std::size_t alignment, std::size_t n) {
    *block = counted(__libc_memalign(alignment, n));
    return *block ? 0 : ENOMEM;
}
void free(void* block) {
    uncount(block);
    __libc_free(block);
}
}
#endif

namespace odc::test {

bool heap_is_counted() {
#ifdef ODC_ALLOCATOR_IS_TAKEN
    return false;
#else
    return true;
#endif
}
std::int64_t heap_allocations() { return allocations.load(std::memory_order_relaxed); }
std::int64_t heap_bytes() { return bytes.load(std::memory_order_relaxed); }

}  // namespace odc::test
