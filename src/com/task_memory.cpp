// CoTaskMemAlloc and the task allocator, with IMallocSpy.
#include <malloc.h>

#include <cstdlib>

#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/ndr/memory.h"

namespace odc::com {
namespace {

std::atomic<IMallocSpy*> spy{nullptr};

void* allocate(SIZE_T bytes) {
    IMallocSpy* watching = spy.load(std::memory_order_acquire);
    if (!watching) [[likely]] return std::malloc(bytes ? bytes : 1);
    const SIZE_T wanted = watching->PreAlloc(bytes);
    return watching->PostAlloc(wanted ? std::malloc(wanted) : nullptr);
}

void release(void* block) {
    if (!block) return;
    IMallocSpy* watching = spy.load(std::memory_order_acquire);
    if (!watching) [[likely]] return std::free(block);
    std::free(watching->PreFree(block, TRUE));
    watching->PostFree(TRUE);
}

void* reallocate(void* block, SIZE_T bytes) {
    if (!block) return allocate(bytes);
    if (bytes == 0) {
        release(block);
        return nullptr;
    }
    IMallocSpy* watching = spy.load(std::memory_order_acquire);
    if (!watching) [[likely]] return std::realloc(block, bytes);
    void* real = nullptr;
    const SIZE_T wanted = watching->PreRealloc(block, bytes, &real, TRUE);
    return watching->PostRealloc(std::realloc(real, wanted), TRUE);
}

class TaskMalloc final : public IMalloc {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid != __uuidof(IUnknown) && iid != __uuidof(IMalloc)) return E_NOINTERFACE;
        *object = static_cast<IMalloc*>(this);
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }  // lives as long as the process
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    void* STDMETHODCALLTYPE Alloc(SIZE_T bytes) override { return allocate(bytes); }
    void* STDMETHODCALLTYPE Realloc(void* block, SIZE_T bytes) override { return reallocate(block, bytes); }
    void STDMETHODCALLTYPE Free(void* block) override { release(block); }
    SIZE_T STDMETHODCALLTYPE GetSize(void* block) override { return block ? ::malloc_usable_size(block) : ~SIZE_T{0}; }
    /// The C library cannot tell its blocks from foreign pointers: only null is known (-1).
    int STDMETHODCALLTYPE DidAlloc(void*) override { return -1; }
    void STDMETHODCALLTYPE HeapMinimize() override { ::malloc_trim(0); }
};

/// Interface arguments use the same memory.
[[maybe_unused]] const bool ndr_uses_task_memory = [] {
    ndr::task_memory() = {[](std::size_t bytes) { return allocate(bytes); }, release};
    return true;
}();

}  // namespace
}  // namespace odc::com

using namespace odc::com;

WINOLEAPI_(LPVOID) CoTaskMemAlloc(SIZE_T bytes) { return allocate(bytes); }
WINOLEAPI_(LPVOID) CoTaskMemRealloc(LPVOID block, SIZE_T bytes) { return reallocate(block, bytes); }
WINOLEAPI_(void) CoTaskMemFree(LPVOID block) { release(block); }

WINOLEAPI CoGetMalloc(DWORD memContext, IMalloc** malloc) {
    if (!malloc) return E_INVALIDARG;
    *malloc = nullptr;
    if (memContext != MEMCTX_TASK) return E_INVALIDARG;
    static TaskMalloc task;
    *malloc = &task;
    return S_OK;
}

WINOLEAPI CoRegisterMallocSpy(IMallocSpy* watching) {
    if (!watching) return E_INVALIDARG;
    odc::ComPtr<IMallocSpy> held;
    if (FAILED(watching->QueryInterface(__uuidof(IMallocSpy), held.put_void()))) return E_INVALIDARG;
    IMallocSpy* none = nullptr;
    if (!spy.compare_exchange_strong(none, held.get())) return CO_E_OBJISREG;
    (void)held.detach();
    return S_OK;
}

WINOLEAPI CoRevokeMallocSpy(void) {
    IMallocSpy* watching = spy.exchange(nullptr);
    if (!watching) return CO_E_OBJNOTREG;
    watching->Release();
    return S_OK;
}
