// The message loop of single-threaded apartments, message filters, waiting for handles.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "com/apartment.h"

using namespace odc;
using namespace odc::com;

namespace {

/// Where PostThreadMessage finds the apartment of a thread.
struct MessageThreads {
    Mutex mutex;
    std::map<DWORD, Ref<Apartment>> by_thread ODC_GUARDED_BY(mutex);
};
MessageThreads& message_threads() {
    static auto* threads = new MessageThreads;
    return *threads;
}

/// The calling thread's apartment if it has a queue; makes the thread known to PostThreadMessage.
Apartment* own_queue() {
    Apartment* here = Apartment::current();
    if (!here || !here->is_single_threaded()) return nullptr;
    static thread_local Apartment* known = nullptr;
    if (known != here) {
        auto& threads = message_threads();
        Lock lock(threads.mutex);
        threads.by_thread[GetCurrentThreadId()] = Ref<Apartment>::share(here);
        known = here;
    }
    return here;
}

/// Takes a message within [first, last] (0, 0: any) off the queue; WM_QUIT always fits.
bool take_message(Apartment& here, MSG* message, UINT first, UINT last, bool remove) {
    for (auto at = here.messages.begin(); at != here.messages.end(); ++at) {
        const bool fits = at->message == WM_QUIT || (first == 0 && last == 0) || (at->message >= first && at->message <= last);
        if (!fits) continue;
        *message = *at;
        if (remove) here.messages.erase(at);
        return true;
    }
    return false;
}

using Clock = std::chrono::steady_clock;

DWORD now_milliseconds() {
    return static_cast<DWORD>(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
}

int handle_fd(HANDLE handle) { return static_cast<int>(reinterpret_cast<std::intptr_t>(handle)); }

/// The index of a handle (a file descriptor) that is readable now; -1 when none, or not all with `all`.
int ready_handle(ULONG count, HANDLE* handles, bool all) {
    std::vector<pollfd> waits;
    for (ULONG i = 0; i < count; ++i) waits.push_back({handle_fd(handles[i]), POLLIN, 0});
    if (::poll(waits.data(), waits.size(), 0) <= 0) return -1;
    int first = -1;
    for (ULONG i = 0; i < count; ++i) {
        const bool ready = (waits[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        if (ready && first < 0) first = static_cast<int>(i);
        if (!ready && all) return -1;
    }
    return first;
}

}  // namespace

WINOLEAPI_(DWORD) GetCurrentThreadId(void) {
    static thread_local const auto id = static_cast<DWORD>(::syscall(SYS_gettid));
    return id;
}

WINOLEAPI_(BOOL) GetMessageW(MSG* message, HWND, UINT first, UINT last) {
    Apartment* here = own_queue();
    if (!here || !message) return -1;
    for (;;) {
        const auto seen = here->queue().events();
        here->dispatch_pending();
        if (take_message(*here, message, first, last, true)) return message->message != WM_QUIT;
        here->queue().wait(seen);
    }
}

WINOLEAPI_(BOOL) PeekMessageW(MSG* message, HWND, UINT first, UINT last, UINT remove) {
    Apartment* here = own_queue();
    if (!here || !message) return FALSE;
    here->dispatch_pending();
    return take_message(*here, message, first, last, (remove & PM_REMOVE) != 0);
}

WINOLEAPI_(BOOL) TranslateMessage(const MSG*) { return FALSE; }    // there is no keyboard
WINOLEAPI_(LRESULT) DispatchMessageW(const MSG*) { return 0; }     // thread messages belong to no window

WINOLEAPI_(void) PostQuitMessage(int exitCode) {
    if (Apartment* here = own_queue()) here->messages.push_back({nullptr, WM_QUIT, static_cast<WPARAM>(exitCode), 0, now_milliseconds(), {}});
}

WINOLEAPI_(BOOL) PostThreadMessageW(DWORD thread, UINT message, WPARAM wParam, LPARAM lParam) {
    Ref<Apartment> target;
    if (thread == GetCurrentThreadId()) {
        target = Ref<Apartment>::share(own_queue());
    } else {
        auto& threads = message_threads();
        Lock lock(threads.mutex);
        if (const auto found = threads.by_thread.find(thread); found != threads.by_thread.end()) target = found->second;
    }
    if (!target || !target->alive()) return FALSE;
    const MSG posted{nullptr, message, wParam, lParam, now_milliseconds(), {}};
    target->post([target, posted] { target->messages.push_back(posted); });
    return TRUE;
}

WINOLEAPI CoRegisterMessageFilter(IMessageFilter* filter, IMessageFilter** previous) {
    Apartment* here = Apartment::current();
    if (!here || !here->is_single_threaded()) return CO_E_NOT_SUPPORTED;
    auto old = std::exchange(here->message_filter, ComPtr<IMessageFilter>::share(filter));
    if (previous) *previous = old.detach();
    return S_OK;
}

WINOLEAPI CoWaitForMultipleHandles(DWORD flags, DWORD timeoutMs, ULONG count, HANDLE* handles, DWORD* index) {
    if (!index) return E_INVALIDARG;
    *index = 0;
    if (!handles && count != 0) return E_INVALIDARG;
    if (count == 0) return RPC_E_NO_SYNC;
    if (!handles) return E_INVALIDARG;
    return abi([&]() -> HRESULT {
        std::optional<Clock::time_point> deadline;
        if (timeoutMs != INFINITE) deadline = Clock::now() + std::chrono::milliseconds(timeoutMs);
        const bool all = (flags & COWAIT_WAITALL) != 0;
        Apartment* here = Apartment::current();
        if (here && !here->is_single_threaded()) here = nullptr;
        for (;;) {
            const auto seen = here ? here->queue().events() : 0;
            if (here) here->dispatch_pending();
            if (const int ready = ready_handle(count, handles, all); ready >= 0) {
                *index = static_cast<DWORD>(ready);
                return S_OK;
            }
            if (deadline && Clock::now() >= *deadline) return RPC_S_CALLPENDING;
            // Woken by one handle, or (all of them wanted, or several given) looked at again in a moment.
            auto until = deadline;
            if (count > 1) {
                const auto soon = Clock::now() + std::chrono::milliseconds(5);
                if (!until || soon < *until) until = soon;
            }
            if (here) {
                bool readable = false;
                here->queue().wait_or_readable(seen, handle_fd(handles[0]), &readable, until);
            } else {
                std::vector<pollfd> waits;
                for (ULONG i = 0; i < count; ++i) waits.push_back({handle_fd(handles[i]), POLLIN, 0});
                const auto left = until ? std::chrono::duration_cast<std::chrono::milliseconds>(*until - Clock::now()).count() + 1 : -1;
                (void)::poll(waits.data(), waits.size(), static_cast<int>(left));
            }
        }
    });
}
