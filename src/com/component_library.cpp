#include "com/component_library.h"

#include <dlfcn.h>

#include <optional>

#include "base/log.h"
#include "base/utf16.h"
#include "com/apartment.h"
#include "com/host_apartments.h"
#include "com/loaded_libraries.h"
#include "com/marshal.h"

namespace odc::com {
namespace {

/// The apartment that the class wants to live in; null: the caller's will do.
Ref<Apartment> host_for(registry::ThreadingModel model, const Apartment& here) {
    using registry::ThreadingModel;
    switch (model) {
        case ThreadingModel::both:
        case ThreadingModel::neutral:
            return {};
        case ThreadingModel::free:
            if (!here.is_single_threaded()) return {};
            return host_multithreaded();
        case ThreadingModel::apartment:
            return here.is_single_threaded() ? Ref<Apartment>() : host_single_threaded();
        case ThreadingModel::single:
            return here.is_main() ? Ref<Apartment>() : host_main();
    }
    return {};
}

/// DllGetClassObject, in the apartment where the object will live.
HRESULT ask_library(const std::string& path, Apartment& home, const Guid& clsid, const Guid& iid, ComPtr<IUnknown>& object) {
    const auto library = LoadedLibraries::instance().use(path, home);
    return library ? library->get_class_object()(clsid, iid, object.put_void()) : library.code();
}

}  // namespace

Result<ComPtr<IUnknown>> library_class_object(const Guid& clsid, const std::string& path, registry::ThreadingModel model, const Guid& iid) {
    Apartment* here = ODC_TRY(require_apartment());
    const auto host = host_for(model, *here);
    if (!host) {
        ComPtr<IUnknown> object;
        if (const HRESULT hr = ask_library(path, *here, clsid, iid, object); FAILED(hr)) return fail(hr);
        return object;
    }
    std::vector<std::uint8_t> objref;
    const HRESULT hr = host->run([&]() -> HRESULT {
        ComPtr<IUnknown> there;
        if (const HRESULT got = ask_library(path, *host, clsid, iid, there); FAILED(got)) return got;
        ByteWriter out;
        const auto done = marshal_interface(out, iid, there.get(), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL);
        objref = out.take();
        return done.code();
    });
    if (FAILED(hr)) return fail(hr);
    ByteReader in(objref);
    return ComPtr<IUnknown>::attach(static_cast<IUnknown*>(ODC_TRY(unmarshal_interface(in, iid))));
}

}  // namespace odc::com

using namespace odc;
using namespace odc::com;

WINOLEAPI_(void) CoFreeUnusedLibrariesEx(DWORD unloadDelay, DWORD reserved) {
    Apartment* here = Apartment::current();
    if (!here || reserved != 0) return;
    (void)abi([&]() -> HRESULT {
        std::optional<std::chrono::milliseconds> delay;
        if (unloadDelay != INFINITE) delay = std::chrono::milliseconds(unloadDelay);
        LoadedLibraries::instance().free_unused(*here, delay);
        return S_OK;
    });
}

WINOLEAPI_(void) CoFreeUnusedLibraries(void) { CoFreeUnusedLibrariesEx(INFINITE, 0); }

WINOLEAPI_(HINSTANCE) CoLoadLibrary(LPOLESTR name, BOOL) {
    if (!name) return nullptr;
    void* handle = nullptr;
    (void)abi([&]() -> HRESULT {
        handle = ::dlopen(to_utf8_z(name).c_str(), RTLD_NOW | RTLD_LOCAL);
        if (const char* why = handle ? nullptr : ::dlerror()) log::info("com", "CoLoadLibrary: {}", why);
        return S_OK;
    });
    return static_cast<HINSTANCE>(handle);
}

WINOLEAPI_(void) CoFreeLibrary(HINSTANCE library) {
    if (library) ::dlclose(library);
}

/// Does nothing, as documented: component libraries go by CoFreeUnusedLibraries.
WINOLEAPI_(void) CoFreeAllLibraries(void) {}
