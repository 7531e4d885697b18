#include "com/initialize_spies.h"

#include <algorithm>

#include "com/apartment.h"

namespace odc::com {

ULARGE_INTEGER InitializeSpies::add(IInitializeSpy* spy) {
    DWORD number = 0;  // the lowest that is free
    while (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.number == number; })) ++number;
    entries_.push_back({ComPtr<IInitializeSpy>::share(spy), number});
    ULARGE_INTEGER cookie{};
    cookie.QuadPart = std::uint64_t{GetCurrentThreadId()} << 32 | number;
    return cookie;
}

bool InitializeSpies::remove(ULARGE_INTEGER cookie) {
    if (cookie.QuadPart >> 32 != GetCurrentThreadId()) return false;
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.number == static_cast<DWORD>(cookie.QuadPart); });
    if (found == entries_.end()) return false;
    const auto gone = std::move(found->spy);  // released when nothing of ours is under way
    entries_.erase(found);
    return true;
}

void InitializeSpies::before_initialize(DWORD kind, DWORD joined) {
    for (const auto& entry : newest_first()) entry.spy->PreInitialize(kind, joined);
}

HRESULT InitializeSpies::after_initialize(HRESULT result, DWORD kind, DWORD joined) {
    for (const auto& entry : newest_first()) result = entry.spy->PostInitialize(result, kind, joined);
    return result;
}

void InitializeSpies::before_uninitialize(DWORD joined) {
    for (const auto& entry : newest_first()) entry.spy->PreUninitialize(joined);
}

void InitializeSpies::after_uninitialize(DWORD joined) {
    for (const auto& entry : newest_first()) entry.spy->PostUninitialize(joined);
}

}  // namespace odc::com

using namespace odc::com;

WINOLEAPI CoRegisterInitializeSpy(IInitializeSpy* spy, ULARGE_INTEGER* cookie) {
    if (!spy || !cookie) return E_INVALIDARG;
    odc::ComPtr<IInitializeSpy> asked;
    if (FAILED(spy->QueryInterface(__uuidof(IInitializeSpy), asked.put_void()))) return E_NOINTERFACE;
    return odc::abi([&]() -> HRESULT {
        *cookie = this_thread().spies.add(asked.get());
        return S_OK;
    });
}

WINOLEAPI CoRevokeInitializeSpy(ULARGE_INTEGER cookie) { return this_thread().spies.remove(cookie) ? S_OK : E_INVALIDARG; }
