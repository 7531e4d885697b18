#include "com/channel_hooks.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/mutex.h"

namespace odc::com {
namespace {

constexpr DWORD kLittleEndian = 0x10;  // NDR_LOCAL_DATA_REPRESENTATION
/// No single extension is larger: it would only be cut off by the limits of a request.
constexpr ULONG kMaxExtension = ULONG{1} << 20;

const orpc::Extension* find(const std::vector<orpc::Extension>& extensions, const Guid& id) {
    const auto found = std::find_if(extensions.begin(), extensions.end(), [&](const auto& one) { return one.id == id; });
    return found == extensions.end() ? nullptr : &*found;
}

ULONG size_of(const orpc::Extension* extension) { return extension ? static_cast<ULONG>(extension->data.size()) : 0; }
void* data_of(const orpc::Extension* extension) { return size_of(extension) ? const_cast<std::uint8_t*>(extension->data.data()) : nullptr; }

}  // namespace

HRESULT HookedCall::add(const Guid& extension, IChannelHook* hook) {
    if (!hook) return E_INVALIDARG;
    static Mutex mutex;
    static auto* lists = new std::vector<std::unique_ptr<std::vector<Hook>>>;  // calls look at the last one; those before stay for calls under way
    Lock lock(mutex);
    const auto* before = hooks_.load();
    lists->push_back(before ? std::make_unique<std::vector<Hook>>(*before) : std::make_unique<std::vector<Hook>>());
    lists->back()->push_back({extension, ComPtr<IChannelHook>::share(hook)});
    hooks_.store(lists->back().get(), std::memory_order_release);
    return S_OK;
}

HookedCall::HookedCall(const Guid& iid, const Guid& causality, DWORD server_process, std::uint16_t opnum) {
    info_.iid = iid;
    info_.cbSize = sizeof info_;
    info_.uCausality = causality;
    info_.dwServerPid = server_process;
    info_.iMethod = opnum;
}

template <class GetSize, class Fill>
void HookedCall::collect(std::vector<orpc::Extension>& out, GetSize size, Fill fill) {
    for (const auto& [extension, hook] : *hooks_.load(std::memory_order_acquire)) {
        ULONG wanted = 0;
        size(*hook.get(), extension, &wanted);
        if (wanted == 0 || wanted > kMaxExtension) continue;
        orpc::Extension made{extension, std::vector<std::uint8_t>(wanted)};
        ULONG filled = wanted;
        fill(*hook.get(), extension, &filled, made.data.data());
        made.data.resize(std::min(filled, wanted));
        if (!made.data.empty()) out.push_back(std::move(made));
    }
}

void HookedCall::client_sends() {
    collect(
        request, [&](IChannelHook& hook, const Guid& extension, ULONG* size) { hook.ClientGetSize(extension, id(), size); },
        [&](IChannelHook& hook, const Guid& extension, ULONG* size, void* data) { hook.ClientFillBuffer(extension, id(), size, data); });
}

void HookedCall::server_receives(IUnknown* object) {
    info_.pObject = object;
    for (const auto& [extension, hook] : *hooks_.load(std::memory_order_acquire)) {
        const auto* sent = find(request, extension);
        hook->ServerNotify(extension, id(), size_of(sent), data_of(sent), kLittleEndian);
    }
}

void HookedCall::server_answers(HRESULT fault) {
    collect(
        reply, [&](IChannelHook& hook, const Guid& extension, ULONG* size) { hook.ServerGetSize(extension, id(), fault, size); },
        [&](IChannelHook& hook, const Guid& extension, ULONG* size, void* data) { hook.ServerFillBuffer(extension, id(), size, data, fault); });
}

void HookedCall::client_receives(HRESULT fault, bool swapped) {
    info_.pObject = nullptr;  // a server in the same process has set it
    for (const auto& [extension, hook] : *hooks_.load(std::memory_order_acquire)) {
        const auto* sent = find(reply, extension);
        hook->ClientNotify(extension, id(), size_of(sent), data_of(sent), swapped ? 0 : kLittleEndian, fault);
    }
}

}  // namespace odc::com

WINOLEAPI CoRegisterChannelHook(REFGUID extension, IChannelHook* hook) {
    return odc::abi([&] { return odc::com::HookedCall::add(extension, hook); });
}
