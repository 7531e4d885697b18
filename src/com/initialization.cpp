// CoInitialize and its relatives, and what a thread can ask about itself.
#include "base/guid.h"
#include "com/apartment.h"
#include "com/cancellation.h"

namespace odc::com {

Thread::~Thread() {
    if (cancel_enabled) forget_cancellation();
    // A thread that ends without CoUninitialize: its apartment ends with it (behaviour 51).
    if (!apartment) return;
    initializations = 1;
    ole_initializations = 0;
    CoUninitialize();
}

void set_logical_thread(const Guid& id) {
    Thread& thread = this_thread();
    (thread.in_call ? thread.causality : thread.logical.emplace()) = id;
}

namespace {

HRESULT initialize(DWORD kind) {
    Thread& thread = this_thread();
    const bool multithreaded = (kind & COINIT_APARTMENTTHREADED) == 0;
    if (!thread.apartment) {
        join_apartment(multithreaded, true);
        return S_OK;
    }
    if (multithreaded == thread.apartment->is_single_threaded()) return RPC_E_CHANGED_MODE;
    ++thread.initializations;
    return S_FALSE;
}

void uninitialize() {
    Thread& thread = this_thread();
    if (thread.initializations == 0 || thread.initializations <= thread.ole_initializations) return;
    if (thread.initializations > 1) --thread.initializations;
    else leave_apartment();
}

}  // namespace
}  // namespace odc::com

using namespace odc::com;

WINOLEAPI CoInitialize(LPVOID reserved) { return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED); }

WINOLEAPI CoInitializeEx(LPVOID reserved, DWORD coInit) {
    if (reserved) return E_INVALIDARG;
    Thread& thread = this_thread();
    thread.spies.before_initialize(coInit, thread.initializations);
    const HRESULT hr = initialize(coInit);
    return thread.spies.after_initialize(hr, coInit, thread.initializations);
}

WINOLEAPI_(void) CoUninitialize(void) {
    Thread& thread = this_thread();
    thread.spies.before_uninitialize(thread.initializations);
    uninitialize();
    thread.spies.after_uninitialize(thread.initializations);
}

WINOLEAPI OleInitialize(LPVOID reserved) {
    const HRESULT hr = CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
    if (FAILED(hr)) return hr;
    return ++this_thread().ole_initializations > 1 ? S_FALSE : S_OK;
}

WINOLEAPI_(void) OleUninitialize(void) {
    Thread& thread = this_thread();
    if (thread.ole_initializations == 0) return;
    --thread.ole_initializations;
    CoUninitialize();
}

WINOLEAPI CoIncrementMTAUsage(CO_MTA_USAGE_COOKIE* cookie) {
    if (!cookie) return E_INVALIDARG;
    static std::atomic<std::uintptr_t> last{0};
    hold_multithreaded(true);
    *cookie = reinterpret_cast<CO_MTA_USAGE_COOKIE>(++last);
    return S_OK;
}

WINOLEAPI CoDecrementMTAUsage(CO_MTA_USAGE_COOKIE cookie) {
    if (!cookie) return E_INVALIDARG;
    drop_multithreaded(true);
    return S_OK;
}

WINOLEAPI CoGetApartmentType(APTTYPE* type, APTTYPEQUALIFIER* qualifier) {
    if (!type || !qualifier) return E_INVALIDARG;
    *type = APTTYPE_CURRENT;
    *qualifier = APTTYPEQUALIFIER_NONE;
    const Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    if (here->is_single_threaded()) {
        *type = here->is_main() ? APTTYPE_MAINSTA : APTTYPE_STA;
    } else {
        *type = APTTYPE_MTA;
        if (!this_thread().apartment) *qualifier = APTTYPEQUALIFIER_IMPLICIT_MTA;
    }
    return S_OK;
}

WINOLEAPI_(DWORD) CoGetCurrentProcess(void) {
    // Differs from process and thread ids, and per thread (behaviour 9): a counter that starts where no id reaches.
    static std::atomic<DWORD> last{0x80000000u};
    static thread_local const DWORD mine = ++last;
    return mine;
}

WINOLEAPI CoGetCurrentLogicalThreadId(GUID* id) {
    if (!id) return E_INVALIDARG;
    Thread& thread = this_thread();
    if (!thread.in_call && !thread.logical) thread.logical = odc::new_guid();
    *id = thread.in_call ? thread.causality : *thread.logical;
    return S_OK;
}

WINOLEAPI_(DWORD) CoBuildVersion(void) { return 23u << 16 | 639u; }

WINOLEAPI_(int) OdcGetApartmentEventFd(void) {
    Apartment* here = Apartment::current();
    return here && here->is_single_threaded() ? here->queue().event_fd() : -1;
}

WINOLEAPI_(ULONG) OdcDispatchPendingCalls(void) {
    Apartment* here = Apartment::current();
    return here && here->is_single_threaded() ? here->dispatch_pending() : 0;
}
