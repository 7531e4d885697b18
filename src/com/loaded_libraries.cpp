#include "com/loaded_libraries.h"

#include <dlfcn.h>

#include <vector>

#include "base/log.h"

namespace odc::com {

LoadedLibraries& LoadedLibraries::instance() {
    static auto* libraries = new LoadedLibraries;
    return *libraries;
}

LoadedLibraries::Lease::~Lease() {
    if (!library_) return;
    Lock lock(instance().mutex_);
    --library_->leases;
}

LPFNGETCLASSOBJECT LoadedLibraries::Lease::get_class_object() const { return library_->get_class_object; }

Result<std::shared_ptr<LoadedLibraries::Library>> LoadedLibraries::load(const std::string& path) {
    auto made = std::make_shared<Library>();
    made->path = path;
    made->handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!made->handle) {
        const char* why = ::dlerror();
        log::error("com", "component library {} does not load: {}", path, why ? why : "?");
        return fail(CO_E_DLLNOTFOUND, why ? why : path);
    }
    made->get_class_object = reinterpret_cast<LPFNGETCLASSOBJECT>(::dlsym(made->handle, "DllGetClassObject"));
    made->can_unload_now = reinterpret_cast<LPFNCANUNLOADNOW>(::dlsym(made->handle, "DllCanUnloadNow"));
    if (made->get_class_object) return made;
    ::dlclose(made->handle);
    return fail(CO_E_ERRORINDLL, path + " has no DllGetClassObject");
}

Result<LoadedLibraries::Lease> LoadedLibraries::use(const std::string& path, Apartment& apartment) {
    const auto lease = [&](const std::shared_ptr<Library>& library) {
        ++library->leases;
        ++library->used;
        std::erase_if(library->uses, [](const auto& use) { return !use.second.apartment->alive(); });
        library->uses[apartment.number()] = {Ref<Apartment>::share(&apartment), std::nullopt};
        return Lease(library);
    };
    {
        Lock lock(mutex_);
        if (const auto known = loaded_.find(path); known != loaded_.end()) return lease(known->second);
    }
    // Without the lock: the library's own initialisation runs here.
    auto made = ODC_TRY(load(path));
    void* spare = nullptr;
    std::optional<Lease> leased;
    {
        Lock lock(mutex_);
        const auto [entry, is_new] = loaded_.try_emplace(path, made);
        if (!is_new) spare = made->handle;  // another thread was faster; the loader counts
        leased = lease(entry->second);
    }
    if (spare) ::dlclose(spare);
    return std::move(*leased);
}

bool LoadedLibraries::may_free(const Use& use, const Apartment& here) {
    return use.apartment.get() == &here || !use.apartment->alive() || use.apartment->of_runtime();
}

bool LoadedLibraries::give_up(Library& library, const Apartment& here, std::optional<std::chrono::milliseconds> delay) {
    constexpr auto kDefaultDelay = std::chrono::minutes(10);
    const auto now = Clock::now();
    for (auto at = library.uses.begin(); at != library.uses.end();) {
        Use& use = at->second;
        if (!may_free(use, here)) {
            ++at;
            continue;
        }
        // The thread of a single-threaded apartment is here, or has left it: it is not in the library.
        const bool safe = use.apartment->is_single_threaded() && (use.apartment.get() == &here || !use.apartment->alive());
        const Clock::duration wait = delay ? Clock::duration(*delay) : safe ? Clock::duration::zero() : Clock::duration(kDefaultDelay);
        if (!use.unload_from) use.unload_from = now + wait;
        if (now >= *use.unload_from || wait == Clock::duration::zero()) at = library.uses.erase(at);
        else ++at;
    }
    return library.uses.empty();
}

void LoadedLibraries::free_unused(const Apartment& here, std::optional<std::chrono::milliseconds> delay) {
    struct Asked {
        std::shared_ptr<Library> library;
        std::uint64_t used;
    };
    std::vector<Asked> asked;
    {
        Lock lock(mutex_);
        for (const auto& [path, library] : loaded_) {
            bool any = false;
            for (const auto& [number, use] : library->uses) any = any || may_free(use, here);
            if (!any || !library->can_unload_now) continue;
            ++library->leases;  // stays loaded while it is asked
            asked.push_back({library, library->used});
        }
    }
    for (const auto& [library, used] : asked) {
        const bool can_unload = library->can_unload_now() == S_OK;
        bool unload = false;
        {
            Lock lock(mutex_);
            --library->leases;
            const bool idle = can_unload && library->leases == 0 && library->used == used;
            if (!idle)
                for (auto& [number, use] : library->uses) use.unload_from.reset();
            else unload = give_up(*library, here, delay);
            if (unload) loaded_.erase(library->path);
        }
        if (!unload) continue;
        log::debug("com", "component library {} is unloaded", library->path);
        ::dlclose(library->handle);
    }
}

}  // namespace odc::com
