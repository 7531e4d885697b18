// Channel hooks: objects that see every call of the process go out and come in, and may let data travel with it
// (CoRegisterChannelHook; ORPC extensions, MS-DCOM 2.2.21).
#pragma once

#include <atomic>
#include <vector>

#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "orpc/orpc_this.h"

namespace odc::com {

/// What the hooks make of one call. On the stack of whoever makes or serves it; without hooks nobody needs one.
class HookedCall {
  public:
    /// Whether any hook is registered.
    static bool needed() { return hooks_.load(std::memory_order_acquire) != nullptr; }
    static HRESULT add(const Guid& extension, IChannelHook* hook);

    /// `server_process`: 0 when it is on another machine.
    HookedCall(const Guid& iid, const Guid& causality, DWORD server_process, std::uint16_t opnum);

    /// The four moments of a call. What travels with the request is in `request` from the first on, with the reply in `reply` from the third.
    void client_sends();
    void server_receives(IUnknown* object);
    void server_answers(HRESULT fault);
    /// `swapped`: the reply came from a machine of the other byte order.
    void client_receives(HRESULT fault, bool swapped);

    std::vector<orpc::Extension> request, reply;

  private:
    struct Hook {
        Guid extension;
        ComPtr<IChannelHook> hook;
    };
    const GUID& id() const { return *reinterpret_cast<const GUID*>(&info_); }  ///< how hooks are given their SChannelHookCallInfo
    template <class GetSize, class Fill>
    void collect(std::vector<orpc::Extension>& out, GetSize size, Fill fill);

    /// Only ever replaced by a longer one: hooks are there to the end of the process.
    static inline std::atomic<const std::vector<Hook>*> hooks_{nullptr};
    SChannelHookCallInfo info_{};
};

}  // namespace odc::com
