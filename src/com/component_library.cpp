#include "com/component_library.h"

#include <dlfcn.h>

#include <map>

#include "base/log.h"
#include "base/mutex.h"
#include "com/apartment.h"
#include "com/marshal.h"

namespace odc::com {
namespace {

struct Library {
    void* handle = nullptr;
    LPFNGETCLASSOBJECT get_class_object = nullptr;
    LPFNCANUNLOADNOW can_unload_now = nullptr;
};

class Libraries {
  public:
    static Libraries& instance() {
        static auto* libraries = new Libraries;
        return *libraries;
    }
    Result<Library> load(const std::string& path) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (const auto known = loaded_.find(path); known != loaded_.end()) return known->second;
        Library made;
        made.handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!made.handle) {
            const char* why = ::dlerror();
            log::error("com", "component library {} does not load: {}", path, why ? why : "?");
            return fail(CO_E_DLLNOTFOUND, why ? why : path);
        }
        made.get_class_object = reinterpret_cast<LPFNGETCLASSOBJECT>(::dlsym(made.handle, "DllGetClassObject"));
        made.can_unload_now = reinterpret_cast<LPFNCANUNLOADNOW>(::dlsym(made.handle, "DllCanUnloadNow"));
        if (!made.get_class_object) {
            ::dlclose(made.handle);
            return fail(CO_E_ERRORINDLL, path + " has no DllGetClassObject");
        }
        loaded_[path] = made;
        return made;
    }
    void free_unused() ODC_EXCLUDES(mutex_) {
        std::map<std::string, Library> candidates;
        {
            Lock lock(mutex_);
            candidates = loaded_;
        }
        for (const auto& [path, library] : candidates) {
            if (!library.can_unload_now || library.can_unload_now() != S_OK) continue;
            Lock lock(mutex_);
            loaded_.erase(path);
            ::dlclose(library.handle);
        }
    }

  private:
    Mutex mutex_;
    std::map<std::string, Library> loaded_ ODC_GUARDED_BY(mutex_);
};

/// The apartment that the class wants to live in; null: the caller's will do.
Ref<Apartment> host_for(registry::ThreadingModel model, const Apartment& here) {
    using registry::ThreadingModel;
    switch (model) {
        case ThreadingModel::both:
        case ThreadingModel::neutral:
            return {};
        case ThreadingModel::free:
            if (!here.is_single_threaded()) return {};
            if (auto mta = Apartment::multithreaded()) return mta;
            {
                // The first free-threaded object of a process whose threads are all apartment-threaded brings the apartment with it.
                CO_MTA_USAGE_COOKIE cookie;
                (void)CoIncrementMTAUsage(&cookie);
                return Apartment::multithreaded();
            }
        case ThreadingModel::apartment:
            return here.is_single_threaded() ? Ref<Apartment>() : host_apartment(false);
        case ThreadingModel::single:
            return here.is_main() ? Ref<Apartment>() : host_apartment(true);
    }
    return {};
}

}  // namespace

Result<ComPtr<IUnknown>> library_class_object(const Guid& clsid, const std::string& path, registry::ThreadingModel model, const Guid& iid) {
    Apartment* here = ODC_TRY(require_apartment());
    const auto library = ODC_TRY(Libraries::instance().load(path));
    ComPtr<IUnknown> object;
    const auto host = host_for(model, *here);
    if (!host) {
        if (const HRESULT hr = library.get_class_object(clsid, iid, object.put_void()); FAILED(hr)) return fail(hr);
        return object;
    }
    std::vector<std::uint8_t> objref;
    const HRESULT hr = host->run([&]() -> HRESULT {
        ComPtr<IUnknown> there;
        if (const HRESULT got = library.get_class_object(clsid, iid, there.put_void()); FAILED(got)) return got;
        ByteWriter out;
        const auto done = marshal_interface(out, iid, there.get(), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL);
        objref = out.take();
        return done.code();
    });
    if (FAILED(hr)) return fail(hr);
    ByteReader in(objref);
    return ComPtr<IUnknown>::attach(static_cast<IUnknown*>(ODC_TRY(unmarshal_interface(in, iid))));
}

void free_unused_libraries() { Libraries::instance().free_unused(); }

}  // namespace odc::com

WINOLEAPI_(void) CoFreeUnusedLibraries(void) { odc::com::free_unused_libraries(); }
WINOLEAPI_(void) CoFreeUnusedLibrariesEx(DWORD, DWORD) { odc::com::free_unused_libraries(); }
