// The HKEY handles of this process: numbers for keys that somebody opened.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "registry/registry.h"
#include "winreg.h"

namespace odc::registry {

/// What a handle stands for. Immutable but for the listings, which one enumeration fills and goes through.
struct OpenKey {
    std::shared_ptr<Registry> registry;
    KeyPath path;
    REGSAM access = 0;

    /// A listing is good for as long as the registry did not change.
    template <class Item>
    struct Listing {
        ChangeStamp stamp{};
        std::shared_ptr<const std::vector<Item>> items;
    };
    Mutex mutex;
    Listing<std::string> subkeys ODC_GUARDED_BY(mutex);
    Listing<Value> values ODC_GUARDED_BY(mutex);
};

class OpenKeys {
  public:
    static OpenKeys& of_process();

    /// The key of a handle; the predefined ones are always open. Errors: ERROR_INVALID_HANDLE.
    Result<std::shared_ptr<OpenKey>> find(HKEY handle) ODC_EXCLUDES(mutex_);
    HKEY add(std::shared_ptr<OpenKey> key) ODC_EXCLUDES(mutex_);
    bool remove(HKEY handle) ODC_EXCLUDES(mutex_);

  private:
    Mutex mutex_;
    std::uintptr_t next_ ODC_GUARDED_BY(mutex_) = 0x100;
    std::unordered_map<std::uintptr_t, std::shared_ptr<OpenKey>> keys_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::registry
