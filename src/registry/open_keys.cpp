#include "registry/open_keys.h"

namespace odc::registry {

OpenKeys& OpenKeys::of_process() {
    static auto* keys = new OpenKeys;  // never destroyed: handles may be closed while the process ends
    return *keys;
}

Result<std::shared_ptr<OpenKey>> OpenKeys::find(HKEY handle) {
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    // The sign extension of a 32-bit handle is Windows' own form of the predefined ones.
    constexpr std::uintptr_t kFirst = 0x80000000u;
    constexpr Root kRoots[] = {Root::classes_root, Root::current_user, Root::local_machine, Root::users};
    if (const auto index = (number & 0xFFFFFFFFu) - kFirst; index < std::size(kRoots)) {
        auto key = std::make_shared<OpenKey>();
        key->registry = ODC_TRY(Registry::current());
        key->path.root = kRoots[index];
        key->access = KEY_ALL_ACCESS;
        return key;
    }
    Lock lock(mutex_);
    const auto found = keys_.find(number);
    if (found == keys_.end()) return fail_win32(ERROR_INVALID_HANDLE, "no such registry handle");
    return found->second;
}

HKEY OpenKeys::add(std::shared_ptr<OpenKey> key) {
    Lock lock(mutex_);
    const auto number = next_;
    next_ = next_ + 4 < 0x80000000u ? next_ + 4 : 0x100;
    keys_.insert_or_assign(number, std::move(key));
    return reinterpret_cast<HKEY>(number);
}

bool OpenKeys::remove(HKEY handle) {
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    if ((number & 0xFFFFFFFFu) >= 0x80000000u) return true;
    std::shared_ptr<OpenKey> gone;  // released after the lock
    Lock lock(mutex_);
    const auto found = keys_.find(number);
    if (found == keys_.end()) return false;
    gone = std::move(found->second);
    keys_.erase(found);
    return true;
}

}  // namespace odc::registry
