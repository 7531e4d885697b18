// The component libraries that are loaded, and which apartments use them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "com/apartment.h"
#include "objbase.h"

namespace odc::com {

class LoadedLibraries {
    struct Library;

  public:
    /// Keeps a library loaded while DllGetClassObject runs; afterwards the objects do so, by DllCanUnloadNow.
    class Lease {
      public:
        explicit Lease(std::shared_ptr<Library> library) : library_(std::move(library)) {}
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = default;
        ~Lease();
        LPFNGETCLASSOBJECT get_class_object() const;

      private:
        std::shared_ptr<Library> library_;
    };

    static LoadedLibraries& instance();
    /// The library at `path`, loaded when it is not yet, and used by `apartment` from now on.
    /// Errors: CO_E_DLLNOTFOUND, CO_E_ERRORINDLL (no DllGetClassObject).
    Result<Lease> use(const std::string& path, Apartment& apartment) ODC_EXCLUDES(mutex_);
    /// Asks the libraries of `here`, and of apartments that are gone or belong to the runtime, whether they can be unloaded, and unloads
    /// those that said so and have not been used since for `delay`. Without a delay: at once where no thread can be in the library any
    /// more (this or an ended single-threaded apartment), otherwise 10 minutes, since a thread may still be on its way out of it.
    void free_unused(const Apartment& here, std::optional<std::chrono::milliseconds> delay) ODC_EXCLUDES(mutex_);

  private:
    using Clock = std::chrono::steady_clock;
    /// One apartment's use of a library.
    struct Use {
        Ref<Apartment> apartment;
        std::optional<Clock::time_point> unload_from;  ///< set: the library said that it can be unloaded
    };
    struct Library {
        std::string path;
        void* handle = nullptr;
        LPFNGETCLASSOBJECT get_class_object = nullptr;
        LPFNCANUNLOADNOW can_unload_now = nullptr;
        // Guarded by the table's mutex.
        std::map<std::uint16_t, Use> uses;  ///< by apartment
        unsigned leases = 0;
        std::uint64_t used = 0;  ///< how often it was leased
    };
    Result<std::shared_ptr<Library>> load(const std::string& path);
    static bool may_free(const Use& use, const Apartment& here);
    /// What `here` may give up of a library that can be unloaded; true when nobody uses it any more.
    static bool give_up(Library& library, const Apartment& here, std::optional<std::chrono::milliseconds> delay);

    Mutex mutex_;
    std::map<std::string, std::shared_ptr<Library>> loaded_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::com
